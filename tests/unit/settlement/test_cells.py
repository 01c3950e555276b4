"""The cells of a settlement file: exact rupiah, times of Jakarta, masked phones."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.outbound.settlement_cells import (
    LONGEST_CELL,
    BadCell,
    customer,
    moment,
    number,
    rupiah,
    word,
)
from tests.unit.cases import for_each

FORMS = ("%Y-%m-%d %H:%M:%S",)
LARGE = 9_007_199_254_740_993


@for_each(
    ("text", "amount"),
    [
        ("0", 0),
        ("50000", 50_000),
        ("000050000", 50_000),
        ("50.000", 50_000),
        ("50,000", 50_000),
        ("1.000", 1_000),
        ("1.250.000", 1_250_000),
        ("10000.00", 10_000),
        ("10000,0", 10_000),
        ("1.000,00", 1_000),
        ("1,000.00", 1_000),
        ("10.00", 10),
        ("-50.000", -50_000),
        ("\N{MINUS SIGN}50000", -50_000),
        ("Rp 50.000", 50_000),
        ("-Rp50.000", -50_000),
        (str(LARGE), LARGE),
        (f"{LARGE:,}", LARGE),
        ("9" * LONGEST_CELL, int("9" * LONGEST_CELL)),
    ],
)
def test_an_amount_is_whole_rupiah_however_it_is_written(text: str, amount: int) -> None:
    assert rupiah(text) == amount


@for_each("text", ["10000.50", "0.5", "50.000,01", "1,000.10"])
def test_a_fraction_of_a_rupiah_is_told(text: str) -> None:
    with pytest.raises(BadCell, match="fraction of a rupiah"):
        rupiah(text)


@for_each(
    "text",
    [
        *("", "-", "Rp", "abc", "5e4", "0x10", "50 000", "1.0000", "10000.000", "1.000.00"),
        *("1,000,00", "1.00.000", "0.000", "--1", "+1", "50000-", "(50000)", ".5", "5.", "1_000"),
        *("\N{ARABIC-INDIC DIGIT FIVE}", "9" * (LONGEST_CELL + 1), "50000\n1"),
    ],
)
def test_what_could_be_read_in_two_ways_is_no_amount(text: str) -> None:
    with pytest.raises(BadCell, match="no amount of rupiah"):
        rupiah(text)


@given(st.integers(min_value=-(10**60), max_value=10**60), st.sampled_from([".", ",", ""]))
def test_every_amount_is_read_as_it_was_written(amount: int, group: str) -> None:
    assert rupiah(f"{amount:,}".replace(",", group)) == amount


def test_a_time_without_an_offset_is_jakartas() -> None:
    assert moment("2026-11-23 00:15:30", FORMS) == datetime(2026, 11, 22, 17, 15, 30, tzinfo=UTC)
    with_offset = ("%Y-%m-%dT%H:%M:%S%z",)
    assert moment("2026-11-23T00:15:30Z", with_offset) == datetime(
        2026, 11, 23, 0, 15, 30, tzinfo=UTC
    )


@for_each(
    "text",
    [
        "",
        "2026-11-23",
        "23/11/2026 00:15:30",
        "2026-02-30 00:00:00",
        "0001-01-01 00:00:00",
        "x" * 999,
    ],
)
def test_what_is_no_such_time_is_told_with_an_example(text: str) -> None:
    with pytest.raises(BadCell, match="no time such as 2026-11-23 10:15:30"):
        moment(text, FORMS)


@for_each("text", ["LN-01JYHB1GEJ", "ewc_2026", "a/b:c.d", "0", "A" * 64])
def test_a_reference_is_itself(text: str) -> None:
    assert word(text) == text


@for_each("text", ["", "Siti Rahayu", "=A1", "1.23E+15", "é", "A" * 65, "-x", "a\nb"])
def test_what_is_no_reference_is_told(text: str) -> None:
    with pytest.raises(BadCell, match="no reference"):
        word(text)


def test_a_number_has_at_most_nine_digits() -> None:
    assert number("000123") == 123
    for wrong in ("", "-1", "1.0", "1234567890", "\N{ARABIC-INDIC DIGIT FIVE}"):
        with pytest.raises(BadCell, match="no number"):
            number(wrong)


@for_each(
    ("text", "shown"),
    [
        ("081234567890", "08••••••7890"),
        ("+62 812-3456-7890", "08••••••7890"),
        ("81234567890", "08••••••7890"),
        ("08••••••7890", "08••••••7890"),
        ("********7890", "08••••••7890"),
        ("62812XXXX7890", "08••••••7890"),
        ("Siti Rahayu", None),
        ("7890", None),
        ("", None),
    ],
)
def test_of_a_customer_four_digits_are_shown_and_no_name(text: str, shown: str | None) -> None:
    assert customer(text) == shown


@given(st.text(max_size=300))
def test_no_text_is_more_than_a_bad_cell(text: str) -> None:
    for read in (rupiah, word, number, lambda told: moment(told, FORMS)):
        with suppress(BadCell):
            read(text)
    assert (customer(text) or "08••••••0000").startswith("08••••••")
