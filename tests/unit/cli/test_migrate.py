"""The store is brought up to date, or would be."""

import json

from application.ports import StoreUnavailable
from tests.unit.cli.builders import House


def test_it_says_what_it_will_do_and_what_was_done(house: House) -> None:
    house.steps = ["added table deliveries"]
    result = house.run("migrate")
    assert result.exit_code == 0
    assert result.stdout == "to do: added table deliveries\ndone: added table deliveries\n"
    assert house.called == [("migrate", True), ("migrate", False)]


def test_a_dry_run_says_what_would_be_done(house: House) -> None:
    house.steps = ["added table deliveries"]
    assert house.run("migrate", "--dry-run").stdout == "would do: added table deliveries\n"
    assert house.called == [("migrate", True)]


def test_nothing_to_do_is_said_too(house: House) -> None:
    assert "up to date" in house.run("migrate").stdout


def test_json(house: House) -> None:
    house.steps = ["one", "two"]
    told = json.loads(house.run("migrate", "--json", "--dry-run").stdout)
    assert told == {"dry_run": True, "steps": ["one", "two"]}


def test_a_store_that_cannot_be_opened_is_4(house: House) -> None:
    house.trouble = StoreUnavailable()
    assert house.run("migrate").exit_code == 4


def test_a_file_that_may_not_be_opened_is_4_too(house: House) -> None:
    house.trouble = PermissionError(13, "Permission denied", "/var/lib/lunas/lunas.db")
    result = house.run("migrate")
    assert result.exit_code == 4
    assert "Permission denied" in result.stderr
