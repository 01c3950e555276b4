"""The payment driven in any order, on any clock, beside a little wallet that keeps the truth."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adapters.outbound.codec import Codec
from domain import hinting, refunding, resolving, reviewing
from domain.asking import Answer
from domain.attempt import CONCLUDED, AttemptStatus, References
from domain.errors import LunasError
from domain.events import Event, EventType
from domain.exception_record import Action, ExceptionKind
from domain.follow_up import OPEN_VOIDS
from domain.ids import IdKind
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Order
from domain.outcome import Approved, Doubt, NotSent, Outcome, Unknown
from domain.payment import TRANSITIONS, Change, Payment, Status
from domain.refund import RefundKind, RefundStatus
from domain.reviewing import Verdict
from domain.rules import LateSuccess, Rules
from domain.settling import Knowledge
from tests.builders import a_keyring
from tests.unit.domain.story import AMOUNT, DAY, HOUR, MINUTE, NOON, SECOND, TICK
from tests.unit.domain.test_payment import DECLINED, REFUSED
from tests.unit.domain.wallet_model import Fate, Pushed, Sent, WalletModel

PROFILE = "more"
LOOK = (
    settings.get_profile(PROFILE)
    if settings.get_current_profile_name() == PROFILE
    else settings(
        max_examples=30,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
)
CODEC = Codec(a_keyring())
ANYBODY = Verdict("siti", "looked at the file", "file")
NO_CASH = (Status.FAILED, Status.EXPIRED, Status.CANCELED, Status.REQUIRES_RETRY, Status.PENDING)
WAITS = st.sampled_from(
    [TICK, SECOND, 5 * SECOND, 15 * SECOND, 20 * SECOND, MINUTE, 15 * MINUTE, 6 * HOUR, 3 * DAY]
)
LIES = st.sampled_from(
    [
        Approved("00", {}, None, "somebody's", NOON),
        Approved("00"),
        DECLINED,
        REFUSED,
        NotSent("no connection"),
        *(Unknown(doubt) for doubt in Doubt),
        Unknown(Doubt.EMPTY_404, after=timedelta(seconds=55)),
    ]
)


class Driven(RuleBasedStateMachine):
    """What holds whatever the wallet says: this one lies as it likes."""

    honest = False

    def __init__(self) -> None:
        super().__init__()
        self.now = timedelta(0)
        self.wallet = WalletModel()
        self.sent: list[Sent] = []
        self.events: list[Event] = []
        self.succeeded_before = 0
        self.numbers = 0

    @initialize(
        late=st.sampled_from(LateSuccess),
        attempts=st.sampled_from([1, 2, 5]),
        expires=st.sampled_from([2 * MINUTE, HOUR, DAY]),
        lost=st.booleans(),
    )
    def begins(self, late: LateSuccess, attempts: int, expires: timedelta, lost: bool) -> None:
        self.set_rules = Rules(late_success=late, most_attempts=attempts)
        order = Order("o1", Money(AMOUNT), "ovo_push", "ovo", expires, Msisdn("081234567890"))
        start = Payment.start(
            id="pay_1",
            merchant_id="mer_1",
            livemode=False,
            order=order,
            at=self.at,
            event_id=self.an_id(IdKind.EVENT),
        )
        self.payment = start.payment
        self.events += start.events
        self.push()
        if lost:
            self.worker_dies()

    # -- its tools -------------------------------------------------------------------------------

    @property
    def at(self) -> datetime:
        return NOON + self.now

    def moment(self, age: timedelta | None = None) -> Moment:
        age = self.now if age is None else age
        return Moment(NOON + age, "boot", HOUR + age)

    def an_id(self, kind: IdKind) -> str:
        self.numbers += 1
        return f"{kind}_{self.numbers:032x}"

    def known(self, *, is_new: bool = True) -> Knowledge:
        return Knowledge(self.at, self.set_rules, self.an_id, is_new)

    def step(self, decide: Callable[[], Change | None]) -> bool:
        """Take it, and see that it is one that may be taken; a refused one leaves no trace."""
        before = self.payment
        try:
            change = decide()
        except LunasError:
            assert self.payment is before
            return False
        if change is None:
            return False
        after = change.payment
        assert after.status in {before.status, *TRANSITIONS[before.status]}
        assert after.version == before.version + 1
        assert [e.sequence for e in change.events] == [
            before.sequence + n for n in range(1, len(change.events) + 1)
        ]
        assert after.sequence == before.sequence + len(change.events)
        assert all(e.subject is after for e in change.events)
        assert after.history[: len(before.history)] == before.history
        assert len(after.attempts) >= len(before.attempts)
        assert {e.id for e in before.exceptions} <= {e.id for e in after.exceptions}
        self.events += change.events
        self.payment = after
        return True

    def twice(self, decide: Callable[[], Change | None]) -> bool:
        """The same again writes nothing."""
        moved = self.step(decide)
        if moved:
            before = self.payment
            assert not self.step(decide), "recorded twice"
            assert self.payment is before
        return moved

    # -- what Lunas does -------------------------------------------------------------------------

    @rule(wait=WAITS)
    def time_passes(self, wait: timedelta) -> None:
        self.now += wait

    @precondition(lambda self: self.payment.ask_at is not None and self.payment.ask_at > self.at)
    @rule(more=st.sampled_from([-TICK, timedelta(0), SECOND]))
    def it_is_time_to_ask(self, more: timedelta) -> None:
        assert self.payment.ask_at
        self.now = max(self.now, self.payment.ask_at - NOON + more)

    @rule()
    def push(self) -> None:
        number = len(self.payment.attempts) + 1
        claimed = self.step(
            lambda: self.payment.push(
                attempt_id=f"att_{number}",
                references=References({"reference_no": number}, (f"ref:{number}",)),
                claim=self.moment(),
                worker="w1",
                rules=self.set_rules,
                new_event_id=lambda: self.an_id(IdKind.EVENT),
            )
        )
        if claimed:
            self.wallet.pushes.append(Pushed(number, self.now))

    @rule()
    def ask_again(self) -> None:
        self.step(lambda: self.payment.ask_again(None, at=self.at, rules=self.set_rules))

    @rule()
    def ask(self) -> None:
        step = resolving.ask(self.payment, self.moment(), self.known())
        if step is None:
            return
        self.step(lambda: step.change)
        if step.question is not None:
            pushed = self.wallet.pushes[self.payment.attempt(step.attempt_id).number - 1]
            self.sent.append(Sent(pushed, step.question.kind, step.question.number, self.now))

    def ask_in_time(self) -> Sent | None:
        """What is asked next, at the moment when it is due."""
        if self.payment.ask_at is None:
            return None
        self.now = max(self.now, self.payment.ask_at - NOON)
        before = len(self.sent)
        self.ask()
        return self.sent[-1] if len(self.sent) > before else None

    @rule()
    def hasten(self) -> None:
        self.step(lambda: hinting.hasten(self.payment, self.at, self.set_rules))

    @rule()
    def expire(self) -> None:
        ids = lambda: self.an_id(IdKind.EVENT)  # noqa: E731  a name for a port of one method
        self.twice(lambda: self.payment.expire(at=self.at, new_event_id=ids))

    @rule()
    def cancel(self) -> None:
        ids = lambda: self.an_id(IdKind.EVENT)  # noqa: E731  a name for a port of one method
        self.twice(lambda: self.payment.cancel(at=self.at, new_event_id=ids))

    @rule()
    def worker_dies(self) -> None:
        if attempt := self.payment.live_attempt:
            lost = Unknown(Doubt.WORKER_LOST)
            self.twice(lambda: self.payment.record(attempt.id, lost, known=self.known()))

    # -- what people do --------------------------------------------------------------------------

    @rule(rupiah=st.sampled_from([None, 1, 20_000, AMOUNT]))
    def refund(self, rupiah: int | None) -> None:
        amount = None if rupiah is None else Money(rupiah)
        self.step(
            lambda: refunding.request(
                self.payment, amount, reason="r", actor="chat", known=self.known()
            )
        )

    @precondition(lambda self: self.payment.refunds)
    @rule(data=st.data(), succeeded=st.booleans())
    def close_refund(self, data: st.DataObject, succeeded: bool) -> None:
        refund = data.draw(st.sampled_from(self.payment.refunds))
        self.twice(
            lambda: refunding.close(
                self.payment,
                refund.id,
                succeeded=succeeded,
                actor="siti",
                reason="r",
                evidence="e",
                known=self.known(),
            )
        )

    @precondition(lambda self: self.payment.status is Status.UNKNOWN)
    @rule(paid=st.booleans(), waits=st.sampled_from([timedelta(0), 2 * MINUTE]))
    def resolve(self, paid: bool, waits: timedelta) -> None:
        self.now += waits
        if self.honest and (attempt := self.payment.live_attempt):
            paid = self.wallet.pushes[attempt.number - 1].kept
        self.step(
            lambda: reviewing.resolve(
                self.payment, paid=paid, verdict=ANYBODY, now=self.moment(), known=self.known()
            )
        )

    @precondition(lambda self: self.payment.exceptions)
    @rule(data=st.data(), action=st.sampled_from(Action))
    def close_exception(self, data: st.DataObject, action: Action) -> None:
        record = data.draw(st.sampled_from(self.payment.exceptions))
        if self.honest:
            kept = self.wallet.pushes[self.payment.attempt(record.attempt_id).number - 1].kept
            honest = {Action.PAID: kept, Action.NOT_PAID: not kept, Action.HONOUR: kept}
            honest[Action.RETURNED] = not kept
            if not honest.get(action, True):
                return
        self.step(
            lambda: reviewing.close(
                self.payment,
                record.id,
                action,
                verdict=ANYBODY,
                now=self.moment(),
                known=self.known(),
            )
        )

    # -- what the wallet says --------------------------------------------------------------------

    def record(self, push: Pushed, outcome: Outcome, *, is_new: bool = True) -> None:
        self.twice(
            lambda: self.payment.record(
                f"att_{push.number}", outcome, known=self.known(is_new=is_new)
            )
        )

    def hear(self, sent: Sent, outcome: Outcome, *, is_new: bool = True) -> None:
        answer = Answer(sent.kind, sent.number, self.moment(sent.sent), outcome)
        attempt_id = f"att_{sent.attempt.number}"
        known = self.known(is_new=is_new)
        self.twice(lambda: resolving.hear(self.payment, attempt_id, answer, known))

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def the_events_of_a_payment_are_numbered_without_holes(self) -> None:
        assert [e.sequence for e in self.events] == list(range(1, self.payment.sequence + 1))
        assert len({e.id for e in self.events}) == len(self.events)

    @invariant()
    def a_success_is_told_exactly_once(self) -> None:
        told = sum(e.type is EventType.SUCCEEDED for e in self.events)
        paid = {Status.SUCCEEDED, Status.PARTIALLY_REFUNDED, Status.REFUNDED}
        assert told == (self.payment.status in paid)

    @invariant()
    def no_more_goes_back_than_was_paid(self) -> None:
        payment = self.payment
        asked = sum(refund.amount.rupiah for refund in payment.refunds if refund.counts)
        gone = sum(
            refund.amount.rupiah
            for refund in payment.refunds
            if refund.status is RefundStatus.SUCCEEDED
        )
        assert gone == payment.amount_refunded.rupiah <= asked <= payment.order.amount.rupiah
        assert (payment.status is Status.REFUNDED) is (gone == payment.order.amount.rupiah)
        assert (payment.status is Status.PARTIALLY_REFUNDED) is (0 < gone < AMOUNT)

    @invariant()
    def at_most_three_reversals_and_voids_are_decided(self) -> None:
        for attempt in self.payment.attempts:
            follow_up = attempt.follow_up
            assert len(follow_up.reversals) <= self.set_rules.most_reversals
            assert (
                follow_up.void is None or len(follow_up.void.decisions) <= self.set_rules.most_voids
            )
            numbers = [d.number for d in follow_up.reversals]
            assert len(set(numbers)) == len(numbers)
            late = follow_up.reversals[2:]
            assert all(
                d.decided.since(attempt.claimed) >= self.set_rules.clocks.horizon for d in late
            )

    @invariant()
    def what_is_unknown_is_asked_about_or_looked_at(self) -> None:
        if self.payment.status is Status.UNKNOWN:
            assert self.payment.ask_at is not None or any(e.open for e in self.payment.exceptions)

    @invariant()
    def what_waits_for_the_wallet_has_one_live_attempt(self) -> None:
        live = [attempt for attempt in self.payment.attempts if attempt.live]
        waits = self.payment.status in {Status.AWAITING_CUSTOMER, Status.UNKNOWN}
        assert len(live) == int(waits)
        approved = [a for a in self.payment.attempts if a.status is AttemptStatus.APPROVED]
        assert len(approved) == int(not waits and self.payment.status not in NO_CASH)

    @invariant()
    def what_is_open_is_due(self) -> None:
        waits = {Status.PENDING, Status.REQUIRES_RETRY, Status.AWAITING_CUSTOMER}
        assert (self.payment.due_at is not None) is (self.payment.status in waits)

    @invariant()
    def an_open_void_of_the_wallets_is_asked_about_or_looked_at(self) -> None:
        for refund in self.payment.refunds:
            if refund.kind is RefundKind.VOID and refund.status in {
                RefundStatus.PENDING,
                RefundStatus.UNKNOWN,
            }:
                attempt = self.payment.attempt(refund.attempt_id)
                void = attempt.follow_up.void
                assert void
                assert void.status in OPEN_VOIDS
                told = any(
                    e.kind is ExceptionKind.REFUND_UNRESOLVED for e in self.payment.exceptions
                )
                assert attempt.follow_up.ask_at is not None or told

    def teardown(self) -> None:
        if self.numbers:
            assert CODEC.decode_payment(CODEC.encode_payment(self.payment)) == self.payment


class Lied(Driven):
    """The wallet says anything, about anything, at any time."""

    @rule(data=st.data(), outcome=LIES, is_new=st.booleans())
    def the_push_is_answered(self, data: st.DataObject, outcome: Outcome, is_new: bool) -> None:
        self.record(data.draw(st.sampled_from(self.wallet.pushes)), outcome, is_new=is_new)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), outcome=LIES, is_new=st.booleans())
    def a_question_is_answered(self, data: st.DataObject, outcome: Outcome, is_new: bool) -> None:
        self.hear(data.draw(st.sampled_from(self.sent[-6:])), outcome, is_new=is_new)

    @precondition(lambda self: self.payment.ask_at)
    @rule(outcomes=st.lists(LIES, min_size=1, max_size=8), is_new=st.booleans())
    def the_next_questions_are_answered(self, outcomes: list[Outcome], is_new: bool) -> None:
        for outcome in outcomes:
            if sent := self.ask_in_time():
                self.hear(sent, outcome, is_new=is_new)


class Honest(Driven):
    """The wallet keeps to its clocks and never lies; its answers may be lost, late and doubled."""

    honest = True

    def pushes(self, *fates: Fate) -> list[Pushed]:
        return [push for push in self.wallet.pushes if push.fate in fates]

    @precondition(lambda self: any(p.may_still_move(self.now) for p in self.wallet.pushes))
    @rule(paid=st.sampled_from([True, True, False]))
    def the_customer_taps(self, paid: bool) -> None:
        push = next(p for p in self.wallet.pushes if p.may_still_move(self.now))
        if paid:
            push.approve(self.now)
        else:
            push.fate = Fate.DECLINED

    @precondition(lambda self: self.pushes(Fate.WAITING))
    @rule(never_sent=st.sampled_from([False, False, True]))
    def nobody_taps(self, never_sent: bool) -> None:
        push = self.pushes(Fate.WAITING)[0]
        attempt = self.payment.attempts[push.number - 1]
        fresh = attempt.status is AttemptStatus.WAITING
        push.fate = Fate.NEVER_SENT if never_sent and fresh else Fate.ENDED

    @precondition(lambda self: self.wallet.pushes)
    @rule(data=st.data(), lost=st.booleans())
    def the_push_is_answered(self, data: st.DataObject, lost: bool) -> None:
        push = data.draw(st.sampled_from(self.wallet.pushes))
        outcome = push.answer()
        answered = self.payment.attempts[push.number - 1]
        if push.fate is Fate.NEVER_SENT and answered.follow_up.asked:
            return
        self.record(push, Unknown(Doubt.SILENCE) if lost else outcome)

    @invariant()
    def windows_end(self) -> None:
        for push in self.pushes(Fate.WAITING):
            if not push.may_still_move(self.now):
                push.fate = Fate.ENDED

    @precondition(lambda self: any(self._under_way(s) for s in self.sent))
    @rule(data=st.data(), lagging=st.booleans())
    def a_question_arrives(self, data: st.DataObject, lagging: bool) -> None:
        sent = data.draw(st.sampled_from([s for s in self.sent if self._under_way(s)]))
        sent.arrive(self.now, lagging=lagging)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), lost=st.sampled_from([False, False, True]))
    def a_question_is_answered(self, data: st.DataObject, lost: bool) -> None:
        sent = data.draw(st.sampled_from(self.sent[-6:]))
        outcome = sent.answer
        self.hear(sent, Unknown(Doubt.SILENCE) if lost or outcome is None else outcome)

    @precondition(lambda self: self.payment.ask_at)
    @rule(ways=st.lists(st.sampled_from(["heard", "lagging", "silent", "lost"]), max_size=8))
    def the_next_questions_are_answered(self, ways: list[str]) -> None:
        for way in ways:
            sent = self.ask_in_time()
            self.windows_end()
            if sent is None or way == "lost":
                continue
            sent.arrive(self.now, lagging=way == "lagging")
            assert sent.answer is not None
            self.hear(sent, Unknown(Doubt.SILENCE) if way == "silent" else sent.answer)

    def _under_way(self, sent: Sent) -> bool:
        return sent.answer is None and self.now <= sent.sent + timedelta(seconds=10)

    # -- the ledger ------------------------------------------------------------------------------

    @invariant()
    def nobody_is_charged_twice(self) -> None:
        could = [p for p in self.wallet.pushes if p.kept or p.may_still_move(self.now)]
        assert len(could) <= 1

    @invariant()
    def what_is_called_not_charged_is_not_and_never_will_be(self) -> None:
        for push in self.wallet.pushes:
            attempt = self.payment.attempts[push.number - 1]
            if attempt.status in CONCLUDED:
                assert not push.kept
                assert not push.may_still_move(self.now)

    @invariant()
    def what_is_called_paid_was_paid(self) -> None:
        for push in self.wallet.pushes:
            attempt = self.payment.attempts[push.number - 1]
            if attempt.status is AttemptStatus.APPROVED:
                assert push.paid_at is not None
                void = attempt.follow_up.void
                assert push.kept or (push.fate is Fate.VOIDED and void and void.decisions)

    @invariant()
    def what_the_wallet_keeps_is_paid_or_still_unknown(self) -> None:
        for push in self.wallet.kept:
            attempt = self.payment.attempts[push.number - 1]
            assert attempt.live or attempt.status is AttemptStatus.APPROVED

    def teardown(self) -> None:
        if self.numbers:
            self._let_it_end()
        super().teardown()

    def _let_it_end(self) -> None:
        """From here on every answer arrives: the truth is found, or a person is told."""
        live = self.payment.live_attempt
        if live and live.status is AttemptStatus.WAITING:
            self.worker_dies()
        for _ in range(60):
            if self.payment.ask_at is None:
                break
            self.the_next_questions_are_answered(["heard"])
            self.nobody_is_charged_twice()
            self.what_is_called_not_charged_is_not_and_never_will_be()
            self.what_is_called_paid_was_paid()
            self.what_the_wallet_keeps_is_paid_or_still_unknown()
            self.a_success_is_told_exactly_once()
        assert self.payment.ask_at is None
        if self.payment.status is Status.UNKNOWN:
            assert any(e.open for e in self.payment.exceptions)


def test_whatever_the_wallet_says_the_record_holds_together() -> None:
    run_state_machine_as_test(Lied, settings=LOOK)


def test_an_honest_wallets_money_is_never_lost_doubled_or_invented() -> None:
    run_state_machine_as_test(Honest, settings=LOOK)
