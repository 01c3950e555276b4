"""What the doctor says of providers that were switched off."""

import pytest

from adapters.inbound.cli.tools import Verdict
from adapters.outbound.memory.store import MemoryStore
from bootstrap.doctor_providers import switched_off
from domain.outcome import Doubt, Outcome, Unknown
from tests.builders import NOON, a_decline, a_story


def a_store(*outcomes: Outcome) -> MemoryStore:
    """A payment by Midtrans is in it."""
    store = MemoryStore(lambda: NOON)
    for change in a_story(*outcomes, provider="midtrans"):
        store.payments.save(change)
    return store


@pytest.mark.parametrize("outcomes", [(), (Unknown(Doubt.SILENCE),), (a_decline(),)])
def test_one_at_which_something_is_not_settled_is_named(outcomes: tuple[Outcome, ...]) -> None:
    store = a_store(*outcomes)
    [finding] = switched_off(("ovo",), store.payments, NOON)
    assert finding.verdict is Verdict.BAD
    assert "midtrans" in finding.text
    assert list(switched_off(("ovo", "midtrans"), store.payments, NOON)) == []


def test_one_whose_payments_have_ended_is_not() -> None:
    store = a_store(a_decline(final=True))
    assert list(switched_off(("ovo",), store.payments, NOON)) == []
