"""An attempt that was concluded without the wallet's own word is asked about again."""

from datetime import datetime, timedelta

from domain import resolving, settling
from domain.asking import Answer
from domain.attempt import Proof
from domain.ids import IdKind
from domain.moment import Moment
from domain.outcome import Doubt, Unknown
from domain.payment import Payment
from domain.settling import Knowledge
from tests.builders import RULES, a_doubt, a_payment, an_id

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def known(at: datetime) -> Knowledge:
    def new_id(kind: IdKind) -> str:
        return an_id(kind, at)

    return Knowledge(at, RULES, new_id)


def concluded() -> Payment:
    payment = a_payment(a_doubt())
    at = payment.updated_at + RULES.clocks.horizon
    proof = Proof.TAKEN_BACK
    return settling.not_charged(payment, payment.attempts[0], proof, known(at)).payment


def asked_and_told(payment: Payment, doubt: Doubt) -> Payment:
    """The payment after its next question, and this answer to it in the same moment."""
    attempt = payment.attempts[0]
    at = attempt.follow_up.ask_at
    assert at is not None
    claim = Moment(at, "another boot", timedelta(days=9))
    step = resolving.ask(payment, claim, known(at))
    assert step is not None
    assert step.question is not None
    answer = Answer(step.question.kind, step.question.number, claim, Unknown(doubt))
    change = resolving.hear(step.change.payment, attempt.id, answer, known(at))
    assert change is not None
    return change.payment


def delays(doubt: Doubt) -> list[timedelta]:
    """Between the questions, until none is asked any more."""
    payment = concluded()
    found = []
    earlier = payment.attempts[0].concluded_at
    while (due := payment.attempts[0].follow_up.ask_at) is not None:
        assert earlier is not None
        found.append(due - earlier)
        earlier = due
        payment = asked_and_told(payment, doubt)
        assert len(found) < 100
    return found


def test_a_clear_no_is_asked_for_after_15_minutes_a_day_and_on_day_6() -> None:
    first, second, third = delays(Doubt.NOT_FOUND)
    assert (first, first + second) == (15 * MINUTE, DAY)
    assert abs(first + second + third - RULES.told_after) < 5 * MINUTE


def test_what_is_no_answer_is_asked_again_ever_more_rarely_until_the_wallet_forgets() -> None:
    found = delays(Doubt.UNHEARD_OF)
    assert found[:5] == [15 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE, 120 * MINUTE]
    assert max(found) == DAY
    assert RULES.asked_until - DAY <= sum(found, timedelta()) < RULES.asked_until
    assert len(found) < 20
