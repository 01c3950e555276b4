"""What operators do on the command line: checks, refunds, exceptions, dossiers."""

import json
from typing import Any

import pytest

from tests.unit.cases import for_each
from tests.unit.cli.builders import (
    EXCEPTION_ID,
    FULL_PHONE,
    PAYMENT_ID,
    REFUND_ID,
    House,
    Say,
    ScriptedLunas,
    a_payment,
    a_problem,
    a_refund,
    an_exception,
)

WHY = ("--reason", "seen in the portal")
BY = ("--evidence", "OVO portal, page 3")
MOVES: list[tuple[tuple[str, ...], str, dict[str, Any], dict[str, Any]]] = [
    (
        ("pay", "refund", PAYMENT_ID, *WHY),
        f"/v1/payments/{PAYMENT_ID}/refunds",
        {"reason": WHY[1]},
        a_refund(),
    ),
    (
        ("pay", "refund", PAYMENT_ID, "--amount", "20.000", *WHY),
        f"/v1/payments/{PAYMENT_ID}/refunds",
        {"reason": WHY[1], "amount": 20_000},
        a_refund(),
    ),
    (
        ("pay", "resolve", PAYMENT_ID, "--outcome", "not_paid", *WHY, *BY),
        f"/v1/payments/{PAYMENT_ID}/resolve",
        {"outcome": "not_paid", "reason": WHY[1], "evidence": BY[1]},
        a_payment(status="requires_retry"),
    ),
    (
        ("refunds", "close", REFUND_ID, *WHY, *BY),
        f"/v1/refunds/{REFUND_ID}/close",
        {"outcome": "succeeded", "reason": WHY[1], "evidence": BY[1]},
        a_refund(status="succeeded", closed_by="sari", evidence=BY[1]),
    ),
    (
        ("refunds", "close", REFUND_ID, "--outcome", "failed", *WHY, *BY),
        f"/v1/refunds/{REFUND_ID}/close",
        {"outcome": "failed", "reason": WHY[1], "evidence": BY[1]},
        a_refund(status="failed"),
    ),
    (
        ("exceptions", "resolve", EXCEPTION_ID, "--action", "honour", *WHY),
        f"/v1/exceptions/{EXCEPTION_ID}/resolve",
        {"action": "honour", "reason": WHY[1]},
        an_exception(status="closed"),
    ),
    (
        ("exceptions", "resolve", EXCEPTION_ID, "--action", "returned", *WHY, *BY),
        f"/v1/exceptions/{EXCEPTION_ID}/resolve",
        {"action": "returned", "reason": WHY[1], "evidence": BY[1]},
        an_exception(status="closed"),
    ),
]
EACH = pytest.mark.parametrize("move", MOVES)


@EACH
def test_what_moves_money_asks_first_and_says_who(
    online: House, lunas: ScriptedLunas, move: Any
) -> None:
    command, path, body, answer = move
    lunas.script = [Say(answer, 202)]
    assert online.run(*command).exit_code == 2
    assert online.run(*command, typed="n\n").exit_code == 1
    assert lunas.heard == []
    assert online.run(*command, typed="y\n").exit_code == 0
    told = online.run(*command, "--yes", "--actor", "rina", "--key", "k", "--json")
    assert json.loads(told.stdout) == answer
    assert [heard.path for heard in lunas.heard] == [path] * 2
    assert [heard.body for heard in lunas.heard] == [
        body | {"actor": "sari"},
        body | {"actor": "rina"},
    ]
    assert lunas.heard[1].key == "k"


@EACH
def test_a_dry_run_sends_nothing(house: House, move: Any) -> None:
    command, path, body, _ = move
    told = json.loads(house.run(*command, "--dry-run").stdout)
    assert (told["path"], told["body"]) == (path, body | {"actor": "sari"})


@EACH
def test_without_a_name_nobody_decides(house: House, move: Any) -> None:
    house.actor = None
    result = house.run(*move[0], "--yes")
    assert result.exit_code == 2
    assert "LUNAS_ACTOR" in result.stderr


