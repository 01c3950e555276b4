"""Every word of Xendit that any document names, for everything that it may answer."""

import pytest

from adapters.outbound.xendit.api import PAYMENT_REQUESTS
from adapters.outbound.xendit.codes import ERRORS, FAILED, REFUNDS, STATUSES, Operation
from adapters.outbound.xendit.messages import outcome
from adapters.outbound.xendit.refunds import refund_check_outcome, refund_outcome
from tests.unit.cases import for_each
from tests.unit.gateways.builders import REFUND, as_body, word
from tests.unit.xendit.builders import a_charge, a_refund, an_answer, an_error, listed

NOTHING = "unknown unheard_of {} alarm"
FAILURE = "unknown wallet_failure {}"
ACCOUNT = "unknown unheard_of {} alarm stops"
PENDING = "unknown pending {}"
DUPLICATE = "unknown duplicate {} alarm"
REJECTED = "declined {} provider_rejected final"
STOPPED = "declined {} provider_misconfigured final stops"
SAID = {
    # error code: told to a charge, to a question, to a refund
    "API_VALIDATION_ERROR": (REJECTED, NOTHING, REJECTED),
    "INVALID_VALUE_ERROR": (REJECTED, NOTHING, REJECTED),
    "UNSUPPORTED_CURRENCY": (REJECTED, NOTHING, REJECTED),
    "UNSUPPORTED_CONTENT_TYPE": (REJECTED, NOTHING, REJECTED),
    "INVALID_API_KEY": (STOPPED, ACCOUNT, ACCOUNT),
    "INVALID_MERCHANT_CREDENTIALS": (STOPPED, ACCOUNT, ACCOUNT),
    "REQUEST_FORBIDDEN_ERROR": (STOPPED, ACCOUNT, ACCOUNT),
    "CHANNEL_NOT_ACTIVATED": (STOPPED, ACCOUNT, ACCOUNT),
    "CALLBACK_URL_NOT_FOUND": (STOPPED, NOTHING, NOTHING),
    "DUPLICATE_ERROR": (DUPLICATE, NOTHING, DUPLICATE),
    "IDEMPOTENCY_ERROR": (DUPLICATE, NOTHING, DUPLICATE),
    "DATA_NOT_FOUND": (NOTHING, NOTHING, NOTHING),
    "INACTIVE_PAYMENT_REQUEST": (NOTHING, NOTHING, NOTHING),
    "RATE_LIMIT_EXCEEDED": (FAILURE, FAILURE, FAILURE),
    "CHARGE_LIMIT_EXCEEDED": (FAILURE, FAILURE, FAILURE),
    "PAYMENT_REQUEST_RATE_LIMITED": (FAILURE, FAILURE, FAILURE),
    "SERVER_ERROR": (FAILURE, FAILURE, FAILURE),
    "CHANNEL_UNAVAILABLE": (FAILURE, FAILURE, FAILURE),
    "TEMPORARILY_UNAVAILABLE": (FAILURE, FAILURE, FAILURE),
    "REFUND_TEMPORARILY_UNAVAILABLE": (FAILURE, FAILURE, FAILURE),
    "REFUND_IN_PROGRESS": (NOTHING, NOTHING, PENDING),
    "REFUND_NOT_SUPPORTED": (NOTHING, NOTHING, REJECTED),
    "PARTIAL_REFUND_NOT_SUPPORTED": (NOTHING, NOTHING, REJECTED),
    "MAXIMUM_REFUND_AMOUNT_REACHED": (NOTHING, NOTHING, NOTHING),
    "REFUND_AMOUNT_EXCEEDED": (NOTHING, NOTHING, NOTHING),
    "PARTIAL_REFUND_COUNTS_EXCEEDED": (NOTHING, NOTHING, NOTHING),
    "INELIGIBLE_TRANSACTION": (NOTHING, NOTHING, NOTHING),
    "INELIGIBLE_TRANSACTION_STATUS": (NOTHING, NOTHING, NOTHING),
    "INSUFFICIENT_BALANCE": (NOTHING, NOTHING, NOTHING),
}
"""Written down a second time on purpose."""


def test_the_table_has_every_documented_error_and_no_other() -> None:
    assert set(ERRORS) == set(SAID)


