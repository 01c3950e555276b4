"""The short way in answers exactly as Flask does, byte for byte."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from adapters.inbound.http.app import Api
from adapters.inbound.http.direct import Direct
from application.ports import QueueFull, StoreUnavailable, WriteUnconfirmed
from tests.unit.http.house import House

GOOD = b'{"order_id": "%s", "amount": 50000, "phone": "0812 0000 0001"}'
FULL = (
    b'{"order_id": "%s", "amount": 1, "currency": "IDR", "method": "ovo_push", "phone": "62811111'
    b'11111", "description": "a \\u003a b: \xc3\xa9", "customer": {"id": "p:1", "locale": "en"},'
    b' "expires_in": 120, "return_url": "https://chat.example/c?a=1", "metadata": {"a": "b:c"}}'
)
BODIES: dict[str, bytes] = {
    "good": GOOD,
    "full": FULL,
    "without a phone": b'{"order_id": "%s", "amount": 50000}',
    "nothing": b"",
    "no object": b"[1]",
    "malformed": b'{"order_id": "%s", "amount":',
    "twins": b'{"order_id": "%s", "amount": 1, "amount": 2}',
    "twins within": b'{"order_id": "%s", "amount": 1, "metadata": {"a": "b", "a": "c"}}',
    "twins and a colon": b'{"order_id": "%s", "amount": 1, "description": "\\u003a", "amount": 2}',
    "not UTF-8": b'{"order_id": "\xff%s", "amount": 1}',
    "byte order mark": b'\xef\xbb\xbf{"order_id": "%s", "amount": 1}',
    "half a pair": b'{"order_id": "\\ud800%s", "amount": 1}',
    "not a number": b'{"order_id": "%s", "amount": NaN}',
    "float": b'{"order_id": "%s", "amount": 1.0}',
    "huge number": b'{"order_id": "%s", "amount": 99999999999999999999999999}',
    "minus nothing": b'{"order_id": "%s", "amount": -0}',
    "too little": b'{"order_id": "%s", "amount": 0}',
    "text": b'{"order_id": "%s", "amount": "5"}',
    "unknown field": b'{"order_id": "%s", "amount": 1, "081200000001": 2}',
    "wrong fields": b'{"order_id": "", "amount": null, "phone": "x%s", "customer": [], "a/b~": {}}',
    "unknown method": b'{"order_id": "%s", "amount": 1, "method": "cash"}',
    "short life": b'{"order_id": "%s", "amount": 1, "expires_in": 1}',
    "deep": b'{"order_id": "%s", "amount": 1, "metadata": ' + b"[" * 40 + b"]" * 40 + b"}",
    "very deep": b'{"order_id": "%s", "amount": 1, "metadata": ' + b"[" * 20_000,
    "huge": b'{"order_id": "%s", "amount": 1, "description": "' + b"x" * 70_000 + b'"}',
}
HEADERS: dict[str, dict[str, str | None]] = {
    "no API key": {"Authorization": None},
    "no bearer": {"Authorization": "Basic eDp5"},
    "unknown API key": {"Authorization": f"Bearer lunas_test_{'x' * 43}"},
    "no idempotency key": {"Idempotency-Key": None},
    "a bad idempotency key": {"Idempotency-Key": "é"},
    "a long idempotency key": {"Idempotency-Key": "k" * 256},
    "wrong content type": {"Content-Type": "text/plain"},
    "no content type": {"Content-Type": None},
    "another charset": {"Content-Type": "application/json; charset=latin-1"},
    "a charset": {"Content-Type": "application/json; charset=UTF-8"},
}
TOO_LONG = b"x" * 70_000
ELSEWHERE = [
    ("GET", "/v1/payments"),
    ("GET", "/v1/payments?limit=0&x=1"),
    ("HEAD", "/v1/payments"),
    ("PUT", "/v1/payments"),
    ("POST", "/v1/payments/"),
    ("POST", "/v1/payments?x=1"),
    ("POST", "//v1/payments"),
    ("GET", "/v1/payments/x"),
    ("GET", "/v1/events"),
    ("GET", "/v1/webhook_endpoints"),
    ("POST", "/v1/phone_inquiries"),
    ("GET", "/healthz"),
    ("HEAD", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/nope"),
]
_OWN_ID = re.compile(r"\b(pay)_[0-9a-f]{32}")
_IDEMPOTENCY_KEY = "Idempotency-Key"
Given = dict[str, str | None]
"""Headers of a request; None takes a usual one away."""
Told = tuple[str, list[tuple[str, str]], str]


class TwoDoors:
    """One API by its short way and by Flask's; what differs by chance is made the same."""

    def __init__(self, house: House) -> None:
        assert isinstance(house.app, Api)
        direct = house.app.wsgi_app
        assert isinstance(direct, Direct)
        self._house = house
        self._doors = {"direct": Client(direct), "flasks": Client(direct._otherwise)}

    def ask(self, method: str, path: str, body: bytes = b"", headers: Given | None = None) -> Told:
        """What both answer; each is told its own order and key. Fails where they differ."""
        given = self._usual() | (headers or {})
        direct, flasks = [
            _told(door, name, method=method, path=path, data=body, headers=given)
            for name, door in self._doors.items()
        ]
        assert direct == flasks
        return direct

    def _usual(self) -> Given:
        return {
            "Authorization": f"Bearer {self._house.key}",
            "Content-Type": "application/json",
            _IDEMPOTENCY_KEY: "%s",
            "X-Request-Id": "req-1",
        }


