"""What is said to Xendit, and when its answers are believed."""

import json

import pytest

from adapters.outbound.xendit.api import PAYMENT_REQUESTS
from adapters.outbound.xendit.codes import Operation
from adapters.outbound.xendit.messages import charge_body, handle_of, listed_outcome, outcome
from adapters.outbound.xendit.refunds import refund_body, refund_check_outcome, refund_outcome
from domain.errors import InvalidValue
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Approved, Doubt, Outcome, Unknown
from tests.unit.cases import for_each
from tests.unit.gateways.builders import ABSENT, REFERENCE, REFUND, as_body, word
from tests.unit.xendit.builders import (
    METHOD,
    REQUEST,
    a_charge,
    a_refund,
    an_answer,
    an_error,
    listed,
)


def told(**changes: object) -> Outcome:
    return outcome(PAYMENT_REQUESTS, Operation.STATUS, a_charge(), as_body(an_answer(**changes)))


def test_a_charge_is_a_one_time_payment_by_an_e164_number_and_tells_nothing_else() -> None:
    wallet = {"channel_code": "OVO", "channel_properties": {"mobile_number": "+6281200000001"}}
    assert json.loads(charge_body(PAYMENT_REQUESTS, a_charge())) == {
        "reference_id": REFERENCE,
        "amount": 50_000,
        "currency": "IDR",
        "country": "ID",
        "payment_method": {"type": "EWALLET", "reusability": "ONE_TIME_USE", "ewallet": wallet},
    }


def test_without_a_phone_there_is_no_charge() -> None:
    with pytest.raises(InvalidValue, match=r"^phone: "):
        charge_body(PAYMENT_REQUESTS, a_charge(phone=None))


def test_a_refund_has_our_reference_and_not_the_merchants_reason() -> None:
    assert json.loads(refund_body(REQUEST, REFUND)) == {
        "payment_request_id": REQUEST,
        "reference_id": REFUND.refund_id,
        "amount": 20_000,
        "currency": "IDR",
        "reason": "OTHERS",
    }


def test_a_success_keeps_what_the_charge_is_known_by() -> None:
    kept = {"payment_request_id": REQUEST}
    assert told() == Approved("SUCCEEDED", kept, evidence=f"xendit:{REQUEST}")


def test_a_pending_charge_is_accepted_under_xendits_own_name() -> None:
    assert told(status="PENDING") == Accepted(
        "PENDING", {"payment_request_id": REQUEST}, CustomerStep(NextAction.APPROVE_IN_OVO_APP)
    )


DIFFERENT: list[dict[str, object]] = [
    {"reference_id": "01JYHB1GEJFRZRMJTWDNZ8Z6GC"},
    {"reference_id": 7},
    {"amount": 50_001},
    {"amount": "50000.5"},
    {"amount": {}},
    {"currency": "PHP"},
    {"payment_method": METHOD | {"ewallet": {"channel_code": "DANA"}}},
]


@for_each("difference", DIFFERENT)
@for_each("status", ["SUCCEEDED", "FAILED", "CANCELED", "EXPIRED", "PENDING"])
def test_what_speaks_of_another_charge_or_amount_is_a_mismatch(
    status: str, difference: dict[str, object]
) -> None:
    assert told(status=status, **difference) == Unknown(Doubt.MISMATCH, status, alarm=True)


def test_another_payment_request_than_the_one_that_was_accepted_is_a_mismatch() -> None:
    ours, other = "approved SUCCEEDED", "unknown mismatch SUCCEEDED alarm"
    for handle, expected in ((REQUEST, ours), ("pr-2", other)):
        charge = a_charge(handle={"payment_request_id": handle})
        assert (
            word(outcome(PAYMENT_REQUESTS, Operation.STATUS, charge, as_body(an_answer())))
            == expected
        )


