"""What the wallet refuses, and with which code."""

from typing import Any

import orjson
import pytest

from tests.unit.cases import for_each
from tests.unit.sandbox.builders import (
    CHECK,
    CHECK_VOID,
    INQUIRY,
    PUSH,
    REVERSAL,
    VOID,
    Bench,
    a_message,
    headers_for,
    without,
)

FIELDS = (
    "amount",
    "date",
    "referenceNumber",
    "tid",
    "mid",
    "merchantId",
    "storeCode",
    "appSource",
    "transactionRequestData",
    "batchNo",
    "merchantInvoice",
    "phone",
    "type",
    "processingCode",
)


@for_each(
    "wrong",
    [
        {"app-id": "nobody"},
        {"app-id": ""},
        {"random": "12345"},
        {"hmac": "0" * 64},
        {"hmac": ""},
        {"hmac": headers_for()["hmac"].upper()},
    ],
)
def test_a_wrong_header_is_63(wrong: dict[str, str]) -> None:
    bench = Bench()
    call = bench.send_raw(orjson.dumps(a_message()), headers_for() | wrong)
    assert bench.answer(call)["responseCode"] == "63"
    assert bench.status(call) == 400


def test_the_signed_body_is_refused_or_taken_as_the_mode_says() -> None:
    body = orjson.dumps(a_message(phone="081200000001"))
    signed = headers_for(body, signs_body=True)
    for mode, code in (("app_random", "63"), ("app_random_body", "00"), ("either", "00")):
        bench = Bench(hmac_mode=mode)
        assert bench.answer(bench.send_raw(body, signed))["responseCode"] == code


@for_each("operation", [PUSH, CHECK, CHECK_VOID, VOID])
@for_each("name", FIELDS)
def test_a_missing_field_is_br(operation: tuple[str, str], name: str) -> None:
    assert Bench().code(without(a_message(operation), name)) == "BR"


def test_a_reversal_needs_no_phone_but_everything_else() -> None:
    assert Bench().code(without(a_message(REVERSAL), "phone")) == "25"
    assert Bench().code(a_message(REVERSAL) | {"transactionRequestData": None}) == "BR"
    nulled = a_message(REVERSAL)
    nulled["transactionRequestData"]["phone"] = None
    assert Bench().code(nulled) == "BR"
    for name in set(FIELDS) - {"phone"}:
        assert Bench().code(without(a_message(REVERSAL), name)) == "BR"


@for_each(
    "field",
    [
        {"amount": "50000"},
        {"amount": 50000.0},
        {"amount": 0.5},
        {"amount": True},
        {"amount": None},
        {"amount": 10**12},
        {"amount": 10**18},
        {"date": "2026-11-23 10:15:30.12"},
        {"date": "2026-11-23 10:15:30.123456"},
        {"date": "2026-11-23T10:15:30.123"},
        {"date": "2026-02-30 10:15:30.123"},
        {"date": "2026-11-23 24:00:00.000"},
        {"date": "2026-11-23 10:15:30.123 "},
        {"date": 20261123},
        {"type": 200},
        {"type": "200"},
        {"processingCode": 40000},
        {"processingCode": "40000"},
        {"referenceNumber": "0"},
        {"referenceNumber": "1000000"},
        {"referenceNumber": 0},
        {"referenceNumber": 1_000_000},
        {"referenceNumber": "1a"},
        {"referenceNumber": ""},
        {"referenceNumber": True},
        {"referenceNumber": 1.0},
        {"batchNo": "0"},
        {"batchNo": 1_000_000},
        {"batchNo": "x"},
        {"merchantInvoice": ""},
        {"merchantInvoice": "x" * 51},
        {"merchantInvoice": 5},
        {"merchantInvoice": "a\nb"},
        {"phone": "+6281298765432"},
        {"phone": "6281298765432"},
        {"phone": "81298765432"},
        {"phone": "0812-9876-5432"},
        {"phone": "0801234567"},
        {"phone": "081234"},
        {"phone": "081234567890123"},
        {"phone": 81298765432},
        {"phone": ""},
        {"tid": 300001},
        {"tid": ""},
        {"mid": None},
        {"merchantId": 1},
        {"storeCode": []},
        {"appSource": "EDC"},
        {"appSource": "pos"},
        {"transactionRequestData": []},
        {"transactionRequestData": None},
    ],
)
def test_a_malformed_field_is_br(field: dict[str, Any]) -> None:
    bench = Bench()
    assert bench.code(a_message(**{"amount": 50_000, **field})) == "BR"
    assert len(bench.wallet.book) == 0


