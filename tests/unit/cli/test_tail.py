"""Events as they happen: each once, in order, whatever happens to Lunas meanwhile."""

import json
from collections.abc import Sequence

import pytest
from click.testing import Result

from adapters.inbound.cli import feed
from adapters.inbound.cli.follow import LONGEST_AWAY_SECONDS
from tests.unit.cli.builders import (
    API_KEY,
    PAYMENT_ID,
    House,
    Say,
    ScriptedLunas,
    a_problem,
)
from tests.unit.cli.shelf import Shelf, Steps, id_of

TAIL = ["events", "tail"]
OTHER = PAYMENT_ID[:-1] + "9"


def told(result: Result) -> Sequence[str]:
    """The ids printed, in order."""
    return [json.loads(line)["data"]["id"] for line in result.stdout.splitlines()]


def test_what_was_there_before_is_not_told_and_what_happens_is(online: House, shelf: Shelf) -> None:
    shelf.tell(1)
    online.pauses = Steps(lambda: shelf.tell(2, 1), None, lambda: shelf.tell(3, 2), None)
    result = online.run(*TAIL, "--json")
    assert result.exit_code == 0
    assert told(result) == [id_of(2), id_of(3)]
    assert "Ctrl-C ends it" in result.stderr


def test_the_first_event_ever_is_told(online: House, shelf: Shelf) -> None:
    online.pauses = Steps(lambda: shelf.tell(1), None)
    assert told(online.run(*TAIL, "--json")) == [id_of(1)]


def test_people_read_one_line_each(online: House, shelf: Shelf) -> None:
    online.pauses = Steps(lambda: shelf.tell(4), None)
    assert online.run(*TAIL).stdout == (
        f"2026-11-23 10:15:25 WIB  payment.succeeded           {PAYMENT_ID}"
        "  #4  Rp 50.000  consult-8812\n"
    )


def test_many_events_come_over_several_pages_in_order_and_once(online: House, shelf: Shelf) -> None:
    def many() -> None:
        for number in range(1, 251):
            shelf.tell(number, number / 100)

    online.pauses = Steps(many, None, lambda: shelf.tell(251, 3), None)
    result = online.run(*TAIL, "--json")
    assert told(result) == [id_of(number) for number in range(1, 252)]
    assert shelf.pages[1:4] == [100, 100, 50]


def test_an_event_that_is_stored_late_is_still_told(online: House, shelf: Shelf) -> None:
    shelf.tell(1)
    online.pauses = Steps(
        lambda: shelf.tell(2, 5), lambda: shelf.tell(3, 1), lambda: shelf.tell(0, -4), None
    )
    assert told(online.run(*TAIL, "--json")) == [id_of(2), id_of(3), id_of(0)]


def test_ids_are_forgotten_once_they_cannot_come_again(online: House, shelf: Shelf) -> None:
    shelf.tell(1)
    online.pauses = Steps(lambda: shelf.tell(2, 60), None, lambda: shelf.tell(3, 120), None)
    assert told(online.run(*TAIL, "--json")) == [id_of(2), id_of(3)]
    assert shelf.pages[-1] == 1


def test_events_of_a_payment_keep_their_sequence_where_two_clocks_differ(
    online: House, shelf: Shelf
) -> None:
    def happen() -> None:
        shelf.tell(1, 0.004, sequence=1)
        shelf.tell(2, 0.002, sequence=2)
        shelf.tell(3, 0.003, payment=OTHER, sequence=1)

    online.pauses = Steps(happen, None)
    assert told(online.run(*TAIL, "--json")) == [id_of(3), id_of(1), id_of(2)]


def test_since_tells_the_past_too(online: House, shelf: Shelf) -> None:
    shelf.tell(1, -60)
    shelf.tell(2, 0)
    online.pauses = Steps(lambda: shelf.tell(3, 1), None)
    result = online.run(*TAIL, "--json", "--since", "2026-11-23T10:15")
    assert told(result) == [id_of(2), id_of(3)]


def test_only_some_types_of_one_payment(online: House, shelf: Shelf, lunas: ScriptedLunas) -> None:
    def happen() -> None:
        shelf.tell(1, kind="payment.created")
        shelf.tell(2, kind="payment.failed")
        shelf.tell(3, payment=OTHER)
        shelf.tell(4)

    online.pauses = Steps(happen, None)
    kinds = ("--type", "payment.succeeded", "--type", "payment.failed")
    result = online.run(*TAIL, "--json", "--payment", PAYMENT_ID, *kinds)
    assert told(result) == [id_of(2), id_of(4)]
    assert all(f"payment_id={PAYMENT_ID}" in heard.path for heard in lunas.heard)


