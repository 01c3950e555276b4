"""A settlement file of any shape: each row is one line or one bad line, or the file is refused."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.outbound import settlement_csv, settlement_text
from adapters.outbound.settlement_csv import Column, CsvSettlement
from application.ports import LARGEST_SETTLEMENT_FILE, SettlementUnreadable
from domain.settlement import LineKind, SettlementFile, SettlementLine, Sums
from tests.unit.cases import for_each
from tests.unit.settlement.builders import AT, FORM, TITLES, a_body, a_refund, a_row

PAID = SettlementLine(
    number=2,
    kind=LineKind.PAYMENT,
    gross=50_000,
    fee=750,
    vat=83,
    net=49_167,
    at=datetime(2026, 11, 23, 3, 15, 30, tzinfo=UTC),
    reference="A1",
    keys=(("kilat:A1",),),
)


def references(file: SettlementFile) -> list[str | None]:
    return [line.reference for line in file.lines]


def bad(file: SettlementFile) -> list[tuple[int, str | None]]:
    return [(each.number, each.column) for each in file.bad]


def refused(body: bytes, form: CsvSettlement = FORM) -> str:
    with pytest.raises(SettlementUnreadable) as why:
        form.read(body)
    return str(why.value)


# -- shapes ---------------------------------------------------------------------------------------


def test_a_row_is_a_line_with_everything_that_it_says() -> None:
    file = FORM.read(a_body(a_row(Phone="0812 3456 7890")))
    assert file.lines == (replace(PAID, customer="08••••••7890"),)
    assert (file.provider, file.rows, file.bad, file.told) == ("kilat", 1, (), None)


def test_what_went_back_is_below_zero_and_names_its_refund() -> None:
    (line,) = FORM.read(a_body(a_refund())).lines
    assert (line.kind, line.gross, line.net) == (LineKind.REFUND, -50_000, -49_167)
    assert (line.refund, line.keys) == ("re_1", (("kilat:A1",),))


def test_a_provider_that_writes_no_signs_is_read_with_them() -> None:
    unsigned = replace(FORM, signed=False)
    plain = a_refund(Gross="50000", Fee="750", PPN="83", Net="49167")
    payment, refund = unsigned.read(a_body(a_row(), plain)).lines
    assert (payment.gross, refund.gross, refund.fee, refund.net) == (50_000, -50_000, -750, -49_167)
    assert bad(unsigned.read(a_body(a_refund()))) == [(2, "Gross")]
    assert bad(FORM.read(a_body(plain))) == [(2, "Gross")]


@for_each("separator", [",", ";", "\t", "|"])
@for_each("end", ["\r\n", "\n", "\r"])
@for_each("mark", [b"", b"\xef\xbb\xbf"])
def test_separators_line_ends_and_a_byte_order_mark_change_nothing(
    separator: str, end: str, mark: bytes
) -> None:
    body = mark + a_body(a_row("A1"), a_row("A2"), separator=separator, end=end)
    assert FORM.read(body).lines == (
        PAID,
        replace(PAID, number=3, reference="A2", keys=(("kilat:A2",),)),
    )


def test_quotes_hold_separators_quotes_and_line_breaks() -> None:
    titles = (*TITLES, "Note")
    rows = [
        [*a_row("A1", '"50,000"'), '"said ""yes"", then"'],
        [*a_row("A2"), '"two\r\nlines"'],
        [*a_row("A3"), ""],
    ]
    file = FORM.read(a_body(*rows, titles=titles))
    assert references(file) == ["A1", "A2", "A3"]
    assert [line.number for line in file.lines] == [2, 3, 5]
    assert file.bad == ()


def test_columns_stand_in_any_order_and_unknown_ones_are_kept_out() -> None:
    titles = ("Name", *reversed(TITLES), "Complaint")
    row = ["Siti Rahayu", *reversed(a_row()), "headache"]
    file = FORM.read(a_body(row, titles=titles))
    assert file.lines == (PAID,)
    assert "Siti" not in repr(file)
    assert "headache" not in repr(file)


def test_titles_are_compared_by_letters_and_digits_alone() -> None:
    titles = [title.upper().replace(" ", "_") for title in TITLES]
    assert FORM.read(a_body(a_row(), titles=titles)).lines == (PAID,)


def test_columns_that_may_be_missing_are_missed_by_nobody() -> None:
    file = FORM.read(a_body(a_row()[:-2], titles=TITLES[:-2]))
    assert file.lines == (PAID,)


def test_amounts_that_a_file_does_not_tell_are_nothing_and_its_net_follows() -> None:
    untold = (Column.FEE, Column.NET)
    columns = {column: t for column, t in FORM.columns.items() if column not in untold}
    (line,) = replace(FORM, columns=columns).read(a_body(a_row())).lines
    assert (line.gross, line.fee, line.vat, line.net) == (50_000, 0, 83, 49_917)


def test_day_and_time_may_stand_apart() -> None:
    columns = {**FORM.columns, Column.DATE: "Day", Column.TIME: "Hour"}
    form = replace(FORM, columns=columns)
    titles = ["Day" if title == "Paid at" else title for title in TITLES]
    body = a_body([*a_row(**{"Paid at": "2026-11-23"}), "10:15:30"], titles=[*titles, "Hour"])
    assert form.read(body).lines == (PAID,)


def test_blank_rows_are_no_rows() -> None:
    body = b"\r\n,,,\r\n" + a_body(a_row("A1"), [""] * 9, [" "], a_row("A2")) + b"\r\n\r\n"
    file = FORM.read(body)
    assert (references(file), file.rows) == (["A1", "A2"], 2)


def test_a_header_alone_is_a_day_without_movements() -> None:
    file = FORM.read(a_body())
    assert (file.rows, file.lines, file.sums) == (0, (), Sums())


def test_the_same_bytes_have_the_same_digest_and_others_another() -> None:
    body = a_body(a_row())
    assert FORM.read(body).digest == hashlib.sha256(body).hexdigest()
    assert FORM.read(body).digest != FORM.read(a_body(a_row("A2"))).digest


# -- totals ---------------------------------------------------------------------------------------

TOTAL = ["TOTAL", "", "50000", "750", "83", "49167", "", "", ""]


@pytest.mark.parametrize("name", ["TOTAL", "Grand Total", "Jumlah"])
def test_a_totals_row_at_the_end_is_no_line(name: str) -> None:
    file = FORM.read(a_body(a_row("A1"), a_refund("A1"), a_row("A2"), [name, *TOTAL[1:]]))
    assert (len(file.lines), file.rows, file.bad) == (3, 4, ())
    assert file.told == Sums(1, 50_000, 750, 83, 49_167)


def test_a_payment_of_somebody_called_total_is_a_line() -> None:
    titles, rows = ("Name", *TITLES), (["Siti", *a_row("A1")], ["Total", *a_row("A2")])
    file = FORM.read(a_body(*rows, titles=titles))
    assert (references(file), file.told) == (["A1", "A2"], None)


@for_each(("at", "column"), [(2, "Gross"), (3, "Fee"), (4, "PPN"), (5, "Net")])
def test_a_total_that_the_lines_do_not_add_up_to_is_a_bad_line(at: int, column: str) -> None:
    wrong = [*TOTAL[:at], "1", *TOTAL[at + 1 :]]
    file = FORM.read(a_body(a_row(), wrong))
    assert (references(file), bad(file), file.told) == (["A1"], [(3, column)], None)
    assert "lines are missing" in file.bad[0].fix


def test_a_blank_cell_of_the_total_says_nothing() -> None:
    file = FORM.read(a_body(a_row(), ["TOTAL", "", "50000", *[""] * 6]))
    assert file.told == Sums(1, 50_000, 750, 83, 49_167)


def test_with_a_bad_line_nobody_knows_what_the_total_should_be() -> None:
    wrong = [*TOTAL[:2], "100000", *TOTAL[3:]]
    file = FORM.read(a_body(a_row(), a_row("A2", "many"), wrong))
    assert bad(file) == [(3, "Gross")]
    assert file.told is not None


def test_a_total_that_is_no_amount_is_a_bad_line() -> None:
    assert bad(FORM.read(a_body(a_row(), ["TOTAL", "", "many", *[""] * 6]))) == [(3, "Gross")]


def test_two_files_that_were_joined_are_noticed() -> None:
    file = FORM.read(a_body(a_row("A1"), TOTAL, a_row("A2"), TOTAL))
    assert (references(file), bad(file)) == (["A1", "A2"], [(3, None)])


# -- bad lines ------------------------------------------------------------------------------------

SECRET = "Siti-Rahayu-081234567890"


@for_each(
    ("row", "column"),
    [
        (a_row("A2", "50000.50"), "Gross"),
        (a_row("A2", "many"), "Gross"),
        (a_row("A2", "0"), "Gross"),
        (a_row("A2", "-50000", Net="-50833"), "Gross"),
        (a_row("A2", "50001"), "Net"),
        (a_row("A2", ""), "Gross"),
        (a_row("A2", Fee="free"), "Fee"),
        (a_row("A2", PPN="1.5"), "PPN"),
        (a_row("A2", Net=""), "Net"),
        (a_row(""), "Reference"),
        (a_row("Siti Rahayu"), "Reference"),
        (a_row("A2", Type=SECRET), "Type"),
        (a_row("A2", Type=""), "Type"),
        (a_row("A2", **{"Paid at": SECRET}), "Paid at"),
        (a_row("A2", **{"Paid at": ""}), "Paid at"),
        (a_row("A2", Refund="Siti Rahayu"), "Refund"),
        (a_row("A2")[:-1], None),
        ([*a_row("A2"), SECRET], None),
        ([SECRET], None),
        (['"' + SECRET, *a_row("A2")[1:]], None),
        ([*a_row("A2")[:-1], f'"{SECRET}"y'], None),
        (["x" * 70_000], None),
    ],
)
def test_a_bad_line_is_told_and_loses_nothing_else(row: list[str], column: str | None) -> None:
    file = FORM.read(a_body(a_row("A1"), row, a_row("A3")))
    assert references(file) == ["A1", "A3"]
    assert bad(file) == [(3, column)]
    assert file.rows == 3
    told = f"{file.bad[0].problem} {file.bad[0].fix}"
    assert file.bad[0].problem
    assert file.bad[0].fix
    assert "Siti" not in told
    assert "0812" not in told


def test_a_row_with_blank_cells_too_many_is_read() -> None:
    assert references(FORM.read(a_body([*a_row(), "", ""]))) == ["A1"]


def test_a_quote_that_stays_open_takes_no_further_line_with_it() -> None:
    rows = [a_row(f"A{n}") for n in range(20)]
    for at in (3, 5, 6):
        rows[at][3] = '"' + rows[at][3]
    file = FORM.read(a_body(*rows))
    assert bad(file) == [(5, None), (7, None), (8, None)]
    assert len(file.lines) == 17


def test_lines_that_make_no_whole_row_together_are_bad_each_by_itself() -> None:
    body = a_body(a_row("A1"), ['"half'], ['a row"'], a_row("A2"))
    file = FORM.read(body)
    assert (references(file), bad(file)) == (["A1", "A2"], [(3, None), (4, None)])


def test_a_row_that_is_too_long_is_bad_whatever_is_in_it() -> None:
    rows = [[*a_row("A1"), "x" * 60_000], [*a_row("A2"), "x" * 70_000]]
    file = FORM.read(a_body(*rows, titles=(*TITLES, "Note")))
    assert (references(file), bad(file)) == (["A1"], [(3, None)])


def test_bad_lines_are_told_in_the_order_of_the_file() -> None:
    file = FORM.read(
        a_body(a_row("A1", "x"), a_row("A2"), a_row("A3", "y"), TOTAL, a_row("A4", "z"))
    )
    assert [number for number, _ in bad(file)] == [2, 4, 5, 6]


# -- refusals of the whole file -------------------------------------------------------------------


@for_each("body", [b"", b"\r\n \r\n", b"\xef\xbb\xbf", b",,,\r\n;;"])
def test_an_empty_file_is_refused(body: bytes) -> None:
    assert "is empty" in refused(body)


@for_each(
    ("body", "why"),
    [
        (a_body(a_row()).decode().encode("utf-16"), "UTF-16"),
        (a_body(a_row()) + "Café".encode("latin-1"), r"not in UTF-8 (line 3)"),
        (b"PK\x03\x04 and so on", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0 and so on", "spreadsheet"),
        (a_body(a_row("A\0")), "no text"),
        (b"Siti,Rahayu\r\n1,2\r\n", "no header"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_to_do(body: bytes, why: str) -> None:
    told = refused(body)
    assert why in told
    assert "Siti" not in told


def test_a_missing_column_is_named() -> None:
    titles = ["Nett" if title == "Net" else title for title in TITLES]
    assert "has no column Net:" in refused(a_body(a_row(), titles=titles))


def test_a_column_that_stands_twice_is_named() -> None:
    assert "the column Net twice" in refused(a_body([*a_row(), "1"], titles=(*TITLES, "NET")))


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    assert "larger than 64 MiB" in refused(b"x" * (LARGEST_SETTLEMENT_FILE + 1))


def test_a_file_of_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement_csv, "MOST_SETTLEMENT_ROWS", 3)
    assert len(FORM.read(a_body(*[a_row()] * 3)).lines) == 3
    assert "more than" in refused(a_body(*[a_row()] * 4))
    monkeypatch.setattr(settlement_text, "MOST_LINES", 3)
    assert "more than" in refused(a_body() + b"\n" * 4)


def test_a_form_that_could_tell_no_movement_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="kilat needs gross"):
        replace(FORM, columns={Column.KIND: "Type", Column.DATE: AT})
    with pytest.raises(ValueError, match="kilat needs date"):
        replace(FORM, optional=frozenset({Column.DATE}))
