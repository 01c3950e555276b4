"""Events over HTTP."""

from domain.outcome import Approved
from tests.unit.http.house import Api, House, an_order

PATH = "/v1/events"


def paid(house: House, api: Api, order_id: str = "a") -> str:
    payment_id = api.post("/v1/payments", an_order(order_id)).get_json()["id"]
    house.later(1)
    house.answer(house.push(), Approved("00"))
    return str(payment_id)


def test_events_are_listed_newest_first_as_webhooks_carry_them(house: House, api: Api) -> None:
    payment_id = paid(house, api)
    events = api.get(PATH).get_json()["data"]
    assert [(event["type"], event["data"]["sequence"]) for event in events] == [
        ("payment.succeeded", 3),
        ("payment.awaiting_customer", 2),
        ("payment.created", 1),
    ]
    assert {event["data"]["payment"]["id"] for event in events} == {payment_id}
    assert events[0]["timestamp"] == "2026-11-23T10:15:31.000Z"
    assert events[2]["data"]["payment"]["status"] == "pending"


def test_events_are_filtered_and_paged(house: House, api: Api) -> None:
    first = paid(house, api, "a")
    house.later(60)
    paid(house, api, "b")

    def listed(query: str) -> list[str]:
        data = api.get(f"{PATH}?{query}").get_json()["data"]
        return [event["data"]["payment"]["order_id"] for event in data]

    assert listed(f"payment_id={first}") == ["a", "a", "a"]
    assert listed("type=payment.succeeded") == ["b", "a"]
    assert listed("since=2026-11-23T10:16:00Z") == ["b", "b", "b"]
    page = api.get(f"{PATH}?limit=4").get_json()
    assert listed(f"limit=4&cursor={page['next_cursor']}") == ["a", "a"]
    assert api.get(f"{PATH}?type=payment.paid").status_code == 422


def test_an_event_tells_its_deliveries(house: House, api: Api) -> None:
    endpoint = api.post("/v1/webhook_endpoints", {"url": "https://chat.example/"}).get_json()
    paid(house, api)
    house.relay(10)
    event = api.get(PATH).get_json()["data"][0]
    told = api.get(f"{PATH}/{event['data']['id']}").get_json()
    [delivery] = told.pop("deliveries")
    assert told == event
    assert delivery == {
        "id": delivery["id"],
        "endpoint_id": endpoint["id"],
        "status": "pending",
        "tries": 0,
        "last_status": None,
        "last_error": None,
        "last_at": None,
        "due_at": "2026-11-23T10:15:31.000Z",
    }


def test_an_event_is_sent_again_once_for_a_key(house: House, api: Api) -> None:
    api.post("/v1/webhook_endpoints", {"url": "https://chat.example/"})
    paid(house, api)
    event_id = api.get(PATH).get_json()["data"][0]["data"]["id"]
    answer = api.post(f"{PATH}/{event_id}/redeliver", key="k")
    assert answer.status_code == 202
    assert answer.get_json() == {"object": "redelivery", "event_id": event_id}
    assert api.post(f"{PATH}/{event_id}/redeliver", key="k").data == answer.data
    assert len(house.store.deliveries.of_event(event_id)) == 1
    api.post(f"{PATH}/{event_id}/redeliver", key="other")
    assert len(house.store.deliveries.of_event(event_id)) == 2


def test_anothers_event_is_not_there(house: House, api: Api) -> None:
    paid(house, api)
    event_id = api.get(PATH).get_json()["data"][0]["data"]["id"]
    for key in (house.other_key, house.live_key):
        stranger = house.a_client(key)
        assert stranger.get(f"{PATH}/{event_id}").status_code == 404
        assert stranger.post(f"{PATH}/{event_id}/redeliver").status_code == 404
        assert stranger.get(PATH).get_json()["data"] == []
    assert api.get(f"{PATH}/nonsense").status_code == 404
    assert api.get(f"{PATH}/evt_{'0' * 32}").status_code == 404
