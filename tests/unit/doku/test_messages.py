"""What is said to DOKU, how it is signed, and when its answers are believed."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from adapters.outbound.doku.codes import Operation
from adapters.outbound.doku.messages import outcome, payment_body
from adapters.outbound.doku.signature import (
    check_sum,
    header_signature,
    read_timestamp,
    request_timestamp,
)
from domain.errors import InvalidValue
from domain.outcome import Approved, Doubt, Outcome, Unknown
from tests.unit.cases import for_each
from tests.unit.doku.builders import CLIENT, SECRET, a_charge, a_status, an_answer
from tests.unit.gateways.builders import ABSENT, NOON_UTC, PHONE, REFERENCE, as_body, word

BY_THE_RECIPE = "5f1f8428d5bb8c624b4893d0d16064d9a7a80de9ab1fa93c6a716d7bb775de78"
PRINTED = "c3cad18f3fcac29d44165fa6b7a01b09e305d1e75caec163181cf5101b91e18e"


def paid(**changes: object) -> Outcome:
    return outcome(Operation.PAYMENT, a_charge(), 200, as_body(an_answer(**changes)))


def asked(**changes: object) -> Outcome:
    return outcome(Operation.STATUS, a_charge(), 200, as_body(a_status(**changes)))


def test_the_check_sum_follows_the_recipe_and_not_the_printed_example() -> None:
    made = check_sum(
        amount=10_000,
        client_id=CLIENT,
        invoice="INV-20210115-0001",
        ovo_id="081211111111",
        secret_key=SECRET,
    )
    assert made == BY_THE_RECIPE
    assert made != PRINTED


def test_a_payment_is_the_documents_body_with_its_check_sum() -> None:
    made = check_sum(
        amount=50_000, client_id=CLIENT, invoice=REFERENCE, ovo_id=PHONE, secret_key=SECRET
    )
    assert json.loads(payment_body(a_charge())) == {
        "client": {"id": CLIENT},
        "order": {"invoice_number": REFERENCE, "amount": 50_000},
        "ovo_info": {"ovo_id": PHONE},
        "security": {"check_sum": made},
    }


def test_without_a_phone_there_is_no_payment() -> None:
    with pytest.raises(InvalidValue, match=r"^phone: "):
        payment_body(a_charge(phone=None))


def test_the_header_signature_is_over_its_components_line_by_line() -> None:
    common = {
        "client_id": CLIENT,
        "request_id": "r-1",
        "timestamp": "2026-11-23T05:00:00Z",
        "target": "/orders/v1/status/X",
        "secret_key": SECRET,
    }
    lines = (
        f"Client-Id:{CLIENT}\nRequest-Id:r-1\nRequest-Timestamp:2026-11-23T05:00:00Z\n"
        "Request-Target:/orders/v1/status/X"
    )
    digest = b64encode(hashlib.sha256(b'{"a": 1}').digest()).decode()
    for body, signed in ((None, lines), (b'{"a": 1}', f"{lines}\nDigest:{digest}")):
        mac = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
        expected = "HMACSHA256=" + b64encode(mac).decode()
        assert header_signature(**common, body=body) == expected


def test_time_stamps_are_utc_and_need_a_zone() -> None:
    assert request_timestamp(NOON_UTC) == "2026-11-23T05:00:00Z"
    assert read_timestamp("2026-11-23T05:00:00Z") == NOON_UTC
    assert read_timestamp("2026-11-23T12:00:00+07:00") == NOON_UTC
    early = "0001-01-01T00:00:00+23:59"
    for wrong in ("", "now", "2026-11-23T05:00:00", "1763874000", early):
        assert read_timestamp(wrong) is None


def test_a_success_keeps_what_it_is_known_by_and_no_balance() -> None:
    found = paid()
    assert found == Approved(
        "SUCCESS 00",
        {
            "approval_code": "410315",
            "reference_number": "38",
            "cash_used": 40_000,
            "points_used": 10_000,
        },
        "PASIEN UJI",
        f"doku:{CLIENT}:{REFERENCE}",
    )
    assert "987654321" not in repr(found)
    assert "123454321" not in repr(found)


def test_a_success_that_is_asked_about_is_the_same_charge() -> None:
    found = asked()
    assert isinstance(found, Approved)
    by_payment = paid()
    assert isinstance(by_payment, Approved)
    assert found.evidence == by_payment.evidence
    assert found.charged_at == datetime(2026, 11, 23, 5, 0, 30, tzinfo=UTC)


ORDERS = [
    {"invoice_number": "01JYHB1GEJFRZRMJTWDNZ8Z6GC", "amount": 50_000},
    {"invoice_number": 7, "amount": 50_000},
    {"invoice_number": REFERENCE, "amount": 50_001},
    {"invoice_number": REFERENCE, "amount": "50000.5"},
    {"invoice_number": REFERENCE, "amount": []},
]


@for_each("order", ORDERS)
def test_what_speaks_of_another_charge_or_amount_is_a_mismatch(order: dict[str, object]) -> None:
    assert paid(order=order) == Unknown(Doubt.MISMATCH, "SUCCESS 00", alarm=True)
    for status in ("SUCCESS", "FAILED", "REFUNDED", "EXPIRED"):
        assert asked(status=status, order=order) == Unknown(Doubt.MISMATCH, status, alarm=True)


@pytest.mark.parametrize("client", [{"id": "MCH-OTHER"}, {"id": 5}, {"id": {}}], ids=str)
def test_another_merchants_success_is_a_mismatch(client: object) -> None:
    assert word(paid(client=client)) == "unknown mismatch SUCCESS 00 alarm"


@for_each(
    "order",
    [ABSENT, {}, {"invoice_number": REFERENCE}, {"amount": 50_000}, "x", None],
)
def test_a_success_that_does_not_carry_what_it_is_of_is_a_mismatch(order: object) -> None:
    assert word(paid(order=order)) == "unknown mismatch SUCCESS 00 alarm"
    assert word(asked(order=order)) == "unknown mismatch SUCCESS alarm"


def test_a_void_says_nothing_of_a_payer() -> None:
    found = outcome(Operation.VOID, a_charge(), 200, as_body(an_answer()))
    assert isinstance(found, Approved)
    assert (found.payer_name, found.evidence) == (None, None)
