"""Everything the use cases need from outside, on one page."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import floor
from typing import Generic, Protocol, TypeVar, runtime_checkable

from application.payment_copy import PaymentCopy
from application.search_words import Wanted
from application.steps import Steps
from domain.attempt import References
from domain.errors import LunasError
from domain.events import Event, EventHead
from domain.ids import IdKind
from domain.merchant import ApiClient, Merchant, ProviderAccount, Stop
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.outcome import Details, Doubt, NotSent, Outcome, Unknown
from domain.payment import Change, Payment, Status
from domain.settlement import SettlementFile
from domain.wallet_link import CustomerTokens, LinkChange, WalletLink
from domain.webhook import Delivery, DeliveryAnswer, Endpoint

# -- refusals of the store ------------------------------------------------------------------------


class NotFound(LunasError):
    """There is no such thing, or it is somebody else's: the two look alike on purpose."""


class StalePayment(LunasError):
    """Somebody else changed it first; nothing was written. Read again, decide again."""


class OrderTaken(LunasError):
    """The order already has a live or paid payment; nothing was written."""

    def __init__(self, payment_id: str, *, paid: bool) -> None:
        super().__init__("the order already has a payment")
        self.payment_id = payment_id
        self.paid = paid


class LinkTaken(LunasError):
    """The customer has an active link at that provider already; nothing was written."""

    def __init__(self, link_id: str) -> None:
        super().__init__("the customer has a wallet link already")
        self.link_id = link_id


class OrderOnHold(LunasError):
    """Another payment of the order has an open late success: no attempt is claimed; not written."""


class ReferenceReused(LunasError):
    """A reference that was given out before: a fault of the allocator; nothing was written."""


class StoreUnavailable(LunasError):
    """The store cannot be used now; nothing was written."""


class WriteUnconfirmed(StoreUnavailable):
    """The write may or may not have happened: read back before anything is decided."""


class QueueFull(LunasError):
    """A named bound is reached; nothing was written."""


class ProviderUnavailable(LunasError):
    """The wallet gave no answer to a question that moves nothing."""


class ProviderRefused(LunasError):
    """The wallet refused the question; `stops_account` tells that our configuration is to blame."""

    def __init__(self, code: str, *, stops_account: bool) -> None:
        super().__init__(f"the wallet refused with {code}")
        self.code = code
        self.stops_account = stops_account


# -- one-method ports -----------------------------------------------------------------------------

Clock = Callable[[], Moment]
"""Reads both clocks together."""
NewId = Callable[[IdKind], str]
"""A fresh id of that kind."""
Luck = Callable[[], float]
"""A number in [0, 1)."""
FirstOf = Callable[[str, timedelta], bool]
"""Whether nobody of any process asked for this name within that time: a guess that spares work.

It may be wrong either way, never blocks for more than a moment and never raises.
"""
NewSecret = Callable[[], str]
"""A fresh webhook secret, `whsec_` and base64 of 24 to 64 random bytes."""


# -- idempotency ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A keyed hash of what a caller meant, and the id of the key that made it."""

    key_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The one answer to an idempotent request: kept with its effect, replayed byte for byte.

    `scope` is (API client, method, concrete path, key). `secret` asks for it to be kept encrypted.
    """

    scope: str
    fingerprint: Fingerprint
    status: int
    headers: Mapping[str, str]
    body: bytes
    expires_at: datetime
    secret: bool = False


class AlreadyKept(LunasError):
    """The idempotency key has been used; nothing was written. `kept` is what it holds."""

    def __init__(self, kept: Kept) -> None:
        super().__init__("the idempotency key was used before")
        self.kept = kept


SaveEach = Callable[[Sequence[Change]], Sequence[LunasError | None]]
"""As PaymentRepository.save_each, which it may be."""
KeepPayment = Callable[[Payment], Kept]
"""Makes the answer that is kept with a payment's change, from the payment after it."""
KeepEndpoint = Callable[[Endpoint], Kept]
"""Makes the answer that is kept with an endpoint's change, from the endpoint after it."""
KeepLink = Callable[[WalletLink], Kept]
"""Makes the answer that is kept with a wallet link's change, from the link after it."""


@runtime_checkable
class IdempotencyStore(Protocol):
    """The answers kept. They are written by the stores of the effects, in the same write."""

    @abstractmethod
    def find(self, scope: str) -> Kept | None:
        """The answer kept under this scope, if it has not expired."""

    @abstractmethod
    def keep(self, kept: Kept) -> None:
        """Keep the answer to a request that had nothing to change; raises AlreadyKept."""

    @abstractmethod
    def forget(self, before: datetime) -> int:
        """Drop what expired before then; tells how many."""


