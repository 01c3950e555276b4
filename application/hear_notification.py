"""Act on the notifications that came in, each until it has its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from application.confirm_payment import ConfirmPayment, Report
from application.ports import (
    Clock,
    Inbox,
    NewId,
    PaymentRepository,
    Received,
    StalePayment,
    Verdict,
    WorkSignal,
)
from application.verify_notification import Nobody, NotGenuine, Verified, VerifyNotification
from domain import hinting
from domain.attempt import AttemptStatus
from domain.copying import replace
from domain.exception_record import ExceptionKind
from domain.outcome import Approved
from domain.payment import Payment
from domain.rules import Rulebook
from domain.settling import Knowledge

HELD_FOR = timedelta(seconds=10)
"""How long a claim holds; a process that died with it is waited for no longer."""
LOOK_AGAIN_AFTER = tuple(timedelta(seconds=seconds) for seconds in (1, 3, 10))
"""When one that names nobody is looked at again: it may have come before our own record."""
MOST_PATIENT = 1_000
"""With more than these waiting, one that names nobody is not looked at again."""
TRY_AGAIN_AFTER = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 30, 300, 1_800))
"""When one is tried again whose handling failed."""
MOST_ROUNDS = 8
"""How often a hint is decided anew because somebody else was quicker."""
_DONE = frozenset({Verdict.BELIEVED, Verdict.HINTED, Verdict.KNOWN})

_Pair = tuple[Received, Verified]


@dataclass(frozen=True, slots=True)
class HearNotifications:
    """Claim at most `room` notices, decide each and write down its verdict; returns them so.

    One whose handling fails is released, to be heard again. Whatever is done to a payment is safe
    to do twice, so that a verdict that was lost costs nothing. Raises StoreUnavailable.
    """

    inbox: Inbox
    verify: VerifyNotification
    payments: PaymentRepository
    confirm: ConfirmPayment
    rules: Rulebook
    clock: Clock
    new_id: NewId
    signal: WorkSignal

    def __call__(self, room: int) -> Sequence[Received]:
        now = self.clock().at
        claimed = self.inbox.claim(now, now + HELD_FOR, room)
        if not claimed:
            return []
        told: dict[str, Received] = {}
        genuine: list[_Pair] = []
        for received in claimed:
            judged = self._judged(received)
            if isinstance(judged, Verified):
                genuine.append((received, judged))
            else:
                told[received.notice.id] = judged
        told |= self._acted(genuine)
        self.inbox.save_each(list(told.values()))
        return list(told.values())

    def _judged(self, received: Received) -> Verified | Received:
        try:
            judged = self.verify(received.notice)
            match judged:
                case Verified():
                    return judged
                case NotGenuine(why=why, payment_id=payment_id):
                    return self._settled(received, Verdict.REFUSED, why, payment_id)
                case Nobody():
                    return self._nobody(received, judged)
        except Exception as fault:  # noqa: BLE001  one that breaks its reader must not stop the rest
            return self._failed(received, fault)

    def _nobody(self, received: Received, judged: Nobody) -> Received:
        tries = received.tries
        patient = judged.named and tries <= len(LOOK_AGAIN_AFTER)
        if patient and self.inbox.backlog(MOST_PATIENT + 1).count <= MOST_PATIENT:
            return self._released(received, LOOK_AGAIN_AFTER[tries - 1], judged.why)
        return self._settled(received, Verdict.UNMATCHED, judged.why)

    # -- what is done about a genuine one --------------------------------------------------------

    def _acted(self, genuine: Sequence[_Pair]) -> Mapping[str, Received]:
        """Act on each that says something new; the same again shares the fate of its first."""
        if not genuine:
            return {}
        said = self._said(genuine)
        told: dict[str, Received] = {}
        first: list[_Pair] = []
        again: list[tuple[_Pair, str]] = []
        for received, judged in genuine:
            key, id_ = (received.notice.provider, judged.mark), received.notice.id
            earlier = said.setdefault(key, id_)
            if earlier == id_:
                first.append((received, judged))
            else:
                again.append(((received, judged), earlier))
        told |= self._new(first)
        for (received, judged), earlier in again:
            done = told.get(earlier)
            if done is None or done.verdict in _DONE:
                # Without its mark: the first one holds it, and is kept for longer.
                known = self._settled(received, Verdict.KNOWN, f"as {earlier}", judged.payment.id)
                told[received.notice.id] = known
            else:
                told[received.notice.id] = self._later(received, done.why or "")
        return told

    def _said(self, genuine: Sequence[_Pair]) -> dict[tuple[str, str], str]:
        """Which notice said the same before, of those that were settled already."""
        marks: dict[str, list[str]] = {}
        for received, judged in genuine:
            marks.setdefault(received.notice.provider, []).append(judged.mark)
        return {
            (provider, mark): notice_id
            for provider, asked in marks.items()
            for mark, notice_id in self.inbox.known(provider, asked).items()
        }

    def _new(self, genuine: Sequence[_Pair]) -> Mapping[str, Received]:
        good = [judged for _, judged in genuine if isinstance(judged.outcome, Approved)]
        away = self._confirmed(good)
        told: dict[str, Received] = {}
        for received, judged in genuine:
            approved = isinstance(judged.outcome, Approved)
            why = away.get(judged.attempt.id) if approved else None
            if why is not None:
                told[received.notice.id] = self._later(received, why)
                continue
            try:
                told[received.notice.id] = self._verdict(received, judged)
            except Exception as fault:  # noqa: BLE001  the others must have their verdicts
                told[received.notice.id] = self._failed(received, fault)
        return told

    def _confirmed(self, good: Sequence[Verified]) -> Mapping[str, str]:
        """Have the successes recorded; of which attempts that was not possible, and why."""
        reports = [Report(v.payment.id, v.attempt.id, v.outcome, v.payment) for v in good]
        try:
            held = self.confirm(reports) if reports else []
        except Exception as fault:  # noqa: BLE001  that one is heard again
            if len(good) > 1:  # whichever it is, the others must be recorded
                away = [self._confirmed([each]) for each in good]
                return {attempt_id: why for one in away for attempt_id, why in one.items()}
            return {report.attempt_id: _words(fault) for report in reports}
        return {report.attempt_id: "the store is away" for report in held}

    def _verdict(self, received: Received, judged: Verified) -> Received:
        """What became of it, by how the payment stands now; what proves nothing is a hint."""
        payment_id = judged.payment.id
        if isinstance(judged.outcome, Approved):
            if judged.attempt.status is AttemptStatus.APPROVED:
                why = "the attempt was paid already"
                return self._settled(received, Verdict.KNOWN, why, payment_id, judged.mark)
            if _is_written(self.payments.get(payment_id), judged.attempt.id):
                return self._settled(received, Verdict.BELIEVED, None, payment_id, judged.mark)
        why = self._hint(judged)
        return self._settled(received, Verdict.HINTED, why, payment_id, judged.mark)

    def _hint(self, judged: Verified) -> str:
        # As it was a moment ago is new enough, unless a success was just written down or refused.
        payment: Payment | None = judged.payment
        if isinstance(judged.outcome, Approved):
            payment = None
        for _ in range(MOST_ROUNDS):
            payment = payment or self.payments.get(judged.payment.id)
            rules = self.rules.of(judged.attempt.provider)
            known = Knowledge(self.clock().at, rules, self.new_id)
            change = hinting.hint(payment, judged.attempt.id, judged.outcome, known)
            if change is None:
                return "nothing was to be done"
            try:
                self.payments.save(change)
            except StalePayment:
                payment = None
                continue
            self.signal.wake(payment.id)
            opened = len(change.payment.exceptions) > len(payment.exceptions)
            return "an exception was opened" if opened else "the wallet is asked sooner"
        raise StalePayment

    # -- how it is written down ------------------------------------------------------------------

    def _failed(self, received: Received, fault: Exception) -> Received:
        return self._later(received, _words(fault))

    def _later(self, received: Received, why: str) -> Received:
        if received.tries > len(TRY_AGAIN_AFTER):
            return self._settled(received, Verdict.FAILED, why)
        return self._released(received, TRY_AGAIN_AFTER[received.tries - 1], why)

    def _released(self, received: Received, wait: timedelta, why: str) -> Received:
        due_at = self.clock().at + wait
        return replace(received, due_at=due_at, why=why, version=received.version + 1)

    def _settled(
        self,
        received: Received,
        verdict: Verdict,
        why: str | None,
        payment_id: str | None = None,
        mark: str | None = None,
    ) -> Received:
        return replace(
            received,
            due_at=None,
            verdict=verdict,
            why=why,
            payment_id=payment_id,
            mark=mark,
            settled_at=self.clock().at,
            version=received.version + 1,
        )


def _words(fault: Exception) -> str:
    """By its type alone: its own words could hold what must not be told."""
    return f"its handling failed: {type(fault).__name__}"


def _is_written(payment: Payment, attempt_id: str) -> bool:
    """Whether the success of this attempt is on record, be it a late one."""
    late = any(
        record.attempt_id == attempt_id and record.kind is ExceptionKind.LATE_SUCCESS
        for record in payment.exceptions
    )
    return late or payment.attempt(attempt_id).status is AttemptStatus.APPROVED
