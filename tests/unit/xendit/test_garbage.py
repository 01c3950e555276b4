"""Whatever comes instead of an answer: never an exception, never a decision about money."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.xendit.api import PAYMENT_REQUESTS
from adapters.outbound.xendit.codes import FAILED, Operation
from adapters.outbound.xendit.messages import listed_outcome, outcome
from adapters.outbound.xendit.refunds import refund_check_outcome, refund_outcome
from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Unknown
from tests.unit.gateways.builders import REFERENCE, REFUND, as_body
from tests.unit.noise import objects, some_of
from tests.unit.xendit.builders import REQUEST, a_charge, a_refund, an_answer, an_error

GARBAGE = [
    *(b"", b" ", b"OK", b"null", b"{}", b"{", b'"SUCCEEDED"', b"[" * 60_000),
    b"<html><body>502 Bad Gateway</body></html>",
    b'{"status":null}',
    b'{"status":["SUCCEEDED"]}',
    b'{"status":"SUCCEEDED","status":"FAILED"}',
    b'{"error_code":["X"],"status":"SUCCEEDED"}',
    b'{"error_code":"two words"}',
    b"\xff\xfe\x00\x01",
    as_body(an_answer())[:-1],
    as_body(an_answer()) * 2,
]


@pytest.mark.parametrize("operation", [Operation.CHARGE, Operation.STATUS])
def test_garbage_is_no_answer(operation: Operation) -> None:
    for body in GARBAGE:
        nothing = Unknown(Doubt.GARBAGE)
        assert outcome(PAYMENT_REQUESTS, operation, a_charge(), body) == nothing, body[:40]
        assert listed_outcome(PAYMENT_REQUESTS, a_charge(), body) == nothing, body[:40]
        assert refund_outcome(a_charge(), REFUND, body) == nothing, body[:40]
        assert refund_check_outcome(a_charge(), REFUND, body) == nothing, body[:40]


def judge(operation: Operation, body: bytes) -> None:
    """Holds for any bytes at all."""
    listed_outcome(PAYMENT_REQUESTS, a_charge(), body)
    refund_check_outcome(a_charge(), REFUND, body)
    refunded = refund_outcome(a_charge(), REFUND, body)
    told = outcome(PAYMENT_REQUESTS, operation, a_charge(), body)
    assert not isinstance(told, NotSent)
    if isinstance(told, Unknown) and isinstance(refunded, Unknown):
        return
    found = json.loads(body.decode("utf-8-sig", "replace"))
    if isinstance(refunded, Approved):
        assert found["status"] == "SUCCEEDED"
        assert found["reference_id"] == REFUND.refund_id
        assert float(found["amount"]) == 20_000
    match told:
        case Approved():
            assert (found["status"], found["reference_id"]) == ("SUCCEEDED", REFERENCE)
            assert float(found["amount"]) == 50_000
        case Accepted():
            assert found["status"] in {"PENDING", "REQUIRES_ACTION"}
        case Declined():
            refused = found.get("status") == "FAILED" and found.get("failure_code") in FAILED
            assert refused or operation is Operation.CHARGE


operations = st.sampled_from([Operation.CHARGE, Operation.STATUS])
words = some_of(
    *("SUCCEEDED", "FAILED", "PENDING", REFERENCE, REQUEST, REFUND.refund_id, 50_000, 20_000),
    *("API_VALIDATION_ERROR", "USER_DECLINED_PAYMENT", "50000", "IDR", "OVO"),
)
NAMES = sorted({*an_answer(), *a_refund(), *an_error("X"), "data", "has_more"})


@settings(deadline=None)
@given(operations, st.binary(max_size=300))
def test_random_bytes(operation: Operation, body: bytes) -> None:
    judge(operation, body)


@settings(max_examples=150, deadline=None)
@given(operations, objects(NAMES, words, most=5))
def test_an_answer_with_some_fields_replaced(
    operation: Operation, changes: dict[str, object]
) -> None:
    judge(operation, as_body(an_answer() | changes))
    judge(operation, as_body(a_refund() | changes))
    judge(operation, as_body({"data": [an_answer() | changes, a_refund() | changes]}))


@settings(deadline=None)
@given(operations, st.integers(0, 500), st.binary(min_size=1, max_size=3))
def test_an_answer_with_some_bytes_overwritten(operation: Operation, at: int, noise: bytes) -> None:
    body = as_body(an_answer())
    judge(operation, body[:at] + noise + body[at + len(noise) :])
