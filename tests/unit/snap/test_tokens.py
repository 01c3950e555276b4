"""SNAP's token calls: what is sent, what an answer gives, and which key signs."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from adapters.outbound import snap
from adapters.outbound.rotation import Rotation
from adapters.outbound.snap_tokens import (
    B2B2C,
    SignatureRefused,
    SnapTokens,
    TokenCall,
    token_of,
)
from adapters.outbound.tokens import TokenRefused
from application.ports import Token, TokenKey
from tests.unit.cases import for_each
from tests.unit.snap.keys import signing, verifying
from tests.unit.snap.wire import FakeWire

AT = datetime(2026, 11, 23, 3, 15, 30, 123_999, tzinfo=UTC)
KEY = TokenKey("ovo_qris", "mer_1", livemode=False, client="client-1")
URL = "https://provider.test/v1.0/access-token/b2b"
GIVEN = {
    "responseCode": "2007300",
    "responseMessage": "Successful",
    "accessToken": "access-1",
    "tokenType": "Bearer",
    "expiresIn": "900",
}


def given(**changes: object) -> bytes:
    return json.dumps({k: v for k, v in (GIVEN | changes).items() if v is not None}).encode()


def answering(*bodies: Mapping[str, object] | bytes, status: int = 200) -> FakeWire:
    left = list(bodies)

    def answer(_: httpx.Request) -> httpx.Response:
        body = left.pop(0)
        if isinstance(body, bytes):
            return httpx.Response(status, content=body)
        return httpx.Response(int(str(body["responseCode"])[:3]), json=body)

    return FakeWire(answer)


def fetch(wire: FakeWire, *names: str, rotation: Rotation | None = None) -> Token:
    tokens = SnapTokens(wire, lambda: AT, rotation or Rotation())
    call = TokenCall(URL, KEY, [signing(name) for name in names or ("present",)])
    return asyncio.run(tokens.fetch(call))


def test_a_b2b_token_is_asked_for_with_a_signed_post() -> None:
    wire = answering(given())
    token = fetch(wire)
    (request,) = wire.asked
    assert (request.method, str(request.url)) == ("POST", URL)
    assert json.loads(request.content) == {"grantType": "client_credentials"}
    assert request.headers["x-client-key"] == "client-1"
    assert request.headers["x-timestamp"] == "2026-11-23T10:15:30.123+07:00"
    assert request.headers["content-type"] == "application/json"
    assert snap.verifies_token(
        verifying("present"),
        request.headers["x-signature"],
        client_id="client-1",
        timestamp=request.headers["x-timestamp"],
    )
    assert (token.access, token.fetched_at) == ("access-1", AT)
    assert token.ends_at == AT + timedelta(seconds=900)
    assert wire.guards[0].leave_by == wire.guards[0].end_by == wire.now + timedelta(seconds=4)


def test_some_providers_want_no_milliseconds() -> None:
    wire = answering(given())
    tokens = SnapTokens(wire, lambda: AT, Rotation(), milliseconds=False)
    asyncio.run(tokens.fetch(TokenCall(URL, KEY, [signing("present")])))
    assert wire.asked[0].headers["x-timestamp"] == "2026-11-23T10:15:30+07:00"


WRONG_SIGNATURE: dict[str, object] = {"responseCode": "4017300", "responseMessage": "Unauthorized"}


def test_while_keys_rotate_the_other_one_signs_at_once_and_then_comes_first() -> None:
    rotation = Rotation()
    wire = answering(WRONG_SIGNATURE, GIVEN, GIVEN)
    assert fetch(wire, "present", "next", rotation=rotation).access == "access-1"
    assert fetch(wire, "present", "next", rotation=rotation).access == "access-1"
    by_next = [
        snap.verifies_token(
            verifying("next"),
            request.headers["x-signature"],
            client_id="client-1",
            timestamp=request.headers["x-timestamp"],
        )
        for request in wire.asked
    ]
    assert by_next == [False, True, True]


def test_a_signature_that_is_refused_for_every_key_is_told_by_its_code() -> None:
    wire = answering(WRONG_SIGNATURE, WRONG_SIGNATURE)
    with pytest.raises(TokenRefused, match=r"^4017300$"):
        fetch(wire, "present", "next")
    assert len(wire.asked) == 2


@for_each("code", ["4007301", "4017301", "4037301", "5007300", "5047300", "2027300"])
def test_another_refusal_tries_no_other_key(code: str) -> None:
    wire = answering({"responseCode": code})
    with pytest.raises(TokenRefused, match=f"^{code}$"):
        fetch(wire, "present", "next")
    assert len(wire.asked) == 1


@for_each(
    ("status", "body", "words"),
    [
        (502, b"<html>bad gateway</html>", "HTTP 502"),
        (401, b"", "HTTP 401"),
        (200, given(responseCode="2007400"), "2007400"),
        (200, given(accessToken=None), "2007300"),
        (200, given(accessToken="two words"), "2007300"),
        (200, given(accessToken="line\r\nX-Other: 1"), "2007300"),
        (200, given(accessToken="x" * 4_097), "2007300"),
        (200, given(accessToken=["x"]), "2007300"),
        (200, given(responseCode="4017300"), "4017300"),
    ],
)
def test_an_answer_without_a_usable_token_is_a_refusal(
    status: int, body: bytes, words: str
) -> None:
    with pytest.raises(TokenRefused, match=words) as refused:
        token_of(status, body, AT, "73")
    assert not isinstance(refused.value, SignatureRefused)


@for_each(
    ("told", "life"),
    [
        ({"expiresIn": "900"}, 900),
        ({"expiresIn": 600}, 600),
        ({"expiresIn": 600.0}, 600),
        ({"expiresIn": None, "tokenExpiresIn": 1_296_000}, 1_296_000),
        ({"expiresIn": None, "accessTokenExpiryTime": "2026-11-23T10:25:30+07:00"}, 599.876_001),
        ({"expiresIn": None}, 900),
        ({"expiresIn": "soon"}, 900),
        ({"expiresIn": "-5"}, 900),
        ({"expiresIn": "9999999999"}, 3_650 * 86_400),
        ({"expiresIn": None, "accessTokenExpiryTime": "9999-12-31T23:59:59Z"}, 3_650 * 86_400),
    ],
)
def test_a_life_is_read_however_it_is_told(told: dict[str, object], life: float) -> None:
    token = token_of(200, given(**told), AT, "73")
    assert (token.ends_at - AT).total_seconds() == pytest.approx(life, abs=1e-6)


def test_a_customers_token_comes_with_its_refresh() -> None:
    body = given(
        responseCode="2007400",
        refreshToken="refresh-1",
        refreshTokenExpiryTime="2027-11-23T00:00:00Z",
    )
    token = token_of(200, body, AT, B2B2C)
    assert token.refresh == "refresh-1"
    assert token.refresh_ends_at == datetime(2027, 11, 23, tzinfo=UTC)
    assert token_of(200, given(responseCode="2007400"), AT, B2B2C).refresh is None


@pytest.mark.parametrize("change", [lambda wire: wire.shut(), lambda wire: None])
def test_what_the_wire_raises_is_raised(change: Callable[[FakeWire], None]) -> None:
    def silent(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("no answer")

    wire = FakeWire(silent)
    change(wire)
    with pytest.raises(httpx.TransportError):
        fetch(wire)


def test_a_call_never_prints_what_it_sends() -> None:
    call = TokenCall(URL, KEY, [signing("present")], body=b'{"refreshToken":"secret"}')
    assert "secret" not in repr(call)
    assert "PRIVATE" not in repr(call)
