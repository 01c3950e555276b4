"""What must hold of every payment at every rest, by name: one place for all who look.

The simulation, the crash tests and `lunas check invariants` ask here. The wallet's side is plain
data (`Charge`); where nobody can tell it, `charges` is None and only our own record is judged.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.attempt import CONCLUDED, Attempt, AttemptStatus, Proof
from domain.events import EventType
from domain.exception_record import Action, ExceptionKind, ExceptionRecord
from domain.follow_up import OPEN_VOIDS, VoidStatus
from domain.history import LUNAS
from domain.outcome import Doubt
from domain.payment import FINAL, LIVE, PAID, Payment, Status
from domain.refund import RefundKind
from domain.rules import Rulebook, Rules
from domain.settling import horizon_of

BACKLOG_SLACK = timedelta(minutes=1)
"""How much later than due a question may be, beyond what the pace of a backlog explains."""
_TOLD_AT_THE_END = frozenset(
    {ExceptionKind.REVERSALS_SPENT, ExceptionKind.DUPLICATE_REFERENCE, ExceptionKind.TOO_OLD}
)
MONEY = PAID | {Status.REFUNDED}


@dataclass(frozen=True, slots=True)
class Charge:
    """What the wallet's ledger says of one attempt's references.

    `held` are the spans in which the merchant had the money, `until` None while it still has.
    `ended_at` is when we called it not charged, by the ledger's clock, where that is known.
    """

    attempt_id: str
    heard: int
    held: tuple[tuple[datetime, datetime | None], ...] = ()
    reversals: int = 0
    ended_at: datetime | None = None

    @property
    def kept(self) -> bool:
        """Whether the merchant has the money now."""
        return any(until is None for _, until in self.held)


@dataclass(frozen=True, slots=True)
class Told:
    """One event as the log has it, and whether it still owes somebody a delivery, or none."""

    id: str
    payment_id: str
    type: EventType
    sequence: int
    relayed: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Some of the payments stored, and the ids of those whose record does not open."""

    payments: Sequence[Payment]
    unreadable: Sequence[str]

    @property
    def rows(self) -> int:
        """How many records these are."""
        return len(self.payments) + len(self.unreadable)


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that does not hold: the invariant's number and name, and of which payment."""

    number: int
    name: str
    payment_id: str
    detail: str

    def __str__(self) -> str:
        return f"invariant {self.number} ({self.name}): {self.payment_id}: {self.detail}"


def breaches(
    payments: Sequence[Payment],
    *,
    now: datetime,
    rules: Rulebook,
    charges: Mapping[str, Charge] | None = None,
    events: Iterable[Told] | None = None,
    backlog: timedelta = timedelta(0),
    unseen_pause: bool = False,
) -> list[Breach]:
    """Everything that does not hold, by the rules of each payment's own provider.

    `backlog` is what the pace explains of what is overdue.
    `unseen_pause` says that a process may have stood still between its last look and its write,
    the one accident that is only noticed afterwards.
    """
    found: list[Breach] = []
    for payment in payments:
        found += _of_the_record(payment, now, rules.of(payment.order.provider), backlog)
        found += _of_what_went_back(payment, unseen_pause=unseen_pause)
        if charges is not None:
            found += _of_the_money(payment, charges, unseen_pause=unseen_pause)
    found += _of_orders(payments, charges, unseen_pause=unseen_pause)
    if events is not None:
        found += _of_events(payments, events)
    return found


def overdue(
    payments: Iterable[Payment],
    *,
    now: datetime,
    rules: Rulebook,
    backlog: timedelta = timedelta(0),
) -> list[Breach]:
    """What time alone may break of payments that have not changed since they were judged."""
    return [
        breach
        for payment in payments
        for breach in _of_the_unknown(payment, now, rules.of(payment.order.provider), backlog)
    ]


# -- the money, by the wallet's ledger ------------------------------------------------------------


