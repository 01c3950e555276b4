"""Bodies that are wrong: each is told so, field by field, and none is a fault of ours."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from tests.unit.cases import for_each
from tests.unit.http.house import Api, House, an_order, pointers, the_example


@pytest.fixture
def house(shared_house: House) -> House:
    """A house that others use too."""
    return shared_house


@pytest.fixture
def api(house: House) -> Api:
    """The program of a merchant of its own."""
    return house.a_client(house.open_for("Klinik", livemode=False)[1])


MALFORMED = [
    b"{",
    b"}",
    b"nothing",
    b"{'order_id': 1}",
    b'{"order_id": "a", "amount": 1,}',
    b'{"amount": NaN}',
    b'{"amount": Infinity}',
    b'{"amount": -Infinity}',
    b'{"order_id": "a", "order_id": "b", "amount": 1}',
    b'{"order_id": "a", "amount": 1, "metadata": {"x": "1", "x": "2"}}',
    b'{"order_id": "\xff", "amount": 1}',
    b'{"order_id": "\\ud800", "amount": 1}',
    b'\xef\xbb\xbf{"order_id": "a", "amount": 1}',
    '{"order_id": "a"}'.encode("utf-16"),
    b"[" * 30_000,
    b'{"a":' * 10_000,
    b'{"metadata":' + b"[" * 50 + b"]" * 50 + b"}",
    b'{"amount": ' + b"9" * 5_000 + b"}",
    b"[]",
    b"null",
    b'"text"',
    b"1",
    b"\x00",
]
WRONG_AMOUNTS = [
    b"50000.0", b"5e4", b'"50000"', b"true", b"null", b"0", b"-1", b"1000000000000", b"1.5", b"[]",
    b"{}",
]  # fmt: skip


@for_each("raw", MALFORMED)
def test_what_is_not_one_json_object_is_malformed(api: Api, raw: bytes) -> None:
    answer = api.post("/v1/payments", raw=raw)
    assert answer.status_code == 400
    assert answer.get_json(force=True)["code"] == "malformed"


def test_the_twin_member_is_named(api: Api) -> None:
    answer = api.post("/v1/payments", raw=b'{"order_id": "a", "order_id": "b"}')
    assert "'order_id'" in answer.get_json(force=True)["detail"]


@for_each("amount", WRONG_AMOUNTS)
def test_money_is_a_whole_number_and_nothing_like_one(api: Api, amount: bytes) -> None:
    answer = api.post("/v1/payments", raw=b'{"order_id": "a", "amount": %s}' % amount)
    assert answer.status_code == 422
    assert pointers(answer) == ["/amount"]


def test_every_wrong_field_is_named_at_once(api: Api) -> None:
    answer = api.post(
        "/v1/payments",
        {
            "amount": "1",
            "currency": "USD",
            "expires_in": 60,
            "customer": {"locale": "fr", "name": "x"},
            "metadata": {"a": 1},
            "return_url": "javascript:alert(1)",
            "surprise": 1,
            "other": 2,
        },
    )
    assert answer.status_code == 422
    assert sorted(pointers(answer)) == [
        "/amount",
        "/currency",
        "/customer/locale",
        "/customer/name",
        "/expires_in",
        "/metadata/a",
        "/order_id",
        "/other",
        "/return_url",
        "/surprise",
    ]


def test_a_pointer_is_escaped_and_holds_no_number(api: Api) -> None:
    answer = api.post("/v1/payments", an_order() | {"a/b~c": 1, "081234567890": 1})
    assert sorted(pointers(answer)) == ["/a~1b~0c", "/••••••"]


def test_a_flood_of_errors_is_cut(api: Api) -> None:
    answer = api.post("/v1/payments", {f"field{number}": 1 for number in range(2_000)})
    assert len(answer.get_json(force=True)["errors"]) == 50


@for_each(
    ("field", "value"),
    [
        ("order_id", ""),
        ("order_id", "x" * 65),
        ("order_id", "a\nb"),
        ("order_id", 8812),
        ("description", "x" * 256),
        ("description", "\x00"),
        ("method", "gopay"),
        ("currency", None),
        ("expires_in", 119),
        ("expires_in", 86_401),
        ("expires_in", 3600.0),
        ("metadata", {str(number): "x" for number in range(21)}),
        ("metadata", None),
        ("return_url", "ftp://chat.example"),
        ("customer", "p-123"),
    ],
)
def test_a_field_out_of_its_bounds_is_named(api: Api, field: str, value: Any) -> None:
    answer = api.post("/v1/payments", an_order(**{field: value}))
    assert answer.status_code == 422
    assert all(pointer.startswith(f"/{field}") for pointer in pointers(answer))


def test_metadata_is_bounded_by_key_and_value(api: Api) -> None:
    wrong = {"k" * 41: "x", "": "x", "fine": "v" * 501}
    answer = api.post("/v1/payments", an_order(metadata=wrong))
    assert sorted(pointers(answer)) == ["/metadata/", "/metadata/fine", f"/metadata/{'k' * 41}"]
    fine = {"k" * 40: "v" * 500}
    assert api.post("/v1/payments", an_order(metadata=fine)).status_code == 202


def test_escaped_letters_are_letters(api: Api) -> None:
    raw = json.dumps(an_order(description="caffè 😀")).encode()
    assert b"\\u" in raw
    payment = api.post("/v1/payments", raw=raw).get_json()
    assert payment["description"] == "caffè 😀"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_read(api: Api, kind: str) -> None:
    answer = api.post("/v1/payments", the_example(), headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_may_say_its_charset(api: Api, kind: str) -> None:
    answer = api.post("/v1/payments", the_example(), headers={"Content-Type": kind})
    assert answer.status_code == 202


def test_another_charset_is_refused(api: Api) -> None:
    kind = "application/json; charset=latin-1"
    answer = api.post("/v1/payments", the_example(), headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_a_body_over_64_kib_is_too_large(api: Api) -> None:
    fits = json.dumps(an_order(order_id="a")).encode().ljust(64 * 1024)
    assert api.post("/v1/payments", raw=fits).status_code == 202
    assert api.post("/v1/payments", raw=fits + b" ").status_code == 413


def raw_call(house: House, body: bytes, **more: Any) -> str:
    """Call WSGI by hand, so that headers may be wrong; gives the status."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/payments",
        "QUERY_STRING": "",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "CONTENT_TYPE": "application/json",
        "HTTP_AUTHORIZATION": f"Bearer {house.key}",
        "HTTP_IDEMPOTENCY_KEY": "k",
        **more,
    }
    said: list[str] = []

    def begin(status: str, _: object, __: object = None) -> Callable[[bytes], object]:
        said.append(status)
        return bytes  # nobody writes by it

    b"".join(house.app(environ, begin))
    return said[0]