@for_each(
    "command",
    [
        ("pay", "refund", PAYMENT_ID),
        ("pay", "refund", PAYMENT_ID, "--reason", " "),
        ("pay", "refund", PAYMENT_ID, "--reason", "a\nb"),
        ("pay", "refund", PAYMENT_ID, "--reason", "x" * 501),
        ("pay", "refund", PAYMENT_ID, *WHY, "--amount", "5e4"),
        ("pay", "refund", PAYMENT_ID, *WHY, "--actor", ""),
        ("pay", "refund", REFUND_ID, *WHY),
        ("pay", "resolve", PAYMENT_ID, "--outcome", "paid", *WHY),
        ("pay", "resolve", PAYMENT_ID, "--outcome", "perhaps", *WHY, *BY),
        ("refunds", "close", REFUND_ID, *WHY),
        ("refunds", "close", PAYMENT_ID, *WHY, *BY),
        ("refunds", "list", REFUND_ID),
        ("exceptions", "resolve", EXCEPTION_ID, "--action", "forget", *WHY),
        ("exceptions", "show", PAYMENT_ID),
        ("exceptions", "list", "--limit", "0"),
    ],
)
def test_wrong_usage(house: House, command: tuple[str, ...]) -> None:
    assert house.run(*command).exit_code == 2


def test_a_check_is_asked_for(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_payment(status="unknown"), 202)]
    result = online.run("pay", "check", PAYMENT_ID)
    assert result.exit_code == 0
    assert lunas.heard[0].path == f"/v1/payments/{PAYMENT_ID}/check"
    assert lunas.heard[0].body == {}
    assert "--wait 60" in result.stderr
    assert json.loads(online.run("pay", "check", PAYMENT_ID, "--json").stdout)["id"] == PAYMENT_ID
    assert json.loads(online.run("pay", "check", PAYMENT_ID, "--dry-run").stdout)["dry_run"] is True


def test_a_refund_by_hand_says_what_to_do(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(a_refund(), 202), Say(a_refund(kind="void"), 202)]
    by_hand = online.run("pay", "refund", PAYMENT_ID, *WHY, "--yes")
    assert f"lunas refunds close {REFUND_ID}" in by_hand.stderr
    for part in ("Rp 20.000", "… pending", "manual", "sari"):
        assert part in by_hand.stdout
    assert "close" not in online.run("pay", "refund", PAYMENT_ID, *WHY, "--yes").stderr