def _of_the_money(
    payment: Payment, charges: Mapping[str, Charge], *, unseen_pause: bool
) -> Iterator[Breach]:
    for attempt in payment.attempts:
        charge = charges.get(attempt.id)
        kept = charge is not None and charge.kept
        paid = attempt.status is AttemptStatus.APPROVED
        if kept and not _accounted(payment, attempt):
            yield Breach(
                1,
                "money moved is told",
                payment.id,
                f"{attempt.id} is charged, the payment is {payment.status},"
                f" the attempt {attempt.status}, and no exception names it",
            )
        if (
            paid
            and not kept
            and not _going_back(payment, attempt)
            and not _reviewed(payment, attempt)
        ):
            yield Breach(
                2, "succeeded is charged", payment.id, f"{attempt.id} is not charged at the wallet"
            )
        if charge is not None and not unseen_pause and _charged_after_the_end(attempt, charge):
            yield Breach(
                4, "what is concluded is not charged", payment.id, f"{attempt.id} was, afterwards"
            )
        if charge is not None and charge.heard > 1:
            yield Breach(
                3,
                "each push is sent once",
                payment.id,
                f"{attempt.id} was sent {charge.heard} times",
            )
        lied = charge is not None and charge.heard and attempt.proof is Proof.NOT_SENT
        if lied and not unseen_pause:
            yield Breach(3, "not sent was not sent", payment.id, f"{attempt.id} was heard")
        if charge is not None and charge.reversals > len(attempt.follow_up.reversals):
            yield Breach(
                6,
                "no reversal without a decision",
                payment.id,
                f"{attempt.id}: {charge.reversals} sent,"
                f" {len(attempt.follow_up.reversals)} decided",
            )


def _charged_after_the_end(attempt: Attempt, charge: Charge) -> bool:
    """Whether the merchant had the money at or after the moment when we called it not charged."""
    end = charge.ended_at
    if attempt.status not in CONCLUDED or end is None:
        return False
    return any(until is None or until > end for _, until in charge.held)


def _accounted(payment: Payment, attempt: Attempt) -> bool:
    """Whether money that the wallet kept is in our books, or before a person's eyes."""
    if attempt.status is AttemptStatus.APPROVED and payment.status in MONEY:
        return True
    if attempt.live:
        return True  # still being found out: invariant 7 sees that it is
    return any(_names(record, attempt) for record in payment.exceptions)


def _names(record: ExceptionRecord, attempt: Attempt) -> bool:
    if record.attempt_id != attempt.id:
        return False
    # A person may have said that it was given back by other means, or settled it otherwise.
    return record.closed is None or record.closed.action in {Action.RETURNED, Action.NOTED}


def _going_back(payment: Payment, attempt: Attempt) -> bool:
    void = attempt.follow_up.void
    under_way = void is not None and void.status in OPEN_VOIDS
    return under_way or payment.status is Status.REFUNDED


def _reviewed(payment: Payment, attempt: Attempt) -> bool:
    return any(record.attempt_id == attempt.id for record in payment.exceptions)


def _is_told(payment: Payment, kind: ExceptionKind) -> bool:
    return any(record.kind is kind for record in payment.exceptions)


def _honoured_by_rule(payment: Payment, attempt: Attempt) -> bool:
    """Whether no person, but the policy made its late success a payment."""
    return any(
        entry.actor == LUNAS
        and entry.action == "honoured"
        and entry.facts.get("attempt") == attempt.id
        for entry in payment.history
    )


def waits_to_be_settled(payment: Payment) -> bool:
    """Whether a late success is open and its money is not the payment's.

    The payment is not asked: what it says of itself is what is judged.
    """
    paid = {a.id for a in payment.attempts if a.status is AttemptStatus.APPROVED}
    return any(
        record.kind is ExceptionKind.LATE_SUCCESS
        and record.closed is None
        and record.attempt_id not in paid
        for record in payment.exceptions
    )


# -- our own record -------------------------------------------------------------------------------


def _of_the_record(
    payment: Payment, now: datetime, rules: Rules, backlog: timedelta
) -> Iterator[Breach]:
    live = [attempt for attempt in payment.attempts if attempt.live]
    if len(live) > 1:
        yield Breach(5, "one attempt in flight", payment.id, f"{len(live)} are live")
    if live and payment.status not in {Status.AWAITING_CUSTOMER, Status.UNKNOWN}:
        yield Breach(
            5, "a live attempt is awaited", payment.id, f"{payment.status} with {live[0].status}"
        )
    for attempt in payment.attempts:
        yield from _of_attempt(payment, attempt, rules)
    yield from _of_the_unknown(payment, now, rules, backlog)


