"""What may happen to any provider's answers and notifications, shown with QRIS and AUTO debits."""

import orjson
import pytest

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.charges import Charges
from sandbox.acquirer.conduct import CONDUCTS
from sandbox.acquirer.ledger import row_of, totals
from sandbox.acquirer.plan import changed, shown
from sandbox.scenario import ScenarioError
from sandbox.taps import EndedPushError, Tap, UnknownPushError
from sandbox.timers import Reply
from tests.unit.cases import for_each
from tests.unit.sandbox.builders import START
from tests.unit.sandbox.providers.bench import HOOK, money
from tests.unit.sandbox.providers.test_ovo_qris import Till
from tests.unit.sandbox.providers.test_ovo_snap import PAY, PHONE, Shop

GENERATE = "/v1.0/qr/qr-mpm-generate"


@pytest.fixture
def till() -> Till:
    return Till()


def a_code(till: Till, reference: str = "R1") -> int:
    body = {"partnerReferenceNo": reference, "amount": money(50_000), "merchantId": "200001"}
    return till.api.send(GENERATE, body, till.token)


def test_an_answer_is_lost_although_the_charge_is_made(till: Till) -> None:
    till.market.change("ovo_qris", answers={"charge": {"how": "lost", "times": 1}})
    assert till.market.is_cut(a_code(till))
    assert till.latest() == "03"
    assert till.market.answer(a_code(till, "R2"))[0] == 200


def test_an_answer_is_late(till: Till) -> None:
    till.market.change("ovo_qris", answers={"charge": "late"}, answer_late_after="80s")
    call = a_code(till)
    till.market.pass_time(79)
    assert till.market.held(call)
    till.market.pass_time(1)
    assert till.market.answer(call)[1]["responseCode"] == "2004700"


def test_a_request_that_arrives_twice_hears_of_the_second_copy(till: Till) -> None:
    till.market.change("ovo_qris", answers={"charge": "twice"})
    assert till.market.answer(a_code(till))[1]["responseCode"] == "4094700"
    assert till.latest() == "03"


def test_a_request_is_never_heard(till: Till) -> None:
    till.market.change("ovo_qris", answers={"charge": "unheard", "status": "hang"})
    assert till.market.is_cut(a_code(till))
    assert len(till.market.exchange.life.charges) == 0
    asked = {"originalPartnerReferenceNo": "R1", "serviceCode": "47"}
    call = till.api.send("/v1.0/qr/qr-mpm-query", asked, till.token)
    till.market.pass_time(119)
    assert till.market.held(call)
    till.market.pass_time(1)
    assert till.market.is_cut(call)


def test_a_gateway_in_front_answers_instead(till: Till) -> None:
    till.market.change("ovo_qris", answers={"charge": "502"})
    reply = till.market.left[a_code(till)]
    assert isinstance(reply, Reply)
    assert (reply.status, reply.content_type) == (502, "text/html")
    assert till.latest() == "03"


@pytest.mark.parametrize("acts", [False, True])
def test_any_answer_to_any_operation(till: Till, acts: bool) -> None:
    body = {"responseCode": "5044700", "responseMessage": "Timeout"}
    entry = {"how": "instead", "status": 504, "body": body, "acts": acts, "times": 2}
    till.market.change("ovo_qris", answers={"charge": entry})
    assert till.market.answer(a_code(till)) == (504, body)
    assert len(till.market.exchange.life.charges) == int(acts)
    left = shown(till.market.exchange.life.plans["ovo_qris"])["answers"]
    assert left == {"charge": entry | {"times": 1}}


@pytest.mark.parametrize(
    ("conduct", "cut", "status"),
    [("drop", True, 0), ("gateway_error", False, 502), ("silence", True, 0)],
)
def test_a_customer_brings_an_accident_along(conduct: str, cut: bool, status: int) -> None:
    shop = Shop()
    token = shop.linked()["accessToken"]
    shop.market.change("ovo_snap", phones={PHONE: conduct})
    call = shop.api.send(PAY, shop.a_debit(), token)
    assert shop.market.is_cut(call) == cut
    if not cut:
        reply = shop.market.left[call]
        assert isinstance(reply, Reply)
        assert reply.status == status
    assert shop.market.charge.money_moved == (conduct != "silence")


def test_a_late_payer_pays_when_the_window_has_ended_unless_it_was_canceled(till: Till) -> None:
    till.market.change("ovo_qris", customer="after_window", late_by="20s")
    till.generate()
    till.market.pass_time(75)
    assert till.latest() == "05"
    till.market.pass_time(20)
    assert till.latest() == "00"
    till.generate("R2")
    till.market.pass_time(80)
    assert till.call("cancel", originalPartnerReferenceNo="R2")[0] == 200
    till.market.pass_time(60)
    assert till.latest("R2") == "05"


def test_the_last_moment_is_before_the_end_of_the_window(till: Till) -> None:
    till.generate(amount=10_209)
    till.market.pass_time(74)
    assert till.latest() == "03"
    till.market.pass_time(0.9)
    assert till.latest() == "00"


def test_taps_end_what_waits_and_nothing_else(till: Till) -> None:
    till.generate()
    charge = till.market.charge
    till.market.exchange.tap(charge.id, Tap.APPROVE, till.market.now)
    assert charge.kept == 50_000
    with pytest.raises(EndedPushError):
        till.market.exchange.tap(charge.id, Tap.DECLINE, till.market.now)
    with pytest.raises(UnknownPushError):
        till.market.exchange.tap("chg-0", Tap.APPROVE, till.market.now)


