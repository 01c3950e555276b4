"""What is true about a payment's money, in one word."""

from enum import StrEnum


class Status(StrEnum):
    """What is true about the money."""

    PENDING = "pending"
    AWAITING_CUSTOMER = "awaiting_customer"
    UNKNOWN = "unknown"
    REQUIRES_RETRY = "requires_retry"
    SUCCEEDED = "succeeded"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"
