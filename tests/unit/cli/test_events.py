"""Events over the API."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.cli.builders import (
    EVENT_ID,
    MASKED_PHONE,
    PAYMENT_ID,
    House,
    Say,
    ScriptedLunas,
    a_problem,
    an_event,
)


def test_the_list_asks_for_what_was_asked(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say({"data": [an_event()], "next_cursor": None})]
    result = online.run(
        *("events", "list", "--payment", PAYMENT_ID, "--type", "payment.succeeded"),
        *("--since", "2026-11-23T10:00", "--limit", "5"),
    )
    assert result.exit_code == 0
    assert parse_qs(urlsplit(lunas.heard[0].path).query) == {
        "payment_id": [PAYMENT_ID],
        "type": ["payment.succeeded"],
        "since": ["2026-11-23T03:00:00.000Z"],
        "limit": ["5"],
    }
    assert EVENT_ID in result.stdout
    assert "2026-11-23 10:16:00 WIB" in result.stdout


def test_a_time_that_names_its_zone_is_taken_as_it_is(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say({"data": [], "next_cursor": None})]
    result = online.run("events", "list", "--since", "2026-11-23T03:00:00Z", "--json")
    assert json.loads(result.stdout) == {"data": [], "next_cursor": None}
    assert "2026-11-23T03%3A00%3A00.000Z" in lunas.heard[0].path


@pytest.mark.parametrize(
    "wrong", [["--since", "yesterday"], ["--type", "payment.paid"], ["--payment", "8812"]]
)
def test_wrong_usage(house: House, wrong: list[str]) -> None:
    assert house.run("events", "list", *wrong).exit_code == 2


def test_one_event_with_its_deliveries(online: House, lunas: ScriptedLunas) -> None:
    delivery = {
        "id": "dlv_1",
        "endpoint_id": "we_1",
        "status": "pending",
        "tries": 2,
        "last_status": 500,
        "last_error": None,
        "due_at": "2026-11-23T03:21:00.000Z",
    }
    lunas.script = [Say(an_event(deliveries=[delivery]))]
    result = online.run("events", "show", EVENT_ID)
    assert result.exit_code == 0
    for part in ("✓ succeeded", MASKED_PHONE, "Rp 50.000", "dlv_1", "500", "10:21:00 WIB"):
        assert part in result.stdout


def test_an_event_of_an_endpoint(online: House, lunas: ScriptedLunas) -> None:
    data = {"id": EVENT_ID, "endpoint": {"id": "we_1", "url": "https://chat.example"}}
    lunas.script = [Say(an_event(type="endpoint.disabled", data=data))]
    assert "we_1" in online.run("events", "show", EVENT_ID).stdout


def test_one_event_as_json(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(an_event())]
    assert json.loads(online.run("events", "show", EVENT_ID, "--json").stdout) == an_event()


def test_redelivery_carries_a_key(online: House, lunas: ScriptedLunas) -> None:
    answer = {"object": "redelivery", "event_id": EVENT_ID}
    lunas.script = [Say(answer, 202)]
    assert online.run("events", "redeliver", EVENT_ID).exit_code == 0
    result = online.run("events", "redeliver", EVENT_ID, "--key", "k", "--json")
    assert json.loads(result.stdout) == answer
    assert [h.path for h in lunas.heard] == [f"/v1/events/{EVENT_ID}/redeliver"] * 2
    assert lunas.heard[0].key
    assert lunas.heard[1].key == "k"


def test_redelivery_rehearsed(house: House) -> None:
    told = json.loads(house.run("events", "redeliver", EVENT_ID, "--dry-run").stdout)
    assert told["path"] == f"/v1/events/{EVENT_ID}/redeliver"


@pytest.mark.parametrize("verb", ["show", "redeliver"])
def test_an_event_that_is_not_there(online: House, lunas: ScriptedLunas, verb: str) -> None:
    lunas.script = [a_problem("not_found", 404)]
    assert online.run("events", verb, EVENT_ID).exit_code == 1
    assert online.run("events", verb, "8812").exit_code == 2
