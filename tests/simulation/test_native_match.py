"""`match` written as a chain of `if`, and calls that are made later, say the same as before."""

import ast
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulation.native import later
from simulation.native.leaner import MOST_LATER
from simulation.native.prepare import prepared

MATCHES = """
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"
    GREEN = "green"

@dataclass(frozen=True)
class Dot:
    colour: Colour

@dataclass(frozen=True)
class Line:
    colour: Colour
    length: int | None = None

@dataclass(frozen=True)
class Box:
    inside: object

def of_unlike(thing):
    match thing:
        case Dot(colour=colour) | Line(colour=colour, length=None):
            return colour
        case Box(inside=Dot() | Line() as kept):
            return kept
    return None

def of_class(thing):
    match thing:
        case Line(length=length) if (length or 0) > 3:
            return "long", length
        case Line(colour=Colour.RED, length=length):
            return "red", length
        case Box(inside=Dot(colour=colour)):
            return "boxed", colour
        case Box(inside=Dot() | Line()):
            return "boxed line"
        case None:
            return "none"
        case other:
            return "other", other

def of_alike(thing):
    match thing:
        case Dot(colour=colour) | Line(colour=colour):
            return colour.upper()
        case Box():
            return "box"

def of_value(things):
    match things[0]:
        case Colour.RED | Colour.BLUE:
            return "warm or cold"
        case "much" | 7:
            return "text or number"
        case _ if len(things) > 1:
            return "more"
    return "nothing"

class Words:
    # Values with names, and no enumeration.
    MUCH = "m" + "uch"

def of_named_value(thing):
    match thing:
        case Words.MUCH:
            return "much"
    return "another"

def of_what_is_set_anew(thing):
    match thing:
        case Line(length=length):
            length = (length or 0) + 1
            return length
    return None

def of_other_kinds(thing):
    match thing:
        case [first, *_]:
            return first
        case {"key": value}:
            return value
        case str(word):
            return word
    return None
"""
CALLS = """
from functools import partial

def told(*given, **named):
    return given, named

def made():
    by_name = partial(told, 1)
    return by_name(named=2)

def later():
    few = [partial(told, 1), partial(told, 1, 2)]
    return [*few, partial(told, 1, 2, 3), partial(told, 1, 2, 3, 4)]

def stays():
    return [partial(told), partial(told, 1, 2, 3, 4, 5), partial(told, *[1]), partial(told, key=1)]
"""

OWN_CALLS = """
from functools import partial
from typing import final

@final
class Lane:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def note(self, what: str, often: int) -> list[object]:
        self.heard += [what] * often
        return self.heard

    def quiet(self, what: str, often: int = 1) -> list[object]:
        return self.note(what, often)

    @staticmethod
    def loud(what: str, often: int) -> list[object]:
        return [what.upper()] * often

    def direct(self):
        return [partial(self.note, "one", 2), partial(self.note, "two")]

    def others(self, lane):
        ours = [partial(self.quiet, "three"), partial(self.loud, "four")]
        return [*ours, partial(lane.note, "five")]

def of_nobody(self):
    return partial(self.note, "six")
"""


def as_it_is(source: str) -> Any:
    """The module without any preparation."""
    module: Any = types.ModuleType("sample")
    module.__dict__["__name__"] = __name__  # whose module a dataclass looks for its types in
    exec(source, module.__dict__)
    return module


def as_compiled(source: str) -> Any:
    """The module as it is given to the compiler, and its text."""
    text = prepared(source, {"Colour": frozenset({"RED", "BLUE", "GREEN"})}, asks_for_fields=True)
    module = as_it_is(text)
    module.text = text
    return module


def things(module: Any) -> Iterator[object]:
    """Whatever the matches tell apart."""
    red, green = module.Colour.RED, module.Colour.GREEN
    yield from (module.Dot(red), module.Line(green), module.Line(green, 9), module.Line(red, 2))
    yield from (module.Line(green, 2), module.Box(module.Dot(red)), module.Box(module.Line(red)))
    yield from (module.Box(3), None, 5, "word", [1, 2], {"key": 4})


