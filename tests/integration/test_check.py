"""`lunas check invariants` against a house at work, and against one that somebody has touched."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from domain.attempt import AttemptStatus
from domain.payment import Payment, Status
from tests.integration.house import PATIENT, RunningHouse, a_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with a_house(tmp_path_factory.mktemp("check"), PATIENT) as house:
        house.start()
        yield house


def check(house: RunningHouse, exit_code: int) -> Any:
    done = house.run("check", "invariants", "--json")
    assert done.returncode == exit_code, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def overwrite(house: RunningHouse, payment: Payment) -> None:
    """What only somebody with the keys and the file could do."""
    with house.inside() as inside:
        body = inside.codec.encode_payment(payment)
    with sqlite3.connect(house.database, timeout=10) as connection:
        connection.execute("UPDATE payments SET body = ? WHERE id = ?", (body, payment.id))


def test_a_house_at_work_holds_and_a_touched_one_is_found_out(house: RunningHouse) -> None:
    ids = [house.started(f"check-{n}") for n in range(5)]
    ids.append(house.started("check-declined", "081200000002"))
    for payment_id in ids:
        house.until_status(payment_id, "succeeded", "requires_retry")
    sound = check(house, 0)
    assert (sound["payments"], sound["with_money"], sound["breaches"]) == (6, 6, [])
    assert sound["ledger"] == house.sandbox_url

    with house.inside() as inside:
        paid = inside.store.payments.get(ids[0])
    attempt = replace(paid.attempts[0], status=AttemptStatus.DECLINED)
    overwrite(house, replace(paid, status=Status.FAILED, attempts=(attempt,)))
    found = check(house, 1)["breaches"]
    assert {breach["payment_id"] for breach in found} == {ids[0]}
    assert {breach["invariant"] for breach in found} >= {1, 4, 9}

    with sqlite3.connect(house.database, timeout=10) as connection:
        connection.execute("UPDATE payments SET body = X'7B7D' WHERE id = ?", (ids[1],))
    touched = check(house, 1)["breaches"]
    assert {"a record can be opened"} == {b["name"] for b in touched if b["payment_id"] == ids[1]}

    printed = house.run("check", "invariants")
    assert printed.returncode == 1
    assert ids[0] in printed.stdout
    assert "money moved is told" in printed.stdout


def test_without_a_sandbox_the_record_alone_is_judged(house: RunningHouse) -> None:
    house.kill("sandbox")
    told = check(house, 1)  # the last test's marks are still there
    assert (told["ledger"], told["with_money"]) == (None, 0)
    assert 1 not in {breach["invariant"] for breach in told["breaches"]}
