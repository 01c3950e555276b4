"""GET /v1/search."""

from dataclasses import replace
from typing import Any

import pytest

from application.index_payments import IndexPayments, RebuildIndex
from tests.unit.cases import for_each
from tests.unit.http.house import House, an_order, pointers


def copied(house: House) -> IndexPayments:
    """What copies the payments of this house, having copied them."""
    copies = IndexPayments(house.store.feed, house.index, house.clock, with_description=False)
    copies(1_000)
    return copies


def started(house: House, order_id: str, **more: Any) -> str:
    """The id of a payment just started."""
    return str(house.client.post("/v1/payments", an_order(order_id, **more)).get_json()["id"])


def found(house: House, query: str) -> list[str]:
    """The ids that a search answers with."""
    answer = house.client.get(f"/v1/search?{query}")
    assert answer.status_code == 200, answer.text
    return [hit["payment"]["id"] for hit in answer.get_json()["data"]]


def test_a_payment_is_found_with_what_may_be_seen_of_it(house: House) -> None:
    payment_id = started(house, "consult-8812", description="Rahasia", metadata={"room": "8812"})
    copied(house)
    answer = house.client.get("/v1/search?q=consult").get_json()
    [hit] = answer["data"]
    assert hit["payment"]["id"] == payment_id
    assert hit["payment"]["phone"] == "08••••••0001"
    assert hit["payment"]["description"] is None
    assert hit["highlights"] == {"order_id": "<em>consult</em>-8812"}
    assert "room" not in str(answer)
    assert "Rahasia" not in str(answer)
    assert (answer["total"], answer["counts"]["by_status"]) == (1, {"pending": 1})
    assert answer["index"] == {
        "source": "index", "complete": True, "waiting": 0, "lag_seconds": 0.0
    }  # fmt: skip


def test_what_is_not_indexed_yet_is_told(house: House) -> None:
    started(house, "first")
    copied(house)
    started(house, "second")
    house.later(3)
    answer = house.client.get("/v1/search").get_json()
    assert [hit["payment"]["order_id"] for hit in answer["data"]] == ["first"]
    assert answer["index"]["waiting"] == 1
    assert answer["index"]["lag_seconds"] >= 3


def test_pages_follow_each_other_and_only_the_first_is_counted(house: House) -> None:
    ids = []
    for n in range(5):
        ids.append(started(house, f"o-{n}", amount=1_000 + n))
        house.later(1)
    copied(house)
    first = house.client.get("/v1/search?limit=2&sort=amount").get_json()
    # The cursor's order goes on, whatever else is asked for.
    second = house.client.get(
        f"/v1/search?limit=3&sort=-amount&cursor={first['next_cursor']}"
    ).get_json()
    assert [hit["payment"]["id"] for hit in (*first["data"], *second["data"])] == ids
    assert (first["total"], second["total"], second["next_cursor"]) == (5, None, None)


@for_each(
    ("query", "pointer"),
    [
        ("status=paid", "/status"),
        ("created_after=yesterday", "/created_after"),
        ("amount_from=-1", "/amount_from"),
        ("sort=phone", "/sort"),
        ("limit=101", "/limit"),
        ("cursor=x", "/cursor"),
        ("phone=081200000001", "/phone"),
        ("q=%00", "/q"),
    ],
)
def test_what_cannot_be_asked_is_named(house: House, query: str, pointer: str) -> None:
    answer = house.client.get(f"/v1/search?{query}")
    assert answer.status_code == 422
    assert pointers(answer)[0].startswith(pointer)


def test_several_statuses_may_be_asked_for(house: House) -> None:
    pending = started(house, "o-1")
    copied(house)
    assert found(house, "status=pending,succeeded") == [pending]
    assert found(house, "status=succeeded") == []


def test_nobody_sees_anothers(house: House) -> None:
    payment_id = started(house, "mine")
    copied(house)
    stranger = house.a_client(house.open_for("Klinik Lain", livemode=False)[1])
    for query in ("q=mine", f"q={payment_id}", "", "q=081200000001"):
        assert stranger.get(f"/v1/search?{query}").get_json()["data"] == []
    house.index.away = True
    assert stranger.get(f"/v1/search?q={payment_id}").get_json()["data"] == []
    assert house.a_client(None).get("/v1/search").status_code == 401