def answers(module: Any, name: str) -> list[str]:
    """What the function of that name answers to each of them."""
    return [repr(getattr(module, name)(thing)) for thing in things(module)]


@pytest.mark.parametrize(
    ("function", "stays"),
    [
        ("of_class", False),
        ("of_alike", False),
        ("of_unlike", True),
        ("of_what_is_set_anew", True),
        ("of_other_kinds", True),
    ],
)
def test_a_chain_decides_as_the_match_did(function: str, stays: bool) -> None:
    prepared_to_be = as_compiled(MATCHES)
    assert answers(prepared_to_be, function) == answers(as_it_is(MATCHES), function)
    assert _has_match(prepared_to_be.text, function) == stays


def test_values_become_a_chain_and_the_subject_is_looked_at_once() -> None:
    chain, match = as_compiled(MATCHES), as_it_is(MATCHES)
    assert not _has_match(chain.text, "of_value")
    for value in ("much", 7, 8, None):
        for more in ([], [1]):
            assert chain.of_value([value, *more]) == match.of_value([value, *more])
    assert chain.of_value([chain.Colour.BLUE]) == "warm or cold"
    assert chain.of_value([chain.Colour.GREEN]) == "nothing"

    class Once(list[object]):
        looks = 0

        def __getitem__(self, place: Any) -> Any:
            self.looks += 1
            return super().__getitem__(place)

    assert chain.of_named_value("".join(["mu", "ch"])) == "much"  # equal, and not the same
    asked = Once([8])
    chain.of_value(asked)
    assert asked.looks == 1


def _has_match(text: str, name: str) -> bool:
    function = next(
        node for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )  # fmt: skip
    return any(isinstance(node, ast.Match) for node in ast.walk(function))


def test_a_call_that_is_made_later_is_given_what_it_bears_and_one_more() -> None:
    calls, before = as_compiled(CALLS), as_it_is(CALLS)
    made: list[Callable[..., object]] = calls.later()
    assert [type(call).__name__ for call in made] == [f"Later{n + 1}" for n in range(MOST_LATER)]
    for call, partial in zip(made, before.later(), strict=True):
        assert call() == partial()
        assert call("last") == partial("last")
        assert call(None) == partial(None)


def test_what_bears_other_arguments_stays_a_partial() -> None:
    calls, before = as_compiled(CALLS), as_it_is(CALLS)
    for call, partial in zip(calls.stays(), before.stays(), strict=True):
        assert not isinstance(call, later.Later1)
        assert call() == partial()


def test_what_is_given_arguments_by_name_stays_a_partial() -> None:
    calls = as_compiled(CALLS)
    assert calls.made() == as_it_is(CALLS).made() == ((1,), {"named": 2})


def test_a_call_of_its_own_method_is_made_directly() -> None:
    """All given, or all but one; the method is looked up when it is called, as that of a class."""
    ours, before = as_compiled(OWN_CALLS), as_it_is(OWN_CALLS)
    names = ["_Lane_note_2", "_Lane_note_1"]
    assert [type(call).__name__ for call in ours.Lane().direct()] == names
    for module in (ours, before):
        lane = module.Lane()
        whole, but_one = lane.direct()
        assert whole() == ["one", "one"]
        assert but_one(1) == ["one", "one", "two"] == lane.heard


def test_a_call_of_what_is_not_so_plain_is_made_as_any_other() -> None:
    ours, before = as_compiled(OWN_CALLS), as_it_is(OWN_CALLS)
    lane, other = ours.Lane(), before.Lane()
    made = [*lane.others(lane), ours.of_nobody(lane)]
    assert {type(call).__name__ for call in made} == {"Later1"}
    assert [call(2) for call in made] == [
        call(2) for call in [*other.others(other), before.of_nobody(other)]
    ]
