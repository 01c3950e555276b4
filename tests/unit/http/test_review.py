"""What a person decides, over HTTP: unknown payments, exceptions, the dossier."""

from typing import Any

import pytest

from adapters.inbound.http.review_answers import DossierAnswer, ExceptionAnswer, ExceptionList
from domain.exception_record import ACTIONS
from domain.outcome import Approved, Declined, Doubt, NotSent, Unknown
from tests.unit.http.house import OVO, Api, House, an_order, pointers
from tests.unit.http.test_payments import REFUSED

WHO = {"actor": "rina", "reason": "seen in the portal"}
VERDICT = WHO | {"evidence": "OVO portal, 23 Nov, page 3"}


def unknown(house: House, api: Api, order_id: str = "a") -> str:
    """A payment whose reversals are spent: an exception is open."""
    payment_id = str(api.post("/v1/payments", an_order(order_id)).get_json()["id"])
    house.an_exception()
    return payment_id


def late(house: House, api: Api, order_id: str = "a") -> str:
    """A payment that was not charged by a word of the wallet, and then was."""
    payment_id = str(api.post("/v1/payments", an_order(order_id)).get_json()["id"])
    house.answer(house.push(), Unknown(Doubt.SILENCE))
    house.later(OVO.rules.clocks.horizon.total_seconds())
    house.hear(Unknown(Doubt.NOT_FOUND))
    house.later(OVO.rules.watch_after[0].total_seconds())
    house.hear(Approved("00"))
    return payment_id


def the_exception(api: Api) -> dict[str, Any]:
    [found] = api.get("/v1/exceptions").get_json()["data"]
    return dict(found)


def test_an_exception_tells_what_is_at_risk_and_what_can_be_done(house: House, api: Api) -> None:
    payment_id = unknown(house, api)
    house.later(90)
    found = the_exception(api)
    payment = api.get(f"/v1/payments/{payment_id}").get_json()
    assert found == {
        "id": found["id"],
        "object": "exception",
        "kind": "reversals_spent",
        "payment_id": payment_id,
        "order_id": "a",
        "attempt_id": payment["attempts"][0]["id"],
        "amount": 50_000,
        "age": 90,
        "opened_at": found["opened_at"],
        "code": None,
        "status": "open",
        "suggested_action": "paid",
        "actions": ["paid", "not_paid"],
        "closed": None,
    }
    ExceptionAnswer.model_validate(found, extra="forbid")
    assert api.get(f"/v1/exceptions/{found['id']}").get_json() == found
    assert payment["attempts"][0]["reversals"] == 3


@pytest.mark.parametrize(
    ("action", "becomes"),
    [("paid", ("succeeded", "approved")), ("not_paid", ("requires_retry", "not_charged"))],
)
@pytest.mark.parametrize("by", ["exception", "payment"])
def test_a_person_says_what_happened(
    house: House, api: Api, by: str, action: str, becomes: tuple[str, str]
) -> None:
    payment_id = unknown(house, api)
    exception = the_exception(api)["id"]
    path, said = f"/v1/payments/{payment_id}/resolve", "outcome"
    if by == "exception":
        path, said = f"/v1/exceptions/{exception}/resolve", "action"
    early = api.post(path, VERDICT | {said: action})
    assert (early.status_code, early.get_json(force=True)["code"]) == (409, "payment_unknown")
    house.later(float(early.headers["Retry-After"]))
    answer = api.post(path, VERDICT | {said: action})
    assert answer.status_code == 200
    payment = api.get(f"/v1/payments/{payment_id}").get_json()
    assert (payment["status"], payment["attempts"][0]["status"]) == becomes
    closed = api.get(f"/v1/exceptions/{exception}").get_json()
    assert (closed["status"], closed["actions"], closed["suggested_action"]) == ("closed", [], None)
    assert closed["closed"] == {
        "at": closed["closed"]["at"],
        "action": action,
        **VERDICT,
    }
    assert answer.get_json() == (closed if by == "exception" else payment)
    assert api.get("/v1/exceptions").get_json()["data"] == []
    assert api.get("/v1/exceptions?status=all").get_json()["data"] == [closed]


def test_not_paid_is_told_with_its_proof(house: House, api: Api) -> None:
    payment_id = unknown(house, api)
    house.later(120)
    api.post(f"/v1/payments/{payment_id}/resolve", VERDICT | {"outcome": "not_paid"})
    payment = api.get(f"/v1/payments/{payment_id}").get_json()
    assert payment["attempts"][0]["proof"] == "operator"
    assert payment["attempts_left"] == 4
    assert payment["resend_at"] is not None
    assert payment["reason"]["code"] == "timed_out"


