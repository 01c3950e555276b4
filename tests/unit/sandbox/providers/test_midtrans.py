"""Midtrans: charges that end by notification, its status codes, its signature_key."""

import base64
import hashlib
from typing import Any

import orjson
import pytest

from sandbox.midtrans.messages import signature_key
from sandbox.taps import Tap
from tests.unit.cases import for_each
from tests.unit.sandbox.providers.bench import HOOK, Market

PHONE = "081298765432"
KEY = "sandbox-server-key-demo"


class Seller:
    """A merchant of Midtrans."""

    def __init__(self) -> None:
        self.market = Market()
        self.key = KEY

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        user = base64.b64encode(f"{self.key}:".encode()).decode()
        raw = b"" if body is None else orjson.dumps(body)
        headers = {"Authorization": f"Basic {user}"}
        return self.market.answer(self.market.send("midtrans", path, raw, headers, method=method))

    def charge(self, order_id: str = "O1", amount: object = 50_000, phone: str = PHONE) -> Any:
        body = {
            "payment_type": "ovo",
            "transaction_details": {"order_id": order_id, "gross_amount": amount},
            "ovo": {"payer_phone_number": phone},
        }
        return self.call("POST", "/v2/charge", body)

    def status(self, order_id: str = "O1") -> tuple[int, Any]:
        return self.call("GET", f"/v2/{order_id}/status")

    def told(self) -> list[dict[str, Any]]:
        return [orjson.loads(post.body) for post in self.market.posts]


@pytest.fixture
def seller() -> Seller:
    return Seller()


def test_the_signature_key_is_the_published_one() -> None:
    right = signature_key(
        order_id="TMC-0001",
        status_code="200",
        gross_amount="50000.00",
        server_key="SB-Mid-server-TESTKEY",
    )
    assert right.startswith("941d3b3f0ea79141311267f9f960df6ea8df39c929b5700352008236db13be0b")
    assert right.endswith("5d851504813f2a714a2101fd8f9751d694")


def test_a_charge_is_pending_for_65_seconds_and_then_expires(seller: Seller) -> None:
    status, body = seller.charge()
    assert (status, body["status_code"], body["transaction_status"]) == (201, "201", "pending")
    assert body["gross_amount"] == "50000.00"
    assert (body["payment_type"], body["payer_phone_number"]) == ("ovo", PHONE)
    assert (body["transaction_time"], body["expiry_time"]) == (
        "2026-11-23 10:15:30",
        "2026-11-23 10:16:35",
    )
    seller.market.pass_time(64.9)
    assert seller.status()[1]["transaction_status"] == "pending"
    seller.market.pass_time(0.1)
    status, body = seller.status()
    assert (status, body["transaction_status"]) == (407, "expire")
    assert body["channel_response_code"] == "68"


def test_a_customer_pays_and_every_state_is_notified(seller: Seller) -> None:
    seller.market.change("midtrans", notify_url=HOOK)
    seller.charge()
    seller.market.exchange.tap(seller.market.charge.id, Tap.APPROVE, seller.market.now)
    seller.market.settle()
    status, body = seller.status()
    assert (status, body["transaction_status"]) == (200, "settlement")
    by_id = seller.status(body["transaction_id"])[1]
    assert by_id["order_id"] == "O1"
    pending, settled = seller.told()
    assert (pending["transaction_status"], settled["transaction_status"]) == (
        "pending",
        "settlement",
    )
    text = "O1" + "200" + "50000.00" + KEY
    assert settled["signature_key"] == hashlib.sha512(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("phone", "code"),
    [("08271939753", "17"), ("08242014881", "26"), ("08237435829", "40"), ("081200001051", "51")],
)
def test_a_denied_charge_tells_why(seller: Seller, phone: str, code: str) -> None:
    assert seller.charge(phone=phone)[0] == 201
    status, body = seller.status()
    assert (status, body["transaction_status"]) == (202, "deny")
    assert body["channel_response_code"] == code


def test_an_unknown_phone_is_a_404(seller: Seller) -> None:
    status, body = seller.charge(phone="08249134000")
    assert (status, body["status_code"]) == (404, "404")
    assert body["status_message"] == "User with requested phone number doesn't exist"
    assert len(seller.market.exchange.life.charges) == 0


def test_an_order_is_charged_once(seller: Seller) -> None:
    seller.charge()
    assert seller.charge()[1]["status_code"] == "406"
    assert seller.market.charge.times_heard == 2


@pytest.mark.parametrize("key", ["", "nobody", "sandbox-server-key-demo:password"])
def test_a_wrong_server_key_is_a_401(seller: Seller, key: str) -> None:
    seller.key = key
    assert seller.charge()[1]["status_code"] == "401"


