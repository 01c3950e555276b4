"""Lets the other providers into a world: their customers, their mail, and what befalls them."""

from collections.abc import Mapping

from simulation.customers import Customers
from simulation.hearing import Mailroom
from simulation.house import House
from simulation.mixing import Mixture
from simulation.people import Chat


def let_in(house: House, shares: Mapping[str, int]) -> None:
    """Have the house offer them, before anybody lives in it."""
    house.take(Mixture(house, shares))


def open_doors(house: House, chat: Chat) -> None:
    """Have their customers act, and what they tell reach our door."""
    mix = house.mix
    assert mix is not None
    Customers(house, mix)
    Mailroom(house, mix, chat.store)
