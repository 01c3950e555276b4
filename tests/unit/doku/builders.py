"""DOKU's answers and notifications about one charge."""

from application.ports import Charge
from tests.unit.gateways import builders
from tests.unit.gateways.builders import PHONE, REFERENCE, fields

CLIENT, SECRET = "MCH-0001-10791114622547", "SK-9sCrJ1kdYUJAYlsJKlqz"
CREDENTIALS = {"client_id": CLIENT, "secret_key": SECRET}


def a_charge(**changes: object) -> Charge:
    return builders.a_charge("doku", CREDENTIALS, **changes)


def an_answer(status: object = "SUCCESS", **changes: object) -> dict[str, object]:
    """What DOKU says to the payment (or its void) of `a_charge`; `payment` changes its block."""
    block: dict[str, object] = {
        "status": status,
        "response_code": "00",
        "cash_used": "40000",
        "ovo_points_used": "10000",
        "cash_balance": "987654321",
        "ovo_points_balance": "123454321",
        "approval_code": "410315",
        "reference_number": 38,
    }
    changed = changes.pop("payment", {})
    assert isinstance(changed, dict)
    told: dict[str, object] = {
        "client": {"id": CLIENT},
        "order": {"invoice_number": REFERENCE, "amount": 50_000},
        "ovo_info": {"ovo_id": PHONE, "ovo_account_name": "PASIEN UJI"},
        "ovo_payment": fields(block, changed),
    }
    return fields(told, changes)


def a_status(status: object = "SUCCESS", **changes: object) -> dict[str, object]:
    """What DOKU says when it is asked, and what it tells by itself."""
    told: dict[str, object] = {
        "order": {"invoice_number": REFERENCE, "amount": 50_000},
        "transaction": {"status": status, "date": "2026-11-23T05:00:30Z"},
        "service": {"id": "EMONEY"},
        "acquirer": {"id": "OVO"},
        "channel": {"id": "EMONEY_OVO"},
    }
    return fields(told, changes)


def an_error(
    code: str | None = None, message: str = "Invalid Header Signature"
) -> dict[str, object]:
    told = {"message": message} if code is None else {"code": code, "message": message}
    return {"error": told}