def test_the_bound_holds_for_chunked_bodies_too(house: House) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked"}
    body = json.dumps(the_example()).encode()
    assert raw_call(house, body.ljust(64 * 1024 + 1), **chunked).startswith("413")
    assert raw_call(house, body, **chunked).startswith("202")


def test_a_length_that_is_not_true_is_malformed(house: House) -> None:
    assert raw_call(house, b"{}", CONTENT_LENGTH="-1").startswith("400")
    assert raw_call(house, b"{}", CONTENT_LENGTH="many").startswith("400")
    assert raw_call(house, b"{}", CONTENT_LENGTH="30").startswith("400")
    assert raw_call(house, b"{}", CONTENT_LENGTH="99999999999999").startswith("413")


def test_no_body_where_one_is_needed(api: Api) -> None:
    assert api.post("/v1/payments").status_code == 415
    empty = api.post("/v1/payments", raw=b"", headers={"Content-Type": "application/json"})
    assert empty.status_code == 400


def test_a_step_without_words_takes_no_words(api: Api) -> None:
    payment_id = api.post("/v1/payments", an_order()).get_json()["id"]
    answer = api.post(f"/v1/payments/{payment_id}/cancel", {"why": "because"})
    assert (answer.status_code, pointers(answer)) == (422, ["/why"])
