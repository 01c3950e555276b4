"""The quick way to read a body sees what the careful one sees, or leaves it to it."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.inbound.http import bodies
from adapters.inbound.http.bodies import _plain_object
from tests.unit.cases import for_each

TEXT = st.text(max_size=8)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
VALUES = PLAIN | st.dictionaries(TEXT, PLAIN, max_size=3) | st.lists(PLAIN, max_size=2)
MEMBERS = st.lists(st.tuples(st.sampled_from("abc:"), VALUES), max_size=4)


def carefully(raw: bytes) -> Any:
    try:
        return bodies._DECODER.decode(raw.decode())
    except ValueError:
        return None


def exactly(value: object) -> str:
    """A value with its types: 1, 1.0 and True are three."""
    return repr(value)


@given(MEMBERS, st.booleans())
def test_whatever_is_read_quickly_is_what_is_there(
    members: list[tuple[str, object]], spaced: bool
) -> None:
    colon = " : " if spaced else ":"
    inside = ",".join(f"{json.dumps(name)}{colon}{json.dumps(value)}" for name, value in members)
    raw = f"{{{inside}}}".encode()
    quickly = _plain_object(raw)
    if quickly is not None:
        assert exactly(quickly) == exactly(carefully(raw))


@for_each(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":":","b":1}',
        b'{"a":{"b":"1","b":"1"}}',
        b'{"a":{"b":{"c":"1","c":"1"}}}',
        b'{"a":[{"b":1,"b":1}]}',
        b'{"a":"\\u003a","a":""}',
        b'{"a":18446744073709551616}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        b'{"a":1} x',
        b"[]",
        b"",
    ],
)
def test_what_is_not_plain_is_left_to_the_careful_way(raw: bytes) -> None:
    assert _plain_object(raw) is None


@pytest.mark.parametrize(
    "raw", [b'{"a":-0}', b' {"a":-1,\n"b":18446744073709551615} ', b'{"a":"\\u0000\\n/\xc3\xa9"}']
)
def test_what_is_plain_is_read_alike(raw: bytes) -> None:
    assert exactly(_plain_object(raw)) == exactly(carefully(raw))


def test_the_usual_request_is_plain() -> None:
    usual = {"order_id": "o", "amount": 5, "customer": {"id": "p"}, "metadata": {"a": "b"}}
    assert _plain_object(orjson.dumps(usual)) == usual
