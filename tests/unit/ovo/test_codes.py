"""Every response code that any document names, for every operation."""

import pytest

from adapters.outbound.ovo.codes import DECISIONS, Decision, Operation, Verdict, decide
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.messages import outcome, registration
from adapters.outbound.ovo.texts import CHECKING, TEXTS, UNDOCUMENTED
from application.ports import ProviderRefused, ProviderUnavailable
from domain.outcome import Approved, Declined, Doubt, Unknown
from domain.reason import ReasonCode
from tests.unit.cases import for_each
from tests.unit.ovo.builders import a_charge, an_answer, as_body

DOCUMENTED = (
    *("00", "13", "14", "17", "25", "26", "30", "40", "54", "56", "58", "61", "63", "64", "65"),
    *(
        "67",
        "68",
        "73",
        "94",
        "96",
        "BR",
        "EB",
        "ER",
        "8",
        "11",
        "16",
        "18",
        "44",
        "51",
        "57",
        "66",
    ),
)
TRY_AGAIN = ["14", "17", "26", "51", "61", "65"]
FOR_GOOD = ["13", "30", "56", "64", "67", "96", "BR"]
STOPS = ["58", "63", "EB"]
ELSEWHERE = ["8", "11", "16", "18", "44", "57", "66"]


def said(operation: Operation, code: str) -> object:
    kind = "0210" if operation is Operation.PUSH else "0110"
    return outcome(operation, a_charge(), 200, as_body(an_answer(code, type=kind)), OvoDialect())


def test_every_documented_code_is_decided_for_every_operation() -> None:
    assert set(DECISIONS) == {(o, c) for o in Operation for c in DOCUMENTED}
    assert set(TEXTS) == set(DOCUMENTED)
    assert len(DOCUMENTED) == len(set(DOCUMENTED)) == 31


@for_each("code", TRY_AGAIN)
@for_each("operation", [Operation.PUSH, Operation.CHECK])
def test_the_wallets_refusals_let_the_customer_try_again(operation: Operation, code: str) -> None:
    answer = said(operation, code)
    assert isinstance(answer, Declined)
    assert (answer.code, answer.final, answer.stops_account) == (code, False, False)
    assert answer.reason.retryable
    assert answer.reason.provider_code == code


@for_each("code", FOR_GOOD)
def test_refusals_for_good(code: str) -> None:
    answer = said(Operation.PUSH, code)
    assert isinstance(answer, Declined)
    assert (answer.code, answer.final, answer.stops_account) == (code, True, False)
    assert not answer.reason.retryable


@pytest.mark.parametrize("code", STOPS)
def test_refusals_of_the_account_stop_it(code: str) -> None:
    answer = said(Operation.PUSH, code)
    assert isinstance(answer, Declined)
    assert (answer.final, answer.stops_account) == (True, True)
    assert answer.reason.code is ReasonCode.PROVIDER_MISCONFIGURED


@for_each(
    ("code", "expected"),
    [
        ("68", Unknown(Doubt.PENDING, "68")),
        ("40", Unknown(Doubt.DUPLICATE, "40", alarm=True)),
        ("94", Unknown(Doubt.DUPLICATE, "94", alarm=True)),
        ("ER", Unknown(Doubt.WALLET_FAILURE, "ER")),
        *((c, Unknown(Doubt.UNHEARD_OF, c, alarm=True)) for c in ("25", "54", "73", *ELSEWHERE)),
        *((c, Unknown(Doubt.UNHEARD_OF, c, alarm=True)) for c in ("99", "TO", "er", "0", "000")),
    ],
)
def test_what_proves_nothing_about_a_push(code: str, expected: Unknown) -> None:
    assert said(Operation.PUSH, code) == expected


@for_each(
    ("code", "expected"),
    [
        ("25", Unknown(Doubt.NOT_FOUND, "25")),
        ("73", Unknown(Doubt.REVERSED, "73")),
        ("54", Unknown(Doubt.TOO_OLD, "54", alarm=True)),
        ("68", Unknown(Doubt.PENDING, "68")),
    ],
)
def test_what_a_check_says_beside_yes_and_no(code: str, expected: Unknown) -> None:
    assert said(Operation.CHECK, code) == expected


@for_each("code", [*FOR_GOOD, *ELSEWHERE, "40", "94", "ER", "99", "TO", "0", "000"])
def test_any_other_code_on_a_check_is_no_answer_and_an_alarm(code: str) -> None:
    assert said(Operation.CHECK, code) == Unknown(Doubt.UNHEARD_OF, code, alarm=True)


