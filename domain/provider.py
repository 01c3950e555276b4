"""What the core has to know of a payment provider, declared by the provider as data."""

from dataclasses import dataclass, field
from enum import StrEnum

from domain.moment import AttemptClocks
from domain.money import LARGEST_PAYMENT, Money
from domain.rules import Rules


class Needs(StrEnum):
    """What must be known of the customer before anything is charged."""

    PHONE = "phone"
    LINK = "link"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Provider:
    """A way to charge: its name, the API's method, its bounds, its clocks and rules.

    Raises ValueError where what it needs and its rules contradict each other.
    """

    name: str
    method: str
    minimum: Money
    rules: Rules = field(default_factory=Rules)
    maximum: Money = LARGEST_PAYMENT
    needs: Needs = Needs.PHONE

    def __post_init__(self) -> None:
        if self.rules.needs_phone is not (self.needs is Needs.PHONE):
            raise ValueError(f"{self.name} needs a {self.needs}, and its rules say otherwise")
        if self.minimum > self.maximum:
            raise ValueError(f"{self.name} takes no amount at all")

    def takes(self, amount: Money) -> bool:
        """Whether a payment may be of that amount."""
        return self.minimum <= amount <= self.maximum

    @property
    def clocks(self) -> AttemptClocks:
        """How long each part of an attempt may take."""
        return self.rules.clocks
