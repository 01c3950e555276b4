"""The settlement files of the providers: invented forms, exact rupiah, the day of Jakarta."""

import csv
from datetime import date
from io import StringIO

from sandbox.acquirer.charge import Charge
from sandbox.acquirer.settlement import settlement_file
from sandbox.ovo_qris.provider import QRIS_MDR
from tests.unit.cases import for_each
from tests.unit.sandbox.providers.bench import Market

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
PHONE = "081298765433"
PROVIDERS = ("ovo_snap", "ovo_qris", "midtrans", "xendit", "doku")
every = for_each("provider", PROVIDERS)


def a_charge(
    market: Market, provider: str, reference: str = "R1", *, amount: int = 50_000
) -> Charge:
    """One that waits."""
    partner = market.exchange.providers[provider].partners.named("demo")
    assert partner is not None
    charge = market.exchange.life.open(
        provider=provider,
        partner=partner,
        reference=reference,
        handle=f"H-{reference}",
        amount=amount,
        now=market.now,
        phone=PHONE,
        details={"invoice": "I1", "metadata": None},
    )
    assert charge is not None
    return charge


def a_paid(market: Market, provider: str, reference: str = "R1", amount: int = 50_000) -> Charge:
    """One that was paid."""
    charge = a_charge(market, provider, reference, amount=amount)
    market.exchange.life.pay(charge, market.now)
    return charge


def text(market: Market, provider: str, day: date = TODAY, **choices: str) -> str:
    form = market.exchange.providers[provider].settlement_form
    charges = market.exchange.life.charges
    return settlement_file(charges, form, day, provider=provider, **choices)


def cells(market: Market, provider: str, day: date = TODAY) -> list[list[str]]:
    separator = market.exchange.providers[provider].settlement_form.separator
    told = text(market, provider, day).removeprefix("\ufeff")
    return list(csv.reader(StringIO(told, newline=""), delimiter=separator))[1:]


WORDS = {
    # of one payment of Rp 50.000, and of Rp 20.000 of it given back a minute later
    "ovo_snap": (
        ["23/11/2026", "10:15:30", "R1", "H-R1", "PAYMENT", "", "08••••••5433"],
        ["50.000", "750", "83", "49.167"],
        ["23/11/2026", "10:16:30", "R1", "H-R1", "REFUND", "re_1", "08••••••5433"],
        ["-20.000", "-300", "-33", "-19.667"],
    ),
    "ovo_qris": (
        ["23/11/2026", "10:15:30", "R1", "H-R1", "PAYMENT", "", "08••••••5433"],
        ["50.000", "350", "39", "49.611"],
        ["23/11/2026", "10:16:30", "R1", "H-R1", "REFUND", "re_1", "08••••••5433"],
        ["-20.000", "-140", "-15", "-19.845"],
    ),
    "midtrans": (
        ["R1", "H-R1", "ovo", "settlement", "2026-11-23 10:15:30"],
        ["50000.00", "750.00", "83.00", "49167.00", "", "08••••••5433"],
        ["R1", "H-R1", "ovo", "refund", "2026-11-23 10:16:30"],
        ["-20000.00", "-300.00", "-33.00", "-19667.00", "re_1", "08••••••5433"],
    ),
    "xendit": (
        ["PAYMENT", "H-R1", "R1", "", "ID_OVO", "50,000", "750", "83", "49,167"],
        ["2026-11-23T03:15:30.000Z"],
        ["REFUND", "H-R1", "R1", "re_1", "ID_OVO", "-20,000", "-300", "-33", "-19,667"],
        ["2026-11-23T03:16:30.000Z"],
    ),
    "doku": (
        ["R1", "PAYMENT", "20261123101530", "50000", "750", "83", "49167"],
        ["000002", "08••••••5433"],
        ["R1", "REFUND", "20261123101630", "20000", "300", "33", "19667"],
        ["000002", "08••••••5433"],
    ),
}


@every
def test_each_writes_a_payment_and_a_refund_in_its_own_form(provider: str) -> None:
    market = Market()
    charge = a_paid(market, provider)
    market.pass_time(60)
    market.exchange.life.refund(charge, reference="re_1", amount=20_000, reason="", now=market.now)
    paid, more_paid, back, more_back = WORDS[provider]
    assert cells(market, provider)[:2] == [paid + more_paid, back + more_back]


@every
def test_a_void_is_told_as_what_it_is(provider: str) -> None:
    market = Market()
    market.exchange.life.void(a_paid(market, provider), market.now)
    _, back = cells(market, provider)[:2]
    assert {"VOID", "refund"} & set(back)


@every
def test_what_moved_no_money_has_no_line(provider: str) -> None:
    market = Market()
    a_charge(market, provider)
    market.change(provider, refunds="pending")
    paid = a_paid(market, provider, "R2")
    market.exchange.life.refund(paid, reference="re_1", amount=1, reason="", now=market.now)
    lines = [row for row in cells(market, provider) if "TOTAL" not in row]
    assert len(lines) == 1
    assert "R2" in lines[0]


@every
def test_a_line_stands_on_the_day_in_jakarta_on_which_its_money_moved(provider: str) -> None:
    market = Market()
    market.pass_time(24 * 3600 - (10 * 3600 + 15 * 60 + 31))
    charge = a_paid(market, provider)
    market.pass_time(2)
    market.exchange.life.refund(charge, reference="re_1", amount=50, reason="", now=market.now)
    for day, told in ((TODAY, 1), (TOMORROW, 1), (date(2026, 11, 25), 0)):
        lines = [row for row in cells(market, provider, day) if "TOTAL" not in row]
        assert len(lines) == told


@every
def test_the_file_of_one_partner_or_provider_holds_no_other(provider: str) -> None:
    market = Market()
    other = "doku" if provider != "doku" else "xendit"
    a_paid(market, provider)
    a_paid(market, other, "ELSEWHERE")
    told = text(market, provider, partner="demo")
    assert "R1" in told
    assert "R1" not in text(market, provider, partner="other")
    assert "ELSEWHERE" not in text(market, provider)


@every
def test_no_whole_phone_is_in_it_and_equal_worlds_write_equal_files(provider: str) -> None:
    told = []
    for _ in range(2):
        market = Market()
        a_paid(market, provider)
        told.append(text(market, provider))
    assert told[0] == told[1]
    assert PHONE not in told[0]
    assert told[0].endswith("\r\n")


@for_each("amount", [1, 33, 999, 10_001, 123_457, 9_007_199_254_740_993])
def test_fee_tax_and_net_sum_to_the_amount_and_the_total_to_all(amount: int) -> None:
    market = Market()
    a_paid(market, "doku", "R1", amount=amount)
    market.exchange.life.void(a_paid(market, "doku", "R2", amount=amount), market.now)
    a_paid(market, "doku", "R3", amount=7)
    rows = [[int(cell) for cell in row[3:7]] for row in cells(market, "doku")]
    assert all(gross == fee + tax + net for gross, fee, tax, net in rows)
    assert rows[-1] == [rows[0][part] + rows[3][part] for part in range(4)]


def test_qris_has_its_own_fee() -> None:
    market = Market()
    a_paid(market, "ovo_qris", amount=1_000_000)
    assert cells(market, "ovo_qris")[0][8] == f"{1_000_000 * QRIS_MDR // 10_000:,}".replace(
        ",", "."
    )