# -- pages ----------------------------------------------------------------------------------------

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A slice of a listing, newest first; `next_cursor` continues it, None at its end."""

    items: Sequence[Item]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class PaymentQuery:
    """Which payments to list, newest first; `cursor` is an id: only older ones follow."""

    merchant_id: str
    livemode: bool
    order_id: str | None = None
    status: Status | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    phone: Msisdn | None = None
    limit: int = 20
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ExceptionQuery:
    """Which payments with exceptions to list; without a merchant, those of all."""

    merchant_id: str | None = None
    livemode: bool | None = None
    only_open: bool = True
    limit: int = 20
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events to list, newest first."""

    merchant_id: str
    livemode: bool
    payment_id: str | None = None
    type: str | None = None
    since: datetime | None = None
    limit: int = 20
    cursor: str | None = None


# -- stores ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Telling:
    """How the events of some changes are told: by these deliveries, one for each that hears one.

    `judged` has all endpoints of every owner (merchant, live mode) of the changes, as they were
    when that was decided.
    """

    judged: Mapping[tuple[str, bool], Sequence[Endpoint]]
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class DueProviders:
    """The providers with pending payments that are due, and with payments to be asked about."""

    to_push: frozenset[str]
    to_ask: frozenset[str]


@runtime_checkable
class PaymentRepository(Protocol):
    """Payments with their attempts, and the events of each change."""

    @abstractmethod
    def save(self, change: Change, keep: Kept | None = None) -> None:
        """Write payment, events and kept answer, durably, together or not at all.

        A change to version 1 adds. Raises StalePayment, OrderTaken, OrderOnHold, ReferenceReused,
        AlreadyKept, StoreUnavailable, WriteUnconfirmed or QueueFull.
        """

    def saving(self, change: Change, keep: Kept | None = None) -> Steps[None]:
        """What `save` does, in steps."""
        yield from ()
        self.save(change, keep)

    @abstractmethod
    def save_each(self, changes: Sequence[Change]) -> Sequence[LunasError | None]:
        """Write each change on its own; None where it is durable, else why it was not written."""

    def save_told(
        self, changes: Sequence[Change], telling: Telling
    ) -> tuple[Sequence[LunasError | None], bool]:
        """As save_each; True when the deliveries were written with them, in the same write.

        Then no event of theirs waits for its relay. They are not when a change was refused, when an
        owner's endpoints are not those that were judged, or where the store has no such write: then
        the relay finds the events.
        """
        return self.save_each(changes), False

    @abstractmethod
    def get(self, payment_id: str) -> Payment:
        """The payment as last saved; raises NotFound or StoreUnavailable."""

    @abstractmethod
    def due(self, provider: str, status: Status, at: datetime, limit: int) -> Sequence[Payment]:
        """Payments of that status whose `due_at` is not after `at`, the longest due first."""

    @abstractmethod
    def to_ask(
        self, provider: str, at: datetime, limit: int, *, newest: bool = False
    ) -> Sequence[Payment]:
        """Payments whose `ask_at` is not after `at`: the longest due first, or the newest due."""

    @abstractmethod
    def due_providers(self, providers: Sequence[str], at: datetime) -> DueProviders:
        """Which of these providers have payments to push, or to ask about, by then."""

    @abstractmethod
    def charged_as(self, evidence: Sequence[str]) -> Mapping[str, str]:
        """Which attempt was approved by each of these proofs of the wallet, where one was."""

    @abstractmethod
    def with_exceptions(self, query: "ExceptionQuery") -> Page[Payment]:
        """Payments that have, or had, an exception; the newest payment first."""

    @abstractmethod
    def of_reference(self, key: str) -> Payment:
        """The payment of the attempt that has this unique reference; raises NotFound."""

    @abstractmethod
    def of_refund(self, refund_id: str) -> Payment:
        """The payment that this refund belongs to; raises NotFound."""

    @abstractmethod
    def of_exception(self, exception_id: str) -> Payment:
        """The payment that this exception belongs to; raises NotFound."""

    @abstractmethod
    def stranded(self, provider: str, alive: Sequence[str], limit: int) -> Sequence[Payment]:
        """Payments awaiting a customer whose live attempt is held by none of these workers."""

    @abstractmethod
    def find(self, query: PaymentQuery) -> Page[Payment]:
        """A page of the merchant's payments, newest first."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Payments as they are now, in the order of their last changes; `cursor` continues behind them.

    `unreadable` counts records that do not open and were passed over.
    """

    payments: Sequence[Payment]
    cursor: str
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many changes a reader has not seen, and when the first of them was made."""

    count: int
    since: datetime | None


@runtime_checkable
class PaymentFeed(Protocol):
    """The payments in the order of their last change: whoever keeps copies follows it.

    A cursor is durable text that only the store understands; "" stands before everything. Whatever
    is saved after a cursor was given comes after it, sooner or later once, perhaps more than once,
    and a payment that changes again while it is waiting comes only as it is then. Nothing is
    written for a reader, so there may be any number of them.

    A store in which writes become visible in another order than they are numbered (MongoDB: a field
    `changed_at` that the primary sets in the write of every change, with an index of its own) gives
    the changes of its last few seconds again: its cursor holds how far it has read, and how far
    back a write can take to be seen. It may leave out what the same reader was given before. Each
    question reads a bounded range of that index, never all that has changed.
    """

    @abstractmethod
    def changes(self, after: str, limit: int) -> Changes:
        """What changed after that cursor, at most so many; raises StoreUnavailable.

        Fewer than `limit` is all there is for now. A cursor that is not the store's, or lies ahead
        of it (a backup was restored), stands before everything.
        """

    @abstractmethod
    def waiting(self, after: str, most: int) -> Waiting:
        """What changed after that cursor, counted up to `most`; not what is only given again."""


@runtime_checkable
class EventLog(Protocol):
    """The events told, and whether each has been handed to the relay."""

    @abstractmethod
    def add(self, event: Event) -> None:
        """Write an event that belongs to no payment's change."""

    @abstractmethod
    def get(self, event_id: str) -> Event:
        """The event; raises NotFound."""

    @abstractmethod
    def find(self, query: EventQuery) -> Page[Event]:
        """A page of events, newest first."""

    @abstractmethod
    def get_each(self, event_ids: Sequence[str]) -> Mapping[str, Event]:
        """Those of them that are there, by id.

        One that cannot be read is left out, so that it holds up no other; told if it is alone.
        """

    @abstractmethod
    def unrelayed(self, limit: int) -> Sequence[EventHead]:
        """The heads of events with no deliveries yet, oldest first."""


