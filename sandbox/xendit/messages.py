"""Xendit's words for a charge and a refund, and how it reads a request for one."""

from datetime import UTC, datetime
from typing import Any

from sandbox.acquirer.charge import Charge, Refund, RefundState, State
from sandbox.acquirer.conduct import Reason
from sandbox.acquirer.partners import Partner

STATUSES = {
    State.WAITING: "PENDING",
    State.PAID: "SUCCEEDED",
    State.FAILED: "FAILED",
    State.EXPIRED: "FAILED",
    State.VOIDED: "VOIDED",
    State.REFUNDED: "REFUNDED",
    State.CANCELED: "FAILED",
}
REFUND_STATUSES = {
    RefundState.PENDING: "PENDING",
    RefundState.MADE: "SUCCEEDED",
    RefundState.REFUSED: "FAILED",
}
FAILURES = {
    Reason.DECLINED: "USER_DECLINED_PAYMENT",
    Reason.INSUFFICIENT: "INSUFFICIENT_BALANCE",
    Reason.BLOCKED: "ACCOUNT_ACCESS_BLOCKED",
    Reason.LIMIT: "MAXIMUM_LIMIT_REACHED",
    Reason.UNKNOWN_PHONE: "INVALID_ACCOUNT_DETAILS",
    Reason.UNREACHABLE: "USER_UNREACHABLE",
    Reason.FAILED: "CHANNEL_UNAVAILABLE",
}
NOT_ANSWERED = "USER_DID_NOT_AUTHORIZE_THE_REQUEST"

# Xendit's test amounts: refused at once, or failing by notification.
REFUSED_AMOUNTS = {
    10_100: (403, "CHANNEL_NOT_ACTIVATED"),
    10_101: (503, "CHANNEL_UNAVAILABLE"),
    10_102: (500, "SERVER_ERROR"),
}
FAILING_AMOUNTS = {
    20_103: ("blocked", "ACCOUNT_ACCESS_BLOCKED"),
    20_104: ("failed", "INVALID_MERCHANT_CREDENTIALS"),
    20_105: ("decline", "USER_DECLINED_PAYMENT"),
    20_106: ("unknown_phone", "INVALID_ACCOUNT_DETAILS"),
}


def charge_told(
    charge: Charge, state: State, *, amount: int, partner: Partner, callback_url: str | None
) -> dict[str, Any]:
    """A charge as answers and notifications have it."""
    paid = state in {State.PAID, State.VOIDED, State.REFUNDED}
    voided = state is State.VOIDED
    return {
        "id": charge.handle,
        "business_id": partner.merchant_id,
        "reference_id": charge.reference,
        "status": STATUSES[state],
        "currency": "IDR",
        "charge_amount": amount,
        "capture_amount": amount if paid else None,
        "refunded_amount": charge.refunded or None,
        "checkout_method": "ONE_TIME_PAYMENT",
        "channel_code": "ID_OVO",
        "channel_properties": {"mobile_number": f"+62{(charge.phone or '0')[1:]}"},
        "actions": None,
        "is_redirect_required": False,
        "callback_url": callback_url,
        "created": written(charge.heard_at),
        "updated": written(charge.history[-1][0]),
        "void_status": "SUCCEEDED" if voided else None,
        "voided_at": written(charge.given_back_at) if voided and charge.given_back_at else None,
        "capture_now": True,
        "customer_id": None,
        "payment_method_id": None,
        "failure_code": failure_of(charge, state),
        "basket": None,
        "metadata": charge.details["metadata"],
    }


def refund_told(charge: Charge, refund: Refund) -> dict[str, Any]:
    """A refund as answers and notifications have it."""
    refused = refund.state is RefundState.REFUSED
    return {
        "id": refund.number,
        "charge_id": charge.handle,
        "reference_id": refund.reference,
        "status": REFUND_STATUSES[refund.state],
        "currency": "IDR",
        "channel_code": "ID_OVO",
        "capture_amount": charge.amount,
        "refund_amount": refund.amount,
        "reason": refund.reason or None,
        "failure_code": "REFUND_FAILED" if refused else None,
        "created": written(refund.asked_at),
        "updated": written(refund.settled_at or refund.asked_at),
    }


def failure_of(charge: Charge, state: State) -> str | None:
    """Why no money moved, None while that is not so."""
    if state is State.FAILED and charge.reason is not None:
        return str(charge.details.get("failure_code") or FAILURES[charge.reason])
    return NOT_ANSWERED if state in {State.EXPIRED, State.CANCELED} else None


def written(moment: datetime) -> str:
    """The moment in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
