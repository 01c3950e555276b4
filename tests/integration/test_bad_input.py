"""What callers get wrong: told by name, never 500, and leaving nothing behind."""

import json
import socket
import time
from typing import Any

import pytest

from tests.integration.house import Answer, RunningHouse, call, until

GOOD = {"order_id": "bad-input", "amount": 50_000}
VERDICT = {"actor": "a", "reason": "r", "evidence": "e"}
START = "/v1/payments"


def assert_problem(answer: Answer, status: int, code: str, *pointers: str) -> None:
    assert answer.status == status, (answer.status, answer.body)
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json
    assert (told["status"], told["code"]) == (status, code)
    assert told["type"].endswith(f"/errors/{code}")
    assert told["request_id"] == answer.headers["x-request-id"]
    assert {"title", "detail", "instance", "retryable", "who_can_fix"} <= told.keys()
    named = [error["pointer"] for error in told.get("errors", [])]
    assert set(pointers) <= set(named), named


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": 50_000.0}, "/amount"),
        ({"amount": 50_000.5}, "/amount"),
        ({"amount": "50000"}, "/amount"),
        ({"amount": True}, "/amount"),
        ({"amount": None}, "/amount"),
        ({"amount": 0}, "/amount"),
        ({"amount": -1}, "/amount"),
        ({"amount": 1}, "/amount"),
        ({"amount": 1_000_000_000_000}, "/amount"),
        ({"amount": 10**400}, "/amount"),
        ({"amount": [50_000]}, "/amount"),
        ({"currency": "USD"}, "/currency"),
        ({"order_id": ""}, "/order_id"),
        ({"order_id": "x" * 65}, "/order_id"),
        ({"order_id": 8812}, "/order_id"),
        ({"order_id": "a\u0000b"}, "/order_id"),
        ({"phone": "0712345678"}, "/phone"),
        ({"phone": "08012345678"}, "/phone"),
        ({"phone": "0812345"}, "/phone"),
        ({"phone": "08123456789012"}, "/phone"),
        ({"phone": "+1 555 123 4567"}, "/phone"),
        ({"phone": 81234567890}, "/phone"),
        ({"phone": ""}, "/phone"),
        ({"phone": "".join(chr(0xFF10 + int(digit)) for digit in "08123456789")}, "/phone"),
        ({"method": "gold"}, "/method"),
        ({"expires_in": 119}, "/expires_in"),
        ({"expires_in": 86_401}, "/expires_in"),
        ({"expires_in": 3600.0}, "/expires_in"),
        ({"customer": "p-123"}, "/customer"),
        ({"customer": {"locale": "fr"}}, "/customer/locale"),
        ({"customer": {"name": "Budi"}}, "/customer/name"),
        ({"metadata": {"room": 1}}, "/metadata/room"),
        ({"metadata": {str(n): "x" for n in range(21)}}, "/metadata"),
        ({"metadata": {"room": "x" * 501}}, "/metadata/room"),
        ({"return_url": "javascript:alert(1)"}, "/return_url"),
        ({"amuont": 1}, "/amuont"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_value_is_named(house: RunningHouse, change: Any, pointer: str) -> None:
    answer = house.call("POST", START, GOOD | change)
    assert_problem(answer, 422, "validation_failed", pointer)
    assert "Traceback" not in answer.body.decode()


def test_every_wrong_value_is_named_at_once(house: RunningHouse) -> None:
    answer = house.call("POST", START, {"amount": "x", "phone": "y", "colour": "z"})
    assert_problem(answer, 422, "validation_failed", "/order_id", "/amount", "/phone", "/colour")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"50000",
        b'{"order_id": "x", "amount": 50000',
        b'{"order_id": "x", "amount": 50000} x',
        b'{"order_id": "x", "amount": NaN}',
        b'{"order_id": "x", "amount": Infinity}',
        b'{"order_id": "x", "amount": 1, "amount": 50000}',
        b'{"order_id": "\xff", "amount": 50000}',
        b'{"order_id": "\\ud800", "amount": 50000}',
        b"\x00\x01\x02",
        b"<payment/>",
        b"[" * 30_000,
        b'{"a":' * 9_000,
        json.dumps({"order_id": "x", "amount": 50_000}).encode("utf-16"),
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_not_one_json_object_is_malformed(house: RunningHouse, body: bytes) -> None:
    assert_problem(house.call("POST", START, body), 400, "malformed")


def test_a_digit_string_too_long_for_a_number_is_no_fault_of_ours(house: RunningHouse) -> None:
    body = b'{"order_id": "x", "amount": ' + b"9" * 60_000 + b"}"
    assert house.call("POST", START, body).status in {400, 422}


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "multipart/form-data"])
def test_only_json_is_read(house: RunningHouse, kind: str) -> None:
    answer = house.call("POST", START, GOOD, Content_Type=kind)
    assert_problem(answer, 415, "unsupported_media_type")


