"""A failing seed tells the shortest story that it can."""

import pytest

from domain import settling
from simulation import shrink
from simulation.run import Outcome, Plan, run
from simulation.shrink import Shrunk
from tests.simulation.broken import CHARGED_TWICE, hasty


@pytest.fixture(scope="module")
def found() -> Outcome:
    """The first world that a broken rule breaks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "doubt", hasty)
        for seed in range(6, 30):
            outcome = run(Plan(seed, payments=40, providers=("ovo",)))
            if any(breach.number == CHARGED_TWICE for breach in outcome.found):
                return outcome
    raise AssertionError("no seed saw the broken rule")


@pytest.fixture
def failing(found: Outcome, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """That world, while the rule is broken."""
    monkeypatch.setattr(settling, "doubt", hasty)
    return found


@pytest.fixture(scope="module")
def shrunk(found: Outcome) -> Shrunk:
    """It made small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "doubt", hasty)
        return shrink.shrink(found, CHARGED_TWICE)


def test_it_is_a_few_dozen_lines_of_one_payment(shrunk: Shrunk) -> None:
    plan = shrunk.outcome.plan
    assert shrunk.breach.number == CHARGED_TWICE
    assert plan.only is not None
    assert len(plan.only) <= 2
    assert plan.calmed
    assert shrunk.runs <= shrink.MOST_RUNS
    lines = list(shrink.story(shrunk))
    assert 5 < len(lines) <= shrink.MOST_LINES + 2
    assert "not_charged" in "\n".join(lines)
    assert str(shrunk.breach) in lines[-1]


def test_the_shrunken_world_can_be_run_again(failing: Outcome, shrunk: Shrunk) -> None:
    again = run(shrunk.outcome.plan, telling=True)
    assert again == shrunk.outcome
    words = shrink.command(shrunk.outcome.plan).split()
    assert words[:4] == ["lunas", "simulate", "--seed", str(failing.plan.seed)]
    assert "--only" in words


def test_what_did_not_break_is_not_shrunk() -> None:
    with pytest.raises(ValueError, match="holds in this world"):
        shrink.shrink(run(Plan(1, payments=3)), CHARGED_TWICE)


def test_it_stops_after_so_many_worlds(failing: Outcome) -> None:
    runs = 0

    def never(plan: Plan) -> Outcome:
        nonlocal runs
        runs += 1
        return Outcome(plan, 0, 0, ())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shrink, "MOST_RUNS", 10)
        shrink.shrink(failing, CHARGED_TWICE, run_plan=never)
    assert runs == 10


def test_a_long_story_loses_its_middle() -> None:
    lines = [f"line {number}" for number in range(200)]
    kept = list(shrink._without_its_middle(lines))
    assert len(kept) == shrink.MOST_LINES + 1
    assert kept[0] == "line 0"
    assert kept[-1] == "line 199"
