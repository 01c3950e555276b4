"""Midtrans' words for a charge: status codes, transaction statuses, the notification's key."""

import hashlib
from datetime import datetime

from sandbox.acquirer.charge import Charge, Refund, RefundState, State
from sandbox.acquirer.conduct import PUSH_CODES, UNANSWERED, Reason
from sandbox.acquirer.partners import Partner
from sandbox.answers import JAKARTA

PENDING = ("201", "pending")
STATUSES = {
    State.WAITING: PENDING,
    State.PAID: ("200", "settlement"),
    State.FAILED: ("202", "deny"),
    State.EXPIRED: ("407", "expire"),
    State.CANCELED: ("200", "cancel"),
    State.REFUNDED: ("200", "refund"),
}
MESSAGES = {
    "200": "Success, transaction is found",
    "201": "OVO transaction is created",
    "202": "Transaction is denied",
    "407": "Transaction is expired",
}
_REASONS = {
    Reason.DECLINED: "Customer declined",
    Reason.INSUFFICIENT: "Insufficient funds",
    Reason.BLOCKED: "Account blocked",
    Reason.LIMIT: "Over the limit",
    Reason.UNKNOWN_PHONE: "Unknown phone",
    Reason.UNREACHABLE: "Push could not be shown",
    Reason.FAILED: "Payment failed",
}


def told(
    charge: Charge, state: State, *, amount: int, partner: Partner, refund: Refund | None = None
) -> dict[str, object]:
    """The fields that an answer and a notification share."""
    code, status = STATUSES[state]
    if state is State.PAID and charge.refunded:
        status = "partial_refund"
    fields: dict[str, object] = {
        "status_code": code,
        "status_message": MESSAGES[code],
        "transaction_id": charge.handle,
        "order_id": charge.reference,
        "merchant_id": partner.merchant_id,
        "gross_amount": f"{amount}.00",
        "currency": "IDR",
        "payment_type": "ovo",
        "transaction_time": written(charge.heard_at),
        "transaction_status": status,
        "fraud_status": "accept",
        "expiry_time": written(charge.ends_at),
        "payer_phone_number": charge.phone,
        "merchant_invoice": charge.details["invoice"],
    }
    if charge.paid_at is not None and state in {State.PAID, State.REFUNDED}:
        fields["settlement_time"] = written(charge.paid_at)
    if state in {State.FAILED, State.EXPIRED}:
        reason = charge.reason
        fields["channel_response_code"] = UNANSWERED if reason is None else PUSH_CODES[reason]
        fields["channel_response_message"] = "Timeout" if reason is None else _REASONS[reason]
    if refund is not None:
        fields |= {"refund_key": refund.reference, "refund_amount": f"{refund.amount}.00"}
    elif charge.refunds:
        fields["refund_amount"] = f"{charge.refunded}.00"
        # docs.midtrans.com, GET status: what was given back stands in a list, each by its key.
        fields["refunds"] = [
            {"refund_key": made.reference, "refund_amount": f"{made.amount}.00"}
            for made in charge.refunds.values()
            if made.state is RefundState.MADE
        ]
    return fields


def signature_key(*, order_id: str, status_code: str, gross_amount: str, server_key: str) -> str:
    """Lower-case hex SHA-512 of the four, the amount as it is written."""
    text = order_id + status_code + gross_amount + server_key
    return hashlib.sha512(text.encode()).hexdigest()


def written(moment: datetime) -> str:
    """The moment as Midtrans writes it: Jakarta's time, no offset."""
    return f"{moment.astimezone(JAKARTA):%Y-%m-%d %H:%M:%S}"
