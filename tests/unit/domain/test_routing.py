"""Who charges an order, and when a provider is left alone."""

from collections import Counter
from datetime import timedelta

import pytest

from domain.circuit import CLOSED, Circuit, CircuitRules
from domain.money import LARGEST_PAYMENT, Money
from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Outcome, Unknown
from domain.provider import Needs, Provider
from domain.reason import TIMED_OUT
from domain.routing import Route, Target, preference
from domain.rules import Rules
from tests.unit.domain.story import NOON, SECOND

RULES = CircuitRules(most_failures=3, rests=30 * SECOND)
NEVER_LEFT = NotSent("no connection")
STOPPED = Declined("58", TIMED_OUT, stops_account=True)
NINETY_TEN = (Target("ovo", 90), Target("midtrans", 10))


def after(*outcomes: Outcome) -> Circuit:
    """A circuit after these, all at noon."""
    circuit = CLOSED
    for outcome in outcomes:
        circuit = circuit.after(outcome, NOON, RULES)
    return circuit


def test_without_shares_the_first_is_preferred() -> None:
    targets = (Target("ovo"), Target("midtrans"))
    assert all(preference(targets, number) == ["ovo", "midtrans"] for number in range(50))


def test_with_shares_each_gets_its_part_and_the_others_stand_behind_it() -> None:
    first = Counter(tuple(preference(NINETY_TEN, number)) for number in range(1_000))
    assert first == {("ovo", "midtrans"): 900, ("midtrans", "ovo"): 100}


def test_one_that_is_unwell_comes_last_and_its_share_is_the_others() -> None:
    assert preference(NINETY_TEN, 5, {"ovo"}) == ["midtrans", "ovo"]
    assert preference(NINETY_TEN, 5, {"ovo", "midtrans"}) == ["ovo", "midtrans"]


def test_a_share_of_nothing_is_for_when_the_others_fail() -> None:
    targets = (Target("ovo", 1), Target("midtrans"))
    assert {tuple(preference(targets, n)) for n in range(50)} == {("ovo", "midtrans")}
    assert preference(targets, 7, {"ovo"}) == ["midtrans", "ovo"]


@pytest.mark.parametrize(
    "targets", [(), (Target("ovo"), Target("ovo", 3)), (Target("ovo", -1),)], ids=str
)
def test_a_route_that_leads_nowhere_is_refused(targets: tuple[Target, ...]) -> None:
    with pytest.raises(ValueError, match="the route of ovo_push"):
        Route("ovo_push", targets)


def test_a_route_takes_its_method_and_its_amounts() -> None:
    route = Route("ovo_push", (Target("ovo"),), Money(1_000), Money(9_999))
    taken = [route.takes("ovo_push", Money(rupiah)) for rupiah in (999, 1_000, 9_999, 10_000)]
    assert taken == [False, True, True, False]
    assert not route.takes("qris", Money(5_000))


def test_a_circuit_opens_after_so_many_failures_in_a_row_and_rests() -> None:
    assert not after(NEVER_LEFT, NEVER_LEFT).is_open(NOON, RULES)
    opened = after(NEVER_LEFT, STOPPED, NEVER_LEFT)
    assert opened.is_open(NOON, RULES)
    assert opened.is_open(NOON + 29 * SECOND, RULES)
    assert not opened.is_open(NOON + 30 * SECOND, RULES)


def test_what_may_have_been_heard_neither_opens_nor_closes_it() -> None:
    silence = Unknown(Doubt.SILENCE)
    assert not after(*[silence] * 50).is_open(NOON, RULES)
    assert after(NEVER_LEFT, silence, NEVER_LEFT, silence, NEVER_LEFT).is_open(NOON, RULES)


@pytest.mark.parametrize("answer", [Approved("00"), Declined("17", TIMED_OUT), Accepted("201")])
def test_any_answer_of_the_provider_closes_it(answer: Outcome) -> None:
    assert after(NEVER_LEFT, NEVER_LEFT, answer, NEVER_LEFT) == after(NEVER_LEFT)
    assert after(NEVER_LEFT, NEVER_LEFT, NEVER_LEFT, answer) == CLOSED


def test_once_it_has_rested_one_failure_opens_it_again() -> None:
    rested = after(NEVER_LEFT, NEVER_LEFT, NEVER_LEFT)
    later = NOON + timedelta(minutes=5)
    assert not rested.is_open(later, RULES)
    assert rested.after(NEVER_LEFT, later, RULES).is_open(later, RULES)


@pytest.mark.parametrize(("failures", "rests"), [(0, SECOND), (1, timedelta(0))])
def test_rules_that_never_open_are_refused(failures: int, rests: timedelta) -> None:
    with pytest.raises(ValueError, match="opens after"):
        CircuitRules(failures, rests)


@pytest.mark.parametrize(
    ("needs", "rules", "maximum"),
    [
        (Needs.LINK, Rules(), LARGEST_PAYMENT),
        (Needs.PHONE, Rules(needs_phone=False), LARGEST_PAYMENT),
        (Needs.PHONE, Rules(), Money(999)),
    ],
)
def test_a_provider_that_contradicts_itself_is_refused(
    needs: Needs, rules: Rules, maximum: Money
) -> None:
    with pytest.raises(ValueError, match="kilat"):
        Provider("kilat", "kilat", Money(1_000), rules, maximum, needs)
