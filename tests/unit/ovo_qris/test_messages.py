"""What OVO's words about a QR code mean for the money."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.outbound.ovo_qris import messages
from adapters.outbound.ovo_qris.codes import DECISIONS, Operation, Verdict, decide
from adapters.outbound.snap_answer import Code
from application.ports import Charge
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Approved, Declined, Doubt, Outcome, Unknown
from tests.unit.cases import for_each
from tests.unit.ovo_qris.builders import (
    ABSENT,
    NOON_UTC,
    QR,
    REFERENCE,
    THEIRS,
    a_charge,
    accepted_charge,
    coded,
    generated,
    queried,
    refunded,
)

G, Q, C, R = Operation.GENERATE, Operation.QUERY, Operation.CANCEL, Operation.REFUND


def heard(
    operation: Operation, body: bytes, charge: Charge | None = None, at: datetime = NOON_UTC
) -> Outcome:
    return messages.outcome(operation, charge or accepted_charge(), body, at)


def rupiah(value: object, currency: str = "IDR") -> dict[str, object]:
    return {"value": value, "currency": currency}


# -- a code to show -------------------------------------------------------------------------------


def test_a_code_is_shown_until_it_ends() -> None:
    outcome = heard(G, generated(), a_charge())
    assert outcome == Accepted(
        "2004700",
        {"reference_no": THEIRS},
        CustomerStep(NextAction.SHOW_QR, qr=QR),
        NOON_UTC + timedelta(seconds=75),
    )
    assert QR not in repr(outcome)


@for_each(
    ("told", "seconds"),
    [
        ("2026-11-23T10:16:00+07:00", 29.876_001),
        ("2026-11-23T10:16:45+07:00", 74.876_001),
        ("2026-11-23T10:16:46+07:00", 75),
        ("2026-11-23T10:15:30+07:00", 75),
        ("2027-11-23T10:15:30+07:00", 75),
        ("soon", 75),
        (75, 75),
    ],
)
def test_an_end_is_believed_where_it_is_no_later_than_the_clocks_count_on(
    told: object, seconds: float
) -> None:
    outcome = heard(G, generated(validityPeriod=told), a_charge())
    assert isinstance(outcome, Accepted)
    assert outcome.ends_at is not None
    assert (outcome.ends_at - NOON_UTC).total_seconds() == pytest.approx(seconds)


@for_each("qr", [ABSENT, None, "", "  ", "x" * 513, "line\nbreak", "é", ["x"]])
def test_an_answer_without_a_code_that_can_be_drawn_is_no_answer(qr: object) -> None:
    assert heard(G, generated(qrContent=qr), a_charge()) == Unknown(
        Doubt.GARBAGE, "2004700", alarm=True
    )


@for_each(
    "change",
    [
        {"partnerReferenceNo": "01JQ5B1G61SMZM9QJTEX5RTZ3P"},
        {"amount": rupiah("50001.00")},
        {"amount": rupiah("50000.00", "USD")},
        {"amount": "50000.00"},
    ],
)
def test_a_code_for_something_else_is_never_shown(change: dict[str, object]) -> None:
    assert heard(G, generated(**change), a_charge()) == Unknown(
        Doubt.MISMATCH, "2004700", alarm=True
    )


def test_an_answer_may_leave_out_what_is_ours() -> None:
    body = generated(partnerReferenceNo=ABSENT, referenceNo=ABSENT)
    outcome = heard(G, body, a_charge())
    assert isinstance(outcome, Accepted)
    assert outcome.handle == {}


# -- what became of it ----------------------------------------------------------------------------


def test_a_payment_is_known_by_ovos_own_number_and_time() -> None:
    assert heard(Q, queried()) == Approved(
        "2005100 00",
        {"reference_no": THEIRS},
        evidence=f"ovo_qris:{THEIRS}",
        charged_at=datetime(2026, 11, 23, 3, 15, 52, tzinfo=UTC),
    )


def test_the_number_is_the_same_wherever_it_is_told() -> None:
    lost, known = a_charge(), accepted_charge()
    without = queried(originalReferenceNo=ABSENT)
    swapped = queried(originalReferenceNo=REFERENCE, originalPartnerReferenceNo=THEIRS)
    for charge, body in ((lost, queried()), (known, without), (known, swapped), (lost, swapped)):
        outcome = heard(Q, body, charge)
        assert isinstance(outcome, Approved)
        assert outcome.evidence == f"ovo_qris:{THEIRS}"
    outcome = heard(Q, without, lost)
    assert isinstance(outcome, Approved)
    assert outcome.evidence == f"ovo_qris:{REFERENCE}"


@for_each(
    "change",
    [
        {"amount": rupiah("49999.00")},
        {"amount": rupiah("50000.01")},
        {"amount": rupiah(50_000.5)},
        {"amount": rupiah("50000.00", "SGD")},
        {"amount": ABSENT},
        {"amount": None},
        {"transAmount": rupiah("50001.00")},
        {"originalPartnerReferenceNo": "01JQ5B1G61SMZM9QJTEX5RTZ3P"},
        {"originalPartnerReferenceNo": ABSENT},
        {"originalPartnerReferenceNo": REFERENCE.lower()},
        {"originalReferenceNo": "OVO20261123000002"},
    ],
)
def test_another_amount_or_name_is_never_a_payment(change: dict[str, object]) -> None:
    assert heard(Q, queried(**change)) == Unknown(Doubt.MISMATCH, "2005100 00", alarm=True)


def test_the_amount_may_stand_under_the_standards_other_name() -> None:
    body = queried(amount=ABSENT, transAmount=rupiah("50000.00"))
    assert isinstance(heard(Q, body), Approved)


@pytest.mark.parametrize("status", ["01", "02", "03"])
def test_what_is_not_paid_yet_is_still_open(status: str) -> None:
    assert heard(Q, queried(status, amount=ABSENT)) == Accepted(f"2005100 {status}")


@pytest.mark.parametrize(
    ("status", "doubt"),
    [("04", Doubt.REVERSED), ("05", Doubt.NOT_FOUND), ("06", Doubt.NOT_FOUND)],
)
def test_an_end_without_money_is_the_wallets_word_and_no_refusal(status: str, doubt: Doubt) -> None:
    assert heard(Q, queried(status)) == Unknown(doubt, f"2005100 {status}")
    other = queried(status, originalPartnerReferenceNo="another")
    assert heard(Q, other) == Unknown(Doubt.MISMATCH, f"2005100 {status}", alarm=True)


def test_a_charge_that_is_not_known_is_not_found_however_it_is_said() -> None:
    bare = queried("07", originalPartnerReferenceNo=ABSENT, originalReferenceNo=ABSENT)
    assert heard(Q, bare) == Unknown(Doubt.NOT_FOUND, "2005100 07")
    assert heard(Q, coded("51", "404 01")) == Unknown(Doubt.NOT_FOUND, "4045101")


@for_each("status", [ABSENT, None, "", "08", "09", "0", "00 ", 0, ["00"]])
def test_a_status_of_no_standard_says_nothing(status: object) -> None:
    outcome = heard(Q, queried(status))
    spaced = status == "00 "  # blanks around a word are nobody's meaning
    assert isinstance(outcome, Approved) is spaced
    if not spaced:
        assert outcome == Unknown(Doubt.UNHEARD_OF, "2005100", alarm=True)


# -- given back -----------------------------------------------------------------------------------


def test_a_refund_that_is_made_is_made() -> None:
    assert heard(R, refunded()) == Approved("2007800")
    bare = coded("78", "200 00")
    assert heard(R, bare) == Approved("2007800")


@pytest.mark.parametrize(
    "change",
    [
        {"refundAmount": rupiah("49999.00")},
        {"originalPartnerReferenceNo": "another"},
        {"originalReferenceNo": "another"},
    ],
)
def test_a_refund_of_something_else_is_none_of_ours(change: dict[str, object]) -> None:
    assert heard(R, refunded(**change)) == Unknown(Doubt.MISMATCH, "2007800", alarm=True)


@for_each(
    ("body", "outcome"),
    [
        (queried("04"), Approved("2005100 04")),
        (queried("00"), Unknown(Doubt.NOT_FOUND, "2005100 00")),
        (queried("05"), Unknown(Doubt.UNHEARD_OF, "2005100 05", alarm=True)),
        (queried("03"), Accepted("2005100 03")),
        (queried("07"), Unknown(Doubt.UNHEARD_OF, "2005100 07", alarm=True)),
        (coded("51", "404 01"), Unknown(Doubt.UNHEARD_OF, "4045101", alarm=True)),
        (queried("04", originalPartnerReferenceNo="another"),
         Unknown(Doubt.MISMATCH, "2005100 04", alarm=True)),
        (coded("51", "504 00"), Unknown(Doubt.WALLET_FAILURE, "5045100")),
        (b"", Unknown(Doubt.GARBAGE)),
    ],
)  # fmt: skip
def test_a_query_tells_whether_a_payment_is_given_back(body: bytes, outcome: Outcome) -> None:
    assert messages.void_outcome(accepted_charge(), body, NOON_UTC) == outcome


# -- codes ----------------------------------------------------------------------------------------

BELIEVED = {
    Verdict.DECLINED: {"403 04", "403 06", "403 16", "403 20", "403 23"},
    Verdict.REFUSED: {"400 00", "400 01", "400 02", "403 02", "403 03", "403 05", "403 15",
                      "404 13"},
    Verdict.MISCONFIGURED: {"403 01", "403 18", "403 19", "404 08", "404 16", "404 17", "405 00"},
}  # fmt: skip
"""The refusals of a charge, written down a second time on purpose."""


def test_only_these_codes_to_the_charge_itself_prove_that_no_money_moved() -> None:
    for verdict, kinds in BELIEVED.items():
        told = {kind for (op, kind), d in DECISIONS.items() if op is G and d.verdict is verdict}
        assert told == kinds
        for kind in kinds:
            outcome = heard(G, coded("47", kind), a_charge())
            assert isinstance(outcome, Declined)
            assert outcome.final is (verdict is not Verdict.DECLINED)
            assert outcome.reason.retryable is not outcome.final
            assert outcome.stops_account is (verdict is Verdict.MISCONFIGURED)
            assert outcome.reason.provider_code == outcome.code == coded("47", kind)[18:25].decode()


@pytest.mark.parametrize("operation", [Q, C, R])
def test_no_code_to_a_question_is_a_refusal_of_the_charge(operation: Operation) -> None:
    statuses = (200, 202, 400, 401, 403, 404, 405, 409, 429, 500, 504)
    for kind in (f"{status} {case:02d}" for status in statuses for case in range(24)):
        outcome = heard(operation, coded(operation.value, kind))
        assert not isinstance(outcome, Declined), kind
        assert isinstance(outcome, Approved) is (kind == "200 00" and operation is not Q)


def test_a_code_of_another_service_or_of_no_table_decides_nothing() -> None:
    for code in ("2005100", "4037814", "4034714", "4034708", "4014702", "4184700", "2014700"):
        parts = Code(code[:3], code[3:5], code[5:])
        assert decide(G, parts).verdict is Verdict.NO_ANSWER
        assert heard(G, coded(code[3:5], f"{code[:3]} {code[5:]}"), a_charge()) == Unknown(
            Doubt.UNHEARD_OF, code, alarm=True
        )


@for_each(
    ("kind", "doubt", "alarm"),
    [
        ("202 00", Doubt.PENDING, False),
        ("429 00", Doubt.WALLET_FAILURE, False),
        ("500 00", Doubt.WALLET_FAILURE, False),
        ("500 01", Doubt.WALLET_FAILURE, False),
        ("500 02", Doubt.WALLET_FAILURE, False),
        ("504 00", Doubt.WALLET_FAILURE, False),
        ("409 00", Doubt.DUPLICATE, True),
        ("409 01", Doubt.DUPLICATE, True),
        ("404 18", Doubt.DUPLICATE, True),
    ],
)
def test_what_proves_nothing_is_unknown(kind: str, doubt: Doubt, alarm: bool) -> None:
    body = coded("47", kind)
    outcome = heard(G, body, a_charge())
    assert outcome == Unknown(doubt, body[18:25].decode(), alarm=alarm)


@for_each("kind", ["403 01", "403 19", "404 08", "404 16", "404 17"])
def test_an_account_that_may_not_ask_is_stopped_and_its_charge_left_as_it_is(kind: str) -> None:
    outcome = heard(Q, coded("51", kind))
    assert isinstance(outcome, Unknown)
    assert (outcome.doubt, outcome.alarm, outcome.stops_account) == (Doubt.UNHEARD_OF, True, True)


@for_each("body", [b"", b"{}", b"[]", b"<html>", b'{"responseCode":null}'])
def test_what_has_no_code_is_no_answer(body: bytes) -> None:
    for operation in Operation:
        assert heard(operation, body) == Unknown(Doubt.GARBAGE)


def test_an_amount_that_snap_cannot_write_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="amount"):
        messages.body(G, replace(a_charge(amount=10**16)))
