"""What this worker's calls say of each provider: a circuit for each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from application.ports import Clock
from domain.circuit import CLOSED, Circuit, CircuitRules
from domain.outcome import Outcome


@dataclass(slots=True)
class Health:
    """Hears how every push ended; for one event loop."""

    clock: Clock
    rules: CircuitRules = field(default_factory=CircuitRules)
    _circuits: dict[str, Circuit] = field(default_factory=dict)

    def of(self, provider: str) -> Callable[[Outcome], None]:
        """Hears the outcomes of that provider's pushes."""

        def heard(outcome: Outcome) -> None:
            before = self._circuits.get(provider, CLOSED)
            self._circuits[provider] = before.after(outcome, self.clock().at, self.rules)

        return heard

    def unwell(self, at: datetime) -> tuple[str, ...]:
        """The providers whose circuits are open then, by name."""
        circuits = list(self._circuits.items())
        return tuple(sorted(name for name, c in circuits if c.is_open(at, self.rules)))


def unheard(_: Outcome) -> None:
    """Where nobody judges the provider."""
