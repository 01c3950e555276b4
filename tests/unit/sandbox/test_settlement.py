"""The settlement of a day: invented columns, exact rupiah, and faults to be found by others."""

import csv
from datetime import date
from io import StringIO
from typing import Any

from sandbox.settlement import COLUMNS, settlement_csv
from tests.unit.cases import for_each
from tests.unit.sandbox.builders import REVERSAL, SOMEBODY, VOID, Bench, a_message

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)


def a_day() -> Bench:
    bench = Bench(behaviour="approve")
    for number in (1, 2, 3):
        bench.send(a_message(number=number, phone="081298765433"))
        bench.pass_time(60)
    bench.send(a_message(VOID, number=2, phone="081298765433"))
    bench.send(a_message(REVERSAL, number=3, phone="081298765433"))
    bench.send(a_message(number=4, phone="081200000002"))  # declined
    return bench


def lines(bench: Bench, day: date = TODAY, **choices: Any) -> list[dict[str, str]]:
    text = settlement_csv(bench.wallet.book, day, **choices)
    return list(csv.DictReader(StringIO(text, newline="")))


def test_a_sale_has_every_column_with_exact_rupiah() -> None:
    assert lines(a_day())[0] == {
        "merchant_invoice": "TMC-000001",
        "tid": "00300001",
        "mid": "0010000000LN001",
        "batch_no": "000004",
        "reference_number": "000001",
        "approval_code": "000001",
        "trace_number": "2",
        "host_date": "2026-11-23",
        "host_time": "10:15:30",
        "gross_amount": "50000",
        "cash_used": "40000",
        "points_used": "10000",
        "mdr_fee": "750",
        "ppn": "83",
        "net_amount": "49167",
        "type": "SALE",
        "phone": "08••••••5433",
    }


def test_what_was_given_back_is_a_line_of_its_own_with_every_amount_negated() -> None:
    found = [(row["merchant_invoice"], row["type"], row["net_amount"]) for row in lines(a_day())]
    assert found == [
        ("TMC-000001", "SALE", "49167"),
        ("TMC-000002", "SALE", "49167"),
        ("TMC-000003", "SALE", "49167"),
        ("TMC-000002", "VOID", "-49167"),
        ("TMC-000003", "REVERSAL", "-49167"),
    ]


@for_each("amount", [1, 33, 999, 10_001, 49_999, 123_457, 20_000_000])
def test_fee_tax_and_net_sum_to_the_gross_amount(amount: int) -> None:
    bench = Bench(behaviour="approve", magic_amounts=False)
    bench.send(a_message(amount=amount))
    (row,) = lines(bench)
    assert int(row["net_amount"]) + int(row["mdr_fee"]) + int(row["ppn"]) == amount
    assert int(row["cash_used"]) + int(row["points_used"]) == amount


def test_the_answers_of_the_wallet_name_the_trace_and_the_time_of_the_line() -> None:
    bench = Bench(behaviour="approve")
    sale, void = bench.ask(a_message()), bench.ask(a_message(VOID))
    first, second = lines(bench)
    assert first["trace_number"] == str(sale["traceNumber"])
    assert first["approval_code"] == sale["approvalCode"]
    assert first["host_time"].replace(":", "") == sale["hostTime"]
    assert second["trace_number"] == str(void["traceNumber"])


def test_a_line_stands_on_the_day_in_jakarta_on_which_its_money_moved() -> None:
    bench = Bench(behaviour="approve")
    bench.pass_time(24 * 3600 - (10 * 3600 + 15 * 60 + 31))
    bench.send(a_message())
    bench.pass_time(2)
    bench.send(a_message(REVERSAL))
    assert [row["type"] for row in lines(bench)] == ["SALE"]
    assert [row["type"] for row in lines(bench, TOMORROW)] == ["REVERSAL"]
    assert lines(bench, date(2026, 11, 25)) == []


def test_what_moved_no_money_has_no_line() -> None:
    bench = Bench()
    bench.send(a_message())
    bench.send(a_message(REVERSAL))
    assert lines(bench) == []


def test_the_file_keeps_to_rfc_4180_and_to_its_order() -> None:
    bench = Bench(behaviour="approve")
    bench.send(a_message(merchantInvoice='A "1", B'))
    text = settlement_csv(bench.wallet.book, TODAY)
    assert text.startswith(",".join(COLUMNS) + "\r\n")
    assert text.endswith("\r\n")
    assert '\r\n"A ""1"", B",00300001,' in text
    assert text == settlement_csv(bench.wallet.book, TODAY)
    assert SOMEBODY not in text


def test_the_file_of_one_merchant_holds_no_other() -> None:
    bench = Bench(behaviour="approve")
    bench.send(a_message())
    assert len(lines(bench, mid="0010000000LN001")) == 1
    assert lines(bench, mid="0010000000OT001") == []


def test_the_nth_fault_strikes_the_nth_sale() -> None:
    found = lines(a_day(), faults=["missing_line", "duplicated_line", "wrong_amount"])
    assert [(row["merchant_invoice"], row["gross_amount"]) for row in found] == [
        ("TMC-000002", "50000"),
        ("TMC-000002", "50000"),
        ("TMC-000003", "51000"),
        ("TMC-000002", "-50000"),
        ("TMC-000003", "-50000"),
    ]


def test_an_unknown_line_is_at_the_end_and_faults_without_a_sale_do_nothing() -> None:
    (only,) = lines(Bench(), faults=["wrong_amount", "unknown_line", "missing_line"])
    assert (only["merchant_invoice"], only["type"]) == ("UNKNOWN-20261123", "SALE")
    assert lines(a_day(), faults=["unknown_line"])[-1]["tid"] == "99999999"
