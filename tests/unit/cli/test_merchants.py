"""Merchants and their accounts, and credentials that are never shown."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from application.ports import StoreUnavailable, WriteUnconfirmed
from domain.merchant import Stop
from tests.unit.cases import for_each
from tests.unit.cli.builders import NOW, PAYMENT_ID, SANDBOX_SECRET, House

SECRET = "a-secret-app-key"
CREDENTIALS = json.dumps({"merchant_id": "77", "app_key": SECRET})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ovo.json"
    path.write_text(CREDENTIALS)
    return path


def test_a_test_merchant_gets_the_sandbox_credentials(house: House) -> None:
    result = house.run("merchants", "add", "Klinik Sehat")
    [merchant] = house.directory.merchants()
    account = house.accounts.get(merchant.id, "ovo", livemode=False)
    assert result.exit_code == 0
    assert merchant.id in result.stdout
    assert account.credentials["app_key"] == SANDBOX_SECRET
    assert SANDBOX_SECRET not in result.output


def test_credentials_come_from_a_file(house: House, file: Path) -> None:
    result = house.run("merchants", "add", "K", "--live", "--credentials", str(file), "--json")
    told = json.loads(result.stdout)
    assert house.accounts.get(told["id"], "ovo", livemode=True).credentials["app_key"] == SECRET
    assert told["account"] == {"provider": "ovo", "livemode": True}
    assert told["created_at"] == "2026-11-23T03:15:25.000Z"
    assert SECRET not in result.output


def test_or_from_standard_input(house: House) -> None:
    result = house.run("merchants", "add", "K", "--credentials", "-", typed=CREDENTIALS)
    assert result.exit_code == 0
    [account] = house.accounts.held.values()
    assert account.credentials == {"merchant_id": "77", "app_key": SECRET}


def test_a_live_merchant_needs_its_own(house: House) -> None:
    result = house.run("merchants", "add", "K", "--live")
    assert result.exit_code == 2
    assert "--credentials" in result.stderr
    assert not house.directory.merchants()


def test_credentials_on_the_command_line_are_refused_and_not_repeated(house: House) -> None:
    result = house.run("merchants", "add", "K", "--credentials", CREDENTIALS)
    assert result.exit_code == 2
    assert SECRET not in result.output


@for_each(
    "text",
    [
        "not json " + SECRET,
        json.dumps([SECRET]),
        json.dumps({"app_key": SECRET}),
        json.dumps({"merchant_id": 77, "app_key": SECRET}),
        json.dumps({"merchant_id": "", "app_key": SECRET}),
        json.dumps({"merchant_id": "77", "app_key": SECRET, SECRET: "x"}),
        "x" * 70_000,
    ],
)
def test_credentials_that_cannot_be_right_add_nothing(house: House, text: str) -> None:
    result = house.run("merchants", "add", "K", "--credentials", "-", typed=text)
    assert result.exit_code == 1
    assert SECRET not in result.output
    assert not house.directory.merchants()


def test_a_file_that_is_not_there(house: House, tmp_path: Path) -> None:
    result = house.run("merchants", "add", "K", "--credentials", str(tmp_path / "none.json"))
    assert result.exit_code == 1
    assert "No such file" in result.stderr


def test_a_provider_nobody_knows(house: House) -> None:
    result = house.run("merchants", "add", "K", "--provider", "ovoo")
    assert result.exit_code == 2
    assert "ovo" in result.stderr


def test_a_name_that_is_none(house: House) -> None:
    result = house.run("merchants", "add", " ")
    assert result.exit_code == 1
    assert "name" in result.stderr


def test_a_merchant_left_without_its_account_is_told(house: House) -> None:
    house.accounts.lost = True
    result = house.run("merchants", "add", "K")
    [merchant] = house.directory.merchants()
    assert result.exit_code == 4
    assert f"{merchant.id} was added without an account" in result.stderr
    assert "the disk is full" in result.stderr


def test_a_merchant_gets_a_live_account_later(house: House, file: Path) -> None:
    merchant = house.merchant()
    result = house.run("merchants", "account", "Klinik Sehat", "--live", "--credentials", str(file))
    assert result.exit_code == 0
    assert house.accounts.get(merchant.id, "ovo", livemode=True).credentials["merchant_id"] == "77"
    assert SECRET not in result.output


def test_an_account_for_nobody(house: House) -> None:
    result = house.run("merchants", "account", "mer_1")
    assert result.exit_code == 1
    assert "not_found" in result.stderr


def test_the_list_shows_accounts_and_no_secret(house: House) -> None:
    house.run("merchants", "add", "Klinik Sehat")
    [place] = house.accounts.held
    stop = Stop("58", NOW, PAYMENT_ID, NOW)
    house.accounts.held[place] = replace(house.accounts.held[place], stopped=stop)
    result = house.run("merchants", "list")
    assert result.exit_code == 0
    assert "ovo test (stopped: 58)" in result.stdout
    assert "2026-11-23 10:15:25 WIB" in result.stdout
    assert SANDBOX_SECRET not in result.stdout


def test_the_list_as_json(house: House) -> None:
    house.run("merchants", "add", "Klinik Sehat")
    [told] = json.loads(house.run("merchants", "list", "--json").stdout)["data"]
    assert told["name"] == "Klinik Sehat"
    assert told["object"] == "merchant"
    assert told["accounts"] == [{"provider": "ovo", "livemode": False, "stopped": None}]


def test_an_empty_list_says_what_to_do(house: House) -> None:
    assert "lunas merchants add" in house.run("merchants", "list").stdout


@pytest.mark.parametrize("trouble", [StoreUnavailable("locked"), WriteUnconfirmed("cut")])
@pytest.mark.parametrize("command", [["list"], ["add", "K"], ["account", "K"]])
def test_a_store_that_cannot_be_used_is_4(
    house: House, command: list[str], trouble: Exception
) -> None:
    house.trouble = trouble
    result = house.run("merchants", *command)
    assert result.exit_code == 4
    assert "What to do" in result.stderr


def test_another_providers_credentials_are_judged_by_it(house: House) -> None:
    house.run("merchants", "add", "Klinik Sehat")
    account = ("merchants", "account", "Klinik Sehat", "--provider", "ovo_snap")
    told = json.dumps({"address": "/ovo-snap", "credentials": {"private_key": SECRET}})
    assert house.run(*account, "--credentials", "-", typed=told).exit_code == 0
    [merchant] = house.directory.merchants()
    held = house.accounts.get(merchant.id, "ovo_snap", livemode=False)
    assert held.credentials == {"private_key": SECRET}
    for wrong, words in (
        ('{"client_id": "x"}', "private_key: is missing"),
        ('{"private_key": 1}', "texts only"),
        ("[]", "JSON object"),
    ):
        result = house.run(*account, "--credentials", "-", typed=wrong)
        assert result.exit_code == 1
        assert words in result.stderr


def test_another_provider_has_no_account_by_itself(house: House) -> None:
    house.run("merchants", "add", "Klinik Sehat")
    result = house.run("merchants", "account", "Klinik Sehat", "--provider", "ovo_snap")
    assert result.exit_code == 2
    assert "/control/credentials/ovo_snap" in result.stderr
