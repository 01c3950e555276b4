"""What a gateway's word decides, and how that is told to the core; the gateways' tables use it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.outcome import Declined, Doubt, Unknown
from domain.reason import TIMED_OUT, Reason, ReasonCode, Texts, WhoCanFix


class Verdict(StrEnum):
    """What a word decides about what was asked."""

    APPROVED = "approved"
    """The money was taken; to a void or refund: it was given back."""
    ACCEPTED = "accepted"
    """The gateway has the charge, and its customer may still pay."""
    DECLINED = "declined"
    """No money moved and another attempt may succeed."""
    REFUSED = "refused"
    """No money moved and asking again is pointless."""
    MISCONFIGURED = "misconfigured"
    """Refused because of the merchant's account: nothing more is sent for it."""
    PENDING = "pending"
    """The gateway itself does not know yet."""
    DUPLICATE = "duplicate"
    """Our reference was used before: whose money moved is unclear."""
    FAILURE = "failure"
    """The gateway or the wallet failed at some point that it does not name."""
    ENDED = "ended"
    """It ended unpaid by the gateway's books, which the wallet may still overtake.

    Told as NOT_FOUND: believed where it was asked after the horizon, and asked about again later.
    """
    NOT_FOUND = "not_found"
    """The gateway has no such charge (void, refund), at least not yet."""
    REVERSED = "reversed"
    """The gateway took the charge back."""
    ACCOUNT_REFUSED = "account_refused"
    """The account may not even ask: nothing is said about the charge."""
    NO_ANSWER = "no_answer"
    """The word says nothing about what was asked: unknown, and a human is told."""


REFUSALS = frozenset({Verdict.DECLINED, Verdict.REFUSED, Verdict.MISCONFIGURED})
CONCLUSIVE = REFUSALS | {
    Verdict.APPROVED,
    Verdict.ACCEPTED,
    Verdict.ENDED,
    Verdict.NOT_FOUND,
    Verdict.REVERSED,
}
"""What would conclude something, and so is believed only of our own charge."""
_DOUBTS: Mapping[Verdict, tuple[Doubt, bool]] = {
    # verdict: why nothing is known, and whether a human is told
    Verdict.PENDING: (Doubt.PENDING, False),
    Verdict.DUPLICATE: (Doubt.DUPLICATE, True),
    Verdict.FAILURE: (Doubt.WALLET_FAILURE, False),
    Verdict.ENDED: (Doubt.NOT_FOUND, False),
    Verdict.NOT_FOUND: (Doubt.NOT_FOUND, False),
    Verdict.REVERSED: (Doubt.REVERSED, False),
    Verdict.ACCOUNT_REFUSED: (Doubt.UNHEARD_OF, True),
    Verdict.NO_ANSWER: (Doubt.UNHEARD_OF, True),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a word decides; a refusal, and nothing else, has a reason (else ValueError)."""

    verdict: Verdict
    reason: ReasonCode | None = None

    def __post_init__(self) -> None:
        if (self.verdict in REFUSALS) is not (self.reason is not None):
            raise ValueError(f"{self.verdict} with reason {self.reason}")


def concluded(decision: Decision, code: str) -> Declined | Unknown:
    """The outcome of every verdict that is neither APPROVED nor ACCEPTED."""
    verdict = decision.verdict
    if decision.reason is not None:
        retryable = verdict is Verdict.DECLINED
        return Declined(
            code,
            reason(decision.reason, code, retryable=retryable),
            final=not retryable,
            stops_account=verdict is Verdict.MISCONFIGURED,
        )
    doubt, alarm = _DOUBTS[verdict]
    refused = verdict is Verdict.ACCOUNT_REFUSED
    return Unknown(doubt, code, alarm, stops_account=refused)


def mismatch(code: str) -> Unknown:
    """The word speaks of another charge, or of another amount: nothing is believed of it."""
    return Unknown(Doubt.MISMATCH, code, alarm=True)


def reason(code: ReasonCode, provider_code: str, *, retryable: bool) -> Reason:
    """The reason that a payment keeps of a refusal; KeyError for one that no gateway gives."""
    who, message = _SAID[code]
    return Reason(code, provider_code, retryable, who, message)


_R, _W = ReasonCode, WhoCanFix
_WRONG_HERE = Texts(
    id="Pembayaran OVO di sini sedang bermasalah. Anda tidak ditagih.",
    en="OVO payments here have a problem. You were not charged.",
)
_SAID: Mapping[ReasonCode, tuple[WhoCanFix, Texts]] = {
    _R.DECLINED_BY_CUSTOMER: (
        _W.CUSTOMER,
        Texts(
            id="Transaksi dibatalkan oleh Anda di aplikasi OVO. Anda tidak ditagih.",
            en="You canceled the transaction in the OVO app. You were not charged.",
        ),
    ),
    _R.PHONE_NOT_REGISTERED: (
        _W.CUSTOMER,
        Texts(
            id="Nomor ini tidak terdaftar di OVO. Periksa nomornya atau pakai nomor lain.",
            en="This number is not registered with OVO. Check it or use another number.",
        ),
    ),
    _R.PUSH_NOT_SHOWN: (
        _W.CUSTOMER,
        Texts(
            id="Notifikasi OVO tidak dapat tampil. Masuk dulu ke aplikasi OVO, lalu coba lagi.",
            en="OVO could not show the request. Log in to the OVO app first, then try again.",
        ),
    ),
    _R.TIMED_OUT: (_W.CUSTOMER, TIMED_OUT.message),
    _R.INSUFFICIENT_BALANCE: (
        _W.CUSTOMER,
        Texts(
            id="Saldo OVO Anda tidak cukup. Isi saldo, lalu coba lagi.",
            en="Your OVO balance is too low. Top up, then try again.",
        ),
    ),
    _R.LIMIT_EXCEEDED: (
        _W.CUSTOMER,
        Texts(
            id="Batas transaksi OVO Anda terlampaui. Ubah batasnya atau pakai nomor lain.",
            en="Your OVO limit is exceeded. Raise the limit or use another number.",
        ),
    ),
    _R.ACCOUNT_BLOCKED: (
        _W.CUSTOMER,
        Texts(
            id="Akun OVO ini diblokir. Hubungi OVO di 1500696. Anda tidak ditagih.",
            en="This OVO account is blocked. Please call OVO at 1500696. You were not charged.",
        ),
    ),
    _R.BELOW_MINIMUM: (
        _W.INTEGRATOR,
        Texts(
            id="Jumlah ini terlalu kecil untuk dibayar dengan OVO. Anda tidak ditagih.",
            en="This amount is too small to be paid with OVO. You were not charged.",
        ),
    ),
    _R.WALLET_UNREACHABLE: (
        _W.OPERATOR,
        Texts(
            id="OVO sedang tidak dapat dihubungi. Anda tidak ditagih. Silakan coba lagi.",
            en="OVO cannot be reached right now. You were not charged. Please try again.",
        ),
    ),
    _R.WALLET_LINK_INACTIVE: (
        _W.CUSTOMER,
        Texts(
            id="Akun OVO Anda tidak terhubung lagi. Anda tidak ditagih. Hubungkan OVO lagi.",
            en="Your OVO account is no longer linked. You were not charged. Link OVO again.",
        ),
    ),
    _R.PROVIDER_MISCONFIGURED: (_W.OPERATOR, _WRONG_HERE),
    _R.PROVIDER_REJECTED: (_W.OPERATOR, _WRONG_HERE),
}