@for_each("name", ["id", "reference_id", "amount"])
@for_each("missing", [ABSENT, None, ""])
def test_a_success_that_does_not_carry_what_it_is_of_is_a_mismatch(
    name: str, missing: object
) -> None:
    assert word(told(**{name: missing})) == "unknown mismatch SUCCEEDED alarm"


# -- asked by our reference -----------------------------------------------------------------------


def found(body: object) -> str:
    return word(listed_outcome(PAYMENT_REQUESTS, a_charge(), as_body(body)))


def test_our_reference_finds_our_charge_among_others() -> None:
    other = an_answer(reference_id="other", id="pr-2")
    assert found(listed(an_answer())) == "approved SUCCEEDED"
    assert found(listed(other, an_answer("PENDING"))) == "accepted PENDING"
    assert found([an_answer("PENDING")]) == "accepted PENDING"


def test_an_empty_list_knows_of_no_charge_and_a_list_of_others_is_no_answer() -> None:
    assert found(listed()) == "unknown not_found not listed"
    assert found(listed(an_answer(reference_id="other"))) == "unknown unheard_of not listed alarm"


def test_two_charges_of_one_reference_are_for_a_person() -> None:
    twice = listed(an_answer("FAILED"), an_answer(id="pr-2"))
    assert found(twice) == "unknown duplicate listed twice alarm"


def test_a_refused_question_says_nothing_of_the_charge_unless_there_is_none() -> None:
    assert found(an_error("INVALID_API_KEY")) == "unknown unheard_of INVALID_API_KEY alarm stops"
    assert found(an_error("DATA_NOT_FOUND")) == "unknown not_found DATA_NOT_FOUND"


def test_xendits_own_name_is_told_by_whoever_knows_it() -> None:
    kept = a_charge(handle={"payment_request_id": REQUEST})
    assert handle_of(PAYMENT_REQUESTS, kept) == REQUEST
    assert handle_of(PAYMENT_REQUESTS, a_charge()) is None
    assert handle_of(PAYMENT_REQUESTS, a_charge(), told()) == REQUEST
    assert handle_of(PAYMENT_REQUESTS, a_charge(), told(status="PENDING")) == REQUEST
    assert handle_of(PAYMENT_REQUESTS, a_charge(), told(status="EXPIRED")) is None
    assert handle_of(PAYMENT_REQUESTS, kept, told(id="pr-2")) == REQUEST


# -- refunds --------------------------------------------------------------------------------------

OTHER_REFUNDS: list[dict[str, object]] = [
    {"reference_id": "re_other"},
    {"reference_id": ABSENT},
    {"amount": 20_001},
    {"amount": ABSENT},
    {"currency": "PHP"},
    {"currency": []},
]


@for_each("difference", OTHER_REFUNDS)
@for_each("status", ["SUCCEEDED", "FAILED"])
def test_another_refund_is_not_ours(status: str, difference: dict[str, object]) -> None:
    body = as_body(a_refund(status, **difference))
    assert word(refund_outcome(a_charge(), REFUND, body)) == f"unknown mismatch {status} alarm"


def test_a_refund_of_another_charge_is_not_ours() -> None:
    charge = a_charge(handle={"payment_request_id": "pr-2"})
    body = as_body(a_refund())
    assert word(refund_outcome(charge, REFUND, body)) == "unknown mismatch SUCCEEDED alarm"


def test_a_listed_refund_was_made_and_one_that_is_not_listed_was_not() -> None:
    def checked(body: object) -> str:
        return word(refund_check_outcome(a_charge(), REFUND, as_body(body)))

    other = a_refund(reference_id="re_other")
    assert checked(listed(other, a_refund())) == "approved SUCCEEDED"
    assert checked(listed(other)) == checked(listed()) == "unknown not_found not listed"
    assert checked(listed(other, more=True)) == "unknown unheard_of not listed alarm"
    assert checked(listed(a_refund(), a_refund())) == "unknown duplicate listed twice alarm"
    assert checked(listed(a_refund(amount=1))) == "unknown mismatch SUCCEEDED alarm"
    assert checked({}) == "unknown garbage"
