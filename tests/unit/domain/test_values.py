"""Money, phone numbers, ids and clocks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValue
from domain.ids import RANDOM_BYTES, IdKind, crockford, new_id
from domain.moment import AttemptClocks, Moment
from domain.money import Money
from domain.msisdn import Msisdn, without_numbers
from tests.unit.cases import for_each

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)


@for_each("wrong", [1.0, "1", True, None, -1])
def test_money_is_a_whole_number_of_rupiah(wrong: object) -> None:
    with pytest.raises(InvalidValue):
        Money(wrong)  # type: ignore[arg-type]  # the point of the test


def test_sums_beyond_what_a_float_can_hold_stay_exact() -> None:
    assert (Money(9_007_199_254_740_993) + Money(1)).rupiah == 9_007_199_254_740_994
    assert str(Money(1_250_000)) == "Rp 1.250.000"


def test_money_never_goes_below_nothing() -> None:
    with pytest.raises(InvalidValue):
        Money(1) - Money(2)


@for_each(
    "spelling",
    [
        "081234567890",
        "0812 3456 7890",
        "0812-3456-7890",
        "(0812) 3456.7890",
        "+6281234567890",
        "6281234567890",
        "+62081234567890",
        "62 0 812 3456 7890",
        "81234567890",
        "+62 812\u20113456\u20137890",
    ],
)
def test_every_usual_spelling_means_the_same_number(spelling: str) -> None:
    assert Msisdn.parse(spelling).digits == "081234567890"


@for_each(
    "wrong",
    [
        "",
        "0813",
        "080123456789",
        "02112345678",
        "+6512345678",
        "08123456789012",
        "08x2345678901",
        "٠٨١٢٣٤٥٦٧٨٩٠",
        "0812345678901234567890" * 10,
        "081234567890" + " " * 40 + "1",
    ],
)
def test_anything_else_is_refused_without_being_repeated(wrong: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        Msisdn.parse(wrong)
    assert refused.value.field == "phone"
    assert not wrong or wrong not in str(refused.value)


@for_each(
    ("said", "kept"),
    [
        ("call 081234567890 back", "call 08••••••7890 back"),
        ("+62 812-3456-7890.", "08••••••7890."),
        ("62 812 3456 7890 or (0813) 1111 2222", "08••••••7890 or (08••••••2222"),
        ("to +6208123456789, twice", "to 08••••••6789, twice"),
        ("slip 8123456789, Rp 50.000", "slip 8123456789, Rp 50.000"),
        ("BCA 1081234567890", "BCA 1081234567890"),
        ("order 08123456789012345", "order 08123456789012345"),
        ("23.11.2026 08:15", "23.11.2026 08:15"),
    ],
)
def test_the_numbers_in_a_text_are_masked(said: str, kept: str) -> None:
    assert without_numbers(said) == kept


def test_a_number_shows_itself_masked() -> None:
    number = Msisdn("081234567890")
    assert number.masked == str(number) == "08••••••7890"
    assert "3456" not in repr(number)
    assert f"{number}" == Msisdn("0812345690").masked.replace("5690", "7890")


@given(st.text(max_size=30))
def test_no_text_at_all_breaks_the_parser(text: str) -> None:
    try:
        number = Msisdn.parse(text)
    except InvalidValue:
        return
    assert number.digits.startswith("08")
    assert 10 <= len(number.digits) <= 13


def test_ids_tell_their_kind_sort_by_time_and_are_version_7() -> None:
    earlier = new_id(IdKind.PAYMENT, 1_000, b"\xff" * RANDOM_BYTES)
    later = new_id(IdKind.PAYMENT, 1_001, b"\x00" * RANDOM_BYTES)
    assert earlier < later
    digits = later.removeprefix("pay_")
    assert len(digits) == 32
    assert digits[12] == "7"
    assert digits[16] in "89ab"
    assert int(digits[:12], 16) == 1_001


def test_crockford_keeps_all_128_bits() -> None:
    assert crockford("att_" + "0" * 32) == "0" * 26
    assert crockford("att_" + "f" * 32) == "7" + "Z" * 25
    with pytest.raises(InvalidValue):
        crockford("att_1")
    with pytest.raises(InvalidValue):
        crockford("att_" + "g" * 32)


def test_the_published_clocks() -> None:
    clocks = AttemptClocks()
    assert clocks.answer_within == timedelta(seconds=85)
    assert clocks.horizon == timedelta(seconds=105)


@for_each(
    "wrong",
    [
        {"customer_window": timedelta(seconds=71)},
        {"wallet_answers_within": timedelta(seconds=75)},
        {"read_within": timedelta(seconds=70)},
        {"send_within": timedelta(0)},
        {"read_within": timedelta(seconds=200)},
    ],
)
def test_clocks_that_cannot_keep_the_promises_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|window"):
        AttemptClocks(**wrong)


def test_an_age_is_the_smaller_of_wall_and_boot_within_one_boot() -> None:
    began = Moment(NOON, "boot-a", timedelta(seconds=100))
    stepped = Moment(NOON + timedelta(hours=1), "boot-a", timedelta(seconds=110))
    rebooted = Moment(NOON + timedelta(minutes=5), "boot-b", timedelta(seconds=3))
    assert stepped.since(began) == timedelta(seconds=10)
    assert rebooted.since(began) == timedelta(minutes=5)
