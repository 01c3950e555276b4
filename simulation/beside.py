"""A real store beside the one in memory: each call is made of both, and the real one's answer goes.

The one in memory is what a world is scheduled and judged by, so that whatever the real one keeps or
answers differently is found: at once, or as a broken invariant.
"""

from abc import abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol, cast, final

from adapters.outbound.memory.store import MemoryStore
from application.ports import (
    AccountRepository,
    DeliveryRepository,
    EndpointRepository,
    EventLog,
    IdempotencyStore,
    PaymentRepository,
    Sequences,
    WalletLinks,
)
from domain.errors import LunasError
from simulation.stores import StoreTime

IN_ANY_ORDER = frozenset({"due", "to_ask", "stranded", "unrelayed", "find", "with_exceptions"})
"""Of two that are due at the same moment a store may name either first."""
_TOLD_TOO = "save_told"
_UNTOLD = PaymentRepository.save_told
PORTS = ("payments", "events", "deliveries", "endpoints", "accounts", "sequences", "idempotency",
         "links")  # fmt: skip


class StoresDifferError(Exception):
    """The real store did not do what the one in memory did."""


class Stores(Protocol):
    """Every port of a store that a simulated world uses."""

    @property
    def payments(self) -> PaymentRepository: ...
    @property
    def events(self) -> EventLog: ...
    @property
    def deliveries(self) -> DeliveryRepository: ...
    @property
    def endpoints(self) -> EndpointRepository: ...
    @property
    def accounts(self) -> AccountRepository: ...
    @property
    def sequences(self) -> Sequences: ...
    @property
    def idempotency(self) -> IdempotencyStore: ...
    @property
    def links(self) -> WalletLinks: ...


class Beside(Protocol):
    """Puts something in the place of a world's store before anything is written."""

    @abstractmethod
    def __call__(self, store: MemoryStore, now: StoreTime) -> None:
        """The world's store, and the clock that it goes by."""


@final
class RealBeside(Beside):
    """Opens a real store by the world's clock and has both hear everything."""

    def __init__(self, opened: Callable[[StoreTime], Stores]) -> None:
        self._opened = opened
        self.calls = 0

    def __call__(self, store: MemoryStore, now: StoreTime) -> None:
        self._model, self._real = dict[str, Any](), self._opened(now)
        self._state = store.state
        for port in PORTS:
            self._model[port] = getattr(store, port)
            setattr(store, port, Both(port, getattr(self._real, port), self._model[port], self))

    def finish(self) -> int:
        """Compare every payment that was kept; returns how many. Raises StoresDifferError."""
        for payment in self._state.payments.values():
            if self._real.payments.get(payment.id) != payment:
                raise StoresDifferError(f"{payment.id} is kept otherwise")
        return len(self._state.payments)


@final
class Both:
    """One port of two stores, whichever port it is."""

    def __init__(self, port: str, real: object, model: object, beside: RealBeside) -> None:
        self._port = port
        self._real = real
        self._model = model
        self._beside = beside

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name == _TOLD_TOO and getattr(type(self._real), name, None) is _UNTOLD:
            # The real one has no such write: neither tells with its changes, the relay does.
            return lambda changes, _: (self.save_each(changes), False)
        ways = cast("tuple[Callable[..., Any], Callable[..., Any]]",
                    (getattr(self._model, name), getattr(self._real, name)))  # fmt: skip

        def call(*arguments: Any, **named: Any) -> Any:
            self._beside.calls += 1
            expected, found = (_Answer.of(way, arguments, named) for way in ways)
            if _plain(name, expected.value) != _plain(name, found.value):
                what = f"{self._port}.{name}: {found.value!r} instead of {expected.value!r}"
                raise StoresDifferError(what)
            return found.given()

        return call


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a call returned, or refused with."""

    value: Any
    raised: LunasError | None = None

    @classmethod
    def of(cls, call: Callable[..., Any], arguments: Any, named: Any) -> "_Answer":
        try:
            return cls(call(*arguments, **named))
        except LunasError as refused:
            return cls(refused, refused)

    def given(self) -> Any:
        if self.raised is not None:
            raise self.raised
        return self.value


def _plain(name: str, value: Any) -> object:
    """The value so that two of them may be compared."""
    if isinstance(value, LunasError):
        return f"{type(value).__name__}{value.args}"
    if name in IN_ANY_ORDER:
        items = getattr(value, "items", value)
        return sorted(str(getattr(item, "id", item)) for item in cast("Collection[Any]", items))
    if isinstance(value, (list, tuple)):
        return [_plain("", item) for item in value]
    return cast("object", value)
