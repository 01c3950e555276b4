"""Refunds over HTTP."""

from typing import Any

import pytest

from adapters.inbound.http.answers import EventAnswer, RefundAnswer, RefundList
from domain.outcome import Approved, Doubt, Unknown
from tests.unit.http.house import Api, House, an_order, pointers

VERDICT = {"actor": "rina", "reason": "transferred", "evidence": "BCA slip 77"}


def paid(house: House, api: Api, order_id: str = "a") -> str:
    payment_id = api.post("/v1/payments", an_order(order_id)).get_json()["id"]
    house.answer(house.push(), Approved("00"))
    return str(payment_id)


def refunded(api: Api, payment_id: str, **wish: Any) -> dict[str, Any]:
    answer = api.post(f"/v1/payments/{payment_id}/refunds", {"reason": "unhappy"} | wish)
    assert answer.status_code == 202
    return dict(answer.get_json())


def told(api: Api) -> list[str]:
    """The types of the events, oldest first, after the first three."""
    events = api.get("/v1/events").get_json()["data"]
    return [event["type"] for event in reversed(events)][3:]


def test_the_whole_on_its_day_is_a_void(house: House, api: Api) -> None:
    payment_id = paid(house, api)
    answer = api.post(f"/v1/payments/{payment_id}/refunds", {"reason": "unhappy", "actor": "rina"})
    refund = answer.get_json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/refunds/{refund['id']}"
    assert refund == {
        "id": refund["id"],
        "object": "refund",
        "payment_id": payment_id,
        "amount": 50_000,
        "status": "pending",
        "kind": "void",
        "reason": "unhappy",
        "actor": "rina",
        "created_at": "2026-11-23T10:15:30.000Z",
        "updated_at": "2026-11-23T10:15:30.000Z",
        "closed_by": None,
        "evidence": None,
    }
    RefundAnswer.model_validate(refund, extra="forbid")
    assert api.get(answer.headers["Location"]).get_json() == refund
    assert api.get(f"/v1/payments/{payment_id}").get_json()["refunds"] == [refund["id"]]
    assert house.hear(Approved("00")) == "void"
    payment = api.get(f"/v1/payments/{payment_id}").get_json()
    assert (payment["status"], payment["amount_refunded"]) == ("refunded", 50_000)
    assert api.get(answer.headers["Location"]).get_json()["status"] == "succeeded"
    assert told(api) == ["refund.pending", "refund.succeeded", "payment.refunded"]


def test_events_about_a_refund_carry_it(house: House, api: Api) -> None:
    refund = refunded(api, paid(house, api))
    house.hear(Unknown(Doubt.SILENCE))
    house.later(15)
    house.hear(Approved("00"))
    events = list(reversed(api.get("/v1/events").get_json()["data"]))
    assert "refund" not in events[2]["data"]
    about = [(e["type"], e["data"]["refund"]["status"], e["data"]["sequence"]) for e in events[3:]]
    assert about == [
        ("refund.pending", "pending", 4),
        ("refund.unknown", "unknown", 5),
        ("refund.succeeded", "succeeded", 6),
        ("payment.refunded", "succeeded", 7),
    ]
    assert {e["data"]["refund"]["id"] for e in events[3:]} == {refund["id"]}
    for event in events:
        EventAnswer.model_validate(event, extra="forbid")


def test_a_part_is_given_back_by_hand_and_closed_with_evidence(house: House, api: Api) -> None:
    payment_id = paid(house, api)
    refund = refunded(api, payment_id, amount=20_000)
    assert (refund["kind"], refund["status"], refund["amount"]) == ("manual", "pending", 20_000)
    assert refund["actor"].startswith("cli_")
    closed = api.post(f"/v1/refunds/{refund['id']}/close", VERDICT)
    assert closed.status_code == 200
    assert closed.get_json()["status"] == "succeeded"
    assert closed.get_json()["closed_by"] == "rina"
    assert closed.get_json()["evidence"] == "BCA slip 77"
    payment = api.get(f"/v1/payments/{payment_id}").get_json()
    assert (payment["status"], payment["amount_refunded"]) == ("partially_refunded", 20_000)
    rest = refunded(api, payment_id)
    assert rest["amount"] == 30_000
    assert api.post(f"/v1/refunds/{rest['id']}/close", VERDICT).status_code == 200
    assert api.get(f"/v1/payments/{payment_id}").get_json()["status"] == "refunded"
    listed = api.get(f"/v1/payments/{payment_id}/refunds").get_json()
    RefundList.model_validate(listed, extra="forbid")
    assert [each["id"] for each in listed["data"]] == [refund["id"], rest["id"]]
    assert told(api) == [
        "refund.pending",
        "refund.succeeded",
        "payment.partially_refunded",
        "refund.pending",
        "refund.succeeded",
        "payment.refunded",
    ]


