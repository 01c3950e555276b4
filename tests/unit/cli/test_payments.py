"""Payments over the API: what is sent, what is shown, and how it ends."""

import json
from uuid import UUID

import pytest

from adapters.inbound.cli import watch
from tests.unit.cases import for_each
from tests.unit.cli.builders import (
    API_KEY,
    FULL_PHONE,
    MASKED_PHONE,
    PAYMENT_ID,
    House,
    Say,
    ScriptedLunas,
    a_payment,
    a_problem,
)

START = ["pay", "start", "--order", "consult-8812", "--amount", "50.000"]


def test_a_payment_is_started(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_payment(), 202)]
    result = online.run(
        *START, "--phone", FULL_PHONE, "--description", "Konsultasi", "--expires-in", "600"
    )
    [heard] = lunas.heard
    assert result.exit_code == 0
    assert (heard.method, heard.path) == ("POST", "/v1/payments")
    assert heard.authorization == f"Bearer {API_KEY}"
    assert heard.key is not None
    assert UUID(heard.key).version == 4
    assert heard.body == {
        "order_id": "consult-8812",
        "amount": 50000,
        "phone": FULL_PHONE,
        "description": "Konsultasi",
        "expires_in": 600,
    }


def test_people_read_rupiah_wib_signs_and_a_masked_phone(
    online: House, lunas: ScriptedLunas
) -> None:
    lunas.script = [Say(a_payment(), 202)]
    shown = online.run(*START, "--phone", FULL_PHONE).output
    assert "Rp 50.000" in shown
    assert "2026-11-23 10:15:25 WIB" in shown
    assert "… awaiting_customer" in shown
    assert "Open the OVO app." in shown
    assert MASKED_PHONE in shown
    assert FULL_PHONE not in shown
    assert API_KEY not in shown
    assert "\x1b" not in shown


def test_what_is_not_given_is_not_sent(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_payment(phone=None, attempts=[]), 202)]
    assert online.run(*START).exit_code == 0
    assert lunas.heard[0].body == {"order_id": "consult-8812", "amount": 50000}


def test_json_is_exactly_the_apis(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_payment(), 202)]
    assert json.loads(online.run(*START, "--json").stdout) == a_payment()


def test_a_given_key_is_used(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_payment(), 202)]
    online.run(*START, "--key", "my-key")
    assert lunas.heard[0].key == "my-key"


@for_each("amount", ["50.5", "50,000", "-1", "5e4", "", "\u0665\u0660", "Rp", "1" * 30])
def test_an_amount_that_is_no_whole_rupiah_is_wrong_usage(house: House, amount: str) -> None:
    result = house.run("pay", "start", "--order", "o", "--amount", amount)
    assert result.exit_code == 2
    assert "50.000" in result.stderr


@pytest.mark.parametrize("key", ["", "k" * 256, "kunci\n", "é"])
def test_a_key_that_cannot_be_sent_is_wrong_usage(house: House, key: str) -> None:
    assert house.run(*START, "--key", key).exit_code == 2


def test_a_dry_run_sends_nothing_and_masks_the_phone(house: House) -> None:
    result = house.run(*START, "--phone", FULL_PHONE, "--dry-run")
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert told["body"]["phone"] == MASKED_PHONE
    assert told["path"] == "/v1/payments"
    assert FULL_PHONE not in result.output


def test_a_phone_that_is_none_is_not_shown_either(house: House) -> None:
    assert "12345678" not in house.run(*START, "--phone", "12345678", "--dry-run").output


def test_a_phone_that_came_in_full_is_masked_all_the_same(
    online: House, lunas: ScriptedLunas
) -> None:
    lunas.script = [Say(a_payment(phone=FULL_PHONE))]
    shown = online.run("pay", "get", PAYMENT_ID).output
    assert FULL_PHONE not in shown
    assert MASKED_PHONE in shown


