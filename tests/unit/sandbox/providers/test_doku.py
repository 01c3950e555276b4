"""DOKU: a call that is held up to 70 seconds, time-outs that are not final, signed headers."""

import base64
import hashlib
import hmac
from typing import Any

import orjson
import pytest

from sandbox.doku.signature import check_sum
from sandbox.scenario import ScenarioError
from sandbox.taps import Tap
from tests.unit.cases import for_each
from tests.unit.sandbox.providers.bench import HOOK, Market

CLIENT, SECRET, PHONE = "MCH-LUNAS-0001", "sandbox-doku-key-demo", "081298765432"
PAYMENT, CANCEL = "/ovo-emoney/v1/payment", "/ovo-emoney/v1/cancel"


class Seller:
    """A merchant of DOKU."""

    def __init__(self) -> None:
        self.market = Market()

    def a_payment(
        self, invoice: str = "I1", amount: int = 50_000, phone: str = PHONE
    ) -> dict[str, Any]:
        text = f"{amount}{CLIENT}{invoice}{phone}{SECRET}"
        return {
            "client": {"id": CLIENT},
            "order": {"invoice_number": invoice, "amount": amount},
            "ovo_info": {"ovo_id": phone},
            "security": {"check_sum": hashlib.sha256(text.encode()).hexdigest()},
        }

    def pay(self, body: dict[str, Any]) -> int:
        return self.market.send("doku", PAYMENT, orjson.dumps(body))

    def paid(self) -> None:
        self.pay(self.a_payment())
        self.market.exchange.tap(self.market.charge.id, Tap.APPROVE, self.market.now)

    def cancel(self, body: dict[str, Any]) -> tuple[int, Any]:
        return self.market.answer(self.market.send("doku", CANCEL, orjson.dumps(body)))

    def status(self, invoice: str = "I1", **changes: str) -> tuple[int, Any]:
        path = f"/orders/v1/status/{invoice}"
        sent = {
            "Client-Id": CLIENT,
            "Request-Id": "q1",
            "Request-Timestamp": "2026-11-23T03:15:30Z",
        }
        lines = [f"{name}:{text}" for name, text in sent.items()] + [f"Request-Target:{path}"]
        sent["Signature"] = "HMACSHA256=" + signed("\n".join(lines))
        sent |= {name.replace("_", "-"): text for name, text in changes.items()}
        return self.market.answer(self.market.send("doku", path, b"", sent, method="GET"))

    def latest(self) -> str:
        return str(self.status()[1]["transaction"]["status"])


def signed(text: str) -> str:
    mac = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(mac).decode()


@pytest.fixture
def seller() -> Seller:
    return Seller()


def test_the_check_sum_follows_the_recipe_and_not_the_printed_sample() -> None:
    found = check_sum(
        amount=10_000,
        client_id="MCH-0001-10791114622547",
        invoice="INV-20210115-0001",
        ovo_id="081211111111",
        secret="SK-9sCrJ1kdYUJAYlsJKlqz",
    )
    assert found == "5f1f8428d5bb8c624b4893d0d16064d9a7a80de9ab1fa93c6a716d7bb775de78"


def test_a_payment_is_held_until_the_customer_approves(seller: Seller) -> None:
    call = seller.pay(seller.a_payment())
    seller.market.pass_time(54)
    assert seller.market.held(call)
    assert seller.latest() == "PENDING"
    seller.market.left |= {
        end.call: end
        for end in seller.market.exchange.tap(
            seller.market.charge.id, Tap.APPROVE, seller.market.now
        )
    }
    status, body = seller.market.answer(call)
    payment = body["ovo_payment"]
    assert (status, payment["status"], payment["response_code"]) == (200, "SUCCESS", "00")
    assert payment["cash_used"] == "50000"
    assert payment["approval_code"]
    assert body["order"] == {"invoice_number": "I1", "amount": 50_000}
    assert seller.latest() == "SUCCESS"


@pytest.mark.parametrize(
    ("phone", "code"),
    [("081200000002", "17"), ("08249134000", "14"), ("081200001051", "51"), ("08242014881", "26")],
)
def test_a_failed_payment_passes_the_code_on(seller: Seller, phone: str, code: str) -> None:
    payment = seller.market.answer(seller.pay(seller.a_payment(phone=phone)))[1]["ovo_payment"]
    assert (payment["status"], payment["response_code"]) == ("FAILED", code)
    assert "approval_code" not in payment


def test_a_timeout_is_not_final(seller: Seller) -> None:
    seller.market.change("doku", customer="after_window", late_by="20s")
    call = seller.pay(seller.a_payment())
    seller.market.pass_time(55)
    assert seller.market.answer(call)[1]["ovo_payment"]["status"] == "TIMEOUT"
    assert seller.latest() == "TIMEOUT"
    seller.market.pass_time(20)
    assert seller.latest() == "SUCCESS"


@pytest.mark.parametrize(("conduct", "moves"), [("drop", True), ("silence", False)])
def test_a_held_call_is_cut(seller: Seller, conduct: str, moves: bool) -> None:
    seller.market.change("doku", customer=conduct)
    call = seller.pay(seller.a_payment())
    seller.market.pass_time(55)
    assert seller.market.is_cut(call)
    assert seller.market.charge.money_moved == moves


def test_a_late_answer_leaves_after_80_seconds(seller: Seller) -> None:
    seller.market.change("doku", answers={"charge": "late"}, customer="approve")
    call = seller.pay(seller.a_payment())
    seller.market.pass_time(79)
    assert seller.market.held(call)
    assert seller.market.charge.kept == 50_000
    seller.market.pass_time(1)
    assert seller.market.answer(call)[1]["ovo_payment"]["status"] == "SUCCESS"


