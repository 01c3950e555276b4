"""Every payment of a house beside the wallet's ledger: where they may not differ."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from application.invariants import Charge, Told, breaches
from application.ports import EventQuery, PaymentQuery
from domain.attempt import AttemptStatus
from domain.events import Event, EventType
from domain.payment import Payment, Status
from domain.rules import Rulebook, Rules
from tests.integration.house import Receiver, RunningHouse

PAID = frozenset({Status.SUCCEEDED, Status.PARTIALLY_REFUNDED})
NOT_PAID = frozenset(
    {Status.PENDING, Status.REQUIRES_RETRY, Status.FAILED, Status.EXPIRED, Status.CANCELED}
)
UNSETTLED = frozenset({Status.PENDING, Status.AWAITING_CUSTOMER, Status.UNKNOWN})
PAGE = 100


@dataclass(frozen=True, slots=True)
class Truth:
    """What the store says, and what the wallet knows."""

    payments: Sequence[Payment]
    events: Sequence[Event]
    rows: Sequence[Mapping[str, Any]]
    heard: int
    now: datetime
    rules: Rules

    @property
    def charges(self) -> Mapping[str, Charge]:
        """The wallet's ledger by attempt, for the invariants."""
        found = {}
        for payment in self.payments:
            for attempt in payment.attempts:
                row = self.by_invoice.get(str(attempt.references.shown["merchant_invoice"]))
                if row is not None:
                    paid, back = _moment(row["paid_at"]), _moment(row["returned_at"])
                    held = ((paid, back),) if paid else ()
                    found[attempt.id] = Charge(
                        attempt.id, row["times_heard"], held, row["reversals"]
                    )
        return found

    @property
    def by_invoice(self) -> Mapping[str, Mapping[str, Any]]:
        """The wallet's pushes by their invoice."""
        return {row["invoice"]: row for row in self.rows}

    def kept(self, payment: Payment) -> list[str]:
        """The attempts of a payment whose money the merchant has."""
        found = []
        for attempt in payment.attempts:
            row = self.by_invoice.get(str(attempt.references.shown["merchant_invoice"]))
            if row is not None and row["money_kept"]:
                found.append(attempt.id)
        return found

    def unsettled(self) -> list[Payment]:
        """The payments of which the end is still to be found out, and nobody was told."""
        return [
            payment
            for payment in self.payments
            if payment.status in UNSETTLED and not any(e.open for e in payment.exceptions)
        ]


def truth_of(house: RunningHouse) -> Truth:
    """Read it: the wallet first, so that what is recorded meanwhile is not missed there."""
    ledger = house.ledger(limit=10_000)
    with house.inside() as inside:
        now, rules = inside.clock().at, inside.provider.rules
        payments: list[Payment] = []
        query = PaymentQuery(house.merchant, livemode=False, limit=PAGE)
        while True:
            page = inside.store.payments.find(query)
            payments += page.items
            if page.next_cursor is None:
                break
            query = replace(query, cursor=page.next_cursor)
        events: list[Event] = []
        asked = EventQuery(house.merchant, livemode=False, limit=PAGE)
        while True:
            told = inside.store.events.find(asked)
            events += told.items
            if told.next_cursor is None:
                break
            asked = replace(asked, cursor=told.next_cursor)
    heard = ledger["totals"]["heard"].get("push", 0)
    return Truth(payments, events, ledger["pushes"], heard, now, rules)


def assert_safe(truth: Truth) -> None:
    """What holds at any moment, in the middle of a crash too."""
    assert {row["times_heard"] for row in truth.rows} <= {1}, "a push was heard twice"
    assert truth.heard == len(truth.rows) == len(truth.by_invoice)
    claimed = {
        str(attempt.references.shown["merchant_invoice"]): attempt
        for payment in truth.payments
        for attempt in payment.attempts
    }
    assert set(truth.by_invoice) <= set(claimed), "the wallet heard what was never written down"
    unsent = {i for i, attempt in claimed.items() if attempt.status is AttemptStatus.NOT_SENT}
    assert not unsent & set(truth.by_invoice), "what was heard is called not sent"
    for order, payments in _by_order(truth.payments).items():
        taken = [attempt for payment in payments for attempt in truth.kept(payment)]
        assert len(taken) <= 1, f"{order} was charged twice"
    for payment in truth.payments:
        if payment.status in NOT_PAID:
            assert not truth.kept(payment), f"{payment.id} is {payment.status}, and was paid"
        if payment.status is Status.UNKNOWN:
            asked = payment.ask_at is not None or any(e.open for e in payment.exceptions)
            assert asked, f"nobody asks about {payment.id}"
    _assert_events(truth)


def assert_settled(truth: Truth, chat: Receiver) -> None:
    """What holds once every question was answered: the named invariants, and the chat's side."""
    assert_safe(truth)
    found = breaches(
        truth.payments,
        now=truth.now,
        rules=Rulebook(truth.rules),
        charges=truth.charges,
        events=[
            Told(event.id, event.subject.id, event.type, event.sequence, relayed=True)
            for event in truth.events
            if event.sequence is not None
        ],
    )
    assert found == []
    assert [payment.id for payment in truth.unsettled()] == []
    for payment in truth.payments:
        kept = truth.kept(payment)
        named = {e.attempt_id for e in payment.exceptions if e.open}
        if payment.status in PAID:
            assert len(kept) == 1, f"{payment.id} is {payment.status}, and was not paid"
        else:
            assert set(kept) <= named, f"{payment.id} is {payment.status}, and was paid"
    assert not undelivered(truth, chat), "an event was never delivered"
    success = _once(chat.events(EventType.SUCCEEDED.value))
    paid = [event["data"]["payment"]["id"] for event in success]
    assert len(set(paid)) == len(paid), "a success was told twice"


def undelivered(truth: Truth, chat: Receiver) -> set[str]:
    """The payments' events that the chat has not heard."""
    told = {event["data"]["id"] for event in chat.events()}
    return {event.id for event in truth.events if isinstance(event.subject, Payment)} - told


def _moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


def _assert_events(truth: Truth) -> None:
    sequences: dict[str, list[int]] = {}
    successes: Counter[str] = Counter()
    for event in truth.events:
        if isinstance(event.subject, Payment) and event.sequence is not None:
            sequences.setdefault(event.subject.id, []).append(event.sequence)
            successes[event.subject.id] += event.type is EventType.SUCCEEDED
    for payment in truth.payments:
        told = sorted(sequences.get(payment.id, []))
        assert told[: payment.sequence] == list(range(1, payment.sequence + 1)), payment.id
        if payment.status in PAID | {Status.REFUNDED}:
            assert successes[payment.id] == 1, f"{payment.id} told of {successes[payment.id]}"
    assert set(successes.values()) <= {0, 1}


def _by_order(payments: Iterable[Payment]) -> Mapping[str, list[Payment]]:
    orders: dict[str, list[Payment]] = {}
    for payment in payments:
        orders.setdefault(payment.order.order_id, []).append(payment)
    return orders


def _once(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each event once, however often it came."""
    return list({event["data"]["id"]: event for event in events}.values())
