"""Whatever comes instead of an answer: never an exception, never a decision about money."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.messages import outcome, registration
from application.ports import ProviderRefused, ProviderUnavailable
from domain.outcome import Approved, Declined, Doubt, Unknown
from tests.unit.cases import for_each
from tests.unit.noise import objects, some_of, values
from tests.unit.ovo.builders import (
    ANSWERED_AS,
    INVOICE,
    a_charge,
    an_answer,
    an_answer_to,
    as_body,
)

REFUSALS_AFTERWARDS = {"14", "17", "26", "51", "61", "65"}
REFUSALS_OF_A_PUSH = REFUSALS_AFTERWARDS | {
    *("13", "30", "56", "58", "63", "64", "67", "96", "BR", "EB")
}

MOVING = [operation for operation in Operation if operation is not Operation.INQUIRY]
GARBAGE = [
    b" ",
    b"OK",
    b"<html><body>502 Bad Gateway</body></html>",
    b"null",
    b"true",
    b"0",
    b"[]",
    b'"00"',
    b"{}",
    b"{",
    b'{"responseCode":"00"',
    b'{"responseCode":"00"}}',
    b'{"responseCode":"00","responseCode":"17"}',
    b'{"responseCode":"17","x":{"a":1,"a":2}}',
    b'{"responseCode":["00"]}',
    b'{"responseCode":{"00":1}}',
    b'{"responseCode":null}',
    b'{"responseCode":true}',
    b'{"responseCode":""}',
    b'{"responseCode":" 00"}',
    b'{"responseCode":"00\\n"}',
    b'{"responseCode":"081200000001"}',
    b'{"responseCode":NaN,}',
    b'{"ResponseCode":"00"}',
    b"[" * 60_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"responseCode":' + b"9" * 50_000 + b"}",
    b'{"responseCode":"17","amount":Infinity',
    b"\xff\xfe\x00\x01",
    as_body(an_answer()).decode().encode("utf-16"),
    as_body(an_answer())[:-1],
    as_body(an_answer())[:200],
    as_body(an_answer()) * 2,
]


# The bodies are gone through inside the test: as tests of their own, a thousand of them cost more
# than what they judge.
@for_each("status", [200, 400, 401, 403, 404, 500, 502])
@for_each("operation", MOVING)
def test_garbage_is_no_answer(operation: Operation, status: int) -> None:
    for body in GARBAGE:
        told = outcome(operation, a_charge(), status, body, OvoDialect())
        empty_404 = status == 404 and not body.strip()
        expected = Unknown(Doubt.EMPTY_404 if empty_404 else Doubt.GARBAGE)
        assert told == expected, body[:40]


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"\n"])
def test_only_an_empty_404_ends_the_customers_window(body: bytes) -> None:
    for status in (200, 204, 400, 401, 403, 500, 502, 504):
        told = outcome(Operation.PUSH, a_charge(), status, body, OvoDialect())
        assert told == Unknown(Doubt.GARBAGE)
    told = outcome(Operation.PUSH, a_charge(), 404, body, OvoDialect())
    assert told == Unknown(Doubt.EMPTY_404)


@for_each(
    "amount",
    [b"NaN", b"Infinity", b"1e999999999", b"9" * 60_000, b"5" + b"0" * 4 + b"." + b"0" * 60],
)
def test_numbers_that_are_none_are_a_mismatch(amount: bytes) -> None:
    body = as_body(an_answer()).replace(b'"amount": 50000', b'"amount": ' + amount)
    told = outcome(Operation.PUSH, a_charge(), 200, body, OvoDialect())
    assert told == Unknown(Doubt.MISMATCH, "00", alarm=True)


def test_a_name_in_a_strange_encoding_costs_no_success() -> None:
    body = as_body(an_answer()).replace(b"PASIEN", b"JOS\xc9")
    assert isinstance(outcome(Operation.PUSH, a_charge(), 200, body, OvoDialect()), Approved)


def test_a_byte_order_mark_is_read_over() -> None:
    body = b"\xef\xbb\xbf" + as_body(an_answer())
    assert isinstance(outcome(Operation.PUSH, a_charge(), 200, body, OvoDialect()), Approved)


def judge(operation: Operation, status: int, body: bytes) -> None:
    """Holds for any bytes at all."""
    told = outcome(operation, a_charge(), status, body, OvoDialect())
    if isinstance(told, Unknown):
        return
    fields = json.loads(body.decode("utf-8-sig", "replace"))
    if isinstance(told, Approved):
        assert fields["responseCode"] == "00"
        assert float(fields["amount"]) == 50_000
        assert int(fields["referenceNumber"]) == 123
        kind, processing_code = ANSWERED_AS[operation]
        assert int(fields["type"]) == int(kind)
        assert int(fields["processingCode"]) == int(processing_code)
        echo = fields.get("transactionRequestData") or {}
        assert echo.get("merchantInvoice") in {None, "", INVOICE}
        return
    assert isinstance(told, Declined)
    allowed = REFUSALS_OF_A_PUSH if operation is Operation.PUSH else REFUSALS_AFTERWARDS
    assert str(fields["responseCode"]) in allowed


operations = st.sampled_from(MOVING)
statuses = st.sampled_from([200, 400, 404, 500])
words = some_of(
    *("00", "17", "63", "0210", "0110", "040000", "123", "50000", "4", INVOICE),
    *("0410", "020040", "25", "54", "68", "73"),
    *(50_000, 123, 4, 17, 0),
)
NAMES = sorted(an_answer())
UNHURRIED = settings(deadline=None)


@UNHURRIED
@given(operations, statuses, st.binary(max_size=300))
def test_random_bytes(operation: Operation, status: int, body: bytes) -> None:
    judge(operation, status, body)


@settings(max_examples=80, deadline=None)
@given(operations, statuses, objects(NAMES, words, most=6))
def test_an_answer_with_some_fields_replaced(
    operation: Operation, status: int, changes: dict[str, object]
) -> None:
    judge(operation, status, as_body(an_answer_to(operation) | changes))


@UNHURRIED
@given(operations, statuses, objects(NAMES, words, most=12))
def test_an_object_of_nothing_but_noise(
    operation: Operation, status: int, fields: dict[str, object]
) -> None:
    judge(operation, status, as_body(fields))


@UNHURRIED
@given(operations, st.integers(0, 700), st.binary(min_size=1, max_size=3))
def test_an_answer_with_some_bytes_overwritten(operation: Operation, at: int, noise: bytes) -> None:
    body = as_body(an_answer_to(operation))
    judge(operation, 200, body[:at] + noise + body[at + len(noise) :])


@UNHURRIED
@given(statuses, st.binary(max_size=100) | values(words).map(as_body))
def test_an_inquiry_answers_or_says_which_kind_of_no_answer(status: int, body: bytes) -> None:
    with suppress(ProviderRefused, ProviderUnavailable):
        assert registration(status, body) in {True, False, None}
