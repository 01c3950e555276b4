"""What the command line's page gives to operators, run as the page has it, and read back."""

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.rules import WIB
from tests.integration.cli_page import BLOCKS, PAGE, Words, is_an_operators, lines, named
from tests.integration.house import until
from tests.integration.operators import (
    EVIDENCE,
    PART,
    REASON,
    WHOLE,
    Operators,
    actor,
    operators,
)
from tests.integration.test_documented_commands import blocks

NEED_EVIDENCE = ("paid", "not_paid", "returned")
BECOMES = {"paid": "succeeded", "not_paid": "requires_retry"}
READING = {
    # what each command that changes nothing has in its answer
    "pay dossier": r"history: refund_requested +\S+ .*amount=20000",
    "refunds": r"close +Say how a refund by hand ended",
    "refunds list": r"^re_\w+ +Rp 20\.000 +… pending +manual",
    "refunds show": r"^Refund +re_\w+",
    "exceptions": r"resolve +Decide an exception",
    "exceptions list": r"^exc_\w+ +\w+ +Rp 50\.000 .*(paid|void)$",
    "exceptions show": r"^Actions +paid, not_paid$",
}


def with_actions(words: Words) -> list[Words]:
    """The words with an action for ACTION: those that need evidence where there is some."""
    actions = NEED_EVIDENCE if "--evidence" in words else ("void",)
    real = [tuple(a if word == "ACTION" else word for word in words) for a in actions]
    return real if "ACTION" in words else [words]


LINES = [real for words in lines() if is_an_operators(words) for real in with_actions(words)]


def of(*commands: str) -> pytest.MarkDecorator:
    """Once for each way in which the page has these commands."""
    found = [words for words in LINES if named(words) in commands]
    return pytest.mark.parametrize("words", found, ids=" ".join)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operators]:
    now = datetime.now(WIB)
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    if tomorrow - now < timedelta(minutes=2):  # a void is of its own day in Jakarta
        time.sleep((tomorrow - now).total_seconds() + 1)
    with operators(tmp_path_factory.mktemp("operators"), LINES) as desk:
        yield desk


def ended_by(words: Words, exception: Any, action: str) -> None:
    """The exception was closed so, by whom these words name."""
    assert exception["status"] == "closed"
    closed = {name: value for name, value in exception["closed"].items() if name != "at"}
    assert closed == {
        "actor": actor(words),
        "action": action,
        "reason": REASON,
        "evidence": EVIDENCE,
    }


def test_every_command_of_operators_is_tried() -> None:
    moving = {"pay check", "pay refund", "pay resolve", "refunds close", "exceptions resolve"}
    assert {named(words) for words in LINES} == moving | set(READING)


@of("pay check")
def test_a_check_is_wanted_and_made(desk: Operators, words: Words) -> None:
    exception = desk.open_exception(words)
    before = desk.push(exception)["status_checks"]
    said = desk.says(words, exception["payment_id"])
    if "--dry-run" in words:
        assert '"dry_run": true' in said
        assert desk.push(exception)["status_checks"] == before
        return
    assert re.search(r"^Status .*unknown", said, re.M), said
    until(lambda: desk.push(exception)["status_checks"] > before, "the check")
    assert desk.payment(exception["payment_id"])["status"] == "unknown"


@of("pay refund")
def test_money_is_given_back(desk: Operators, words: Words) -> None:
    payment_id = desk.paid(words)
    said = desk.says(words, payment_id)
    made = desk.shell.call("GET", f"/v1/payments/{payment_id}/refunds")["data"]
    if "--dry-run" in words:
        assert '"dry_run": true' in said
        assert made == []
        return
    [refund] = made
    assert refund["id"] in said
    assert (refund["reason"], refund["actor"]) == (REASON, actor(words))
    if "--amount" in words:
        assert (refund["kind"], refund["amount"]) == ("manual", PART)
        assert refund["status"] == "pending"
        assert desk.payment(payment_id)["status"] == "succeeded"
        return
    assert (refund["kind"], refund["amount"]) == ("void", WHOLE)
    desk.until_status(payment_id, "refunded")
    assert desk.shell.call("GET", f"/v1/refunds/{refund['id']}")["status"] == "succeeded"


@of("pay resolve")
def test_a_person_says_what_became_of_an_unknown_payment(desk: Operators, words: Words) -> None:
    exception = desk.open_exception(words)
    payment_id = exception["payment_id"]
    assert desk.payment(payment_id)["status"] == "unknown"
    said = desk.says(words, payment_id)
    exception, payment = desk.exception(exception["id"]), desk.payment(payment_id)
    if "--dry-run" in words:
        assert '"dry_run": true' in said
        assert (payment["status"], exception["status"]) == ("unknown", "open")
        return
    outcome = words[words.index("--outcome") + 1]
    assert payment["status"] == BECOMES[outcome]
    assert re.search(rf"^Status .*{BECOMES[outcome]}$", said, re.M), said
    ended_by(words, exception, outcome)


