"""By which provider an order is charged: chosen once, when it is made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.money import LARGEST_PAYMENT, NOTHING, Money


@dataclass(frozen=True, slots=True)
class Target:
    """A provider that may be chosen, and its share of the orders; 0 waits until others fail."""

    provider: str
    share: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """Who may charge orders of a method and an amount, in order of preference.

    Without shares the first is preferred; with shares, each gets its part. Raises ValueError where
    it leads nowhere.
    """

    method: str
    targets: tuple[Target, ...]
    least: Money = NOTHING
    most: Money = LARGEST_PAYMENT

    def __post_init__(self) -> None:
        names = [target.provider for target in self.targets]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"the route of {self.method} names each of its providers once")
        if self.least > self.most or min(target.share for target in self.targets) < 0:
            raise ValueError(f"the route of {self.method} takes no order")

    def takes(self, method: str, amount: Money) -> bool:
        """Whether such an order goes by it."""
        return method == self.method and self.least <= amount <= self.most


def preference(
    targets: Sequence[Target], number: int, unwell: Collection[str] = ()
) -> Sequence[str]:
    """The providers in the order in which they are to be tried.

    `number` is the order's own, the same whenever it is asked for, and spread evenly. Those that
    are unwell come last: they are better than none.
    """
    well = [target for target in targets if target.provider not in unwell]
    total = sum(target.share for target in well)
    place = number % total if total else 0
    first: str | None = None
    for target in well:
        if place < target.share:
            first = target.provider
            break
        place -= target.share
    rest = [target.provider for target in well if target.provider != first]
    ill = [target.provider for target in targets if target.provider in unwell]
    return [*([first] if first else []), *rest, *ill]
