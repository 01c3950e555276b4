"""What the dispatcher does, as log lines and metrics."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from adapters.inbound.dispatcher.watch import Watch
from application.confirm_payment import Report
from application.deliver_events import DeliveryReport
from application.index_payments import Indexed
from application.ports import Received, TokenFetch, Verdict
from application.push_payments import Claim
from application.resolve_payments import Asking
from bootstrap.logs import Lines
from bootstrap.tally import Tally
from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Outcome, Unknown

_SAY_AGAIN_AFTER = 5.0
"""Seconds in which the same trouble is counted but not logged again."""
GATHERED_SECONDS = 0.05
"""How long a step waits to be written with others: what a `kill -9` may lose of the log."""
MOST_WAITING = 1_000
"""Lines that wait at most; then they are written at once."""
_TOLD = frozenset({Verdict.BELIEVED, Verdict.HINTED, Verdict.FAILED})
"""What is worth a line of the log each."""
_HELD_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 40, 50, 55, 60, 65, 70, 75, 85)


@final
class LogAndCount(Watch):
    """Counts every step and logs it with the ids of its payment; alarms are errors.

    In a running loop, to which it belongs then, steps are gathered and written a little later by
    `write`: a line and a counter at a time would cost more than the steps themselves.
    """

    def __init__(self, registry: CollectorRegistry, write: Callable[[Lines], None]) -> None:
        self._write = write
        self._lines: list[tuple[float, dict[str, object]]] = []
        self._tally = Tally()
        self._awaited: asyncio.TimerHandle | None = None
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
        self._unwell = Gauge(
            "lunas_provider_circuit_open", "1 while this worker cannot use the provider",
            ["provider"], registry=registry, multiprocess_mode="livemax",
        )  # fmt: skip
        self._told_unwell: set[str] = set()
        self._notices = Counter(
            "lunas_notifications", "Notifications that were heard, and what became of them",
            ["provider", "verdict"], registry=registry,
        )  # fmt: skip
        self._dropped = Counter(
            "lunas_notifications_dropped", "Notifications that were forgotten", ["verdict"],
            registry=registry,
        )  # fmt: skip
        self._token_fetches = Counter(
            "lunas_token_fetches", "Tokens asked of providers",
            ["provider", "whose", "need", "result"], registry=registry,
        )  # fmt: skip
        self._troubles = Counter(
            "lunas_dispatcher_troubles", "Turns that failed", ["about"], registry=registry
        )

    def unwell(self, providers: Sequence[str]) -> None:
        """Log each circuit as it opens and closes, and show which are open."""
        for name in self._told_unwell.symmetric_difference(providers):
            opened = name in providers
            self._tally.set(self._unwell, int(opened), name)
            event = "provider circuit opened" if opened else "provider circuit closed"
            self._say("error" if opened else "info", event, provider=name)
        self._told_unwell = set(providers)

    def token_fetched(self, fetch: TokenFetch) -> None:
        """Log and count a token that was asked of a provider."""
        whose = "account" if fetch.key.customer is None else "customer"
        failed = fetch.failed is not None
        self._tally.count(
            self._token_fetches,
            fetch.key.provider,
            whose,
            fetch.need.value,
            "failed" if failed else "fetched",
        )
        self._say(
            "error" if failed else "info",
            "token not fetched" if failed else "token fetched",
            provider=fetch.key.provider,
            merchant_id=fetch.key.merchant_id,
            livemode=fetch.key.livemode,
            whose=whose,
            need=fetch.need.value,
            took_ms=_ms(fetch.took),
            **({"why": fetch.failed} if failed else {}),
        )

    def claimed(self, claims: Sequence[Claim]) -> None:
        """Log and count the claims."""
        for claim in claims:
            self._tally.count(self._claimed)
            if claim.attempt.number == 1:
                waited = claim.attempt.claimed.at - claim.payment.created_at
                self._tally.observe(self._start_to_push, waited)
            self._say(
                "info",
                "push claimed",
                payment_id=claim.payment.id,
                attempt_id=claim.attempt.id,
                attempt=claim.attempt.number,
            )

    def answered(self, claim: Claim, report: Report, took: timedelta) -> None:
        """Log and count what the wallet said."""
        kind, code, alarm = _summary(report.outcome)
        self._tally.count(self._outcomes, kind, code)
        self._tally.observe(self._push_seconds, took)
        self._say(
            "error" if alarm else "info",
            "push answered",
            payment_id=claim.payment.id,
            attempt_id=claim.attempt.id,
            outcome=kind,
            code=code,
            ms=_ms(took),
        )

    def heard(self, asking: Asking, report: Report, took: timedelta) -> None:
        """Log and count what the wallet said to a question."""
        kind, code, alarm = _summary(report.outcome)
        self._tally.count(self._answers, asking.question.kind, kind, code)
        self._tally.observe(self._question_seconds, took, asking.question.kind)
        self._say(
            "error" if alarm else "info",
            "question answered",
            payment_id=asking.payment.id,
            attempt_id=asking.attempt.id,
            question=asking.question.kind,
            number=asking.question.number,
            outcome=kind,
            code=code,
            ms=_ms(took),
        )

    def recorded(self, reports: int, *, held: int) -> None:
        """Count what is durable."""
        self._tally.count(self._recorded, many=reports)
        self._tally.set(self._held, held)
        if held:
            self._say_seldom("outcomes held: the store is away", "hold", held=held)
        self._gather()

    def delivered(self, report: DeliveryReport, took: timedelta) -> None:
        """Log and count a delivery."""
        parcel, answer = report.parcel, report.answer
        result = "delivered" if answer.accepted else "refused" if answer.status else "unreachable"
        self._tally.count(self._deliveries, result)
        self._tally.observe(self._delivery_seconds, took)
        if answer.accepted:
            age = datetime.now(UTC) - parcel.event.at
            self._tally.observe(self._event_age, max(age, timedelta(0)))
        self._say(
            "info" if answer.accepted else "warning",
            "webhook sent",
            event_id=parcel.event.id,
            type=parcel.event.type,
            endpoint_id=parcel.endpoint.id,
            attempt=parcel.delivery.tries + 1,
            status=answer.status,
            error=answer.error,
            ms=_ms(took),
        )

    def found(self, what: str, count: int) -> None:
        """Log and count upkeep."""
        self._tally.count(self._found, what, many=count)
        self._say("info", "upkeep", what=what, count=count)

    def indexed(self, turn: Indexed) -> None:
        """Count the copies, and tell how far behind the index is."""
        self._copies.inc(turn.copies)
        self._copies_waiting.set(turn.waiting)
        self._copies_lag.set(turn.lag_seconds)
        if turn.unreadable:
            self._say("records that do not open are not searched", "search", count=turn.unreadable)

    def noticed(self, heard: Sequence[Received]) -> None:
        """Count each; log what mattered, and what was refused now and then: it may be a flood."""
        for each in heard:
            verdict = each.verdict.value if each.verdict else "later"
            self._tally.count(self._notices, each.notice.provider, verdict)
            facts = {
                "notification_id": each.notice.id,
                "provider": each.notice.provider,
                "verdict": verdict,
                "why": each.why,
            }
            if each.verdict in _TOLD:
                level = "error" if each.verdict is Verdict.FAILED else "info"
                self._say(level, "notification heard", payment_id=each.payment_id, **facts)
            elif each.verdict is Verdict.REFUSED:
                key = f"notification:{each.notice.provider}:refused"
                self._say_seldom("a notification was refused", key, **facts)
        self._gather()

    def dropped(self, verdict: Verdict, count: int) -> None:
        """Count what was forgotten."""
        self._tally.count(self._dropped, verdict.value, many=count)
        self._gather()

    def holding(self, what: str, count: int) -> None:
        """Tell how many calls are open."""
        self._tally.set(self._open, count, what)
        self._gather()

    def trouble(self, about: str, error: BaseException) -> None:
        """Count a failed turn, and log it by its type:

        a message could hold what must not be told.
        """
        self._tally.count(self._troubles, about)
        kind = type(error).__name__
        self._say_seldom("a turn failed", f"{about}:{kind}", error=kind)
        self._gather()

    def flush(self) -> None:
        """Write and count what has gathered."""
        if self._awaited is not None:
            self._awaited.cancel()
            self._awaited = None
        lines, self._lines = self._lines, []
        self._write(lines)
        self._tally.pay()

    def _say(self, level: str, event: str, **facts: object) -> None:
        facts.update(event=event, level=level)
        self._lines.append((time.time(), facts))
        self._gather()

    def _say_seldom(self, event: str, key: str, **facts: object) -> None:
        now = time.monotonic()
        if now - self._said.get(key, -_SAY_AGAIN_AFTER) >= _SAY_AGAIN_AFTER:
            self._said[key] = now
            self._say("error", event, about=key.partition(":")[0], **facts)

    def _gather(self) -> None:
        if len(self._lines) >= MOST_WAITING:
            self.flush()
        elif self._awaited is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                self.flush()
            else:
                self._awaited = loop.call_later(GATHERED_SECONDS, self.flush)


def _ms(took: timedelta) -> int:
    return round(took.total_seconds() * 1_000)


def _summary(outcome: Outcome) -> tuple[str, str, bool]:
    match outcome:
        case Approved(code=code):
            return "approved", code, False
        case Declined(code=code, stops_account=stops):
            return "declined", code, stops
        case NotSent():
            return "not_sent", "", False
        case Accepted(code=code):
            return "accepted", code, False
        case Unknown(doubt=doubt, code=unknown_code, alarm=alarm):
            known = "other" if doubt is Doubt.UNHEARD_OF else unknown_code or ""
            return f"unknown_{doubt}", known, alarm
