"""What a patient is told where a QR code could not be had, or was not paid."""

from domain.reason import ReasonCode, Texts, WhoCanFix

Refusal = tuple[ReasonCode, WhoCanFix, Texts]
"""Why, whose move it is, and the patient's words."""
_R, _W = ReasonCode, WhoCanFix
WRONG_HERE: Refusal = (
    _R.PROVIDER_MISCONFIGURED,
    _W.OPERATOR,
    Texts(
        id="Pembayaran QRIS di sini sedang bermasalah. Anda tidak ditagih.",
        en="QRIS payments here have a problem. You were not charged.",
    ),
)
REJECTED: Refusal = (
    _R.PROVIDER_REJECTED,
    _W.OPERATOR,
    Texts(
        id="Kode QR untuk pembayaran ini ditolak. Anda tidak ditagih.",
        en="A QR code for this payment was refused. You were not charged.",
    ),
)
WRONG_AMOUNT: Refusal = (
    _R.PROVIDER_REJECTED,
    _W.INTEGRATOR,
    Texts(
        id="Jumlah ini tidak dapat dibayar dengan QRIS. Anda tidak ditagih.",
        en="This amount cannot be paid with QRIS. You were not charged.",
    ),
)
OVER_LIMIT: Refusal = (
    _R.LIMIT_EXCEEDED,
    _W.OPERATOR,
    Texts(
        id="Batas transaksi QRIS terlampaui. Anda tidak ditagih.",
        en="The limit for QRIS payments is exceeded. You were not charged.",
    ),
)
NOT_NOW: Refusal = (
    _R.WALLET_UNREACHABLE,
    _W.OPERATOR,
    Texts(
        id="QRIS sedang tidak dapat dipakai. Anda tidak ditagih. Silakan coba lagi.",
        en="QRIS cannot be used right now. You were not charged. Please try again.",
    ),
)
