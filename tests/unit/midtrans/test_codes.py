"""Every word of Midtrans that any document names, for everything that it may answer."""

from adapters.outbound.midtrans.codes import CODES, DENIED, STATUSES, Operation
from adapters.outbound.midtrans.messages import outcome, refund_check_outcome, refund_outcome
from tests.unit.cases import for_each
from tests.unit.gateways.builders import REFUND, as_body, word
from tests.unit.midtrans.builders import a_charge, a_word, an_answer

NOTHING = "unknown unheard_of {} alarm"
FAILURE = "unknown wallet_failure {}"
ACCOUNT = "unknown unheard_of {} alarm stops"
REJECTED = "declined {} provider_rejected final"
STOPPED = "declined {} provider_misconfigured final stops"
SAID = {
    # status code: told to a charge, to a question, to a refund
    "400": (REJECTED, NOTHING, REJECTED),
    "401": (STOPPED, ACCOUNT, ACCOUNT),
    "402": (STOPPED, ACCOUNT, ACCOUNT),
    "403": (NOTHING, NOTHING, NOTHING),
    "404": ("declined {} phone_not_registered", "unknown not_found {}", NOTHING),
    "405": (REJECTED, NOTHING, NOTHING),
    "406": ("unknown duplicate {} alarm", NOTHING, "unknown duplicate {} alarm"),
    "407": (NOTHING, NOTHING, NOTHING),
    "408": (REJECTED, NOTHING, REJECTED),
    "409": (NOTHING, NOTHING, NOTHING),
    "410": (STOPPED, ACCOUNT, ACCOUNT),
    "411": (NOTHING, NOTHING, NOTHING),
    "412": (NOTHING, NOTHING, NOTHING),
    "413": (REJECTED, NOTHING, REJECTED),
    "414": (NOTHING, NOTHING, NOTHING),
    "429": (FAILURE, FAILURE, FAILURE),
    "500": (FAILURE, FAILURE, FAILURE),
    "501": (FAILURE, FAILURE, FAILURE),
    "502": (FAILURE, FAILURE, FAILURE),
    "503": (FAILURE, FAILURE, FAILURE),
    "504": (FAILURE, FAILURE, FAILURE),
    "505": (FAILURE, FAILURE, FAILURE),
}
"""Written down a second time on purpose."""
OF_NOBODY = ["200", "201", "202", "299", "418", "600", "ABC"]


def test_the_table_has_every_documented_code_and_no_other() -> None:
    assert set(CODES) == set(SAID)


@for_each("code", SAID)
def test_each_code_speaks_only_of_what_it_answers(code: str) -> None:
    to_charge, to_question, to_refund = (told.format(code) for told in SAID[code])
    body = as_body(a_word(code))
    assert word(outcome(Operation.CHARGE, a_charge(), body)) == to_charge
    assert word(outcome(Operation.STATUS, a_charge(), body)) == to_question
    assert word(outcome(Operation.NOTIFICATION, a_charge(), body)) == to_question
    assert word(refund_outcome(a_charge(), REFUND, body)) == to_refund
    of_refund = NOTHING.format(code) if code == "404" else to_question
    assert word(refund_check_outcome(a_charge(), REFUND, body)) == of_refund


@for_each("code", OF_NOBODY)
def test_a_code_without_a_transaction_that_nobody_knows_says_nothing(code: str) -> None:
    for operation in Operation:
        told = word(outcome(operation, a_charge(), as_body(a_word(code))))
        assert told == NOTHING.format(code)


BY_STATUS = {
    # transaction status: (its status code, told)
    "pending": ("201", "accepted 201"),
    "settlement": ("200", "approved settlement"),
    "expire": ("407", "unknown not_found expire"),
    "cancel": ("200", "unknown reversed cancel"),
    "deny": ("202", "declined deny provider_rejected"),
    "failure": ("202", "unknown wallet_failure failure"),
    "refund": ("200", "unknown unheard_of refund alarm"),
    "partial_refund": ("200", "unknown unheard_of partial_refund alarm"),
    "chargeback": ("200", "unknown unheard_of chargeback alarm"),
    "partial_chargeback": ("200", "unknown unheard_of partial_chargeback alarm"),
    "capture": ("200", "unknown unheard_of capture alarm"),
    "authorize": ("200", "unknown unheard_of authorize alarm"),
}


@for_each("status", BY_STATUS)
@for_each("operation", [Operation.CHARGE, Operation.STATUS, Operation.NOTIFICATION])
def test_each_transaction_status(operation: Operation, status: str) -> None:
    assert set(STATUSES) == set(BY_STATUS)
    code, told = BY_STATUS[status]
    assert word(outcome(operation, a_charge(), as_body(an_answer(status, code)))) == told


def test_a_status_that_nobody_knows_says_nothing() -> None:
    told = word(outcome(Operation.STATUS, a_charge(), as_body(an_answer("paid", "200"))))
    assert told == "unknown unheard_of paid alarm"


DENIALS = {
    "13": "declined deny 13 below_minimum final",
    "14": "declined deny 14 phone_not_registered",
    "17": "declined deny 17 declined_by_customer",
    "26": "declined deny 26 push_not_shown",
    "51": "declined deny 51 insufficient_balance",
    "56": "declined deny 56 account_blocked final",
    "61": "declined deny 61 limit_exceeded",
    "64": "declined deny 64 account_blocked final",
    "65": "declined deny 65 limit_exceeded",
    "67": "declined deny 67 below_minimum final",
}


@for_each("channel", DENIALS)
def test_ovos_own_word_about_a_denied_charge(channel: str) -> None:
    assert set(DENIED) == set(DENIALS)
    body = as_body(an_answer("deny", "202", channel_response_code=channel))
    assert word(outcome(Operation.NOTIFICATION, a_charge(), body)) == DENIALS[channel]


@for_each("channel", ["68", "40", "94", "ER", "99", "63", "two words"])
def test_a_denied_charge_of_which_ovo_itself_is_in_doubt_is_not_refused(channel: str) -> None:
    body = as_body(an_answer("deny", "202", channel_response_code=channel))
    told = word(outcome(Operation.STATUS, a_charge(), body))
    assert told.startswith("unknown not_found deny")
