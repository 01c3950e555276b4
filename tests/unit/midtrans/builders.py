"""Midtrans's answers and notifications about one charge."""

from application.ports import Charge
from tests.unit.gateways import builders
from tests.unit.gateways.builders import PHONE, REFERENCE, REFUND, fields

SERVER_KEY = "SB-Mid-server-TESTKEY"
CREDENTIALS = {"server_key": SERVER_KEY}
TRANSACTION = "447e846a-403e-47db-a5da-d7f3f06375d6"


def a_charge(**changes: object) -> Charge:
    return builders.a_charge("midtrans", CREDENTIALS, **changes)


def an_answer(
    status: object = "settlement", code: object = "200", **changes: object
) -> dict[str, object]:
    """What Midtrans says of the charge of `a_charge`."""
    told: dict[str, object] = {
        "status_code": code,
        "status_message": "Success, transaction is found",
        "transaction_id": TRANSACTION,
        "order_id": REFERENCE,
        "merchant_id": "M004123",
        "gross_amount": "50000.00",
        "currency": "IDR",
        "payment_type": "ovo",
        "transaction_time": "2026-11-23 12:00:01",
        "transaction_status": status,
        "fraud_status": "accept",
        "expiry_time": "2026-11-23 12:01:06",
        "payer_phone_number": PHONE,
        "merchant_invoice": "INV20261123001",
    }
    return fields(told, changes)


def a_word(code: str, message: str = "No transaction") -> dict[str, object]:
    """An answer without a transaction."""
    return {"status_code": code, "status_message": message, "id": "f1"}


def a_refund_answer(status: str = "partial_refund", **changes: object) -> dict[str, object]:
    return an_answer(
        status,
        refund_key=REFUND.refund_id,
        refund_amount="20000.00",
        refund_chargeback_id=183700,
        **changes,
    )


def a_listed(**changes: object) -> dict[str, object]:
    """A refund as the status lists it."""
    told: dict[str, object] = {
        "refund_chargeback_id": 183700,
        "refund_amount": "20000.00",
        "created_at": "2026-11-23 12:16:16",
        "refund_key": REFUND.refund_id,
    }
    return fields(told, changes)