@of("refunds close")
def test_a_refund_by_hand_is_closed(desk: Operators, words: Words) -> None:
    refund = desk.pending_refund(words)
    said = desk.says(words, refund["id"])
    closed = desk.shell.call("GET", f"/v1/refunds/{refund['id']}")
    if "--dry-run" in words:
        assert '"dry_run": true' in said
        assert closed == refund
        return
    failed = "failed" in words
    assert closed["status"] == ("failed" if failed else "succeeded")
    assert (closed["closed_by"], closed["evidence"]) == (actor(words), EVIDENCE)
    assert re.search(rf"^Closed by +{actor(words)}$", said, re.M), said
    dossier = desk.shell.call("GET", f"/v1/payments/{refund['payment_id']}/dossier")
    [entry] = [entry for entry in dossier["history"] if entry["action"] == "refund_closed"]
    assert (entry["actor"], entry["facts"]["reason"]) == (actor(words), REASON)
    payment = dossier["payment"]
    assert payment["status"] == ("succeeded" if failed else "partially_refunded")
    assert payment["amount_refunded"] == (0 if failed else PART)


@of("exceptions resolve")
def test_an_exception_is_decided(desk: Operators, words: Words) -> None:
    exception_id = desk.open_exception(words)["id"]
    said = desk.says(words, exception_id)
    if "--dry-run" in words:
        assert '"dry_run": true' in said
        assert desk.exception(exception_id)["status"] == "open"
        return
    assert re.search(rf"^Exception +{exception_id}$", said, re.M), said
    action = words[words.index("--action") + 1]
    if action == "void":  # the wallet makes it
        until(lambda: desk.exception(exception_id)["status"] == "closed", "the void")
        exception = desk.exception(exception_id)
        assert exception["closed"]["action"] == "void"
        assert desk.push(exception)["money_kept"] is False
        dossier = desk.shell.call("GET", f"/v1/payments/{exception['payment_id']}/dossier")
        [entry] = [entry for entry in dossier["history"] if entry["action"] == "void_requested"]
        assert (entry["actor"], entry["facts"]["reason"]) == (actor(words), REASON)
        return
    exception = desk.exception(exception_id)
    ended_by(words, exception, action)
    if action in BECOMES:
        assert desk.payment(exception["payment_id"])["status"] == BECOMES[action]


@of(*READING)
def test_what_operators_read_is_told(desk: Operators, words: Words) -> None:
    subject = desk.payments[words]
    if named(words) == "exceptions show":
        subject = desk.open_exception(words)["id"]
    elif words[0] == "exceptions":
        desk.open_exception(words)
    elif named(words) == "refunds show":
        subject = desk.pending_refund(words)["id"]
    elif "--help" not in words:
        desk.pending_refund(words)
    said = desk.says(words, subject)
    assert re.search(READING[named(words)], said, re.M), said


def test_what_the_wallet_did_not_say_needs_evidence(desk: Operators) -> None:
    told = " and ".join((", ".join(f"`{each}`" for each in NEED_EVIDENCE[:-1]), "`returned`"))
    assert f"{told} need `--evidence`" in PAGE
    [words] = [words for words in LINES if named(words) == "exceptions show"]
    exception = desk.open_exception(words)
    for action in NEED_EVIDENCE:
        decide = ("exceptions", "resolve", exception["id"], "--action", action)
        desk.shell.lunas(*decide, "--reason", REASON, "--yes", ends=1)
    assert desk.exception(exception["id"])["status"] == "open"


def test_the_guide_to_deciding_gives_back_and_accounts_for_it(desk: Operators) -> None:
    said = desk.shell.run(BLOCKS[0])
    [payment] = desk.shell.call("GET", "/v1/payments?order_id=cli-refund")["data"]
    assert (payment["status"], payment["amount_refunded"]) == ("partially_refunded", PART)
    [refund] = desk.shell.call("GET", f"/v1/payments/{payment['id']}/refunds")["data"]
    assert (refund["closed_by"], refund["evidence"]) == ("rina", "BCA slip 1")
    assert "history: refund_closed" in said


def test_the_page_about_the_money_lists_exceptions(desk: Operators) -> None:
    for block in blocks("docs/money.md"):
        assert "exc_" in desk.shell.run(block)
