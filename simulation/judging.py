"""The other providers' ledgers, and what left for them, as the invariants ask for it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from application.invariants import Charge
from domain.attempt import Attempt
from domain.follow_up import QuestionKind, VoidStatus
from domain.payment import Payment
from domain.refund import Refund, RefundKind, RefundStatus
from simulation.house import House
from simulation.mixing import Left


def charges(house: House) -> dict[str, Charge]:
    """The ledgers by attempt."""
    mix = house.mix
    assert mix is not None
    first = [left for left in mix.left if not left.again]
    sent = Counter(left.attempt_id for left in first if left.kind is None)
    reversals = Counter(left.attempt_id for left in first if left.kind is QuestionKind.REVERSAL)
    found = {}
    for attempt in _attempts(house):
        charge = mix.charge_of(attempt)
        heard = 0 if charge is None or house.switches.doubled_request else charge.times_heard
        held: tuple[tuple[datetime, datetime | None], ...] = ()
        if charge is not None and charge.paid_at is not None:
            held = ((charge.paid_at, charge.given_back_at),)
        found[attempt.id] = Charge(
            attempt.id,
            max(sent[attempt.id], heard),
            held,
            reversals[attempt.id],
            house.saved.ended.get(attempt.id),
        )
    return found


def judge_what_left(house: House) -> None:
    """No byte before its claim is written, nor later than its deadline; refunds once each."""
    mix = house.mix
    assert mix is not None
    attempts = {attempt.id: attempt for attempt in _attempts(house)}
    payments = {
        attempt.id: payment
        for payment in house.store.state.payments.values()
        for attempt in payment.attempts
    }
    for left in mix.left:
        attempt = attempts.get(left.attempt_id)
        if attempt is None:
            house.breach(3, "what is sent was written down", "", left.attempt_id)
            continue
        since = _since(left, attempt, payments[attempt.id])
        if since is None:
            house.breach(6, "nothing is taken back without a decision", "", attempt.id)
        elif not house.switches.unseen_pause:
            late = left.at - since - mix.providers[left.provider].clocks.send_within
            if late > timedelta(0):
                house.breach(3, "nothing leaves after its deadline", attempt.id, f"{late}")
    for payment in payments.values():
        _judge_refunds(house, payment)
    for received in house.store.state.inbox.values():
        if received.due_at is not None:
            house.breach(14, "each notification has its verdict", "", received.notice.id)


def _judge_refunds(house: House, payment: Payment) -> None:
    """What the ledger gave back is what our record says, no more and no less."""
    mix = house.mix
    assert mix is not None
    for attempt in payment.attempts:
        charge = None if attempt.provider == "ovo" else mix.charge_of(attempt)
        if charge is None:
            continue
        refunds = [r for r in payment.refunds if r.attempt_id == attempt.id]
        detail = unexplained(attempt, refunds, amount=charge.amount, returned=charge.returned)
        reviewed = any(record.attempt_id == attempt.id for record in payment.exceptions)
        if detail and not reviewed:
            house.breach(11, "what went back is what is told", payment.id, detail)


def unexplained(
    attempt: Attempt, refunds: Sequence[Refund], *, amount: int, returned: int
) -> str | None:
    """What is wrong where of `amount` rupiah so many went back, and our record of this attempt
    says something else.
    """
    void = attempt.follow_up.void
    by_void = sum(r.kind is RefundKind.VOID for r in refunds)
    told = sum(
        r.amount.rupiah
        for r in refunds
        if r.kind is not RefundKind.MANUAL and r.status is RefundStatus.SUCCEEDED
    )
    if void is not None and void.status is VoidStatus.DONE and not by_void:
        told += amount
    perhaps = sum(
        r.amount.rupiah for r in refunds if r.status in {RefundStatus.UNKNOWN, RefundStatus.PENDING}
    )
    if attempt.follow_up.reversals:  # some providers give back what is canceled after it was paid
        perhaps += amount
    if told <= returned <= told + perhaps:
        return None
    return f"{returned} rupiah went back, {told} are told, {perhaps} are open"


def _since(left: Left, attempt: Attempt, payment: Payment) -> timedelta | None:
    """From when its deadline counts: its claim, or the decision that it was sent for."""
    if left.kind is None:
        return attempt.claimed.uptime
    void = attempt.follow_up.void
    refund = next((r for r in payment.refunds if r.id == left.about), None)
    match left.kind:
        case QuestionKind.REVERSAL:
            decisions = attempt.follow_up.reversals
        case QuestionKind.VOID:
            decisions = void.decisions if void else ()
        case _:
            decisions = refund.call.decisions if refund and refund.call else ()
    before = [d.decided.uptime for d in decisions if d.decided.uptime <= left.at]
    return max(before, default=None)


def _attempts(house: House) -> Iterator[Attempt]:
    for payment in house.store.state.payments.values():
        for attempt in payment.attempts:
            if attempt.provider != "ovo":
                yield attempt
