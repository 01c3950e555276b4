"""What `lunas settlement read` prints, and how it ends."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from application.ports import StoreUnavailable
from domain.attempt import References
from domain.money import Money
from domain.payment import Change, Payment
from tests.builders import a_payment, an_approval
from tests.unit.cli.builders import FULL_PHONE, MASKED_PHONE, House

TITLES = "merchant_invoice,tid,mid,batch_no,reference_number,approval_code,host_date,host_time,"
TITLES += "gross_amount,mdr_fee,ppn,net_amount,type,phone"
SALE = "LN-1,1,2,4,7,A1,2026-11-23,10:15:30,50000,750,83,49167,SALE," + FULL_PHONE
ELSEWHERE = SALE.replace("LN-1,1,2,4,7", "LN-2,1,2,4,8")
BROKEN = SALE.replace("50000", "Siti Rahayu")
READ = ("settlement", "read", "-", "--provider", "ovo")


def a_file(*rows: str) -> str:
    return "".join(f"{row}\r\n" for row in (TITLES, *rows))


@pytest.fixture
def payment(house: House) -> Payment:
    """The payment of SALE, paid."""
    paid = a_payment(an_approval(), amount=Money(50_000))
    names = References({}, ("ovo:test:1:2:4:7", "ovo:test:1:2:invoice:LN-1"))
    named = replace(paid.attempts[0], references=names)
    paid = replace(paid, attempts=(named,), version=1)
    house.payments.save(Change(paid, ()))
    return paid


def test_a_file_that_agrees_ends_with_0_and_shows_each_line(house: House, payment: Payment) -> None:
    result = house.run(*READ, typed=a_file(SALE))
    assert result.exit_code == 0, result.output
    line = next(row for row in result.stdout.splitlines() if "LN-1" in row)
    for cell in ("2 ", "2026-11-23 10:15:30 WIB", "payment", "Rp 50.000", "Rp 750", "Rp 49.167"):
        assert cell in line
    assert "✓ agrees" in line
    assert f"test {payment.id} (succeeded, Rp 50.000)" in line
    assert "ovo: rows 1, lines 1 (1 agrees), bad lines 0; digest " in result.stdout


def test_a_live_payment_is_never_taken_for_a_test(house: House) -> None:
    paid = a_payment(an_approval(), amount=Money(50_000), livemode=True)
    names = References({}, ("ovo:live:1:2:4:7", "ovo:live:1:2:invoice:LN-1"))
    named = replace(paid.attempts[0], references=names)
    house.payments.save(Change(replace(paid, attempts=(named,), version=1), ()))
    result = house.run(*READ, typed=a_file(SALE))
    assert f"LIVE {paid.id} (succeeded, Rp 50.000)" in result.stdout


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ELSEWHERE, "? not known"),
        (SALE.replace("50000,750,83,49167", "51000,0,0,51000"), "✗ amount differs"),
        (SALE.replace("A1", "B2"), "✗ reference differs"),
        (SALE.replace("LN-1", "LN-2"), "✗ reference differs"),
        (SALE.replace("SALE", "VOID").replace("50000,750,83,49167", "-50000,0,0,-50000"),
         "✗ status differs"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("payment")
def test_how_a_line_stands_to_what_is_here_is_told(house: House, row: str, said: str) -> None:
    result = house.run(*READ, typed=a_file(row))
    assert result.exit_code == 1
    assert said in result.stdout


@pytest.mark.usefixtures("payment")
def test_a_bad_line_ends_with_1_is_told_and_loses_nothing_else(house: House) -> None:
    result = house.run(*READ, typed=a_file(BROKEN, SALE))
    assert result.exit_code == 1
    bad = next(row for row in result.stdout.splitlines() if "gross_amount" in row)
    assert bad.startswith("2 ")
    assert "is no amount of rupiah" in bad
    assert "ovo: rows 2, lines 1 (1 agrees), bad lines 1" in result.stdout
    assert "Siti" not in result.output


@pytest.mark.usefixtures("payment")
def test_what_came_in_and_what_went_back_are_added_up(house: House) -> None:
    void = SALE.replace("SALE", "VOID").replace("50000,750,83,49167", "-50000,-750,-83,-49167")
    result = house.run(*READ, typed=a_file(SALE, ELSEWHERE, void))
    sums = {row.split("  ")[0]: row for row in result.stdout.splitlines()}
    assert "Rp 100.000" in sums["payments"]
    assert "-Rp 50.000" in sums["given back"]
    assert "Rp 49.167" in sums["sum"]


def test_programs_get_an_object(house: House, payment: Payment) -> None:
    result = house.run(*READ, "--json", typed=a_file(SALE, ELSEWHERE, BROKEN))
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["ok"], told["provider"], told["rows"], told["total_row"]) == (
        False,
        "ovo",
        3,
        None,
    )
    assert len(told["digest"]) == 64
    assert told["sums"] == {"count": 2, "gross": 100_000, "fee": 1_500, "vat": 166, "net": 98_334}
    assert told["agreement"]["agrees"] == told["agreement"]["not_known"] == 1
    assert [(bad["line"], bad["column"]) for bad in told["bad_lines"]] == [(4, "gross_amount")]
    assert told["lines"][0] == {
        "line": 2,
        "kind": "payment",
        "at": "2026-11-23T03:15:30.000Z",
        "reference": "LN-1",
        "batch_no": 4,
        "reference_no": 7,
        "approval_code": "A1",
        "provider_reference": None,
        "refund": None,
        "gross": 50_000,
        "fee": 750,
        "vat": 83,
        "net": 49_167,
        "customer": MASKED_PHONE,
        "agreement": "agrees",
        "payment_id": payment.id,
        "livemode": False,
        "payment_status": "succeeded",
        "payment_amount": 50_000,
    }
    assert told["lines"][1]["payment_id"] is None


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_no_phone_is_shown_wherever_it_got_into_the_file(
    house: House, more: tuple[str, ...]
) -> None:
    row = SALE.replace("LN-1", FULL_PHONE).replace("A1", FULL_PHONE)
    result = house.run(*READ, *more, typed=a_file(row))
    assert MASKED_PHONE in result.stdout
    assert FULL_PHONE not in result.output


def test_a_long_file_is_shown_in_several_tables(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.inbound.cli.settlement_views.TOGETHER", 2)
    rows = [SALE.replace("LN-1,1,2,4,7", f"LN-{n},1,2,4,{n}") for n in range(5)]
    result = house.run(*READ, typed=a_file(*rows))
    assert all(f"LN-{n} " in result.stdout for n in range(5))
    assert result.stdout.count("Reference") == 3


def test_a_file_is_read_from_where_it_lies(house: House, tmp_path: Path) -> None:
    path = tmp_path / "settlement.csv"
    path.write_text(a_file(), newline="")
    result = house.run("settlement", "read", str(path), "--provider", "ovo")
    assert result.exit_code == 0
    assert "ovo: rows 0, lines 0 (none), bad lines 0" in result.stdout


def test_no_more_of_a_file_is_read_than_can_be_a_settlement(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.inbound.cli.settlement.LARGEST_SETTLEMENT_FILE", 3)
    assert "no header that is known" in house.run(*READ, typed=a_file(SALE)).stderr


def test_what_is_no_settlement_file_ends_with_1_and_what_to_do(house: House) -> None:
    result = house.run(*READ, typed="Siti,Rahayu\n")
    assert result.exit_code == 1
    assert "settlement_unreadable: the file has no header that is known" in result.stderr
    assert "Siti" not in result.output


def test_another_provider_or_no_file_is_wrong_usage(house: House) -> None:
    result = house.run("settlement", "read", "-", "--provider", "kilat", typed=a_file())
    assert (result.exit_code, "is none of ovo" in result.stderr) == (2, True)
    assert house.run("settlement", "read", "nowhere.csv", "--provider", "ovo").exit_code == 2
    assert house.run("settlement", "read", "-", typed=a_file()).exit_code == 2


def test_a_store_that_is_away_ends_with_4(house: House) -> None:
    house.trouble = StoreUnavailable("it is locked")
    assert house.run(*READ, typed=a_file(SALE)).exit_code == 4
