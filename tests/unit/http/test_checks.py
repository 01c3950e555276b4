"""Whoever looks at an unknown payment brings its next check forward."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from flask import Flask

from adapters.inbound.http import waiting
from adapters.inbound.http.app import create_app
from adapters.outbound.memory.payments import MemoryPayments
from application.ports import FirstOf, StalePayment, StoreUnavailable, WriteUnconfirmed
from domain.errors import LunasError
from domain.outcome import Approved, Doubt, Unknown
from tests.unit.http.house import OVO, Api, House, an_order

EVERY = OVO.rules.check_every


def unknown(house: House, api: Api) -> str:
    """A payment whose checks have become slow."""
    payment_id = str(api.post("/v1/payments", an_order()).get_json()["id"])
    house.an_exception()
    return payment_id


def due_in(house: House, payment_id: str) -> timedelta:
    ask_at = house.store.payments.get(payment_id).ask_at
    assert ask_at is not None
    return ask_at - house.now


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changes here: a caller's second is over when it begins."""
    times = count(step=2)
    monkeypatch.setattr(waiting, "monotonic", lambda: float(next(times)))


@pytest.mark.parametrize("how", ["", "?wait=1", "/dossier"])
def test_reading_brings_the_check_forward(house: House, api: Api, how: str) -> None:
    payment_id = unknown(house, api)
    assert due_in(house, payment_id) == OVO.rules.slow_checks[0]
    assert api.get(f"/v1/payments/{payment_id}{how}").status_code == 200
    assert due_in(house, payment_id) == EVERY


def test_never_before_the_last_one_is_old_enough(house: House, api: Api) -> None:
    payment_id = unknown(house, api)
    house.later(5)
    for _ in range(3):
        api.get(f"/v1/payments/{payment_id}")
    assert due_in(house, payment_id) == EVERY - timedelta(seconds=5)


def test_a_list_or_another_merchants_look_brings_nothing_forward(house: House, api: Api) -> None:
    payment_id = unknown(house, api)
    api.get("/v1/payments")
    stranger = house.a_client(house.other_key)
    assert stranger.get(f"/v1/payments/{payment_id}").status_code == 404
    assert stranger.post(f"/v1/payments/{payment_id}/check").status_code == 404
    assert stranger.post(f"/v1/payments/{payment_id}/push").status_code == 404
    assert due_in(house, payment_id) == OVO.rules.slow_checks[0]


@pytest.mark.parametrize("why", [StoreUnavailable(), WriteUnconfirmed()])
def test_a_store_that_cannot_write_does_not_hinder_a_read(
    house: House, api: Api, monkeypatch: pytest.MonkeyPatch, why: LunasError
) -> None:
    payment_id = unknown(house, api)

    def away(*_: object) -> None:
        raise why

    monkeypatch.setattr(MemoryPayments, "save", away)
    for how in ("", "?wait=1", "/dossier"):
        answer = api.get(f"/v1/payments/{payment_id}{how}")
        assert answer.status_code == 200
    assert api.post(f"/v1/payments/{payment_id}/push").status_code == 409
    assert api.post(f"/v1/payments/{payment_id}/check").status_code == 503


