"""The cells of a settlement file: each text is what it says, or a fault that repeats none of it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from domain.errors import InvalidValue
from domain.msisdn import BULLETS, Msisdn
from domain.rules import WIB

LONGEST_CELL = 200
"""Characters; an amount has at most as many digits."""
_GROUPED = r"[1-9][0-9]{0,2}(?:(?P<group>[.,])[0-9]{3})(?:(?P=group)[0-9]{3})*"
_AMOUNT = re.compile(
    rf"(?P<sign>[-\u2212]?)(?:Rp\.? ?)?(?P<whole>{_GROUPED}|[0-9]+)"
    r"(?:(?P<mark>[.,])(?P<fraction>[0-9]{1,2}))?",
    re.ASCII,
)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,63}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_MASKED = re.compile(r".*[\u2022*xX]{2,}([0-9]{4})", re.ASCII)
_AS_SENT = "read the file as the provider sent it: a spreadsheet program changes what it saves"


class BadCell(ValueError):
    """A cell that is not what its column says: why, and what to do."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


def rupiah(text: str) -> int:
    """`50000`, `50.000`, `50,000`, `50000.00`, `50.000,00`, `-50000`, `Rp 50.000`: exact, any size.

    Three digits behind a point or comma are thousands, one or two are a fraction, which has to be
    zero. Raises BadCell.
    """
    found = _AMOUNT.fullmatch(text) if len(text) <= LONGEST_CELL else None
    if found is None or (found["mark"] is not None and found["mark"] == found["group"]):
        raise BadCell("is no amount of rupiah", "it is written 50000, 50.000 or 50000.00")
    if (found["fraction"] or "0").strip("0"):
        raise BadCell(
            "has a fraction of a rupiah", "ask the provider which whole amount was settled"
        )
    amount = int(re.sub("[.,]", "", found["whole"]))
    return -amount if found["sign"] else amount


def moment(text: str, forms: Sequence[str]) -> datetime:
    """A time in one of these forms (strptime), of Jakarta unless it has an offset; in UTC.

    Raises BadCell.
    """
    for form in forms if len(text) <= LONGEST_CELL else ():
        try:
            told = datetime.strptime(text, form)  # noqa: DTZ007 - Jakarta's, where it has no offset
            return (told if told.tzinfo else told.replace(tzinfo=WIB)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    example = datetime(2026, 11, 23, 10, 15, 30, tzinfo=WIB).strftime(forms[0])
    raise BadCell(f"is no time such as {example}", _AS_SENT)


def word(text: str) -> str:
    """A reference or code: 1 to 64 letters, digits and `. _ / : -`. Raises BadCell."""
    if not _WORD.fullmatch(text):
        raise BadCell("is no reference", _AS_SENT)
    return text


def number(text: str) -> int:
    """A number of at most nine digits, zeros before it or not. Raises BadCell."""
    if not _NUMBER.fullmatch(text):
        raise BadCell("is no number", _AS_SENT)
    return int(text)


def customer(text: str) -> str | None:
    """`08••••••1234` of a phone number, whole or masked in any way; nothing of anything else."""
    try:
        return Msisdn.parse(text).masked
    except InvalidValue:
        tail = _MASKED.fullmatch(text[:LONGEST_CELL])
        return f"08{BULLETS}{tail[1]}" if tail else None
