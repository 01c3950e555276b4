"""What the memory stores hold together, and the lock that makes each write whole."""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import RLock
from typing import TypeVar

from adapters.outbound.memory.queue import Queue
from application.ports import AlreadyKept, Heartbeat, Kept, KeptToken, Received, TokenKey
from domain.events import Event
from domain.merchant import ApiClient, Merchant, ProviderAccount
from domain.payment import Payment, Status
from domain.wallet_link import WalletLink
from domain.webhook import Delivery, DeliveryStatus, Endpoint

Result = TypeVar("Result")


class State:
    """Everything stored. Only what runs inside `write` may change it, and only once it may."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.lock = RLock()
        self.payments: dict[str, Payment] = {}
        self.payment_ids: list[str] = []
        self.changes = 0
        self.changed: dict[str, int] = {}
        self.due: dict[tuple[str, Status], Queue] = defaultdict(Queue)
        self.asked: dict[str, Queue] = defaultdict(Queue)
        self.held: dict[str, dict[str, dict[str, None]]] = defaultdict(dict)
        self.excepted: dict[str, Payment] = {}
        self.late: dict[tuple[str, bool, str], set[str]] = {}
        self.parts: dict[str, str] = {}
        self.charges: dict[str, str] = {}
        self.holders: dict[tuple[str, bool, str], str] = {}
        self.references: dict[str, str] = {}
        self.named: dict[str, str] = {}
        self.events: dict[str, Event] = {}
        self.event_ids: list[str] = []
        self.unrelayed: dict[str, Event] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.pending: dict[str, Queue] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.links: dict[str, WalletLink] = {}
        self.merchants: dict[str, Merchant] = {}
        self.clients: dict[str, ApiClient] = {}
        self.accounts: dict[tuple[str, str, bool], ProviderAccount] = {}
        self.sequences: dict[str, int] = {}
        self.heartbeats: dict[str, Heartbeat] = {}
        self.kept: dict[str, Kept] = {}
        self.tokens: dict[TokenKey, KeptToken] = {}
        self.inbox: dict[str, Received] = {}
        self.unheard = Queue()

    def write(self, work: Callable[[], Result]) -> Result:
        """Run work that first judges and then changes; one at a time."""
        with self.lock:
            return work()

    def on_hold(self, order: tuple[str, bool, str], *, besides: str) -> bool:
        """Whether another payment of the order has a late success that is not settled."""
        return any(payment_id != besides for payment_id in self.late.get(order, ()))

    def judge_kept(self, keep: Kept | None) -> None:
        """Raise AlreadyKept when that scope holds an answer that has not expired."""
        kept = None if keep is None else self.find_kept(keep.scope)
        if kept is not None:
            raise AlreadyKept(kept)

    def find_kept(self, scope: str) -> Kept | None:
        """The answer under this scope, unless it has expired."""
        kept = self.kept.get(scope)
        return None if kept is None or kept.expires_at <= self.now() else kept

    def keep(self, keep: Kept | None) -> None:
        """Keep the answer, if there is one."""
        if keep is not None:
            self.kept[keep.scope] = keep

    def tell(self, event: Event) -> None:
        """Write the event down, to be relayed; one that is known already is left alone."""
        if event.id not in self.events:
            self.events[event.id] = event
            self.unrelayed[event.id] = event
            file(self.event_ids, event.id)

    def relay(self, event_ids: Sequence[str], deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Mark the events relayed and add the deliveries of those that were not; tells which."""
        ours = {id_ for id_ in event_ids if self.unrelayed.pop(id_, None) is not None}
        written = [delivery for delivery in deliveries if delivery.event_id in ours]
        self.add_deliveries(written)
        return written

    def endpoints_of(self, merchant_id: str, livemode: bool) -> Sequence[Endpoint]:
        """The merchant's endpoints in that mode, oldest first."""
        found = [
            endpoint
            for endpoint in self.endpoints.values()
            if endpoint.merchant_id == merchant_id and endpoint.livemode == livemode
        ]
        if len(found) > 1:
            found.sort(key=lambda endpoint: endpoint.created_at)
        return found

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """Write those that are not known already."""
        for delivery in deliveries:
            if delivery.id not in self.deliveries:
                self.put_delivery(delivery)

    def put_delivery(self, delivery: Delivery) -> None:
        """Write the delivery, and file it under its endpoint for as long as it is pending."""
        self.deliveries[delivery.id] = delivery
        waiting = self.pending.get(delivery.endpoint_id)
        if waiting is None:
            waiting = self.pending[delivery.endpoint_id] = Queue()
        pending = delivery.status is DeliveryStatus.PENDING
        waiting.put(delivery.id, delivery.due_at if pending else None)
        if waiting.first_at() is None:
            del self.pending[delivery.endpoint_id]


def file(ids: list[str], fresh: str) -> None:
    """Put a fresh id in its place: ids sort by time, so that it is nearly always the last."""
    if not ids or ids[-1] < fresh:
        ids.append(fresh)
    else:
        insort(ids, fresh)


def system_time() -> datetime:
    """The time of this machine, UTC."""
    return datetime.now(UTC)
