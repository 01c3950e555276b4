"""Every word of DOKU that any document names, for everything that it may answer."""

import pytest

from adapters.outbound.doku.codes import ERRORS, STATUSES, Operation
from adapters.outbound.doku.messages import outcome
from tests.unit.cases import for_each
from tests.unit.doku.builders import a_charge, a_status, an_answer, an_error
from tests.unit.gateways.builders import as_body, word

NOTHING = "unknown unheard_of {} alarm"
PENDING = "unknown pending {}"
APPROVED = "approved {}"
ENDED = "unknown not_found {}"
BY_STATUS = {
    # status: to a payment, to a question and by a notification, to a void, to a check of a void
    "SUCCESS": (APPROVED, APPROVED, APPROVED, ENDED),
    "FAILED": (PENDING, ENDED, PENDING, NOTHING),
    "TIMEOUT": (PENDING, PENDING, PENDING, PENDING),
    "PENDING": (PENDING, PENDING, PENDING, PENDING),
    "REDIRECT": (PENDING, PENDING, PENDING, PENDING),
    "EXPIRED": (PENDING, ENDED, NOTHING, NOTHING),
    "REFUNDED": (NOTHING, "unknown reversed {}", APPROVED, APPROVED),
}
"""Written down a second time on purpose."""
ANSWERED = {Operation.PAYMENT: 0, Operation.VOID: 2}
TOLD = {Operation.STATUS: 1, Operation.NOTIFICATION: 1, Operation.VOID_CHECK: 3}


def test_the_table_has_every_documented_status_and_no_other() -> None:
    assert set(STATUSES) == set(BY_STATUS)


@for_each("status", BY_STATUS)
def test_each_status_speaks_only_of_what_it_answers(status: str) -> None:
    for operation, column in ANSWERED.items():
        body = as_body(an_answer(status, payment={"response_code": None}))
        expected = BY_STATUS[status][column].format(status)
        assert word(outcome(operation, a_charge(), 200, body)) == expected, operation
    for operation, column in TOLD.items():
        expected = BY_STATUS[status][column].format(status)
        body = as_body(a_status(status))
        assert word(outcome(operation, a_charge(), 200, body)) == expected, operation


@for_each("code", ["14", "17", "26", "51", "68", "40"])
def test_no_word_of_ovos_makes_a_failed_payment_a_refusal(code: str) -> None:
    body = as_body(an_answer("FAILED", payment={"response_code": code}))
    told = word(outcome(Operation.PAYMENT, a_charge(), 200, body))
    assert told == f"unknown pending FAILED {code}"


@pytest.mark.parametrize("status", ["PAID", "success", "00"])
def test_a_status_that_nobody_knows_says_nothing(status: str) -> None:
    for operation in Operation:
        made = an_answer(status) if operation in ANSWERED else a_status(status)
        told = word(outcome(operation, a_charge(), 200, as_body(made)))
        assert told.startswith(f"unknown unheard_of {status}")


ACCOUNT = "unknown unheard_of {} alarm stops"
FAILURE = "unknown wallet_failure {}"
BY_ERROR = {
    # code or HTTP status: to a payment, to a question, to a void, to a check of a void
    "invalid_signature": (ACCOUNT, ACCOUNT, ACCOUNT, ACCOUNT),
    "401": (ACCOUNT, ACCOUNT, ACCOUNT, ACCOUNT),
    "403": (ACCOUNT, ACCOUNT, ACCOUNT, ACCOUNT),
    "404": (NOTHING, "unknown not_found {}", NOTHING, NOTHING),
    "409": ("unknown duplicate {} alarm", NOTHING, NOTHING, NOTHING),
    "429": (FAILURE, FAILURE, FAILURE, FAILURE),
    "500": (FAILURE, FAILURE, FAILURE, FAILURE),
    "502": (FAILURE, FAILURE, FAILURE, FAILURE),
    "503": (FAILURE, FAILURE, FAILURE, FAILURE),
    "504": (FAILURE, FAILURE, FAILURE, FAILURE),
}


@for_each("said", BY_ERROR)
def test_each_error_speaks_only_of_what_it_answers(said: str) -> None:
    assert set(ERRORS) == set(BY_ERROR)
    by_http = said.isdigit()
    body = as_body(an_error(None if by_http else said))
    for operation, column in (ANSWERED | TOLD).items():
        told = word(outcome(operation, a_charge(), int(said) if by_http else 400, body))
        assert told == BY_ERROR[said][column].format(said), operation


@pytest.mark.parametrize("code", ["invoice_already_used", "DUPLICATE_INVOICE", "invoice_exists"])
def test_an_invoice_that_was_used_before_is_a_duplicate_however_it_is_called(code: str) -> None:
    body = as_body(an_error(code))
    assert (
        word(outcome(Operation.PAYMENT, a_charge(), 400, body)) == f"unknown duplicate {code} alarm"
    )
    assert word(outcome(Operation.VOID, a_charge(), 400, body)) == NOTHING.format(code)


def test_a_timeout_that_stands_is_the_end_by_dokus_books() -> None:
    body = as_body(a_status("TIMEOUT"))
    assert word(outcome(Operation.STATUS, a_charge(), 200, body)) == "unknown pending TIMEOUT"
    late = outcome(Operation.LATE_STATUS, a_charge(), 200, body)
    assert word(late) == "unknown not_found TIMEOUT"
    pending = outcome(Operation.LATE_STATUS, a_charge(), 200, as_body(a_status("PENDING")))
    assert word(pending) == "unknown pending PENDING"


@pytest.mark.parametrize("http_status", [200, 400, 418])
def test_an_error_that_nobody_knows_never_says_that_no_money_moved(http_status: int) -> None:
    for operation in Operation:
        told = word(
            outcome(operation, a_charge(), http_status, as_body(an_error("invalid_amount")))
        )
        assert told == NOTHING.format("invalid_amount")
