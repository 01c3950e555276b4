"""What every PaymentRepository promises of its writes, whatever it is made of."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Semaphore

import pytest

from application.ports import (
    AlreadyKept,
    EventQuery,
    NotFound,
    OrderOnHold,
    OrderTaken,
    ReferenceReused,
    StalePayment,
    StoreUnavailable,
    WriteUnconfirmed,
)
from application.steps import finished
from domain.errors import LunasError
from domain.events import EventType
from domain.msisdn import Msisdn
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, NotSent
from domain.payment import Change, Payment, Status
from tests.builders import (
    MERCHANT,
    RULES,
    a_cancellation,
    a_claim,
    a_decline,
    a_doubt,
    a_kept,
    a_settlement,
    a_start,
    a_story,
    after,
    an_approval,
    an_outcome_of,
)
from tests.contracts.stores import (
    THREADS,
    Accidents,
    HandClock,
    Store,
    StoreContract,
    refusals,
    together,
)

TOLD_WITHIN_SECONDS = 30
QR = CustomerStep(NextAction.SHOW_QR, url="https://wallet.example/q", qr="00020101021226")
STORIES = (
    a_story(),
    a_story(phone=None, customer=None, description=None, return_url=None, metadata={}),
    a_story(an_approval()),
    a_story(a_decline(), an_approval()),
    a_story(a_decline(final=True)),
    a_story(a_doubt()),
    a_story(Accepted("2004700", {"reference_no": "Q-1", "count": 2**70}, QR, after(90))),
    a_story(Accepted("201"), link_id="wl_1"),
    a_story(NotSent("connection refused"), livemode=True, merchant_id="mer_2"),
)


def saved(store: Store, *story: Change) -> Payment:
    """Save the changes in turn; the payment after them."""
    for change in story:
        store.payments.save(change)
    return story[-1].payment


class PaymentRepositoryContract(StoreContract):
    """Payments with their events, kept answers and references: all of a change, or nothing."""

    # -- round trips -----------------------------------------------------------------------------

    @pytest.mark.parametrize("story", STORIES)
    def test_each_version_comes_back_as_it_was_saved(
        self, store: Store, story: list[Change]
    ) -> None:
        for change in story:
            store.payments.save(change)
            assert store.payments.get(change.payment.id) == change.payment

    @pytest.mark.parametrize("story", STORIES)
    def test_each_event_keeps_the_payment_as_it_was_then(
        self, store: Store, story: list[Change]
    ) -> None:
        saved(store, *story)
        for event in (event for change in story for event in change.events):
            assert store.events.get(event.id) == event

    def test_the_wish_to_cancel_and_a_late_success_come_back(self, store: Store) -> None:
        payment = saved(store, *a_story(a_decline()))
        late = an_outcome_of(payment, an_approval())
        assert saved(store, late) == store.payments.get(payment.id)
        assert late.payment.has_open_late_success
        asked = saved(store, *(story := a_story()), a_claim(story[-1].payment))
        assert saved(store, a_cancellation(asked)) == store.payments.get(asked.id)

    def test_a_retry_with_another_number_keeps_both(self, store: Store) -> None:
        payment = saved(store, *a_story(a_decline()))
        other = Msisdn("089876543210")
        again = payment.ask_again(other, at=after(600), rules=RULES)
        payment = saved(store, again, a_claim(again.payment))
        known = store.payments.get(payment.id)
        assert [attempt.phone for attempt in known.attempts] == [payment.order.phone, other]

    def test_a_payment_that_nobody_saved_is_not_found(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.payments.get("pay_0")

    # -- compare and set -------------------------------------------------------------------------

    def test_the_slower_writer_is_told_and_leaves_no_trace(self, store: Store) -> None:
        payment = saved(store, a_start())
        claim = saved(store, a_claim(payment))
        slower = a_cancellation(payment)
        with pytest.raises(StalePayment):
            store.payments.save(slower, a_kept("slow"))
        assert store.payments.get(payment.id) == claim
        assert store.idempotency.find("slow") is None
        with pytest.raises(NotFound):
            store.events.get(slower.events[0].id)

    def test_a_version_that_skips_one_is_stale(self, store: Store) -> None:
        start = a_start()
        skipping = a_claim(saved(store, start))
        ahead = replace(skipping, payment=replace(skipping.payment, version=3))
        with pytest.raises(StalePayment):
            store.payments.save(ahead)

    def test_a_change_to_a_payment_that_is_not_there_is_stale(self, store: Store) -> None:
        with pytest.raises(StalePayment):
            store.payments.save(a_claim(a_start().payment))

    def test_the_same_start_again_is_stale_and_tells_nothing_twice(self, store: Store) -> None:
        start = a_start()
        saved(store, start)
        with pytest.raises(StalePayment):
            store.payments.save(start)
        assert len(store.events.unrelayed(10)) == 1

    def test_of_many_writers_at_once_one_wins(self, store: Store) -> None:
        payment = saved(store, a_start())
        claims = [a_claim(payment, worker=f"worker-{n}") for n in range(THREADS)]
        results = together([partial(store.payments.save, claim) for claim in claims])
        lost = refusals(results)
        assert [type(refusal) for refusal in lost] == [StalePayment] * (THREADS - 1)
        winner = claims[results.index(None)].payment
        assert store.payments.get(payment.id) == winner
        told = store.events.find(EventQuery(MERCHANT, livemode=False, payment_id=payment.id))
        assert sorted(event.sequence or 0 for event in told.items) == [1, 2]

    # -- one live payment for an order -----------------------------------------------------------

    def test_fifty_starts_of_one_order_make_one_payment(self, store: Store) -> None:
        starts = [a_start(order_id="o-1") for _ in range(THREADS)]
        results = together([partial(store.payments.save, start) for start in starts])
        winner = starts[results.index(None)].payment
        lost = [refusal for refusal in refusals(results) if isinstance(refusal, OrderTaken)]
        assert len(lost) == THREADS - 1
        assert {(refusal.payment_id, refusal.paid) for refusal in lost} == {(winner.id, False)}
        assert store.events.unrelayed(THREADS) == [
            e.head for e in starts[results.index(None)].events
        ]

    @pytest.mark.parametrize(
        ("story", "paid"),
        [
            (a_story(order_id="o-1"), False),
            (a_story(a_decline(), order_id="o-1"), False),
            (a_story(a_doubt(), order_id="o-1"), False),
            (a_story(an_approval(), order_id="o-1"), True),
        ],
    )
    def test_an_order_with_a_live_or_paid_payment_is_taken(
        self, store: Store, story: list[Change], *, paid: bool
    ) -> None:
        holder = saved(store, *story)
        with pytest.raises(OrderTaken) as taken:
            store.payments.save(a_start(order_id="o-1"))
        assert (taken.value.payment_id, taken.value.paid) == (holder.id, paid)

    def test_another_merchants_or_modes_order_is_another_order(self, store: Store) -> None:
        saved(store, a_start(order_id="o-1"))
        saved(store, a_start(order_id="o-1", livemode=True))
        saved(store, a_start(order_id="o-1", merchant_id="mer_2"))

    def test_an_order_may_be_started_again_once_its_payment_ended_unpaid(
        self, store: Store
    ) -> None:
        for _ in range(3):
            payment = saved(store, *a_story(a_decline(final=True), order_id="o-1"))
            assert payment.status is Status.FAILED
        assert saved(store, a_start(order_id="o-1")).live_order

    def test_an_ended_payment_cannot_take_its_order_back_from_another(self, store: Store) -> None:
        ended = saved(store, *a_story(a_decline(final=True), order_id="o-1"))
        holder = saved(store, a_start(order_id="o-1"))
        honoured = Change(replace(ended, status=Status.SUCCEEDED, version=ended.version + 1), ())
        with pytest.raises(OrderTaken) as taken:
            store.payments.save(honoured)
        assert taken.value.payment_id == holder.id
        assert store.payments.get(ended.id) == ended
        saved(store, a_cancellation(holder))
        assert saved(store, honoured) == store.payments.get(ended.id)

    def test_an_ended_payment_may_still_change_beside_the_orders_new_holder(
        self, store: Store
    ) -> None:
        ended = saved(store, *a_story(a_decline(final=True), order_id="o-1"))
        saved(store, a_start(order_id="o-1"))
        late = saved(store, an_outcome_of(ended, an_approval()))
        assert late.has_open_late_success
        assert store.payments.get(ended.id) == late

    def test_an_event_is_told_once_under_its_id(self, store: Store) -> None:
        start = a_start()
        payment = saved(store, start)
        claim = a_claim(payment)
        repeated = replace(claim, events=(replace(claim.events[0], id=start.events[0].id),))
        with pytest.raises(StalePayment):
            store.payments.save(repeated)
        assert store.payments.get(payment.id) == payment
        assert store.events.unrelayed(10) == [e.head for e in start.events]

    # -- late successes --------------------------------------------------------------------------

    @pytest.mark.parametrize("started_first", [False, True])
    def test_no_attempt_is_claimed_while_a_late_success_of_its_order_is_open(
        self, store: Store, *, started_first: bool
    ) -> None:
        ended = saved(store, *a_story(a_decline(final=True), order_id="o-1"))
        late = an_outcome_of(ended, an_approval())
        if started_first:
            waiting = saved(store, a_start(order_id="o-1"))
            held = saved(store, late)
        else:
            held = saved(store, late)
            waiting = saved(store, a_start(order_id="o-1"))
        other = saved(store, a_start(order_id="o-2"))
        for _ in range(2):
            refusals = store.payments.save_each([a_claim(waiting), a_claim(other)])
            assert isinstance(refusals[0], OrderOnHold)
        with pytest.raises(OrderOnHold):
            store.payments.save(a_claim(waiting))
        assert store.payments.get(waiting.id) == waiting
        assert store.payments.get(other.id).status is Status.AWAITING_CUSTOMER
        saved(store, a_settlement(held))
        assert saved(store, a_claim(waiting)).status is Status.AWAITING_CUSTOMER

    def test_what_is_no_claim_is_not_held_up_by_a_late_success(self, store: Store) -> None:
        ended = saved(store, *a_story(a_decline(final=True), order_id="o-1"))
        waiting = saved(store, a_start(order_id="o-1"))
        claimed = saved(store, a_claim(waiting))
        saved(store, an_outcome_of(ended, an_approval()))
        assert saved(store, an_outcome_of(claimed, a_decline())).status is Status.REQUIRES_RETRY

    def test_a_late_success_that_was_not_written_holds_nothing_up_for_ever(
        self, store: Store, clock: HandClock
    ) -> None:
        ended = saved(store, *a_story(a_decline(final=True), order_id="o-1"))
        late = an_outcome_of(ended, an_approval())
        stale = replace(late, payment=replace(late.payment, version=ended.version + 2))
        waiting = saved(store, a_start(order_id="o-1"))
        with pytest.raises(StalePayment):
            store.payments.save(stale)
        clock.move(timedelta(minutes=3))
        assert saved(store, a_claim(waiting)).status is Status.AWAITING_CUSTOMER

    def test_claims_and_late_successes_at_once_leave_no_claim_made_after_one(
        self, store: Store
    ) -> None:
        for number in range(8):
            order = f"race-{number}"
            ended = saved(store, *a_story(a_decline(final=True), order_id=order))
            waiting = saved(store, a_start(order_id=order))
            late = an_outcome_of(ended, an_approval())
            together(
                [partial(store.payments.save, late)]
                + [partial(store.payments.save, a_claim(waiting)) for _ in range(3)]
            )
            assert store.payments.get(ended.id).has_open_late_success
            known = store.payments.get(waiting.id)
            if known.status is Status.PENDING:
                with pytest.raises(OrderOnHold):
                    store.payments.save(a_claim(known))

    # -- references ------------------------------------------------------------------------------

    def test_a_reference_serves_one_attempt_for_ever(self, store: Store) -> None:
        first, second = saved(store, a_start()), saved(store, a_start())
        saved(store, a_claim(first, unique=("t|m|1", "invoice-1")))
        with pytest.raises(ReferenceReused):
            store.payments.save(a_claim(second, unique=("t|m|2", "invoice-1")), a_kept("reused"))
        assert store.payments.get(second.id) == second
        assert store.idempotency.find("reused") is None
        saved(store, a_claim(second, unique=("t|m|2", "invoice-2")))

    def test_a_reference_of_an_ended_payment_is_not_free_again(self, store: Store) -> None:
        story = a_story()
        claim = a_claim(story[-1].payment, unique=("t|m|1",))
        saved(store, *story, claim, an_outcome_of(claim.payment, a_decline(final=True)))
        other = saved(store, a_start())
        with pytest.raises(ReferenceReused):
            store.payments.save(a_claim(other, unique=("t|m|1",)))

    def test_two_attempts_of_one_payment_cannot_share_a_reference(self, store: Store) -> None:
        claim = a_claim(saved(store, a_start()), unique=("t|m|1",))
        declined = saved(store, claim, an_outcome_of(claim.payment, a_decline()))
        again = saved(store, declined.ask_again(None, at=after(600), rules=RULES))
        with pytest.raises(ReferenceReused):
            store.payments.save(a_claim(again, unique=("t|m|1",)))

    def test_a_payment_is_found_by_a_reference_of_any_of_its_attempts(self, store: Store) -> None:
        claim = a_claim(saved(store, a_start()), unique=("qris:A", "qris:B"))
        declined = saved(store, claim, an_outcome_of(claim.payment, a_decline()))
        again = declined.ask_again(None, at=after(600), rules=RULES)
        second = a_claim(saved(store, again), unique=("qris:C",))
        saved(store, second)
        for key in ("qris:A", "qris:B", "qris:C"):
            assert store.payments.of_reference(key) == second.payment
        with pytest.raises(NotFound):
            store.payments.of_reference("qris:D")

    def test_a_reference_that_was_never_written_names_nothing(self, store: Store) -> None:
        payment = saved(store, a_start())
        stale = a_claim(payment, unique=("qris:A",))
        saved(store, a_claim(payment))
        with pytest.raises(StalePayment):
            store.payments.save(stale)
        with pytest.raises(NotFound):
            store.payments.of_reference("qris:A")

    def test_an_attempt_that_the_provider_has_accepted_is_held_by_nobody(
        self, store: Store
    ) -> None:
        claim = a_claim(saved(store, a_start()), worker="w1")
        saved(store, claim)
        assert store.payments.stranded("ovo", ["w2"], 10) == [claim.payment]
        saved(store, an_outcome_of(claim.payment, Accepted("201", step=QR)))
        assert store.payments.stranded("ovo", ["w2"], 10) == []

    def test_two_attempts_written_together_cannot_share_a_reference_either(
        self, store: Store
    ) -> None:
        claim = a_claim(saved(store, a_start()), unique=("t|m|1",))
        (attempt,) = claim.payment.attempts
        twins = (attempt, replace(attempt, id="att_2", number=2))
        with pytest.raises(ReferenceReused):
            store.payments.save(replace(claim, payment=replace(claim.payment, attempts=twins)))

    def test_of_many_changes_one_with_a_used_reference_leaves_no_trace(self, store: Store) -> None:
        first, second = saved(store, a_start()), saved(store, a_start())
        claims = [a_claim(payment, unique=("t|m|1",)) for payment in (first, second)]
        results = store.payments.save_each(claims)
        assert [type(result) for result in results] == [type(None), ReferenceReused]
        assert store.payments.get(second.id) == second
        assert len(store.events.unrelayed(10)) == 3

    # -- kept answers ----------------------------------------------------------------------------

    def test_the_answer_is_kept_with_its_effect(self, store: Store) -> None:
        kept = a_kept()
        store.payments.save(a_start(), kept)
        assert store.idempotency.find(kept.scope) == kept

    def test_the_same_key_has_one_effect_however_many_ask_at_once(self, store: Store) -> None:
        starts = [a_start() for _ in range(THREADS)]
        keeps = [a_kept("one-key", body=start.payment.id.encode()) for start in starts]
        results = together(
            [partial(store.payments.save, s, k) for s, k in zip(starts, keeps, strict=True)]
        )
        winner = keeps[results.index(None)]
        answers = [
            refusal.kept for refusal in refusals(results) if isinstance(refusal, AlreadyKept)
        ]
        assert answers == [winner] * (THREADS - 1)
        assert len(store.events.unrelayed(THREADS)) == 1

    def test_a_used_key_is_told_before_a_taken_order(self, store: Store) -> None:
        store.payments.save(a_start(order_id="o-1"), a_kept("k"))
        with pytest.raises(AlreadyKept):
            store.payments.save(a_start(order_id="o-1"), a_kept("k"))
        with pytest.raises(OrderTaken):
            store.payments.save(a_start(order_id="o-1"), a_kept("other"))
        assert store.idempotency.find("other") is None

    def test_a_used_key_is_told_before_a_stale_version(self, store: Store) -> None:
        start = a_start()
        store.payments.save(start, a_kept("k"))
        with pytest.raises(AlreadyKept):
            store.payments.save(start, a_kept("k"))

    # -- a save in steps -------------------------------------------------------------------------

    def test_a_save_in_steps_is_durable_after_the_last_and_tells_when_that_may_be_taken(
        self, store: Store
    ) -> None:
        start, kept = a_start(), a_kept()
        for awaited in store.payments.saving(start, kept):
            if awaited is not None:
                told = Semaphore(0)
                awaited.tell(told.release)
                assert told.acquire(timeout=TOLD_WITHIN_SECONDS)
        assert store.payments.get(start.payment.id) == start.payment
        assert store.idempotency.find(kept.scope) == kept

    def test_what_is_refused_is_told_by_the_steps_of_its_save(self, store: Store) -> None:
        store.payments.save(a_start(order_id="o-1"))
        with pytest.raises(OrderTaken):
            finished(store.payments.saving(a_start(order_id="o-1")))

    # -- many at once ----------------------------------------------------------------------------

    def test_each_change_of_many_is_judged_on_its_own(self, store: Store) -> None:
        payment = saved(store, a_start(order_id="o-1"))
        claim = a_claim(payment, unique=("t|m|1",))
        changes = [
            claim,
            a_start(order_id="o-1"),
            a_cancellation(payment),
            a_start(order_id="o-2"),
            an_outcome_of(claim.payment, an_approval()),
        ]
        results = store.payments.save_each(changes)
        assert [type(result) for result in results] == [
            type(None),
            OrderTaken,
            StalePayment,
            type(None),
            type(None),
        ]
        assert store.payments.get(payment.id).status is Status.SUCCEEDED
        assert Counter(event.type for event in store.events.unrelayed(10)) == {
            EventType.CREATED: 2,
            EventType.AWAITING_CUSTOMER: 1,
            EventType.SUCCEEDED: 1,
        }

    def test_nothing_to_save_is_nothing(self, store: Store) -> None:
        assert list(store.payments.save_each([])) == []

    # -- accidents -------------------------------------------------------------------------------

    def test_a_write_that_failed_left_nothing(self, store: Store, accidents: Accidents) -> None:
        start, kept = a_start(), a_kept()
        accidents.fail()
        with pytest.raises(StoreUnavailable) as refused:
            store.payments.save(start, kept)
        assert not isinstance(refused.value, WriteUnconfirmed)
        assert [type(r) for r in store.payments.save_each([start])] == [StoreUnavailable]
        accidents.stop()
        assert store.idempotency.find(kept.scope) is None
        saved(store, start)

    def test_a_write_whose_acknowledgement_was_lost_can_be_read_back(
        self, store: Store, accidents: Accidents
    ) -> None:
        start = a_start()
        accidents.lose_acknowledgements()
        with pytest.raises(WriteUnconfirmed):
            store.payments.save(start)
        results = store.payments.save_each([a_claim(start.payment)])
        assert [type(result) for result in results] == [WriteUnconfirmed]
        accidents.stop()
        assert store.payments.get(start.payment.id).version == 2
        with pytest.raises(LunasError):
            store.payments.save(start)
