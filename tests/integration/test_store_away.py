"""The store goes away and comes back: nothing is sent meanwhile, and no answer is lost."""

import fcntl
import os
import resource
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.integration.disk import a_small_disk, fill
from tests.integration.house import (
    PATIENT,
    Answer,
    RunningHouse,
    a_house,
    a_phone,
    until,
)

PROCESSES = ("sandbox", "worker", "serve")
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with a_house(tmp_path_factory.mktemp("away"), PATIENT) as house:
        house.anew = True  # they are found by their command lines
        house.start()
        yield house


def lunas(house: RunningHouse) -> list[int]:
    """The processes that hold the store."""
    return house.pids("bootstrap", "worker") + house.pids("bootstrap.api:create")


@contextmanager
def moved(house: RunningHouse) -> Iterator[None]:
    """The database file is not there any more, as when its disk was unmounted."""
    aside = house.database.with_suffix(".aside")
    house.database.rename(aside)
    try:
        yield
    finally:
        aside.rename(house.database)


@contextmanager
def unwritable(house: RunningHouse) -> Iterator[None]:
    """Every write to any file fails for Lunas's processes, to its logs too; reading goes on."""
    pids = lunas(house)
    assert len(pids) >= 2
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, UNLIMITED)


def assert_away(answer: Answer) -> None:
    assert answer.status == 503, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["code"] == "store_unavailable"
    assert answer.json["retryable"] is True
    assert int(answer.headers["retry-after"]) > 0


Away = Callable[[RunningHouse], AbstractContextManager[None]]


@pytest.mark.parametrize("away", [moved, unwritable])
def test_while_the_store_is_away_nothing_is_started_and_an_answer_is_held(
    house: RunningHouse, away: Away
) -> None:
    name, phone, other = away.__name__, a_phone(), a_phone()
    before = sorted(lunas(house))
    held = house.started(f"{name}-held", phone)
    shown = house.shown_push(phone)
    house.until_status(held, "awaiting_customer")
    post = partial(
        house.call,
        "POST",
        "/v1/payments",
        {"order_id": f"{name}-refused", "amount": 50_000, "phone": other},
        Idempotency_Key=f"{name}-refused",
    )
    with away(house):
        assert_away(post())
        assert_away(house.call("POST", f"/v1/payments/{held}/cancel"))
        assert_away(house.call("POST", "/v1/webhook_endpoints", {"url": "http://127.0.0.1:9/"}))
        house.tap(shown["id"], "approve")
        time.sleep(1.5)
        assert_away(post())
        assert house.pushes(other) == []
        ready = house.call("GET", "/readyz")
        assert ready.status in {200, 503}
        if away is moved:
            assert (ready.status, ready.json["problems"]) == (503, ["the store cannot be used"])
            assert_away(house.call("GET", f"/v1/payments/{held}"))
        else:
            assert house.payment(held)["status"] == "awaiting_customer"
    assert house.until_status(held, "succeeded")["cancel_requested_at"] is None
    assert house.pushes(other) == []

    accepted = until(lambda: (a := post()).status == 202 and a, "the same request, again")
    house.tap(house.shown_push(other)["id"], "approve")
    house.until_status(accepted.json["id"], "succeeded")
    assert [row["times_heard"] for row in house.pushes(phone) + house.pushes(other)] == [1, 1]
    assert sorted(lunas(house)) == before  # nobody died of it


def test_a_claim_that_cannot_be_written_is_not_sent(house: RunningHouse) -> None:
    """The API's disk is well; the dispatcher reads what is due, and cannot write it down."""
    house.until_status(house.started("written"), "succeeded")  # it holds references from now on
    (worker,) = house.pids("bootstrap", "worker")
    phones = [a_phone() for _ in range(5)]
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    try:
        ids = [house.started(f"unwritten-{phone}", phone) for phone in phones]
        time.sleep(1.5)
        assert [house.pushes(phone) for phone in phones] == [[]] * 5
        assert {house.payment(payment_id)["status"] for payment_id in ids} == {"pending"}
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, UNLIMITED)
    for phone, payment_id in zip(phones, ids, strict=True):
        house.tap(house.shown_push(phone)["id"], "approve")
        assert len(house.until_status(payment_id, "succeeded")["attempts"]) == 1