@for_each("code", [*SAID, "TEAPOT"])
def test_each_error_speaks_only_of_what_it_answers(code: str) -> None:
    columns = SAID.get(code, (NOTHING, NOTHING, NOTHING))
    to_charge, to_question, to_refund = (told.format(code) for told in columns)
    body = as_body(an_error(code))
    assert word(outcome(PAYMENT_REQUESTS, Operation.CHARGE, a_charge(), body)) == to_charge
    assert word(outcome(PAYMENT_REQUESTS, Operation.STATUS, a_charge(), body)) == to_question
    assert word(refund_outcome(a_charge(), REFUND, body)) == to_refund
    assert word(refund_check_outcome(a_charge(), REFUND, body)) == to_question


BY_STATUS = {
    "PENDING": "accepted PENDING",
    "REQUIRES_ACTION": "accepted REQUIRES_ACTION",
    "SUCCEEDED": "approved SUCCEEDED",
    "FAILED": "unknown not_found FAILED",
    "EXPIRED": "unknown not_found EXPIRED",
    "CANCELED": "unknown reversed CANCELED",
    "VOIDED": "unknown reversed VOIDED",
    "UNKNOWN": "unknown pending UNKNOWN",
    "AWAITING_CAPTURE": "unknown unheard_of AWAITING_CAPTURE alarm",
    "REFUNDED": "unknown unheard_of REFUNDED alarm",
}


@for_each("status", [*BY_STATUS, "TEAPOT"])
def test_each_status(status: str) -> None:
    assert set(STATUSES) == set(BY_STATUS)
    expected = BY_STATUS.get(status, f"unknown unheard_of {status} alarm")
    for operation in (Operation.CHARGE, Operation.STATUS):
        assert (
            word(outcome(PAYMENT_REQUESTS, operation, a_charge(), as_body(an_answer(status))))
            == expected
        )


FAILURES = {
    "ACCOUNT_ACCESS_BLOCKED": "account_blocked final",
    "INVALID_MERCHANT_CREDENTIALS": "provider_misconfigured final stops",
    "USER_DECLINED_PAYMENT": "declined_by_customer",
    "INVALID_ACCOUNT_DETAILS": "phone_not_registered",
    "MAXIMUM_LIMIT_REACHED": "limit_exceeded",
    "USER_UNREACHABLE": "push_not_shown",
    "INSUFFICIENT_BALANCE": "insufficient_balance",
}


@for_each("failure", FAILURES)
def test_why_a_charge_failed(failure: str) -> None:
    assert set(FAILED) == set(FAILURES)
    body = as_body(an_answer("FAILED", failure_code=failure))
    told = word(outcome(PAYMENT_REQUESTS, Operation.STATUS, a_charge(), body))
    assert told == f"declined FAILED {failure} {FAILURES[failure]}"


@pytest.mark.parametrize("failure", ["CHANNEL_UNAVAILABLE", "PAYMENT_TIMEOUT", "TEAPOT"])
def test_a_failure_that_is_not_the_customers_is_believed_only_later(failure: str) -> None:
    body = as_body(an_answer("FAILED", failure_code=failure))
    told = word(outcome(PAYMENT_REQUESTS, Operation.STATUS, a_charge(), body))
    assert told == f"unknown not_found FAILED {failure}"


@for_each("failure", FAILURES)
def test_a_failure_code_beside_another_status_decides_nothing(failure: str) -> None:
    body = as_body(an_answer("PENDING", failure_code=failure))
    assert word(outcome(PAYMENT_REQUESTS, Operation.STATUS, a_charge(), body)).startswith(
        "accepted PENDING"
    )


OF_REFUNDS = {
    "SUCCEEDED": "approved SUCCEEDED",
    "PENDING": "unknown pending PENDING",
    "FAILED": "declined FAILED provider_rejected final",
    "CANCELLED": "declined CANCELLED provider_rejected final",
}


@for_each("status", [*OF_REFUNDS, "TEAPOT"])
def test_each_status_of_a_refund(status: str) -> None:
    assert set(REFUNDS) == set(OF_REFUNDS)
    expected = OF_REFUNDS.get(status, f"unknown unheard_of {status} alarm")
    made, found = as_body(a_refund(status)), as_body(listed(a_refund(status)))
    assert word(refund_outcome(a_charge(), REFUND, made)) == expected
    assert word(refund_check_outcome(a_charge(), REFUND, found)) == expected
