"""`lunas search`: what it asks, what it prints, how it ends."""

import json

import pytest

from application.ports import IndexUnavailable, StoreUnavailable
from tests.unit.cli.builders import House


def test_a_rebuild_says_how_many_payments_were_copied(house: House) -> None:
    result = house.run("search", "rebuild")
    assert result.exit_code == 0
    assert result.stdout == "3 payments were copied; the new index answers.\n"
    assert house.called == [("rebuild", False)]


def test_a_rebuild_may_begin_afresh_and_answers_programs(house: House) -> None:
    result = house.run("search", "rebuild", "--afresh", "--json")
    assert json.loads(result.stdout) == {"copied": 3}
    assert house.called == [("rebuild", True)]


def test_an_index_that_is_away_says_that_it_goes_on_later(house: House) -> None:
    house.trouble = IndexUnavailable("Elasticsearch is away: ConnectionError")
    result = house.run("search", "rebuild")
    assert result.exit_code == 1
    assert "Elasticsearch is away" in result.stderr
    assert "goes on where it was" in result.stderr


def test_a_store_that_is_away_ends_with_4(house: House) -> None:
    house.trouble = StoreUnavailable("it is locked")
    assert house.run("search", "rebuild").exit_code == 4


@pytest.mark.parametrize(
    "words", [("find", "--sort", "phone"), ("find", "--limit", "0"), ("seek",)]
)
def test_wrong_usage_ends_with_2(house: House, words: tuple[str, ...]) -> None:
    assert house.run("search", *words).exit_code == 2