@pytest.mark.parametrize("code", STOPS)
def test_a_check_by_a_refused_account_says_so_and_nothing_about_the_push(code: str) -> None:
    expected = Unknown(Doubt.UNHEARD_OF, code, alarm=True, stops_account=True)
    assert said(Operation.CHECK, code) == expected


def test_approved_is_approved_on_both() -> None:
    for operation in (Operation.PUSH, Operation.CHECK):
        assert isinstance(said(operation, "00"), Approved)


def inquired(code: str) -> bool | None:
    answer = an_answer(code, type="0110", processingCode="050000")
    return registration(200, as_body(answer))


def test_an_inquiry_says_yes_or_no() -> None:
    assert inquired("00") is True
    assert inquired("14") is False


@for_each("code", [*FOR_GOOD, "17", "26", "40", "51", "61", "65", "94"])
def test_an_inquiry_may_be_refused(code: str) -> None:
    with pytest.raises(ProviderRefused) as caught:
        inquired(code)
    assert (caught.value.code, caught.value.stops_account) == (code, False)


@pytest.mark.parametrize("code", STOPS)
def test_an_inquiry_may_tell_that_the_account_is_refused(code: str) -> None:
    with pytest.raises(ProviderRefused) as caught:
        inquired(code)
    assert caught.value.stops_account


@pytest.mark.parametrize("code", ["68", "ER"])
def test_an_inquiry_that_ovo_could_not_answer(code: str) -> None:
    with pytest.raises(ProviderUnavailable):
        inquired(code)


@for_each("code", [*ELSEWHERE, "25", "54", "73", "99"])
def test_an_inquiry_whose_answer_says_neither(code: str) -> None:
    assert inquired(code) is None


@for_each("body", [b"", b"<html>", b"{}", b'{"responseCode":null}'])
def test_an_inquiry_without_an_answer(body: bytes) -> None:
    with pytest.raises(ProviderUnavailable):
        registration(404, body)


def test_an_answer_to_another_question_says_nothing_about_the_number() -> None:
    assert registration(200, as_body(an_answer("00", type="0210"))) is None
    assert registration(200, as_body({"responseCode": "00"})) is None
    assert registration(200, as_body(an_answer("14", type="0210"))) is None
    assert registration(200, as_body({"responseCode": "14"})) is False


EVERY: list[Decision] = [*DECISIONS.values(), decide(Operation.PUSH, "99")]


def test_each_reader_is_told_one_sentence() -> None:
    for decision in EVERY:
        which, texts = f"{decision.code}-{decision.verdict}", decision.texts
        assert texts.patient.id != texts.patient.en, which
        for sentence in (texts.patient.id, texts.patient.en, texts.operator, texts.integrator):
            assert len(sentence) > 10, which
            assert sentence[-1] == ".", which
        assert len(texts.meaning) > 5, which
        assert len(texts.patient.id) <= 120, which


def test_a_refusal_of_a_push_has_a_reason_and_nothing_else_has() -> None:
    refusals = {Verdict.DECLINED, Verdict.REFUSED, Verdict.MISCONFIGURED}
    for (operation, code), decision in DECISIONS.items():
        if operation is not Operation.INQUIRY:
            assert (decision.reason is not None) == (decision.verdict in refusals), code
            assert decision.retryable == (code in TRY_AGAIN and decision.verdict in refusals)


def test_a_check_that_was_refused_never_speaks_the_words_of_a_refused_push() -> None:
    assert decide(Operation.CHECK, "63").texts is CHECKING
    assert decide(Operation.CHECK, "99").texts is UNDOCUMENTED
    assert decide(Operation.PUSH, "63").texts is TEXTS["63"]


@for_each(
    ("code", "reason"),
    [
        ("13", ReasonCode.BELOW_MINIMUM),
        ("14", ReasonCode.PHONE_NOT_REGISTERED),
        ("17", ReasonCode.DECLINED_BY_CUSTOMER),
        ("26", ReasonCode.PUSH_NOT_SHOWN),
        ("30", ReasonCode.PROVIDER_REJECTED),
        ("51", ReasonCode.INSUFFICIENT_BALANCE),
        ("56", ReasonCode.ACCOUNT_BLOCKED),
        ("61", ReasonCode.LIMIT_EXCEEDED),
        ("64", ReasonCode.ACCOUNT_BLOCKED),
        ("65", ReasonCode.LIMIT_EXCEEDED),
        ("67", ReasonCode.BELOW_MINIMUM),
        ("96", ReasonCode.PROVIDER_REJECTED),
        ("BR", ReasonCode.PROVIDER_REJECTED),
    ],
)
def test_the_stable_names_of_reasons(code: str, reason: ReasonCode) -> None:
    decided = decide(Operation.PUSH, code).reason
    assert decided is not None
    assert decided.code is reason
