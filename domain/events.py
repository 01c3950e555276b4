"""What happened, in the words that go out as webhooks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.payment import Payment
    from domain.wallet_link import WalletLink
    from domain.webhook import Endpoint


class EventType(StrEnum):
    """The names that integrators subscribe to."""

    CREATED = "payment.created"
    AWAITING_CUSTOMER = "payment.awaiting_customer"
    SUCCEEDED = "payment.succeeded"
    REQUIRES_RETRY = "payment.requires_retry"
    UNKNOWN = "payment.unknown"
    FAILED = "payment.failed"
    EXPIRED = "payment.expired"
    CANCELED = "payment.canceled"
    LATE_SUCCESS = "payment.late_success"
    PARTIALLY_REFUNDED = "payment.partially_refunded"
    REFUNDED = "payment.refunded"
    REFUND_PENDING = "refund.pending"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
    REFUND_UNKNOWN = "refund.unknown"
    ENDPOINT_DISABLED = "endpoint.disabled"
    WALLET_LINK_ACTIVE = "wallet_link.active"
    WALLET_LINK_UNLINKED = "wallet_link.unlinked"
    WALLET_LINK_BROKEN = "wallet_link.broken"


@dataclass(frozen=True, slots=True)
class EventHead:
    """Whose event of which type: all that its relay has to know."""

    id: str
    type: EventType
    merchant_id: str
    livemode: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One fact, with the full state of its subject then. Its id is its webhook-id for ever.

    `sequence` counts one payment's events from 1 without holes; others have none.
    `refund_id` names the subject's refund that the event is about, if it is about one.
    """

    id: str
    type: EventType
    merchant_id: str
    livemode: bool
    at: datetime
    sequence: int | None
    subject: "Payment | Endpoint | WalletLink"
    refund_id: str | None = None

    @property
    def head(self) -> EventHead:
        """It without what happened."""
        return EventHead(self.id, self.type, self.merchant_id, self.livemode)
