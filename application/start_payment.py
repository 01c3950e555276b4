"""A merchant wants an order paid."""

from collections.abc import Mapping
from dataclasses import dataclass

from application.ports import (
    AccountRepository,
    Clock,
    KeepPayment,
    NewId,
    NotFound,
    PaymentRepository,
    StoreUnavailable,
    WorkSignal,
    WriteUnconfirmed,
)
from domain.errors import InvalidValue, LunasError
from domain.ids import IdKind
from domain.merchant import Caller
from domain.order import Order
from domain.payment import Payment
from domain.provider import Provider


class AccountStopped(LunasError):
    """The merchant has no account at the provider, or the provider refuses it for now."""


@dataclass(frozen=True, slots=True)
class StartPayment:
    """Make the intent durable; the push follows by itself when the phone is known.

    Raises InvalidValue, AccountStopped, OrderTaken, AlreadyKept, StoreUnavailable or QueueFull.
    """

    payments: PaymentRepository
    accounts: AccountRepository
    providers: Mapping[str, Provider]
    clock: Clock
    new_id: NewId
    signal: WorkSignal

    def __call__(self, caller: Caller, order: Order, keep: KeepPayment | None = None) -> Payment:
        provider = self.providers.get(order.provider)
        if provider is None:
            raise InvalidValue("method", "is not offered here")
        if not provider.minimum.rupiah <= order.amount.rupiah <= provider.maximum.rupiah:
            bounds = f"must be from {provider.minimum.rupiah} to {provider.maximum.rupiah} rupiah"
            raise InvalidValue("amount", bounds)
        if order.expires_in < provider.clocks.horizon:
            raise InvalidValue("expires_in", "is too short for one push to end in it")
        self._usable(caller, provider)
        change = Payment.start(
            id=self.new_id(IdKind.PAYMENT),
            merchant_id=caller.merchant_id,
            livemode=caller.livemode,
            order=order,
            at=self.clock().at,
            event_id=self.new_id(IdKind.EVENT),
            needs_phone=provider.rules.needs_phone,
        )
        try:
            self.payments.save(change, keep(change.payment) if keep else None)
        except WriteUnconfirmed:
            self._read_back(change.payment)
        self.signal.wake()
        return change.payment

    def _usable(self, caller: Caller, provider: Provider) -> None:
        try:
            account = self.accounts.get(caller.merchant_id, provider.name, livemode=caller.livemode)
        except NotFound as missing:
            raise AccountStopped from missing
        if account.stopped:
            raise AccountStopped

    def _read_back(self, payment: Payment) -> None:
        try:
            self.payments.get(payment.id)
        except NotFound as lost:
            raise StoreUnavailable from lost
