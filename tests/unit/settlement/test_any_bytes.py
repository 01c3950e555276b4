"""No bytes make a reader of settlement files raise anything but its own error, or lose a row."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.outbound.settlement_csv import CsvSettlement
from application.ports import SettlementReader, SettlementUnreadable
from bootstrap.offers import known, settlement_reader
from bootstrap.settings import Settings
from domain.settlement import LineKind, SettlementFile
from tests.unit.settlement.builders import FORM, TITLES, a_body, a_refund, a_row

READERS = {name: settlement_reader(Settings(), name) for name in known()}
every = pytest.mark.parametrize("name", READERS)
CELL = st.text(max_size=12) | st.sampled_from(
    ["payment", "refund", "TOTAL", "50000", "-50000", "750", "83", "49167", "A1", '"', "1.000", ""]
)


def read(reader: SettlementReader, body: bytes) -> SettlementFile | None:
    try:
        return reader.read(body)
    except SettlementUnreadable:
        return None


def header_of(name: str) -> bytes:
    reader = READERS[name]
    assert isinstance(reader, CsvSettlement)
    return ",".join(reader.columns.values()).encode() + b"\n"


@every
@given(body=st.binary(max_size=400))
def test_any_bytes_are_a_file_or_refused(name: str, body: bytes) -> None:
    read(READERS[name], body)


@every
@given(rest=st.binary(max_size=400))
def test_any_bytes_below_its_header_lose_no_row(name: str, rest: bytes) -> None:
    file = read(READERS[name], header_of(name) + rest)
    if file is not None:
        assert file.rows == len(file.lines) + len(file.bad) + (file.told is not None)
        assert all(line.keys for line in file.lines)


@given(st.lists(st.lists(CELL, min_size=1, max_size=10), max_size=8))
def test_every_row_is_a_line_or_a_bad_line(rows: list[list[str]]) -> None:
    out = StringIO()
    csv.writer(out).writerows([TITLES, *rows])
    file = read(FORM, out.getvalue().encode("utf-8", "surrogatepass"))
    if file is None:  # a lone surrogate is no UTF-8, and a NUL no text
        assert any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in out.getvalue())
        return
    numbers = [line.number for line in file.lines] + [each.number for each in file.bad]
    assert len(set(numbers)) == len(numbers) == file.rows - (file.told is not None)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_good_lines_are_read_whatever_stands_between_them(kinds: list[tuple[bool, bool]]) -> None:
    rows, sum_, good = [], 0, 0
    for number, (is_good, is_refund) in enumerate(kinds):
        row = a_refund(f"R{number}") if is_refund else a_row(f"P{number}")
        if is_good:
            sum_ += -50_000 if is_refund else 50_000
            good += 1
        else:
            row[3] = '"' if is_refund else "much"
        rows.append(row)
    file = FORM.read(a_body(*rows))
    assert (len(file.lines), len(file.bad), file.sums.gross) == (good, len(kinds) - good, sum_)
    assert file.sums_of(LineKind.PAYMENT).gross + file.sums_of(LineKind.REFUND).gross == sum_