def test_what_is_known_is_not_resolved_by_hand(house: House, api: Api) -> None:
    payment_id = api.post("/v1/payments", an_order()).get_json()["id"]
    answer = api.post(f"/v1/payments/{payment_id}/resolve", VERDICT | {"outcome": "paid"})
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (409, "illegal_transition")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (WHO | {"action": "paid"}, "/evidence"),
        (WHO | {"action": "not_paid"}, "/evidence"),
        (WHO | {"action": "returned"}, "/evidence"),
        (WHO | {"action": "forget"}, "/action"),
        ({"action": "noted", "reason": "x"}, "/actor"),
        ({"action": "noted", "actor": "x"}, "/reason"),
        (VERDICT, "/action"),
    ],
)
def test_a_decision_has_a_name_a_reason_and_evidence(
    house: House, api: Api, body: dict[str, str], named: str
) -> None:
    unknown(house, api)
    house.later(120)
    answer = api.post(f"/v1/exceptions/{the_exception(api)['id']}/resolve", body)
    assert (answer.status_code, pointers(answer)) == (422, [named])
    assert the_exception(api)["status"] == "open"


def test_an_action_that_does_not_fit_is_refused(house: House, api: Api) -> None:
    unknown(house, api)
    answer = api.post(
        f"/v1/exceptions/{the_exception(api)['id']}/resolve", VERDICT | {"action": "honour"}
    )
    assert answer.status_code == 409
    assert "what fits: paid, not_paid" in answer.get_json(force=True)["detail"]


def test_a_late_success_is_honoured_once(house: House, api: Api) -> None:
    payment_id = late(house, api)
    found = the_exception(api)
    assert (found["kind"], found["suggested_action"]) == ("late_success", "honour")
    assert found["actions"] == ["honour", "void", "returned"]
    payment = api.get(f"/v1/payments/{payment_id}").get_json()
    assert (payment["status"], payment["resend_at"], payment["next_action"]) == (
        "requires_retry",
        None,
        None,
    )
    path = f"/v1/exceptions/{found['id']}/resolve"
    first = api.post(path, WHO | {"action": "honour"}, key="k")
    assert (first.status_code, first.get_json()["status"]) == (200, "closed")
    assert api.post(path, WHO | {"action": "honour"}, key="k").data == first.data
    assert api.post(path, WHO | {"action": "honour"}).status_code == 200
    assert api.post(path, WHO | {"action": "void"}).status_code == 409
    other = api.post(path, WHO | {"action": "honour", "reason": "other"}, key="k")
    assert other.get_json(force=True)["code"] == "idempotency_key_reused"
    types = [event["type"] for event in api.get("/v1/events").get_json()["data"]]
    assert types[:2] == ["payment.succeeded", "payment.late_success"]
    assert types.count("payment.succeeded") == 1


def test_a_void_keeps_it_open_until_the_wallet_has_made_it(house: House, api: Api) -> None:
    payment_id = late(house, api)
    exception = the_exception(api)["id"]
    wanted = api.post(f"/v1/exceptions/{exception}/resolve", WHO | {"action": "void"})
    assert (wanted.status_code, wanted.get_json()["status"]) == (202, "open")
    assert wanted.get_json()["actions"] == []
    turned = api.post(f"/v1/exceptions/{exception}/resolve", WHO | {"action": "honour"})
    assert turned.get_json(force=True)["code"] == "illegal_transition"
    assert house.hear(Approved("00")) == "void"
    closed = api.get(f"/v1/exceptions/{exception}").get_json()
    assert (closed["status"], closed["closed"]["action"]) == ("closed", "void")
    assert api.get(f"/v1/payments/{payment_id}").get_json()["status"] == "requires_retry"


def test_what_cannot_be_done_any_more_is_not_offered(house: House, api: Api) -> None:
    late(house, api)
    house.later(24 * 3600)
    assert the_exception(api)["actions"] == ["honour", "returned"]


def test_a_status_conflict_is_only_noted(house: House, api: Api) -> None:
    api.post("/v1/payments", an_order())
    claimed = house.push()
    house.answer(claimed, Approved("00"))
    house.answer(claimed, Declined("17", REFUSED.reason))
    found = the_exception(api)
    assert (found["kind"], found["actions"], found["code"]) == ("status_conflict", ["noted"], "17")
    done = api.post(f"/v1/exceptions/{found['id']}/resolve", WHO | {"action": "noted"})
    assert done.get_json()["closed"]["evidence"] is None


def test_exceptions_are_paged_by_payment(house: House, api: Api) -> None:
    for order in ("a", "b", "c"):
        late(house, api, order)
    page = api.get("/v1/exceptions?limit=2").get_json()
    ExceptionList.model_validate(page, extra="forbid")
    assert [each["order_id"] for each in page["data"]] == ["c", "b"]
    rest = api.get(f"/v1/exceptions?limit=2&cursor={page['next_cursor']}").get_json()
    assert [each["order_id"] for each in rest["data"]] == ["a"]
    assert rest["next_cursor"] is None
    assert api.get("/v1/exceptions?status=closed").status_code == 422


