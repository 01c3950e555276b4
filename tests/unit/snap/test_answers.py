"""SNAP's JSON is read whatever it is, and its amounts to the rupiah."""

import pytest

from adapters.outbound.snap_answer import SnapAnswer, amount_of, rupiah_of
from domain.errors import InvalidValue
from domain.money import Money
from tests.unit.cases import for_each


def answer(text: str) -> SnapAnswer:
    found = SnapAnswer.parse(text.encode())
    assert found is not None
    return found


@for_each(
    "body",
    [
        *(b"", b"null", b"[]", b'"x"', b"12", b"{", b'{"a":1,}', b"\xff\xfe", b"[" * 100_000),
        b'{"responseCode":"2004700","responseCode":"4034714"}',
        b'{"amount":{"value":"1.00","value":"2.00"}}',
    ],
)
def test_what_is_no_one_answer_is_none(body: bytes) -> None:
    assert SnapAnswer.parse(body) is None


@for_each(
    ("written", "kind"),
    [
        ('"2004700"', "200 00"),
        ("2004700", "200 00"),
        ('"20047000"', "200 00"),
        ('"4094701"', "409 01"),
        ('"504470"', None),
        ('"200470000"', None),
        ('"6004700"', None),
        ('"200x700"', None),
        ("null", None),
        ("[]", None),
    ],
)
def test_the_code_is_http_service_and_case(written: str, kind: str | None) -> None:
    code = answer(f'{{"responseCode":{written}}}').code
    assert (code and code.kind) == kind
    assert code is None or (code.service, str(code)) == ("47", written.strip('"')[:7])


def test_texts_are_short_printable_and_never_blank() -> None:
    found = answer(
        '{"a":" x\\u0000\\u202ey ","b":"  ","c":null,"d":5,"e":["x"],"f":"' + "z" * 999 + '"}'
    )
    assert [found.text(name) for name in "abcdeg"] == ["xy", None, None, "5", None, None]
    assert found.text("f") == "z" * 100
    assert repr(found) == "SnapAnswer()"


@for_each(
    ("value", "currency", "rupiah"),
    [
        ("10000.00", "IDR", 10_000),
        ("10000", "IDR", 10_000),
        ("0.00", "IDR", 0),
        ("9007199254740993.00", "IDR", 9_007_199_254_740_993),
        ("10000.01", "IDR", None),
        ("10000.000", "IDR", None),
        ("010000.00", "IDR", None),
        ("1e4", "IDR", None),
        ("-1.00", "IDR", None),
        ("10.000,00", "IDR", None),
        ("", "IDR", None),
        ("10000.00", "USD", None),
        ("10000.00", "", None),
    ],
)
def test_an_amount_is_whole_rupiah_or_nothing(
    value: str, currency: str, rupiah: int | None
) -> None:
    assert rupiah_of({"value": value, "currency": currency}) == rupiah


@for_each("amount", [None, "10000.00", 10_000, [], {"value": "1.00"}])
def test_what_is_no_amount_is_nothing(amount: object) -> None:
    assert rupiah_of(amount) is None


@for_each("rupiah", [0, 1, 50_000, 9_999_999_999_999_999])
def test_an_amount_is_written_with_exactly_two_decimals_and_comes_back(rupiah: int) -> None:
    written = amount_of(Money(rupiah))
    assert written == {"value": f"{rupiah}.00", "currency": "IDR"}
    assert rupiah_of(written) == rupiah


def test_an_amount_that_snap_cannot_write_is_refused() -> None:
    with pytest.raises(InvalidValue, match="amount"):
        amount_of(Money(10**16))
