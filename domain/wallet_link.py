"""A customer's wallet linked to a merchant: from then on it is charged without typing a number."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import LunasError
from domain.events import Event, EventType
from domain.msisdn import Msisdn

FINISH_WITHIN = timedelta(minutes=30)
"""How long a customer has to come back from the wallet's page."""

EXCHANGED_WITHIN = timedelta(seconds=30)
"""How long the exchange of a code may take: its call is bounded well below that."""


class LinkStatus(StrEnum):
    """Where a link stands."""

    PENDING = "pending"
    ACTIVE = "active"
    UNLINKED = "unlinked"
    FAILED = "failed"
    BROKEN = "broken"


class LinkEnd(StrEnum):
    """Why a link is not usable."""

    EXPIRED = "expired"
    """The customer did not come back in time."""
    ABANDONED = "abandoned"
    """It was given up before the customer came back, or another link of theirs came first."""
    REFUSED = "refused_by_wallet"
    """The wallet, or the customer on its page, said no."""
    LET_GO = "let_go_by_wallet"
    """The wallet takes the customer's token no more: unlinked in the app, or a new number."""


LINK_TRANSITIONS: Mapping[LinkStatus, frozenset[LinkStatus]] = {
    LinkStatus.PENDING: frozenset({LinkStatus.ACTIVE, LinkStatus.FAILED}),
    LinkStatus.ACTIVE: frozenset({LinkStatus.UNLINKED, LinkStatus.BROKEN}),
    LinkStatus.BROKEN: frozenset({LinkStatus.UNLINKED}),
    LinkStatus.UNLINKED: frozenset(),
    LinkStatus.FAILED: frozenset(),
}
"""Which status may become which."""


class LinkInactive(LunasError):
    """The link is not one that can be used now; nothing was sent for it."""

    def __init__(self, status: LinkStatus) -> None:
        super().__init__(f"the wallet link is {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class CustomerTokens:
    """What the wallet gives a merchant to act for one customer; an end is None where there is none.

    Source: SNAP access-token/b2b2c (OVO: 15 days, its refresh token without an end).
    """

    access: str = field(repr=False)
    access_ends_at: datetime | None
    refresh: str | None = field(repr=False)
    refresh_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkSecrets:
    """The wallet's secrets of a link, opaque to the core, kept sealed and shown to nobody."""

    linkage_token: str | None = field(default=None, repr=False)
    auth_code: str | None = field(default=None, repr=False)
    tokens: CustomerTokens | None = None


NO_SECRETS = LinkSecrets()


@dataclass(frozen=True, slots=True)
class WalletLink:
    """One customer's wallet at one provider, for one merchant in one mode.

    `customer_id` is the chat's own opaque id. `url` is where the customer agrees, while the link is
    pending; `return_url` is where the browser goes afterwards.
    """

    id: str
    merchant_id: str
    livemode: bool
    provider: str
    customer_id: str
    phone: Msisdn
    status: LinkStatus
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    return_url: str
    url: str | None = field(default=None, repr=False)
    secrets: LinkSecrets = NO_SECRETS
    reason: LinkEnd | None = None
    version: int = 1

    @property
    def active(self) -> bool:
        """Whether it can be charged."""
        return self.status is LinkStatus.ACTIVE

    @property
    def pending(self) -> bool:
        """Whether the customer has still to agree."""
        return self.status is LinkStatus.PENDING

    def usable(self) -> "WalletLink":
        """The link itself; raises LinkInactive unless it is active."""
        if not self.active:
            raise LinkInactive(self.status)
        return self

    def claim(self, auth_code: str, at: datetime) -> "LinkChange":
        """Take the wallet's one-time code: the first one to come is the only one.

        The same one may come again once the exchange before has certainly ended. Raises
        LinkInactive for any other, and for a link that does not wait.
        """
        held = self.secrets.auth_code
        busy = held is not None and at < self.updated_at + EXCHANGED_WITHIN
        if not self.pending or held not in {None, auth_code} or busy or at >= self.expires_at:
            raise LinkInactive(self.status)
        return LinkChange(self._next(at, secrets=replace(self.secrets, auth_code=auth_code)))

    def activate(self, tokens: CustomerTokens, at: datetime, event_id: str) -> "LinkChange":
        """The wallet gave the customer's tokens."""
        secrets = LinkSecrets(linkage_token=self.secrets.linkage_token, tokens=tokens)
        link = self._become(LinkStatus.ACTIVE, at, secrets=secrets, url=None)
        return LinkChange(link, link._event(EventType.WALLET_LINK_ACTIVE, event_id))

    def fail(self, why: LinkEnd, at: datetime) -> "LinkChange":
        """It will not come to be; its secrets are forgotten."""
        failed = self._become(LinkStatus.FAILED, at, secrets=NO_SECRETS, url=None, reason=why)
        return LinkChange(failed)

    def renew(self, tokens: CustomerTokens, at: datetime) -> "LinkChange":
        """Fresh tokens in place of the old; one without a refresh token keeps the old one."""
        self.usable()
        old = self.secrets.tokens
        if tokens.refresh is None and old is not None:
            tokens = replace(tokens, refresh=old.refresh, refresh_ends_at=old.refresh_ends_at)
        return LinkChange(self._next(at, secrets=replace(self.secrets, tokens=tokens)))

    def break_off(self, at: datetime, event_id: str) -> "LinkChange":
        """The wallet takes its tokens no more: only the customer can link again."""
        why = LinkEnd.LET_GO
        link = self._become(LinkStatus.BROKEN, at, secrets=NO_SECRETS, reason=why)
        return LinkChange(link, link._event(EventType.WALLET_LINK_BROKEN, event_id))

    def unlink(self, at: datetime, event_id: str) -> "LinkChange":
        """The merchant gave it up, and the wallet agreed or had let go before."""
        link = self._become(LinkStatus.UNLINKED, at, secrets=NO_SECRETS)
        return LinkChange(link, link._event(EventType.WALLET_LINK_UNLINKED, event_id))

    def _become(self, status: LinkStatus, at: datetime, **changes: object) -> "WalletLink":
        if status not in LINK_TRANSITIONS[self.status]:
            raise LinkInactive(self.status)
        return self._next(at, status=status, **changes)

    def _next(self, at: datetime, **changes: object) -> "WalletLink":
        return replace(self, updated_at=at, version=self.version + 1, **changes)  # type: ignore[arg-type]  # named above

    def _event(self, kind: EventType, event_id: str) -> Event:
        return Event(
            id=event_id,
            type=kind,
            merchant_id=self.merchant_id,
            livemode=self.livemode,
            at=self.updated_at,
            sequence=None,
            subject=self,
        )


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link after a step, and what the chat is told of it."""

    link: WalletLink
    event: Event | None = None
