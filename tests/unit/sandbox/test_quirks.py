"""What an answer may look like: other types, missing fields, lies; and the switches of the door."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.fields import ANSWER_FIELDS
from tests.unit.cases import for_each
from tests.unit.sandbox.builders import (
    CHECK,
    INQUIRY,
    RANDOM,
    REVERSAL,
    SOMEBODY,
    START,
    VOID,
    Bench,
    a_message,
    without,
)

PAID = "081200000001"


def approval(**choices: Any) -> dict[str, Any]:
    return Bench(**choices).ask(a_message(phone=PAID))


@for_each(
    ("word", "name", "value"),
    [
        ("amount_text", "amount", "50000"),
        ("amount_decimal", "amount", 50000.0),
        ("reference_text", "referenceNumber", "000001"),
        ("trace_text", "traceNumber", "2"),
        ("operation_unpadded", "type", "210"),
        ("operation_unpadded", "processingCode", "40000"),
        ("operation_numbers", "type", 210),
        ("operation_numbers", "processingCode", 40000),
    ],
)
def test_a_field_may_have_another_type(word: str, name: str, value: object) -> None:
    found = approval(answer_types=[word])[name]
    assert (found, type(found)) == (value, type(value))


def test_batch_and_money_may_have_another_type() -> None:
    assert approval(answer_types=["batch_unpadded"])["transactionRequestData"]["batchNo"] == "4"
    assert approval(answer_types=["batch_number"])["transactionRequestData"]["batchNo"] == 4
    receipt = approval(answer_types=["money_numbers"])["transactionResponseData"]
    assert (receipt["cashUsed"], receipt["ovoPointsUsed"]) == (40_000, 10_000)
    assert receipt["storeCode"] == "LUNAS01"


def test_every_type_at_once_still_answers_even_a_refused_message() -> None:
    words = ["batch_number", "batch_unpadded", "operation_numbers", "amount_text", "trace_text"]
    bench = Bench(answer_types=words)
    for message in (a_message(phone=PAID), a_message(processingCode="x"), {}, a_message(INQUIRY)):
        assert bench.ask(message)["responseCode"] in {"00", "BR"}
    assert bench.ask(a_message(processingCode="9" * 5000))["processingCode"] == "9" * 5000


def named(answer: dict[str, Any], name: str) -> list[object]:
    """The values of this name in the answer and in its inner objects."""
    parts = [answer, *(part for part in answer.values() if isinstance(part, dict))]
    return [part[name] for part in parts if name in part]


@for_each("name", [name for name in ANSWER_FIELDS if name != "message"])
def test_any_field_may_be_left_out_or_null(name: str) -> None:
    assert len(named(approval(), name)) == 1
    assert named(approval(answer_omits=[name]), name) == []
    assert named(approval(answer_nulls=[name]), name) == [None]


def test_the_words_of_a_refusal_may_be_left_out() -> None:
    assert "message" not in Bench(answer_omits=["message"]).ask(a_message(amount="x"))


def test_a_failure_may_carry_an_empty_receipt() -> None:
    name = "transactionResponseData"
    assert name not in Bench(behaviour="17").ask(a_message())
    assert Bench(behaviour="17", failure_receipt="null").ask(a_message())[name] is None
    assert Bench(behaviour="17", failure_receipt="empty").ask(a_message())[name] == {}
    assert Bench(failure_receipt="null").ask(a_message(amount="x"))[name] is None
    bench = Bench(failure_receipt="null")
    assert name not in bench.ask(a_message(INQUIRY))
    assert bench.ask(a_message(phone=PAID))[name]["paymentType"] == "PUSH TO PAY"


def test_an_approval_may_lie_and_a_failure_never_does() -> None:
    lies = ["amount", "reference", "invoice", "batch"]
    answer = approval(lies=lies)
    assert (answer["amount"], answer["referenceNumber"]) == (50_001, 2)
    assert answer["transactionRequestData"]["merchantInvoice"] == "XMC-000001"
    assert answer["transactionRequestData"]["batchNo"] == "000005"
    assert Bench(behaviour="17", lies=lies).ask(a_message())["amount"] == 50_000
    assert Bench(lies=lies).ask(a_message(INQUIRY))["responseCode"] == "00"
    bench = Bench(lies=["invoice"], behaviour="approve")
    answer = bench.ask(a_message(merchantInvoice="X"))
    assert answer["transactionRequestData"]["merchantInvoice"] == "Y"


def test_a_lying_phone_lies_to_checks_and_reversals_too() -> None:
    bench = Bench()
    for operation in (None, CHECK, REVERSAL):
        message = a_message(operation or ("0200", "040000"), phone="081200000015")
        assert bench.ask(message)["amount"] == 50_001
    bench = Bench()
    assert "transactionRequestData" not in bench.ask(a_message(phone="081200000017"))
    assert bench.push.money_kept


def test_the_trace_number_and_host_time_are_those_of_the_movement() -> None:
    bench = Bench(behaviour="late")
    call = bench.send(a_message())
    bench.pass_time(72)
    paid, checked = bench.answer(call), bench.ask(a_message(CHECK))
    assert paid["traceNumber"] == checked["traceNumber"] == bench.push.trace
    assert paid["hostTime"] == checked["hostTime"] == "101530"
    first = bench.ask(a_message(REVERSAL))
    bench.pass_time(15)
    again = bench.ask(a_message(REVERSAL))
    assert first["traceNumber"] == again["traceNumber"] == bench.push.return_trace
    assert first["hostTime"] == again["hostTime"] == "101642"


@pytest.mark.parametrize(("skew", "said"), [("90s", "101700"), ("-7h", "031530")])
def test_the_hosts_clock_may_be_wrong(skew: str, said: str) -> None:
    assert approval(host_skew=skew)["hostTime"] == said
    assert Bench(host_skew=skew).ask(a_message(amount="x"))["hostTime"] == said


def test_an_inquiry_may_tell_the_name() -> None:
    answer = Bench(inquiry_tells_name=True).ask(a_message(INQUIRY))
    assert answer["transactionResponseData"] == {
        "ovoid": "********5432",
        "fullName": "PELANGGAN UJI 5432",
    }
    bench = Bench(inquiry_tells_name=True)
    assert "transactionResponseData" not in bench.ask(a_message(INQUIRY, phone="081200001014"))


def test_the_code_and_status_of_a_wrong_signature_are_switches() -> None:
    bench = Bench(auth_code="ER", auth_http_status=401)
    call = bench.send_raw(b"{}", {"app-id": "nobody", "random": RANDOM, "hmac": ""})
    assert (bench.answer(call)["responseCode"], bench.status(call)) == ("ER", 401)
    assert bench.status(bench.send(a_message(amount="x"))) == 400


def test_a_malformed_field_may_be_30() -> None:
    bench = Bench(malformed_code="30")
    assert bench.code(without(a_message(), "date")) == "30"
    assert (
        bench.answer(bench.send_raw(b"[]", {"app-id": "", "random": "", "hmac": ""}))[
            "responseCode"
        ]
        == "63"
    )


def test_a_stale_random_may_be_refused() -> None:
    gap = START - timedelta(seconds=int(RANDOM))
    off = abs(gap.timestamp())
    assert Bench(random_within=off + 1).code(a_message(INQUIRY)) == "00"
    assert Bench(random_within=max(0, off - 1)).code(a_message(INQUIRY)) == "63"


@pytest.mark.parametrize("phone", ["6281298765432", "+6281298765432", SOMEBODY])
def test_phones_in_the_form_of_other_countries_are_taken_by_switch(phone: str) -> None:
    bench = Bench(phone_form="any", behaviour="approve")
    answer = bench.ask(a_message(phone=phone))
    assert answer["transactionRequestData"]["phone"] == SOMEBODY
    assert bench.code(a_message(CHECK)) == "00"


@for_each("phone", ["62", "+62812", "006281298765432", "6201298765432", 5, None])
def test_other_forms_of_a_phone_stay_malformed(phone: Any) -> None:
    assert Bench(phone_form="any").code(a_message(phone=phone)) == "BR"


def test_the_reversal_of_a_paid_push_may_be_refused_so_that_only_a_void_helps() -> None:
    bench = Bench(behaviour="approve", reversal_of_paid="40")
    bench.send(a_message())
    assert bench.code(a_message(REVERSAL)) == "40"
    assert bench.push.money_kept
    assert bench.code(a_message(VOID)) == "00"


def test_a_second_reversal_may_be_73() -> None:
    bench = Bench(behaviour="approve", reversal_again_code="73")
    bench.send(a_message())
    assert [bench.code(a_message(REVERSAL)) for _ in range(3)] == ["00", "73", "73"]
    assert not bench.push.money_kept


def test_a_check_of_a_waiting_push_may_be_25() -> None:
    bench = Bench(waiting_check_code="25")
    bench.send(a_message())
    assert bench.code(a_message(CHECK)) == "25"