@for_each("amount", ["50000", 50_000.5, 0, -1, True, None])
def test_a_wrong_amount_is_named(seller: Seller, amount: object) -> None:
    status, body = seller.charge(amount=amount)
    assert status == 400
    assert body["validation_messages"] == ["transaction_details.gross_amount is not a valid number"]


def test_other_wrong_fields_are_named(seller: Seller) -> None:
    assert len(seller.call("POST", "/v2/charge", {})[1]["validation_messages"]) == 4
    assert seller.charge(phone="+6281298765432")[0] == 400
    assert seller.charge(order_id="a b")[0] == 400
    assert seller.call("POST", "/v2/charge", [])[0] == 400


def test_http_may_be_200_whatever_the_body_says(seller: Seller) -> None:
    seller.market.change("midtrans", http_status="200")
    status, body = seller.status("nobody")
    assert (status, body["status_code"]) == (200, "404")


def test_a_waiting_charge_is_canceled_or_expired_and_a_paid_one_is_not(seller: Seller) -> None:
    seller.charge()
    assert seller.call("POST", "/v2/O1/cancel")[1]["transaction_status"] == "cancel"
    assert seller.call("POST", "/v2/O1/cancel")[0] == 200
    assert seller.call("POST", "/v2/O1/expire")[0] == 412
    seller.charge("O2")
    assert seller.call("POST", "/v2/O2/expire")[1]["transaction_status"] == "expire"
    seller.charge("O3", phone="081200000001")
    assert seller.call("POST", "/v2/O3/cancel")[0] == 412
    assert seller.market.charge.kept == 50_000


def test_refunds_are_partial_idempotent_and_told(seller: Seller) -> None:
    seller.charge(phone="081200000001")
    seller.market.change("midtrans", notify_url=HOOK)
    first = {"refund_key": "R1", "amount": 20_000, "reason": "asked for"}
    assert seller.call("POST", "/v2/O1/refund", first)[1]["transaction_status"] == "partial_refund"
    assert seller.call("POST", "/v2/O1/refund", first)[0] == 200
    assert seller.call("POST", "/v2/O1/refund", first | {"amount": 1})[0] == 406
    more = {"refund_key": "R2", "amount": 30_001}
    assert seller.call("POST", "/v2/O1/refund", more)[0] == 414
    rest = seller.call("POST", "/v2/O1/refund", more | {"amount": 30_000})[1]
    assert (rest["transaction_status"], rest["refund_amount"]) == ("refund", "30000.00")
    seller.market.settle()
    assert [told["refund_key"] for told in seller.told()] == ["R1", "R2"]
    assert seller.market.charge.kept == 0
    seller.charge("O2", phone="081200000001")
    seller.market.change("midtrans", takes_refunds=False)
    assert seller.call("POST", "/v2/O2/refund", first)[0] == 412


@pytest.mark.parametrize("how", ["pending", "refuse"])
def test_a_refund_that_was_not_made_is_not_listed(seller: Seller, how: str) -> None:
    seller.charge(phone="081200000001")
    seller.market.change("midtrans", refunds=how)
    seller.call("POST", "/v2/O1/refund", {"refund_key": "R1", "amount": 20_000})
    assert seller.call("GET", "/v2/O1/status")[1]["refunds"] == []


def test_a_forged_notification_does_not_fit_its_key(seller: Seller) -> None:
    kinds = ["wrong_key", "changed_byte", "wrong_amount", "other_merchant"]
    seller.market.change("midtrans", notify_url=HOOK, forgeries=kinds)
    seller.charge(phone="081200000001")
    seller.market.pass_time(1)
    by_kind = {
        found.kind: orjson.loads(found.letter.body)
        for found in seller.market.exchange.mail.written.values()
        if found.told == "paid"
    }

    def fits(body: dict[str, Any]) -> bool:
        text = body["order_id"] + body["status_code"] + body["gross_amount"] + KEY
        return bool(body["signature_key"] == hashlib.sha512(text.encode()).hexdigest())

    assert {kind: fits(body) for kind, body in by_kind.items()} == {
        "wrong_key": False,
        "changed_byte": False,
        "wrong_amount": True,
        "other_merchant": False,
        "true": True,
    }
    assert by_kind["wrong_amount"]["gross_amount"] == "50001.00"
    assert by_kind["other_merchant"]["merchant_id"] == "M100002"


def test_an_earlier_notification_follows_the_true_one(seller: Seller) -> None:
    seller.market.change("midtrans", notify_url=HOOK, notifications="out_of_order")
    seller.charge(phone="081200000001")
    seller.market.pass_time(1)
    told = [body["transaction_status"] for body in seller.told()]
    assert told == ["pending", "settlement", "pending"]
