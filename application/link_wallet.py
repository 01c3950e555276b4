"""A customer links their wallet: asked for by the merchant, agreed to on the wallet's own page."""

import hashlib
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from application.ports import (
    AccountRepository,
    Clock,
    KeepLink,
    Kept,
    LinkTaken,
    LinkWish,
    NewId,
    NotFound,
    ProviderRefused,
    StalePayment,
    WalletLinking,
    WalletLinks,
    WalletStanding,
    WorkSignal,
    WriteUnconfirmed,
)
from application.start_payment import AccountStopped
from domain.errors import InvalidValue, LunasError
from domain.ids import IdKind
from domain.merchant import Caller, ProviderAccount
from domain.msisdn import Msisdn
from domain.wallet_link import (
    FINISH_WITHIN,
    LinkChange,
    LinkEnd,
    LinkInactive,
    LinkSecrets,
    LinkStatus,
    WalletLink,
)

Answer = TypeVar("Answer")
_REFERENCE_SIGNS = 32
_CANNOT = frozenset({WalletStanding.NO_PIN, WalletStanding.UNREGISTERED, WalletStanding.BLOCKED})


class Ask(Protocol):
    """Waits for a bounded call to a wallet: its answer, or what it raises, or QueueFull."""

    def __call__(self, question: Coroutine[Any, Any, Answer]) -> Answer: ...


class WalletNotLinkable(LunasError):
    """The wallet says that this number cannot be linked as it is; `standing` says why."""

    def __init__(self, standing: WalletStanding) -> None:
        super().__init__(f"the number's wallet cannot be linked: {standing}")
        self.standing = standing


@dataclass(frozen=True, slots=True)
class LinkOrder:
    """Whose wallet is to be linked, and where the browser goes afterwards."""

    customer_id: str
    phone: Msisdn
    return_url: str
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class CameBack:
    """What the browser brought from the wallet's page: its one-time code, or a refusal."""

    auth_code: str | None = field(default=None, repr=False)


def linked(
    links: WalletLinks, change: LinkChange, signal: WorkSignal, keep: Kept | None = None
) -> WalletLink:
    """Save the change and have its event told; a lost acknowledgement is read back."""
    try:
        links.save(change, keep)
    except WriteUnconfirmed:
        if links.get(change.link.id) != change.link:
            raise
    if change.event is not None:
        signal.wake()
    return change.link


def owned_link(links: WalletLinks, caller: Caller, link_id: str) -> WalletLink:
    """The caller's link; another merchant's or mode's is NotFound like one that is not there."""
    link = links.get(link_id)
    if (link.merchant_id, link.livemode) != (caller.merchant_id, caller.livemode):
        raise NotFound
    return link


def account_of(
    accounts: AccountRepository, link: WalletLink | Caller, provider: str
) -> ProviderAccount:
    """The merchant's account there; raises AccountStopped where there is none that works."""
    try:
        account = accounts.get(link.merchant_id, provider, livemode=link.livemode)
    except NotFound as missing:
        raise AccountStopped from missing
    if account.stopped:
        raise AccountStopped
    return account


def wire_of(linking: Mapping[str, WalletLinking], link: WalletLink) -> WalletLinking:
    """The way to the link's wallet; raises AccountStopped where it is switched off."""
    wire = linking.get(link.provider)
    if wire is None:
        raise AccountStopped
    return wire


