"""What is said to Midtrans, and when its answers are believed."""

import json
from datetime import UTC, datetime

import pytest

from adapters.outbound.midtrans.codes import Operation
from adapters.outbound.midtrans.messages import (
    charge_body,
    outcome,
    refund_body,
    refund_check_outcome,
    refund_outcome,
)
from domain.errors import InvalidValue
from domain.money import Money
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Approved, Doubt, Outcome, Unknown
from tests.unit.cases import for_each
from tests.unit.gateways.builders import ABSENT, PHONE, REFERENCE, REFUND, as_body, word
from tests.unit.midtrans.builders import (
    TRANSACTION,
    a_charge,
    a_listed,
    a_refund_answer,
    an_answer,
)


def told(operation: Operation = Operation.STATUS, /, **changes: object) -> Outcome:
    return outcome(operation, a_charge(), as_body(an_answer(**changes)))


def test_a_charge_is_a_whole_number_of_rupiah_and_tells_nothing_else() -> None:
    assert json.loads(charge_body(a_charge())) == {
        "payment_type": "ovo",
        "transaction_details": {"order_id": REFERENCE, "gross_amount": 50_000},
        "ovo": {"payer_phone_number": PHONE},
    }


def test_without_a_phone_there_is_no_charge() -> None:
    with pytest.raises(InvalidValue, match=r"^phone: "):
        charge_body(a_charge(phone=None))


def test_a_refund_has_our_key_and_not_the_merchants_reason() -> None:
    assert json.loads(refund_body(REFUND)) == {"refund_key": REFUND.refund_id, "amount": 20_000}
    assert b"Siti" not in refund_body(REFUND)


def test_a_success_keeps_what_the_charge_is_known_by_and_when() -> None:
    assert told(settlement_time="2026-11-23 12:00:30") == Approved(
        "settlement",
        {"transaction_id": TRANSACTION, "merchant_invoice": "INV20261123001"},
        evidence=f"midtrans:{TRANSACTION}",
        charged_at=datetime(2026, 11, 23, 5, 0, 30, tzinfo=UTC),
    )


@for_each("time", ["yesterday", "", 5, None, "0000-00-00 00:00:00", "0001-01-01 00:00:00"])
def test_a_success_without_its_time_is_one_all_the_same(time: object) -> None:
    found = told(settlement_time=time)
    assert isinstance(found, Approved)
    assert found.charged_at is None


def test_a_pending_charge_is_accepted_until_it_expires() -> None:
    assert told(Operation.CHARGE, status="pending", code="201") == Accepted(
        "201",
        {"transaction_id": TRANSACTION},
        CustomerStep(NextAction.APPROVE_IN_OVO_APP),
        datetime(2026, 11, 23, 5, 1, 6, tzinfo=UTC),
    )


@for_each(
    "end", ["9999-12-31 23:59:59", "2026-11-23 13:00:01", "2026-11-23 12:00:00", "soon", None]
)
def test_an_end_that_cannot_be_is_not_believed(end: object) -> None:
    found = told(status="pending", code="201", expiry_time=end)
    assert isinstance(found, Accepted)
    assert found.ends_at is None


DIFFERENT: list[dict[str, object]] = [
    {"order_id": "01JYHB1GEJFRZRMJTWDNZ8Z6GC"},
    {"order_id": 7},
    {"gross_amount": "50000.50"},
    {"gross_amount": "50001.00"},
    {"gross_amount": "5000.00"},
    {"gross_amount": "fifty"},
    {"gross_amount": ["50000.00"]},
    {"payment_type": "gopay"},
    {"currency": "USD"},
]


@for_each("difference", DIFFERENT)
@for_each(
    ("status", "code"),
    [
        ("settlement", "200"),
        ("deny", "202"),
        ("expire", "407"),
        ("cancel", "200"),
        ("pending", "201"),
    ],
)
def test_what_speaks_of_another_charge_or_amount_is_a_mismatch(
    status: str, code: str, difference: dict[str, object]
) -> None:
    assert told(status=status, code=code, **difference) == Unknown(
        Doubt.MISMATCH, status, alarm=True
    )


