"""Who reads which provider's notifications."""

from dataclasses import replace

from adapters.outbound.offer import Gateway, Offer, Surroundings
from adapters.outbound.ovo.settlement import SETTLEMENT
from bootstrap.offers import readers
from domain.money import Money
from domain.provider import Provider
from tests.hmac_provider import HmacReader


def _none(_: Surroundings) -> Gateway:
    raise AssertionError("no way out is made for a reader")


def test_a_provider_that_tells_by_itself_is_read_by_its_own_reader() -> None:
    silent = Offer(Provider("silent", "silent", Money(1)), _none, lambda given: given, SETTLEMENT)
    reader = HmacReader()
    telling = replace(silent, notifications=reader)
    assert readers({"silent": silent, "telling": telling}) == {"telling": reader}
