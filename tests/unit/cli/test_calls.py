"""Failures between the command line and Lunas: what is retried, what is told, how it ends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from adapters.inbound.cli.client import MOST_TRIES, Client, lunas_at
from adapters.inbound.cli.problems import NoAnswer, Refused
from tests.unit.cases import for_each
from tests.unit.cli.builders import (
    API_KEY,
    PAYMENT_ID,
    House,
    Say,
    ScriptedLunas,
    a_payment,
    a_problem,
)

START = ["pay", "start", "--order", "o", "--amount", "50000"]
DROPPED = Say(status=None)
EVERY_CALL = [
    START,
    ["pay", "get", PAYMENT_ID],
    ["pay", "list"],
    ["pay", "push", PAYMENT_ID],
    ["pay", "cancel", PAYMENT_ID, "--yes"],
    ["events", "list"],
    ["events", "show", "evt_1"],
    ["events", "redeliver", "evt_1"],
]
CHANGING = [call for call in EVERY_CALL if call[1] in {"start", "push", "cancel", "redeliver"}]


@for_each("call", EVERY_CALL)
def test_a_missing_key_says_what_to_do(house: House, call: list[str]) -> None:
    house.api_key = None
    result = house.run(*call)
    assert result.exit_code == 2
    assert "LUNAS_API_KEY" in result.stderr
    assert "var/dev.env" in result.stderr


def test_a_broken_key_is_not_repeated(house: House) -> None:
    house.api_key = "lunas_test_abc\ndef"
    result = house.run("pay", "list")
    assert result.exit_code == 2
    assert "abc" not in result.output


@for_each("url", ["", "localhost:8080", "ftp://x", "http://", "http://x:port"])
def test_an_address_that_is_none(house: House, url: str) -> None:
    house.url = url
    result = house.run("pay", "list")
    assert result.exit_code == 2
    assert "LUNAS_URL" in result.stderr


@pytest.mark.parametrize("call", EVERY_CALL)
def test_an_unreachable_lunas_is_3(house: House, call: list[str]) -> None:
    result = house.run(*call, "--json")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "cannot reach Lunas at http://127.0.0.1:1" in result.stderr
    assert len(house.pauses) == MOST_TRIES - 1
    assert API_KEY not in result.output


def test_a_password_in_the_address_is_not_shown(house: House) -> None:
    house.url = "http://me:hunter2@127.0.0.1:1"
    assert "hunter2" not in house.run("pay", "list").output


@pytest.mark.parametrize("call", CHANGING)
def test_a_cut_connection_is_tried_again_with_the_same_key(
    online: House, lunas: ScriptedLunas, call: list[str]
) -> None:
    lunas.script = [DROPPED, DROPPED, Say(a_payment(), 202)]
    result = online.run(*call)
    assert result.exit_code == 0
    assert len(lunas.heard) == 3
    assert len({h.key for h in lunas.heard}) == 1
    assert online.pauses == [0.25, 0.5]


@pytest.mark.parametrize(
    "passing",
    [
        a_problem("store_unavailable", 503, retry_after=7),
        a_problem("idempotency_in_progress", 409, retry_after=7),
        a_problem("concurrent_change", 409, retry_after=7),
    ],
)
def test_what_passes_is_tried_again_when_lunas_says(
    online: House, lunas: ScriptedLunas, passing: Say
) -> None:
    lunas.script = [passing, Say(a_payment(), 202)]
    assert online.run(*START).exit_code == 0
    assert online.pauses == [7.0]
    assert lunas.heard[0].key == lunas.heard[1].key


def test_tries_are_bounded_and_the_key_is_told(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [a_problem("queue_full", 503, retry_after=1)]
    result = online.run(*START)
    assert result.exit_code == 1
    assert len(lunas.heard) == MOST_TRIES
    assert f"--key {lunas.heard[0].key}" in result.stderr
    assert "queue_full (503)" in result.stderr


def test_the_key_is_told_when_lunas_cannot_be_reached(house: House) -> None:
    assert "--key my-key" in house.run(*START, "--key", "my-key").stderr


def test_a_key_of_another_request_is_not_offered_again(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [a_problem("idempotency_key_reused", 422)]
    result = online.run(*START, "--key", "k")
    assert result.exit_code == 1
    assert "--key k" not in result.stderr
    assert "leave --key out" in result.stderr


@pytest.mark.parametrize(
    "refusal",
    [
        a_problem("queue_full", 503, retry_after=600),
        a_problem("provider_misconfigured", 503, retryable=False),
        a_problem("order_already_paid", 409),
        a_problem("rate_limited", 429, retry_after=1),
        a_problem("internal_error", 500),
    ],
)
def test_what_does_not_pass_soon_is_not_tried_again(
    online: House, lunas: ScriptedLunas, refusal: Say
) -> None:
    lunas.script = [refusal]
    assert online.run(*START).exit_code == 1
    assert len(lunas.heard) == 1


def test_a_problem_is_one_readable_line(online: House, lunas: ScriptedLunas) -> None:
    errors = [
        {"pointer": "/amount", "detail": "must be at least 1"},
        {"pointer": "/order_id", "detail": "is too long"},
    ]
    lunas.script = [a_problem("validation_failed", 422, title="Some values", errors=errors)]
    result = online.run("pay", "list")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: validation_failed (422): Some values. A detail. "
        "/amount: must be at least 1; /order_id: is too long. "
        "What to do: correct the fields named. Request: req-7\n"
    )


def test_a_problem_names_the_payment_that_is_in_the_way(
    online: House, lunas: ScriptedLunas
) -> None:
    lunas.script = [a_problem("order_in_progress", 409, payment_id=PAYMENT_ID)]
    assert PAYMENT_ID in online.run(*START).stderr


def test_with_json_the_problem_itself_is_printed(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [a_problem("unauthorized", 401)]
    result = online.run("pay", "list", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == lunas.script[0].body
    assert "LUNAS_API_KEY" in result.stderr


def test_a_problem_without_words_still_has_a_code(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [Say({}, 418)]
    result = online.run("pay", "list")
    assert result.exit_code == 1
    assert "http_418" in result.stderr


@pytest.mark.parametrize(
    "answer",
    [
        Say("<h1>Welcome to nginx</h1>"),
        Say("<h1>Bad gateway</h1>", 502),
        Say([1, 2]),
        Say({}, 302, {"Location": "http://127.0.0.1:1/"}),
    ],
)
def test_something_else_that_answers_is_not_lunas(
    online: House, lunas: ScriptedLunas, answer: Say
) -> None:
    lunas.script = [answer]
    result = online.run("pay", "list")
    assert result.exit_code == 3
    assert len(lunas.heard) == 1


def test_a_gateway_that_is_still_starting_is_tried_again(
    online: House, lunas: ScriptedLunas
) -> None:
    lunas.script = [Say("<h1>503</h1>", 503), Say({"data": []})]
    assert online.run("pay", "list").exit_code == 0


@contextmanager
def _client(
    transport: httpx.BaseTransport, pauses: list[float], notes: list[str]
) -> Iterator[Client]:
    with lunas_at("http://lunas", API_KEY, transport) as http:
        yield Client(http, pause=pauses.append, note=notes.append)


def test_every_failure_of_the_wire_is_tried_again() -> None:
    failures = iter([httpx.ConnectError("no"), httpx.ReadTimeout("no"), httpx.WriteError("no")])
    keys: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        for failure in failures:
            raise failure
        return httpx.Response(202, json={"id": "x"})

    pauses: list[float] = []
    notes: list[str] = []
    with _client(httpx.MockTransport(handler), pauses, notes) as client:
        assert client.post("/v1/payments", {"amount": 1}, "k").body == {"id": "x"}
    assert keys == ["k"] * 4
    assert pauses == [0.25, 0.5, 1.0]
    assert len(notes) == 3


def test_a_retry_after_that_is_no_number_is_left_out() -> None:
    answer = httpx.Response(503, json={"code": "queue_full"}, headers={"Retry-After": "Mon, 1"})
    pauses: list[float] = []
    transport = httpx.MockTransport(lambda _: answer)
    with _client(transport, pauses, []) as client, pytest.raises(Refused) as refused:
        client.get("/v1/payments")
    assert refused.value.retry_after is None
    assert pauses == [0.25, 0.5, 1.0, 2.0]


def test_an_answer_that_cannot_be_unpacked_is_no_answer() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"\x00", headers={"Content-Encoding": "gzip"})

    with _client(httpx.MockTransport(handler), [], []) as client, pytest.raises(NoAnswer):
        client.get("/v1/payments")


def test_a_waiting_read_is_given_its_time() -> None:
    patience: list[float] = []

    def handler(request: httpx.Request) -> httpx.Response:
        patience.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, json={})

    with _client(httpx.MockTransport(handler), [], []) as client:
        client.get("/v1/payments/pay_1", {"wait": 60})
        client.get("/v1/payments/pay_1", {"wait": None})
    assert patience == [90.0, 30.0]


def test_an_interrupted_call_tells_its_key(online: House, lunas: ScriptedLunas) -> None:
    lunas.script = [DROPPED]

    class Interrupting(list[float]):
        def append(self, _: float) -> None:
            raise KeyboardInterrupt

    online.pauses = Interrupting()
    result = online.run(*START, "--key", "my-key")
    assert result.exit_code == 1
    assert "--key my-key" in result.stderr
