"""Every word on the pages, Indonesian first."""

from collections.abc import Mapping

LANGUAGES = ("id", "en")
_BOTH: Mapping[str, tuple[str, str]] = {
    # the frame
    "clinic": ("Klinik Lunas", "Klinik Lunas"),
    "skip": ("Langsung ke isi", "Skip to content"),
    "example": (
        "Contoh: dokter dan uangnya tidak sungguhan.",
        "An example: neither doctor nor money is real.",
    ),
    "months": (
        "Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    ),
    # the doctor
    "doctor": ("dr. Sari Wulandari", "dr. Sari Wulandari"),
    "role": ("Dokter umum", "General practitioner"),
    "online": ("Sedang bertugas", "On duty now"),
    "experience": ("9 tahun praktik", "9 years in practice"),
    "speaks": ("Bahasa Indonesia, Inggris", "Indonesian, English"),
    # home
    "home_title": ("Chat dengan dokter", "Chat with a doctor"),
    "home_lead": (
        "Ceritakan keluhan Anda. Dokter menjawab langsung di chat ini, tanpa antre.",
        "Say what troubles you. The doctor answers right here in the chat, no queue.",
    ),
    "price_for": ("satu konsultasi", "one consultation"),
    "promise_1": ("Dibayar dari dompet OVO Anda", "Paid from your OVO wallet"),
    "promise_2": (
        "Ditagih satu kali saja, juga bila halaman dimuat ulang",
        "Charged once only, even if you reload the page",
    ),
    "promise_3": (
        "Chat terbuka sendiri setelah pembayaran diterima",
        "The chat opens by itself once the payment has arrived",
    ),
    "begin": ("Mulai konsultasi", "Start a consultation"),
    "yours": ("Konsultasi Anda", "Your consultations"),
    "go_on": ("Lanjutkan", "Continue"),
    "open_chat": ("Buka chat", "Open the chat"),
    "unpaid": ("Belum dibayar", "Not paid yet"),
    "back": ("Kembali", "Back"),
    # the steps
    "steps": ("Langkah", "Steps"),
    "step_1": ("Nomor", "Number"),
    "step_2": ("Setujui", "Approve"),
    "step_3": ("Chat", "Chat"),
    "done": ("selesai", "done"),
    "bill": ("Konsultasi chat", "Chat consultation"),
    # ask
    "ask": ("Bayar dengan OVO", "Pay with OVO"),
    "ask_lead": (
        "Permintaan pembayaran akan muncul di aplikasi OVO Anda.",
        "A payment request will appear in your OVO app.",
    ),
    "phone": ("Nomor HP OVO Anda", "Your OVO mobile number"),
    "phone_hint": ("Contoh: 0812 3456 7890", "For example 0812 3456 7890"),
    "phone_empty": ("Isi dulu nomor HP OVO Anda.", "Enter your OVO mobile number first."),
    "phone_wrong": (
        "Nomor ini belum benar. Tulis nomor HP Indonesia, misalnya 0812 3456 7890.",
        "This number is not right yet. Write an Indonesian mobile number, such as 0812 3456 7890.",
    ),
    "send": ("Kirim permintaan bayar", "Send the payment request"),
    "send_note": (
        "Anda baru ditagih setelah menyetujuinya di aplikasi OVO.",
        "You are charged only after you approve it in the OVO app.",
    ),
    # starting, awaiting
    "starting": ("Menghubungi OVO", "Contacting OVO"),
    "starting_lead": (
        "Permintaan pembayaran sedang dikirim ke",
        "The payment request is on its way to",
    ),
    "by_itself": (
        "Halaman ini berubah dengan sendirinya.",
        "This page changes by itself.",
    ),
    "awaiting": ("Setujui di aplikasi OVO", "Approve in the OVO app"),
    "sent_to": ("Dikirim ke", "Sent to"),
    "time_left": ("Sisa waktu", "Time left"),
    "seconds": ("detik", "seconds"),
    "how_1": ("Buka aplikasi OVO di HP Anda", "Open the OVO app on your phone"),
    "how_2": ("Ketuk notifikasi (ikon lonceng)", "Tap the notification (the bell)"),
    "how_3": ("Pastikan jumlahnya", "Check that the amount is"),
    "how_4": ("Masukkan PIN Anda", "Enter your PIN"),
    "how_note": (
        "Notifikasi OVO harus aktif. Salah nomor? Tunggu waktunya habis, lalu ganti nomor.",
        "OVO's notifications must be on. Wrong number? Change it once the time is up.",
    ),
    "simulated": ("Ini dompet simulasi", "This is a simulated wallet"),
    "simulated_note": (
        "Tidak ada uang sungguhan. Pegang HP pelanggan di tab lain:",
        "No real money. Hold the customer's phone in another tab:",
    ),
    "simulated_link": ("Buka HP simulasi", "Open the simulated phone"),
    "new_tab": ("tab baru", "new tab"),
    # checking, paid
    "checking": ("Pembayaran sedang kami periksa", "We are checking your payment"),
    "checking_lead": (
        "OVO belum memberi jawaban yang pasti. Kami tanyakan terus sampai jelas.",
        "OVO has not given a definite answer yet. We keep asking until it is clear.",
    ),
    "checking_1": ("Anda tidak akan ditagih dua kali.", "You will not be charged twice."),
    "checking_2": (
        "Anda boleh menutup halaman ini dan kembali nanti.",
        "You may close this page and come back later.",
    ),
    "checking_3": (
        "Bila sudah dibayar, chat terbuka sendiri; bila belum, Anda dapat mengirim ulang.",
        "If it was paid, the chat opens by itself; if not, you can send it again.",
    ),
    "paid": ("Pembayaran diterima", "Payment received"),
    "paid_lead": ("Kami sedang membuka chat Anda.", "We are opening your chat."),
    # retry, ended
    "retry": ("Pembayaran belum berhasil", "The payment did not go through yet"),
    "resend": ("Kirim ulang", "Send again"),
    "change": ("Ganti nomor", "Change number"),
    "send_there": ("Kirim ke nomor ini", "Send to this number"),
    "cancel": ("Batal", "Cancel"),
    "resend_in": ("Bisa dikirim ulang dalam", "Can be sent again in"),
    "left": ("Masih bisa dikirim", "Can be sent"),
    "left_times": ("kali lagi", "more times"),
    "left_once": ("Ini kiriman yang terakhir.", "This is the last one that can be sent."),
    "no_resend": (
        "Permintaan ini tidak dapat dikirim ulang lagi. Batalkan, lalu mulai lagi.",
        "This request cannot be sent again. Cancel it, then start over.",
    ),
    "failed": ("Pembayaran tidak berhasil", "The payment did not work"),
    "expired": ("Waktu pembayaran habis", "The time to pay is over"),
    "canceled": ("Pembayaran dibatalkan", "Payment canceled"),
    "not_charged": ("Anda tidak ditagih.", "You were not charged."),
    "again": ("Coba lagi", "Try again"),
    # what can go wrong
    "cooldown": (
        "Tunggu {seconds} detik lagi sebelum mengirim ulang.",
        "Wait {seconds} more seconds before sending again.",
    ),
    "away": (
        "Pembayaran sedang terganggu. Coba sebentar lagi; Anda tidak akan ditagih dua kali.",
        "Payments are disturbed right now. Try again soon; you will not be charged twice.",
    ),
    "stale": ("Halaman ini sudah terlalu lama terbuka", "This page was open for too long"),
    "stale_lead": (
        "Tidak ada yang dikirim. Buka lagi dari halaman depan.",
        "Nothing was sent. Open it again from the front page.",
    ),
    "missing": ("Halaman tidak ditemukan", "Page not found"),
    "missing_lead": (
        "Konsultasi hanya dapat dibuka di peramban yang memulainya.",
        "A consultation opens only in the browser that started it.",
    ),
    # open
    "opened": ("Chat terbuka. Pembayaran lunas.", "The chat is open. Paid."),
    "paid_line": ("Lunas", "Paid"),
    "receipt": ("Kuitansi", "Receipt"),
    "you": ("Anda", "You"),
    "message": ("Tulis pesan", "Write a message"),
    "say": ("Kirim", "Send"),
    "log": ("Isi chat", "Chat messages"),
    "greeting": (
        "Halo, saya dr. Sari. Terima kasih sudah menunggu. Apa yang bisa saya bantu hari ini?",
        "Hello, I am dr. Sari. Thank you for waiting. How can I help you today?",
    ),
    "answer_0": (
        "Terima kasih sudah bercerita. Sejak kapan keluhan ini terasa?",
        "Thank you for telling me. Since when have you felt this?",
    ),
    "answer_1": (
        "Baik. Apakah ada demam, alergi obat, atau obat yang sedang diminum?",
        "I see. Any fever, drug allergies, or medicine that you take at present?",
    ),
    "answer_2": (
        "Untuk sekarang: cukup istirahat dan minum air putih. Kabari saya bila belum membaik.",
        "For now: rest well and drink water. Tell me if it does not get better.",
    ),
}
TEXTS: Mapping[str, Mapping[str, str]] = {
    name: dict(zip(LANGUAGES, both, strict=True)) for name, both in _BOTH.items()
}
"""By name, then by language."""
ANSWERS = ("answer_0", "answer_1", "answer_2")


def words(lang: str) -> Mapping[str, str]:
    """Every text in one language."""
    return {name: text[lang] for name, text in TEXTS.items()}
