"""The routes of payments, from the outside."""

import pytest

from domain.outcome import Approved, Declined, Doubt, Unknown
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix
from domain.rules import Rules
from tests.unit.cases import for_each
from tests.unit.http.house import Api, House, an_order, pointers, the_example

REFUSED = Declined(
    "17",
    Reason(
        ReasonCode.DECLINED_BY_CUSTOMER, "17", True, WhoCanFix.CUSTOMER, Texts("dibatalkan", "no")
    ),
)


def started(api: Api, order_id: str = "consult-8812") -> str:
    answer = api.post("/v1/payments", an_order(order_id))
    assert answer.status_code == 202
    return str(answer.get_json()["id"])


def declined(house: House, api: Api) -> str:
    payment_id = started(api)
    house.answer(house.push(), REFUSED)
    return payment_id


def test_a_start_is_accepted_and_says_where_to_read_on(api: Api) -> None:
    answer = api.post("/v1/payments", the_example())
    payment = answer.get_json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/payments/{payment['id']}"
    assert answer.headers["Content-Type"] == "application/json"
    assert payment["status"] == "pending"
    assert payment["phone"] == "08••••••0001"
    assert api.get(answer.headers["Location"]).get_json() == payment


@pytest.mark.parametrize(
    "spelling",
    [
        "081200000001",
        "0812 0000 0001",
        "0812-0000-0001",
        "+62 812-0000-0001",
        "6281200000001",
        "+6281200000001",
        "+62081200000001",
        "81200000001",
        "(0812) 0000.0001",
    ],
)
def test_every_usual_spelling_is_the_same_phone(house: House, api: Api, spelling: str) -> None:
    answer = api.post("/v1/payments", an_order(phone=spelling))
    stored = house.store.payments.get(answer.get_json()["id"])
    assert stored.phone is not None
    assert stored.phone.digits == "081200000001"


@for_each(
    "phone",
    [
        "",
        "0811",
        "0212345678",
        "+1 555 123 4567",
        "08120000000123456",
        "0812000000o1",
        "\uff10\uff18\uff11\uff12" * 3,
        "x" * 60,
    ],
)
def test_a_bad_phone_is_named_and_never_repeated(api: Api, phone: str) -> None:
    answer = api.post("/v1/payments", an_order(phone=phone))
    assert answer.status_code == 422
    assert pointers(answer) == ["/phone"]
    assert not phone or phone not in answer.text


def test_without_a_phone_the_payment_asks_for_one(api: Api) -> None:
    payment = api.post("/v1/payments", an_order(phone=None)).get_json()
    assert payment["phone"] is None
    assert payment["next_action"]["type"] == "collect_phone"
    told = api.post(f"/v1/payments/{payment['id']}/push", {"phone": "0812 0000 0002"})
    assert told.status_code == 202
    assert told.get_json()["phone"] == "08••••••0002"


def test_defaults_are_filled_in(api: Api) -> None:
    payment = api.post("/v1/payments", {"order_id": "o", "amount": 1}).get_json()
    assert payment["currency"] == "IDR"
    assert payment["method"] == "ovo_push"
    assert payment["customer"] is None
    assert payment["metadata"] == {}
    assert payment["expires_at"] == "2026-11-23T11:15:30.000Z"


def test_the_order_may_be_paid_once_at_a_time(house: House, api: Api) -> None:
    first = started(api)
    busy = api.post("/v1/payments", an_order())
    assert busy.status_code == 409
    assert busy.get_json(force=True)["code"] == "order_in_progress"
    assert busy.get_json(force=True)["payment_id"] == first
    house.answer(house.push(), Approved("00"))
    paid = api.post("/v1/payments", an_order()).get_json(force=True)
    assert (paid["code"], paid["payment_id"]) == ("order_already_paid", first)


def test_a_payment_runs_through_to_success(house: House, api: Api) -> None:
    payment_id = started(api)
    claimed = house.push()
    waiting = api.get(f"/v1/payments/{payment_id}").get_json()
    assert waiting["status"] == "awaiting_customer"
    assert waiting["next_action"]["type"] == "approve_in_ovo_app"
    assert waiting["next_action"]["expires_at"] == "2026-11-23T10:16:25.000Z"
    house.answer(claimed, Approved("00", {"approval_code": "410315", "cash_used": 50000}))
    paid = api.get(f"/v1/payments/{payment_id}").get_json()
    assert paid["status"] == "succeeded"
    assert paid["paid_at"] == "2026-11-23T10:15:30.000Z"
    assert paid["provider"]["details"]["approval_code"] == "410315"
    assert paid["attempts"][0]["response_code"] == "00"


def test_a_refusal_has_a_reason_and_may_be_tried_again(house: House, api: Api) -> None:
    payment_id = declined(house, api)
    told = api.get(f"/v1/payments/{payment_id}").get_json()
    assert told["status"] == "requires_retry"
    assert told["reason"] == {
        "code": "declined_by_customer",
        "provider_code": "17",
        "retryable": True,
        "who_can_fix": "customer",
        "message": {"id": "dibatalkan", "en": "no"},
    }
    assert told["next_action"]["type"] == "retry"
    too_soon = api.post(f"/v1/payments/{payment_id}/push")
    assert too_soon.status_code == 409
    assert too_soon.get_json(force=True)["code"] == "cooldown"
    assert too_soon.headers["Retry-After"] == "15"
    house.later(16)
    again = api.post(f"/v1/payments/{payment_id}/push")
    assert (again.status_code, again.get_json()["status"]) == (202, "pending")


