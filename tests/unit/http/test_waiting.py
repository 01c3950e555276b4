"""Callers that wait for a change."""

import time
from threading import Thread

import pytest
from werkzeug.test import TestResponse

from adapters.inbound.http import waiting
from adapters.inbound.http.door import DoorSettings
from domain.outcome import Approved
from tests.unit.cases import for_each
from tests.unit.http.house import Api, House, an_order


class Waiter(Thread):
    """Reads a payment in a thread of its own."""

    def __init__(self, api: Api, path: str) -> None:
        super().__init__(daemon=True)
        self.api, self.path = api, path
        self.answer: TestResponse | None = None
        self.took = 0.0
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        self.answer = self.api.get(self.path)
        self.took = time.monotonic() - began

    def said(self) -> TestResponse:
        self.join(10)
        assert self.answer is not None
        return self.answer


def started(api: Api) -> str:
    return str(api.post("/v1/payments", an_order()).headers["Location"])


def listening(house: House) -> int:
    return sum(map(len, house.signal._waiting.values()))


def until_listening(house: House, many: int = 1) -> None:
    for _ in range(500):
        if listening(house) == many:
            return
        time.sleep(0.01)
    raise AssertionError("nobody listens")


def test_it_answers_as_soon_as_something_changes(house: House, api: Api) -> None:
    path = started(api)
    waiter = Waiter(house.a_client(house.key), f"{path}?wait=30")
    until_listening(house)
    house.push()
    assert waiter.said().get_json()["status"] == "awaiting_customer"
    assert waiter.took < 5
    assert listening(house) == 0


def test_it_answers_at_the_end_of_its_time(house: House, api: Api) -> None:
    path = started(api)
    began = time.monotonic()
    answer = api.get(f"{path}?wait=1")
    assert 0.9 < time.monotonic() - began < 5
    assert (answer.status_code, answer.get_json()["status"]) == (200, "pending")
    assert "Retry-After" not in answer.headers


def test_what_was_missed_is_answered_at_once(house: House, api: Api) -> None:
    path = started(api)
    house.push()
    began = time.monotonic()
    assert api.get(f"{path}?wait=30&sequence=1").get_json()["sequence"] == 2
    assert time.monotonic() - began < 1


def test_a_caller_who_has_seen_all_waits(house: House, api: Api) -> None:
    path = started(api)
    claimed = house.push()
    waiter = Waiter(house.a_client(house.key), f"{path}?wait=30&sequence=2")
    until_listening(house)
    house.answer(claimed, Approved("00"))
    assert waiter.said().get_json()["sequence"] == 3


def test_what_has_ended_is_answered_at_once(house: House, api: Api) -> None:
    path = started(api)
    house.answer(house.push(), Approved("00"))
    began = time.monotonic()
    assert api.get(f"{path}?wait=30&sequence=99").get_json()["status"] == "succeeded"
    assert time.monotonic() - began < 1


def test_a_lost_signal_costs_a_second_at_most(
    house: House, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waiting.LOOK_EVERY_SECONDS <= 1
    monkeypatch.setattr(waiting, "LOOK_EVERY_SECONDS", 0.05)
    path = started(api)
    waiter = Waiter(house.a_client(house.key), f"{path}?wait=30")
    until_listening(house)
    house.pushing(10)  # nobody rings
    assert waiter.said().get_json()["status"] == "awaiting_customer"
    assert waiter.took < 5


def test_past_the_bound_the_present_state_comes_at_once() -> None:
    house = House(settings=DoorSettings(max_waiters=2))
    api = house.client
    path = started(api)
    waiters = [Waiter(house.a_client(house.key), f"{path}?wait=30") for _ in range(2)]
    until_listening(house, 2)
    began = time.monotonic()
    answer = api.get(f"{path}?wait=30")
    assert time.monotonic() - began < 1
    assert (answer.status_code, answer.headers["Retry-After"]) == (200, "1")
    assert b"lunas_http_waiters 2.0" in api.get("/metrics").data
    house.push()
    assert [waiter.said().status_code for waiter in waiters] == [200, 200]
    assert b"lunas_http_waiters 0.0" in api.get("/metrics").data


@for_each(("threads", "waiters", "inquiries"), [(64, 32, 16), (8, 4, 2), (2, 1, 1), (1, 0, 1)])
def test_waiting_never_takes_the_last_threads(threads: int, waiters: int, inquiries: int) -> None:
    settings = DoorSettings(threads=threads)
    assert (settings.waiting_places, settings.inquiry_places) == (waiters, inquiries)


@pytest.mark.parametrize(
    "query", ["wait=0", "wait=61", "wait=x", "wait=1.5", "wait=", "sequence=-1"]
)
def test_a_wait_out_of_bounds_is_refused(api: Api, query: str) -> None:
    assert api.get(f"{started(api)}?{query}").status_code == 422


def test_waiting_for_what_is_not_there(house: House, api: Api) -> None:
    path = started(api)
    assert house.a_client(house.other_key).get(f"{path}?wait=30").status_code == 404
    assert listening(house) == 0
