"""API clients: the key is told once, and revoking asks first."""

import json

import pytest

from application.open_house import key_sha256
from application.ports import StoreUnavailable
from tests.unit.cli.builders import NEW_KEY_WORDS, NOW, House


def test_the_key_is_printed_once_on_a_line_of_its_own(house: House) -> None:
    merchant = house.merchant()
    result = house.run("clients", "create", merchant.id, "--name", "chat backend")
    key = f"lunas_test_{NEW_KEY_WORDS}"
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == key
    assert result.output.count(key) == 1
    assert "once" in result.stderr
    assert house.directory.client_by_key(key_sha256(key)).name == "chat backend"


def test_a_live_client_of_a_merchant_by_its_name(house: House) -> None:
    merchant = house.merchant("Klinik Sehat")
    result = house.run("clients", "create", "Klinik Sehat", "--name", "chat", "--live", "--json")
    told = json.loads(result.stdout)
    assert told["api_key"] == f"lunas_live_{NEW_KEY_WORDS}"
    assert told["merchant_id"] == merchant.id
    assert told["livemode"] is True
    assert told["object"] == "client"


def test_a_name_that_two_merchants_have_is_refused(house: House) -> None:
    house.merchant("Klinik")
    house.merchant("Klinik")
    result = house.run("clients", "create", "Klinik", "--name", "chat")
    assert result.exit_code == 1
    assert "several" in result.stderr
    assert not house.directory.clients()


def test_a_merchant_nobody_knows(house: House) -> None:
    result = house.run("clients", "create", "mer_1", "--name", "chat")
    assert result.exit_code == 1
    assert "not_found" in result.stderr


def test_a_name_is_needed_and_checked(house: House) -> None:
    merchant = house.merchant()
    assert house.run("clients", "create", merchant.id).exit_code == 2
    assert house.run("clients", "create", merchant.id, "--name", "").exit_code == 1


def test_the_list_never_shows_a_key(house: House) -> None:
    client = house.client(house.merchant())
    for result in (house.run("clients", "list"), house.run("clients", "list", "--json")):
        assert result.exit_code == 0
        assert client.id in result.stdout
        assert NEW_KEY_WORDS not in result.stdout
        assert client.key_sha256 not in result.stdout


def test_the_list_of_one_merchant(house: House) -> None:
    first, second = house.merchant("A"), house.merchant("B")
    mine, _ = house.client(first), house.client(second)
    told = json.loads(house.run("clients", "list", "--merchant", "A", "--json").stdout)
    assert [client["id"] for client in told["data"]] == [mine.id]


def test_an_empty_list_says_what_to_do(house: House) -> None:
    assert "lunas clients create" in house.run("clients", "list").stdout


def test_revoking_with_yes(house: House) -> None:
    client = house.client(house.merchant())
    result = house.run("clients", "revoke", client.id, "--yes", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["revoked_at"] == "2026-11-23T03:15:25.000Z"
    assert house.directory.clients()[0].revoked_at == NOW
    assert "✗ revoked" in house.run("clients", "list").stdout


def test_revoking_asks_first(house: House) -> None:
    client = house.client(house.merchant())
    refused = house.run("clients", "revoke", client.id, typed="n\n")
    assert refused.exit_code == 1
    assert house.directory.clients()[0].revoked_at is None
    agreed = house.run("clients", "revoke", client.id, typed="y\n")
    assert agreed.exit_code == 0
    assert "2026-11-23 10:15:25 WIB" in agreed.stdout


def test_where_nobody_can_be_asked_nothing_is_revoked(house: House) -> None:
    client = house.client(house.merchant())
    result = house.run("clients", "revoke", client.id)
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert house.directory.clients()[0].revoked_at is None


def test_a_dry_run_revokes_nothing(house: House) -> None:
    client = house.client(house.merchant())
    result = house.run("clients", "revoke", client.id, "--dry-run")
    assert result.exit_code == 0
    assert "would revoke" in result.stdout
    assert house.directory.clients()[0].revoked_at is None


@pytest.mark.parametrize(("client", "exit_code"), [("cli_9", 1), ("chat", 2)])
def test_a_client_nobody_knows(house: House, client: str, exit_code: int) -> None:
    assert house.run("clients", "revoke", client, "--yes").exit_code == exit_code


@pytest.mark.parametrize(
    "command", [["list"], ["create", "K", "--name", "n"], ["revoke", "cli_9", "--yes"]]
)
def test_a_store_that_cannot_be_used_is_4(house: House, command: list[str]) -> None:
    house.trouble = StoreUnavailable("locked")
    assert house.run("clients", *command).exit_code == 4