def test_another_merchants_exception_is_not_there(house: House, api: Api) -> None:
    payment_id = unknown(house, api)
    exception = the_exception(api)["id"]
    for stranger in (house.a_client(house.other_key), house.a_client(house.live_key)):
        for answer in (
            stranger.get(f"/v1/exceptions/{exception}"),
            stranger.post(f"/v1/exceptions/{exception}/resolve", VERDICT | {"action": "paid"}),
            stranger.post(f"/v1/payments/{payment_id}/resolve", VERDICT | {"outcome": "paid"}),
            stranger.get(f"/v1/payments/{payment_id}/dossier"),
        ):
            assert (answer.status_code, answer.get_json(force=True)["code"]) == (404, "not_found")
        assert stranger.get("/v1/exceptions?status=all").get_json()["data"] == []
    assert api.get(f"/v1/exceptions/exc_{'0' * 32}").status_code == 404


def test_the_dossier_tells_everything_in_one_order(house: House, api: Api) -> None:
    api.post("/v1/webhook_endpoints", {"url": "https://chat.example/"})
    payment_id = late(house, api)
    found = the_exception(api)
    api.post(f"/v1/exceptions/{found['id']}/resolve", VERDICT | {"action": "honour"})
    refund = api.post(f"/v1/payments/{payment_id}/refunds", {"reason": "x", "amount": 1})
    house.relay(100)
    answer = api.get(f"/v1/payments/{payment_id}/dossier")
    told = answer.get_json()
    DossierAnswer.model_validate(told, extra="forbid")
    assert told["payment"] == api.get(f"/v1/payments/{payment_id}").get_json()
    assert [each["id"] for each in told["refunds"]] == [refund.get_json()["id"]]
    assert [each["id"] for each in told["exceptions"]] == [found["id"]]
    assert [each["sequence"] for each in told["events"]] == [1, 2, 3, 4, 5, 6, 7]
    assert all(len(each["deliveries"]) == 1 for each in told["events"])
    moments = [line["at"] for line in told["timeline"]]
    assert moments == sorted(moments)
    whats = [line["what"] for line in told["timeline"]]
    for before, after in (
        ("payment.created", "payment.unknown"),
        ("claimed", "doubt"),
        ("not_charged", "exception_opened"),
        ("exception_closed", "refund_requested"),
    ):
        assert whats.index(before) < whats.index(after)
    assert "081200000001" not in answer.text
    assert "08••••••0001" in answer.text


def test_the_dossier_shows_each_decision(house: House, api: Api) -> None:
    told = api.get(f"/v1/payments/{unknown(house, api)}/dossier").get_json()
    DossierAnswer.model_validate(told, extra="forbid")
    [attempt] = told["attempts"]
    assert [each["result"] for each in attempt["follow_up"]["reversals"]] == ["silence"] * 3
    assert attempt["follow_up"]["questions"] == 7
    assert [line["what"] for line in told["timeline"]].count("reversal_sent") == 3


def test_the_wallet_is_not_said_to_have_answered_what_never_left(house: House, api: Api) -> None:
    payment_id = api.post("/v1/payments", an_order()).get_json()["id"]
    house.answer(house.push(), NotSent("the wallet refused the connection"))
    told = api.get(f"/v1/payments/{payment_id}/dossier").get_json()
    DossierAnswer.model_validate(told, extra="forbid")
    whats = [line["what"] for line in told["timeline"] if line["about"] == "attempt"]
    assert whats == ["claimed", "concluded"]


def test_what_was_taken_back_is_not_honoured_later(house: House, api: Api) -> None:
    unknown(house, api)
    house.later(60)
    house.hear(Unknown(Doubt.REVERSED))  # to a check: the wallet's own word
    assert api.get("/v1/exceptions").get_json()["data"] == []
    payment_id = str(api.post("/v1/payments", an_order("b")).get_json()["id"])
    house.answer(house.push(), Unknown(Doubt.SILENCE))
    house.later(90)
    assert house.hear(Unknown(Doubt.NOT_FOUND)) == "check"
    assert house.hear(Unknown(Doubt.SILENCE)) == "reversal"
    house.later(20)
    assert house.hear(Unknown(Doubt.NOT_FOUND)) == "check"
    assert api.get(f"/v1/payments/{payment_id}").get_json()["status"] == "requires_retry"
    house.later(15 * 60)
    assert house.hear(Approved("00")) == "check"
    assert the_exception(api)["actions"] == ["void", "returned"]


def test_every_kind_of_exception_suggests_something() -> None:
    assert all(ACTIONS.values())
