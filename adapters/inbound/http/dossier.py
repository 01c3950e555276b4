"""Everything that is known of one payment, in order: what an operator reads, and can hand on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.inbound.http.presenter import (
    Json,
    Presenter,
    attempt_json,
    delivery,
    instant,
    instant_or_none,
)
from application.ports import DeliveryRepository, EventLog, EventQuery
from domain.attempt import Attempt, AttemptStatus
from domain.events import Event
from domain.follow_up import Decision, Void
from domain.history import LUNAS, WALLET, Entry
from domain.payment import Payment
from domain.webhook import Delivery

_A_PAGE = 100
Told = tuple[datetime, str, str | None, str, Json]
"""One line of the timeline: when, about what, who, what, and its facts."""


@dataclass(frozen=True, slots=True)
class Dossiers:
    """Reads a payment's events and deliveries beside it; decides nothing."""

    presenter: Presenter
    events: EventLog
    deliveries: DeliveryRepository

    def of(self, payment: Payment, at: datetime) -> Json:
        """The dossier as it is at that time; phones masked as everywhere."""
        told = [(event, self.deliveries.of_event(event.id)) for event in self._events(payment)]
        lines = sorted(_lines(payment, told), key=lambda line: line[0])
        presenter = self.presenter
        return {
            "object": "dossier",
            "payment": presenter.payment(payment, at),
            "attempts": [_attempt(attempt) for attempt in payment.attempts],
            "refunds": [presenter.refund(payment, refund) for refund in payment.refunds],
            "exceptions": [
                presenter.exception(payment, record, at) for record in payment.exceptions
            ],
            "history": [_entry(entry) for entry in payment.history],
            "events": [_event(event, sent) for event, sent in told],
            "timeline": [
                {"at": instant(when), "about": about, "actor": actor, "what": what, "facts": facts}
                for when, about, actor, what, facts in lines
            ],
        }

    def _events(self, payment: Payment) -> Sequence[Event]:
        """The payment's events, oldest first."""
        found: list[Event] = []
        cursor = None
        while True:
            page = self.events.find(
                EventQuery(
                    payment.merchant_id,
                    payment.livemode,
                    payment_id=payment.id,
                    limit=_A_PAGE,
                    cursor=cursor,
                )
            )
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return sorted(found, key=lambda event: event.sequence or 0)


def _lines(payment: Payment, told: Sequence[tuple[Event, Sequence[Delivery]]]) -> Iterator[Told]:
    """Everything that happened; what happened at the same moment, in the order it came about."""
    for attempt in payment.attempts:
        yield from _of_attempt(attempt)
    for entry in payment.history:
        yield entry.at, "history", entry.actor, entry.action, dict(entry.facts)
    for event, sent in told:
        facts: Json = {"event": event.id, "sequence": event.sequence}
        yield event.at, "event", LUNAS, event.type, facts
        for each in sent:
            if each.last_at is not None:
                yield each.last_at, "delivery", None, each.status, _delivered(event, each)


def _of_attempt(attempt: Attempt) -> Iterator[Told]:
    named: Json = {"attempt": attempt.id, "number": attempt.number}
    yield attempt.claimed.at, "attempt", LUNAS, "claimed", named
    if attempt.answered_at is not None and attempt.status is not AttemptStatus.NOT_SENT:
        said = {"code": attempt.response_code, "note": attempt.note}
        yield attempt.answered_at, "attempt", WALLET, "answered", named | said
    if attempt.concluded_at is not None:
        facts = named | {"status": attempt.status, "proof": attempt.proof}
        yield attempt.concluded_at, "attempt", None, "concluded", facts
    decisions = [("reversal", each) for each in attempt.follow_up.reversals]
    if attempt.follow_up.void is not None:
        decisions += [("void", each) for each in attempt.follow_up.void.decisions]
    for kind, decision in decisions:
        if decision.asked is not None:
            sent = named | {"question": decision.number}
            yield decision.asked.at, "attempt", LUNAS, f"{kind}_sent", sent


def _delivered(event: Event, sent: Delivery) -> Json:
    return {
        "event": event.id,
        "endpoint": sent.endpoint_id,
        "tries": sent.tries,
        "last_status": sent.last_status,
        "last_error": sent.last_error,
    }


def _attempt(attempt: Attempt) -> Json:
    follow_up = attempt.follow_up
    waiting = follow_up.open
    return attempt_json(attempt) | {
        "note": attempt.note,
        "doubt": attempt.doubt,
        "concluded_at": instant_or_none(attempt.concluded_at),
        "charged_at": instant_or_none(attempt.charged_at),
        "evidence": attempt.evidence,
        "follow_up": {
            "questions": follow_up.asked,
            "open": waiting.kind if waiting else None,
            "ask_at": instant_or_none(follow_up.ask_at),
            "asked_at": instant_or_none(follow_up.asked_at),
            "reversals": [_decision(decision) for decision in follow_up.reversals],
            "void": _void(follow_up.void) if follow_up.void else None,
        },
    }


def _decision(decision: Decision) -> Json:
    return {
        "number": decision.number,
        "decided_at": instant(decision.decided.at),
        "sent_at": instant_or_none(decision.asked.at if decision.asked else None),
        "ended_at": instant_or_none(decision.ended_at),
        "result": decision.result,
    }


def _void(void: Void) -> Json:
    return {
        "status": void.status,
        "until": instant(void.until),
        "decisions": [_decision(decision) for decision in void.decisions],
    }


def _entry(entry: Entry) -> Json:
    return {
        "at": instant(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "facts": dict(entry.facts),
    }


def _event(event: Event, sent: Sequence[Delivery]) -> Json:
    return {
        "id": event.id,
        "type": event.type,
        "sequence": event.sequence,
        "at": instant(event.at),
        "refund_id": event.refund_id,
        "deliveries": [delivery(each) for each in sent],
    }
