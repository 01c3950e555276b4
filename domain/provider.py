"""What the core has to know of a payment provider, declared by the provider as data."""

from dataclasses import dataclass

from domain.moment import AttemptClocks
from domain.money import Money


@dataclass(frozen=True, slots=True)
class Provider:
    """A way to charge: its name, the API's method, its smallest payment and its clocks."""

    name: str
    method: str
    minimum: Money
    clocks: AttemptClocks