def test_a_person_drops_or_delays_the_answer(seller: Seller) -> None:
    call = seller.pay(seller.a_payment())
    ends = seller.market.exchange.tap(seller.market.charge.id, Tap.DROP, seller.market.now)
    assert [end.call for end in ends] == [call]
    second = seller.pay(seller.a_payment("I2"))
    late = seller.market.exchange.tap(seller.market.charge.id, Tap.LATE, seller.market.now)
    assert late == []
    seller.market.pass_time(80)
    assert seller.market.answer(second)[1]["ovo_payment"]["status"] == "SUCCESS"


def test_a_caller_who_leaves_ends_nothing(seller: Seller) -> None:
    call = seller.pay(seller.a_payment())
    seller.market.exchange.leave(call, seller.market.now)
    assert seller.market.charge.call is None
    seller.market.exchange.tap(seller.market.charge.id, Tap.APPROVE, seller.market.now)
    assert seller.latest() == "SUCCESS"


def test_an_invoice_is_paid_once(seller: Seller) -> None:
    seller.pay(seller.a_payment())
    status, body = seller.market.answer(seller.pay(seller.a_payment()))
    assert (status, body["error"]["code"]) == (400, "invoice_already_used")
    assert seller.market.charge.times_heard == 2


@for_each(
    ("part", "fields"),
    [
        ("order", {"amount": "50000", "invoice_number": "I1"}),
        ("order", {"amount": 50_000.0, "invoice_number": "I1"}),
        ("order", {"amount": 50_000, "invoice_number": "x" * 65}),
        ("order", None),
        ("ovo_info", {"ovo_id": "6281298765432"}),
        ("client", {}),
        ("security", {"check_sum": None}),
    ],
)
def test_a_wrong_field_is_refused(seller: Seller, part: str, fields: object) -> None:
    status, body = seller.market.answer(seller.pay(seller.a_payment() | {part: fields}))
    assert (status, body["error"]["code"]) == (400, "invalid_parameter")


def test_a_wrong_check_sum_or_client_is_refused(seller: Seller) -> None:
    wrong = seller.a_payment() | {"order": {"invoice_number": "I1", "amount": 50_001}}
    for body in (wrong, seller.a_payment() | {"client": {"id": "MCH-OTHER-0002"}}):
        assert seller.market.answer(seller.pay(body))[1]["error"]["code"] == "invalid_signature"
    assert len(seller.market.exchange.life.charges) == 0


def test_a_void_is_whole_and_of_the_same_day(seller: Seller) -> None:
    seller.paid()
    status, body = seller.cancel(seller.a_payment())
    assert (status, body["ovo_payment"]["status"]) == (200, "SUCCESS")
    assert seller.cancel(seller.a_payment())[0] == 200
    assert seller.latest() == "REFUNDED"
    assert seller.market.charge.returned == 50_000
    assert seller.cancel(seller.a_payment("I9"))[0] == 404


def test_a_void_need_not_name_the_phone(seller: Seller) -> None:
    seller.paid()
    body = seller.a_payment(phone="")
    del body["ovo_info"]
    assert seller.cancel(body)[0] == 200


def test_a_void_comes_too_late_or_too_early(seller: Seller) -> None:
    seller.pay(seller.a_payment())
    assert seller.cancel(seller.a_payment())[1]["error"]["code"] == "invalid_status"
    late = Seller()
    late.paid()
    late.market.pass_time(14 * 3600)
    assert late.cancel(late.a_payment())[1]["error"]["code"] == "void_not_allowed"
    assert late.market.charge.kept == 50_000


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Signature": "HMACSHA256=AAAA"}, 401),
        ({"Client_Id": "MCH-OTHER-0002"}, 401),
        ({"Client_Id": "nobody"}, 401),
        ({"Request_Id": "q2"}, 401),
        ({"Request_Id": ""}, 400),
        ({"Request_Timestamp": "2026-11-23T10:15:30+07:00"}, 400),
        ({"Request_Timestamp": "2026-13-23T10:15:30Z"}, 400),
    ],
)
def test_a_status_call_has_to_be_signed(
    seller: Seller, changes: dict[str, str], status: int
) -> None:
    seller.paid()
    assert seller.status(**changes)[0] == status


def test_a_stale_status_call_is_refused_only_if_a_test_wants_it(seller: Seller) -> None:
    seller.paid()
    seller.market.pass_time(301)
    assert seller.status()[0] == 200
    seller.market.change("doku", timestamp_within="5m")
    assert seller.status()[0] == 400
    assert seller.status("I9")[0] == 400


def test_a_notification_is_signed_over_the_digest_of_its_bytes(seller: Seller) -> None:
    seller.market.change("doku", notify_url=HOOK)
    seller.paid()
    seller.market.settle()
    [post] = seller.market.posts
    told = orjson.loads(post.body)
    assert (told["transaction"]["status"], told["order"]["amount"]) == ("SUCCESS", 50_000)
    digest = base64.b64encode(hashlib.sha256(post.body).digest()).decode()
    names = ("Client-Id", "Request-Id", "Request-Timestamp")
    lines = [f"{name}:{post.headers[name]}" for name in names]
    text = "\n".join([*lines, "Request-Target:/hooks/it", f"Digest:{digest}"])
    assert post.headers["Signature"] == f"HMACSHA256={signed(text)}"


def test_the_window_can_not_outlast_the_call(seller: Seller) -> None:
    with pytest.raises(ScenarioError, match="at most 70s"):
        seller.market.change("doku", window="71s")
