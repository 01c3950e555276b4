"""Webhooks over real sockets: receivers that are down, slow, gone, rude or not allowed."""

import base64
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.integration.house import (
    PATIENT,
    Receiver,
    RunningHouse,
    a_house,
    a_receiver,
    free_port,
    until,
)

SUCCEEDED = "payment.succeeded"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """Few deliveries fit at once, so that one endpoint could starve the others if it were let."""
    with a_house(
        tmp_path_factory.mktemp("webhooks"),
        PATIENT,
        webhook_answer_within="3s",
        delivery_width="12",
        delivery_width_per_endpoint="4",
    ) as house:
        house.start()
        yield house


def deliveries(house: RunningHouse, event_id: str) -> list[Any]:
    found: list[Any] = house.call("GET", f"/v1/events/{event_id}").json["deliveries"]
    return found


def event_of(house: RunningHouse, payment_id: str, kind: str) -> str:
    """The id of the payment's event of that type, once it is told."""

    def look() -> list[Any]:
        path = f"/v1/events?payment_id={payment_id}&type={kind}"
        found: list[Any] = house.call("GET", path).json["data"]
        return found

    event_id: str = until(look, kind)[0]["data"]["id"]
    return event_id


def delivery_to(house: RunningHouse, event_id: str, receiver: Receiver) -> Any:
    """Its delivery to this receiver, None before there is one."""
    mine = receiver.endpoint["id"]
    return next((d for d in deliveries(house, event_id) if d["endpoint_id"] == mine), None)


def until_tried(house: RunningHouse, event_id: str, receiver: Receiver, tries: int = 1) -> Any:
    def look() -> Any:
        delivery = delivery_to(house, event_id, receiver)
        return delivery if delivery and delivery["tries"] >= tries else None

    return until(look, lambda: f"{tries} tries: {deliveries(house, event_id)}")


def seconds_until(instant: str) -> float:
    return (datetime.fromisoformat(instant) - datetime.now(UTC)).total_seconds()


def test_an_event_waits_for_a_receiver_that_is_down_and_none_is_lost(house: RunningHouse) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/hook"
    down = Receiver(endpoint=house.call("POST", "/v1/webhook_endpoints", {"url": url}).json)
    payment_id = house.started("down")
    event = event_of(house, payment_id, SUCCEEDED)
    tried = until_tried(house, event, down)
    assert (tried["status"], tried["last_status"]) == ("pending", None)
    assert tried["last_error"] == "no connection"
    assert 2 < seconds_until(tried["due_at"]) < 6
    with a_receiver(port=port) as back:
        assert back.until_heard(payment_id, SUCCEEDED)["data"]["id"] == event
        back.until_whole(payment_id, 3)
        assert until_tried(house, event, down, tries=2)["status"] == "delivered"
        house.call("DELETE", f"/v1/webhook_endpoints/{down.endpoint['id']}")


def test_a_slow_receiver_does_not_delay_another(house: RunningHouse) -> None:
    with house.hooked(delay=20.0) as slow, house.hooked() as quick:
        began = time.monotonic()
        ids = [house.started(f"slow-{number}", None) for number in range(30)]
        for payment_id in ids:
            quick.until_heard(payment_id, "payment.created", within=10)
        assert time.monotonic() - began < 10
        assert 0 < len(slow.heard) <= 16  # its share at most, three seconds each
        event = event_of(house, ids[0], "payment.created")
        assert until_tried(house, event, slow)["last_error"] == "no answer in time"


def test_an_endpoint_that_says_gone_is_disabled_at_once_and_its_neighbour_is_told(
    house: RunningHouse,
) -> None:
    with house.hooked(status=410) as gone, house.hooked("endpoint.disabled") as neighbour:
        payment_id = house.started("gone", None)
        told = until(lambda: neighbour.events("endpoint.disabled"), "the notice")[0]
        assert told["data"]["endpoint"]["id"] == gone.endpoint["id"]
        assert "sequence" not in told["data"]
        shown = house.call("GET", f"/v1/webhook_endpoints/{gone.endpoint['id']}").json
        assert (shown["status"], "410" in shown["disabled_reason"]) == ("disabled", True)
        event = event_of(house, payment_id, "payment.created")
        assert delivery_to(house, event, gone)["status"] == "dropped"

        heard = len(gone.heard)
        house.started("gone-2", None)
        house.started("gone-3", None)
        time.sleep(0.5)
        assert len(gone.heard) == heard


def test_only_a_2xx_counts_and_no_redirect_is_followed(house: RunningHouse) -> None:
    with ExitStack() as open_, a_receiver() as elsewhere:
        bad = [
            open_.enter_context(house.hooked(status=status, location=elsewhere.url))
            for status in (301, 302, 307, 308, 400, 404, 500, 503)
        ]
        good = [open_.enter_context(house.hooked(status=status)) for status in (200, 202, 299)]
        event = event_of(house, house.started("statuses", None), "payment.created")
        for receiver in bad:
            tried = until_tried(house, event, receiver)
            assert (tried["status"], tried["last_status"]) == ("pending", receiver.status)
            assert 2 < seconds_until(tried["due_at"]) < 6
        for receiver in good:
            tried = until_tried(house, event, receiver)
            assert (tried["status"], tried["due_at"]) == ("delivered", None)
        assert elsewhere.connections == 0

        bad[6].status = 204  # the one that failed with 500 is well again
        again = until_tried(house, event, bad[6], tries=2)
        assert (again["status"], again["last_status"]) == ("delivered", 204)
        assert len({body for _, body in bad[6].posts(event)}) == 1


