"""What each code means to a check, a reversal, a void and a void check."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.outbound.ovo.codes import DECISIONS, FOLLOW_UPS, Operation, Verdict, decide
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.follow_up_texts import CHECKING_VOID, REVERSING, VOIDING
from adapters.outbound.ovo.messages import outcome
from adapters.outbound.ovo.texts import CHECKING, TEXTS, UNDOCUMENTED
from domain.outcome import Approved, Declined, Doubt, Outcome, Unknown
from tests.unit.cases import for_each
from tests.unit.ovo.builders import ABSENT, INVOICE, a_charge, an_answer_to, as_body
from tests.unit.ovo.test_codes import DOCUMENTED, STOPS, TRY_AGAIN

ABOUT_THE_PUSH = {"00", "25", "54", "68", "73", *TRY_AGAIN}
STRICT = OvoDialect(require_invoice=True, require_batch=True)
UNHEARD_OF = [
    *("1", "99", "TO", "er", "0", "000", "0000"),
    *(code for code in DOCUMENTED if code not in {*ABOUT_THE_PUSH, *STOPS}),
]
every_follow_up = for_each("operation", FOLLOW_UPS)


def said(
    operation: Operation,
    code: str,
    changes: Mapping[str, object] = MappingProxyType({}),
    dialect: OvoDialect | None = None,
) -> Outcome:
    body = as_body(an_answer_to(operation, code, **changes))
    return outcome(operation, a_charge(), 200, body, dialect or OvoDialect())


def test_the_follow_ups_are_all_operations_on_a_push_but_the_push() -> None:
    assert {*FOLLOW_UPS, Operation.PUSH, Operation.INQUIRY} == set(Operation)


@every_follow_up
def test_every_row_of_the_table_is_in_one_class(operation: Operation) -> None:
    codes = {code for of, code in DECISIONS if of is operation}
    assert codes == set(DOCUMENTED)
    assert codes == ABOUT_THE_PUSH | set(STOPS) | (codes & set(UNHEARD_OF))


@every_follow_up
def test_yes_is_yes(operation: Operation) -> None:
    told = said(operation, "00")
    assert isinstance(told, Approved)
    assert told.details["approval_code"] == "410315"


def test_only_a_payment_keeps_the_payers_name() -> None:
    for operation in FOLLOW_UPS:
        told = said(operation, "00")
        assert isinstance(told, Approved)
        assert (told.payer_name == "PASIEN UJI") is (operation is Operation.CHECK)


@every_follow_up
@for_each("code", TRY_AGAIN)
def test_the_wallets_refusals_of_the_push_are_heard(operation: Operation, code: str) -> None:
    told = said(operation, code)
    assert isinstance(told, Declined)
    assert (told.code, told.final, told.stops_account) == (code, False, False)
    assert told.reason == decide(Operation.PUSH, code).reason


@every_follow_up
@for_each(
    ("code", "expected"),
    [
        ("25", Unknown(Doubt.NOT_FOUND, "25")),
        ("54", Unknown(Doubt.TOO_OLD, "54", alarm=True)),
        ("68", Unknown(Doubt.PENDING, "68")),
        ("73", Unknown(Doubt.REVERSED, "73")),
    ],
)
def test_the_clear_words_beside_yes_and_no(
    operation: Operation, code: str, expected: Unknown
) -> None:
    assert said(operation, code) == expected


@every_follow_up
def test_any_other_code_is_no_answer_and_an_alarm(operation: Operation) -> None:
    for code in UNHEARD_OF:
        assert said(operation, code) == Unknown(Doubt.UNHEARD_OF, code, alarm=True)


@every_follow_up
@for_each("code", STOPS)
def test_a_refused_account_is_told_and_says_nothing_of_the_push(
    operation: Operation, code: str
) -> None:
    expected = Unknown(Doubt.UNHEARD_OF, code, alarm=True, stops_account=True)
    assert said(operation, code) == expected


DIFFERENT: list[dict[str, object]] = [
    {"amount": 49_999},
    {"amount": "50.000"},
    {"referenceNumber": 124},
    {"batch": "5"},
    {"invoice": INVOICE + "X"},
    {"processingCode": "050000"},
    {"type": "0200"},
    {"transactionRequestData": [INVOICE]},
]


@every_follow_up
@for_each("code", ["00", "17", "25", "54", "73"])
def test_a_word_about_another_push_proves_nothing_and_alarms(
    operation: Operation, code: str
) -> None:
    expected = Unknown(Doubt.MISMATCH, code, alarm=True)
    for difference in DIFFERENT:
        assert said(operation, code, difference) == expected, difference


@for_each("asked", FOLLOW_UPS)
@for_each("answered", [o for o in Operation if o is not Operation.INQUIRY])
def test_the_answer_to_one_operation_is_none_to_another(
    asked: Operation, answered: Operation
) -> None:
    told = outcome(asked, a_charge(), 200, as_body(an_answer_to(answered)), OvoDialect())
    if asked is answered:
        assert isinstance(told, Approved)
    else:
        assert told == Unknown(Doubt.MISMATCH, "00", alarm=True)


@every_follow_up
@for_each("gone", ["amount", "referenceNumber", "type", "processingCode"])
def test_yes_must_carry_amount_reference_and_kind(operation: Operation, gone: str) -> None:
    assert said(operation, "00", {gone: ABSENT}) == Unknown(Doubt.MISMATCH, "00", alarm=True)


@every_follow_up
@for_each("gone", ["invoice", "batch"])
def test_invoice_and_batch_may_be_missing_unless_the_dialect_requires_them(
    operation: Operation, gone: str
) -> None:
    assert isinstance(said(operation, "00", {gone: ABSENT}), Approved)
    strict = said(operation, "00", {gone: ABSENT}, STRICT)
    assert strict == Unknown(Doubt.MISMATCH, "00", alarm=True)


@every_follow_up
def test_an_empty_404_is_told_as_such_and_proves_nothing(operation: Operation) -> None:
    told = outcome(operation, a_charge(), 404, b"", OvoDialect())
    assert told == Unknown(Doubt.EMPTY_404)


def test_each_class_has_its_own_words() -> None:
    nothing = {
        Operation.CHECK: CHECKING,
        Operation.REVERSAL: REVERSING,
        Operation.VOID: VOIDING,
        Operation.CHECK_VOID: CHECKING_VOID,
    }
    for (operation, code), decision in DECISIONS.items():
        if operation not in FOLLOW_UPS:
            assert decision.texts is TEXTS[code]
        elif decision.verdict in {Verdict.NO_ANSWER, Verdict.ACCOUNT_REFUSED}:
            assert decision.texts is nothing[operation]
        elif code in TRY_AGAIN:
            assert decision.texts is TEXTS[code]
        assert decide(operation, "99").texts is UNDOCUMENTED


def test_nobody_is_told_of_a_payment_when_one_was_taken_back() -> None:
    paid = TEXTS["00"].patient
    assert decide(Operation.CHECK, "00").texts.patient == paid
    for operation in (Operation.REVERSAL, Operation.VOID, Operation.CHECK_VOID):
        assert decide(operation, "00").texts.patient != paid
        assert decide(operation, "25").texts is not TEXTS["25"]
