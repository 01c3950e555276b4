"""Routes as they are written in the settings: `ovo_push 0-499999 = ovo:90 midtrans:10; …`."""

import re
from collections.abc import Mapping, Sequence

from domain.money import LARGEST_PAYMENT, Money
from domain.provider import Provider
from domain.routing import Route, Target

_ROUTE = re.compile(r"(?P<method>[a-z0-9_]+)(?:\s+(?P<least>\d+)-(?P<most>\d*))?\s*=(?P<to>.+)")
_TARGET = re.compile(r"(?P<name>[a-z0-9_]+)(?::(?P<share>\d{1,6}))?")
_HOW = "METHOD [FROM-TO] = PROVIDER[:SHARE] PROVIDER[:SHARE] …; METHOD …"


def routes(text: str, providers: Mapping[str, Provider]) -> Sequence[Route]:
    """The routes; the first that takes an order is gone. Raises ValueError that says what is wrong.

    A method's providers must need the same of the customer: who is chosen is nobody's choice.
    """
    return [_route(part.strip(), providers) for part in text.split(";") if part.strip()]


def _route(text: str, providers: Mapping[str, Provider]) -> Route:
    match = _ROUTE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no route; one is written {_HOW}")
    targets = tuple(_target(word, text) for word in match["to"].split())
    for target in targets:
        if target.provider not in providers:
            on = ", ".join(providers)
            raise ValueError(f"{text!r} leads to {target.provider}, but LUNAS_PROVIDERS has: {on}")
    needs = {providers[target.provider].needs for target in targets}
    if len(needs) > 1:
        raise ValueError(
            f"{text!r}: its providers need different things: {', '.join(sorted(needs))}"
        )
    return Route(
        match["method"],
        targets,
        Money(int(match["least"] or 0)),
        Money(int(match["most"])) if match["most"] else LARGEST_PAYMENT,
    )


def _target(word: str, text: str) -> Target:
    match = _TARGET.fullmatch(word)
    if match is None:
        raise ValueError(f"{text!r}: {word!r} is no provider with a share; write NAME or NAME:90")
    return Target(match["name"], int(match["share"] or 0))
