"""What a long run has proved so far, in a file: a run that is cut is continued from there."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from application.invariants import Breach
from simulation import shrink
from simulation.many import Total, kind_of
from simulation.run import Outcome, Plan, run


class OtherRunError(ValueError):
    """The file tells of another run; says in what it differs."""


@dataclass(frozen=True, slots=True)
class Report:
    """A file of JSON. `asked` is what was asked for, and of which sources: it must be the same."""

    path: Path
    asked: Mapping[str, object]

    def write(self, total: Total, seconds: float, *, finished: bool) -> None:
        """Replace the file as a whole: whoever reads it never sees half of it."""
        told = {"asked": dict(self.asked), "finished": finished, **plain(total, seconds)}
        new = self.path.with_name(f"{self.path.name}.new")
        new.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
        new.replace(self.path)

    def read(
        self, plans: Sequence[Plan], *, run_plan: Callable[[Plan], Outcome] = run
    ) -> tuple[Total, float]:
        """What was proved before, and in how many seconds; nothing where there is no file.

        The first world of each kind of breach is run again. Raises OtherRunError.
        """
        if not self.path.exists():
            return Total(), 0.0
        try:
            told: Any = orjson.loads(self.path.read_bytes())
            before = dict(told["asked"])
        except (ValueError, KeyError, TypeError) as wrong:
            raise OtherRunError(f"{self.path} is no report of a simulation") from wrong
        if different := [name for name, value in self.asked.items() if before.get(name) != value]:
            raise OtherRunError(f"{self.path} tells of a run with other {', '.join(different)}")
        total = _total(told, plans, run_plan)
        return total, float(told["seconds"])


def _total(told: Any, plans: Sequence[Plan], run_plan: Callable[[Plan], Outcome]) -> Total:
    total = Total(
        worlds=int(told["worlds"]),
        payments=int(told["payments"]),
        steps=int(told["steps"]),
        cpu_seconds=float(told["cpu_seconds"]),
        breaches=Counter(),
        histories=str(told["histories"]),
    )
    by_seed = {plan.seed: plan for plan in plans[: total.worlds]}
    for broken in told["breaches"]:
        kind = int(broken["invariant"]), str(broken["name"])
        total.breaches[kind] = int(broken["count"])
        total.failing[kind] = run_plan(by_seed[broken["first"]["seed"]])
    return total


def plain(total: Total, seconds: float) -> dict[str, object]:
    """What many worlds come to, as JSON has it."""
    return {
        "worlds": total.worlds,
        "payments": total.payments,
        "steps": total.steps,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(total.cpu_seconds, 3),
        "payments_per_second": round(total.payments / seconds, 1) if seconds else 0.0,
        "payments_per_cpu_second": round(total.payments_per_cpu_second, 1),
        "histories": total.histories,
        "breaches": [
            {"invariant": kind[0], "name": kind[1], "count": count, "first": _first(total, kind)}
            for kind, count in sorted(total.breaches.items())
        ],
    }


def _first(total: Total, kind: tuple[int, str]) -> dict[str, object]:
    outcome = total.failing[kind]
    breach: Breach = next(breach for breach in outcome.found if kind_of(breach) == kind)
    return {
        "seed": outcome.plan.seed,
        "payment_id": breach.payment_id,
        "detail": breach.detail,
        "command": shrink.command(outcome.plan),
    }
