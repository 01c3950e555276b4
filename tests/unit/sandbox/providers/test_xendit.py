"""Xendit: charges that end by notification, voids until 23:50, refunds within 14 days."""

import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest

from sandbox.taps import Tap
from tests.unit.cases import for_each
from tests.unit.sandbox.providers.bench import HOOK, Market

CHARGES = "/ewallets/charges"


class Seller:
    """A merchant of Xendit."""

    def __init__(self) -> None:
        self.market = Market()
        self.key = "sandbox-api-key-demo"

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        user = base64.b64encode(f"{self.key}:".encode()).decode()
        raw = b"" if body is None else orjson.dumps(body)
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        call = self.market.send(
            "xendit", path, raw, sent | {"Authorization": f"Basic {user}"}, method=method
        )
        return self.market.answer(call)

    def a_charge(self, reference: str = "X1", **fields: object) -> dict[str, object]:
        return {
            "reference_id": reference,
            "currency": "IDR",
            "amount": 50_000,
            "checkout_method": "ONE_TIME_PAYMENT",
            "channel_code": "ID_OVO",
            "channel_properties": {"mobile_number": "+6281298765432"},
            **fields,
        }

    def charge(self, reference: str = "X1", **fields: object) -> tuple[int, Any]:
        return self.call("POST", CHARGES, self.a_charge(reference, **fields))

    def paid(self) -> str:
        """The id of a charge that a customer has paid."""
        handle = self.charge()[1]["id"]
        self.market.exchange.tap(self.market.charge.id, Tap.APPROVE, self.market.now)
        self.market.settle()
        return str(handle)

    def look(self, handle: str) -> tuple[int, Any]:
        return self.call("GET", f"{CHARGES}/{handle}")


@pytest.fixture
def seller() -> Seller:
    return Seller()


def test_a_charge_waits_and_is_found_by_id_and_by_reference(seller: Seller) -> None:
    status, body = seller.charge(metadata={"k": "v"})
    assert (status, body["status"], body["charge_amount"]) == (202, "PENDING", 50_000)
    assert body["id"].startswith("ewc_")
    assert (body["actions"], body["is_redirect_required"]) == (None, False)
    assert body["metadata"] == {"k": "v"}
    assert body["channel_properties"] == {"mobile_number": "+6281298765432"}
    assert body["created"] == "2026-11-23T03:15:30.000Z"
    assert seller.look(body["id"])[1]["status"] == "PENDING"
    listed = seller.call("GET", f"{CHARGES}?reference_id=X1")[1]
    assert [row["id"] for row in listed["data"]] == [body["id"]]
    assert seller.call("GET", f"{CHARGES}?reference_id=X2")[1]["data"] == []
    assert seller.call("GET", CHARGES)[0] == 400


def test_a_payment_is_notified_under_the_static_token(seller: Seller) -> None:
    seller.market.change("xendit", notify_url=HOOK)
    handle = seller.paid()
    [post] = seller.market.posts
    body = orjson.loads(post.body)
    assert post.headers["x-callback-token"] == "callback-demo"
    assert post.headers["webhook-id"]
    assert (body["event"], body["business_id"]) == ("ewallet.capture", "biz-demo")
    assert (body["data"]["id"], body["data"]["status"]) == (handle, "SUCCEEDED")
    assert body["data"]["capture_amount"] == 50_000


def test_forgeries_have_another_token_or_another_amount(seller: Seller) -> None:
    kinds = ["wrong_key", "wrong_amount", "other_merchant"]
    seller.market.change("xendit", notify_url=HOOK, forgeries=kinds)
    seller.paid()
    tokens = [post.headers["x-callback-token"] for post in seller.market.posts]
    assert tokens == ["nobodys-key", "callback-demo", "callback-other", "callback-demo"]
    amounts = [orjson.loads(post.body)["data"]["charge_amount"] for post in seller.market.posts]
    assert amounts == [50_000, 50_001, 50_000, 50_000]


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (20_103, "ACCOUNT_ACCESS_BLOCKED"),
        (20_104, "INVALID_MERCHANT_CREDENTIALS"),
        (20_105, "USER_DECLINED_PAYMENT"),
        (20_106, "INVALID_ACCOUNT_DETAILS"),
        (10_251, None),
        (10_051, "INSUFFICIENT_BALANCE"),
    ],
)
def test_a_test_amount_fails_by_notification(seller: Seller, amount: int, code: str | None) -> None:
    body = seller.charge(amount=amount)[1]
    assert body["status"] == "PENDING"
    assert seller.look(body["id"])[1]["failure_code"] == code


@for_each(
    ("amount", "status", "code"),
    [
        (10_100, 403, "CHANNEL_NOT_ACTIVATED"),
        (10_101, 503, "CHANNEL_UNAVAILABLE"),
        (10_102, 500, "SERVER_ERROR"),
        (99, 400, "API_VALIDATION_ERROR"),
        (20_000_001, 400, "API_VALIDATION_ERROR"),
    ],
)
def test_an_amount_is_refused_at_once(seller: Seller, amount: int, status: int, code: str) -> None:
    found, body = seller.charge(amount=amount)
    assert (found, body["error_code"]) == (status, code)
    assert len(seller.market.exchange.life.charges) == 0


