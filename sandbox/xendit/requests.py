"""What merchants send to Xendit, read strictly, and how it refuses."""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.phones import in_local_form, is_phone
from sandbox.xendit.plan import XenditPlan

LONGEST_REFERENCE = 255
_ABROAD = re.compile(r"\+628[0-9]+", re.ASCII)


class RefusedError(Exception):
    """A request that is refused: HTTP status, error code and words."""

    def __init__(self, status: int, error_code: str, message: str) -> None:
        super().__init__(error_code)
        self.status = status
        self.body = {"error_code": error_code, "message": message}


@dataclass(frozen=True, slots=True, repr=False)
class ChargeRequest:
    """A well-formed request for a charge."""

    reference: str
    amount: int
    phone: str
    metadata: dict[str, Any] | None


def invalid(message: str) -> RefusedError:
    """What a malformed request gets."""
    return RefusedError(400, "API_VALIDATION_ERROR", message)


def json_object(body: bytes) -> dict[str, Any]:
    """The body's JSON object. Raises RefusedError."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise invalid("the body is no JSON") from None
    if not isinstance(raw, dict):
        raise invalid("the body is no JSON object")
    return raw


def reference_of(body: dict[str, Any], name: str = "reference_id") -> str:
    """The merchant's own reference. Raises RefusedError."""
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_REFERENCE:
        raise invalid(f"{name}: a text of 1 to {LONGEST_REFERENCE} characters")
    return value


def charge_request(body: dict[str, Any], plan: XenditPlan) -> ChargeRequest:
    """What is asked for. Raises RefusedError."""
    reference = reference_of(body)
    if body.get("currency") != "IDR":
        raise RefusedError(400, "UNSUPPORTED_CURRENCY", "currency: IDR for ID_OVO")
    amount = body.get("amount")
    least, most = plan.minimum_amount, plan.maximum_amount
    if type(amount) is not int or not least <= amount <= most:
        raise invalid(f"amount: a whole number between {least} and {most}")
    if body.get("checkout_method") != "ONE_TIME_PAYMENT":
        raise invalid("checkout_method: ONE_TIME_PAYMENT")
    if body.get("channel_code") != "ID_OVO":
        raise invalid("channel_code: ID_OVO")
    properties, metadata = body.get("channel_properties"), body.get("metadata")
    number = properties.get("mobile_number") if isinstance(properties, dict) else None
    phone = in_local_form(number)
    if not isinstance(number, str) or _ABROAD.fullmatch(number) is None or not is_phone(phone):
        raise invalid("channel_properties.mobile_number: written +628...")
    if metadata is not None and not isinstance(metadata, dict):
        raise invalid("metadata: an object")
    return ChargeRequest(reference, amount, str(phone), metadata)