@contextmanager
def locked(house: RunningHouse) -> Iterator[None]:
    """Another program writes, and does not end."""
    with closing(sqlite3.connect(house.database, isolation_level=None)) as other:
        until(lambda: _begun(other), "the lock")
        yield


def _begun(other: sqlite3.Connection) -> bool:
    with suppress(sqlite3.OperationalError):
        other.execute("BEGIN IMMEDIATE")
    return other.in_transaction


@contextmanager
def turn_taken(house: RunningHouse) -> Iterator[None]:
    """A process of Lunas's own was stopped in the middle of its turn to write."""
    with house.database.with_name("lunas.db.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize("held", [locked, turn_taken])
def test_requests_wait_for_a_lock_that_is_held_for_a_moment(
    house: RunningHouse, held: Away
) -> None:
    name = held.__name__
    answers: list[Answer] = []
    waiting = threading.Thread(target=lambda: answers.append(house.pay(f"{name}-waits")))
    with held(house):
        waiting.start()
        began = time.monotonic()
        assert house.call("GET", "/v1/payments").status == 200
        assert time.monotonic() - began < 2  # readers are not stopped
        time.sleep(1.5)
        assert answers == []
    waiting.join(20)
    assert [answer.status for answer in answers] == [202]
    for payment_id in (answers[0].json["id"], house.started(f"{name}-after")):
        house.until_status(payment_id, "succeeded")


def test_a_lock_held_for_long_is_told_as_a_store_that_is_away(house: RunningHouse) -> None:
    with locked(house):
        assert_away(house.pay("locked-long"))
        assert house.call("GET", "/healthz").status == 200
    house.until_status(house.started("locked-long"), "succeeded")


# -- a disk that is really full -------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with a_small_disk(tmp_path) as disk:
        yield disk


def test_a_full_disk_stops_new_payments_and_no_process_dies_of_it(
    small_disk: Path,
) -> None:
    with a_house(small_disk, PATIENT) as house:
        house.start()
        house.until_status(house.started("before"), "succeeded")
        phone = a_phone()
        held = house.started("held", phone)
        shown = house.shown_push(phone)
        house.until_status(held, "awaiting_customer")
        before = sorted(lunas(house))
        filler = fill(small_disk)
        number, last = 0, house.pay("full")
        while last.status == 202 and number < 2_000:  # what SQLite still had room for
            number, last = number + 1, house.pay(f"full-{number}", None)
        assert_away(last)
        house.tap(shown["id"], "approve")
        for path in (
            "/metrics",
            "/openapi.json",
            "/v1/payments",
            "/v1/events",
            "/docs",
            "/nowhere",
        ):
            assert house.call("GET", path).status in {200, 404}
        assert_away(house.pay("still-full"))
        assert house.pay("bad", amount="x").status == 422
        assert sorted(lunas(house)) == before

        filler.unlink()
        house.until_status(held, "succeeded")
        house.until_status(house.started("after"), "succeeded")
        assert sorted(lunas(house)) == before


def test_a_database_that_may_not_be_written_keeps_the_processes_from_starting(
    tmp_path: Path,
) -> None:
    with a_house(tmp_path, PATIENT) as house:
        house.database.chmod(0o400)
        immutable = subprocess.run(
            ["chattr", "+i", house.database], capture_output=True, check=False
        )
        try:
            if os.access(house.database, os.W_OK) and immutable.returncode:
                pytest.skip("nothing keeps this user from writing")
            for name in ("worker", "serve"):
                refused = house.run(name)
                assert refused.returncode == 4, refused
                assert "lunas.db" in refused.stderr
                assert "Traceback" not in refused.stderr
        finally:
            subprocess.run(["chattr", "-i", house.database], capture_output=True, check=False)
