"""What the HTTP API needs of the house; bootstrap fills it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from prometheus_client import CollectorRegistry

from adapters.inbound.http.inquiries import Loop
from adapters.inbound.http.logs import WriteLines, write_each
from application.cancel_payment import CancelPayment
from application.choose_provider import ChooseProvider
from application.hasten_check import HastenCheck
from application.inquire_phone import InquirePhone
from application.link_wallet import LinkWallet
from application.ports import (
    ChangeWaiter,
    Clock,
    DeliveryRepository,
    Directory,
    EventLog,
    Fingerprint,
    IdempotencyStore,
    NotificationReader,
    PaymentRepository,
    RateLimiter,
)
from application.receive_notification import ReceiveNotification
from application.refund_payment import CloseRefund, RefundPayment
from application.request_push import RequestPush
from application.review_payment import CloseException, ResolvePayment
from application.search_payments import SearchPayments
from application.start_payment import StartPayment
from application.use_wallet_link import AskForCover, SeeLinks, UnlinkWallet
from application.webhook_endpoints import RedeliverEvents, WebhookEndpoints
from domain.provider import Provider


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the way of a payment now, and what else is wrong, in plain words."""

    problems: Sequence[str] = ()
    warnings: Sequence[str] = ()


Readiness = Callable[[], Standing]
MakeFingerprint = Callable[[bytes, str | None], Fingerprint]
"""A keyed hash of a meaning, with the key of that id (None: the present one)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """The API's bounds and addresses.

    `threads` is how many the server gives us: waiting takes at most half of them, phone inquiries
    at most a quarter, so that there is always one for a payment.
    """

    public_url: str = "http://127.0.0.1:8080"
    docs_url: str = "http://127.0.0.1:8080"
    threads: int = 64
    max_waiters: int = 32
    max_inquiries: int = 32
    max_searches: int = 8
    inquiry_within: timedelta = timedelta(seconds=15)
    body_bytes: int = 64 * 1024
    notification_bytes: int = 64 * 1024

    @property
    def errors_url(self) -> str:
        """Below it lies the page of each problem code."""
        return f"{self.docs_url.rstrip('/')}/errors"

    @property
    def waiting_places(self) -> int:
        """How many callers may wait for a change at once."""
        return min(self.max_waiters, self.threads // 2)

    @property
    def inquiry_places(self) -> int:
        """How many phone inquiries may be under way at once."""
        return min(self.max_inquiries, max(1, self.threads // 4))

    @property
    def search_places(self) -> int:
        """How many searches may be under way at once: a slow index must not take every thread."""
        return min(self.max_searches, max(1, self.threads // 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The use cases and ports behind the routes. Reads that decide nothing use the ports.

    Without a `limiter` a client may ask as often as it likes.
    """

    choose_provider: ChooseProvider
    start_payment: StartPayment
    request_push: RequestPush
    cancel_payment: CancelPayment
    hasten_check: HastenCheck
    refund_payment: RefundPayment
    close_refund: CloseRefund
    resolve_payment: ResolvePayment
    close_exception: CloseException
    inquire_phone: InquirePhone
    link_wallet: LinkWallet
    see_links: SeeLinks
    unlink_wallet: UnlinkWallet
    ask_for_cover: AskForCover
    webhook_endpoints: WebhookEndpoints
    redeliver_events: RedeliverEvents
    search_payments: SearchPayments
    receive_notification: ReceiveNotification
    payments: PaymentRepository
    events: EventLog
    deliveries: DeliveryRepository
    directory: Directory
    idempotency: IdempotencyStore
    changes: ChangeWaiter
    providers: Mapping[str, Provider]
    clock: Clock
    fingerprint: MakeFingerprint
    readiness: Readiness
    loop: Loop
    readers: Mapping[str, NotificationReader] = field(default_factory=dict)
    limiter: RateLimiter | None = None
    settings: DoorSettings = field(default_factory=DoorSettings)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    write_lines: WriteLines = write_each
