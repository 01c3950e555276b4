"""DOKU's words for a charge, and how it reads a request for one."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.conduct import PUSH_CODES, UNANSWERED
from sandbox.phones import is_phone

LONGEST_INVOICE = 64
_MOST_RUPIAH = 999_999_999_999
_INVOICE = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_CASH_BALANCE = "250000"

# What the payment call says; the status call has words of its own.
STATUSES = {
    State.WAITING: "PENDING",
    State.PAID: "SUCCESS",
    State.FAILED: "FAILED",
    State.EXPIRED: "TIMEOUT",
    State.VOIDED: "REFUNDED",
    State.REFUNDED: "REFUNDED",
    State.CANCELED: "FAILED",
}


class RefusedError(Exception):
    """A request that is refused: HTTP status, code and words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"code": code, "message": message, "type": "invalid_request_error"}}


@dataclass(frozen=True, slots=True, repr=False)
class PaymentRequest:
    """A well-formed request for a payment, or for its void; a void need not name the phone."""

    client_id: str
    invoice: str
    amount: int
    ovo_id: str
    check_sum: str


def payment_request(body: bytes, *, names_phone: bool) -> PaymentRequest:
    """What is asked for. Raises RefusedError that names the field."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError:
        raw = None
    if not isinstance(raw, dict):
        raise _invalid("the body is no JSON object")
    order = _part(raw, "order")
    amount, invoice = order.get("amount"), order.get("invoice_number")
    if type(amount) is not int or not 0 < amount <= _MOST_RUPIAH:
        raise _invalid("order.amount: a whole number of at most 12 digits")
    if (
        not isinstance(invoice, str)
        or len(invoice) > LONGEST_INVOICE
        or _INVOICE.fullmatch(invoice) is None
    ):
        raise _invalid(f"order.invoice_number: 1 to {LONGEST_INVOICE} characters")
    ovo_id = (
        "" if not names_phone and "ovo_info" not in raw else _part(raw, "ovo_info").get("ovo_id")
    )
    if (
        not isinstance(ovo_id, str)
        or (ovo_id and not is_phone(ovo_id))
        or (names_phone and not ovo_id)
    ):
        raise _invalid("ovo_info.ovo_id: written 08...")
    client_id = _part(raw, "client").get("id")
    given = _part(raw, "security").get("check_sum")
    if not isinstance(client_id, str) or not isinstance(given, str):
        raise _invalid("client.id, security.check_sum: texts")
    return PaymentRequest(client_id, invoice, amount, ovo_id, given)


def payment_told(charge: Charge, state: State) -> dict[str, Any]:
    """The answer to a payment, or to its void."""
    payment: dict[str, Any] = {
        "date": written(charge.history[-1][0]),
        "status": STATUSES[state],
        "response_code": response_code(charge, state),
        "reference_number": charge.handle,
    }
    if state is State.PAID:
        payment |= {
            "cash_used": str(charge.amount),
            "cash_balance": _CASH_BALANCE,
            "ovo_points_used": "0",
            "ovo_points_balance": "0",
            "approval_code": charge.approval,
        }
    phone = charge.phone or ""
    return {
        "client": {"id": charge.partner.client_id},
        "order": {"invoice_number": charge.reference, "amount": charge.amount},
        "ovo_info": {"ovo_id": phone, "ovo_account_name": f"PELANGGAN UJI {phone[-4:]}"},
        "ovo_payment": payment,
    }


def status_told(charge: Charge, state: State, *, amount: int) -> dict[str, Any]:
    """What the status call and a notification say."""
    return {
        "service": {"id": "EMONEY"},
        "acquirer": {"id": "OVO"},
        "channel": {"id": "EMONEY_OVO"},
        "order": {"invoice_number": charge.reference, "amount": amount},
        "transaction": {
            "status": STATUSES[state],
            "date": written(charge.history[-1][0]),
            "original_request_id": charge.handle,
        },
    }


def response_code(charge: Charge, state: State) -> str:
    """Push to Pay's response code, which DOKU passes on (INFERRED)."""
    if state in {State.PAID, State.VOIDED}:
        return "00"
    return UNANSWERED if charge.reason is None else PUSH_CODES[charge.reason]


def written(moment: datetime) -> str:
    """The moment in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _part(raw: dict[str, Any], name: str) -> dict[str, Any]:
    value = raw.get(name)
    if not isinstance(value, dict):
        raise _invalid(f"{name}: an object")
    return value


def _invalid(message: str) -> RefusedError:
    return RefusedError(400, "invalid_parameter", message)
