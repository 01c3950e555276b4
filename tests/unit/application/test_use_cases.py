"""What the use cases promise, over the memory store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.confirm_payment import PROBE_EVERY, Report
from application.ports import (
    AlreadyKept,
    Fingerprint,
    Heartbeat,
    Kept,
    NotFound,
    OrderTaken,
    StoreUnavailable,
    WriteUnconfirmed,
)
from application.push_payments import STOPPED_FOR
from application.start_payment import AccountStopped
from application.steps import finished
from domain.attempt import AttemptStatus
from domain.errors import IllegalTransition, InvalidValue, LunasError
from domain.events import EventType
from domain.merchant import Caller
from domain.money import Money
from domain.msisdn import Msisdn
from domain.outcome import Approved, Declined, Doubt, NotSent, Outcome, Unknown
from domain.payment import Change, Payment, Status
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix
from tests.memory_house import CALLER, OTHER, OVO, MemoryHouse, an_order

APPROVED = Approved("00", {"approval_code": "1"})
NO = Reason(ReasonCode.DECLINED_BY_CUSTOMER, "17", True, WhoCanFix.CUSTOMER, Texts("tidak", "no"))
DECLINED = Declined("17", NO)
MISCONFIGURED = Declined(
    "63", replace(NO, code=ReasonCode.PROVIDER_MISCONFIGURED), final=True, stops_account=True
)


@pytest.fixture
def house() -> MemoryHouse:
    return MemoryHouse()


def a_kept(payment: Payment, scope: str = "client:POST:/v1/payments:k1") -> Kept:
    mark = Fingerprint("key", "meaning")
    expires = payment.created_at + timedelta(days=30)
    return Kept(scope, mark, 202, {}, payment.id.encode(), expires)


def told(house: MemoryHouse, payment: Payment, outcome: Outcome) -> Payment:
    report = Report(payment.id, payment.attempts[-1].id, outcome)
    assert house.core.confirm()([report]) == []
    return house.get(payment)


def types(house: MemoryHouse) -> list[EventType]:
    return [event.type for event in house.store.events.unrelayed(100)]


# -- start ----------------------------------------------------------------------------------------


def test_a_start_is_stored_with_its_event_and_its_answer(house: MemoryHouse) -> None:
    payment = house.core.start()(CALLER, an_order(), a_kept)
    assert house.get(payment) == payment
    assert types(house) == [EventType.CREATED]
    kept = house.store.idempotency.find("client:POST:/v1/payments:k1")
    assert kept
    assert kept.body == payment.id.encode()


def test_the_same_key_again_starts_nothing(house: MemoryHouse) -> None:
    first = house.core.start()(CALLER, an_order("o1"), a_kept)
    with pytest.raises(AlreadyKept) as again:
        house.core.start()(CALLER, an_order("o2"), a_kept)
    assert again.value.kept.body == first.id.encode()
    assert len(types(house)) == 1


def test_an_order_is_paid_once_by_whichever_client(house: MemoryHouse) -> None:
    first = house.start("o1")
    with pytest.raises(OrderTaken) as live:
        house.start("o1", replace(CALLER, client_id="cli_9"))
    assert (live.value.payment_id, live.value.paid) == (first.id, False)
    told(house, house.claim(), APPROVED)
    with pytest.raises(OrderTaken) as paid:
        house.start("o1")
    assert paid.value.paid


def test_another_merchants_order_of_the_same_name_is_another(house: MemoryHouse) -> None:
    assert house.start("o1").id != house.start("o1", OTHER).id


def test_after_a_failure_the_order_may_be_started_again(house: MemoryHouse) -> None:
    payment = house.start("o1")
    house.core.cancel()(CALLER, payment.id)
    assert house.start("o1").status is Status.PENDING


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("amount", {"amount": Money(999)}),
        ("amount", {"amount": Money(10**12)}),
        ("expires_in", {"expires_in": timedelta(seconds=104)}),
        ("method", {"provider": "nobody"}),
    ],
)
def test_an_order_that_cannot_be_paid_is_refused_by_name(
    house: MemoryHouse, field: str, more: dict[str, object]
) -> None:
    with pytest.raises(InvalidValue) as refused:
        house.start("o1", CALLER, **more)
    assert refused.value.field == field
    assert types(house) == []


def test_the_shortest_life_is_told_and_lets_a_busy_worker_still_push(house: MemoryHouse) -> None:
    with pytest.raises(InvalidValue, match="at least 115 seconds"):
        house.start("o1", expires_in=timedelta(seconds=114))
    house.start("o1", expires_in=timedelta(seconds=115))
    house.clock.move(OVO.clocks.send_within.total_seconds())
    assert house.claim().status is Status.AWAITING_CUSTOMER


def test_without_an_account_nothing_is_started(house: MemoryHouse) -> None:
    with pytest.raises(AccountStopped):
        house.start("o1", Caller("cli_3", "mer_1", livemode=True))


def test_a_start_whose_acknowledgement_was_lost_is_read_back(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = house.store.payments.save

    def lose(change: Change, keep: Kept | None = None) -> None:
        save(change, keep)
        raise WriteUnconfirmed

    monkeypatch.setattr(house.store.payments, "save", lose)
    assert house.get(house.start()).status is Status.PENDING


def test_nobody_is_woken_before_a_start_is_durable(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[EventType]] = []
    monkeypatch.setattr(house.signal, "wake", lambda: seen.append(types(house)))
    steps = house.core.start().steps(CALLER, an_order())
    next(steps)
    assert seen == []
    finished(steps)
    assert seen == [[EventType.CREATED]]


def test_a_start_that_was_never_written_is_told_as_unavailable(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(change: object, keep: object = None) -> None:
        raise WriteUnconfirmed

    monkeypatch.setattr(house.store.payments, "save", lose)
    with pytest.raises(StoreUnavailable):
        house.start()
    assert types(house) == []


# -- push -----------------------------------------------------------------------------------------


def test_a_claim_is_durable_before_it_is_handed_out(house: MemoryHouse) -> None:
    payment = house.start()
    claims = house.core.push()(10)
    (claim,) = claims.to_send
    stored = house.get(payment)
    assert stored.status is Status.AWAITING_CUSTOMER
    assert stored.attempts == (claim.attempt,)
    assert claim.charge.leave_by == claim.attempt.claimed.uptime + timedelta(seconds=10)
    assert house.core.push()(10).to_send == []


def test_claims_stop_at_the_room_there_is(house: MemoryHouse) -> None:
    for number in range(5):
        house.start(f"o{number}")
    assert len(house.core.push()(2).to_send) == 2
    assert len(house.core.push()(10).to_send) == 3


def test_two_dispatchers_never_claim_the_same_payment(house: MemoryHouse) -> None:
    payment = house.start()
    due = house.store.payments.due
    stale = due("ovo", Status.PENDING, house.clock.at, 10)
    assert len(house.core.push()(10).to_send) == 1
    slower = MemoryHouse()
    reads: Any = Stale(house, stale)  # no more of a repository than this use case takes
    push = replace(house.core.push(), payments=reads)
    assert push(10).to_send == []
    assert len(house.get(payment).attempts) == 1
    assert slower.core.push()(1).to_send == []


class Stale:
    """A repository whose reads are old; its writes are the real ones."""

    def __init__(self, house: MemoryHouse, seen: object) -> None:
        self._seen = seen
        self.save_each = house.store.payments.save_each

    def due(self, *_: object, **__: object) -> object:
        return self._seen


def test_a_claim_whose_acknowledgement_was_lost_is_not_sent(house: MemoryHouse) -> None:
    payment = house.start()
    save_each = house.store.payments.save_each

    def lose(changes: Sequence[Change]) -> list[LunasError | None]:
        save_each(changes)
        return [WriteUnconfirmed()]

    claims = replace(house.core.push(), save_each=lose)(10)
    assert claims.to_send == []
    assert house.core.confirm()(claims.not_to_send) == []
    stored = house.get(payment)
    assert stored.status is Status.PENDING
    assert stored.attempts[0].status is AttemptStatus.NOT_SENT


def test_a_claim_that_was_never_written_needs_no_report(house: MemoryHouse) -> None:
    payment = house.start()
    claims = replace(house.core.push(), save_each=lambda _: [WriteUnconfirmed()])(10)
    assert house.core.confirm()(claims.not_to_send) == []
    assert house.get(payment).attempts == ()
    assert len(house.core.push()(10).to_send) == 1


def test_a_payment_too_old_to_push_rests_and_then_expires(house: MemoryHouse) -> None:
    payment = house.start("o1", expires_in=timedelta(seconds=120))
    house.clock.move(16)
    assert house.core.push()(10).to_send == []
    assert house.get(payment).due_at == payment.expires_at
    house.clock.move(104)
    assert house.core.push()(10).to_send == []
    assert house.get(payment).status is Status.EXPIRED


# -- confirm --------------------------------------------------------------------------------------


def test_an_outcome_recorded_twice_is_recorded_once(house: MemoryHouse) -> None:
    house.start()
    claimed = house.claim()
    first = told(house, claimed, APPROVED)
    again = told(house, claimed, APPROVED)
    assert again == first
    assert types(house).count(EventType.SUCCEEDED) == 1


def test_a_slower_writer_reads_and_decides_again(house: MemoryHouse) -> None:
    house.start()
    claimed = house.claim()
    house.core.cancel()(CALLER, claimed.id)
    report = Report(claimed.id, claimed.attempts[-1].id, DECLINED, known=claimed)
    assert house.core.confirm()([report]) == []
    assert house.get(claimed).status is Status.CANCELED


def test_an_outcome_is_held_while_the_store_is_away(house: MemoryHouse) -> None:
    house.start()
    claimed = house.claim()
    report = Report(claimed.id, claimed.attempts[-1].id, APPROVED, known=claimed)

    def away(changes: Sequence[Change]) -> list[LunasError | None]:
        return [StoreUnavailable() for _ in changes]

    (held,) = replace(house.core.confirm(), save_each=away)([report])
    assert held.known is None
    assert house.core.confirm()([held]) == []
    assert house.get(claimed).status is Status.SUCCEEDED


def test_one_outcome_that_cannot_be_written_keeps_no_other(house: MemoryHouse) -> None:
    house.start("o1")
    house.start("o2")
    claims = house.core.push()(10).to_send
    reports = [Report(c.payment.id, c.attempt.id, APPROVED) for c in claims]
    reports.insert(0, Report("pay_nobody", "att_1", APPROVED))
    assert house.core.confirm()(reports) == []
    assert all(house.get(c.payment).status is Status.SUCCEEDED for c in claims)


# -- a stopped account ----------------------------------------------------------------------------


def test_a_refused_account_stops_alone_and_its_payments_wait(house: MemoryHouse) -> None:
    house.start("o1")
    failed = told(house, house.claim(), MISCONFIGURED)
    assert failed.status is Status.FAILED
    with pytest.raises(AccountStopped):
        house.start("o2")
    assert house.start("o2", OTHER).status is Status.PENDING
    assert len(house.core.push()(10).to_send) == 1


def test_a_waiting_payment_of_a_stopped_account_stays_pending(house: MemoryHouse) -> None:
    house.start("o1")
    claimed = house.claim()
    waiting = house.start("o2")
    told(house, claimed, MISCONFIGURED)
    assert house.core.push()(10).to_send == []
    assert house.get(waiting).status is Status.PENDING
    house.clock.move(PROBE_EVERY.total_seconds())
    assert house.core.push()(10).to_send == []


def test_it_goes_on_soon_even_if_it_was_looked_at_while_the_probe_was_under_way(
    house: MemoryHouse,
) -> None:
    house.start("o1")
    claimed = house.claim()
    house.start("o2")
    told(house, claimed, MISCONFIGURED)
    house.clock.move(PROBE_EVERY.total_seconds())
    (probe,) = house.core.probe().due()
    assert house.core.push()(10).to_send == []
    assert house.core.probe().record(probe, Unknown(Doubt.NOT_FOUND, "25"))
    house.clock.move(STOPPED_FOR.total_seconds())
    assert len(house.core.push()(10).to_send) == 1


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        (APPROVED, True),
        (DECLINED, True),
        (Unknown(Doubt.NOT_FOUND, "25"), True),
        (Unknown(Doubt.PENDING, "68"), True),
        (Unknown(Doubt.UNHEARD_OF, "63", alarm=True, stops_account=True), False),
        (Unknown(Doubt.SILENCE), False),
        (Unknown(Doubt.CUT), False),
        (NotSent("away"), False),
    ],
)
def test_any_answer_but_a_refusal_of_the_account_lets_it_go_on(
    house: MemoryHouse, answer: Outcome, passes: bool
) -> None:
    house.start("o1")
    refused = told(house, house.claim(), MISCONFIGURED)
    assert house.core.probe().due() == []
    house.clock.move(PROBE_EVERY.total_seconds())
    (probe,) = house.core.probe().due()
    assert probe.charge.references == refused.attempts[-1].references
    assert house.core.probe().record(probe, answer) is passes
    account = house.store.accounts.get("mer_1", "ovo", livemode=False)
    assert (account.stopped is None) is passes
    assert house.core.probe().due() == []


# -- the merchant's wishes ------------------------------------------------------------------------


def test_anothers_payment_is_not_there(house: MemoryHouse) -> None:
    payment = house.start()
    for caller in (OTHER, replace(CALLER, livemode=True)):
        with pytest.raises(NotFound):
            house.core.cancel()(caller, payment.id)
        with pytest.raises(NotFound):
            house.core.request_push()(caller, payment.id, None, None)


def test_a_resend_on_another_number_is_a_new_attempt(house: MemoryHouse) -> None:
    payment = house.start()
    told(house, house.claim(), DECLINED)
    house.clock.move(15)
    number = Msisdn("081298765432")
    house.core.request_push()(CALLER, payment.id, number, None)
    again = house.claim()
    assert [a.phone and a.phone.digits for a in again.attempts] == ["081234567890", "081298765432"]
    assert told(house, again, APPROVED).status is Status.SUCCEEDED
    assert types(house).count(EventType.SUCCEEDED) == 1


def test_a_wish_that_changes_nothing_is_still_answered_once(house: MemoryHouse) -> None:
    payment = house.start()
    house.core.cancel()(CALLER, payment.id)
    house.core.cancel()(CALLER, payment.id, lambda p: a_kept(p, "k2"))
    with pytest.raises(AlreadyKept):
        house.core.cancel()(CALLER, payment.id, lambda p: a_kept(p, "k2"))


def test_a_paid_payment_cannot_be_canceled(house: MemoryHouse) -> None:
    payment = house.start()
    told(house, house.claim(), APPROVED)
    with pytest.raises(IllegalTransition):
        house.core.cancel()(CALLER, payment.id)


# -- upkeep ---------------------------------------------------------------------------------------


def test_what_nobody_answered_expires_once(house: MemoryHouse) -> None:
    payment = house.start()
    told(house, house.claim(), DECLINED)
    house.clock.move(3_599)
    assert house.core.expire()(10) == 0
    house.clock.move(1)
    assert house.core.expire()(10) == 1
    assert house.core.expire()(10) == 0
    assert house.get(payment).status is Status.EXPIRED


def test_a_lone_worker_finds_what_its_predecessor_left(house: MemoryHouse) -> None:
    payment = house.start()
    house.claim()
    assert house.core.abandon()(10) == 0, "its own calls are not lost"
    successor = replace(house.core.abandon(), worker="w2")
    assert successor(10) == 1
    stored = house.get(payment)
    assert stored.status is Status.UNKNOWN
    assert stored.attempts[0].status is AttemptStatus.UNKNOWN
    assert successor(10) == 0


def test_among_many_workers_only_a_silent_one_is_lost(house: MemoryHouse) -> None:
    house.start()
    house.claim()
    other = replace(house.core.abandon(), worker="w2", alone=False)
    house.store.heartbeats.beat(Heartbeat("w1", house.clock.at, None))
    assert other(10) == 0
    house.clock.move(11)
    assert other(10) == 1


def test_an_attempt_past_its_answer_deadline_is_unknown_even_if_its_worker_lives(
    house: MemoryHouse,
) -> None:
    payment = house.start()
    house.claim()
    grace = OVO.clocks.answer_within + OVO.clocks.skew
    house.clock.move(grace.total_seconds() - 1)
    assert house.core.abandon()(10) == 0
    house.clock.move(1)
    assert house.core.abandon()(10) == 1
    assert told(house, house.get(payment), APPROVED).status is Status.SUCCEEDED
