"""Who may have how much back, by which road, and how a person ends it."""

import pytest

from domain.errors import IllegalTransition, PaymentIsUnknown, RefundExceedsPaid
from domain.events import EventType
from domain.money import Money
from domain.payment import Status
from domain.refund import RefundKind, RefundStatus
from domain.refunding import MOST_REFUNDS
from tests.unit.domain.story import AMOUNT, HOUR, SECOND, Story, paid
from tests.unit.domain.test_payment import APPROVED, DECLINED
from tests.unit.domain.test_resolving import NOT_FOUND, unknown
from tests.unit.domain.test_voiding import refunding


def succeeded() -> Story:
    story = Story()
    story.now = SECOND
    story.told(paid())
    return story


def test_a_part_goes_back_by_hand() -> None:
    story = succeeded()
    story.refund(20_000)
    (refund,) = story.payment.refunds
    assert (refund.kind, refund.status) == (RefundKind.MANUAL, RefundStatus.PENDING)
    assert story.status is Status.SUCCEEDED  # it moves only on `succeeded`
    assert story.payment.amount_refunded == Money(0)
    assert story.payment.refundable == Money(AMOUNT - 20_000)
    assert story.close_refund(refund.id, succeeded=True)
    assert (story.status, story.payment.amount_refunded) == (
        Status.PARTIALLY_REFUNDED,
        Money(20_000),
    )
    assert story.kinds[-2:] == [EventType.REFUND_SUCCEEDED, EventType.PARTIALLY_REFUNDED]


def test_the_rest_goes_back_by_hand_too_and_ends_it() -> None:
    story = succeeded()
    for _ in range(2):
        story.refund(25_000)
    for refund in story.payment.refunds:
        assert refund.kind is RefundKind.MANUAL
        story.close_refund(refund.id, succeeded=True)
    assert story.status is Status.REFUNDED
    assert story.payment.amount_refunded == Money(AMOUNT)


def test_without_an_amount_all_that_is_left_goes_back() -> None:
    story = succeeded()
    story.refund(20_000)
    story.refund()
    assert [refund.amount.rupiah for refund in story.payment.refunds] == [20_000, 30_000]
    with pytest.raises(RefundExceedsPaid):
        story.refund()


@pytest.mark.parametrize("first", [None, 1, AMOUNT])
def test_never_more_than_was_paid_goes_back(first: int | None) -> None:
    story = succeeded()
    story.refund(first)
    before = story.payment
    with pytest.raises(RefundExceedsPaid):
        story.refund(AMOUNT)
    assert story.payment is before


def test_a_payment_has_a_bounded_number_of_refunds() -> None:
    story = succeeded()
    for _ in range(MOST_REFUNDS):
        story.refund(1)
        assert story.close_refund(story.payment.refunds[-1].id, succeeded=False)
    before = story.payment
    with pytest.raises(IllegalTransition, match="more than 100 refunds"):
        story.refund(1)
    assert story.payment is before


def test_a_refund_that_failed_frees_its_sum() -> None:
    story = succeeded()
    story.refund(20_000)
    story.close_refund(story.payment.refunds[0].id, succeeded=False)
    assert story.payment.refunds[0].status is RefundStatus.FAILED
    assert story.kinds[-1] is EventType.REFUND_FAILED
    assert story.payment.refundable == Money(AMOUNT)
    story.refund()
    assert story.payment.refunds[1].kind is RefundKind.VOID


def test_a_refund_is_closed_once() -> None:
    story = succeeded()
    story.refund(20_000)
    refund_id = story.payment.refunds[0].id
    assert story.close_refund(refund_id, succeeded=True)
    assert not story.close_refund(refund_id, succeeded=True)
    with pytest.raises(IllegalTransition):
        story.close_refund(refund_id, succeeded=False)
    with pytest.raises(KeyError):
        story.close_refund("re_9", succeeded=True)


def test_a_refund_that_the_wallet_makes_is_not_closed_by_hand() -> None:
    story = refunding()
    with pytest.raises(IllegalTransition):
        story.close_refund(story.payment.refunds[0].id, succeeded=True)


def test_a_refund_whose_void_was_given_up_is_closed_by_hand() -> None:
    story = refunding(at=HOUR)
    story.now = 12 * HOUR
    assert story.asked() is None
    assert story.close_refund(story.payment.refunds[0].id, succeeded=True)
    assert story.status is Status.REFUNDED


def test_what_is_unknown_is_found_out_first() -> None:
    story = unknown()
    with pytest.raises(PaymentIsUnknown):
        story.refund()


def test_what_was_not_paid_is_not_refunded() -> None:
    story = Story()
    story.told(DECLINED)
    with pytest.raises(IllegalTransition):
        story.refund()


def test_what_was_wholly_refunded_is_not_refunded_again() -> None:
    story = refunding()
    story.next(APPROVED)
    with pytest.raises(IllegalTransition):
        story.refund()


def test_each_step_names_who_asked_and_who_closed() -> None:
    story = succeeded()
    story.refund(20_000)
    story.close_refund(story.payment.refunds[0].id, succeeded=True)
    asked, closed = (entry for entry in story.payment.history if "refund" in entry.action)
    assert (asked.actor, asked.facts["amount"]) == ("chat", 20_000)
    assert (closed.actor, closed.facts["evidence"]) == ("siti", "slip 7")
    assert story.payment.refunds[0].closed_by == "siti"


def test_a_second_refund_of_the_whole_after_a_void_was_given_up_is_by_hand() -> None:
    story = refunding(at=HOUR)
    while story.ask_age is not None:
        story.next(NOT_FOUND)
    assert story.now < 11 * HOUR
    story.close_refund(story.payment.refunds[0].id, succeeded=False)
    story.refund()
    assert [r.kind for r in story.payment.refunds] == [RefundKind.MANUAL, RefundKind.MANUAL]
