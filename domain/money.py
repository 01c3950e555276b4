"""Whole rupiah."""

from dataclasses import dataclass

from domain.errors import InvalidValue


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """A whole number of rupiah, never negative, exact at any size.

    Raises InvalidValue for anything that is not a plain int (bool, float included) or is below 0.
    """

    rupiah: int

    def __post_init__(self) -> None:
        if type(self.rupiah) is not int:
            raise InvalidValue("amount", "must be a whole number of rupiah")
        if self.rupiah < 0:
            raise InvalidValue("amount", "must not be negative")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.rupiah + other.rupiah)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.rupiah - other.rupiah)

    def __str__(self) -> str:
        return "Rp " + f"{self.rupiah:,}".replace(",", ".")


NOTHING = Money(0)
LARGEST_PAYMENT = Money(999_999_999_999)
"""The most that one payment through the API may ask for."""