def test_a_single_type_is_asked_for(online: House, shelf: Shelf, lunas: ScriptedLunas) -> None:
    online.pauses = Steps(lambda: shelf.tell(1), None)
    online.run(*TAIL, "--type", "payment.succeeded")
    assert all("type=payment.succeeded" in heard.path for heard in lunas.heard)


@pytest.mark.parametrize(
    "trouble",
    [
        Say(status=None),
        Say("<h1>502</h1>", 502),
        a_problem("store_unavailable", 503, retry_after=3),
        a_problem("rate_limited", 429, retry_after=3),
    ],
)
def test_nothing_is_lost_or_repeated_while_lunas_is_away(
    online: House, shelf: Shelf, trouble: Say
) -> None:
    def away() -> None:
        shelf.trouble = trouble

    def back() -> None:
        shelf.trouble = None
        shelf.tell(3, 100)

    online.pauses = Steps(
        lambda: shelf.tell(1), None, lambda: shelf.tell(2, 1), away, None, None, back, None
    )
    result = online.run(*TAIL, "--json")
    assert result.exit_code == 0
    assert told(result) == [id_of(1), id_of(2), id_of(3)]
    assert result.stderr.count("is away") == 1
    assert result.stderr.count("answers again") == 1


def test_a_failure_between_two_pages_loses_nothing(online: House, shelf: Shelf) -> None:
    def happen() -> None:
        for number in range(1, 151):
            shelf.tell(number, number / 100)
        lunas_list, calls = shelf._list, iter([False, True])

        def failing(query: dict[str, str]) -> Say:
            return Say(status=None) if next(calls, False) else lunas_list(query)

        shelf._list = failing  # type: ignore[method-assign]  # the second page is cut off, once

    online.pauses = Steps(happen, None, None)
    assert told(online.run(*TAIL, "--json")) == [id_of(n) for n in range(1, 151)]


def test_a_lunas_that_stays_away_ends_it(house: House) -> None:
    result = house.run(*TAIL, "--json")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.count("is away") == 1
    assert sum(house.pauses) == LONGEST_AWAY_SECONDS
    assert API_KEY not in result.output


def test_what_does_not_pass_ends_it_at_once(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [a_problem("unauthorized", 401)]
    result = online.run(*TAIL, "--json")
    assert result.exit_code == 1
    [line] = result.stdout.splitlines()
    assert json.loads(line)["code"] == "unauthorized"
    assert online.pauses == []


def test_more_than_can_be_told_in_order_is_refused(
    online: House, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_PAGES", 2)
    for number in range(1, 300):
        shelf.tell(number)
    result = online.run(*TAIL, "--since", "2026-11-23")
    assert result.exit_code == 1
    assert "--since" in result.stderr


@pytest.mark.parametrize(
    "event",
    [
        {"type": "x", "timestamp": "2026-11-23T03:16:00.000Z", "data": {}},
        {"type": "x", "timestamp": "yesterday", "data": {"id": "evt_1"}},
        {"type": "x", "timestamp": "2026-11-23T03:16:00", "data": {"id": "evt_1"}},
    ],
)
def test_something_else_that_answers_is_not_lunas(
    online: House, lunas: ScriptedLunas, event: dict[str, object]
) -> None:
    lunas.script = [Say({"data": [event]})]
    online.pauses = Steps()
    result = online.run(*TAIL)
    assert "is away (an event there has no" in result.stderr
    assert result.stdout == ""


def test_it_ends_after_the_seconds_asked_for(online: House, shelf: Shelf) -> None:
    assert online.run(*TAIL, "--seconds", "3.2").exit_code == 0
    assert sum(online.pauses) == pytest.approx(3.2)


@pytest.mark.parametrize(
    "wrong", [["--type", "paid"], ["--since", "soon"], ["--payment", "8812"], ["--seconds", "0"]]
)
def test_wrong_usage(house: House, wrong: list[str]) -> None:
    assert house.run(*TAIL, *wrong).exit_code == 2


def test_a_missing_key_says_what_to_do(house: House) -> None:
    house.api_key = None
    result = house.run(*TAIL)
    assert result.exit_code == 2
    assert "LUNAS_API_KEY" in result.stderr