def test_retry_after_is_honoured(house: RunningHouse) -> None:
    with house.hooked(status=503, retry_after="90") as busy:
        event = event_of(house, house.started("busy", None), "payment.created")
        assert 60 < seconds_until(until_tried(house, event, busy)["due_at"]) < 92
    http_date = (datetime.now(UTC) + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    with house.hooked(status=429, retry_after=http_date) as dated:
        event = event_of(house, house.started("dated", None), "payment.created")
        assert 7000 < seconds_until(until_tried(house, event, dated)["due_at"]) < 7210
    with house.hooked(status=503, retry_after="99999999") as greedy:
        event = event_of(house, house.started("greedy", None), "payment.created")
        assert seconds_until(until_tried(house, event, greedy)["due_at"]) < 86_500


def test_a_deleted_endpoint_with_messages_pending_poisons_nothing(house: RunningHouse) -> None:
    with a_receiver(status=500) as rude, house.hooked() as other:
        rude.endpoint = house.hook(rude)
        event = event_of(house, house.started("deleted", None), "payment.created")
        until_tried(house, event, rude)
        path = f"/v1/webhook_endpoints/{rude.endpoint['id']}"
        assert house.call("DELETE", path).status == 204
        assert delivery_to(house, event, rude)["status"] == "dropped"
        assert house.call("GET", path).status == 404
        heard = len(rude.heard)
        other.until_heard(house.started("after-it", None), "payment.created")
        time.sleep(0.5)
        assert len(rude.heard) == heard


def test_a_rotated_secret_signs_beside_the_former_one(house: RunningHouse) -> None:
    with house.hooked() as chat:
        former = chat.endpoint["secret"]
        path = f"/v1/webhook_endpoints/{chat.endpoint['id']}"
        fresh = house.call("POST", f"{path}/rotate_secret", Idempotency_Key="rotate")
        again = house.call("POST", f"{path}/rotate_secret", Idempotency_Key="rotate")
        assert fresh.status == 200
        assert again.body == fresh.body
        assert "secret" not in house.call("GET", path).json
        chat.until_heard(house.started("rotated", None), "payment.created")
        headers, body = chat.heard[-1]
        assert len(headers["webhook-signature"].split()) == 2
        stranger = "whsec_" + base64.b64encode(bytes(32)).decode()
        for secret in (former, fresh.json["secret"]):
            assert Webhook(secret).verify(body, dict(headers))
        with pytest.raises(WebhookVerificationError):
            Webhook(stranger).verify(body, dict(headers))
        with pytest.raises(WebhookVerificationError):
            Webhook(former).verify(body + b" ", dict(headers))


def test_an_endpoint_hears_only_the_events_it_asked_for(house: RunningHouse) -> None:
    other = house.another_merchant("Klinik Lain")
    with house.hooked(SUCCEEDED) as chosen, house.hooked() as every, other.hooked() as theirs:
        payment_id = house.started("filtered")
        every.until_heard(payment_id, SUCCEEDED)
        chosen.until_heard(payment_id, SUCCEEDED)
        every.until_whole(payment_id, 3)
        time.sleep(0.3)
        assert {event["type"] for event in chosen.events()} == {SUCCEEDED}
        assert theirs.heard == []


def test_a_late_endpoint_recovers_every_event_since_a_time(house: RunningHouse) -> None:
    since = datetime.now(UTC)
    with house.hooked() as early:  # what it has heard was told to all that there were
        ids = [house.started(f"missed-{number}") for number in range(5)]
        for payment_id in ids:
            early.until_whole(payment_id, 3)
    with house.hooked() as late:
        time.sleep(0.3)
        assert late.heard == []
        path = f"/v1/webhook_endpoints/{late.endpoint['id']}/recover"
        answer = house.call("POST", path, {"since": since.isoformat()})
        assert answer.status == 202
        for payment_id in ids:
            late.until_heard(payment_id, SUCCEEDED)
            late.until_whole(payment_id, 3)
            listed = house.call("GET", f"/v1/events?payment_id={payment_id}").json["data"]
            assert {e["data"]["id"] for e in late.of(payment_id)} == {
                e["data"]["id"] for e in listed
            }
        earlier = [e for e in late.events() if e["timestamp"] < since.isoformat()[:23]]
        assert earlier == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_private_address_is_refused_unless_it_is_allowed(strict: RunningHouse, host: str) -> None:
    with a_receiver() as inside:
        assert inside.server
        port = inside.server.server_address[1]
        inside.endpoint = strict.call(
            "POST", "/v1/webhook_endpoints", {"url": f"http://{host}:{port}/hook"}
        ).json
        event = event_of(strict, strict.started(f"private-{host}", None), "payment.created")
        refused = until_tried(strict, event, inside)
        assert refused["status"] == "pending"
        assert "not allowed" in refused["last_error"], refused
        assert (refused["last_status"], inside.connections, inside.heard) == (None, 0, [])
        strict.call("DELETE", f"/v1/webhook_endpoints/{inside.endpoint['id']}")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house that allows no private network."""
    with a_house(tmp_path_factory.mktemp("strict"), PATIENT, webhook_networks="") as house:
        house.start()
        yield house
