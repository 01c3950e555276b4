"""`kill -9` and SIGTERM at bad moments: no push is sent twice, no success and no event is lost."""

import socket
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.integration.house import PATIENT, RunningHouse, a_house, a_phone, at_once, until

HELD = 200


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with a_house(tmp_path_factory.mktemp("crashes"), PATIENT, webhook_answer_within="2s") as house:
        yield house


@pytest.fixture
def house(shared: RunningHouse) -> Iterator[RunningHouse]:
    """Everything runs when a test begins; when it has ended, nothing was sent twice."""
    shared.ensure("sandbox", "worker", "serve")
    yield shared
    shared.ensure("sandbox", "worker", "serve")
    assert_each_heard_at_most_once(shared)


def start_many(house: RunningHouse, count: int, name: str) -> list[str]:
    calls = [partial(house.started, f"{name}-{n}", a_phone()) for n in range(count)]
    return at_once(calls, width=20)


def payments(house: RunningHouse, ids: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Those payments, or all of them."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.call("GET", f"/v1/payments?limit=100{cursor}").json
        found += page["data"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    return [payment for payment in found if ids is None or payment["id"] in ids]


def statuses(house: RunningHouse, ids: Collection[str]) -> set[str]:
    return {payment["status"] for payment in payments(house, ids)}


def heard(house: RunningHouse) -> list[dict[str, Any]]:
    """Every push that the wallet heard."""
    rows: list[dict[str, Any]] = house.ledger(limit=10_000)["pushes"]
    return rows


def assert_each_heard_at_most_once(house: RunningHouse) -> None:
    """Every push that the wallet heard is one attempt's, and came once."""
    rows = heard(house)
    assert {row["times_heard"] for row in rows} <= {1}
    assert house.ledger(limit=1)["totals"]["heard"]["push"] == len(rows)
    invoices = [row["invoice"] for row in rows]
    assert len(set(invoices)) == len(invoices)
    attempts = {
        attempt["references"]["merchant_invoice"]: attempt["status"]
        for payment in payments(house)
        for attempt in payment["attempts"]
    }
    assert set(invoices) <= set(attempts)
    assert not {attempts[invoice] for invoice in invoices} & {"not_sent"}
    assert not statuses(house, {payment["id"] for payment in payments(house)}) & {"failed"}


def test_a_payment_that_was_answered_survives_the_api_s_death_and_is_paid(
    house: RunningHouse,
) -> None:
    house.stop("worker")
    phone = a_phone()
    payment_id = house.started("api-dies", phone)
    house.kill("serve")
    house.start("worker")
    house.tap(house.shown_push(phone)["id"], "approve")
    house.start("serve")
    house.until_status(payment_id, "succeeded")


def test_two_hundred_held_pushes_survive_the_dispatcher_s_death_and_none_is_sent_twice(
    house: RunningHouse,
) -> None:
    before = len(heard(house))
    held = start_many(house, HELD, "held")
    until(lambda: len(heard(house)) == before + HELD, "all held", 60)
    house.kill("worker")
    for row in heard(house)[before : before + 20]:
        assert house.tap(row["id"], "approve").status == 200
    house.start("worker")
    until(lambda: statuses(house, held) <= {"unknown", "succeeded"}, "all found", 30)
    house.until_status(house.started("after-held"), "succeeded")

    def approved() -> int:
        return sum(payment["status"] == "succeeded" for payment in payments(house, held))

    until(lambda: approved() == 20, "those that were approved", 30)
    assert len(heard(house)) == before + HELD + 1
    assert statuses(house, held) == {"unknown", "succeeded"}


def test_a_dispatcher_that_dies_in_the_middle_of_sending_sends_nothing_twice(
    house: RunningHouse,
) -> None:
    house.stop("worker")
    before = len(heard(house))
    burst = start_many(house, HELD, "burst")
    house.start("worker", ready=False)
    until(lambda: len(heard(house)) >= before + 20, "the first pushes")
    house.kill("worker")
    house.start("worker")

    def all_claimed() -> bool:
        return "pending" not in statuses(house, burst)

    until(all_claimed, "each one claimed", 30)
    assert {len(payment["attempts"]) for payment in payments(house, burst)} == {1}


def test_an_event_whose_webhook_was_under_way_is_delivered_after_a_restart(
    house: RunningHouse,
) -> None:
    with house.hooked("payment.succeeded", delay=1.5) as chat:
        payment_id = house.started("webhook-dies")
        event = chat.until_heard(payment_id, "payment.succeeded")["data"]["id"]
        house.kill("worker")  # it had asked, and can never know the answer
        house.start("worker")
        until(lambda: len(chat.posts(event)) >= 2, "the event again", 30)

        def delivered() -> bool:
            told = house.call("GET", f"/v1/events/{event}").json
            return [d["status"] for d in told["deliveries"]] == ["delivered"]

        until(delivered, "its delivery recorded", 30)
        assert len({body for _, body in chat.posts(event)}) == 1


def test_events_written_while_no_dispatcher_lived_are_delivered(house: RunningHouse) -> None:
    with house.hooked() as chat:
        house.kill("worker")
        payment_id = house.started("nobody-there", None)
        house.call("POST", f"/v1/payments/{payment_id}/cancel")
        time.sleep(0.5)
        assert chat.heard == []
        house.start("worker")
        chat.until_heard(payment_id, "payment.canceled")
        chat.until_whole(payment_id, 2)


def test_sigterm_gives_held_pushes_a_little_time_and_then_calls_them_unknown(
    house: RunningHouse,
) -> None:
    before = len(heard(house))
    held = start_many(house, 20, "drained")
    until(lambda: len(heard(house)) == before + len(held), "all held")
    house.processes["worker"].terminate()
    time.sleep(0.5)
    house.tap(heard(house)[before]["id"], "approve")  # in time: held calls are waited for
    assert house.processes.pop("worker").wait(12) == 0
    ends = sorted(payment["status"] for payment in payments(house, held))
    assert ends == ["succeeded"] + ["unknown"] * (len(held) - 1)
    house.start("worker")
    house.until_status(house.started("after-drain"), "succeeded")
    assert len(heard(house)) == before + len(held) + 1


@contextmanager
def a_wallet_that_cannot_be_reached(port: int) -> Iterator[None]:
    """A listener whose queue is full: who connects to it waits, and can send nothing."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        try:
            yield
        finally:
            for one in waiting:
                one.close()


def test_a_claim_of_which_no_byte_was_sent_is_handed_back_on_sigterm(tmp_path: Path) -> None:
    with a_house(tmp_path, PATIENT, ovo_send_within="15s", ovo_on_the_wire="5s") as house:
        with a_wallet_that_cannot_be_reached(house.sandbox_port):
            house.start("worker", "serve")
            payment_id = house.started("unsent")
            house.until_status(payment_id, "awaiting_customer")
            assert house.stop("worker", within=10) == 0
            back = house.payment(payment_id)
        assert back["status"] == "pending"
        assert [attempt["status"] for attempt in back["attempts"]] == ["not_sent"]
        house.start("sandbox", "worker")
        paid = house.until_status(payment_id, "succeeded")
        # A worker that is ready before the wallet tries, in vain, a few times more.
        *unsent, heard = (attempt["references"] for attempt in paid["attempts"])
        numbers = {references["reference_no"] for references in (*unsent, heard)}
        assert len(numbers) == len(paid["attempts"]) >= 2
        assert [row["invoice"] for row in house.ledger()["pushes"]] == [heard["merchant_invoice"]]


def test_a_second_dispatcher_on_the_same_database_does_not_start(house: RunningHouse) -> None:
    refused = house.run("worker")
    assert refused.returncode == 4
    assert "another worker" in refused.stderr
    house.until_status(house.started("still-one"), "succeeded")
