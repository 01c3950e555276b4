"""A settlement file keeps every row, and its sums are exact."""

from dataclasses import replace

import pytest

from domain.errors import InvalidValue
from domain.settlement import BadLine, LineKind, SettlementFile, SettlementLine, Sums
from tests.builders import NOON
from tests.unit.cases import for_each

LARGE = 9_007_199_254_740_993
"""The first whole number that a float cannot hold."""
SALE = SettlementLine(
    number=2, kind=LineKind.PAYMENT, gross=50_000, fee=750, vat=83, net=49_167, at=NOON
)
BACK = replace(SALE, number=3, kind=LineKind.REFUND, gross=-20_000, fee=-300, vat=-33, net=-19_667)
BAD = BadLine(4, None, "is no row", "ask again")


def a_file(*lines: SettlementLine, rows: int, bad: tuple[BadLine, ...] = ()) -> SettlementFile:
    return SettlementFile("ovo", "0" * 64, rows, lines, bad)


def test_sums_are_exact_where_a_float_is_not() -> None:
    huge = [replace(SALE, number=n, gross=LARGE, fee=0, vat=0, net=LARGE) for n in (2, 3, 4)]
    assert Sums.of(huge) == Sums(3, 3 * LARGE, 0, 0, 3 * LARGE)
    assert Sums.of([]) == Sums(0, 0, 0, 0, 0)


def test_what_went_back_lowers_the_sums_and_stands_by_itself_too() -> None:
    file = a_file(SALE, BACK, rows=2)
    assert file.sums == Sums(2, 30_000, 450, 50, 29_500)
    assert file.sums_of(LineKind.REFUND, LineKind.VOID) == Sums.of([BACK])


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_a_row_that_is_lost_or_counted_twice_is_noticed(rows: int) -> None:
    a_file(SALE, BACK, rows=3, bad=(BAD,))
    with pytest.raises(ValueError, match="lost, or counted twice"):
        a_file(SALE, BACK, rows=rows, bad=(BAD,))


def test_the_totals_row_is_a_row_too() -> None:
    file = a_file(SALE, rows=1)
    with pytest.raises(ValueError, match="lost, or counted twice"):
        replace(file, told=Sums(1, 50_000, 750, 83, 49_167))
    replace(file, rows=2, told=Sums(1, 50_000, 750, 83, 49_167))


def test_one_row_is_not_told_as_two() -> None:
    with pytest.raises(ValueError, match="told twice"):
        a_file(SALE, replace(BACK, number=2), rows=2)
    with pytest.raises(ValueError, match="told twice"):
        a_file(SALE, rows=2, bad=(replace(BAD, number=2),))


@for_each(
    ("changes", "field"),
    [
        ({"net": 49_168}, "net"),
        ({"fee": 751}, "net"),
        ({"gross": 0, "net": -833}, "gross"),
        ({"gross": -50_000, "net": -50_833}, "gross"),
        ({"kind": LineKind.REFUND}, "gross"),
        ({"kind": LineKind.VOID}, "gross"),
    ],
)
def test_amounts_that_contradict_each_other_are_no_line(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        replace(SALE, **changes)  # type: ignore[arg-type]  # any field, by its name
    assert refused.value.field == field
