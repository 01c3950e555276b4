"""The real `lunas` against a real house."""

import json
from dataclasses import replace
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.integration.house import RunningHouse, a_phone, until

OK, REFUSED, USAGE, UNREACHABLE, STORE = range(5)


@pytest.fixture
def house(house: RunningHouse) -> RunningHouse:
    """The common house, with the key where the command line looks for it."""
    return replace(house, environment=house.environment | {"LUNAS_API_KEY": house.key})


def lunas(house: RunningHouse, *arguments: str, ends: int = OK) -> CompletedProcess[str]:
    """The command, which must end with that code and without a traceback."""
    done = house.run(*arguments)
    assert done.returncode == ends, (arguments, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def told(house: RunningHouse, *arguments: str, ends: int = OK) -> Any:
    """What the command says to a program."""
    return json.loads(lunas(house, *arguments, "--json", ends=ends).stdout)


def test_a_merchant_and_its_client_are_added_used_and_revoked(house: RunningHouse) -> None:
    merchant = told(house, "merchants", "add", "Klinik Baris")
    listed = lunas(house, "merchants", "list").stdout
    assert "Klinik Baris" in listed
    assert merchant["id"] in listed

    client = told(house, "clients", "create", "Klinik Baris", "--name", "chat")
    assert client["api_key"].startswith("lunas_test_")
    theirs = replace(house, key=client["api_key"])
    theirs.until_status(theirs.started("cli-merchant"), "succeeded")
    clients = lunas(house, "clients", "list", "--merchant", "Klinik Baris").stdout
    assert client["id"] in clients
    assert client["api_key"] not in clients

    lunas(house, "clients", "revoke", client["id"], ends=USAGE)  # nobody can be asked here
    lunas(house, "clients", "revoke", client["id"], "--dry-run")
    assert theirs.call("GET", "/v1/payments").status == 200
    lunas(house, "clients", "revoke", client["id"], "--yes")
    assert theirs.call("GET", "/v1/payments").status == 401


def test_a_payment_is_started_and_followed_to_its_end(house: RunningHouse) -> None:
    start = ("pay", "start", "--order", "cli-1", "--amount", "50.000", "--wait")
    paid = told(house, *start, "--phone", "0812 0000 0001")
    assert (paid["status"], paid["amount"]) == ("succeeded", 50_000)
    refused = told(house, *start, "--phone", "081200000001", ends=REFUSED)
    assert refused["code"] == "order_already_paid"
    declined = (*start[:3], "cli-2", *start[4:], "--phone", "081200000002")
    assert told(house, *declined, ends=REFUSED)["status"] == "requires_retry"

    assert "08••••••0001" in lunas(house, "pay", "get", paid["id"], "--wait", "5").stdout
    listed = told(house, "pay", "list", "--order", "cli-1")["data"]
    assert [payment["id"] for payment in listed] == [paid["id"]]
    lunas(house, "pay", "start", "--order", "x", "--amount", "50.000,50", ends=USAGE)
    lunas(house, "pay", "get", "pay_" + "0" * 32, ends=REFUSED)


def test_a_payment_is_pushed_and_canceled(house: RunningHouse) -> None:
    payment = told(house, "pay", "start", "--order", "cli-3", "--amount", "50000")
    assert payment["next_action"]["type"] == "collect_phone"
    lunas(house, "pay", "push", payment["id"], "--phone", "081200000001", "--dry-run")
    assert house.payment(payment["id"])["phone"] is None
    phone = a_phone()
    lunas(house, "pay", "push", payment["id"], "--phone", phone)
    house.tap(house.shown_push(phone)["id"], "approve")
    house.until_status(payment["id"], "succeeded")

    other = told(house, "pay", "start", "--order", "cli-4", "--amount", "50000")
    key = ("--key", "cli-cancel", "--yes")
    assert told(house, "pay", "cancel", other["id"], *key)["status"] == "canceled"
    assert told(house, "pay", "cancel", other["id"], *key)["status"] == "canceled"
    assert house.payment(other["id"])["sequence"] == 2


def test_money_is_given_back_and_accounted_for(house: RunningHouse) -> None:
    payment_id = house.started("cli-refund")
    house.until_status(payment_id, "succeeded")
    why = ("--reason", "half of it fell out")
    lunas(house, "pay", "refund", payment_id, "--amount", "20.000", *why, ends=USAGE)
    lunas(house, "pay", "refund", payment_id, "--amount", "20.000", *why, "--dry-run")
    key = ("--key", "cli-refund", "--yes")
    made = told(house, "pay", "refund", payment_id, "--amount", "20.000", *why, *key)
    again = told(house, "pay", "refund", payment_id, "--amount", "20.000", *why, *key)
    assert made == again
    too_much = lunas(
        house, "pay", "refund", payment_id, "--amount", "40.000", *why, "--yes", ends=1
    )
    assert "Left: Rp 30.000." in too_much.stderr

    named = replace(house, environment=house.environment | {"LUNAS_ACTOR": "rina"})
    by = ("--reason", "transferred", "--evidence", "slip 1", "--yes")
    closed = told(named, "refunds", "close", made["id"], *by)
    assert (closed["status"], closed["closed_by"]) == ("succeeded", "rina")
    assert "Rp 20.000" in lunas(house, "refunds", "list", payment_id).stdout
    assert "slip 1" in lunas(house, "refunds", "show", made["id"]).stdout
    dossier = lunas(house, "pay", "dossier", payment_id).stdout
    for part in ("partially_refunded", "refund_requested", "refund_closed", "rina", "slip 1"):
        assert part in dossier
    assert told(house, "pay", "check", payment_id)["status"] == "partially_refunded"
    lunas(house, "pay", "resolve", payment_id, "--outcome", "paid", *by, ends=REFUSED)


def test_what_a_person_must_look_at_is_listed_and_decided(house: RunningHouse) -> None:
    """After code 40 the wallet contradicts itself: nothing but a person can end it."""
    payment_id = house.started("cli-40", "081200001040")
    house.until_status(payment_id, "unknown")

    def found() -> Any:
        listed = house.call("GET", "/v1/exceptions?status=all&limit=100").json["data"]
        return [each for each in listed if each["payment_id"] == payment_id]

    [exception] = until(found, "the exception", 60)
    listed = told(house, "exceptions", "list", "--all", "--limit", "100")["data"]
    assert exception["id"] in [each["id"] for each in listed]
    assert exception["id"] in lunas(house, "exceptions", "list").stdout
    by = ("--reason", "seen in the portal", "--evidence", "page 3", "--actor", "rina", "--yes")
    resolve = ("exceptions", "resolve", exception["id"], "--action", "not_paid", *by)
    house.until_horizon(payment_id)
    until(lambda: house.run(*resolve).returncode == OK, "the horizon", 60, every=1)
    shown = lunas(house, "exceptions", "show", exception["id"]).stdout
    for part in ("closed", "rina", "not_paid", "page 3"):
        assert part in shown
    assert house.payment(payment_id)["status"] == "requires_retry"


def test_events_are_listed_shown_and_sent_again(house: RunningHouse) -> None:
    with house.hooked() as chat:
        payment_id = house.started("cli-5")
        chat.until_heard(payment_id, "payment.succeeded")
        listed = told(house, "events", "list", "--payment", payment_id)["data"]
        assert [event["data"]["sequence"] for event in listed] == [3, 2, 1]
        event = listed[0]["data"]["id"]
        shown = told(house, "events", "show", event)
        assert [delivery["status"] for delivery in shown["deliveries"]] == ["delivered"]
        lunas(house, "events", "redeliver", event)
        until(lambda: len(chat.posts(event)) == 2, "the event again")


def test_the_doctor_finds_nothing_bad_in_a_good_house(house: RunningHouse) -> None:
    findings = told(house, "doctor")
    assert findings["ok"] is True
    verdicts = {finding["about"]: finding["verdict"] for finding in findings["findings"]}
    for about in ("store", "keys", "clock", "worker", "API", "sandbox", "OVO", "merchants"):
        assert verdicts[about] == "good", findings


def test_migrating_again_changes_nothing(house: RunningHouse) -> None:
    payment_id = house.started("cli-6", None)
    assert told(house, "migrate") == {"dry_run": False, "steps": []}
    assert house.payment(payment_id)["status"] == "pending"


def test_a_restored_store_goes_on_in_a_new_batch(house: RunningHouse) -> None:
    before = house.until_status(house.started("cli-7"), "succeeded")
    house.stop("worker")
    # Without a worker not all is well: the API is not ready.
    findings = json.loads(house.run("doctor", "--restored", "--json").stdout)["findings"]
    assert any("new batch" in finding["text"] for finding in findings)
    assert {f["about"] for f in findings if f["verdict"] == "bad"} <= {"worker", "API"}
    house.start("worker")
    after = house.until_status(house.started("cli-8"), "succeeded")
    old, new = (payment["attempts"][0]["references"] for payment in (before, after))
    assert new["batch_no"] == old["batch_no"] + 1
    assert new["reference_no"] == 1


def test_what_is_wrong_is_one_line_and_an_exit_code(house: RunningHouse) -> None:
    elsewhere = replace(house, environment=house.environment | {"LUNAS_URL": "http://127.0.0.1:9"})
    away = lunas(elsewhere, "pay", "list", ends=UNREACHABLE)
    assert "127.0.0.1:9" in away.stderr
    nothing = house.environment | {"LUNAS_DATA_DIR": str(house.folder / "nothing")}
    no_store = lunas(replace(house, environment=nothing), "merchants", "list", ends=STORE)
    assert "lunas migrate" in no_store.stderr
    wrong = house.environment | {"LUNAS_OVO_READ_WITHIN": "1s"}
    assert "window" in lunas(replace(house, environment=wrong), "doctor", ends=USAGE).stderr
    stranger = house.environment | {"LUNAS_API_KEY": "lunas_test_" + "x" * 40}
    refused = lunas(replace(house, environment=stranger), "pay", "list", ends=REFUSED)
    assert "API key" in refused.stderr
