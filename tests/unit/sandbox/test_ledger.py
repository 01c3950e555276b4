"""The ledger tells the truth, and tells no phone number or name."""

import orjson

from sandbox.bills import of_push
from sandbox.ledger import rows, totals
from sandbox.pages import Pages, rupiah
from sandbox.push import State
from sandbox.taps import Tap
from tests.unit.sandbox.builders import (
    CHECK,
    INQUIRY,
    REVERSAL,
    SOMEBODY,
    VOID,
    Bench,
    a_message,
)


def a_busy_bench() -> Bench:
    bench = Bench()
    for number, phone in enumerate(("081200000001", "081200000002", "081200000005"), start=1):
        bench.send(a_message(number=number, phone=phone))
    bench.send(a_message(number=3, phone="081200000005"))
    bench.send(a_message(CHECK, number=3, phone="081200000005"))
    bench.send(a_message(REVERSAL, number=3, phone="081200000005"))
    bench.send(a_message(VOID, number=1, phone="081200000001", amount=1))
    bench.send(a_message(INQUIRY))
    bench.send(a_message(number=4))
    bench.send(a_message(amount="x"))
    return bench


def test_the_totals_count_everything_heard_and_the_money() -> None:
    found = totals(a_busy_bench().wallet)
    assert (found["pushes"], found["under_way"]) == (4, 0)
    assert found["states"] == {
        "waiting": 1,
        "paid": 1,
        "failed": 1,
        "ended": 0,
        "reversed": 1,
        "voided": 0,
    }
    assert (found["amount_moved"], found["amount_kept"]) == (100_000, 50_000)
    assert found["heard"] == {"check_push": 1, "inquiry": 1, "push": 5, "reversal": 1, "void": 1}
    assert found["refused"] == {"BR": 1}
    assert found["inquiry"] == {"00": 1}
    assert found["unmatched"] == {"void": 1}
    assert found["signed"] == {"app_random": 9}


def test_a_row_tells_how_often_a_push_was_heard_asked_for_and_taken_back() -> None:
    found, _ = rows(a_busy_bench().wallet.book, invoice="TMC-000003")
    (row,) = found
    assert row["state"] == "reversed"
    assert (row["times_heard"], row["status_checks"], row["reversals"]) == (2, 1, 1)
    assert (row["money_moved"], row["money_kept"], row["answer"]) == (True, False, "cut")
    assert row["paid_at"] == "2026-11-23T10:15:30.000+07:00"


def test_the_ledger_holds_no_phone_and_no_name() -> None:
    text = orjson.dumps(rows(a_busy_bench().wallet.book)).decode()
    assert "08••••••5432" in text
    assert SOMEBODY not in text
    assert "PELANGGAN" not in text


def test_rows_come_in_pages() -> None:
    book = a_busy_bench().wallet.book
    first, after = rows(book, limit=3)
    rest, end = rows(book, limit=3, after=after)
    assert [row["id"] for row in first + rest] == [push.id for push in book]
    assert end is None
    assert rows(book, limit=4)[1] is None
    assert [row["id"] for row in rows(book, state=State.WAITING)[0]] == ["push-000004"]


def test_the_phone_page_shows_what_waits_and_escapes_the_invoice() -> None:
    bench = Bench()
    bench.send(a_message(amount=50_000, merchantInvoice="<b>&"))
    bills = [of_push(push) for push in bench.wallet.book.of_phone(SOMEBODY)]
    text = Pages().phone(SOMEBODY, bills, bench.now).text
    assert text is not None
    for part in ("Rp 50.000", "Klinik Lunas", "&lt;b&gt;&amp;", "--s:55", "Setujui", "Decline"):
        assert part in text
    assert "<b>&" not in text
    assert "<script" not in text
    assert "http:" not in text
    assert "https:" not in text


def test_the_phone_page_shows_the_result_and_then_nothing_to_pay() -> None:
    bench = Bench()
    bench.send(a_message())
    bench.tap(bench.push.id, Tap.APPROVE)
    bills = [of_push(push) for push in bench.wallet.book.of_phone(SOMEBODY)]
    fresh = Pages().phone(SOMEBODY, bills, bench.now).text or ""
    bench.pass_time(60)
    later = Pages().phone(SOMEBODY, bills, bench.now).text or ""
    assert 'role="status"' in fresh
    assert 'role="status"' not in later
    assert "Tidak ada tagihan" in later
    assert "Berhasil" in later
    assert SOMEBODY not in later


def test_rupiah_are_written_the_indonesian_way() -> None:
    assert [rupiah(n) for n in (1, 999, 50_000, 1_250_000)] == [
        "Rp 1",
        "Rp 999",
        "Rp 50.000",
        "Rp 1.250.000",
    ]