def test_another_transaction_than_the_one_that_was_accepted_is_a_mismatch() -> None:
    for handle, expected in (
        (TRANSACTION, "approved settlement"),
        ("other", "unknown mismatch settlement alarm"),
    ):
        charge = a_charge(handle={"transaction_id": handle})
        assert word(outcome(Operation.STATUS, charge, as_body(an_answer()))) == expected


@for_each("name", ["order_id", "gross_amount", "transaction_id"])
@for_each("missing", [ABSENT, None, ""])
def test_a_success_that_does_not_carry_what_it_is_of_is_a_mismatch(
    name: str, missing: object
) -> None:
    assert word(told(**{name: missing})) == "unknown mismatch settlement alarm"


@pytest.mark.parametrize("operation", [Operation.STATUS, Operation.NOTIFICATION])
def test_a_settlement_without_its_own_code_is_no_success(operation: Operation) -> None:
    for code in ("201", "202", "407", "404"):
        found = told(operation, code=code)
        assert word(found) == "unknown unheard_of settlement alarm"


def test_a_notified_refusal_must_go_with_the_code_that_is_signed() -> None:
    assert word(told(Operation.NOTIFICATION, status="deny", code="202")).startswith("declined deny")
    for code in ("200", "201", "407"):
        assert (
            word(told(Operation.NOTIFICATION, status="deny", code=code))
            == "unknown unheard_of deny alarm"
        )


@pytest.mark.parametrize("fraud", ["deny", "challenge", 1])
def test_a_success_that_is_suspected_is_none(fraud: object) -> None:
    assert word(told(fraud_status=fraud)) == "unknown unheard_of settlement alarm"


# -- refunds --------------------------------------------------------------------------------------


def test_a_refund_is_made_where_key_and_amount_are_ours() -> None:
    for status in ("refund", "partial_refund"):
        found = refund_outcome(a_charge(), REFUND, as_body(a_refund_answer(status)))
        assert found == Approved("200", {"refund_chargeback_id": "183700"})


@for_each(
    "difference",
    [{"refund_key": "re_other"}, {"refund_key": ABSENT}, {"refund_amount": "20001.00"}, *DIFFERENT],
)
def test_another_refund_is_not_ours(difference: dict[str, object]) -> None:
    body = as_body(a_refund_answer() | {k: v for k, v in difference.items() if v is not ABSENT})
    if ABSENT in difference.values():
        body = as_body(an_answer("partial_refund", refund_amount="20000.00"))
    assert word(refund_outcome(a_charge(), REFUND, body)) == "unknown mismatch 200 alarm"


def test_a_listed_refund_was_made_and_one_that_is_not_listed_was_not() -> None:
    def checked(status: str, **changes: object) -> str:
        return word(refund_check_outcome(a_charge(), REFUND, as_body(an_answer(status, **changes))))

    other = a_listed(refund_key="re_other")
    assert checked("partial_refund", refunds=[other, a_listed()]) == "approved 200"
    assert checked("partial_refund", refunds=[other]) == "unknown not_found 200"
    assert checked("settlement") == "unknown not_found 200"
    assert checked("refund") == "unknown unheard_of 200 alarm"
    wrong = a_listed(refund_amount="1.00")
    assert checked("refund", refunds=[wrong]) == "unknown mismatch 200 alarm"
    assert checked("refund", refunds=[a_listed()], order_id="x") == "unknown mismatch 200 alarm"


def test_a_whole_refund_is_one_like_any_other() -> None:
    whole = type(REFUND)(REFUND.refund_id, Money(50_000), "")
    body = as_body(a_refund_answer("refund") | {"refund_amount": "50000.00"})
    assert word(refund_outcome(a_charge(), whole, body)) == "approved 200"