def test_waiting_ends_with_0_when_it_is_paid(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [
        Say(a_payment(), 202),
        Say(a_payment(), 200, {"Retry-After": "2"}),
        Say(a_payment(sequence=3, status="unknown")),
        Say(a_payment(sequence=4, status="succeeded", paid_at="2026-11-23T03:16:00.000Z")),
    ]
    result = online.run(*START, "--wait", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["status"] == "succeeded"
    assert online.pauses == [2.0]
    assert [h.path.split("sequence=")[1] for h in lunas.heard[1:]] == ["2", "2", "3"]
    assert PAYMENT_ID in result.stderr


@pytest.mark.parametrize("status", ["failed", "expired", "canceled", "requires_retry"])
def test_waiting_ends_with_1_when_it_is_not(
    online: House, lunas: ScriptedLunas, status: str
) -> None:
    reason = {
        "code": "declined_by_customer",
        "provider_code": "17",
        "message": {"id": "Dibatalkan.", "en": "The customer declined."},
    }
    lunas.script = [Say(a_payment(), 202), Say(a_payment(sequence=3, status=status, reason=reason))]
    result = online.run(*START, "--wait")
    assert result.exit_code == 1
    assert status in result.stdout
    assert "declined_by_customer (17): The customer declined." in result.stdout


def test_waiting_is_bounded(
    online: House, lunas: ScriptedLunas, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert watch.MOST_LOOKS < 150
    monkeypatch.setattr(watch, "MOST_LOOKS", 8)
    lunas.script = [Say(a_payment())]
    result = online.run(*START, "--wait")
    assert result.exit_code == 1
    assert f"lunas pay get {PAYMENT_ID}" in result.stderr
    assert len(lunas.heard) == 1 + 8


def test_get_and_its_wait(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_payment())]
    assert online.run("pay", "get", PAYMENT_ID).exit_code == 0
    assert online.run("pay", "get", PAYMENT_ID, "--wait", "5", "--json").exit_code == 0
    path = f"/v1/payments/{PAYMENT_ID}"
    assert [h.path for h in lunas.heard] == [path, f"{path}?wait=5"]
    assert lunas.heard[0].key is None


@pytest.mark.parametrize("wait", ["0", "61", "soon"])
def test_a_wait_out_of_bounds_is_wrong_usage(house: House, wait: str) -> None:
    assert house.run("pay", "get", PAYMENT_ID, "--wait", wait).exit_code == 2


@for_each("id", ["../x", "pay_", "evt_1", "pay_1/push", "pay_é"])
def test_an_id_that_is_none_is_wrong_usage(house: House, id: str) -> None:
    for command in (["get"], ["push"], ["cancel", "--yes"]):
        assert house.run("pay", *command, id).exit_code == 2


def test_a_payment_that_is_not_there(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [a_problem("not_found", 404)]
    result = online.run("pay", "get", PAYMENT_ID)
    assert result.exit_code == 1
    assert "not_found" in result.stderr


def test_the_list_asks_for_what_was_asked(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say({"data": [a_payment()], "next_cursor": "pay_2"})]
    result = online.run(
        "pay", "list", "--order", "o 1", "--status", "unknown", "--limit", "2", "--cursor", "pay_3"
    )
    assert result.exit_code == 0
    assert lunas.heard[0].path == "/v1/payments?order_id=o+1&status=unknown&limit=2&cursor=pay_3"
    assert PAYMENT_ID in result.stdout
    assert "Rp 50.000" in result.stdout
    assert "--cursor pay_2" in result.stderr


def test_the_list_as_json_and_an_empty_one(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say({"data": [], "next_cursor": None})]
    assert json.loads(online.run("pay", "list", "--json").stdout) == {
        "data": [],
        "next_cursor": None,
    }
    assert "None." in online.run("pay", "list").stdout


def test_a_state_that_is_none_is_wrong_usage(house: House) -> None:
    assert house.run("pay", "list", "--status", "paid").exit_code == 2


def test_what_others_wrote_cannot_steer_the_terminal(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_payment(description="\x1b[2Jgone [red]x", order_id="a\nb"))]
    shown = online.run("pay", "get", PAYMENT_ID).stdout
    assert "\x1b" not in shown
    assert "gone [red]x" in shown
    assert "a\nb" not in shown


def test_push_with_and_without_another_phone(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_payment(), 202)]
    assert online.run("pay", "push", PAYMENT_ID).exit_code == 0
    shown = online.run("pay", "push", PAYMENT_ID, "--phone", FULL_PHONE, "--json").output
    assert [h.path for h in lunas.heard] == [f"/v1/payments/{PAYMENT_ID}/push"] * 2
    assert [h.body for h in lunas.heard] == [{}, {"phone": FULL_PHONE}]
    assert lunas.heard[0].key != lunas.heard[1].key
    assert FULL_PHONE not in shown


def test_a_push_too_soon_says_when(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [a_problem("cooldown", 409, retry_after=9)]
    result = online.run("pay", "push", PAYMENT_ID)
    assert result.exit_code == 1
    assert "Again in 9 s." in result.stderr
    assert len(lunas.heard) == 1


def test_cancel_asks_first(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_payment(status="canceled", next_action=None))]
    assert online.run("pay", "cancel", PAYMENT_ID).exit_code == 2
    assert online.run("pay", "cancel", PAYMENT_ID, typed="n\n").exit_code == 1
    assert lunas.heard == []
    assert online.run("pay", "cancel", PAYMENT_ID, typed="y\n").exit_code == 0
    assert online.run("pay", "cancel", PAYMENT_ID, "--yes").exit_code == 0
    online.run("pay", "cancel", PAYMENT_ID, "--yes", "--actor", "rina")
    assert [h.path for h in lunas.heard] == [f"/v1/payments/{PAYMENT_ID}/cancel"] * 3
    assert [h.body for h in lunas.heard] == [{"actor": who} for who in ("sari", "sari", "rina")]


def test_a_cancel_that_has_to_wait_says_so(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_payment(cancel_requested_at="2026-11-23T03:15:50.000Z"), 202)]
    result = online.run("pay", "cancel", PAYMENT_ID, "--yes")
    assert result.exit_code == 0
    assert "once it is certain that no money moved" in result.stderr


@pytest.mark.parametrize("step", ["push", "cancel"])
def test_a_dry_run_of_a_step(house: House, step: str) -> None:
    told = json.loads(house.run("pay", step, PAYMENT_ID, "--dry-run").stdout)
    assert told["path"] == f"/v1/payments/{PAYMENT_ID}/{step}"
