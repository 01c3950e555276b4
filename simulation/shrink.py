"""The shortest world in which the same thing still goes wrong, and its story."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from application.invariants import Breach
from simulation.run import Outcome, Plan, run
from simulation.switches import NOTHING_WRONG, RATES

MOST_RUNS = 80
"""Worlds tried for one story."""
MOST_LINES = 60
"""Lines of a story; a longer one loses its middle."""
_LAST_LINES = 15
_NAME = re.compile(r"(?:\b|_)([0-9a-f]{4,})\b")


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The smallest plan that was found, what it breaks, and after how many worlds."""

    outcome: Outcome
    breach: Breach
    runs: int


class _Search:
    """Runs smaller plans as long as it may, and keeps the last that still breaks the rule."""

    def __init__(self, outcome: Outcome, number: int, run_plan: Callable[[Plan], Outcome]) -> None:
        self.best = outcome
        self.runs = 0
        self._number = number
        self._run = run_plan

    def breaks(self, plan: Plan) -> bool:
        """Whether that world breaks the same invariant; if so it is the best from now on."""
        if plan == self.best.plan:
            return True
        if self.runs >= MOST_RUNS:
            return False
        self.runs += 1
        outcome = self._run(plan)
        if not any(breach.number == self._number for breach in outcome.found):
            return False
        self.best = outcome
        return True


def shrink(outcome: Outcome, number: int, *, run_plan: Callable[[Plan], Outcome] = run) -> Shrunk:
    """Fewer payments, fewer accidents, fewer faults, while the same invariant breaks.

    Raises ValueError for an outcome that does not break it.
    """
    if not any(breach.number == number for breach in outcome.found):
        raise ValueError(f"invariant {number} holds in this world")
    search = _Search(outcome, number, run_plan)
    _fewer_payments(search)
    _fewer_accidents(search)
    _fewer_faults(search)
    _fewer_payments(search)  # what was calmed may have needed them
    told = run(search.best.plan, telling=True)
    breach = next(breach for breach in told.found if breach.number == number)
    return Shrunk(told, breach, search.runs)


def story(shrunk: Shrunk) -> Iterator[str]:
    """What led to it: the lines of its payment, and the accidents that strike everybody."""
    names = shrunk.outcome.names
    mine = {part[-4:] for part in names.get(shrunk.breach.payment_id, ())}
    others = {part[-4:] for owner, parts in names.items() for part in parts} - mine
    kept = []
    for line in shrunk.outcome.story:
        told = {name[-4:] for name in _NAME.findall(line)}
        if not told & others or told & mine:
            kept.append(line)
    yield from _without_its_middle(kept)
    yield f"  => {shrunk.breach}"


def command(plan: Plan) -> str:
    """What runs this very world again."""
    words = [f"lunas simulate --seed {plan.seed} --payments {plan.payments} --days {plan.days:g}"]
    if plan.only is not None:
        words.append("--only " + ",".join(map(str, sorted(plan.only))))
    if plan.calmed:
        words.append("--calm " + ",".join(sorted(plan.calmed)))
    if plan.providers:
        words.append("--providers " + ",".join(plan.providers))
    if plan.forced == NOTHING_WRONG:
        words.append("--nothing-wrong")
    elif plan.accidents is not None:
        words.append(f"--accidents {plan.accidents}")
    return " ".join([*words, "--story"])


def _fewer_payments(search: _Search) -> None:
    """Halves, then ever smaller parts, until no single payment can be left out (ddmin)."""
    plan = search.best.plan
    chosen = sorted(range(plan.payments) if plan.only is None else plan.only)
    first = _of_the_breach(search.best, chosen)
    if first is not None and search.breaks(replace(plan, only=frozenset({first}))):
        return
    parts = 2
    while len(chosen) > 1:
        for part in _parts(chosen, parts):
            rest = [index for index in chosen if index not in part]
            if search.breaks(replace(search.best.plan, only=frozenset(rest))):
                chosen, parts = rest, max(parts - 1, 2)
                break
        else:
            if parts >= len(chosen):
                return
            parts = min(len(chosen), parts * 2)


def _of_the_breach(outcome: Outcome, chosen: Sequence[int]) -> int | None:
    order = next((outcome.orders.get(b.payment_id) for b in outcome.found if b.payment_id), None)
    index = None if order is None else int(order.rpartition("-")[2])
    return index if index in chosen else None


def _parts(items: Sequence[int], count: int) -> Iterator[frozenset[int]]:
    size = -(-len(items) // count)
    for start in range(0, len(items), size):
        yield frozenset(items[start : start + size])


def _fewer_accidents(search: _Search) -> None:
    for count in range(8):
        known = search.best.plan.accidents
        if (known is not None and count >= known) or search.breaks(
            replace(search.best.plan, accidents=count)
        ):
            return


def _fewer_faults(search: _Search) -> None:
    """All at once where none is needed, else one by one."""
    on = [name for name in sorted(RATES) if getattr(search.best.plan.switches, name)]
    if search.breaks(replace(search.best.plan, calmed=frozenset(on) | search.best.plan.calmed)):
        return
    for name in on:
        plan = search.best.plan
        search.breaks(replace(plan, calmed=plan.calmed | {name}))


def _without_its_middle(lines: Sequence[str]) -> Iterator[str]:
    if len(lines) <= MOST_LINES:
        yield from lines
        return
    yield from lines[: MOST_LINES - _LAST_LINES]
    left_out = len(lines) - MOST_LINES
    yield f"{'':>12}  ... {left_out} more lines like these; --story tells them all ..."
    yield from lines[-_LAST_LINES:]