@runtime_checkable
class DeliveryRepository(Protocol):
    """One record for each (event, endpoint), with its own due time and claim."""

    @abstractmethod
    def relay(self, event_ids: Sequence[str], deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Write these deliveries and mark the events relayed, together.

        An event that somebody relayed first is left alone, with its deliveries; those written are
        returned.
        """

    @abstractmethod
    def add(self, deliveries: Sequence[Delivery], keep: Kept | None = None) -> None:
        """Write further deliveries of old events; raises AlreadyKept."""

    @abstractmethod
    def due(
        self, at: datetime, *, busy: Mapping[str, int], per_endpoint: int, limit: int
    ) -> Sequence[Delivery]:
        """Pending deliveries due at `at`, oldest first within an endpoint.

        Of each endpoint at most `per_endpoint` less those `busy` with it, so that none starves
        another.
        """

    @abstractmethod
    def save_each(self, deliveries: Sequence[Delivery]) -> Sequence[bool]:
        """Compare-and-set each by version; True where it was written."""

    @abstractmethod
    def of_event(self, event_id: str) -> Sequence[Delivery]:
        """The deliveries of one event, oldest first."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that this process must now make."""

    delivery: Delivery
    endpoint: Endpoint
    event: Event


TakePlace = Callable[[str], bool]
"""Takes a place for a delivery to that endpoint, if there is one."""


def always_room(_: str) -> bool:
    """Where nobody else takes places."""
    return True


class Outbox(Protocol):
    """The deliveries that this process has in hand; for any thread."""

    @abstractmethod
    def take_place(self, endpoint_id: str) -> bool:
        """Take a place for a delivery there, if there is one."""

    @abstractmethod
    def leave_place(self, endpoint_id: str) -> None:
        """Give the place back."""

    @abstractmethod
    def send(self, parcels: Sequence[Parcel]) -> None:
        """Have them made; each has its place."""

    @abstractmethod
    def look(self) -> None:
        """Something waits in the store: to be relayed, or to be claimed when there is room."""


@runtime_checkable
class EndpointRepository(Protocol):
    """Webhook endpoints."""

    @abstractmethod
    def save(self, endpoint: Endpoint, keep: Kept | None = None) -> None:
        """Add (version 1) or compare-and-set; raises StalePayment or AlreadyKept."""

    @abstractmethod
    def get(self, endpoint_id: str) -> Endpoint:
        """The endpoint; raises NotFound."""

    @abstractmethod
    def delete(self, endpoint_id: str) -> None:
        """Remove it; its pending deliveries are dropped with it. Raises NotFound."""

    @abstractmethod
    def of_merchant(self, merchant_id: str, *, livemode: bool) -> Sequence[Endpoint]:
        """The merchant's endpoints in that mode, oldest first."""


MOST_LINKS_LISTED = 100
"""Wallet links of one customer that are told, the newest first."""


@runtime_checkable
class WalletLinks(Protocol):
    """Customers' wallets linked to merchants, their secrets kept sealed."""

    @abstractmethod
    def save(self, change: LinkChange, keep: Kept | None = None) -> None:
        """Write link, event and kept answer, durably, together or not at all.

        A change to version 1 adds. Raises StalePayment, LinkTaken where the customer has another
        active link at that provider, AlreadyKept, StoreUnavailable or WriteUnconfirmed.
        """

    @abstractmethod
    def get(self, link_id: str) -> WalletLink:
        """The link; raises NotFound."""

    @abstractmethod
    def of_customer(
        self, merchant_id: str, customer_id: str, *, livemode: bool
    ) -> Sequence[WalletLink]:
        """The customer's links in that mode, newest first, at most MOST_LINKS_LISTED."""


@runtime_checkable
class Directory(Protocol):
    """Merchants and their API clients."""

    @abstractmethod
    def add_merchant(self, merchant: Merchant) -> None:
        """Add one."""

    @abstractmethod
    def merchants(self) -> Sequence[Merchant]:
        """All of them, oldest first."""

    @abstractmethod
    def add_client(self, client: ApiClient) -> None:
        """Add one."""

    @abstractmethod
    def clients(self, merchant_id: str | None = None) -> Sequence[ApiClient]:
        """The clients (of one merchant), oldest first."""

    @abstractmethod
    def client_by_key(self, key_sha256: str) -> ApiClient:
        """The client with that key, revoked or not; raises NotFound."""

    @abstractmethod
    def revoke_client(self, client_id: str, at: datetime) -> None:
        """Let its key open nothing any more; raises NotFound."""


@runtime_checkable
class AccountRepository(Protocol):
    """Merchants' accounts at providers."""

    @abstractmethod
    def save(self, account: ProviderAccount) -> None:
        """Add or replace it."""

    @abstractmethod
    def set_stop(self, account: ProviderAccount, stop: Stop | None) -> bool:
        """Stop it, or let it go on, with all else as it is now.

        False where it has not the credentials any more that it was read with.
        """

    @abstractmethod
    def get(self, merchant_id: str, provider: str, *, livemode: bool) -> ProviderAccount:
        """The account; raises NotFound."""

    @abstractmethod
    def stopped(self, provider: str) -> Sequence[ProviderAccount]:
        """The accounts that the provider refuses."""


@runtime_checkable
class Sequences(Protocol):
    """Durable counters that never go back."""

    @abstractmethod
    def take(self, scope: str, count: int) -> int:
        """Reserve `count` numbers; returns the first. The first of all is 0. Durable on return."""

    @abstractmethod
    def skip(self, multiple: int) -> int:
        """Move every counter up to the next multiple (after a restored backup); tells how many."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A worker's sign of life; `trouble` says why it starts nothing now, None if it does.

    `unwell` are the providers that it could not use lately.
    """

    worker: str
    at: datetime
    trouble: str | None
    unwell: tuple[str, ...] = ()


@runtime_checkable
class Heartbeats(Protocol):
    """Which workers live, told by the store."""

    @abstractmethod
    def beat(self, heartbeat: Heartbeat) -> None:
        """Write this worker's sign of life."""

    @abstractmethod
    def alive(self, since: datetime) -> Sequence[Heartbeat]:
        """The workers heard of since then."""

    @abstractmethod
    def now(self) -> datetime:
        """The store's clock, UTC."""


# -- search ---------------------------------------------------------------------------------------


class IndexUnavailable(LunasError):
    """The search index cannot be used now: it is away, too slow, or of another version."""


class Sort(StrEnum):
    """In which order payments are found; of two alike, their ids decide."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    LAST_CHANGED = "-updated_at"
    FIRST_CHANGED = "updated_at"
    DEAREST = "-amount"
    CHEAPEST = "amount"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Which copies to find: those in which every word is found and that pass every filter.

    `after` is the place of the last one seen: its value in the order asked for (an amount, or
    microseconds since 1970) and its id.
    """

    merchant_id: str
    livemode: bool
    words: Sequence[Wanted] = ()
    statuses: Sequence[Status] = ()
    order_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    amount_from: int | None = None
    amount_to: int | None = None
    sort: Sort = Sort.NEWEST
    limit: int = 20
    after: tuple[int, str] | None = None
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Counts:
    """How many were found in all, by status, and by day in Jakarta (the latest days only)."""

    by_status: Mapping[str, int]
    by_day: Mapping[str, int]

    @property
    def total(self) -> int:
        """All that were found."""
        return sum(self.by_status.values())


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Copies in the order asked for; `more` follow. `cursor` is how far they follow the feed."""

    copies: Sequence[PaymentCopy]
    more: bool
    counts: Counts | None
    cursor: str


@runtime_checkable
class CopyTarget(Protocol):
    """One index, with the place in the feed up to which it has all copies."""

    @abstractmethod
    def cursor(self) -> str:
        """Up to where in the feed copies were put; "" at first. Raises IndexUnavailable."""

    @abstractmethod
    def put(self, copies: Sequence[PaymentCopy], cursor: str) -> None:
        """Have these copies, and only then be at that cursor.

        A copy that is not newer than what is there changes nothing: after a refusal, or beside
        another who puts, the same may be put again. Raises IndexUnavailable, also once another
        index has taken the place of this one.
        """


@runtime_checkable
class NextIndex(CopyTarget, Protocol):
    """An index that is being made, beside the one that answers.

    What is put may be on its way when `put` returns: the next call tells whether it was refused.
    """

    @abstractmethod
    def take_over(self) -> None:
        """Answer from now on in the place of the old one, which goes; raises IndexUnavailable."""


@runtime_checkable
class PaymentIndex(Protocol):
    """Copies of payments for people who search; made again from the store whenever it is lost."""

    @abstractmethod
    def search(self, query: SearchQuery) -> SearchPage:
        """The copies found, of one merchant in one mode; raises IndexUnavailable."""

    @abstractmethod
    def present(self) -> CopyTarget:
        """The index that answers, made empty where there is none; raises IndexUnavailable."""

    @abstractmethod
    def next(self, *, afresh: bool = False) -> NextIndex:
        """The index that is being made: the one begun before, unless `afresh`, else a new one.

        Raises IndexUnavailable.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""


# -- notifications in -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notice:
    """What a wallet or gateway sent us, to the byte, before anybody has judged it.

    The names of `headers` are lower-case. Neither they nor the body are shown: either may hold
    a secret or somebody's name.
    """

    id: str
    provider: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime


class Verdict(StrEnum):
    """What became of a notice."""

    BELIEVED = "believed"
    """Verified, and every field is ours: the success is written down."""
    HINTED = "hinted"
    """Verified: it proves nothing by itself, and had the wallet asked, or a person told."""
    KNOWN = "known"
    """Verified, and said before: nothing was done."""
    UNMATCHED = "unmatched"
    """It names no attempt of ours."""
    REFUSED = "refused"
    """Not signed as the account's notifications are."""
    FAILED = "failed"
    """It could not be handled, however often it was tried."""


@dataclass(frozen=True, slots=True)
class Received:
    """A notice as the inbox keeps it.

    `due_at` is when it is to be heard, or heard again; None once it has its verdict. `tries` counts
    its claims. `mark` tells what it says from anything else, and is kept of verified ones alone.
    """

    notice: Notice
    due_at: datetime | None
    tries: int = 0
    verdict: Verdict | None = None
    why: str | None = None
    payment_id: str | None = None
    mark: str | None = None
    settled_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class NoticeQuery:
    """Which notices to list, newest first; `waiting` asks for those without a verdict."""

    provider: str | None = None
    verdict: Verdict | None = None
    waiting: bool = False
    limit: int = 20
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many notices wait for their verdict, and how many bytes their bodies have."""

    count: int
    body_bytes: int


@runtime_checkable
class Inbox(Protocol):
    """The notices, as they came, and what became of each."""

    @abstractmethod
    def add(self, notice: Notice) -> None:
        """Keep it, due at once: durable on return. The same again changes nothing.

        Raises StoreUnavailable, WriteUnconfirmed or QueueFull.
        """

    @abstractmethod
    def backlog(self, most: int) -> Backlog:
        """What waits for its verdict, counted up to `most`."""

    @abstractmethod
    def claim(self, at: datetime, until: datetime, limit: int) -> Sequence[Received]:
        """Those due at `at`, the longest due first; nobody else is given them before `until`."""

    @abstractmethod
    def save_each(self, received: Sequence[Received]) -> Sequence[bool]:
        """Compare-and-set each by version, all but the notice itself; True where it was written."""

    @abstractmethod
    def known(self, provider: str, marks: Sequence[str]) -> Mapping[str, str]:
        """By which notice each of these marks was told first, where one was."""

    @abstractmethod
    def find(self, query: NoticeQuery) -> Page[Received]:
        """A page of notices, newest first."""

    @abstractmethod
    def get(self, notice_id: str) -> Received:
        """The notice; raises NotFound."""

    @abstractmethod
    def forget(self, verdict: Verdict, before: datetime, most: int) -> int:
        """Drop those of that verdict received before then, and all but the newest `most`.

        Tells how many were dropped.
        """


class NotificationReader(Protocol):
    """What one provider's notifications say; pure, and never believed before `refusal` is None."""

    @abstractmethod
    def names(self, notice: Notice) -> Sequence[str]:
        """Keys, as in References.unique, that it may speak of; () when it cannot be read."""

    @abstractmethod
    def refusal(self, notice: Notice, account: ProviderAccount, at: datetime) -> str | None:
        """None if the account's own secret signed it, compared in constant time, and, where the
        scheme has a time stamp, within five minutes of `at`; else why not, fit for a log.
        """

    @abstractmethod
    def read(self, notice: Notice, charge: "Charge") -> Outcome:
        """What it says of that attempt, every field compared: another amount is MISMATCH."""

    @abstractmethod
    def key(self, notice: Notice) -> str:
        """What makes it the same notification again: reference, type, amount, status."""

    @abstractmethod
    def reply(self, *, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body as the provider demands; not accepted: it is to repeat it."""


# -- settlement -----------------------------------------------------------------------------------

LARGEST_SETTLEMENT_FILE = 64 * 1024 * 1024
"""Bytes; a larger one is to be split by days."""
MOST_SETTLEMENT_ROWS = 200_000


class SettlementUnreadable(LunasError):
    """Nothing of the file can be read; the message says what to do, and repeats no cell of it."""


class SettlementReader(Protocol):
    """What one provider's settlement files say; pure."""

    @abstractmethod
    def read(self, body: bytes) -> SettlementFile:
        """Every row as a line or a bad line, whatever the bytes; times are UTC.

        Raises SettlementUnreadable, and nothing else, for what is no such file: another encoding,
        a missing column, more than LARGEST_SETTLEMENT_FILE or MOST_SETTLEMENT_ROWS.
        """


# -- signals --------------------------------------------------------------------------------------


@runtime_checkable
class WorkSignal(Protocol):
    """Wakes whoever waits for work or for a change; may be lost, never blocks, never raises."""

    @abstractmethod
    def wake(self, payment_id: str | None = None) -> None:
        """There is something to do; `payment_id` tells which payment changed."""


@runtime_checkable
class ChangeWaiter(Protocol):
    """Lets a reader wait for a payment to change."""

    @abstractmethod
    def listen(self, payment_id: str) -> AbstractContextManager[Callable[[float], bool]]:
        """Hear of every change from now on, so that none falls between a read and the wait.

        The callable waits for at most so many seconds; True when the payment may have changed.
        """


# -- limits ---------------------------------------------------------------------------------------


_AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """A token bucket: `rate` requests a second, and after a rest `burst` of them at once."""

    rate: float
    burst: int

    def __post_init__(self) -> None:
        if not self.rate > 0 or self.burst < 1:
            raise ValueError("a rate limit lets at least something pass")

    @property
    def window(self) -> timedelta:
        """How long an empty bucket takes to be full."""
        return timedelta(seconds=self.burst / self.rate)

    def allowance(self, *, allowed: bool, full_in: timedelta) -> "Allowance":
        """What a bucket says that is full after this time."""
        used = full_in.total_seconds() * self.rate
        remaining = max(0, floor(self.burst - used + 1e-3))
        next_in = _AT_ONCE
        if not remaining:
            next_in = full_in - timedelta(seconds=(self.burst - 1) / self.rate)
        return Allowance(allowed, remaining, full_in, max(next_in, _AT_ONCE))


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client's bucket says to a request, and how much is left after it.

    It is full again after `full_in`; the next request is allowed after `next_in`.
    """

    allowed: bool
    remaining: int
    full_in: timedelta
    next_in: timedelta


@runtime_checkable
class RateLimiter(Protocol):
    """Counts the requests of each API client."""

    @property
    @abstractmethod
    def policy(self) -> RatePolicy:
        """What each client may do."""

    @abstractmethod
    def take(self, client_id: str) -> Allowance:
        """Take one request of the client's, if there is one; waits a moment at most, never raises.

        A request that is not allowed takes nothing.
        """


# -- tokens ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TokenKey:
    """Whose token: an account's at a provider, or one customer's of that account.

    `client` is what the provider calls the account, so that another client's token is never sent;
    `customer` is a link's id.
    """

    provider: str
    merchant_id: str
    livemode: bool
    client: str
    customer: str | None = None

    def __str__(self) -> str:
        mode = "live" if self.livemode else "test"
        return " ".join([self.provider, self.merchant_id, mode, self.client, self.customer or "-"])


@dataclass(frozen=True, slots=True)
class Token:
    """What a provider gave to call it with; never prints itself.

    `fetched_at` is from before it was asked for, by this process's clock, and `ends_at` counts from
    there where the provider tells a life. `refresh` gets the next one, for a customer's token.
    """

    access: str = field(repr=False)
    fetched_at: datetime
    ends_at: datetime
    refresh: str | None = field(default=None, repr=False)
    refresh_ends_at: datetime | None = None

    @property
    def authorization(self) -> str:
        """The header's value."""
        return f"Bearer {self.access}"


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token as it is kept, and who may fetch the next one.

    `version` counts every change. Until `claimed_until` one asker fetches; before `not_before`
    nobody does. `refused_at` is when a token was last thrown away; then its `access` is empty.
    """

    key: TokenKey
    version: int
    token: Token | None = None
    claimed_until: datetime | None = None
    not_before: datetime | None = None
    failures: int = 0
    refused_at: datetime | None = None


@runtime_checkable
class KeptTokens(Protocol):
    """The tokens of all processes; what they open with is kept sealed."""

    @abstractmethod
    def get(self, key: TokenKey) -> KeptToken | None:
        """As last put; raises StoreUnavailable."""

    @abstractmethod
    def put(self, kept: KeptToken) -> bool:
        """Add (version 1) or compare-and-set; False where somebody was quicker.

        A claim to fetch is put like anything else: of many at once one is told True. Raises
        StoreUnavailable or WriteUnconfirmed.
        """

    @abstractmethod
    def drop(self, key: TokenKey) -> None:
        """Keep nothing of it any more."""


class TokenNeed(StrEnum):
    """Why a token was fetched."""

    MISSING = "missing"
    ENDING = "ending"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TokenFetch:
    """One fetch of a token from a provider, as it is counted; `failed` says why there is none."""

    key: TokenKey
    need: TokenNeed
    took: timedelta
    failed: str | None = None


TokenObserver = Callable[[TokenFetch], None]
"""Is told of every fetch; never holds it up."""


# -- providers ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Charge:
    """What is asked of a wallet: one attempt's words, and until when they may leave.

    `leave_by` is an uptime on the boot clock: no byte may be sent after it. It counts from the
    claim for a push, from the decision for a reversal or a void; questions do not look at it. The
    customer can pay until `window_ends_at`; `handle` is what the provider calls the charge, once it
    has told.
    """

    attempt_id: str
    account: ProviderAccount
    amount: Money
    phone: Msisdn | None
    references: References
    claimed_at: datetime
    leave_by: timedelta
    order_id: str
    window_ends_at: datetime
    description: str | None = None
    return_url: str | None = None
    customer_id: str | None = None
    handle: Details = field(default_factory=dict)
    link_id: str | None = None


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What is to be given back of a charge; `refund_id` is its name for ever."""

    refund_id: str
    amount: Money
    reason: str


@runtime_checkable
class ReferenceAllocator(Protocol):
    """Gives each attempt names that no other attempt has, had or will have."""

    @abstractmethod
    def next(self, account: ProviderAccount, attempt_id: str) -> References:
        """Fresh references, durable before they are returned; raises StoreUnavailable."""


_NOT_OFFERED = NotSent("the provider offers no such thing")


@runtime_checkable
class PaymentGateway(Protocol):
    """The wire to one provider. Answers are values; nothing is retried; it knows no rule.

    What a provider does not offer stays as it is here: nothing is sent. Its rules keep the core
    from asking.
    """

    @abstractmethod
    async def push(self, charge: Charge) -> Outcome:
        """Ask the customer's wallet for the money: one call, held until it ends.

        Accepted: the provider has the charge and tells later what became of it.
        """

    @abstractmethod
    async def check(self, charge: Charge) -> Outcome:
        """Ask what became of a push, by its references; never NotSent.

        Approved: it was paid. Declined: the wallet refused the push, in its own words. Accepted:
        the customer may still pay. Unknown with REVERSED, NOT_FOUND, TOO_OLD or PENDING is the
        wallet's answer about the push; with any other doubt it is no answer.
        """

    async def reverse(self, charge: Charge) -> Outcome:
        """Take a push back whose answer never came, by the same references: one call, no retry.

        Approved: the wallet says that it is done, which proves only what the time of sending
        proves. Declined: its refusal of the push, told to the reversal. NotSent: no byte of the
        reversal left by `leave_by`; nothing is said about the push. Unknown: REVERSED says that
        the push is taken back already; anything else may have taken it back or not.
        """
        return _NOT_OFFERED

    async def void(self, charge: Charge) -> Outcome:
        """Give a paid push back, whole and on its day, by the same references: one call, no retry.

        Approved: the wallet says that it is done. Declined: its refusal of the push, told to the
        void. NotSent: no byte of the void left by `leave_by`. Unknown: REVERSED says that a
        reversal took the push back; anything else may have given it back or not: ask `check_void`.
        """
        return _NOT_OFFERED

    async def check_void(self, charge: Charge) -> Outcome:
        """Ask what became of a void, by the push's references; never NotSent.

        Approved: the void was made. Unknown with NOT_FOUND: the wallet knows of none, at least not
        yet. Declined, REVERSED and TOO_OLD speak of the push, PENDING of either; any other doubt
        is no answer.
        """
        return Unknown(Doubt.UNHEARD_OF)

    async def refund(self, charge: Charge, refund: RefundOrder) -> Outcome:
        """Give a paid charge back, whole or in part: one call; the same id is the same refund.

        Approved: it is made. Declined: the provider refused it for good. NotSent: no byte of it
        left by `leave_by`. Unknown: it may be made or not: ask `check_refund`.
        """
        return _NOT_OFFERED

    async def check_refund(self, charge: Charge, refund: RefundOrder) -> Outcome:
        """Ask what became of a refund; never NotSent.

        Approved: it was made. Declined: it was refused for good. Unknown with NOT_FOUND: the
        provider knows of none, at least not yet; any other doubt is no answer.
        """
        return Unknown(Doubt.UNHEARD_OF)

    async def is_registered(self, account: ProviderAccount, phone: Msisdn) -> bool | None:
        """Whether the number has a wallet; None when the wallet does not say.

        Raises ProviderRefused or ProviderUnavailable.
        """
        return None


class WalletStanding(StrEnum):
    """What a wallet says of a number that is to be linked."""

    READY = "ready"
    NO_PIN = "no_pin"
    UNREGISTERED = "unregistered"
    BLOCKED = "blocked"
    UNTOLD = "untold"
    """It says something else, or nothing: the binding itself will tell."""


@dataclass(frozen=True, slots=True)
class LinkWish:
    """What a wallet is asked for: to link this customer's wallet.

    `customer_reference` is what the merchant's customer is called towards the wallet: neutral, at
    most 32 characters, the same for the same customer. `return_url` is ours.
    """

    account: ProviderAccount
    link_id: str
    customer_reference: str
    phone: Msisdn
    return_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Binding:
    """The wallet is ready: the customer agrees at `url`."""

    linkage_token: str = field(repr=False)
    url: str = field(repr=False)


class WalletLinking(Protocol):
    """The wire to a provider whose wallets can be linked: bounded calls that move no money.

    Each raises ProviderRefused for the wallet's own refusal and ProviderUnavailable where there is
    no answer. Those that act for a customer raise LinkInactive once the customer's token is refused
    and cannot be renewed.
    """

    @abstractmethod
    async def look_up(self, account: ProviderAccount, phone: Msisdn) -> WalletStanding:
        """Whether the number's wallet can be linked."""

    @abstractmethod
    async def bind(self, wish: LinkWish) -> Binding:
        """Begin to link."""

    @abstractmethod
    async def exchange(self, account: ProviderAccount, link: WalletLink) -> CustomerTokens:
        """The customer's tokens for the one-time code that the link holds."""

    @abstractmethod
    async def unbind(self, account: ProviderAccount, link: WalletLink) -> None:
        """Have the wallet let go of the link; one that it does not know any more is let go."""

    @abstractmethod
    async def covers(
        self, account: ProviderAccount, link: WalletLink, amount: Money
    ) -> bool | None:
        """Whether the wallet holds that much; None where it does not say. No balance is told."""


@runtime_checkable
class WebhookSender(Protocol):
    """The wire to the merchants' endpoints."""

    @abstractmethod
    async def send(self, endpoint: Endpoint, event: Event) -> DeliveryAnswer:
        """Deliver one event, signed; every failure is an answer too."""