@dataclass(frozen=True, slots=True)
class LinkWallet:
    """Begin a link, and finish it when the browser comes back. No money moves.

    Raises InvalidValue, AccountStopped, WalletNotLinkable, LinkTaken, AlreadyKept, and what the
    wallet's calls raise.
    """

    links: WalletLinks
    accounts: AccountRepository
    linking: Mapping[str, WalletLinking]
    clock: Clock
    new_id: NewId
    signal: WorkSignal

    def start(
        self,
        caller: Caller,
        order: LinkOrder,
        address: Callable[[WalletLink], str],
        ask: Ask,
        keep: KeepLink,
    ) -> WalletLink:
        """A pending link with the wallet's page; `address` is where that page sends the browser.

        Nothing is written before the wallet has answered: what a crash leaves there moves nothing.
        """
        provider = self._provider(order.provider)
        wire = self.linking[provider]
        account = account_of(self.accounts, caller, provider)
        self._see_that_none_is_active(caller, order, provider)
        standing = ask(wire.look_up(account, order.phone))
        if standing in _CANNOT:
            raise WalletNotLinkable(standing)
        link = self._fresh(caller, order, provider)
        wish = LinkWish(account, link.id, _reference(link), link.phone, address(link))
        binding = ask(wire.bind(wish))
        secrets = LinkSecrets(linkage_token=binding.linkage_token)
        bound = LinkChange(replace(link, url=binding.url, secrets=secrets))
        return linked(self.links, bound, self.signal, keep(bound.link))

    def finish(self, link_id: str, came: CameBack, ask: Ask) -> WalletLink:
        """The link after the browser came back; one that has ended stays as it is.

        Only the first code counts. While the wallet does not answer the link stays pending, and
        the same code may come again.
        """
        link = self.links.get(link_id)
        now = self.clock().at
        if not link.pending:
            return link
        if now >= link.expires_at:
            return self._failed(link, LinkEnd.EXPIRED)
        if came.auth_code is None:
            return self._failed(link, LinkEnd.REFUSED)
        try:
            link = linked(self.links, link.claim(came.auth_code, now), self.signal)
        except (LinkInactive, StalePayment):
            return self.links.get(link_id)
        return self._exchanged(link, ask)

    def _exchanged(self, link: WalletLink, ask: Ask) -> WalletLink:
        try:
            account = account_of(self.accounts, link, link.provider)
            tokens = ask(wire_of(self.linking, link).exchange(account, link))
        except ProviderRefused as refused:
            if refused.stops_account:  # a fault of ours: the code may come again
                raise
            return self._failed(link, LinkEnd.REFUSED)
        active = link.activate(tokens, self.clock().at, self.new_id(IdKind.EVENT))
        try:
            return linked(self.links, active, self.signal)
        except LinkTaken:
            return self._failed(link, LinkEnd.ABANDONED)

    def _failed(self, link: WalletLink, why: LinkEnd) -> WalletLink:
        with suppress(StalePayment):  # somebody else ended it
            return linked(self.links, link.fail(why, self.clock().at), self.signal)
        return self.links.get(link.id)

    def _provider(self, wanted: str | None) -> str:
        provider = wanted or next(iter(self.linking), None)
        if provider is None or provider not in self.linking:
            raise InvalidValue("provider", "links no wallets here")
        return provider

    def _see_that_none_is_active(self, caller: Caller, order: LinkOrder, provider: str) -> None:
        theirs = self.links.of_customer(
            caller.merchant_id, order.customer_id, livemode=caller.livemode
        )
        active = next((link for link in theirs if link.active and link.provider == provider), None)
        if active is not None:
            raise LinkTaken(active.id)

    def _fresh(self, caller: Caller, order: LinkOrder, provider: str) -> WalletLink:
        now = self.clock().at
        return WalletLink(
            id=self.new_id(IdKind.WALLET_LINK),
            merchant_id=caller.merchant_id,
            livemode=caller.livemode,
            provider=provider,
            customer_id=order.customer_id,
            phone=order.phone,
            status=LinkStatus.PENDING,
            created_at=now,
            updated_at=now,
            expires_at=now + FINISH_WITHIN,
            return_url=order.return_url,
        )


def _reference(link: WalletLink) -> str:
    """What the wallet calls the customer: neutral, and the same for each of their links."""
    named = f"{link.merchant_id} {link.customer_id}"
    return hashlib.sha256(named.encode()).hexdigest()[:_REFERENCE_SIGNS]
