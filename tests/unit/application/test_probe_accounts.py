"""A probe speaks of the credentials that it was made with, and of no others."""

from dataclasses import replace

import pytest

from application.confirm_payment import PROBE_EVERY, Report
from application.probe_accounts import Probe
from domain.merchant import ProviderAccount
from domain.outcome import Declined, Doubt, Unknown
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix
from tests.memory_house import MemoryHouse

NO = Reason(
    ReasonCode.PROVIDER_MISCONFIGURED, "63", False, WhoCanFix.OPERATOR, Texts("tidak", "no")
)
REFUSED = Declined("63", NO, final=True, stops_account=True)
PASSES = Unknown(Doubt.NOT_FOUND, "25")


@pytest.fixture
def house() -> MemoryHouse:
    return MemoryHouse()


def a_probe_under_way(house: MemoryHouse) -> Probe:
    house.start("o1")
    claimed = house.claim()
    house.core.confirm()([Report(claimed.id, claimed.attempts[-1].id, REFUSED)])
    house.clock.move(PROBE_EVERY.total_seconds())
    (probe,) = house.core.probe().due()
    return probe


def account(house: MemoryHouse) -> ProviderAccount:
    return house.store.accounts.get("mer_1", "ovo", livemode=False)


def test_credentials_mended_during_a_probe_are_kept(house: MemoryHouse) -> None:
    probe = a_probe_under_way(house)
    mended = replace(account(house), credentials={"tid": "1", "mid": "3"}, stopped=None)
    house.store.accounts.save(mended)
    assert house.core.probe().record(probe, PASSES) is False
    assert account(house) == mended


def test_a_probe_with_former_credentials_does_not_lift_the_stop_of_new_ones(
    house: MemoryHouse,
) -> None:
    probe = a_probe_under_way(house)
    stopped_again = replace(account(house), credentials={"tid": "1", "mid": "3"})
    house.store.accounts.save(stopped_again)
    assert house.core.probe().record(probe, PASSES) is False
    assert account(house) == stopped_again


def test_credentials_mended_while_a_probe_is_put_off_are_kept(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_probe_under_way(house)
    house.clock.move(PROBE_EVERY.total_seconds())
    before = account(house)
    monkeypatch.setattr(house.store.accounts, "stopped", lambda _: [before])
    mended = replace(before, credentials={"tid": "1", "mid": "3"}, stopped=None)
    house.store.accounts.save(mended)
    assert list(house.core.probe().due()) == []
    assert account(house) == mended


def test_a_refusal_by_former_credentials_neither_stops_nor_brings_them_back(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.start("o1")
    claimed = house.claim()
    before = account(house)
    mended = replace(before, credentials={"tid": "1", "mid": "3"})
    house.store.accounts.save(mended)
    with monkeypatch.context() as remembered:
        remembered.setattr(house.store.accounts, "get", lambda *_, **__: before)
        house.core.confirm()([Report(claimed.id, claimed.attempts[-1].id, REFUSED)])
    assert account(house) == mended
