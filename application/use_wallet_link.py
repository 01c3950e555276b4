"""What is done with a wallet link besides charging it: read, ask for its cover, renew, let go."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.link_wallet import Ask, account_of, linked, owned_link, wire_of
from application.ports import (
    AccountRepository,
    Clock,
    NewId,
    NotFound,
    PaymentQuery,
    PaymentRepository,
    QueueFull,
    StalePayment,
    WalletLinking,
    WalletLinks,
    WorkSignal,
)
from domain.errors import LunasError
from domain.ids import IdKind
from domain.merchant import Caller
from domain.money import Money
from domain.payment import Status
from domain.wallet_link import CustomerTokens, LinkEnd, LinkInactive, LinkStatus, WalletLink

GRACE = timedelta(minutes=1)
"""How much later a link is called expired: a code that came in time may still be on its way."""


LOOKED_AT_TOGETHER, MOST_LOOKS = 100, 20
"""Open payments of a merchant that are looked at for those of a link; with more, nobody can tell.
"""
_OPEN = (Status.PENDING, Status.AWAITING_CUSTOMER, Status.UNKNOWN)
"""In the order in which a payment goes through them, so that none is missed on its way."""


class LinkInUse(LunasError):
    """A payment of the link is open: without the link nobody may find out what became of it."""

    def __init__(self, payment_id: str) -> None:
        super().__init__("a payment of the wallet link is open")
        self.payment_id = payment_id


@dataclass(frozen=True, slots=True)
class SeeLinks:
    """The caller's links as they are now: one that nobody finished in time has failed."""

    links: WalletLinks
    clock: Clock
    signal: WorkSignal

    def one(self, caller: Caller, link_id: str) -> WalletLink:
        """The link; raises NotFound."""
        return self._now(owned_link(self.links, caller, link_id))

    def of_customer(self, caller: Caller, customer_id: str) -> Sequence[WalletLink]:
        """The customer's links, newest first."""
        found = self.links.of_customer(caller.merchant_id, customer_id, livemode=caller.livemode)
        return [self._now(link) for link in found]

    def _now(self, link: WalletLink) -> WalletLink:
        now = self.clock().at
        if not link.pending or now < link.expires_at + GRACE:
            return link
        with suppress(StalePayment):
            return linked(self.links, link.fail(LinkEnd.EXPIRED, now), self.signal)
        return self.links.get(link.id)


@dataclass(frozen=True, slots=True)
class UnlinkWallet:
    """Have the wallet let go of a link, and forget its secrets; an ended link stays as it is.

    Raises NotFound, LinkInUse, AccountStopped, StalePayment, QueueFull where too many payments are
    open to tell, and what the wallet's calls raise: then it is still linked.
    """

    links: WalletLinks
    payments: PaymentRepository
    accounts: AccountRepository
    linking: Mapping[str, WalletLinking]
    clock: Clock
    new_id: NewId
    signal: WorkSignal

    def __call__(self, caller: Caller, link_id: str, ask: Ask) -> WalletLink:
        link = owned_link(self.links, caller, link_id)
        if link.pending:
            return linked(self.links, link.fail(LinkEnd.ABANDONED, self.clock().at), self.signal)
        if link.active:
            self._see_that_none_is_open(link)
            self._let_go(link, ask)
            link = self.links.get(link_id)  # its tokens may have been renewed meanwhile
        if link.status not in {LinkStatus.ACTIVE, LinkStatus.BROKEN}:
            return link
        gone = link.unlink(self.clock().at, self.new_id(IdKind.EVENT))
        return linked(self.links, gone, self.signal)

    def _see_that_none_is_open(self, link: WalletLink) -> None:
        looks = 0
        for status in _OPEN:
            cursor: str | None = None
            while True:
                if looks == MOST_LOOKS:
                    raise QueueFull("too many payments are open")
                looks += 1
                query = PaymentQuery(
                    merchant_id=link.merchant_id,
                    livemode=link.livemode,
                    status=status,
                    limit=LOOKED_AT_TOGETHER,
                    cursor=cursor,
                )
                page = self.payments.find(query)
                theirs = (p for p in page.items if p.order.link_id == link.id)
                if found := next(theirs, None):
                    raise LinkInUse(found.id)
                cursor = page.next_cursor
                if cursor is None:
                    break

    def _let_go(self, link: WalletLink, ask: Ask) -> None:
        wire = wire_of(self.linking, link)
        with suppress(LinkInactive):  # the wallet had let go before
            ask(wire.unbind(account_of(self.accounts, link, link.provider), link))


@dataclass(frozen=True, slots=True)
class AskForCover:
    """Whether a linked wallet holds an amount now; the balance itself is told to nobody.

    Raises NotFound, LinkInactive, AccountStopped, and what the wallet's call raises.
    """

    links: WalletLinks
    accounts: AccountRepository
    linking: Mapping[str, WalletLinking]

    def __call__(self, caller: Caller, link_id: str, amount: Money, ask: Ask) -> bool | None:
        link = owned_link(self.links, caller, link_id).usable()
        wire = wire_of(self.linking, link)
        return ask(wire.covers(account_of(self.accounts, link, link.provider), link, amount))


@dataclass(frozen=True, slots=True)
class RenewLink:
    """Writes down what a wallet said about a link's tokens; `now` is the process's clock (UTC).

    Of two who renew at once the quicker one's tokens stay, and both are given those.
    """

    links: WalletLinks
    now: Callable[[], datetime]
    new_id: NewId

    def current(self, link_id: str) -> WalletLink:
        """The link with its tokens; raises LinkInactive, also for one that is not there."""
        try:
            return self.links.get(link_id).usable()
        except NotFound:
            raise LinkInactive(LinkStatus.UNLINKED) from None

    def renewed(self, link: WalletLink, tokens: CustomerTokens) -> WalletLink:
        """The link with these tokens; raises LinkInactive where it ended meanwhile."""
        change = link.renew(tokens, self.now())
        with suppress(StalePayment):
            self.links.save(change)
            return change.link
        return self.current(link.id)

    def broken(self, link: WalletLink) -> WalletLink:
        """The wallet takes its tokens no more; one that was changed meanwhile stays as it is."""
        change = link.break_off(self.now(), self.new_id(IdKind.EVENT))
        with suppress(StalePayment):
            self.links.save(change)
            return change.link
        return self.links.get(link.id)
