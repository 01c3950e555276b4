"""The HTML of the PIN page and of the scan page, Indonesian first; who puts a value in escapes."""

FRAME = """<div class="phone"><header><div class="top"><h1>{wallet}Dompet Uji</h1>
<span class="tag">Simulator</span></div>
<p>{line}</p><span class="en" lang="en">{line_en}</span></header>
<main>{cards}</main>
<footer>Simulator untuk pengembang, bukan aplikasi OVO. Tidak ada uang sungguhan.
<span class="en" lang="en">A developer's simulator, not the OVO app. No real money.</span>
</footer></div>"""

PIN = """<section class="card" aria-label="{label}">
<p class="label">{what}<span class="en" lang="en">{what_en}</span></p>
<div class="shop"><span class="logo" aria-hidden="true">{initial}</span><div><b>{shop}</b>
<small>{detail}</small></div></div>{amount}{wrong}
<form method="post" action="{action}"><label class="label" for="pin">PIN 6 angka
<span class="en" lang="en">Six-digit PIN; the test PIN is {pin}</span></label>
<div class="go"><input id="pin" name="pin" type="password" inputmode="numeric"
pattern="[0-9]{{6}}" maxlength="6" autocomplete="off" required></div>
<p class="pair one"><button class="yes" name="do" value="confirm">{yes}
<span class="en" lang="en">{yes_en}</span></button></p></form>
<form method="post" action="{action}"><p class="pair one"><button class="no" name="do"
value="refuse">Batal<span class="en" lang="en">Cancel</span></button></p></form></section>"""

WRONG = """<p class="wrong" role="alert">PIN salah, sisa {left} kali
<span class="en" lang="en">Wrong PIN, {left} more</span></p>"""

AMOUNT = """<p class="amount">{amount}</p>"""

RESULT = """<section class="card result {kind}" role="status">{icon}<div><b>{words}</b>
<span class="en" lang="en">{words_en}</span></div></section>"""

ONWARDS = """<p class="center"><a href="{url}">Kembali ke toko
<span class="en" lang="en">Back to the shop</span></a></p>"""

SCAN = """<section class="card"><p class="label">Pindai QRIS
<span class="en" lang="en">Scan a QRIS</span></p>
<form method="get" action="{action}"><label class="label" for="qr">Isi kode QR
<span class="en" lang="en">What the QR code says: qrContent</span></label>
<div class="go"><textarea id="qr" name="qr" rows="5" maxlength="512" required
spellcheck="false" autocomplete="off">{text}</textarea></div>
<p class="pair one"><button class="yes">Pindai<span class="en" lang="en">Scan</span></button></p>
</form></section>"""

BILL = """<section class="card" aria-label="Pembayaran QRIS {amount} ke {shop}">
<p class="label">Pembayaran QRIS<span class="en" lang="en">QRIS payment</span></p>
<div class="shop"><span class="logo" aria-hidden="true">{initial}</span><div><b>{shop}</b>
<small>{reference}</small></div></div>
<p class="amount">{amount}</p>
<div class="bar" aria-hidden="true">
<i style="animation-duration:{window}s;animation-delay:-{gone}s"></i></div>
<p class="left"><span>Sisa waktu<span class="en" lang="en">Time left</span></span>
<strong><span class="clock" style="--s:{seconds};animation-duration:{lasts}s"></span> detik
<span class="en" lang="en">seconds</span></strong></p>
<form method="post" action="{action}"><input type="hidden" name="qr" value="{text}">
<p class="pair one"><button class="yes" name="do" value="pay">Bayar
<span class="en" lang="en">Pay</span></button></p></form>
<form method="post" action="{action}"><input type="hidden" name="qr" value="{text}">
<p class="pair one"><button class="no" name="do" value="decline">Tolak
<span class="en" lang="en">Decline</span></button></p></form></section>"""
