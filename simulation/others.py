"""Lets the other providers into a world: their customers, their mail, and what befalls them."""

from collections.abc import Callable, Mapping
from functools import partial

from sandbox.snap.tokens import B2B, B2B2C, Tokens
from simulation.customers import Customers
from simulation.dice import Dice
from simulation.hearing import Mailroom
from simulation.house import House
from simulation.mixing import Mixture
from simulation.people import Chat

LONGEST_OUTAGE = 3_600.0
"""Seconds."""


def let_in(house: House, shares: Mapping[str, int]) -> None:
    """Have the house offer them, before anybody lives in it."""
    house.take(Mixture(house, shares))


def open_doors(house: House, chat: Chat, *, most_accidents: int | None, seconds: float) -> None:
    """Have their customers act, what they tell reach our door, and accidents strike them."""
    mix = house.mix
    assert mix is not None
    Customers(house, mix)
    Mailroom(house, mix, chat.store)
    for number in range(house.dice(45, 0).number(7)):
        dice = house.dice(46, number)
        when, what = dice.seconds(0, seconds), dice.one_of(_ACCIDENTS)
        if most_accidents is None or number < most_accidents:
            house.world.after(when, partial(what, house, mix, dice))


def _away(house: House, mix: Mixture, dice: Dice) -> None:
    name, lasts = dice.one_of(mix.names), dice.seconds(5, LONGEST_OUTAGE)
    house.tell(name, f"is away for {lasts.total_seconds():.0f} s")
    now = house.world.now
    mix.roads.away.setdefault(name, []).append((now, now + lasts))


def _tokens_revoked(house: House, mix: Mixture, dice: Dice) -> None:
    """All of one kind, or all there are: the refresh tokens of linked customers too."""
    name = dice.one_of(mix.names)
    tokens: Tokens | None = getattr(mix.roads.exchange.providers[name], "tokens", None)
    if tokens is not None:
        kind = dice.one_of((B2B, B2B, B2B2C, None))
        house.tell(name, f"revokes its tokens ({kind or 'all'})")
        tokens.revoke_all(kind=kind)


def _customer_gone(house: House, mix: Mixture, dice: Dice) -> None:
    if mix.customers is not None:
        house.tell("customer", "ends a link in the wallet's app")
        mix.customers.let_go(dice)


_ACCIDENTS: tuple[Callable[[House, Mixture, Dice], None], ...] = (
    _away,
    _away,
    _tokens_revoked,
    _customer_gone,
)