def paid_with(till: Till, **choices: object) -> list[tuple[str, dict[str, str]]]:
    """The notifications of one payment: each body's status and amount, and its headers."""
    till.market.change("ovo_qris", notify_url=HOOK, **choices)
    till.scan(till.generate()["qrContent"])
    till.market.pass_time(1)
    return [(post.body.decode(), dict(post.headers)) for post in till.market.posts]


def test_notifications_come_late_twice_or_never(till: Till) -> None:
    assert paid_with(till, notified_after="10m") == []
    till.market.pass_time(600)
    assert len(till.market.posts) == 1
    twice = paid_with(Till(), notifications="twice")
    assert len(twice) == 2
    assert twice[0] == twice[1]
    assert paid_with(Till(), notifications="never") == []


def test_notifications_come_out_of_order(till: Till) -> None:
    first, second = (
        orjson.loads(body) for body, _ in paid_with(till, notifications="out_of_order")
    )
    assert first["latestTransactionStatus"] == "00"
    assert second["latestTransactionStatus"] == "03"


def test_forged_notifications_precede_the_true_one(till: Till) -> None:
    kinds = ["wrong_key", "changed_byte", "wrong_amount", "other_merchant"]
    *forged, (true_body, true_headers) = paid_with(till, forgeries=kinds)
    wrong_key, changed_byte, wrong_amount, other = forged
    assert wrong_key[0] == true_body
    assert wrong_key[1]["X-SIGNATURE"] != true_headers["X-SIGNATURE"]
    assert changed_byte[0] == true_body.replace("50000.00", "50001.00")
    assert changed_byte[1]["X-SIGNATURE"] == true_headers["X-SIGNATURE"]
    assert orjson.loads(wrong_amount[0])["amount"] == money(50_001)
    assert other[1]["X-PARTNER-ID"] == "other-ovo-qris"
    kept = till.market.exchange.mail.written.values()
    assert [found.kind for found in kept] == [*kinds, "true"]


def test_the_ledger_tells_what_moved_and_how_often_it_was_heard(till: Till) -> None:
    till.scan(till.generate()["qrContent"])
    a_code(till)
    till.refund()
    till.generate("R2", 10_000)
    row = row_of(next(iter(till.market.exchange.life.charges)))
    assert (row["reference"], row["times_heard"], row["state"]) == ("R1", 2, "refunded")
    assert (row["money_moved"], row["amount_returned"], row["amount_kept"]) == (True, 50_000, 0)
    told = totals(till.market.exchange)["ovo_qris"]
    assert (told["charges"], told["amount_moved"], told["amount_returned"]) == (2, 50_000, 50_000)
    assert told["heard"] == {"b2b_token": 1, "charge": 3, "refund": 1}


def test_a_plan_is_shown_as_it_is_read(till: Till) -> None:
    choices = {
        "customer": "approve",
        "customer_after": {"min": "1s", "max": "2s"},
        "phones": {PHONE: "decline"},
        "answers": {"status": "lost", "refund": {"how": "instead", "status": 500, "body": "x"}},
        "notify_url": HOOK,
        "forgeries": ["wrong_key"],
        "token_life": "1m",
        "timestamp_within": "5m",
    }
    plan = changed(till.market.exchange.life.plans["ovo_qris"], choices)
    assert changed(till.market.exchange.life.plans["ovo_qris"], shown(plan)) == plan


@for_each(
    "choices",
    [
        {"customer": "fly"},
        {"phones": {"1": "approve"}},
        {"answers": {"fly": "lost"}},
        {"answers": {"charge": "fly"}},
        {"answers": {"charge": {"how": "lost", "status": 500}}},
        {"answers": {"charge": {"how": "lost", "times": 0}}},
        {"answers": []},
        {"notify_url": "ftp://x"},
        {"notify_url": "http://"},
        {"forgeries": ["true"]},
        {"window": "-1s"},
        {"fly": 1},
    ],
)
def test_a_plan_that_can_not_be_is_refused(till: Till, choices: dict[str, object]) -> None:
    with pytest.raises(ScenarioError):
        till.market.change("ovo_qris", **choices)


def a_charge(number: int, state: State = State.WAITING) -> Charge:
    partner = Till().provider.partners.named("demo")
    assert partner is not None
    charge = Charge(
        id=f"chg-{number}",
        provider="ovo_qris",
        partner=partner,
        reference=f"R{number}",
        handle=f"H{number}",
        amount=1,
        conduct=CONDUCTS["wait"],
        heard_at=START,
        ends_at=START,
        phone=PHONE,
    )
    if state is State.EXPIRED:
        charge.expire(START)
    return charge


def test_a_full_book_forgets_what_ended_and_nothing_that_waits() -> None:
    book = Charges(capacity=2)
    ended = a_charge(1, State.EXPIRED)
    assert book.add(ended)
    book.ended(ended)
    assert book.add(a_charge(2))
    assert book.add(a_charge(3))
    assert [charge.id for charge in book] == ["chg-2", "chg-3"]
    assert book.of_reference("ovo_qris", ended.partner, "R1") is None
    assert book.of_handle("ovo_qris", ended.partner, "H1") is None
    assert len(book.of_phone(PHONE)) == 2
    assert not book.add(a_charge(4))


def test_a_full_sandbox_says_so(till: Till) -> None:
    life = till.market.exchange.life
    life.charges = Charges(capacity=1)
    till.generate()
    assert till.market.answer(a_code(till, "R2"))[1]["responseCode"] == "5004700"