def test_a_huge_body_is_refused_whether_its_length_is_told_or_not(house: RunningHouse) -> None:
    body = json.dumps(GOOD | {"description": "x" * 70_000}).encode()
    assert_problem(house.call("POST", START, body), 413, "body_too_large")
    head = request_head(house, "huge", "Transfer-Encoding: chunked")
    chunk = b"%x\r\n%s\r\n" % (16_384, b" " * 16_384)
    answer = exchange(house, head + chunk * 40 + b"0\r\n\r\n")
    assert b" 413 " in answer.split(b"\r\n", 1)[0]
    assert b"body_too_large" in answer


def test_a_chunked_body_within_the_bound_is_read(house: RunningHouse) -> None:
    body = json.dumps(GOOD | {"order_id": "chunked"}).encode()
    head = request_head(house, "chunked", "Transfer-Encoding: chunked")
    pieces = b"".join(b"%x\r\n%s\r\n" % (1, body[n : n + 1]) for n in range(len(body)))
    assert b" 202 " in exchange(house, head + pieces + b"0\r\n\r\n").split(b"\r\n", 1)[0]


@pytest.mark.parametrize(
    "key",
    [None, "", "Bearer", "Bearer ", "Bearer lunas_test_wrong", "Basic x", "Bearer a b", "\xe9"],
)
def test_a_wrong_key_opens_nothing(house: RunningHouse, key: str | None) -> None:
    headers = {"Idempotency-Key": "k"} | ({} if key is None else {"Authorization": key})
    for method, path in (("POST", START), ("GET", START), ("GET", "/v1/events")):
        answer = call(method, house.url + path, body=GOOD, headers=headers)
        assert_problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\xe9", "a\tb"])
def test_a_wrong_idempotency_key_is_malformed(house: RunningHouse, key: str) -> None:
    answer = house.call("POST", START, GOOD, Idempotency_Key=key)
    assert answer.status == 400
    assert answer.json["code"] in {"malformed", "idempotency_key_missing"}
    assert answer.json["errors"][0]["pointer"].lower().endswith("idempotency-key")


def test_every_post_asks_for_an_idempotency_key(house: RunningHouse) -> None:
    payment_id = house.started("no-key", None)
    headers = {"Authorization": f"Bearer {house.key}"}
    for path, body in (
        (START, GOOD),
        (f"{START}/{payment_id}/push", {"phone": "081200000001"}),
        (f"{START}/{payment_id}/cancel", None),
        (f"{START}/{payment_id}/check", None),
        (f"{START}/{payment_id}/refunds", {"reason": "x"}),
        (f"{START}/{payment_id}/resolve", VERDICT | {"outcome": "paid"}),
        (f"/v1/refunds/re_{'0' * 32}/close", VERDICT),
        (f"/v1/exceptions/exc_{'0' * 32}/resolve", VERDICT | {"action": "paid"}),
        ("/v1/webhook_endpoints", {"url": "http://127.0.0.1:9/"}),
    ):
        answer = call("POST", house.url + path, body=body, headers=headers)
        assert_problem(answer, 400, "idempotency_key_missing")
    assert house.payment(payment_id)["status"] == "pending"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", f"{START}/pay_1", 404, "not_found"),
        ("GET", f"{START}/evt_{'0' * 32}", 404, "not_found"),
        ("GET", f"{START}/pay_{'0' * 32}", 404, "not_found"),
        ("GET", f"{START}/..%2f..%2fetc%2fpasswd", 404, "not_found"),
        ("GET", f"{START}/%00", 404, "not_found"),
        ("POST", f"{START}/pay_{'0' * 32}/cancel", 404, "not_found"),
        ("POST", f"{START}/pay_{'0' * 32}/check", 404, "not_found"),
        ("GET", f"{START}/pay_{'0' * 32}/refunds", 404, "not_found"),
        ("GET", f"{START}/pay_{'0' * 32}/dossier", 404, "not_found"),
        ("GET", f"/v1/refunds/re_{'0' * 32}", 404, "not_found"),
        ("GET", f"/v1/refunds/pay_{'0' * 32}", 404, "not_found"),
        ("GET", f"/v1/exceptions/exc_{'0' * 32}", 404, "not_found"),
        ("GET", "/v1/exceptions?status=closed", 422, "validation_failed"),
        ("GET", "/v1/exceptions?limit=0", 422, "validation_failed"),
        ("GET", f"/v1/exceptions?cursor=exc_{'0' * 32}", 422, "validation_failed"),
        ("POST", "/v1/exceptions", 405, "method_not_allowed"),
        ("DELETE", f"/v1/refunds/re_{'0' * 32}", 405, "method_not_allowed"),
        ("DELETE", START, 405, "method_not_allowed"),
        ("PUT", START, 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", f"{START}?limit=0", 422, "validation_failed"),
        ("GET", f"{START}?limit=1000", 422, "validation_failed"),
        ("GET", f"{START}?status=paid", 422, "validation_failed"),
        ("GET", f"{START}?cursor=x", 422, "validation_failed"),
        ("GET", f"{START}?colour=red", 422, "validation_failed"),
        ("GET", f"{START}?limit=1&limit=2", 422, "validation_failed"),
        ("GET", f"{START}?created_after=yesterday", 422, "validation_failed"),
        ("GET", "/v1/events?type=payment.paid", 422, "validation_failed"),
    ],
)
def test_a_wrong_address_is_a_problem(
    house: RunningHouse, method: str, path: str, status: int, code: str
) -> None:
    assert_problem(house.call(method, path), status, code)