@for_each("body", [b"", b"[]", b"null", b'"x"', b"{", b"\xff", b'{"type":NaN}'])
def test_what_is_no_json_object_is_br(body: bytes) -> None:
    bench = Bench()
    assert bench.answer(bench.send_raw(body, headers_for()))["responseCode"] == "BR"


def test_another_content_type_is_br() -> None:
    bench = Bench()
    call = bench.send_raw(orjson.dumps(a_message()), headers_for(), is_json=False)
    assert bench.answer(call)["responseCode"] == "BR"


@for_each(
    "operation", [("0400", "020040"), ("0200", "050000"), ("0100", "000000"), ("0210", "040000")]
)
def test_an_unknown_operation_is_96(operation: tuple[str, str]) -> None:
    assert Bench().code(a_message(operation)) == "96"


@for_each(
    "field",
    [
        {"tid": "99999999"},
        {"mid": "0010000000XX001"},
        {"merchantId": "7654321"},
        {"storeCode": "OTHER"},
    ],
)
@for_each("operation", [PUSH, REVERSAL, VOID, CHECK, CHECK_VOID, INQUIRY])
def test_a_strange_terminal_is_eb(operation: tuple[str, str], field: dict[str, Any]) -> None:
    assert Bench().code(a_message(operation, **field)) == "EB"


@for_each(("amount", "code"), [(0, "13"), (-1, "13"), (999, "67"), (1000, "00")])
def test_too_small_an_amount_is_13_or_67(amount: int, code: str) -> None:
    bench = Bench(minimum_amount=1000, behaviour="approve")
    assert bench.code(a_message(amount=amount)) == code


@pytest.mark.parametrize("reference", ["1", "000001", 1])
def test_references_are_taken_as_text_or_number(reference: object) -> None:
    bench = Bench(behaviour="approve")
    answer = bench.ask(a_message(referenceNumber=reference, batchNo=reference))
    assert answer["referenceNumber"] == 1
    assert answer["transactionRequestData"]["batchNo"] == "000001"


@pytest.mark.parametrize(("switch", "code"), [({}, "94"), ({"duplicate_code": "40"}, "40")])
def test_used_references_or_a_used_invoice_are_a_duplicate(
    switch: dict[str, Any], code: str
) -> None:
    bench = Bench(behaviour="decline", **switch)
    assert bench.code(a_message()) == "17"
    assert bench.code(a_message()) == code
    assert bench.code(a_message(number=2, merchantInvoice="TMC-000001")) == code
    assert bench.code(a_message(number=1, merchantInvoice="TMC-000009")) == code
    assert bench.code(a_message(number=1, merchantInvoice="TMC-000010", batchNo="5")) == "17"
    assert bench.wallet.book.latest(2)[1].times_heard == 4


def test_failures_are_http_400_or_200_as_the_scenario_says() -> None:
    for status in (400, 200, 422):
        bench = Bench(failure_http_status=status, behaviour="17")
        assert bench.status(bench.send(a_message())) == status
        assert bench.status(bench.send(a_message(amount="1"))) == status
        assert bench.status(bench.send(a_message(INQUIRY))) == 200


def test_a_refusal_echoes_what_it_can_and_holds_no_receipt() -> None:
    answer = Bench().ask(a_message(amount="50000"))
    assert answer["type"] == "0210"
    assert answer["amount"] == 0
    assert answer["referenceNumber"] == 1
    assert "transactionResponseData" not in answer
    assert "approvalCode" not in answer
