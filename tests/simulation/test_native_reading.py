"""OVO's JSON is read by a compiled simulation as the product reads it."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.outbound.ovo.reading import read
from simulation.native import reading

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=6)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=4), VALUES))
def test_what_is_written_is_read_the_same(fields: dict[str, object]) -> None:
    for body in (
        json.dumps(fields).encode(),
        json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        ),
        json.dumps(fields, indent=1).encode(),
    ):
        assert reading.read(body) == read(body)


@given(st.binary(max_size=40))
def test_garbage_is_read_the_same(body: bytes) -> None:
    assert reading.read(body) == read(body)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"7", b"null", b'{"a":1,"a":2}', b'{"a":{"b":1,"b":2}}', b'{"a":-0}',
        b'{"a":1.50}', b'{"a":1e2}', b'{"a":NaN}', b'{"a":007}', b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}', b'{"a":[1,2]}', b'{"a":{"b":{"c":1}}}', b'{"a":true,"b":null}',
        b'{"a":123456789012345678901234567890}', b'{"a":"\\ud800"}', b' {"a":1}', b'{"a":1} ',
    ],
)  # fmt: skip
def test_odd_answers_are_read_the_same(body: bytes) -> None:
    assert reading.read(body) == read(body)
    assert repr(reading.read(body)) == repr(read(body))


def test_numbers_are_texts_and_the_rest_is_as_it_was() -> None:
    fields = {"amount": 50_000, "type": "0210", "inner": {"batch": 7, "name": None}, "yes": True}
    assert reading.read(orjson.dumps(fields)) == {
        "amount": "50000", "type": "0210", "inner": {"batch": "7", "name": None}, "yes": True,
    }  # fmt: skip