def test_a_refund_of_too_much_says_how_much_is_left(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [a_problem("refund_exceeds_paid", 422, refundable=30_000)]
    result = online.run("pay", "refund", PAYMENT_ID, *WHY, "--yes")
    assert result.exit_code == 1
    assert "Left: Rp 30.000." in result.stderr
    assert "lunas refunds list" in result.stderr


def test_refunds_are_listed_and_shown(online: House, lunas: ScriptedLunas) -> None:
    page = {"data": [a_refund(closed_by="rina")], "next_cursor": None}
    lunas.script = [Say(page), Say(page), Say(a_refund(evidence="slip 1")), Say(a_refund())]
    listed = online.run("refunds", "list", PAYMENT_ID).stdout
    for part in (REFUND_ID, "Rp 20.000", "rina", "10:15:25 WIB"):
        assert part in listed
    assert json.loads(online.run("refunds", "list", PAYMENT_ID, "--json").stdout) == page
    assert "slip 1" in online.run("refunds", "show", REFUND_ID).stdout
    assert json.loads(online.run("refunds", "show", REFUND_ID, "--json").stdout) == a_refund()
    assert [heard.path for heard in lunas.heard] == [
        f"/v1/payments/{PAYMENT_ID}/refunds",
        f"/v1/payments/{PAYMENT_ID}/refunds",
        f"/v1/refunds/{REFUND_ID}",
        f"/v1/refunds/{REFUND_ID}",
    ]


def test_exceptions_are_listed_with_age_and_risk(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say({"data": [an_exception()], "next_cursor": "pay_2"})]
    result = online.run("exceptions", "list", "--all", "--limit", "3", "--cursor", "pay_3")
    assert lunas.heard[0].path == "/v1/exceptions?status=all&limit=3&cursor=pay_3"
    for part in (EXCEPTION_ID, "late_success", "Rp 50.000", "2 h", "! open", "honour"):
        assert part in result.stdout
    assert "--cursor pay_2" in result.stderr
    lunas.script = [Say({"data": [], "next_cursor": None})]
    assert "None." in online.run("exceptions", "list").stdout
    assert json.loads(online.run("exceptions", "list", "--json").stdout)["data"] == []
    assert lunas.heard[1].path == "/v1/exceptions"


def test_an_exception_is_shown_open_and_closed(online: House, lunas: ScriptedLunas) -> None:
    closed = {
        "at": "2026-11-23T03:15:25.000Z",
        "actor": "rina",
        "action": "returned",
        "reason": "sent back",
        "evidence": "slip 1",
    }
    lunas.script = [Say(an_exception()), Say(an_exception(status="closed", closed=closed))]
    assert "honour, void, returned" in online.run("exceptions", "show", EXCEPTION_ID).stdout
    shown = online.run("exceptions", "show", EXCEPTION_ID).stdout
    for part in ("rina", "returned", "sent back", "slip 1"):
        assert part in shown
    told = online.run("exceptions", "show", EXCEPTION_ID, "--json").stdout
    assert json.loads(told)["closed"] == closed


def test_one_that_waits_for_its_void_says_so(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say(an_exception(), 202)]
    result = online.run("exceptions", "resolve", EXCEPTION_ID, "--action", "void", *WHY, "--yes")
    assert "once the wallet has made the void" in result.stderr


def test_the_dossier_is_one_timeline(online: House, lunas: ScriptedLunas) -> None:
    line = {
        "at": "2026-11-23T03:15:25.000Z",
        "about": "history",
        "actor": "rina",
        "what": "refund_requested",
        "facts": {"amount": 20_000, "none": None, "reason": "x\x1b[2J"},
    }
    dossier = {
        "object": "dossier",
        "payment": a_payment(phone=FULL_PHONE),
        "refunds": [a_refund()],
        "exceptions": [an_exception()],
        "timeline": [line],
    }
    lunas.script = [Say(dossier)]
    shown = online.run("pay", "dossier", PAYMENT_ID).stdout
    for part in (PAYMENT_ID, REFUND_ID, EXCEPTION_ID, "history: refund_requested", "amount=20000"):
        assert part in shown
    assert "none=" not in shown
    assert FULL_PHONE not in shown
    assert "\x1b" not in shown
    assert json.loads(online.run("pay", "dossier", PAYMENT_ID, "--json").stdout) == dossier
    assert lunas.heard[0].path == f"/v1/payments/{PAYMENT_ID}/dossier"


def test_a_payment_shows_what_is_left_of_it(online: House, lunas: ScriptedLunas) -> None:
    more = {
        "attempts_left": 4,
        "attempts_limit": 5,
        "resend_at": "2026-11-23T03:15:40.000Z",
        "refunds": [REFUND_ID],
    }
    lunas.script = [Say(a_payment(**more))]
    shown = online.run("pay", "get", PAYMENT_ID).stdout
    for part in ("4 of 5", "10:15:40 WIB", REFUND_ID):
        assert part in shown


def test_the_problems_of_money_say_what_to_do(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [a_problem("payment_unknown", 409, retry_after=15)]
    result = online.run("pay", "refund", PAYMENT_ID, *WHY, "--yes")
    assert result.exit_code == 1
    assert "Lunas is finding out" in result.stderr
    assert "Again in 15 s." in result.stderr