def _of_what_went_back(payment: Payment, *, unseen_pause: bool) -> Iterator[Breach]:
    by_hand = any(r.counts and r.kind is RefundKind.MANUAL for r in payment.refunds)
    voided = any(
        a.follow_up.void is not None
        and a.follow_up.void.status is VoidStatus.DONE
        and a.status is AttemptStatus.APPROVED
        for a in payment.attempts
    )
    told = unseen_pause and _is_told(payment, ExceptionKind.REFUND_CONFLICT)
    if by_hand and voided and not told:
        yield Breach(11, "what is voided is not refunded by hand too", payment.id, "both")
    gone = sum(r.amount.rupiah for r in payment.refunds if r.counts)
    if gone > payment.order.amount.rupiah:
        yield Breach(11, "refunds are at most what was paid", payment.id, f"{gone} rupiah")


def _of_attempt(payment: Payment, attempt: Attempt, rules: Rules) -> Iterator[Breach]:
    follow_up = attempt.follow_up
    if attempt.status in CONCLUDED and attempt.proof is None:
        yield Breach(4, "an end has its proof", payment.id, f"{attempt.id} is {attempt.status}")
    if attempt.status in CONCLUDED and not _is_late_enough(attempt, rules):
        yield Breach(
            4, "no is believed after the horizon", payment.id, f"{attempt.id}: {attempt.proof}"
        )
    if len(follow_up.reversals) > rules.most_reversals:
        yield Breach(
            6, "at most three reversals", payment.id, f"{len(follow_up.reversals)} decided"
        )
    reversed_ = attempt.status is AttemptStatus.APPROVED and bool(follow_up.reversals)
    if reversed_ and not (_reviewed(payment, attempt) and not _honoured_by_rule(payment, attempt)):
        yield Breach(
            2,
            "no reversal was decided for what succeeded",
            payment.id,
            f"{attempt.id} was reversed",
        )
    if _reversed_after_duplicate(attempt, rules):
        yield Breach(6, "nothing is reversed after 40 or 94", payment.id, attempt.id)
    spent = len(follow_up.reversals) >= rules.most_reversals and follow_up.checked
    if attempt.live and spent and not _is_told_at_the_end(payment, attempt):
        last = follow_up.reversals[-1].decided.at if follow_up.reversals else attempt.claimed.at
        if follow_up.asked_at and follow_up.asked_at > last + horizon_of(attempt, rules):
            yield Breach(7, "a person is told at the end", payment.id, f"{attempt.id}: none was")


def _is_told_at_the_end(payment: Payment, attempt: Attempt) -> bool:
    return any(
        record.kind in _TOLD_AT_THE_END and record.attempt_id == attempt.id
        for record in payment.exceptions
    )


def _is_late_enough(attempt: Attempt, rules: Rules) -> bool:
    """Whether the question that proved it was sent after the horizon, where that is what counts."""
    after = attempt.claimed.at + horizon_of(attempt, rules)
    follow_up = attempt.follow_up
    if attempt.proof is Proof.NOT_FOUND:
        return follow_up.asked_at is not None and follow_up.asked_at >= after
    if attempt.proof is Proof.TAKEN_BACK:
        return any(d.asked is not None and d.asked.at >= after for d in follow_up.reversals)
    return True


def _reversed_after_duplicate(attempt: Attempt, rules: Rules) -> bool:
    """Whether a reversal was decided although 40 or 94 was known.

    The holder of a call may stand still with the answer in its hands while others find the attempt
    abandoned, ask, and take it back: what was decided before the word was written down stands.
    """
    heard = attempt.answered_at
    if attempt.doubt is not Doubt.DUPLICATE or heard is None:
        return False
    since = heard + rules.clocks.skew
    return any(decision.decided.at > since for decision in attempt.follow_up.reversals)


def _of_the_unknown(
    payment: Payment, now: datetime, rules: Rules, backlog: timedelta
) -> Iterator[Breach]:
    if payment.status is Status.UNKNOWN:
        told = any(record.open for record in payment.exceptions)
        if payment.ask_at is None and not told:
            yield Breach(7, "an unknown is asked about or told", payment.id, "neither")
        attempt = payment.live_attempt
        late = now - attempt.claimed.at - rules.told_after if attempt else timedelta(0)
        if late > BACKLOG_SLACK + backlog and not told:
            yield Breach(7, "six days are told", payment.id, "nobody was told")
    if payment.ask_at is not None and now - payment.ask_at > BACKLOG_SLACK + backlog:
        overdue = now - payment.ask_at
        yield Breach(7, "nothing is overdue", payment.id, f"asked {overdue} too late")
    if payment.status in FINAL and payment.live_attempt is not None:
        yield Breach(5, "an end has nothing in flight", payment.id, payment.status)


