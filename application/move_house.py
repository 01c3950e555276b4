"""Copy every record of one store to another, and prove that nothing is missing or different."""

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, time, timedelta
from enum import Enum, StrEnum
from typing import Protocol

from application.ports import Kept, Received
from domain.errors import LunasError
from domain.events import Event
from domain.merchant import ApiClient, Merchant, ProviderAccount
from domain.payment import Payment
from domain.wallet_link import WalletLink
from domain.webhook import Delivery, Endpoint

PAGE = 500
"""Records that are read, and written durably, together."""
_ALL = 1 << 256


class Kind(StrEnum):
    """What is kept, in the order in which it is copied: whoever is named comes first."""

    MERCHANT = "merchants"
    CLIENT = "clients"
    ACCOUNT = "accounts"
    ENDPOINT = "endpoints"
    WALLET_LINK = "wallet_links"
    SEQUENCE = "sequences"
    PAYMENT = "payments"
    EVENT = "events"
    DELIVERY = "deliveries"
    ANSWER = "answers"
    NOTICE = "notices"


@dataclass(frozen=True, slots=True)
class Counter:
    """A sequence: the number that is given out next."""

    scope: str
    following: int


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event, and whether the relay has had it."""

    event: Event
    relayed: bool


Value = (
    Merchant
    | ApiClient
    | ProviderAccount
    | Endpoint
    | WalletLink
    | Counter
    | Payment
    | ToldEvent
    | Delivery
    | Kept
    | Received
)


@dataclass(frozen=True, slots=True)
class Record:
    """One record under the id by which its kind is sorted."""

    id: str
    value: Value


class Archive(Protocol):
    """A store as the records in it; nothing is decided here, and no rule is asked."""

    @abstractmethod
    def count(self, kind: Kind) -> int:
        """How many there are."""

    @abstractmethod
    def page(self, kind: Kind, after: str, limit: int) -> Sequence[Record]:
        """The next ones by id, opened; raises Unreadable for one that does not open."""

    @abstractmethod
    def put(self, kind: Kind, records: Sequence[Record]) -> None:
        """Write these whole, over what has the same id; durable on return."""


class CopyRefused(LunasError):
    """The copy cannot begin, or the two stores differ after it; the message says what and why."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What both stores hold after the copy: how many of each kind, and the digest of all."""

    counts: Mapping[Kind, int]
    digest: str


Step = Callable[[str, Kind, int, int], None]
"""Told on the way: `copy` or `compare`, of which kind, how many of how many."""
Mark = Callable[[Kind, str], None]
"""Told what is durable: everything of the kinds before, and of this one up to that id."""


@dataclass(frozen=True, slots=True)
class MoveHouse:
    """Copy page by page, then read both stores again and compare; raises CopyRefused."""

    source: Archive
    target: Archive

    def __call__(self, step: Step, mark: Mark, done: Mapping[Kind, str]) -> Copied:
        """`done` tells where a copy before was cut short: the last id of each kind begun."""
        if not done:
            self._see_that_nothing_is_there()
        kinds = list(Kind)
        begun = max((kinds.index(kind) for kind in done), default=0)
        for kind in kinds[begun:]:
            self._copy(kind, done.get(kind, ""), step, mark)
        return self._compare(step)

    def _see_that_nothing_is_there(self) -> None:
        for kind in Kind:
            if count := self.target.count(kind):
                raise CopyRefused(f"the target has {count} {kind} already: copy to an empty store")

    def _copy(self, kind: Kind, after: str, step: Step, mark: Mark) -> None:
        of, copied = self.source.count(kind), self.target.count(kind)
        mark(kind, after)
        for records in _pages(self.source, kind, after):
            self.target.put(kind, records)
            mark(kind, records[-1].id)
            copied += len(records)
            step("copy", kind, copied, max(of, copied))

    def _compare(self, step: Step) -> Copied:
        counts: dict[Kind, int] = {}
        whole = hashlib.sha256()
        for kind in Kind:
            ours, theirs = (self._sum(store, kind, step) for store in (self.source, self.target))
            if ours != theirs:
                raise CopyRefused(
                    f"the {kind} differ: {ours[0]} at the source, {theirs[0]} at the target"
                    f"{', with another digest' if ours[0] == theirs[0] else ''}:"
                    " something wrote to one of them meanwhile; empty the target and copy again"
                )
            counts[kind] = ours[0]
            whole.update(ours[1].to_bytes(32))
        return Copied(counts, whole.hexdigest())

    def _sum(self, store: Archive, kind: Kind, step: Step) -> tuple[int, int]:
        """How many there are, and the sum of their digests: the order is no matter."""
        count, total, of = 0, 0, store.count(kind)
        for records in _pages(store, kind, ""):
            for record in records:
                total = (total + digest(record)) % _ALL
            count += len(records)
            step("compare", kind, count, max(of, count))
        return count, total


def digest(record: Record) -> int:
    """A number that tells the whole record from any other."""
    text = f"{record.id}\n{exact(record.value)}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest())


def exact(value: object) -> str:
    """The value with everything in it, also what it does not show when it is printed."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if value is None or isinstance(value, str | bytes | int | float | datetime | time | timedelta):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = sorted(f"{exact(name)}:{exact(inner)}" for name, inner in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, tuple | list):
        return f"[{','.join(map(exact, value))}]"
    assert is_dataclass(value), f"a record holds a {type(value).__name__}"
    inside = (f"{field.name}={exact(getattr(value, field.name))}" for field in fields(value))
    return f"{type(value).__name__}({','.join(inside)})"


def _pages(store: Archive, kind: Kind, after: str) -> Iterator[Sequence[Record]]:
    while records := store.page(kind, after, PAGE):
        yield records
        after = records[-1].id
