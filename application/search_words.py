"""How text is found: the words that a text is found by, those that a question asks for, and where.

One reading for every index, so that all of them find the same.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_WORD = 64
MOST_BEGINNINGS = 8
"""Of one piece of text without spaces: `a-b-c` is found by `a-b-c`, `b-c` and `c`."""
MOST_WANTED = 8
"""Words of one question; the rest is not looked at."""
_GROUPED = re.compile(r"(?:rp\.?)?([0-9]{1,3}(?:[.,][0-9]{3})+)", re.ASCII | re.IGNORECASE)
_RUN = re.compile("[^_]+")
_CURRENCY = frozenset({"rp", "rp.", "idr"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word asked for: it begins a word of the text, or is a number or code of it, whole."""

    beginning: str
    wholes: tuple[str, ...]


def normal(text: str) -> str:
    """Lower case, and `_` for all but letters and digits: as many characters as before."""
    if text.isascii():
        return text.translate(_ASCII)
    return "".join(_plain(character) for character in text)


def composed(text: str) -> str:
    """The text with each letter and its accents as one character, where there is one."""
    return unicodedata.normalize("NFC", text)


def beginnings(text: str) -> Sequence[str]:
    """The words that a text is found by the beginning of."""
    words = []
    for piece in text.split():
        rest = normal(piece).strip("_")
        for _ in range(MOST_BEGINNINGS):
            if not rest:
                break
            words.append(rest[:LONGEST_WORD].rstrip("_"))
            rest = rest.partition("_")[2].lstrip("_")
    return words


def wanted(question: str) -> Sequence[Wanted]:
    """The words that a question asks for, each of which must be found."""
    words: dict[str, Wanted] = {}
    for piece in composed(question).split():
        plain = normal(piece).strip("_")[:LONGEST_WORD]
        if plain and piece.lower() not in _CURRENCY:
            grouped = _GROUPED.fullmatch(piece)
            amount = re.sub("[.,]", "", grouped[1]) if grouped else plain
            wholes = dict.fromkeys((plain, amount, amount.lstrip("0") or "0"))
            words[plain] = Wanted(plain, tuple(wholes))
    return tuple(words.values())[:MOST_WANTED]


def places(text: str, words: Sequence[Wanted], *, whole: bool) -> Sequence[tuple[int, int]]:
    """Where these words are found in the text: [from, to) of each place, in order, apart."""
    plain = normal(text)
    found: list[tuple[int, int]] = []
    for start in _starts(plain):
        length = max((_length(plain, start, word, whole=whole) for word in words), default=0)
        if length and (not found or found[-1][1] <= start):
            found.append((start, start + length))
    return found


def _length(plain: str, start: int, word: Wanted, *, whole: bool) -> int:
    if not whole:
        return len(word.beginning) if plain.startswith(word.beginning, start) else 0
    part = plain[start:].partition("_")[0]
    return len(part) if part in word.wholes or part.lstrip("0") in word.wholes else 0


def _plain(character: str) -> str:
    if not character.isalnum():
        return "_"
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _starts(plain: str) -> Sequence[int]:
    """Where each run of letters and digits begins."""
    return [run.start() for run in _RUN.finditer(plain)]


_ASCII = "".join(_plain(chr(code)) for code in range(128))
"""What nearly every text is made of, at once."""
