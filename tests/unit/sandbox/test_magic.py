"""Every row of both magic tables does what it says, and the documentation shows the same rows."""

import re
from pathlib import Path

import pytest

from sandbox.behaviour import BEHAVIOURS
from sandbox.codes import CODES, Afterwards
from sandbox.fields import LIES, TYPES
from sandbox.magic import AMOUNTS, PHONES
from sandbox.phones import is_phone
from sandbox.push import State
from sandbox.scenario import FAULTS, Scenario, shown
from sandbox.settlement import COLUMNS
from tests.unit.cases import for_each
from tests.unit.sandbox.builders import (
    CHECK,
    CHECK_VOID,
    REVERSAL,
    SOMEBODY,
    VOID,
    Bench,
    a_message,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "sandbox.md"

ROWS = [
    *((phone, 50_000, name) for phone, name in PHONES.items()),
    *((SOMEBODY, amount, name) for amount, name in AMOUNTS.items()),
]
CHECKED_AFTERWARDS = {
    Afterwards.FORGOTTEN: "25",
    Afterwards.UNDECIDED: "68",
}


def answered(bench: Bench, call: int) -> str:
    """What the caller got in the end: a code, 404 or cut."""
    if bench.is_cut(call):
        return "cut"
    is_json = bench.body(call).startswith(b"{")
    return bench.answer(call)["responseCode"] if is_json else str(bench.status(call))


# For each behaviour: the answer, its second, the codes of three checks after it.
EXPECTED = {
    "approve": ("00", 0, ["00", "00", "00"]),
    "decline": ("17", 0, ["17", "17", "17"]),
    "ignore": ("404", 55, ["25", "25", "25"]),
    "silence": ("cut", 120, ["25", "25", "25"]),
    "drop": ("cut", 0, ["00", "00", "00"]),
    "late": ("00", 72, ["00", "00", "00"]),
    "late68": ("68", 70, ["68", "68", "00"]),
    "late68_unpaid": ("68", 70, ["25", "25", "25"]),
    "last_moment": ("00", 54.45, ["00", "00", "00"]),
    "missing_checks": ("cut", 0, ["25", "25", "00"]),
    "stubborn_reversal": ("cut", 0, ["00", "00", "00"]),
    "delayed": ("cut", 120, ["00", "00", "00"]),
    "paid_404": ("404", 55, ["00", "00", "00"]),
    "gateway_error": ("502", 0, ["00", "00", "00"]),
    "other_amount": ("00", 0, ["00", "00", "00"]),
    "other_invoice": ("00", 0, ["00", "00", "00"]),
    "no_request_data": ("00", 0, ["00", "00", "00"]),
    "lost_void": ("00", 0, ["00", "00", "00"]),
    "long_delayed": ("cut", 120, ["25", "25", "25"]),
}
PAID = {name for name, (_, _, checks) in EXPECTED.items() if checks[-1] == "00"}


@for_each(("phone", "amount", "name"), [row for row in ROWS if row[2] not in CODES])
def test_a_magic_behaviour_happens(phone: str, amount: int, name: str) -> None:
    answer, seconds, checks = EXPECTED[name]
    bench = Bench(auto_approve="3s", answer_after="5s")
    call = bench.send(a_message(phone=phone, amount=amount))
    bench.pass_time(seconds)
    assert answered(bench, call) == answer
    assert bench.seconds_until_answer(call) == pytest.approx(seconds)
    kept = any(push.money_kept for push in bench.wallet.book)  # none, while it is on its way
    assert kept == (name in PAID)
    check = a_message(CHECK, phone=phone, amount=amount)
    assert [bench.code(check) for _ in range(3)] == checks


@for_each(("phone", "amount", "name"), [row for row in ROWS if row[2] in CODES])
def test_a_magic_code_is_answered_at_once(phone: str, amount: int, name: str) -> None:
    bench = Bench(auto_approve="3s", answer_after="5s")
    answer = bench.ask(a_message(phone=phone, amount=amount))
    assert answer["responseCode"] == name
    assert "transactionResponseData" not in answer
    expected = CHECKED_AFTERWARDS.get(CODES[name].afterwards, name)
    assert bench.code(a_message(CHECK, phone=phone, amount=amount)) == expected
    bench.pass_time(60)
    assert not bench.push.money_moved


def test_a_stubborn_reversal_takes_three_attempts() -> None:
    bench = Bench()
    bench.send(a_message(phone="081200000011"))
    calls = [bench.send(a_message(REVERSAL, phone="081200000011")) for _ in range(3)]
    assert [bench.status(call) for call in calls] == [404, 404, 200]
    assert bench.push.state is State.REVERSED


def test_a_push_that_was_long_on_its_way_is_paid_when_it_arrives() -> None:
    bench = Bench()
    phone = "081200000019"
    bench.send(a_message(phone=phone))
    bench.pass_time(359)
    assert bench.code(a_message(REVERSAL, phone=phone)) == "25"
    bench.pass_time(1)
    assert bench.push.money_kept
    assert bench.code(a_message(CHECK, phone=phone)) == "00"


def test_a_lost_void_is_made_and_only_its_check_tells() -> None:
    bench = Bench()
    phone = "081200000018"
    bench.send(a_message(phone=phone))
    assert bench.status(bench.send(a_message(VOID, phone=phone))) == 404
    assert bench.push.state is State.VOIDED
    assert bench.code(a_message(CHECK_VOID, phone=phone)) == "00"
    assert bench.code(a_message(VOID, phone=phone)) == "40"


def test_every_code_and_every_behaviour_but_waiting_has_a_magic_phone_and_amount() -> None:
    expected = set(BEHAVIOURS) - {"wait"}
    assert set(PHONES.values()) == expected
    assert set(AMOUNTS.values()) == expected
    assert all(is_phone(phone) for phone in PHONES)
    assert all(amount > 0 for amount in AMOUNTS)


def test_the_documentation_shows_the_same_tables() -> None:
    text = DOCUMENT.read_text("utf-8")
    rows = re.findall(r"^\| `(\d+)` \| `(\w+)` \| (.+?) \|$", text, re.MULTILINE)
    phones = {key: name for key, name, _ in rows if key.startswith("0")}
    amounts = {int(key): name for key, name, _ in rows if not key.startswith("0")}
    assert phones == PHONES
    assert amounts == AMOUNTS
    assert all(said == BEHAVIOURS[name].meaning for _, name, said in rows)


def test_the_documentation_names_every_key_of_a_scenario_and_every_word_for_it() -> None:
    text = DOCUMENT.read_text("utf-8")
    table = text.partition("### The scenario")[2].partition("### Outages")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(shown(Scenario()))
    for word in (*TYPES, *LIES, *FAULTS):
        assert f"`{word}`" in text
    for column in COLUMNS:
        assert f"`{column}`" in text
