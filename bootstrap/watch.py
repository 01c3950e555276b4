"""What the dispatcher does, as log lines and metrics."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from adapters.inbound.dispatcher.watch import Watch
from application.confirm_payment import Report
from application.deliver_events import DeliveryReport
from application.index_payments import Indexed
from application.push_payments import Claim
from application.resolve_payments import Asking
from domain.outcome import Approved, Declined, Doubt, NotSent, Outcome, Unknown

_SAY_AGAIN_AFTER = 5.0
"""Seconds in which the same trouble is counted but not logged again."""
_HELD_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 40, 50, 55, 60, 65, 70, 75, 85)


@final
class LogAndCount(Watch):
    """Counts every step and logs it with the ids of its payment; alarms are errors."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._log = structlog.get_logger()
        self._said: dict[str, float] = {}
        self._claimed = Counter(
            "lunas_pushes_claimed", "Pushes written down and about to be sent", registry=registry
        )
        self._outcomes = Counter(
            "lunas_push_outcomes", "Answers of the wallet", ["outcome", "code"], registry=registry
        )
        self._push_seconds = Histogram(
            "lunas_push_seconds", "How long a push was held", registry=registry,
            buckets=_HELD_BUCKETS,
        )  # fmt: skip
        self._start_to_push = Histogram(
            "lunas_start_to_push_seconds", "From the start of a payment to its first claim",
            registry=registry,
        )  # fmt: skip
        self._answers = Counter(
            "lunas_question_answers", "Answers to checks, reversals, voids and void checks",
            ["question", "outcome", "code"], registry=registry,
        )  # fmt: skip
        self._question_seconds = Histogram(
            "lunas_question_seconds", "How long a question took", ["question"], registry=registry
        )
        self._recorded = Counter(
            "lunas_outcomes_recorded", "Outcomes made durable", registry=registry
        )
        self._held = Gauge(
            "lunas_outcomes_held", "Outcomes waiting for the store", registry=registry,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._deliveries = Counter(
            "lunas_webhook_deliveries", "Tries to deliver an event", ["result"], registry=registry
        )
        self._delivery_seconds = Histogram(
            "lunas_webhook_seconds", "How long an endpoint took to answer", registry=registry
        )
        self._event_age = Histogram(
            "lunas_webhook_age_seconds", "From an event to its delivery", registry=registry
        )
        self._found = Counter(
            "lunas_upkeep_found", "What upkeep acted on", ["what"], registry=registry
        )
        self._open = Gauge(
            "lunas_open_calls", "Calls held now", ["what"], registry=registry,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._copies = Counter(
            "lunas_search_copies", "Copies put into the search index", registry=registry
        )
        self._copies_waiting = Gauge(
            "lunas_search_waiting", "Changes that the search index has not seen",
            registry=registry, multiprocess_mode="livemax",
        )  # fmt: skip
        self._copies_lag = Gauge(
            "lunas_search_lag_seconds", "How old the oldest change is that the index had not seen",
            registry=registry, multiprocess_mode="livemax",
        )  # fmt: skip
        self._troubles = Counter(
            "lunas_dispatcher_troubles", "Turns that failed", ["about"], registry=registry
        )

    def claimed(self, claims: Sequence[Claim]) -> None:
        """Log and count the claims."""
        for claim in claims:
            self._claimed.inc()
            if claim.attempt.number == 1:
                waited = claim.attempt.claimed.at - claim.payment.created_at
                self._start_to_push.observe(waited.total_seconds())
            self._log.info(
                "push claimed",
                payment_id=claim.payment.id,
                attempt_id=claim.attempt.id,
                attempt=claim.attempt.number,
            )

    def answered(self, claim: Claim, report: Report, took: timedelta) -> None:
        """Log and count what the wallet said."""
        kind, code, alarm = _summary(report.outcome)
        self._outcomes.labels(kind, code).inc()
        self._push_seconds.observe(took.total_seconds())
        say = self._log.error if alarm else self._log.info
        say(
            "push answered",
            payment_id=claim.payment.id,
            attempt_id=claim.attempt.id,
            outcome=kind,
            code=code,
            ms=round(took.total_seconds() * 1_000),
        )

    def heard(self, asking: Asking, report: Report, took: timedelta) -> None:
        """Log and count what the wallet said to a question."""
        kind, code, alarm = _summary(report.outcome)
        self._answers.labels(asking.question.kind, kind, code).inc()
        self._question_seconds.labels(asking.question.kind).observe(took.total_seconds())
        say = self._log.error if alarm else self._log.info
        say(
            "question answered",
            payment_id=asking.payment.id,
            attempt_id=asking.attempt.id,
            question=asking.question.kind,
            number=asking.question.number,
            outcome=kind,
            code=code,
            ms=round(took.total_seconds() * 1_000),
        )

    def recorded(self, reports: int, *, held: int) -> None:
        """Count what is durable."""
        self._recorded.inc(reports)
        self._held.set(held)
        if held:
            self._say("outcomes held: the store is away", "hold", held=held)

    def delivered(self, report: DeliveryReport, took: timedelta) -> None:
        """Log and count a delivery."""
        parcel, answer = report.parcel, report.answer
        result = "delivered" if answer.accepted else "refused" if answer.status else "unreachable"
        self._deliveries.labels(result).inc()
        self._delivery_seconds.observe(took.total_seconds())
        if answer.accepted:
            age = datetime.now(UTC) - parcel.event.at
            self._event_age.observe(max(age.total_seconds(), 0))
        say = self._log.info if answer.accepted else self._log.warning
        say(
            "webhook sent",
            event_id=parcel.event.id,
            type=parcel.event.type,
            endpoint_id=parcel.endpoint.id,
            attempt=parcel.delivery.tries + 1,
            status=answer.status,
            error=answer.error,
            ms=round(took.total_seconds() * 1_000),
        )

    def found(self, what: str, count: int) -> None:
        """Log and count upkeep."""
        self._found.labels(what).inc(count)
        self._log.info("upkeep", what=what, count=count)

    def indexed(self, turn: Indexed) -> None:
        """Count the copies, and tell how far behind the index is."""
        self._copies.inc(turn.copies)
        self._copies_waiting.set(turn.waiting)
        self._copies_lag.set(turn.lag_seconds)
        if turn.unreadable:
            self._say("records that do not open are not searched", "search", count=turn.unreadable)

    def holding(self, what: str, count: int) -> None:
        """Tell how many calls are open."""
        self._open.labels(what).set(count)

    def trouble(self, about: str, error: BaseException) -> None:
        """Count a failed turn, and log it by its type:

        a message could hold what must not be told.
        """
        self._troubles.labels(about).inc()
        self._say("a turn failed", f"{about}:{type(error).__name__}", error=type(error).__name__)

    def _say(self, event: str, key: str, **facts: object) -> None:
        now = time.monotonic()
        if now - self._said.get(key, -_SAY_AGAIN_AFTER) >= _SAY_AGAIN_AFTER:
            self._said[key] = now
            self._log.error(event, about=key.partition(":")[0], **facts)


def _summary(outcome: Outcome) -> tuple[str, str, bool]:
    match outcome:
        case Approved(code=code):
            return "approved", code, False
        case Declined(code=code, stops_account=stops):
            return "declined", code, stops
        case NotSent():
            return "not_sent", "", False
        case Unknown(doubt=doubt, code=unknown_code, alarm=alarm):
            known = "other" if doubt is Doubt.UNHEARD_OF else unknown_code or ""
            return f"unknown_{doubt}", known, alarm
