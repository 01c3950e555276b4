"""A settlement file as text: any bytes become numbered rows of cells, or one refusal."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from application.ports import (
    LARGEST_SETTLEMENT_FILE,
    MOST_SETTLEMENT_ROWS,
    SettlementUnreadable,
)

MOST_LINES = 2 * MOST_SETTLEMENT_ROWS
"""Of text, the blank ones too."""
LONGEST_ROW = 64 * 1024
"""Characters."""
MOST_CONTINUED = 8
"""Lines that a cell with line breaks may go on for: a stray quote is looked no further for."""
SEPARATORS = ",;\t|"
TOO_MANY = f"has more than {MOST_SETTLEMENT_ROWS:,} rows: ask for it in parts, such as day by day"
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx and .xls begin."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Table:
    """A file below its header: its lines from `start` on, and what each row is cut by.

    `places` are the titles that were looked for and found; a row has `width` cells.
    """

    lines: Sequence[str]
    start: int
    separator: str
    places: Mapping[str, int]
    width: int

    def rows(self) -> Iterator[tuple[int, Sequence[str] | None]]:
        """Each row that is not blank: its number, and its cells where they can be told apart."""
        at = self.start
        while at < len(self.lines):
            cells, used = self._row(at)
            if cells is None or any(cells):
                yield at + 1, cells
            at += used

    def _row(self, at: int) -> tuple[Sequence[str] | None, int]:
        """The row at that line, and how many lines it takes.

        A quote that stays open may belong to a cell with a line break in it, or be a fault of this
        line alone: it takes more lines only where they make a whole row, and are none themselves.
        """
        cells = _split(self.lines[at], self.separator)
        if cells is not None or '"' not in self.lines[at]:
            return cells, 1
        for end in range(at + 2, min(at + 1 + MOST_CONTINUED, len(self.lines)) + 1):
            if self.lines[end - 1].count(self.separator) >= self.width - 1:
                break
            joined = _split("\n".join(self.lines[at:end]), self.separator)
            if joined is not None:
                return (joined, end - at) if len(joined) == self.width else (None, 1)
        return None, 1


def table(body: bytes, titles: Sequence[str]) -> Table:
    """The file cut by the separator under which its first row holds most of these titles.

    Titles are compared as `plain` has them. Raises SettlementUnreadable for what is no text, has
    none of them, or one of them twice.
    """
    lines = _lines(body)
    head = next((n for n, line in enumerate(lines) if line.strip(SEPARATORS + ' "')), None)
    if head is None:
        raise SettlementUnreadable("is empty: ask for it again")
    wanted = {plain(title): title for title in titles}
    cuts = {mark: [plain(c) for c in _split(lines[head], mark) or ()] for mark in SEPARATORS}
    separator = max(cuts, key=lambda mark: len(wanted.keys() & set(cuts[mark])))
    named = cuts[separator]
    if not wanted.keys() & set(named):
        raise SettlementUnreadable(
            f"has no header that is known: its first row names its columns, such as {titles[0]}"
        )
    if twice := [title for key, title in wanted.items() if named.count(key) > 1]:
        raise SettlementUnreadable(f"has the column {twice[0]} twice: ask for it again")
    places = {title: named.index(key) for key, title in wanted.items() if key in named}
    return Table(lines, head + 1, separator, places, len(named))


def plain(title: str) -> str:
    """A title by its letters and digits alone."""
    return re.sub(r"[\W_]+", "", title.casefold())


def _lines(body: bytes) -> Sequence[str]:
    if len(body) > LARGEST_SETTLEMENT_FILE:
        most = LARGEST_SETTLEMENT_FILE // 1024 // 1024
        raise SettlementUnreadable(f"is larger than {most} MiB: ask for it in parts")
    if body.startswith(_SPREADSHEETS):
        raise SettlementUnreadable("is a spreadsheet: have it exported as CSV in UTF-8")
    if body.startswith(_UTF_16):
        raise SettlementUnreadable("is in UTF-16: have it exported as CSV in UTF-8")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = body.count(b"\n", 0, wrong.start) + 1
        raise SettlementUnreadable(
            f"is not in UTF-8 (line {line}): have it exported as CSV in UTF-8"
        ) from None
    if "\0" in text:
        raise SettlementUnreadable("is no text: have it exported as CSV in UTF-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MOST_LINES:
        raise SettlementUnreadable(TOO_MANY)
    return text.split("\n")


def _split(text: str, separator: str) -> Sequence[str] | None:
    if len(text) > LONGEST_ROW:
        return None
    try:
        rows = list(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error:
        return None
    return [cell.strip() for cell in rows[0]] if rows else []
