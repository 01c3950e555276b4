"""Xendit's answers and webhooks about one charge."""

from application.ports import Charge
from tests.unit.gateways import builders
from tests.unit.gateways.builders import REFERENCE, REFUND, fields

SECRET, TOKEN = "xnd_development_TESTKEY", "callback-token-1"
CREDENTIALS = {"api_key": SECRET, "callback_token": TOKEN}
REQUEST, PAYMENT = "pr-1fdaf346-dd2e-4b6c-b938-124c7167a822", "py-9a1b"
METHOD = {"type": "EWALLET", "reusability": "ONE_TIME_USE", "ewallet": {"channel_code": "OVO"}}


def a_charge(**changes: object) -> Charge:
    return builders.a_charge("xendit", CREDENTIALS, **changes)


def an_answer(status: object = "SUCCEEDED", **changes: object) -> dict[str, object]:
    """The payment request of `a_charge`, as a charge and a question are answered."""
    told: dict[str, object] = {
        "id": REQUEST,
        "reference_id": REFERENCE,
        "business_id": "5f27a14a9bf05c73dd040bc8",
        "amount": 50_000,
        "currency": "IDR",
        "country": "ID",
        "status": status,
        "failure_code": None,
        "payment_method": METHOD,
        "created": "2026-11-23T05:00:01Z",
    }
    return fields(told, changes)


def a_webhook(
    status: object = "SUCCEEDED", *, event: str | None = None, **changes: object
) -> dict[str, object]:
    """What Xendit tells of the payment that the payment request led to."""
    payment = an_answer(status) | {"id": PAYMENT, "payment_request_id": REQUEST}
    named = {"SUCCEEDED": "payment.succeeded", "FAILED": "payment.failed"}
    return {
        "event": event or named.get(str(status), "payment.pending"),
        "business_id": "5f27a14a9bf05c73dd040bc8",
        "created": "2026-11-23T05:00:31Z",
        "data": fields(payment, changes),
    }


CHARGE = "ewc_532as23lew2321id"


def an_ewallet(status: object = "SUCCEEDED", **changes: object) -> dict[str, object]:
    """The charge of `a_charge` by the older API."""
    told: dict[str, object] = {
        "id": CHARGE,
        "business_id": "5f27a14a9bf05c73dd040bc8",
        "reference_id": REFERENCE,
        "status": status,
        "currency": "IDR",
        "charge_amount": 50_000,
        "capture_amount": 50_000,
        "refunded_amount": None,
        "checkout_method": "ONE_TIME_PAYMENT",
        "channel_code": "ID_OVO",
        "channel_properties": {"mobile_number": "+6281200000001"},
        "actions": None,
        "is_redirect_required": False,
        "callback_url": "https://hooks.example",
        "void_status": None,
        "failure_code": None,
        "created": "2026-11-23T05:00:01Z",
    }
    return fields(told, changes)


def an_ewallet_webhook(status: object = "SUCCEEDED", **changes: object) -> dict[str, object]:
    return {
        "event": "ewallet.capture",
        "business_id": "5f27a14a9bf05c73dd040bc8",
        "created": "2026-11-23T05:00:31Z",
        "data": an_ewallet(status, **changes),
    }


def an_error(code: object) -> dict[str, object]:
    return {"error_code": code, "message": "told in words", "errors": []}


def a_refund(status: object = "SUCCEEDED", **changes: object) -> dict[str, object]:
    told: dict[str, object] = {
        "id": "rfd-1",
        "payment_request_id": REQUEST,
        "reference_id": REFUND.refund_id,
        "amount": 20_000,
        "currency": "IDR",
        "channel_code": "OVO",
        "status": status,
        "failure_code": None,
    }
    return fields(told, changes)


def listed(*items: object, more: bool = False) -> dict[str, object]:
    return {"data": list(items), "has_more": more}
