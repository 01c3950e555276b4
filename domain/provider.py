"""What the core has to know of a payment provider, declared by the provider as data."""

from dataclasses import dataclass, field

from domain.moment import AttemptClocks
from domain.money import Money
from domain.rules import Rules


@dataclass(frozen=True, slots=True)
class Provider:
    """A way to charge: its name, the API's method, its smallest payment, its clocks and rules."""

    name: str
    method: str
    minimum: Money
    rules: Rules = field(default_factory=Rules)

    @property
    def clocks(self) -> AttemptClocks:
        """How long each part of an attempt may take."""
        return self.rules.clocks