def _told(door: Client, name: str, *, data: bytes, headers: Given, **asked: Any) -> Told:
    own = {n: value.replace("%s", name) for n, value in headers.items() if value is not None}
    answer = door.open(**asked, data=data.replace(b"%s", name.encode()), headers=own)
    shown = [(n, _OWN_ID.sub(r"\1_id", value)) for n, value in answer.headers]
    said = _OWN_ID.sub(r"\1_id", answer.data.decode()).replace(name, "door")
    return answer.status, shown, said


@pytest.fixture(params=["each thread decides", "one thread decides"])
def doors(house: House, request: pytest.FixtureRequest) -> Iterator[TwoDoors]:
    assert isinstance(house.app, Api)
    if request.param == "one thread decides":
        house.app.turns.start()
    yield TwoDoors(house)
    house.app.turns.stop()


@pytest.mark.parametrize("what", BODIES)
def test_every_body_is_answered_alike(doors: TwoDoors, what: str) -> None:
    first = doors.ask("POST", "/v1/payments", BODIES[what])
    again = doors.ask("POST", "/v1/payments", BODIES[what])
    if first[0].startswith("202"):
        assert ("Idempotency-Replayed", "true") in again[1]
        other = doors.ask("POST", "/v1/payments", b'{"order_id": "other", "amount": 7}')
        assert other[0].startswith("422")
        taken = doors.ask("POST", "/v1/payments", BODIES[what], {_IDEMPOTENCY_KEY: "another"})
        assert taken[0].startswith("409")
    else:
        assert again == first


@pytest.mark.parametrize("what", HEADERS)
def test_every_header_is_answered_alike(doors: TwoDoors, what: str) -> None:
    doors.ask("POST", "/v1/payments", GOOD, HEADERS[what])


def test_a_caller_nobody_knows_is_not_told_of_the_body(doors: TwoDoors) -> None:
    unknown = doors.ask("POST", "/v1/payments", TOO_LONG, {"Authorization": None})
    assert unknown[0].startswith("401")
    known = doors.ask("POST", "/v1/payments", TOO_LONG)
    assert known[0].startswith("413")


@pytest.mark.parametrize(("method", "path"), ELSEWHERE)
def test_other_operations_are_answered_alike(doors: TwoDoors, method: str, path: str) -> None:
    doors.ask(method, path, GOOD if method in {"POST", "PUT"} else b"")


@pytest.mark.parametrize(
    "trouble",
    [
        StoreUnavailable,
        WriteUnconfirmed,
        lambda: QueueFull("full"),
        lambda: RuntimeError("a fault"),
    ],
)
def test_troubles_are_answered_alike(
    house: House,
    doors: TwoDoors,
    monkeypatch: pytest.MonkeyPatch,
    trouble: type[Exception],
) -> None:
    def refuse(*_: Any) -> None:
        raise trouble()

    monkeypatch.setattr(type(house.store.payments), "save", refuse)
    status, _, _ = doors.ask("POST", "/v1/payments", GOOD)
    assert status[0] == "5"
