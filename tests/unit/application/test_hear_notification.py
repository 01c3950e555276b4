"""What a notification does to a payment, whoever sent it, whenever it comes, however often."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from application.confirm_payment import Report
from application.forget_notices import MOST_NOISE
from application.hear_again import HearAgain
from application.hear_notification import HELD_FOR, LOOK_AGAIN_AFTER, TRY_AGAIN_AFTER
from application.ports import NoticeQuery, Received, StalePayment, StoreUnavailable, Verdict
from domain.attempt import AttemptStatus
from domain.events import EventType
from domain.exception_record import ExceptionKind
from domain.outcome import Accepted, Approved, Declined, Doubt, Outcome, Unknown
from domain.payment import Change, Payment, Status
from domain.reason import TIMED_OUT
from tests.hmac_provider import LONG_AGO, SIGNATURE, body_of, headers_of
from tests.memory_house import CALLER, KEYS, OTHER, MemoryHouse
from tests.unit.cases import for_each

PATH = "/notifications/ovo"
MINE = KEYS[CALLER.merchant_id]
ROOM = 100


class Sender:
    """A provider that tells the house, and the house that hears it."""

    def __init__(self) -> None:
        self.house = MemoryHouse()

    def send(
        self,
        payment: Payment,
        status: str = "paid",
        *,
        amount: int = 50_000,
        key: str = MINE,
        at: datetime | None = None,
        **more: object,
    ) -> str:
        """Send a notification about its last attempt; returns its id."""
        reference = payment.attempts[-1].references.unique[0]
        return self.post(body_of(reference, amount, status, **more), key=key, at=at)

    def post(self, body: bytes, *, key: str = MINE, at: datetime | None = None) -> str:
        """Send these bytes, signed."""
        headers = headers_of(key, body, at=at or self.house.clock.at)
        return self.house.core.receive()("ovo", PATH, headers, body).id

    def hear(self) -> list[Verdict | None]:
        """Have the house hear what came in; the verdicts."""
        return [each.verdict for each in self.house.core.hear()(ROOM)]

    def verdict(self, notice_id: str) -> tuple[Verdict | None, str | None]:
        """What became of it, and why."""
        received = self.received(notice_id)
        return received.verdict, received.why

    def received(self, notice_id: str) -> Received:
        """It as the inbox keeps it."""
        return self.house.store.inbox.get(notice_id)

    def pushed(self) -> Payment:
        """A payment whose push is out."""
        self.house.start()
        return self.house.claim()

    def answer(self, payment: Payment, outcome: Outcome) -> None:
        """The push comes back."""
        attempt = payment.attempts[-1]
        held = self.house.core.confirm()([Report(payment.id, attempt.id, outcome)])
        assert not held

    def now(self, payment: Payment) -> Payment:
        """The payment as it is stored."""
        return self.house.get(payment)

    def successes(self) -> int:
        """How often the chat is told of a success."""
        events = self.house.store.state.events.values()
        return sum(event.type is EventType.SUCCEEDED for event in events)


@pytest.fixture
def sender() -> Sender:
    return Sender()


PAID = Approved("00", evidence="hmac:ref:1")


# -- when it comes --------------------------------------------------------------------------------


def test_before_the_answer_it_is_believed_at_once(sender: Sender) -> None:
    payment = sender.pushed()
    notice_id = sender.send(payment)
    assert sender.hear() == [Verdict.BELIEVED]
    assert sender.now(payment).status is Status.SUCCEEDED
    assert sender.received(notice_id).payment_id == payment.id


@for_each("order", sorted(set(permutations(["n", "n", "n", "answer"]))))
def test_before_during_and_after_the_answer_three_times_one_success(
    order: tuple[str, ...],
) -> None:
    for heard_each_time in (True, False):
        sender = Sender()
        payment = sender.pushed()
        for step in order:
            if step == "answer":
                sender.answer(payment, PAID)
            else:
                sender.send(payment)
                if heard_each_time:
                    sender.hear()
        sender.hear()
        after = sender.now(payment)
        assert after.status is Status.SUCCEEDED
        assert sender.successes() == 1
        assert not after.exceptions


@for_each("order", sorted(set(permutations(["paid", "pending", "answer"]))))
def test_what_is_still_open_before_or_after_changes_nothing(order: tuple[str, ...]) -> None:
    sender = Sender()
    payment = sender.pushed()
    for step in order:
        if step == "answer":
            sender.answer(payment, Accepted("pending"))
        else:
            sender.send(payment, step)
            sender.hear()
    assert sender.now(payment).status is Status.SUCCEEDED
    assert sender.successes() == 1


def test_three_at_once_are_one_believed_and_two_known(sender: Sender) -> None:
    payment = sender.pushed()
    for _ in range(3):
        sender.send(payment)
    assert sorted(map(str, sender.hear())) == ["believed", "known", "known"]


def test_the_same_in_other_words_is_known_too(sender: Sender) -> None:
    payment = sender.pushed()
    sender.send(payment)
    sender.hear()
    again = sender.send(payment, delivery="second try")
    assert sender.hear() == [Verdict.KNOWN]
    assert "as ntf_" in str(sender.verdict(again)[1])


def test_one_that_comes_before_our_own_record_is_looked_at_again(sender: Sender) -> None:
    body = body_of("ref:1", 50_000)
    notice_id = sender.post(body)
    assert sender.hear() == [None]
    payment = sender.pushed()
    sender.house.clock.move(LOOK_AGAIN_AFTER[0].total_seconds())
    assert sender.hear() == [Verdict.BELIEVED]
    assert sender.received(notice_id).tries == 2
    assert sender.now(payment).status is Status.SUCCEEDED


def test_one_that_names_nobody_is_given_up_after_a_few_looks(sender: Sender) -> None:
    notice_id = sender.post(body_of("ref:99", 50_000))
    for wait in LOOK_AGAIN_AFTER:
        assert sender.hear() == [None]
        sender.house.clock.move(wait.total_seconds())
    assert sender.hear() == [Verdict.UNMATCHED]
    assert sender.verdict(notice_id)[1] == "it names no attempt of ours"


def test_in_a_flood_nobody_is_looked_at_again(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.hear_notification.MOST_PATIENT", 2)
    for n in range(3):
        sender.post(body_of(f"ref:9{n}", 50_000))
    assert sender.hear() == [Verdict.UNMATCHED] * 3


def test_what_cannot_be_read_is_not_looked_at_again(sender: Sender) -> None:
    sender.post(b"\x00\xff")
    assert sender.hear() == [Verdict.UNMATCHED]


def test_after_the_attempt_was_called_not_charged_it_is_a_late_success(sender: Sender) -> None:
    payment = sender.pushed()
    sender.answer(payment, Declined("51", TIMED_OUT))
    sender.send(payment)
    assert sender.hear() == [Verdict.BELIEVED]
    after = sender.now(payment)
    assert [e.kind for e in after.exceptions] == [ExceptionKind.LATE_SUCCESS]
    assert after.status is Status.REQUIRES_RETRY


# -- whether it is genuine ------------------------------------------------------------------------


def test_one_signed_by_another_merchants_secret_is_refused(sender: Sender) -> None:
    payment = sender.pushed()
    notice_id = sender.send(payment, key=KEYS[OTHER.merchant_id])
    assert sender.hear() == [Verdict.REFUSED]
    assert sender.verdict(notice_id)[1] == "the signature does not match"
    assert sender.now(payment).status is Status.AWAITING_CUSTOMER


def test_one_changed_by_a_single_byte_is_refused(sender: Sender) -> None:
    payment = sender.pushed()
    body = body_of(payment.attempts[-1].references.unique[0], 50_000)
    headers = headers_of(MINE, body, at=sender.house.clock.at)
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 1
        sender.house.core.receive()("ovo", PATH, headers, bytes(changed))
    verdicts = set(sender.hear()) | set(sender.hear())
    assert not verdicts & {Verdict.BELIEVED, Verdict.HINTED, Verdict.KNOWN}
    assert sender.now(payment).status is Status.AWAITING_CUSTOMER


@pytest.mark.parametrize(("skew", "verdict"), [
    (timedelta(minutes=5), Verdict.BELIEVED),
    (-timedelta(minutes=5), Verdict.BELIEVED),
    (LONG_AGO, Verdict.REFUSED),
    (-LONG_AGO, Verdict.REFUSED),
])  # fmt: skip
def test_its_time_stamp_may_be_five_minutes_off(
    sender: Sender, skew: timedelta, verdict: Verdict
) -> None:
    payment = sender.pushed()
    sender.send(payment, at=sender.house.clock.at - skew)
    assert sender.hear() == [verdict]


def test_its_time_counts_from_when_it_came_not_from_when_it_is_heard(sender: Sender) -> None:
    payment = sender.pushed()
    sender.send(payment)
    sender.house.clock.move(3_600)
    assert sender.hear() == [Verdict.BELIEVED]


def test_the_signature_is_gone_with_its_header(sender: Sender) -> None:
    payment = sender.pushed()
    body = body_of(payment.attempts[-1].references.unique[0], 50_000)
    headers = headers_of(MINE, body, at=sender.house.clock.at)
    del headers[SIGNATURE]
    sender.house.core.receive()("ovo", PATH, headers, body)
    assert sender.hear() == [Verdict.REFUSED]


def test_a_reference_of_another_provider_is_nobodys(sender: Sender) -> None:
    payment = sender.pushed()
    body = body_of(payment.attempts[-1].references.unique[0], 50_000)
    headers = headers_of(MINE, body, at=sender.house.clock.at)
    sender.house.readers["xendit"] = sender.house.reader
    sender.house.core.receive()("xendit", PATH, headers, body)
    assert sender.hear() == [None]
    assert sender.now(payment).status is Status.AWAITING_CUSTOMER


# -- what it may do -------------------------------------------------------------------------------


def test_another_amount_is_told_to_a_person_and_not_believed(sender: Sender) -> None:
    payment = sender.pushed()
    sender.send(payment, amount=49_999)
    assert sender.hear() == [Verdict.HINTED]
    after = sender.now(payment)
    assert after.status is Status.AWAITING_CUSTOMER
    assert [(e.kind, e.code) for e in after.exceptions] == [(ExceptionKind.MISMATCH, "paid")]


@pytest.mark.parametrize(
    "outcome",
    [PAID, Declined("51", TIMED_OUT), Unknown(Doubt.SILENCE), Accepted("pending")],
)
def test_another_amount_is_told_whatever_the_attempts_state(
    sender: Sender, outcome: Outcome
) -> None:
    payment = sender.pushed()
    sender.answer(payment, outcome)
    before = sender.now(payment)
    sender.send(payment, amount=1)
    sender.hear()
    after = sender.now(payment)
    assert after.status is before.status
    assert [e.kind for e in after.exceptions] == [ExceptionKind.MISMATCH]


def test_the_exception_is_kept_even_if_the_rest_is_lost(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = sender.pushed()
    sender.send(payment, amount=49_999)

    def away(_: object) -> None:
        raise StoreUnavailable

    inbox = sender.house.store.inbox
    monkeypatch.setattr(inbox, "save_each", away)
    with pytest.raises(StoreUnavailable):
        sender.hear()
    monkeypatch.undo()
    assert len(sender.now(payment).exceptions) == 1
    sender.house.clock.move(HELD_FOR.total_seconds())
    assert sender.hear() == [Verdict.HINTED]
    assert len(sender.now(payment).exceptions) == 1


def test_a_negative_word_has_the_wallet_asked_sooner(sender: Sender) -> None:
    payment = sender.pushed()
    sender.answer(payment, Accepted("pending"))
    asked_at = sender.now(payment).ask_at
    sender.house.clock.move(1)
    sender.send(payment, "expired")
    assert sender.hear() == [Verdict.HINTED]
    after = sender.now(payment)
    assert after.status is Status.AWAITING_CUSTOMER
    assert after.ask_at == sender.house.clock.at
    assert asked_at is not None
    assert after.ask_at < asked_at


def test_that_the_customer_may_still_pay_is_no_news(sender: Sender) -> None:
    payment = sender.pushed()
    sender.answer(payment, Accepted("pending"))
    asked_at = sender.now(payment).ask_at
    sender.house.clock.move(1)
    sender.send(payment, "pending")
    assert sender.hear() == [Verdict.HINTED]
    assert sender.now(payment).ask_at == asked_at


def test_a_doubtful_word_has_an_unknown_payment_asked_about_sooner(sender: Sender) -> None:
    payment = sender.pushed()
    sender.answer(payment, Unknown(Doubt.SILENCE))
    sender.send(payment, "who knows")
    assert sender.hear() == [Verdict.HINTED]
    assert sender.now(payment).status is Status.UNKNOWN


def test_while_the_push_is_out_a_negative_word_changes_nothing(sender: Sender) -> None:
    payment = sender.pushed()
    notice_id = sender.send(payment, "expired")
    assert sender.hear() == [Verdict.HINTED]
    assert sender.verdict(notice_id)[1] == "nothing was to be done"
    assert sender.now(payment) == payment


def test_a_refusal_of_what_is_paid_is_told_to_a_person(sender: Sender) -> None:
    payment = sender.pushed()
    sender.answer(payment, PAID)
    sender.send(payment, "expired")
    assert sender.hear() == [Verdict.HINTED]
    after = sender.now(payment)
    assert after.status is Status.SUCCEEDED
    assert [e.kind for e in after.exceptions] == [ExceptionKind.STATUS_CONFLICT]


def test_once_a_reversal_was_decided_it_makes_nothing_paid(sender: Sender) -> None:
    payment = sender.pushed()
    sender.answer(payment, Unknown(Doubt.SILENCE))
    resolve, confirm = sender.house.core.resolve(), sender.house.core.confirm()
    for _ in range(2):
        (asking,) = resolve(1)
        sender.house.clock.move(1)
        report = Report(
            payment.id, asking.attempt.id, Unknown(Doubt.PENDING), None, asking.question,
            sender.house.clock(),
        )  # fmt: skip
        confirm([report])
        sender.house.clock.move(120)
        if sender.now(payment).attempts[0].status is AttemptStatus.REVERSING:
            break
    else:
        resolve(1)
    assert sender.now(payment).attempts[0].status is AttemptStatus.REVERSING
    sender.send(payment)
    assert sender.hear() == [Verdict.HINTED]
    assert sender.now(payment).status is Status.UNKNOWN


# -- when something fails -------------------------------------------------------------------------


def test_one_whose_handling_fails_once_is_accepted_again(sender: Sender) -> None:
    payment = sender.pushed()
    sender.house.reader.faults.append(RuntimeError("0812 3456 7890"))
    notice_id = sender.send(payment)
    assert sender.hear() == [None]
    assert sender.verdict(notice_id) == (None, "its handling failed: RuntimeError")
    repeated = sender.send(payment)
    assert sender.hear() == [Verdict.BELIEVED]
    sender.house.clock.move(TRY_AGAIN_AFTER[0].total_seconds())
    assert sender.hear() == [Verdict.KNOWN]
    assert sender.verdict(notice_id)[1] == f"as {repeated}"
    assert sender.successes() == 1


def test_one_whose_handling_always_fails_is_given_up_and_can_be_heard_again(
    sender: Sender,
) -> None:
    payment = sender.pushed()
    sender.house.reader.faults += [ValueError("no")] * (len(TRY_AGAIN_AFTER) + 1)
    notice_id = sender.send(payment)
    for wait in TRY_AGAIN_AFTER:
        assert sender.hear() == [None]
        sender.house.clock.move(wait.total_seconds())
    assert sender.hear() == [Verdict.FAILED]
    again: HearAgain = sender.house.core.hear_again()
    again(notice_id)
    assert sender.hear() == [Verdict.BELIEVED]


def test_one_that_is_being_heard_is_not_heard_again(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice_id = sender.send(sender.pushed())
    stale = sender.received(notice_id)
    sender.hear()
    monkeypatch.setattr(sender.house.store.inbox, "get", lambda _: stale)
    with pytest.raises(StalePayment):
        sender.house.core.hear_again()(notice_id)


def test_one_that_breaks_its_reader_stops_no_other(sender: Sender) -> None:
    payment = sender.pushed()
    sender.house.reader.faults.append(KeyError("status"))
    sender.send(payment)
    sender.send(payment, "expired")
    assert sorted(map(str, sender.hear())) == ["None", "hinted"]


def test_one_whose_success_cannot_be_decided_stops_no_other(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sender.pushed()
    sender.house.start("o2")
    second = sender.house.claim()
    bad, good = sender.send(first), sender.send(second)
    record = Payment.record

    def broken(payment: Payment, *said: Any, **known: Any) -> Change | None:
        if payment.id == first.id:
            raise AssertionError("no such step")
        return record(payment, *said, **known)

    monkeypatch.setattr(Payment, "record", broken)
    sender.hear()
    assert sender.verdict(good)[0] is Verdict.BELIEVED
    assert sender.verdict(bad) == (None, "its handling failed: AssertionError")
    monkeypatch.undo()
    sender.house.clock.move(TRY_AGAIN_AFTER[0].total_seconds())
    assert sender.hear() == [Verdict.BELIEVED]
    assert sender.successes() == 2


def test_a_holder_that_died_is_waited_for_ten_seconds(sender: Sender) -> None:
    payment = sender.pushed()
    sender.send(payment)
    now = sender.house.clock.at
    assert sender.house.store.inbox.claim(now, now + HELD_FOR, ROOM)
    assert sender.hear() == []
    sender.house.clock.move(HELD_FOR.total_seconds())
    assert sender.hear() == [Verdict.BELIEVED]


def test_a_success_that_the_store_could_not_take_is_heard_again(sender: Sender) -> None:
    payment = sender.pushed()
    notice_id = sender.send(payment)
    core = sender.house.core
    away = replace(core.confirm(), save_each=lambda changes: [StoreUnavailable() for _ in changes])
    (heard,) = replace(core.hear(), confirm=away)(ROOM)
    assert heard.verdict is None
    assert sender.verdict(notice_id)[1] == "the store is away"
    sender.house.clock.move(TRY_AGAIN_AFTER[0].total_seconds())
    assert sender.hear() == [Verdict.BELIEVED]
    assert sender.successes() == 1


# -- how long it is kept --------------------------------------------------------------------------


def test_forgeries_leave_a_bounded_trace_and_what_was_believed_stays(sender: Sender) -> None:
    payment = sender.pushed()
    believed = sender.send(payment)
    sender.hear()
    for n in range(MOST_NOISE + 50):
        sender.house.clock.move(0.001)
        sender.send(payment, f"x{n}", key="forged")
    while sender.hear():
        pass
    dropped = sender.house.core.forget_notices()()
    assert dropped[Verdict.REFUSED] == 50
    assert sender.received(believed).verdict is Verdict.BELIEVED
    sender.house.clock.move(86_401)
    assert sender.house.core.forget_notices()()[Verdict.REFUSED] == MOST_NOISE
    left = sender.house.store.inbox.find(NoticeQuery()).items
    assert [each.notice.id for each in left] == [believed]


def test_what_was_believed_is_remembered_for_longer_than_its_time_stamp_is_good(
    sender: Sender,
) -> None:
    payment = sender.pushed()
    sender.send(payment)
    sender.hear()
    sender.house.clock.move(2 * LONG_AGO.total_seconds())
    sender.house.core.forget_notices()()
    sender.send(payment)
    assert sender.hear() == [Verdict.KNOWN]