def test_without_the_index_the_store_finds_what_it_can(house: House) -> None:
    payment_id = started(house, "consult-1")
    other_id = started(house, "consult-2", amount=9_000)
    copied(house)
    house.index.away = True
    assert found(house, f"q={payment_id}") == [payment_id]
    assert found(house, "q=consult-1") == [payment_id]
    assert found(house, "") == [other_id, payment_id]
    assert found(house, "amount_from=9000&amount_to=9000") == [other_id]
    answer = house.client.get("/v1/search?q=consult").get_json()
    assert answer["data"] == []
    assert answer["index"] == {
        "source": "store", "complete": False, "waiting": None, "lag_seconds": None
    }  # fmt: skip
    assert house.client.get("/v1/search").get_json()["index"]["complete"] is True
    assert house.client.get("/v1/search?sort=amount").get_json()["index"]["complete"] is False


def test_the_store_pages_on_without_the_index(house: House) -> None:
    ids = []
    for n in range(3):
        ids.append(started(house, f"o-{n}"))
        house.later(1)
    house.index.away = True
    first = house.client.get("/v1/search?limit=2").get_json()
    second = house.client.get(f"/v1/search?limit=2&cursor={first['next_cursor']}").get_json()
    shown = [hit["payment"]["id"] for hit in (*first["data"], *second["data"])]
    assert shown == ids[::-1]
    assert second["next_cursor"] is None


def test_an_index_that_was_lost_answers_by_the_store_until_it_is_filled(house: House) -> None:
    payment_id = started(house, "o-1")
    copied(house)
    house.index.answering = None
    answer = house.client.get("/v1/search").get_json()
    assert ([hit["payment"]["id"] for hit in answer["data"]], answer["index"]["source"]) == (
        [payment_id], "store"
    )  # fmt: skip
    copied(house)
    assert house.client.get("/v1/search").get_json()["index"]["source"] == "index"


@pytest.mark.parametrize("spelling", ["081200000001", "0812-0000-0001", "%2B62 812 0000 0001"])
def test_a_whole_phone_number_is_asked_of_the_store_alone(
    house: House, spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = started(house, "o-1")
    monkeypatch.setattr(type(house.index), "search", None)
    answer = house.client.get(f"/v1/search?q={spelling.replace(' ', '%20')}").get_json()
    assert [hit["payment"]["id"] for hit in answer["data"]] == [payment_id]
    assert (answer["index"]["source"], answer["index"]["complete"]) == ("store", True)


@pytest.mark.parametrize("id_", ["pay_01a222b866f07b8381043507ad316f0c", "re_f081200000001b"])
def test_digits_in_an_id_are_no_phone_number(house: House, id_: str) -> None:
    started(house, "o-1")
    copied(house)
    answer = house.client.get(f"/v1/search?q={id_}").get_json()
    assert (answer["data"], answer["index"]["source"]) == ([], "index")
    answer = house.client.get(f"/v1/search?q={id_}%20081200000001").get_json()
    assert answer["index"]["source"] == "store"


def test_an_order_whose_id_could_be_called_is_found_by_it(house: House) -> None:
    order = "866f07b8381043507ad316f0c"
    payment_id = started(house, order)
    copied(house)
    assert found(house, f"q={order}") == [payment_id]
    assert found(house, f"q={order}&status=succeeded") == []


def test_what_was_found_is_marked_and_nothing_else_is_html(house: House) -> None:
    started(house, "<b>&consult")
    copied(house)
    [hit] = house.client.get("/v1/search?q=consult").get_json()["data"]
    assert hit["highlights"] == {"order_id": "&lt;b&gt;&amp;<em>consult</em>"}


def test_as_many_searches_as_may_be_are_under_way(house: House) -> None:
    settings = replace(house.settings, max_searches=0)
    house.settings = settings
    answer = house.a_client(house.key, _app(house)).get("/v1/search")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "queue_full")


def test_a_rebuild_finds_the_same(house: House) -> None:
    ids = {started(house, f"o-{n}") for n in range(7)}
    copied(house)
    steps = list(RebuildIndex(house.store.feed, house.index, with_description=False)(3))
    assert (steps[0].done, steps[-1].done, steps[-1].total) == (0, 7, 7)
    assert set(found(house, "")) == ids


def _app(house: House) -> Any:
    from adapters.inbound.http.app import create_app

    return create_app(house.a_door())
