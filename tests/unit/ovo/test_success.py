"""When a payment has succeeded, what is kept of it, and what never passes this door."""

from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest

from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.messages import WIB, outcome
from domain.outcome import Approved, Declined, Doubt, Outcome, Unknown
from tests.unit.cases import for_each
from tests.unit.ovo.builders import ABSENT, INVOICE, a_charge, an_answer, as_body

MISMATCH = Unknown(Doubt.MISMATCH, "00", alarm=True)
STRICT = OvoDialect(require_invoice=True, require_batch=True)


def pushed(answer: object, *, status: int = 200, dialect: OvoDialect | None = None) -> Outcome:
    return outcome(Operation.PUSH, a_charge(), status, as_body(answer), dialect or OvoDialect())


def checked(answer: object) -> Outcome:
    return outcome(Operation.CHECK, a_charge(), 200, as_body(answer), OvoDialect())


def test_an_approval_keeps_what_reconciliation_and_receipt_need() -> None:
    assert pushed(an_answer()) == Approved(
        "00",
        {
            "approval_code": "410315",
            "trace_number": 3451,
            "host_date": "1123",
            "host_time": "101552",
            "cash_used": 40_000,
            "points_used": 10_000,
            "wallet_id": "********0001",
        },
        "PASIEN UJI",
        evidence="00300001|0010000000TM001|410315|1123|101552",
        charged_at=datetime(2026, 11, 23, 3, 15, 52, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("claimed", "host_date", "year"),
    [("2026-12-31T23:59:50+07:00", "0101", 2027), ("2027-01-01T00:00:05+07:00", "1231", 2026)],
)
def test_the_year_of_a_charge_is_the_one_nearest_to_the_claim(
    claimed: str, host_date: str, year: int
) -> None:
    charge = replace(a_charge(), claimed_at=datetime.fromisoformat(claimed))
    answer = as_body(an_answer(hostDate=host_date))
    told = outcome(Operation.PUSH, charge, 200, answer, OvoDialect())
    assert isinstance(told, Approved)
    assert told.charged_at
    assert told.charged_at.astimezone(WIB).year == year


def test_balances_and_points_earned_are_nowhere_in_the_outcome() -> None:
    approved = pushed(an_answer())
    everything = f"{approved!r} {asdict(approved)}"
    assert "PASIEN UJI" in everything
    for dropped in ("987654321", "123454321", "771", "alance", "arned"):
        assert dropped not in everything


def test_the_name_is_not_in_what_an_outcome_prints() -> None:
    assert "PASIEN" not in repr(pushed(an_answer()))


def test_a_wallet_id_that_came_unmasked_is_masked_here() -> None:
    approved = pushed(an_answer(transactionResponseData={"ovoid": "081200000001"}))
    assert isinstance(approved, Approved)
    assert approved.details["wallet_id"] == "********0001"


@for_each("status", [200, 201, 302, 400, 404, 500, 503])
def test_the_http_status_decides_nothing(status: int) -> None:
    assert isinstance(pushed(an_answer(), status=status), Approved)
    assert isinstance(pushed(an_answer("17"), status=status), Declined)


@for_each(
    "spelling",
    [
        {"amount": "50000"},
        {"amount": 50_000.0},
        {"amount": "50000.00"},
        {"referenceNumber": "000123"},
        {"referenceNumber": "123"},
        {"type": "210", "processingCode": "40000"},
        {"type": 210, "processingCode": 40000},
        {"batch": "4"},
        {"batch": 4},
        {"batch": ABSENT},
        {"batch": ""},
        {"batch": None},
        {"invoice": ABSENT},
        {"invoice": None},
        {"transactionRequestData": ABSENT},
        {"transactionRequestData": None},
        {"transactionResponseData": None},
        {"transactionResponseData": []},
        {"transactionResponseData": "odd"},
        {"surprise": {"nested": [1]}},
        {"approvalCode": ABSENT, "traceNumber": ABSENT, "hostDate": ABSENT, "hostTime": ABSENT},
    ],
)
def test_every_spelling_of_our_own_success_is_success(spelling: dict[str, object]) -> None:
    assert isinstance(pushed(an_answer(**spelling)), Approved)


DIFFERENT: list[dict[str, object]] = [
    {"amount": 50_001},
    {"amount": 49_999},
    {"amount": "5000"},
    {"amount": "50.000"},
    {"amount": 50_000.5},
    {"amount": -50_000},
    {"amount": "5e4"},
    {"amount": True},
    {"amount": [50_000]},
    {"referenceNumber": 124},
    {"referenceNumber": "123x"},
    {"referenceNumber": {}},
    {"type": "0110"},
    {"type": "0410"},
    {"type": "0200"},
    {"processingCode": "020040"},
    {"processingCode": "050000"},
    {"invoice": INVOICE + "X"},
    {"invoice": INVOICE.lower()},
    {"invoice": 7},
    {"invoice": []},
    {"batch": "5"},
    {"batch": "000040"},
    {"batch": False},
    {"transactionRequestData": "text"},
    {"transactionRequestData": [INVOICE]},
]


@for_each("difference", DIFFERENT)
def test_a_success_that_differs_in_one_field_is_unknown_and_alarms(
    difference: dict[str, object],
) -> None:
    assert pushed(an_answer(**difference)) == MISMATCH


@for_each("difference", DIFFERENT)
def test_a_refusal_that_speaks_of_something_else_is_no_refusal(
    difference: dict[str, object],
) -> None:
    assert pushed(an_answer("17", **difference)) == Unknown(Doubt.MISMATCH, "17", alarm=True)


@for_each("code", ["25", "73", "54", "17"])
def test_a_checks_word_about_another_push_proves_nothing(code: str) -> None:
    other = an_answer(code, type="0110", referenceNumber=124)
    assert checked(other) == Unknown(Doubt.MISMATCH, code, alarm=True)


@for_each("field", ["amount", "referenceNumber", "type", "processingCode"])
@for_each("gone", [ABSENT, None, ""])
def test_a_success_must_carry_amount_reference_and_kind(field: str, gone: object) -> None:
    changes: dict[str, object] = {field: gone}
    assert pushed(an_answer() | changes if gone is not ABSENT else _without(field)) == MISMATCH


def _without(field: str) -> dict[str, object]:
    return {name: value for name, value in an_answer().items() if name != field}


def test_a_refusal_may_carry_nothing_but_its_code() -> None:
    assert isinstance(pushed({"responseCode": "17"}), Declined)
    assert isinstance(pushed({"responseCode": 17}), Declined)


@pytest.mark.parametrize("gone", [{"invoice": ABSENT}, {"batch": ABSENT}])
def test_a_setting_may_require_invoice_and_batch(gone: dict[str, object]) -> None:
    assert pushed(an_answer(**gone), dialect=STRICT) == MISMATCH
    assert isinstance(pushed(an_answer(), dialect=STRICT), Approved)


def test_a_check_is_answered_by_its_own_type() -> None:
    assert isinstance(checked(an_answer(type="0110")), Approved)
    assert checked(an_answer(type="0210")) == MISMATCH


def test_a_duplicate_is_told_as_such_whatever_it_echoes() -> None:
    other = an_answer("40", referenceNumber=7, amount=1)
    assert pushed(other) == Unknown(Doubt.DUPLICATE, "40", alarm=True)


def test_odd_details_are_left_out_and_never_cost_the_success() -> None:
    approved = pushed(
        an_answer(
            traceNumber="x",
            hostDate="11-23",
            hostTime=[],
            approvalCode={"a": 1},
            transactionResponseData={"cashUsed": "-1", "ovoPointsUsed": None, "fullName": 5},
        )
    )
    assert approved == Approved("00", {}, "5")


def test_numbers_for_texts_keep_their_leading_zeros() -> None:
    approved = pushed(an_answer(hostTime=3503, hostDate=103))
    assert isinstance(approved, Approved)
    assert (approved.details["host_time"], approved.details["host_date"]) == ("003503", "0103")


def test_a_name_is_cut_and_cleaned_so_that_every_store_can_hold_it() -> None:
    name = "A\x00B\ud800C\n" + "D" * 200
    approved = pushed(an_answer(transactionResponseData={"fullName": name}))
    assert isinstance(approved, Approved)
    assert approved.payer_name is not None
    assert approved.payer_name.encode().startswith(b"ABCD")
    assert len(approved.payer_name) <= 100
