"""The wallet cannot be reached: a push that never left is tried again, with new references."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from domain.payment import Change
from tests.integration.house import PATIENT, RunningHouse, a_house, until


def tries(payment: Any) -> list[str]:
    return [attempt["status"] for attempt in payment["attempts"]]


def until_tried(house: RunningHouse, payment_id: str, count: int) -> Any:
    def look() -> Any:
        payment = house.payment(payment_id)
        return payment if tries(payment) == ["not_sent"] * count else None

    return until(look, lambda: f"{count} tries: {house.payment(payment_id)}", 30)


def pauses(payment: Any) -> list[float]:
    asked = [datetime.fromisoformat(attempt["asked_at"]) for attempt in payment["attempts"]]
    return [(b - a).total_seconds() for a, b in pairwise(asked)]


def hasten(house: RunningHouse, payment_id: str) -> timedelta:
    """Have the next try made at once; tells how long it would have waited."""
    with house.inside() as inside:
        payment, now = inside.store.payments.get(payment_id), inside.clock().at
        assert payment.due_at is not None
        sooner = replace(payment, due_at=now, version=payment.version + 1)
        inside.store.payments.save(Change(sooner, ()))
        return payment.due_at - now


def test_a_wallet_that_is_away_is_asked_again_until_the_customer_must_decide(
    tmp_path: Path,
) -> None:
    with a_house(tmp_path, PATIENT) as house:
        house.start("worker", "serve")
        with house.hooked() as chat:
            lost, found = house.started("lost"), house.started("found")
            for payment_id in (lost, found):
                first, second = pauses(until_tried(house, payment_id, 3))
                assert 1 <= first < 4
                assert 5 <= second < 9
                assert house.payment(payment_id)["status"] == "pending"

            assert timedelta(seconds=8) < hasten(house, lost) < timedelta(seconds=15.1)
            spent = house.until_status(lost, "requires_retry")
            assert tries(spent) == ["not_sent"] * 4
            assert spent["reason"]["code"] == "wallet_unreachable"
            assert spent["next_action"]["type"] == "retry"

            house.start("sandbox")
            hasten(house, found)
            paid = house.until_status(found, "succeeded")
            assert tries(paid) == ["not_sent"] * 3 + ["approved"]
            numbers = [attempt["references"]["reference_no"] for attempt in paid["attempts"]]
            assert len(set(numbers)) == 4
            (row,) = house.ledger()["pushes"]
            assert row["invoice"] == paid["attempts"][3]["references"]["merchant_invoice"]
            assert row["times_heard"] == 1
            chat.until_heard(found, "payment.succeeded")
            chat.until_whole(found, paid["sequence"])
