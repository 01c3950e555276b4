"""The command line's page: its synopses, and each way in which they may be typed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from tests.integration.house import ROOT

Words = tuple[str, ...]
PAGE = (ROOT / "docs/cli.md").read_text()
ROWS = re.findall(r"^\| `lunas ([^`]+)` \|", PAGE, re.M)
ELSEWHERE = re.findall(r"(?<!^\| )`lunas ([^`]+)`", PAGE, re.M)
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.S | re.M)
WRITES_SOURCES = "provider new"
"""Tried in a copy of the repository (test_provider_kit.py), not in this one."""
OPERATORS = ("pay check", "pay refund", "pay resolve", "pay dossier", "refunds", "exceptions")
"""Their commands are tried at a desk of their own, on money in every state."""


def named(words: Words) -> str:
    """The command without its arguments and options."""
    return " ".join(takewhile(lambda word: word.isalpha() and word.islower(), words))


def variants(synopsis: str) -> list[Words]:
    """A synopsis of the page without what is optional, and with each option by itself.

    What may be repeated (`[…]…`) is given twice; an option inside another's brackets needs it.
    Each of the choices (`a\\|b`) is tried once, and else the first.
    """
    found, rest = _variants(re.findall(r"\[|\]…|\]|[^\s\[\]]+", synopsis.replace("\\|", "|")))
    assert not rest, synopsis
    return list(_chosen(found))


def lines() -> list[Words]:
    """Every way in which a command of the page may be typed, in the page's order."""
    found = [words for row in [*ROWS, *ELSEWHERE] for words in variants(row)]
    return [words for words in found if named(words) != WRITES_SOURCES or "--help" in words]


def is_an_operators(words: Words) -> bool:
    """Whether the command is tried on money in every state."""
    return named(words).startswith(OPERATORS)


def _chosen(found: Iterable[Words]) -> Iterator[Words]:
    tried: set[str] = set()
    for words in found:
        fresh = [word for word in words if "|" in word and word not in tried]
        tried |= set(fresh)
        yield _first(words)
        for word in fresh:
            for other in word.split("|")[1:]:
                yield _first(tuple(other if each == word else each for each in words))


def _first(words: Words) -> Words:
    return tuple(word.partition("|")[0] for word in words)


def _variants(tokens: Sequence[str]) -> tuple[list[Words], Sequence[str]]:
    required: Words = ()
    optional: list[Words] = []
    while tokens and not tokens[0].startswith("]"):
        token, tokens = tokens[0], tokens[1:]
        if token == "[":
            inner, tokens = _variants(tokens)
            optional += [words * 2 if tokens[0] == "]…" else words for words in inner]
            tokens = tokens[1:]
        else:
            required = (*required, token)
    return [required, *(required + words for words in optional)], tokens