def test_one_that_did_not_work_frees_its_money_again(house: House, api: Api) -> None:
    payment_id = paid(house, api)
    refund = refunded(api, payment_id, amount=20_000)
    failed = api.post(f"/v1/refunds/{refund['id']}/close", VERDICT | {"outcome": "failed"})
    assert failed.get_json()["status"] == "failed"
    assert api.get(f"/v1/payments/{payment_id}").get_json()["status"] == "succeeded"
    assert refunded(api, payment_id)["amount"] == 50_000
    assert told(api)[:2] == ["refund.pending", "refund.failed"]


def test_never_more_than_is_left(house: House, api: Api) -> None:
    payment_id = paid(house, api)
    refunded(api, payment_id, amount=20_000)
    for amount in (30_001, 50_000, 999_999_999_999):
        answer = api.post(
            f"/v1/payments/{payment_id}/refunds", {"amount": amount, "reason": "more"}
        )
        problem = answer.get_json(force=True)
        assert (answer.status_code, problem["code"]) == (422, "refund_exceeds_paid")
        assert problem["refundable"] == 30_000
    refunded(api, payment_id, amount=30_000)
    assert api.post(f"/v1/payments/{payment_id}/refunds", {"reason": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["/reason"]),
        ({"reason": ""}, ["/reason"]),
        ({"reason": "   "}, ["/reason"]),
        ({"reason": "a\nb"}, ["/reason"]),
        ({"reason": "x" * 501}, ["/reason"]),
        ({"reason": "x", "amount": 0}, ["/amount"]),
        ({"reason": "x", "amount": -1}, ["/amount"]),
        ({"reason": "x", "amount": 1.5}, ["/amount"]),
        ({"reason": "x", "amount": "1"}, ["/amount"]),
        ({"reason": "x", "actor": ""}, ["/actor"]),
        ({"reason": "x", "to": "081"}, ["/to"]),
    ],
)
def test_what_is_wrong_is_named(house: House, api: Api, body: object, named: list[str]) -> None:
    answer = api.post(f"/v1/payments/{paid(house, api)}/refunds", body)
    assert answer.status_code == 422
    assert pointers(answer) == named


@pytest.mark.parametrize("missing", ["actor", "reason", "evidence"])
def test_a_closing_names_who_why_and_by_what(house: House, api: Api, missing: str) -> None:
    refund = refunded(api, paid(house, api), amount=1)
    body = {name: value for name, value in VERDICT.items() if name != missing}
    answer = api.post(f"/v1/refunds/{refund['id']}/close", body)
    assert (answer.status_code, pointers(answer)) == (422, [f"/{missing}"])


def test_what_was_not_paid_is_not_given_back(house: House, api: Api) -> None:
    payment_id = api.post("/v1/payments", an_order()).get_json()["id"]
    answer = api.post(f"/v1/payments/{payment_id}/refunds", {"reason": "x"})
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (409, "illegal_transition")


def test_a_void_is_the_wallets_to_close(house: House, api: Api) -> None:
    refund = refunded(api, paid(house, api))
    answer = api.post(f"/v1/refunds/{refund['id']}/close", VERDICT)
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (409, "illegal_transition")


def test_the_same_wish_again_gives_the_same_refund(house: House, api: Api) -> None:
    path = f"/v1/payments/{paid(house, api)}/refunds"
    first = api.post(path, {"reason": "x", "amount": 10_000}, key="k")
    again = api.post(path, {"amount": 10_000, "reason": "x"}, key="k")
    assert (again.status_code, again.data) == (202, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(api.get(path).get_json()["data"]) == 1
    for other in ({"amount": 10_001}, {"reason": "y"}, {"actor": "rina"}):
        answer = api.post(path, {"reason": "x", "amount": 10_000} | other, key="k")
        assert answer.get_json(force=True)["code"] == "idempotency_key_reused"
    close = f"/v1/refunds/{first.get_json()['id']}/close"
    closed = api.post(close, VERDICT, key="k")
    assert api.post(close, VERDICT, key="k").data == closed.data
    assert api.post(close, VERDICT | {"outcome": "failed"}, key="k").status_code == 422
    assert api.post(close, VERDICT).status_code == 200
    assert api.post(close, VERDICT | {"outcome": "failed"}).status_code == 409


def test_another_merchants_refund_is_not_there(house: House, api: Api) -> None:
    payment_id = paid(house, api)
    refund = refunded(api, payment_id, amount=1)
    for stranger in (house.a_client(house.other_key), house.a_client(house.live_key)):
        for answer in (
            stranger.get(f"/v1/refunds/{refund['id']}"),
            stranger.get(f"/v1/payments/{payment_id}/refunds"),
            stranger.post(f"/v1/refunds/{refund['id']}/close", VERDICT),
            stranger.post(f"/v1/payments/{payment_id}/refunds", {"reason": "x"}),
        ):
            assert (answer.status_code, answer.get_json(force=True)["code"]) == (404, "not_found")
    assert api.get(f"/v1/refunds/{refund['id']}").get_json() == refund
    assert api.get(f"/v1/refunds/re_{'0' * 32}").status_code == 404
    assert api.get("/v1/refunds/nonsense").status_code == 404
