"""What each provider's folder offers a house, and which settings it refuses."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from adapters.outbound.offer import MakeOffer, Surroundings
from adapters.outbound.wire import Wire
from bootstrap.offers import OFFERED
from domain.errors import InvalidValue
from domain.provider import Needs

NAMES = ("doku", "midtrans", "xendit")
METHODS = {"doku": "ovo_doku", "midtrans": "ovo_midtrans", "xendit": "ovo_xendit"}
every = pytest.mark.parametrize("name", NAMES)


def made(name: str, **options: str) -> object:
    return OFFERED[name](options, "http://sandbox.test")


@every
def test_each_sells_ovo_under_its_own_method_and_needs_a_phone(name: str) -> None:
    provider = OFFERED[name]({}, "http://sandbox.test").provider
    assert (provider.name, provider.method) == (name, METHODS[name])
    assert provider.needs is Needs.PHONE
    assert provider.rules.most_reversals == 0
    assert provider.rules.voids is not provider.rules.refunds


def test_only_doku_holds_the_call() -> None:
    blocking = {name: OFFERED[name]({}, "x").provider.clocks.blocking for name in NAMES}
    assert blocking == {"doku": True, "midtrans": False, "xendit": False}


def test_xendits_two_ways_give_back_in_their_own_ways() -> None:
    newer = OFFERED["xendit"]({"api": "payment_requests"}, "x").provider.rules
    older = OFFERED["xendit"]({"api": "ewallets"}, "x").provider.rules
    assert (newer.voids, newer.refunds) == (False, True)
    assert (older.voids, older.refunds) == (True, False)
    assert older.void_until < time(23, 50)
    with pytest.raises(ValueError, match="api is none of ewallets, payment_requests"):
        made("xendit", api="v3")


def test_how_long_something_may_be_given_back() -> None:
    midtrans = OFFERED["midtrans"]({}, "x").provider.rules
    xendit = OFFERED["xendit"]({"api": "payment_requests"}, "x").provider.rules
    assert midtrans.refund_within == timedelta(days=7)
    assert xendit.refund_within == timedelta(days=14)


@every
def test_credentials_are_judged_by_the_folder(name: str) -> None:
    with pytest.raises(InvalidValue):
        OFFERED[name]({}, "x").credentials({})


@every
def test_each_reads_its_own_notifications(name: str) -> None:
    reader = OFFERED[name]({}, "x").notifications
    assert reader is not None
    assert type(reader).__module__ == f"adapters.outbound.{name}.notification"


@every
def test_a_setting_that_is_none_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match="there is no setting tset_url"):
        made(name, tset_url="http://x.test")


@every
def test_a_gateway_is_made_of_the_settings(name: str) -> None:
    def gateway(options: Mapping[str, str]) -> object:
        make: MakeOffer = OFFERED[name]
        nobody: Any = None  # none of the three needs a token or a link
        around = Surroundings(Wire(), lambda: datetime.now(UTC), nobody, nobody)
        return make(options, "http://sandbox.test").gateway(around)

    assert gateway({"live_url": "https://live.test"}) is not None


@every
def test_live_without_tls_is_refused_when_it_is_offered(name: str) -> None:
    with pytest.raises(ValueError, match="https"):
        made(name, live_url="http://live.test")


@pytest.mark.parametrize("name", ["doku", "midtrans"])
def test_test_and_live_are_never_one_address(name: str) -> None:
    with pytest.raises(ValueError, match="must not share"):
        made(name, test_url="https://one.test", live_url="https://one.test")
