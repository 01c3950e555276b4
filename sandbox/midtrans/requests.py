"""What merchants send to Midtrans, read strictly, and how it refuses."""

import re
from typing import Any

import orjson

from sandbox.phones import is_phone

LONGEST_ORDER_ID = 50
_MOST_RUPIAH = 999_999_999_999
_ORDER_ID = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)


class RefusedError(Exception):
    """A request that is refused: a status code and its words."""

    def __init__(self, code: str, message: str, *problems: str) -> None:
        super().__init__(message)
        self.code = code
        self.body: dict[str, object] = {"status_code": code, "status_message": message}
        if problems:
            self.body["validation_messages"] = list(problems)


def json_object(body: bytes) -> dict[str, Any]:
    """The body's JSON object. Raises RefusedError."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError:
        raw = None
    if not isinstance(raw, dict):
        raise invalid("the body is no JSON object")
    return raw


def charge_request(body: dict[str, Any], minimum: int) -> tuple[str, int, str]:
    """Order id, amount and phone. Raises RefusedError that names every problem."""
    details, ovo = body.get("transaction_details"), body.get("ovo")
    order_id = details.get("order_id") if isinstance(details, dict) else None
    amount = details.get("gross_amount") if isinstance(details, dict) else None
    phone = ovo.get("payer_phone_number") if isinstance(ovo, dict) else None
    problems = []
    if body.get("payment_type") != "ovo":
        problems.append("payment_type is not supported")
    right = isinstance(order_id, str) and _ORDER_ID.fullmatch(order_id) is not None
    if not right or len(str(order_id)) > LONGEST_ORDER_ID:
        problems.append("transaction_details.order_id is required")
    if type(amount) is not int or not minimum <= amount <= _MOST_RUPIAH:
        problems.append("transaction_details.gross_amount is not a valid number")
    if not is_phone(phone):
        problems.append("ovo.payer_phone_number is not valid")
    if problems:
        raise invalid(*problems)
    assert isinstance(amount, int)
    return str(order_id), amount, str(phone)


def invalid(*problems: str) -> RefusedError:
    """What a malformed request gets."""
    return RefusedError("400", "One or more parameters in the payload is invalid.", *problems)
