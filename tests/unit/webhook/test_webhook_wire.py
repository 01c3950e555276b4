"""Signatures that the public library accepts, addresses that may be spoken to, and the sender."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from adapters.outbound.webhook.networks import Networks
from adapters.outbound.webhook.sender import SignedWebhooks
from adapters.outbound.webhook.signature import new_secret, signature
from adapters.outbound.wire import AddressRefused, Answer, Guard, Wire
from domain.events import Event, EventType
from domain.webhook import DeliveryAnswer, Endpoint, Secret
from tests.unit.cases import for_each

NOW = datetime.now(UTC)
OLD, NEW = new_secret(b"\x01" * 32), new_secret(b"\x02" * 32)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads the clock itself, and takes five minutes: a busy machine is as slow."""
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC))


def an_endpoint(*secrets: str, url: str = "https://chat.example/hook") -> Endpoint:
    kept = tuple(Secret(secret) for secret in secrets or (NEW,))
    return Endpoint("we_1", "mer_1", False, url, (), kept, NOW)


def an_event(endpoint: Endpoint) -> Event:
    kind = EventType.ENDPOINT_DISABLED
    return Event("evt_1", kind, "mer_1", False, NOW, None, endpoint)


def headers(secrets: list[str], body: bytes) -> dict[str, str]:
    seconds = int(NOW.timestamp())
    return {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(secrets, "evt_1", seconds, body),
    }


def test_the_public_library_accepts_our_signature() -> None:
    body = json.dumps({"type": "payment.succeeded"}).encode()
    assert Webhook(NEW).verify(body, headers([NEW], body)) == {"type": "payment.succeeded"}


def test_while_a_secret_is_rotated_both_open_it() -> None:
    body = b"{}"
    for secret in (OLD, NEW):
        Webhook(secret).verify(body, headers([NEW, OLD], body))
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body, headers([NEW], body))


def test_a_changed_body_is_not_ours() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(b'{"a":2}', headers([NEW], b'{"a":1}'))


@for_each(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "not an address",
    ],
)
def test_private_addresses_are_refused_however_they_are_spelled(address: str) -> None:
    assert not Networks().allow(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert Networks().allow(address)


def test_a_network_may_be_allowed_by_setting() -> None:
    networks = Networks.parse(["127.0.0.0/8", "::1/128"])
    assert networks.allow("127.0.0.1")
    assert networks.allow("::ffff:127.0.0.1")
    assert networks.allow("::1")
    assert not networks.allow("10.0.0.1")
    with pytest.raises(ValueError, match="nowhere"):
        Networks.parse(["nowhere"])


class FakeWire(Wire):
    """Gives this answer, or fails so, and keeps what was asked."""

    def __init__(self, answer: httpx.Response | Exception) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[httpx.Request] = []

    async def post(
        self,
        url: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        guard: Guard,
        *,
        connect: float | None,
        read: float | None,
    ) -> Answer:
        self.asked.append(httpx.Request("POST", url, headers=headers, content=body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return Answer(self.answer.status_code, self.answer.headers.raw, self.answer.content)


def sent(answer: httpx.Response | Exception) -> tuple[DeliveryAnswer, httpx.Request]:
    """Send one event to an endpoint that answers so."""
    wire = FakeWire(answer)
    sender = SignedWebhooks(
        wire=wire, body=lambda event: b'{"type":"x"}', clock=lambda: NOW, answer_within=_SECOND
    )
    endpoint = an_endpoint(NEW, OLD)
    told = asyncio.run(sender.send(endpoint, an_event(endpoint)))
    return told, wire.asked[0]


_SECOND = timedelta(seconds=1)


def test_what_is_sent_is_what_is_signed() -> None:
    told, request = sent(httpx.Response(204))
    assert told == DeliveryAnswer(204)
    assert request.headers["webhook-id"] == "evt_1"
    assert Webhook(OLD).verify(request.content, dict(request.headers)) == {"type": "x"}


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.ConnectError("x"), "no connection"),
        (httpx.ReadTimeout("x"), "no answer in time"),
        (httpx.ReadError("x"), "the connection was cut"),
        (AddressRefused("x"), "the address is not allowed (LUNAS_WEBHOOK_NETWORKS)"),
    ],
)
def test_every_failure_is_an_answer(failure: Exception, error: str) -> None:
    told, _ = sent(failure)
    assert told == DeliveryAnswer(None, error)


@for_each(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        ("99999999999999", timedelta(seconds=999_999_999)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("١٢", None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(header: str, wait: timedelta | None) -> None:
    told, _ = sent(httpx.Response(503, headers=[(b"retry-after", header.encode())]))
    assert told.retry_after == wait


def test_secrets_are_never_shown() -> None:
    endpoint = an_endpoint(NEW, OLD)
    assert NEW not in repr(endpoint)
    assert OLD not in repr(endpoint)
