"""One payment told step by step, on a clock that the test moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from domain import hinting, refunding, resolving, reviewing
from domain.asking import Answer
from domain.attempt import Attempt, References
from domain.events import Event, EventType
from domain.exception_record import Action, ExceptionKind
from domain.follow_up import Question, QuestionKind
from domain.ids import IdKind
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Order
from domain.outcome import Approved, Outcome
from domain.payment import Change, Payment, Status
from domain.reviewing import Verdict
from domain.rules import Rules
from domain.settling import Knowledge

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
"""Noon in Jakarta."""
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
AMOUNT = 50_000
SITI = Verdict("siti", "the wallet's file says so", "file of 24 November")


def paid(evidence: str | None = "t|m|410315|1123|120001", *, after: timedelta = SECOND) -> Approved:
    """A 00 with its proof, of a charge made so long after noon."""
    return Approved("00", {"approval_code": "410315"}, "Siti", evidence, NOON + after)


@dataclass(slots=True)
class Story:
    """A payment with one push in front of the customer, claimed at noon; `now` is its age."""

    rules: Rules = field(default_factory=Rules)
    start: datetime = NOON
    expires_in: timedelta = HOUR
    now: timedelta = timedelta(0)
    events: list[Event] = field(default_factory=list)
    payment: Payment = field(init=False)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        order = Order(
            "consult-1",
            Money(AMOUNT),
            "ovo_push",
            "ovo",
            self.expires_in,
            Msisdn("081234567890") if self.rules.needs_phone else None,
        )
        self._apply(
            Payment.start(
                id="pay_1",
                merchant_id="mer_1",
                livemode=False,
                order=order,
                at=self.at,
                event_id=self.an_id(IdKind.EVENT),
                needs_phone=self.rules.needs_phone,
            )
        )
        self.push()

    # -- its clock -------------------------------------------------------------------------------

    @property
    def at(self) -> datetime:
        """The wall clock."""
        return self.start + self.now

    @property
    def moment(self) -> Moment:
        """Both clocks."""
        return Moment(self.at, "boot", HOUR + self.now)

    def known(self, *, evidence_is_new: bool = True, may_honour: bool = True) -> Knowledge:
        """What is known now."""
        return Knowledge(self.at, self.rules, self.an_id, evidence_is_new, may_honour)

    def an_id(self, kind: IdKind) -> str:
        """A fresh one."""
        return f"{kind}_{next(self._ids):032x}"

    # -- what is true ----------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """The payment's."""
        return self.payment.status

    def is_(self, status: Status) -> bool:
        """Whether the payment is that now."""
        return self.payment.status is status

    @property
    def attempt(self) -> Attempt:
        """The first one, which the stories are about."""
        return self.payment.attempts[0]

    @property
    def ask_age(self) -> timedelta | None:
        """How old the payment is when the wallet is asked next."""
        return None if self.payment.ask_at is None else self.payment.ask_at - self.start

    @property
    def open(self) -> list[ExceptionKind]:
        """What a person must look at."""
        return [record.kind for record in self.payment.exceptions if record.open]

    @property
    def kinds(self) -> list[EventType]:
        """What was told."""
        return [event.type for event in self.events]

    # -- its steps -------------------------------------------------------------------------------

    def push(self) -> None:
        """Claim the next push."""
        number = len(self.payment.attempts) + 1
        self._apply(
            self.payment.push(
                attempt_id=f"att_{number}",
                references=References({"reference_no": number}, (f"ref:{number}",)),
                claim=self.moment,
                worker="w1",
                rules=self.rules,
                new_event_id=lambda: self.an_id(IdKind.EVENT),
            )
        )

    def again(self) -> None:
        """The customer wants another push, and it is claimed."""
        self._apply(self.payment.ask_again(None, at=self.at, rules=self.rules))
        self.push()

    def cancel(self) -> bool:
        """The merchant does not want it any more."""
        return self._apply(
            self.payment.cancel(at=self.at, new_event_id=lambda: self.an_id(IdKind.EVENT))
        )

    def told(self, outcome: Outcome, attempt_id: str = "att_1", **known: bool) -> bool:
        """The push is answered; tells whether that changed anything."""
        return self._apply(self.payment.record(attempt_id, outcome, known=self.known(**known)))

    def asked(self) -> Question | None:
        """Claim the next question, if one is due; None too where a claim has nothing to send."""
        step = resolving.ask(self.payment, self.moment, self.known())
        if step is None:
            return None
        self._apply(step.change)
        return step.question

    def heard(
        self, question: Question, outcome: Outcome, *, sent: timedelta | None = None, **known: bool
    ) -> bool:
        """The question is answered now; `sent` is the payment's age when it was, else now."""
        age = self.now if sent is None else sent
        asked = Moment(self.start + age, "boot", HOUR + age)
        answer = Answer(question.kind, question.number, asked, outcome, question.about)
        change = resolving.hear(self.payment, "att_1", answer, self.known(**known))
        return self._apply(change)

    def next(self, outcome: Outcome | None = None, **known: bool) -> tuple[QuestionKind, timedelta]:
        """What is asked when next something is, and at what age; answered at once, or lost."""
        age = self.ask_age
        assert age is not None, "nothing more is asked"
        self.now = max(self.now, age)
        question = self.asked()
        assert question is not None, "nothing was to be sent"
        if outcome is not None:
            self.heard(question, outcome, sent=None, **known)
        return question.kind, self.now

    def refund(self, rupiah: int | None = None) -> None:
        """The merchant gives money back."""
        amount = None if rupiah is None else Money(rupiah)
        known = self.known()
        self._apply(
            refunding.request(self.payment, amount, reason="unhappy", actor="chat", known=known)
        )

    def close_refund(self, refund_id: str, *, succeeded: bool) -> bool:
        """A person says how a refund by hand ended."""
        return self._apply(
            refunding.close(
                self.payment,
                refund_id,
                succeeded=succeeded,
                actor="siti",
                reason="transferred",
                evidence="slip 7",
                known=self.known(),
            )
        )

    def resolve(self, *, paid: bool) -> None:
        """A person says whether the wallet took the money."""
        known = self.known()
        self._apply(
            reviewing.resolve(self.payment, paid=paid, verdict=SITI, now=self.moment, known=known)
        )

    def close(self, kind: ExceptionKind, action: Action) -> bool:
        """A person ends the exception of that kind."""
        record = next(e for e in self.payment.exceptions if e.kind is kind)
        change = reviewing.close(
            self.payment, record.id, action, verdict=SITI, now=self.moment, known=self.known()
        )
        return self._apply(change)

    def hasten(self) -> bool:
        """Somebody looks at it."""
        return self._apply(hinting.hasten(self.payment, self.at, self.rules))

    def _apply(self, change: Change | None) -> bool:
        if change is None:
            return False
        before: Sequence[Event] = self.events
        assert [e.sequence for e in change.events] == [
            len(before) + n for n in range(1, len(change.events) + 1)
        ]
        self.events += change.events
        self.payment = change.payment
        return True


def with_clock(story: Story, *, uptime: timedelta) -> Moment:
    """The story's moment with another age on the boot clock."""
    return replace(story.moment, uptime=HOUR + uptime)
