"""A gateway's JSON is read tolerantly, and whatever comes instead is nothing."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.fields import MOST_ITEMS, Fields
from tests.unit.cases import for_each


def read(**found: object) -> Fields:
    fields = Fields.parse(json.dumps(found).encode())
    assert fields is not None
    return fields


@for_each("value", ["30000.00", "30000", 30_000, 30000.0, "30000.000000"])
def test_an_amount_is_the_same_however_it_is_written(value: object) -> None:
    assert read(a=value).whole("a") == 30_000


@for_each(
    "value",
    ["30000.50", "-1", "", " 1", "1e3", "1,000.00", "1." + "0" * 7, "9" * 19, "٣", True, {}],
)
def test_what_is_no_whole_number_of_rupiah_is_none(value: object) -> None:
    assert read(a=value).whole("a") is None


def test_null_and_blank_count_as_absent() -> None:
    fields = read(a=None, b="  ", c="x")
    assert (fields.get("a"), fields.get("b"), fields.get("c")) == (None, None, "x")
    assert fields.get("d") is None


def test_a_text_is_short_and_printable_and_a_word_is_a_code() -> None:
    fields = read(a="x\x00y" * 200, b="USER_DECLINED_PAYMENT", c="two words", d=201, e=["a"])
    told = fields.text("a")
    assert told is not None
    assert len(told) <= 100
    assert told.isprintable()
    assert [fields.word(name) for name in "abcde"] == [
        *(None, "USER_DECLINED_PAYMENT", None, "201", None)
    ]


def test_objects_and_lists_inside() -> None:
    fields = read(a={"b": 1}, c=[{"d": 2}, "noise", {"d": 3}], e="x")
    assert fields.inner("a").whole("b") == 1
    assert fields.inner("e").get("b") is None
    assert [item.whole("d") for item in fields.items("c")] == [2, 3]
    assert fields.items("e") == ()


def test_a_list_may_stand_bare_or_in_data_and_is_bounded() -> None:
    for body in (b'[{"a":1}]', b'{"data":[{"a":1}],"has_more":false}'):
        listed = Fields.parse_list(body)
        assert listed is not None
        assert [item.whole("a") for item in listed] == [1]
    assert Fields.parse_list(b"[]") == ()
    assert Fields.parse_list(b'{"a":1}') is None
    endless = Fields.parse_list(json.dumps([{"a": 1}] * (MOST_ITEMS + 1)).encode())
    assert endless is not None
    assert len(endless) == MOST_ITEMS


@for_each(
    "body",
    [b"", b"OK", b"[]", b"null", b'"a"', b'{"a":1', b'{"a":1,"a":2}', b"\xff\xfe", b"[" * 60_000],
)
def test_what_is_no_object_is_nothing(body: bytes) -> None:
    assert Fields.parse(body) is None


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_fields_or_nothing(body: bytes) -> None:
    Fields.parse(body)
    Fields.parse_list(body)
