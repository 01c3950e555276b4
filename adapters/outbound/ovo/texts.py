"""What patient, operator and integrator are told about each OVO response code.

The sense of 00, 14, 17 and 26 is prescribed. Source: OVO high-level integration guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.reason import ReasonCode, Texts, WhoCanFix


@dataclass(frozen=True, slots=True)
class CodeTexts:
    """One code in one sentence for each reader; `meaning` is OVO's.

    `reason` is None where the code never ends an attempt.
    """

    meaning: str
    reason: ReasonCode | None
    who_can_fix: WhoCanFix
    patient: Texts
    operator: str
    integrator: str


_R, _W = ReasonCode, WhoCanFix
_WAIT = Texts(
    id="Pembayaran Anda sedang kami periksa. Anda tidak akan ditagih dua kali.",
    en="We are checking your payment. You will not be charged twice.",
)
_WRONG_HERE = Texts(
    id="Pembayaran OVO di sini sedang bermasalah. Anda tidak ditagih.",
    en="OVO payments here have a problem. You were not charged.",
)
_BLOCKED = Texts(
    id="Akun OVO ini diblokir. Hubungi OVO di 1500696. Anda tidak ditagih.",
    en="This OVO account is blocked. Please call OVO at 1500696. You were not charged.",
)
_OVER_LIMIT = Texts(
    id="Batas transaksi OVO Anda terlampaui. Ubah batasnya atau pakai nomor lain.",
    en="Your OVO limit is exceeded. Raise the limit or use another number.",
)
_TOO_SMALL = Texts(
    id="Jumlah ini terlalu kecil untuk dibayar dengan OVO. Anda tidak ditagih.",
    en="This amount is too small to be paid with OVO. You were not charged.",
)
CHECKING = CodeTexts(
    "OVO refused the question itself, so nothing is known about the push.",
    None,
    _W.OPERATOR,
    _WAIT,
    "OVO did not answer the status check; see what the code says about our account or request.",
    "The payment stays as it is; nothing is to be done.",
)
UNDOCUMENTED = CodeTexts(
    "No document that we know names this code.",
    None,
    _W.OPERATOR,
    _WAIT,
    "OVO sent a code that is in no document; ask OVO what it means.",
    "The payment is unknown until its status is settled; nothing is to be done.",
)


def _elsewhere(meaning: str) -> CodeTexts:
    return CodeTexts(
        meaning,
        None,
        _W.OPERATOR,
        _WAIT,
        "This code belongs to another OVO product; ask OVO why it came here.",
        "The payment is unknown until its status is settled; nothing is to be done.",
    )


def _doubtful(meaning: str, operator: str) -> CodeTexts:
    wait = "The payment is unknown until its status is settled; do not start another one."
    return CodeTexts(meaning, None, _W.OPERATOR, _WAIT, operator, wait)


def _our_fault(meaning: str, operator: str) -> CodeTexts:
    told = "OVO rejected the request as Lunas wrote it; tell the operator."
    return CodeTexts(meaning, _R.PROVIDER_REJECTED, _W.OPERATOR, _WRONG_HERE, operator, told)


def _misconfigured(meaning: str, operator: str) -> CodeTexts:
    told = "The merchant's OVO account is refused; payments resume once the operator repairs it."
    return CodeTexts(meaning, _R.PROVIDER_MISCONFIGURED, _W.OPERATOR, _WRONG_HERE, operator, told)


TEXTS: Mapping[str, CodeTexts] = {
    "00": CodeTexts(
        "Approved.",
        None,
        _W.CUSTOMER,
        Texts(id="Pembayaran berhasil.", en="Payment successful."),
        "OVO took the money.",
        "The payment has succeeded.",
    ),
    "13": CodeTexts(
        "The amount is zero, negative, missing or below OVO's minimum.",
        _R.BELOW_MINIMUM,
        _W.INTEGRATOR,
        _TOO_SMALL,
        "OVO did not accept the amount; compare the configured minimum with OVO's.",
        "Ask for an amount of at least the provider's minimum.",
    ),
    "14": CodeTexts(
        "The phone number or OVO id is not known.",
        _R.PHONE_NOT_REGISTERED,
        _W.CUSTOMER,
        Texts(
            id="Nomor ini tidak terdaftar di OVO. Periksa nomornya atau pakai nomor lain.",
            en="This number is not registered with OVO. Check it or use another number.",
        ),
        "The customer's number has no OVO account.",
        "Let the customer correct the number, then push again.",
    ),
    "17": CodeTexts(
        "The customer declined in the app.",
        _R.DECLINED_BY_CUSTOMER,
        _W.CUSTOMER,
        Texts(
            id="Transaksi dibatalkan oleh Anda di aplikasi OVO. Anda tidak ditagih.",
            en="You canceled the transaction in the OVO app. You were not charged.",
        ),
        "The customer declined in the OVO app.",
        "Offer the customer another push.",
    ),
    "25": _doubtful(
        "OVO finds no such transaction.",
        "OVO does not know the push yet; it is checked again until that proves something.",
    ),
    "26": CodeTexts(
        "The push could not be shown in the app.",
        _R.PUSH_NOT_SHOWN,
        _W.CUSTOMER,
        Texts(
            id="Notifikasi OVO tidak dapat tampil. Masuk dulu ke aplikasi OVO, lalu coba lagi.",
            en="OVO could not show the request. Log in to the OVO app first, then try again.",
        ),
        "OVO could not reach the customer's app (not logged in, or too old).",
        "Ask the customer to log in to the OVO app, then push again.",
    ),
    "30": _our_fault("The message's format is wrong.", "Report this to the makers of Lunas."),
    "40": _doubtful(
        "Invoice, batch and reference were used before; or, in older lists, a third party failed.",
        "Possibly a reference was used twice: settle this attempt by hand, with OVO's records.",
    ),
    "51": CodeTexts(
        "There is not enough money.",
        _R.INSUFFICIENT_BALANCE,
        _W.CUSTOMER,
        Texts(
            id="Saldo OVO Anda tidak cukup. Isi saldo, lalu coba lagi.",
            en="Your OVO balance is too low. Top up, then try again.",
        ),
        "The customer's balance was too low.",
        "Offer another push once the customer has topped up.",
    ),
    "54": _doubtful(
        "The transaction is older than 7 days.",
        "OVO no longer answers for this push: settle it from the settlement file or with OVO.",
    ),
    "56": CodeTexts(
        "The account is blocked; OVO's care line is 1500696.",
        _R.ACCOUNT_BLOCKED,
        _W.CUSTOMER,
        _BLOCKED,
        "OVO blocked the customer's account.",
        "Offer another way to pay; another push to this number will not work.",
    ),
    "58": _misconfigured(
        "The module is not registered or not allowed for this merchant.",
        "Ask OVO to enable Push to Pay for this merchant and terminal.",
    ),
    "61": CodeTexts(
        "Over a limit that the customer set.",
        _R.LIMIT_EXCEEDED,
        _W.CUSTOMER,
        _OVER_LIMIT,
        "The amount is over the customer's own limit.",
        "Offer another push once the customer has raised the limit.",
    ),
    "63": _misconfigured(
        "Authentication failed (signature or app-id).",
        "Check app-id and app key, and this machine's clock.",
    ),
    "64": CodeTexts(
        "The account is blocked; OVO's care line is 1500696.",
        _R.ACCOUNT_BLOCKED,
        _W.CUSTOMER,
        _BLOCKED,
        "OVO blocked the customer's account.",
        "Offer another way to pay; another push to this number will not work.",
    ),
    "65": CodeTexts(
        "Over OVO's limit of count or amount.",
        _R.LIMIT_EXCEEDED,
        _W.CUSTOMER,
        _OVER_LIMIT,
        "The customer is over a limit of OVO's.",
        "Offer another push later, or to another number.",
    ),
    "67": CodeTexts(
        "Below the minimum payment.",
        _R.BELOW_MINIMUM,
        _W.INTEGRATOR,
        _TOO_SMALL,
        "The amount is below OVO's minimum; raise the configured one.",
        "Ask for an amount of at least the provider's minimum.",
    ),
    "68": _doubtful(
        "The wallet answered OVO's switch too late.",
        "OVO does not know the result yet; it is being asked again.",
    ),
    "73": _doubtful("Already reversed.", "OVO reversed the push."),
    "94": _doubtful(
        "The merchant invoice or the reference number was used before.",
        "A reference was used twice: settle this attempt by hand, with OVO's records.",
    ),
    "96": _our_fault("The processing code is wrong.", "Report this to the makers of Lunas."),
    "BR": _our_fault("The request's format is invalid.", "Report this to the makers of Lunas."),
    "EB": _misconfigured(
        "tid or mid is not registered, or the terminal is blocked.",
        "Check tid and mid, and ask OVO whether the terminal is blocked.",
    ),
    "ER": _doubtful(
        "OVO's system failed, or it does not know the credentials.",
        "OVO failed; if this repeats, check the credentials and call OVO.",
    ),
    "8": _elsewhere("The voucher was used before."),
    "11": _elsewhere("The account's type does not allow a withdrawal."),
    "16": _elsewhere("The card number is invalid."),
    "18": _elsewhere("The voucher's code is invalid."),
    "44": _elsewhere("The refund code has expired."),
    "57": _elsewhere("Not eligible for a refund."),
    "66": _elsewhere("The withdrawal code is wrong."),
}
"""By response code."""