# -- between payments -----------------------------------------------------------------------------


def _of_orders(
    payments: Sequence[Payment], charges: Mapping[str, Charge] | None, *, unseen_pause: bool
) -> Iterator[Breach]:
    orders: dict[tuple[str, bool, str], list[Payment]] = defaultdict(list)
    references: list[str] = []
    evidence: dict[str, str] = {}
    for payment in payments:
        orders[payment.merchant_id, payment.livemode, payment.order.order_id].append(payment)
        for attempt in payment.attempts:
            references += attempt.references.unique
            known = evidence.setdefault(attempt.evidence or attempt.id, attempt.id)
            twice = known != attempt.id and attempt.status is AttemptStatus.APPROVED
            if twice and not _is_told(payment, ExceptionKind.EVIDENCE_REUSED):
                yield Breach(8, "one charge is one payment's", payment.id, attempt.id)
    for key, times in Counter(references).items():
        if times > 1:
            yield Breach(3, "no reference twice", "", key)
    for of_order in orders.values():
        holding = [p for p in of_order if p.status in LIVE or p.status in PAID]
        if len(holding) > 1:
            yield Breach(5, "one live or paid payment an order", holding[0].id, holding[1].id)
        if charges is not None:
            yield from _charged_twice(of_order, charges, unseen_pause=unseen_pause)


def _charged_twice(
    payments: Sequence[Payment], charges: Mapping[str, Charge], *, unseen_pause: bool
) -> Iterator[Breach]:
    spans = [
        (since, until, payment, attempt)
        for payment in payments
        for attempt in payment.attempts
        if attempt.id in charges and not _given_back_by_hand(payment, attempt)
        for since, until in charges[attempt.id].held
    ]
    for number, (since, until, payment, attempt) in enumerate(spans):
        for other_since, other_until, other, second in spans[number + 1 :]:
            together = (until is None or other_since < until) and (
                other_until is None or since < other_until
            )
            if not together:
                continue
            named = [_reviewed(payment, attempt), _reviewed(other, second)]
            if unseen_pause and (any(named) or _taken_back(attempt, until, second, other_until)):
                continue
            yield Breach(
                5, "an order is charged once at a time", payment.id, f"{attempt.id}, {second.id}"
            )


def _taken_back(
    attempt: Attempt, until: datetime | None, second: Attempt, other_until: datetime | None
) -> bool:
    """Whether our own reversal ended one of two charges.

    It may have stood as unseen on its way as the push did, which it then met: when the attempt is
    watched, the wallet calls it reversed, and there is nothing left for a person to give back.
    """
    ends = ((attempt, until), (second, other_until))
    return any(end is not None and one.follow_up.reversals for one, end in ends)


def _given_back_by_hand(payment: Payment, attempt: Attempt) -> bool:
    """Whether a person gave the money back, which the wallet's ledger cannot know."""
    if payment.status is Status.REFUNDED and attempt.status is AttemptStatus.APPROVED:
        return True
    return any(
        record.attempt_id == attempt.id
        and record.closed is not None
        and record.closed.action == Action.RETURNED
        for record in payment.exceptions
    )


def _of_events(payments: Sequence[Payment], events: Iterable[Told]) -> Iterator[Breach]:
    stories: dict[str, list[Told]] = defaultdict(list)
    for event in events:
        stories[event.payment_id].append(event)
    for payment in payments:
        story = sorted(stories[payment.id], key=lambda event: event.sequence)
        numbers = [event.sequence for event in story]
        if numbers != list(range(1, payment.sequence + 1)):
            yield Breach(9, "sequences have no holes", payment.id, str(numbers))
        successes = sum(event.type is EventType.SUCCEEDED for event in story)
        expected = int(any(a.status is AttemptStatus.APPROVED for a in payment.attempts))
        if successes != expected:
            yield Breach(9, "a success is told once", payment.id, f"{successes} times")
        lost = [event.id for event in story if not event.relayed]
        if lost:
            yield Breach(9, "every event is delivered or owed", payment.id, lost[0])
