"""What a customer's phone shows of a push or a charge, whoever asks for it."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.acquirer.charge import Charge
from sandbox.acquirer.charge import State as ChargeState
from sandbox.push import Push, State

_WORDS_OF_PUSHES = {
    State.PAID: ("Berhasil", "Paid", "good"),
    State.FAILED: ("Gagal", "Failed", "bad"),
    State.ENDED: ("Tidak dijawab", "Not answered", ""),
    State.REVERSED: ("Dibatalkan", "Reversed", ""),
    State.VOIDED: ("Dikembalikan", "Returned", ""),
}
_WORDS_OF_CHARGES = {
    ChargeState.PAID: ("Berhasil", "Paid", "good"),
    ChargeState.FAILED: ("Gagal", "Failed", "bad"),
    ChargeState.EXPIRED: ("Tidak dijawab", "Not answered", ""),
    ChargeState.CANCELED: ("Dibatalkan", "Canceled", ""),
    ChargeState.VOIDED: ("Dikembalikan", "Returned", ""),
    ChargeState.REFUNDED: ("Dikembalikan", "Returned", ""),
}
_WAITS = ("Menunggu", "Waiting", "")


@dataclass(frozen=True, slots=True)
class Bill:
    """One request for money; `words` are Indonesian, English, and good, bad or neither."""

    id: str
    phone: str | None
    provider: str
    shop: str
    invoice: str
    amount: int
    state: str
    words: tuple[str, str, str]
    heard_at: datetime
    window_ends_at: datetime
    ended_at: datetime | None
    open_at: str | None = None  # the page on which a person decides, where it is not the phone

    @property
    def waits(self) -> bool:
        """Whether the customer has not answered yet."""
        return self.ended_at is None


def of_push(push: Push) -> Bill:
    """What is shown of a push."""
    return Bill(
        id=push.id,
        phone=push.phone,
        provider="ovo",
        shop=push.account.store_name,
        invoice=push.request.invoice,
        amount=push.request.amount,
        state=push.state.value,
        words=_WORDS_OF_PUSHES.get(push.state, _WAITS),
        heard_at=push.heard_at,
        window_ends_at=push.window_ends_at,
        ended_at=push.ended_at,
    )


def of_charge(charge: Charge, open_at: str | None = None) -> Bill:
    """What is shown of a charge."""
    ended = charge.history[1:2]
    return Bill(
        id=charge.id,
        phone=charge.phone,
        provider=charge.provider,
        shop=charge.partner.store_name,
        invoice=charge.reference,
        amount=charge.amount,
        state=charge.state.value,
        words=_WORDS_OF_CHARGES.get(charge.state, _WAITS),
        heard_at=charge.heard_at,
        window_ends_at=charge.ends_at,
        ended_at=ended[0][0] if ended else None,
        open_at=open_at,
    )
