"""The HTML of the pages, Indonesian first; every value put in is escaped by who puts it in."""

from sandbox.icons import RECEIPT

FRAME = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">{again}
<style>{style}</style></head><body class="{kind}">{body}</body></html>"""

HANDSET = """<div class="phone"><header><div class="top"><h1>{wallet}Dompet Uji</h1>
<span class="tag">Simulator</span></div>
<p>{phone}</p><span class="en" lang="en">Test wallet of this number</span></header>
<main>{cards}{history}</main>
<footer>Simulator untuk pengembang, bukan aplikasi OVO. Tidak ada uang sungguhan.
<span class="en" lang="en">A developer's simulator, not the OVO app. No real money.</span>
</footer></div>"""

CARD = """<section class="card" aria-label="Permintaan pembayaran {amount} dari {shop}">
<p class="label">Permintaan pembayaran<span class="en" lang="en">Payment request</span></p>
<div class="shop"><span class="logo" aria-hidden="true">{initial}</span><div><b>{shop}</b>
<small>{invoice}</small></div></div>
<p class="amount">{amount}</p>
<div class="bar" aria-hidden="true">
<i style="animation-duration:{window}s;animation-delay:-{gone}s"></i></div>
<p class="left"><span>Sisa waktu<span class="en" lang="en">Time left</span></span>
<strong><span class="clock" style="--s:{seconds};animation-duration:{lasts}s"></span> detik
<span class="en" lang="en">seconds</span></strong></p>
<form method="post" action="{action}/approve"><button class="yes">Setujui
<span class="en" lang="en">Approve</span></button></form>
<div class="pair"><form method="post" action="{action}/decline"><button class="no">Tolak
<span class="en" lang="en">Decline</span></button></form>
<form method="post" action="{action}/ignore"><button>Abaikan
<span class="en" lang="en">Ignore</span></button></form></div></section>"""

EMPTY = f"""<section class="card center">{RECEIPT}<h2>Tidak ada tagihan</h2>
<span class="en" lang="en">Nothing to pay right now</span>
<p>Tagihan baru muncul di sini dengan sendirinya.
<span class="en" lang="en">New requests appear here by themselves.</span></p></section>"""

INDEX = """<main class="wide"><h1>Lunas sandbox</h1>
<p>Dompet tiruan untuk pengembang<span class="en" lang="en">A simulated wallet for developers:
POST /pos is the wallet, no real money moves</span></p>
<p><a href="/ovo-qris/scan">Pindai QRIS / Scan a QRIS</a></p>
<section class="card"><h2>Buka telepon pelanggan<span class="en" lang="en">Open a customer's phone
</span></h2><form class="go" action="/phones"><input name="msisdn" inputmode="numeric"
pattern="08[1-9][0-9]{{7,11}}" placeholder="081234567890" aria-label="Nomor telepon / phone number"
required autocomplete="off"><button class="yes">Buka</button></form></section>
<section class="card"><h2>Tagihan terakhir<span class="en" lang="en">Latest pushes,
{held} calls held open now</span></h2><table>
<thead><tr><th>Telepon</th><th>Penyedia</th><th>Toko</th><th>Jumlah</th><th>Status</th>
<th></th></tr></thead><tbody>{pushes}</tbody></table></section>
<section class="card"><h2>Untuk program<span class="en" lang="en">For programs;
any other phone does: {scenario}</span></h2><p><a href="/control/ledger">Ledger</a> ·
<a href="/control/pushes?state=waiting">Waiting pushes</a> ·
<a href="/control/scenario">Scenario</a> ·
<a href="/control/charges">Charges</a> · <a href="/control/notifications">Notifications</a> ·
<a href="/control/tokens">Tokens</a> · <a href="/control/links">Links</a> ·
<a href="/control/settlement.csv">Settlement CSV</a> ·
<a href="/control/magic">Magic tables</a> · <a href="/control/accounts">Accounts</a></p></section>
<section class="card"><h2>Telepon ajaib<span class="en" lang="en">Magic phones</span></h2><table>
<thead><tr><th>Telepon</th><th>Behaviour</th><th>Arti / Meaning</th></tr></thead>
<tbody>{phones}</tbody></table></section>
<section class="card"><h2>Jumlah ajaib<span class="en" lang="en">Magic amounts</span></h2><table>
<thead><tr><th>Jumlah</th><th>Behaviour</th><th>Arti / Meaning</th></tr></thead>
<tbody>{amounts}</tbody></table></section></main>"""
