"""A merchant wants an order paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from application.ports import (
    AccountRepository,
    Clock,
    KeepPayment,
    NewId,
    NotFound,
    PaymentRepository,
    StoreUnavailable,
    WalletLinks,
    WorkSignal,
    WriteUnconfirmed,
)
from application.steps import Steps, finished
from domain.errors import InvalidValue, LunasError
from domain.ids import IdKind
from domain.merchant import Caller
from domain.order import Order
from domain.payment import Payment
from domain.provider import Needs, Provider


class AccountStopped(LunasError):
    """The merchant has no account at the provider, or the provider refuses it for now."""


@dataclass(frozen=True, slots=True)
class StartPayment:
    """Make the intent durable; the push follows by itself when the phone is known.

    Raises InvalidValue, AccountStopped, LinkInactive, OrderTaken, AlreadyKept, StoreUnavailable or
    QueueFull.
    """

    payments: PaymentRepository
    accounts: AccountRepository
    links: WalletLinks
    providers: Mapping[str, Provider]
    clock: Clock
    new_id: NewId
    signal: WorkSignal

    def __call__(self, caller: Caller, order: Order, keep: KeepPayment | None = None) -> Payment:
        return finished(self.steps(caller, order, keep))

    def steps(
        self, caller: Caller, order: Order, keep: KeepPayment | None = None
    ) -> Steps[Payment]:
        """The same in steps."""
        provider = self.providers.get(order.provider)
        if provider is None:
            raise InvalidValue("method", "is not offered here")
        if not provider.takes(order.amount):
            bounds = f"must be from {provider.minimum.rupiah} to {provider.maximum.rupiah} rupiah"
            raise InvalidValue("amount", bounds)
        if order.expires_in < provider.clocks.shortest_life:
            seconds = ceil(provider.clocks.shortest_life.total_seconds())
            raise InvalidValue("expires_in", f"must be at least {seconds} seconds by this method")
        self._usable(caller, provider)
        self._linked(caller, order, provider)
        change = Payment.start(
            id=self.new_id(IdKind.PAYMENT),
            merchant_id=caller.merchant_id,
            livemode=caller.livemode,
            order=order,
            at=self.clock().at,
            event_id=self.new_id(IdKind.EVENT),
            needs_phone=provider.rules.needs_phone,
        )
        yield None
        kept = keep(change.payment) if keep else None
        yield None
        try:
            yield from self.payments.saving(change, kept)
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

    def _linked(self, caller: Caller, order: Order, provider: Provider) -> None:
        """Judge the wallet link: there where one is charged, the customer's own, and active."""
        if (order.link_id is not None) is not (provider.needs is Needs.LINK):
            needed = "is required by" if provider.needs is Needs.LINK else "is not taken by"
            raise InvalidValue("wallet_link", f"{needed} the method {provider.method}")
        if order.link_id is None:
            return
        try:
            link = self.links.get(order.link_id)
        except NotFound:
            raise InvalidValue("wallet_link", "is none of yours") from None
        owner = (link.merchant_id, link.livemode, link.provider)
        if owner != (caller.merchant_id, caller.livemode, provider.name):
            raise InvalidValue("wallet_link", "is none of yours")
        if order.customer and order.customer.id not in {None, link.customer_id}:
            raise InvalidValue("wallet_link", "is another customer's")
        link.usable()

    def _read_back(self, payment: Payment) -> None:
        try:
            self.payments.get(payment.id)
        except NotFound as lost:
            raise StoreUnavailable from lost
