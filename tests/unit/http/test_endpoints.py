"""Webhook endpoints over HTTP."""

from typing import Any

import pytest

from application.webhook_endpoints import MOST_ENDPOINTS
from tests.unit.cases import for_each
from tests.unit.http.house import Api, House, an_order, pointers

PATH = "/v1/webhook_endpoints"
URL = "https://chat.example/hooks/lunas"


def made(api: Api, **more: Any) -> dict[str, Any]:
    answer = api.post(PATH, {"url": URL} | more)
    assert answer.status_code == 201
    body: dict[str, Any] = answer.get_json()
    return body


def test_the_secret_is_told_once(api: Api) -> None:
    answer = api.post(PATH, {"url": URL, "events": ["payment.succeeded"]})
    endpoint = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{PATH}/{endpoint['id']}"
    secret = endpoint.pop("secret")
    assert secret.startswith("whsec_")
    assert endpoint == {
        "id": endpoint["id"],
        "object": "webhook_endpoint",
        "livemode": False,
        "url": URL,
        "events": ["payment.succeeded"],
        "status": "enabled",
        "disabled_reason": None,
        "created_at": "2026-11-23T10:15:30.000Z",
    }
    assert api.get(f"{PATH}/{endpoint['id']}").get_json() == endpoint
    assert api.get(PATH).get_json() == {"data": [endpoint], "next_cursor": None}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/hook",
        "http://localhost:9000",
        "https://a.example/?x=1",
        "http://[::1]:9000/",
        "https://chat-1.example.co.id:65535/a/b",
    ],
)
def test_urls_that_can_be_endpoints(api: Api, url: str) -> None:
    assert made(api, url=url)["url"] == url


@for_each(
    "url",
    [
        "",
        "chat.example",
        "ftp://chat.example",
        "https://",
        "https://user:pass@chat.example/",
        "https://chat.example/#part",
        "https://chat.example/a b",
        "https://chat.example:99999/",
        "https://chät.example/",
        "https://-chat.example/",
        f"https://chat.example/{'x' * 2000}",
        None,
        1,
    ],
)
def test_urls_that_cannot(api: Api, url: object) -> None:
    answer = api.post(PATH, {"url": url})
    assert (answer.status_code, pointers(answer)) == (422, ["/url"])


def test_live_endpoints_are_https(house: House) -> None:
    live = house.a_client(house.live_key)
    assert pointers(live.post(PATH, {"url": "http://chat.example/"})) == ["/url"]
    assert made(live)["livemode"] is True


def test_an_event_that_is_none_is_named(api: Api) -> None:
    answer = api.post(PATH, {"url": URL, "events": ["payment.succeeded", "payment.paid"]})
    assert (answer.status_code, pointers(answer)) == (422, ["/events/1"])


def test_there_are_so_many_and_no_more(api: Api) -> None:
    for _ in range(MOST_ENDPOINTS):
        made(api)
    answer = api.post(PATH, {"url": URL})
    assert answer.status_code == 409
    assert answer.get_json(force=True)["code"] == "too_many_endpoints"


def test_what_is_given_changes_and_the_rest_stays(api: Api) -> None:
    path = f"{PATH}/{made(api)['id']}"
    changed = api.patch(path, {"url": "https://new.example/", "events": ["payment.failed"]})
    assert changed.status_code == 200
    assert "secret" not in changed.get_json()
    off = api.patch(path, {"status": "disabled"}).get_json()
    assert off["status"] == "disabled"
    assert off["disabled_reason"] == "its merchant disabled it"
    assert off["url"] == "https://new.example/"
    on = api.patch(path, {"status": "enabled"}).get_json()
    assert (on["status"], on["disabled_reason"]) == ("enabled", None)
    assert api.patch(path, {}).get_json() == on
    assert pointers(api.patch(path, {"secret": "whsec_x"})) == ["/secret"]


def test_a_rotation_tells_the_fresh_secret_once(house: House, api: Api) -> None:
    before = made(api)
    path = f"{PATH}/{before['id']}"
    rotated = api.post(f"{path}/rotate_secret", key="k")
    assert rotated.status_code == 200
    assert rotated.get_json()["secret"] != before["secret"]
    assert api.post(f"{path}/rotate_secret", key="k").data == rotated.data
    assert "secret" not in api.get(path).get_json()
    stored = house.store.endpoints.get(before["id"])
    assert list(stored.signing_secrets(house.now)) == [
        rotated.get_json()["secret"],
        before["secret"],
    ]


def test_what_is_deleted_is_gone(api: Api) -> None:
    path = f"{PATH}/{made(api)['id']}"
    answer = api.delete(path)
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert api.get(path).status_code == 404
    assert api.delete(path).status_code == 404


def test_events_since_a_time_are_sent_again(house: House, api: Api) -> None:
    endpoint = made(api)
    api.post("/v1/payments", an_order())
    path = f"{PATH}/{endpoint['id']}/recover"
    answer = api.post(path, {"since": "2026-11-23T17:00:00+07:00"}, key="k")
    assert answer.status_code == 202
    assert answer.get_json() == {
        "object": "recovery",
        "endpoint_id": endpoint["id"],
        "since": "2026-11-23T10:00:00.000Z",
    }
    again = api.post(path, {"since": "2026-11-23T10:00:00Z"}, key="k")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(house.store.state.deliveries) == 1
    assert pointers(api.post(path, {"since": 1})) == ["/since"]


def test_anothers_endpoint_is_not_there(house: House, api: Api) -> None:
    path = f"{PATH}/{made(api)['id']}"
    for key in (house.other_key, house.live_key):
        stranger = house.a_client(key)
        assert stranger.get(path).status_code == 404
        assert stranger.patch(path, {}).status_code == 404
        assert stranger.delete(path).status_code == 404
        assert stranger.post(f"{path}/rotate_secret").status_code == 404
        assert (
            stranger.post(f"{path}/recover", {"since": "2026-11-23T10:00:00Z"}).status_code == 404
        )
        assert stranger.get(PATH).get_json()["data"] == []
