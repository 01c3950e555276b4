"""Writing a question down before it is sent."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.attempt import Attempt
from domain.copying import replace
from domain.follow_up import Question, QuestionKind
from domain.moment import Moment
from domain.outcome import Accepted, Approved, Declined, NotSent, Outcome, Unknown
from domain.rules import Rules

if TYPE_CHECKING:
    from domain.payment import Payment


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back to a question. `asked` was read just before it was sent.

    `about` names the refund that was asked about, if one was.
    """

    kind: QuestionKind
    number: int
    asked: Moment
    outcome: Outcome
    about: str | None = None


_QUESTIONS = frozenset({QuestionKind.CHECK, QuestionKind.VOID_CHECK, QuestionKind.REFUND_CHECK})
"""Those that move nothing."""

NOT_SENT = "not_sent"
"""The word of what never left."""

Asked = tuple["Payment", str, Question | None]
"""The payment after the claim, the attempt asked about, and what is to be sent, if anything."""


def out(
    payment: "Payment",
    attempt: Attempt,
    kind: QuestionKind,
    claim: Moment,
    rules: Rules,
    *,
    about: str | None = None,
) -> Asked:
    """The payment with a question about that attempt on its way, until its holder must be done."""
    question = Question(kind, attempt.follow_up.asked + 1, claim, about)
    follow_up = replace(
        attempt.follow_up,
        asked=question.number,
        open=question,
        ask_at=claim.at + _patience(kind, rules),
    )
    asked = replace(attempt, follow_up=follow_up)
    return payment.with_attempt(asked), attempt.id, question


def word(outcome: Outcome) -> str:
    """An answer in one word, for the history: the wallet's code, or what was missing."""
    match outcome:
        case Approved(code=code) | Declined(code=code) | Accepted(code=code):
            return code
        case NotSent():
            return NOT_SENT
        case Unknown(code=code, doubt=doubt):
            return code or doubt.value


def _patience(kind: QuestionKind, rules: Rules) -> timedelta:
    """How long the holder of a question may take, until it is called lost."""
    clocks = rules.clocks
    asks = kind in _QUESTIONS
    return clocks.ask_within + clocks.skew + (timedelta(0) if asks else clocks.send_within)