@for_each(
    ("fields", "code"),
    [
        ({"reference_id": ""}, "API_VALIDATION_ERROR"),
        ({"currency": "PHP"}, "UNSUPPORTED_CURRENCY"),
        ({"amount": "50000"}, "API_VALIDATION_ERROR"),
        ({"checkout_method": "TOKENIZED_PAYMENT"}, "API_VALIDATION_ERROR"),
        ({"channel_code": "ID_DANA"}, "API_VALIDATION_ERROR"),
        ({"channel_properties": {"mobile_number": "081298765432"}}, "API_VALIDATION_ERROR"),
        ({"channel_properties": {"mobile_number": "+62081298765432"}}, "API_VALIDATION_ERROR"),
        ({"metadata": "x"}, "API_VALIDATION_ERROR"),
    ],
)
def test_a_wrong_field_is_refused(seller: Seller, fields: dict[str, object], code: str) -> None:
    status, body = seller.call("POST", CHARGES, seller.a_charge() | fields)
    assert (status, body["error_code"]) == (400, code)


def test_a_wrong_key_and_an_unknown_charge(seller: Seller) -> None:
    handle = seller.charge()[1]["id"]
    assert seller.look("ewc_0")[1]["error_code"] == "DATA_NOT_FOUND"
    seller.key = "sandbox-api-key-other"
    assert seller.look(handle)[0] == 404  # another merchant's charge is nobody's
    seller.key = "nobody"
    assert seller.charge("X2")[1]["error_code"] == "INVALID_API_KEY"


def test_a_reference_is_charged_once(seller: Seller) -> None:
    seller.charge()
    assert seller.charge()[1]["error_code"] == "DUPLICATE_ERROR"
    assert seller.market.charge.times_heard == 2


def test_a_charge_that_nobody_answers_fails(seller: Seller) -> None:
    handle = seller.charge()[1]["id"]
    seller.market.pass_time(55)
    body = seller.look(handle)[1]
    assert (body["status"], body["failure_code"]) == (
        "FAILED",
        "USER_DID_NOT_AUTHORIZE_THE_REQUEST",
    )


def test_a_void_is_whole_the_same_day_and_until_2350(seller: Seller) -> None:
    seller.market.change("xendit", notify_url=HOOK)
    handle = seller.paid()
    status, body = seller.call("POST", f"{CHARGES}/{handle}/void")
    assert (status, body["status"], body["void_status"]) == (200, "VOIDED", "SUCCEEDED")
    assert seller.call("POST", f"{CHARGES}/{handle}/void")[0] == 200
    assert seller.market.charge.returned == 50_000
    seller.market.settle()
    assert orjson.loads(seller.market.posts[-1].body)["event"] == "ewallet.void"


def test_a_void_comes_too_late_or_too_early(seller: Seller) -> None:
    handle = seller.charge()[1]["id"]
    assert seller.call("POST", f"{CHARGES}/{handle}/void")[0] == 400
    late = Seller()
    handle = late.paid()
    here = late.market.now + timedelta(hours=7)
    last = here.replace(hour=23, minute=50, second=0)
    late.market.pass_time((last - here).total_seconds())
    assert late.call("POST", f"{CHARGES}/{handle}/void")[1]["error_code"] == (
        "INELIGIBLE_TRANSACTION"
    )
    assert late.market.charge.kept == 50_000


def test_refunds_are_partial_many_and_idempotent(seller: Seller) -> None:
    handle = seller.paid()
    seller.market.change("xendit", notify_url=HOOK)
    path = f"{CHARGES}/{handle}/refunds"
    asked = {"amount": 20_000, "reason": "REQUESTED_BY_CUSTOMER", "reference_id": "R1"}
    first = seller.call("POST", path, asked)[1]
    assert (first["status"], first["refund_amount"]) == ("SUCCEEDED", 20_000)
    assert seller.call("POST", path, asked)[1]["id"] == first["id"]
    assert seller.call("POST", path, asked | {"amount": 1})[0] == 409
    keyed = {"amount": 30_001}
    assert seller.call("POST", path, keyed, idempotency_key="R2")[0] == 400
    assert seller.call("POST", path, {}, idempotency_key="R2")[1]["refund_amount"] == 30_000
    assert seller.call("POST", path, {}, idempotency_key="R2")[1]["refund_amount"] == 30_000
    assert seller.look(handle)[1]["status"] == "REFUNDED"
    assert seller.call("GET", f"{path}/{first['id']}")[1]["reference_id"] == "R1"
    assert len(seller.call("GET", path)[1]["data"]) == 2
    assert seller.call("GET", f"{path}/nothing")[0] == 404
    seller.market.settle()
    events = [orjson.loads(post.body)["event"] for post in seller.market.posts]
    assert events == ["ewallet.refund", "ewallet.refund"]


def test_a_refund_fails_or_comes_too_late(seller: Seller) -> None:
    handle = seller.paid()
    path = f"{CHARGES}/{handle}/refunds"
    seller.market.change("xendit", refunds="refuse")
    refused = seller.call("POST", path, {"amount": 1, "reference_id": "R1"})[1]
    assert (refused["status"], refused["failure_code"]) == ("FAILED", "REFUND_FAILED")
    seller.market.change("xendit", refunds="accept")
    seller.market.pass_time(14 * 86_400 + 1)
    assert seller.call("POST", path, {"amount": 1, "reference_id": "R2"})[0] == 400
    assert seller.market.charge.kept == 50_000


def test_a_charge_wants_somebody_to_notify_if_a_test_says_so(seller: Seller) -> None:
    seller.market.change("xendit", needs_notify_url=True)
    assert seller.charge()[1]["error_code"] == "CALLBACK_URL_NOT_FOUND"
