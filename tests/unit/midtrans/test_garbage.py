"""Whatever comes instead of an answer: never an exception, never a decision about money."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.midtrans.codes import DENIED, Operation
from adapters.outbound.midtrans.messages import outcome, refund_check_outcome, refund_outcome
from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Unknown
from tests.unit.cases import for_each
from tests.unit.gateways.builders import REFERENCE, REFUND, as_body
from tests.unit.midtrans.builders import TRANSACTION, a_charge, a_refund_answer, an_answer
from tests.unit.noise import objects, some_of

GARBAGE = [
    *(b"", b" ", b"OK", b"null", b"[]", b"{}", b"{", b'"200"', b"[" * 60_000),
    b"<html><body>502 Bad Gateway</body></html>",
    b'{"status_code":"200"',
    b'{"status_code":null,"transaction_status":"settlement"}',
    b'{"status_code":["200"],"transaction_status":"settlement"}',
    b'{"status_code":"200","status_code":"202"}',
    b'{"Status_Code":"200"}',
    b"\xff\xfe\x00\x01",
    as_body(an_answer())[:-1],
    as_body(an_answer()) * 2,
]


@for_each("operation", Operation)
def test_garbage_is_no_answer(operation: Operation) -> None:
    for body in GARBAGE:
        assert outcome(operation, a_charge(), body) == Unknown(Doubt.GARBAGE), body[:40]
        assert refund_outcome(a_charge(), REFUND, body) == Unknown(Doubt.GARBAGE)
        assert refund_check_outcome(a_charge(), REFUND, body) == Unknown(Doubt.GARBAGE)


def judge(operation: Operation, body: bytes) -> None:
    """Holds for any bytes at all."""
    told = outcome(operation, a_charge(), body)
    refund_check_outcome(a_charge(), REFUND, body)
    refunded = refund_outcome(a_charge(), REFUND, body)
    assert not isinstance(told, NotSent)
    if isinstance(refunded, Approved):
        found = json.loads(body.decode("utf-8-sig", "replace"))
        assert found["refund_key"] == REFUND.refund_id
        assert float(found["refund_amount"]) == 20_000
    if isinstance(told, Unknown):
        return
    found = json.loads(body.decode("utf-8-sig", "replace"))
    status = found.get("transaction_status")
    if isinstance(told, Approved):
        assert (status, found["status_code"]) in {("settlement", "200"), ("settlement", 200)}
        assert found["order_id"] == REFERENCE
        assert float(found["gross_amount"]) == 50_000
        return
    if isinstance(told, Accepted):
        assert status == "pending"
        return
    assert isinstance(told, Declined)
    if status:
        assert status == "deny"
        assert found.get("channel_response_code") is None or told.code.split()[-1] in DENIED
    else:
        assert operation is Operation.CHARGE


operations = st.sampled_from([Operation.CHARGE, Operation.STATUS, Operation.NOTIFICATION])
words = some_of(
    *("200", "201", "202", "404", "406", "50000.00", REFERENCE, TRANSACTION, 200, 50_000),
    *("settlement", "pending", "deny", "expire", "cancel", "refund", "17", "68"),
)
NAMES = sorted({*an_answer(), *a_refund_answer(), "channel_response_code", "refunds"})


@settings(deadline=None)
@given(operations, st.binary(max_size=300))
def test_random_bytes(operation: Operation, body: bytes) -> None:
    judge(operation, body)


@settings(max_examples=150, deadline=None)
@given(operations, objects(NAMES, words, most=6))
def test_an_answer_with_some_fields_replaced(
    operation: Operation, changes: dict[str, object]
) -> None:
    judge(operation, as_body(a_refund_answer() | changes))
    judge(operation, as_body(an_answer() | changes))


@settings(deadline=None)
@given(operations, objects(NAMES, words, most=12))
def test_an_object_of_nothing_but_noise(operation: Operation, found: dict[str, object]) -> None:
    judge(operation, as_body(found))


@settings(deadline=None)
@given(operations, st.integers(0, 600), st.binary(min_size=1, max_size=3))
def test_an_answer_with_some_bytes_overwritten(operation: Operation, at: int, noise: bytes) -> None:
    body = as_body(an_answer())
    judge(operation, body[:at] + noise + body[at + len(noise) :])
