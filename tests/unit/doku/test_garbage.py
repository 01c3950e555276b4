"""Whatever comes instead of an answer: never an exception, never a decision about money."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.doku.codes import Operation
from adapters.outbound.doku.messages import outcome
from domain.outcome import Approved, Doubt, Unknown
from tests.unit.cases import for_each
from tests.unit.doku.builders import CLIENT, a_charge, a_status, an_answer, an_error
from tests.unit.gateways.builders import REFERENCE, as_body
from tests.unit.noise import objects, some_of

GARBAGE = [
    *(b"", b" ", b"OK", b"null", b"[]", b"{}", b"{", b'"SUCCESS"', b"[" * 60_000),
    b"<html><body>502 Bad Gateway</body></html>",
    b'{"error":"Not Found"}',
    b'{"error":{}}',
    b'{"ovo_payment":"SUCCESS","transaction":["SUCCESS"]}',
    b'{"ovo_payment":{"status":null},"transaction":{"status":["SUCCESS"]}}',
    b'{"ovo_payment":{"status":"SUCCESS","status":"FAILED"}}',
    b"\xff\xfe\x00\x01",
    as_body(an_answer())[:-1],
    as_body(a_status()) * 2,
]


@for_each("operation", Operation)
def test_garbage_is_no_answer(operation: Operation) -> None:
    for body in GARBAGE:
        for http_status in (200, 400, 404, 500):
            told = outcome(operation, a_charge(), http_status, body)
            assert told == Unknown(Doubt.GARBAGE), body[:40]


def judge(operation: Operation, http_status: int, body: bytes) -> None:
    """Holds for any bytes at all: no refusal, and a success of our own charge alone."""
    told = outcome(operation, a_charge(), http_status, body)
    assert isinstance(told, Unknown | Approved)
    if isinstance(told, Approved):
        found = json.loads(body.decode("utf-8-sig", "replace"))
        block = "ovo_payment" if operation in {Operation.PAYMENT, Operation.VOID} else "transaction"
        gives = {Operation.VOID: {"SUCCESS", "REFUNDED"}, Operation.VOID_CHECK: {"REFUNDED"}}
        assert found[block]["status"] in gives.get(operation, {"SUCCESS"})
        assert found["order"]["invoice_number"] == REFERENCE
        assert float(found["order"]["amount"]) == 50_000


operations = st.sampled_from(Operation)
http = st.sampled_from([200, 400, 401, 404, 500])
words = some_of("SUCCESS", "FAILED", "TIMEOUT", "REFUNDED", REFERENCE, CLIENT, "50000", 50_000, 0)
INSIDE = ["status", "invoice_number", "amount", "id", "code", "message", "date"]
NAMES = sorted({*an_answer(), *a_status(), "error"})


@settings(deadline=None)
@given(operations, http, st.binary(max_size=300))
def test_random_bytes(operation: Operation, http_status: int, body: bytes) -> None:
    judge(operation, http_status, body)


@settings(max_examples=150, deadline=None)
@given(operations, http, objects(NAMES, words, most=4, inside=INSIDE))
def test_an_answer_with_some_fields_replaced(
    operation: Operation, http_status: int, changes: dict[str, object]
) -> None:
    judge(operation, http_status, as_body(an_answer() | a_status() | changes))
    judge(operation, http_status, as_body(an_error() | changes))


@settings(deadline=None)
@given(operations, st.integers(0, 500), st.binary(min_size=1, max_size=3))
def test_an_answer_with_some_bytes_overwritten(operation: Operation, at: int, noise: bytes) -> None:
    body = as_body(an_answer() | a_status())
    judge(operation, 200, body[:at] + noise + body[at + len(noise) :])
