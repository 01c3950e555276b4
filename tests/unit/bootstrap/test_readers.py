"""Who reads which provider's notifications and settlement files."""

from dataclasses import replace

import pytest

from adapters.outbound.offer import Gateway, Offer, Surroundings
from adapters.outbound.ovo.settlement import SETTLEMENT
from adapters.outbound.settlement_csv import CsvSettlement
from bootstrap.__main__ import tools
from bootstrap.offers import known, readers
from bootstrap.settings import Settings
from domain.errors import InvalidValue
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


def test_settlement_files_of_every_known_provider_are_read_switched_on_or_not() -> None:
    command = tools(Settings(providers=("ovo",)))
    for name in known():
        reader = command.settlement(name)
        assert isinstance(reader, CsvSettlement)
        assert reader.provider == name


def test_a_provider_that_cannot_be_made_reads_nothing_and_says_why() -> None:
    with pytest.raises(InvalidValue, match="--provider: is none of ovo, doku"):
        tools(Settings()).settlement("nobody")
    wrong = Settings(provider_options={"midtrans": {"tset_url": "http://x.test"}})
    with pytest.raises(InvalidValue, match="LUNAS_PROVIDER_MIDTRANS_…: there is no setting"):
        tools(wrong).settlement("midtrans")
    assert tools(wrong).settlement("doku") is not None
