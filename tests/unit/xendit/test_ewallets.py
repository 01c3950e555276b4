"""The older API of Xendit: what it is asked, what it says of a charge, and of its void."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.xendit.api import APIS, EWALLETS, PAYMENT_REQUESTS, api_of
from adapters.outbound.xendit.codes import VOIDS, Operation
from adapters.outbound.xendit.messages import charge_body, listed_outcome, outcome
from domain.errors import InvalidValue
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Outcome, Unknown
from tests.unit.cases import for_each
from tests.unit.gateways.builders import ABSENT, REFERENCE, as_body, word
from tests.unit.noise import objects, some_of
from tests.unit.xendit.builders import CHARGE, a_charge, an_error, an_ewallet


def told(operation: Operation = Operation.STATUS, /, **changes: object) -> Outcome:
    return outcome(EWALLETS, operation, a_charge(), as_body(an_ewallet(**changes)))


def test_a_charge_is_a_one_time_payment_by_an_e164_number() -> None:
    assert json.loads(charge_body(EWALLETS, a_charge())) == {
        "reference_id": REFERENCE,
        "currency": "IDR",
        "amount": 50_000,
        "checkout_method": "ONE_TIME_PAYMENT",
        "channel_code": "ID_OVO",
        "channel_properties": {"mobile_number": "+6281200000001"},
    }
    with pytest.raises(InvalidValue, match=r"^phone: "):
        charge_body(EWALLETS, a_charge(phone=None))


def test_a_success_and_a_pending_charge_are_known_by_xendits_id() -> None:
    kept = {"charge_id": CHARGE}
    assert told() == Approved("SUCCEEDED", kept, evidence=f"xendit:{CHARGE}")
    step = CustomerStep(NextAction.APPROVE_IN_OVO_APP)
    assert told(status="PENDING") == Accepted("PENDING", kept, step)


@for_each(
    "difference",
    [
        {"reference_id": "other"},
        {"charge_amount": 50_001},
        {"charge_amount": []},
        {"currency": "PHP"},
        {"channel_code": "ID_DANA"},
    ],
)
@for_each("status", ["SUCCEEDED", "FAILED", "VOIDED", "PENDING"])
def test_what_speaks_of_another_charge_or_amount_is_a_mismatch(
    status: str, difference: dict[str, object]
) -> None:
    assert told(status=status, **difference) == Unknown(Doubt.MISMATCH, status, alarm=True)


@pytest.mark.parametrize("name", ["id", "reference_id", "charge_amount"])
def test_a_success_that_does_not_carry_what_it_is_of_is_a_mismatch(name: str) -> None:
    assert word(told(**{name: ABSENT})) == "unknown mismatch SUCCEEDED alarm"


def test_the_amount_that_the_other_api_names_is_not_this_ones() -> None:
    other = told(charge_amount=ABSENT, amount=50_000)
    assert word(other) == "unknown mismatch SUCCEEDED alarm"


BY_VOID = {
    # status, void status: told to a void, to a check of it
    ("VOIDED", None): ("approved VOIDED", "approved VOIDED"),
    ("SUCCEEDED", "SUCCEEDED"): ("approved SUCCEEDED SUCCEEDED",) * 2,
    ("SUCCEEDED", "PENDING"): ("unknown pending SUCCEEDED PENDING",) * 2,
    ("SUCCEEDED", "FAILED"): (
        "unknown unheard_of SUCCEEDED FAILED alarm",
        "unknown not_found SUCCEEDED FAILED",
    ),
    ("SUCCEEDED", None): ("unknown unheard_of SUCCEEDED alarm", "unknown not_found SUCCEEDED"),
    ("FAILED", None): ("unknown unheard_of FAILED alarm",) * 2,
    ("PENDING", None): ("unknown unheard_of PENDING alarm",) * 2,
    ("SUCCEEDED", "TEAPOT"): ("unknown unheard_of SUCCEEDED TEAPOT alarm",) * 2,
}


@for_each(("status", "void_status"), BY_VOID)
def test_what_became_of_a_void(status: str, void_status: str | None) -> None:
    assert {void for _, void in BY_VOID if void} - {"TEAPOT"} == set(VOIDS)
    to_void, to_check = BY_VOID[status, void_status]
    said = {"status": status, "void_status": void_status}
    assert word(told(Operation.VOID, **said)) == to_void
    assert word(told(Operation.VOID_CHECK, **said)) == to_check


def test_a_void_of_another_amount_is_a_mismatch() -> None:
    for operation in (Operation.VOID, Operation.VOID_CHECK):
        other = told(operation, status="VOIDED", charge_amount=1)
        assert word(other) == "unknown mismatch VOIDED alarm"


@for_each(
    ("code", "expected"),
    [
        ("API_VALIDATION_ERROR", "unknown unheard_of {} alarm"),
        ("INELIGIBLE_TRANSACTION", "unknown unheard_of {} alarm"),
        ("INVALID_API_KEY", "unknown unheard_of {} alarm stops"),
        ("SERVER_ERROR", "unknown wallet_failure {}"),
    ],
)
def test_an_error_told_to_a_void_never_speaks_of_the_charge(code: str, expected: str) -> None:
    for operation in (Operation.VOID, Operation.VOID_CHECK):
        found = outcome(EWALLETS, operation, a_charge(), as_body(an_error(code)))
        assert word(found) == expected.format(code)


def test_our_reference_finds_our_charge() -> None:
    def found(body: object) -> str:
        return word(listed_outcome(EWALLETS, a_charge(), as_body(body)))

    assert found([an_ewallet()]) == found({"data": [an_ewallet()]}) == "approved SUCCEEDED"
    assert found(an_ewallet("PENDING")) == "accepted PENDING"
    assert found([]) == "unknown not_found not listed"
    assert found([an_ewallet(), an_ewallet()]) == "unknown duplicate listed twice alarm"


def test_each_webhook_belongs_to_one_api() -> None:
    events = [event for api in APIS.values() for event in api.events]
    assert len(events) == len(set(events))
    assert api_of("ewallet.capture") is EWALLETS
    assert api_of("payment.succeeded") is PAYMENT_REQUESTS
    assert api_of("refund.succeeded") is api_of(None) is None


@settings(deadline=None)
@given(
    st.sampled_from([Operation.VOID, Operation.VOID_CHECK]),
    objects(sorted(an_ewallet()), some_of("VOIDED", "SUCCEEDED"), most=5),
)
def test_any_fields_give_a_void_an_outcome_and_never_a_refusal(
    operation: Operation, changes: dict[str, object]
) -> None:
    found = told(operation, **changes)
    assert not isinstance(found, NotSent | Declined | Accepted)