@pytest.mark.parametrize("wait", ["0", "61", "-1", "1.5", "x", "9" * 400])
def test_a_wrong_wait_is_refused_at_once(house: RunningHouse, wait: str) -> None:
    payment_id = house.started(f"wait-{wait}"[:60], None)
    answer = house.call("GET", f"{START}/{payment_id}?wait={wait}")
    assert_problem(answer, 422, "validation_failed", "/wait")


@pytest.mark.parametrize(
    "url",
    ["x", "ftp://host/", "http://", "http://u:p@host/", "http://host/#f", "http://host:99999/", 1],
)
def test_a_wrong_webhook_address_is_refused(house: RunningHouse, url: object) -> None:
    answer = house.call("POST", "/v1/webhook_endpoints", {"url": url})
    assert_problem(answer, 422, "validation_failed", "/url")


# -- raw sockets ----------------------------------------------------------------------------------


def request_head(house: RunningHouse, key: str, *headers: str) -> bytes:
    lines = (
        f"POST {START} HTTP/1.1",
        "Host: lunas",
        f"Authorization: Bearer {house.key}",
        "Content-Type: application/json",
        f"Idempotency-Key: {key}",
        "Connection: close",
        *headers,
    )
    return "\r\n".join((*lines, "", "")).encode()


def exchange(house: RunningHouse, sent: bytes) -> bytes:
    """What the API answers to these bytes, until it closes or says no more for a while."""
    _, _, port = house.url.rpartition(":")
    received = b""
    with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as wire:
        try:
            wire.sendall(sent)
            while more := wire.recv(65_536):
                received += more
        except (ConnectionError, TimeoutError):
            pass
    return received


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_caller_that_hangs_up_at_any_byte_leaves_nothing_behind(
    house: RunningHouse, how: str
) -> None:
    order = f"hung-up-{how}"
    body = json.dumps(GOOD | {"order_id": order}).encode()
    whole = request_head(house, order, f"Content-Length: {len(body)}") + body
    start = len(whole) - len(body)
    cuts = sorted({1, 5, 40, start - 2, start, start + 1, start + len(body) // 2, len(whole) - 1})
    _, _, port = house.url.rpartition(":")
    for cut in cuts:
        with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as wire:
            wire.sendall(whole[:cut])
            if how == "reset":
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    time.sleep(0.5)
    assert house.call("GET", f"{START}?order_id={order}").json["data"] == []

    answer = house.call("POST", START, body, Idempotency_Key=order)
    assert answer.status == 202
    assert "idempotency-replayed" not in answer.headers


def test_a_caller_that_leaves_before_the_answer_can_ask_again(house: RunningHouse) -> None:
    body = json.dumps(GOOD | {"order_id": "left"}).encode()
    whole = request_head(house, "left", f"Content-Length: {len(body)}") + body
    _, _, port = house.url.rpartition(":")
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as wire:
            wire.sendall(whole)
    answer = house.call("POST", START, body, Idempotency_Key="left")
    assert answer.status == 202
    listed = house.call("GET", f"{START}?order_id=left").json["data"]
    assert [payment["id"] for payment in listed] == [answer.json["id"]]


def test_waiters_that_hung_up_do_not_keep_the_api_from_serving(house: RunningHouse) -> None:
    payment_id = house.started("waiters-left", None)
    _, _, port = house.url.rpartition(":")
    line = f"GET {START}/{payment_id}?wait=3 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
    for _ in range(100):
        with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as wire:
            wire.sendall(f"{line}{house.key}\r\n\r\n".encode())
    house.until_status(house.started("waiters-left-2"), "succeeded")

    def waits() -> bool:
        began = time.monotonic()
        answer = house.call("GET", f"{START}/{payment_id}?wait=1")
        return "retry-after" not in answer.headers and time.monotonic() - began >= 0.9

    until(waits, "a place to wait")


def test_nonsense_on_the_wire_is_refused_and_the_api_serves_on(house: RunningHouse) -> None:
    for sent in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"GET\r\n\r\n",
        b"POST /v1/payments HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/payments HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /v1/payments HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /healthz HTTP/1.1\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
    ):
        answer = exchange(house, sent)
        assert b" 500 " not in answer.split(b"\r\n", 1)[0]
    assert house.call("GET", "/healthz").status == 200


def test_nothing_above_left_a_payment_or_a_fault(house: RunningHouse) -> None:
    assert house.call("GET", f"{START}?order_id=bad-input").json["data"] == []
    assert '"unexpected"' not in house.logs()
    assert "Traceback" not in house.logs()