def test_the_attempts_come_to_an_end(house: House, api: Api) -> None:
    payment_id = declined(house, api)
    for _ in range(Rules().most_attempts - 1):
        house.later(20)
        assert api.post(f"/v1/payments/{payment_id}/push").status_code == 202
        house.answer(house.push(), REFUSED)
    house.later(20)
    ended = api.get(f"/v1/payments/{payment_id}").get_json()
    assert (ended["status"], ended["next_action"]) == ("failed", None)


def test_near_its_end_no_push_starts(house: House, api: Api) -> None:
    payment_id = declined(house, api)
    house.later(3_500)
    assert api.get(f"/v1/payments/{payment_id}").get_json()["next_action"] is None
    answer = api.post(f"/v1/payments/{payment_id}/push")
    assert answer.status_code == 409
    assert answer.get_json(force=True)["code"] == "attempts_exhausted"


def test_while_the_money_is_unknown_nothing_else_is_done(house: House, api: Api) -> None:
    payment_id = started(api)
    house.answer(house.push(), Unknown(Doubt.SILENCE))
    answer = api.post(f"/v1/payments/{payment_id}/push")
    assert answer.get_json(force=True)["code"] == "payment_unknown"
    assert int(answer.headers["Retry-After"]) > 0


def test_a_pending_payment_is_canceled_at_once(api: Api) -> None:
    payment_id = started(api)
    answer = api.post(f"/v1/payments/{payment_id}/cancel")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "canceled")
    again = api.post(f"/v1/payments/{payment_id}/cancel", {})
    assert again.status_code == 200
    pushed = api.post(f"/v1/payments/{payment_id}/push")
    assert pushed.get_json(force=True)["code"] == "illegal_transition"


def test_a_push_in_flight_is_settled_before_a_cancel(house: House, api: Api) -> None:
    payment_id = started(api)
    claimed = house.push()
    answer = api.post(f"/v1/payments/{payment_id}/cancel")
    assert (answer.status_code, answer.get_json()["status"]) == (202, "awaiting_customer")
    assert answer.get_json()["cancel_requested_at"] == "2026-11-23T10:15:30.000Z"
    house.answer(claimed, REFUSED)
    assert api.get(f"/v1/payments/{payment_id}").get_json()["status"] == "canceled"


def test_a_paid_payment_cannot_be_canceled(house: House, api: Api) -> None:
    payment_id = started(api)
    house.answer(house.push(), Approved("00"))
    answer = api.post(f"/v1/payments/{payment_id}/cancel")
    assert answer.status_code == 409
    assert (
        answer.get_json(force=True)["detail"] == "A payment that is succeeded cannot be canceled."
    )


@pytest.mark.parametrize("step", ["", "/push", "/cancel"])
def test_what_is_another_merchants_or_modes_is_not_there(house: House, api: Api, step: str) -> None:
    path = f"/v1/payments/{started(api)}{step}"
    for key in (house.other_key, house.live_key):
        stranger = house.a_client(key)
        answer = stranger.post(path) if step else stranger.get(path)
        assert answer.status_code == 404
    missing = f"/v1/payments/pay_{'0' * 32}{step}"
    for path in (missing, f"/v1/payments/nonsense{step}"):
        answer = api.post(path) if step else api.get(path)
        assert answer.status_code == 404


def test_listing_pages_through_everything_newest_first(house: House, api: Api) -> None:
    ids = []
    for number in range(5):
        ids.append(started(api, f"o-{number}"))
        house.later(60)
    started(house.a_client(house.other_key))
    seen, cursor = [], ""
    for _ in range(3):
        page = api.get(f"/v1/payments?limit=2{cursor}").get_json()
        seen += [payment["id"] for payment in page["data"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == sorted(ids, reverse=True)
    assert page["next_cursor"] is None


def test_listing_filters(house: House, api: Api) -> None:
    first = started(api, "a")
    house.later(60)
    second = started(api, "b")
    api.post(f"/v1/payments/{second}/cancel")

    def listed(query: str) -> list[str]:
        return [payment["id"] for payment in api.get(f"/v1/payments?{query}").get_json()["data"]]

    assert listed("order_id=a") == [first]
    assert listed("status=canceled") == [second]
    assert listed("created_after=2026-11-23T10:16:00Z") == [second]
    assert listed("created_before=2026-11-23T17:16:00%2B07:00") == [first]


@for_each(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("limit=2.0", "/limit"),
        ("limit=1&limit=2", "/limit"),
        ("status=paid", "/status"),
        ("cursor=evt_1", "/cursor"),
        ("created_after=yesterday", "/created_after"),
        ("created_after=2026-11-23T10:16:00", "/created_after"),
        ("created_after=2026-02-30T10:16:00Z", "/created_after"),
        ("stauts=failed", "/stauts"),
    ],
)
def test_a_wrong_filter_is_named(api: Api, query: str, pointer: str) -> None:
    answer = api.get(f"/v1/payments?{query}")
    assert answer.status_code == 422
    [error] = answer.get_json(force=True)["errors"]
    assert (error["pointer"], error["in"]) == (pointer, "query")


def test_a_query_that_is_not_utf8_is_malformed(api: Api) -> None:
    assert api.get("/v1/payments?order_id=%ff").status_code == 400


def test_a_stopped_or_missing_account_starts_nothing(house: House, api: Api) -> None:
    house.store.state.accounts.clear()
    answer = api.post("/v1/payments", an_order())
    assert answer.status_code == 503
    assert answer.get_json(force=True)["code"] == "provider_misconfigured"
    assert answer.headers["Retry-After"] == "60"
