"""Find out whose a notification is, and whether the owner's secret signed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from application.ports import (
    AccountRepository,
    NotFound,
    Notice,
    NotificationReader,
    PaymentRepository,
)
from application.push_payments import charge_of
from domain.attempt import Attempt
from domain.outcome import Outcome
from domain.payment import Payment
from domain.provider import Provider

MOST_NAMES = 4
"""Names looked for of one notification."""


@dataclass(frozen=True, slots=True)
class Verified:
    """It is genuine: of which attempt it speaks, and what it says."""

    payment: Payment
    attempt: Attempt
    outcome: Outcome
    mark: str


@dataclass(frozen=True, slots=True)
class Nobody:
    """It names no attempt of ours; a name was read from it if `named`."""

    why: str
    named: bool


@dataclass(frozen=True, slots=True)
class NotGenuine:
    """It names an attempt of ours, and is not signed by its account's secret."""

    why: str
    payment_id: str


@dataclass(frozen=True, slots=True)
class VerifyNotification:
    """Judge one notification; changes nothing. Raises what its reader raises, StoreUnavailable."""

    payments: PaymentRepository
    accounts: AccountRepository
    providers: Mapping[str, Provider]
    readers: Mapping[str, NotificationReader]

    def __call__(self, notice: Notice) -> Verified | Nobody | NotGenuine:
        reader = self.readers.get(notice.provider)
        if reader is None:
            return Nobody("nobody here reads its provider", named=False)
        names = reader.names(notice)[:MOST_NAMES]
        found = self._owner(notice, names)
        if found is None:
            why = "it names no attempt of ours" if names else "it cannot be read"
            return Nobody(why, named=bool(names))
        payment, attempt = found
        try:
            account = self.accounts.get(
                payment.merchant_id, attempt.provider, livemode=payment.livemode
            )
        except NotFound:
            return NotGenuine("the merchant has no account at the provider", payment.id)
        # By when it came, not by when it is looked at: it may have waited here.
        refusal = reader.refusal(notice, account, notice.received_at)
        if refusal is not None:
            return NotGenuine(refusal, payment.id)
        provider = self.providers[attempt.provider]
        charge = charge_of(payment, attempt, account, provider, since=attempt.claimed)
        mark = sha256(reader.key(notice).encode()).hexdigest()
        return Verified(payment, attempt, reader.read(notice, charge), mark)

    def _owner(self, notice: Notice, names: Sequence[str]) -> tuple[Payment, Attempt] | None:
        for name in names:
            try:
                payment = self.payments.of_reference(name)
            except NotFound:
                continue
            for attempt in payment.attempts:
                if name in attempt.references.unique and attempt.provider == notice.provider:
                    return payment, attempt
        return None