def test_a_step_meanwhile_is_what_is_read(
    house: House, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = unknown(house, api)

    def overtaken(*_: object) -> None:
        monkeypatch.undo()
        house.later(60)
        house.hear(Unknown(Doubt.REVERSED))
        raise StalePayment

    monkeypatch.setattr(MemoryPayments, "save", overtaken)
    assert api.get(f"/v1/payments/{payment_id}").get_json()["status"] == "requires_retry"


def sparing(house: House, first_of: FirstOf) -> Flask:
    """An API of the house whose readers ask first whether somebody else writes."""
    door = house.a_door()
    return create_app(replace(door, hasten_check=replace(door.hasten_check, first_of=first_of)))


def test_of_many_readers_the_first_writes(house: House, api: Api) -> None:
    payment_id = unknown(house, api)
    asked: list[tuple[str, timedelta]] = []

    def first_of(name: str, within: timedelta) -> bool:
        asked.append((name, within))
        return len(asked) > 1

    readers = house.a_client(house.key, sparing(house, first_of))
    assert readers.get(f"/v1/payments/{payment_id}").get_json()["status"] == "unknown"
    assert due_in(house, payment_id) == OVO.rules.slow_checks[0], "somebody else writes it"
    readers.get(f"/v1/payments/{payment_id}")
    assert due_in(house, payment_id) == EVERY
    readers.get(f"/v1/payments/{payment_id}")
    assert asked == [(payment_id, EVERY)] * 2, "once it is near, nobody asks"


def test_who_asks_for_a_check_is_not_spared(house: House, api: Api) -> None:
    payment_id = unknown(house, api)
    caller = house.a_client(house.key, sparing(house, lambda *_: False))
    assert caller.post(f"/v1/payments/{payment_id}/check").status_code == 202
    assert due_in(house, payment_id) == EVERY


def test_a_check_asked_for_is_accepted_once(house: House, api: Api) -> None:
    payment_id = unknown(house, api)
    first = api.post(f"/v1/payments/{payment_id}/check", key="k")
    assert (first.status_code, first.get_json()["status"]) == (202, "unknown")
    assert due_in(house, payment_id) == EVERY
    again = api.post(f"/v1/payments/{payment_id}/check", {}, key="k")
    assert (again.status_code, again.data) == (202, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api.post(f"/v1/payments/{payment_id}/check", key=None).status_code == 400


def test_of_any_other_payment_a_check_changes_nothing(house: House, api: Api) -> None:
    payment_id = api.post("/v1/payments", an_order()).get_json()["id"]
    house.answer(house.push(), Approved("00"))
    before = house.store.payments.get(payment_id)
    answer = api.post(f"/v1/payments/{payment_id}/check", key="k")
    assert (answer.status_code, answer.get_json()["status"]) == (202, "succeeded")
    assert house.store.payments.get(payment_id) == before
    assert "Idempotency-Replayed" in api.post(f"/v1/payments/{payment_id}/check", key="k").headers


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("push", None),
        ("refunds", {"reason": "unhappy"}),
        ("resolve", {"outcome": "paid", "actor": "a", "reason": "r", "evidence": "e"}),
    ],
)
def test_an_operation_on_it_is_refused_and_brings_the_check_forward(
    house: House, api: Api, step: str, body: object
) -> None:
    payment_id = unknown(house, api)
    answer = api.post(f"/v1/payments/{payment_id}/{step}", body)
    problem = answer.get_json(force=True)
    assert (answer.status_code, problem["code"]) == (409, "payment_unknown")
    assert problem["retryable"] is True
    assert int(answer.headers["Retry-After"]) > 0
    assert due_in(house, payment_id) == EVERY


def test_a_wish_to_cancel_brings_it_forward_and_keeps_who_wished(house: House, api: Api) -> None:
    payment_id = unknown(house, api)
    wished = api.post(f"/v1/payments/{payment_id}/cancel", {"actor": "rina"}, key="k")
    assert (wished.status_code, wished.get_json()["status"]) == (202, "unknown")
    assert due_in(house, payment_id) == EVERY
    history = house.store.payments.get(payment_id).history
    assert [e.actor for e in history if e.action == "cancel_requested"] == ["rina"]
    assert api.post(f"/v1/payments/{payment_id}/cancel", key="k").status_code == 422
    house.later(15)
    house.hear(Unknown(Doubt.REVERSED))
    assert api.get(f"/v1/payments/{payment_id}").get_json()["status"] == "canceled"


def test_without_an_actor_the_api_client_wished(house: House, api: Api) -> None:
    payment_id = api.post("/v1/payments", an_order()).get_json()["id"]
    assert api.post(f"/v1/payments/{payment_id}/cancel").status_code == 200
    [entry] = house.store.payments.get(payment_id).history
    assert (entry.action, entry.actor[:4]) == ("cancel_requested", "cli_")
