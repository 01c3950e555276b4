"""What `lunas check invariants` prints, and how it ends."""

import json

from adapters.inbound.cli.tools import Audit
from application.invariants import Breach
from application.ports import StoreUnavailable
from tests.unit.cli.builders import PAYMENT_ID, House

BREACH = Breach(1, "money moved is told", PAYMENT_ID, "att_1 is charged")


def test_a_sound_house_ends_with_0_and_says_what_was_judged(house: House) -> None:
    house.audit = Audit(12, 10, "http://127.0.0.1:8090", 0, ())
    result = house.run("check", "invariants")
    assert result.exit_code == 0
    assert "12 payments: every invariant holds" in result.stdout
    assert "the money of 10 judged by the ledger of http://127.0.0.1:8090" in result.stdout


def test_without_a_sandbox_it_says_that_the_money_was_not_judged(house: House) -> None:
    result = house.run("check", "invariants")
    assert "the money was not judged" in result.stdout


def test_a_breach_ends_with_1_and_is_told_with_its_payment(house: House) -> None:
    house.audit = Audit(12, 0, None, 5, (BREACH,))
    result = house.run("check", "invariants")
    assert result.exit_code == 1
    assert PAYMENT_ID in result.stdout
    assert "money moved is told" in result.stdout
    assert "and 4 more" in result.stdout
    assert "12 payments: 5 broken" in result.stdout


def test_programs_get_an_object(house: House) -> None:
    house.audit = Audit(12, 12, "http://127.0.0.1:8090", 1, (BREACH,))
    result = house.run("check", "invariants", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["ok"], told["payments"], told["count"]) == (False, 12, 1)
    assert told["breaches"] == [
        {
            "invariant": 1,
            "name": "money moved is told",
            "payment_id": PAYMENT_ID,
            "detail": "att_1 is charged",
        }
    ]


def test_a_store_that_is_away_ends_with_4(house: House) -> None:
    house.trouble = StoreUnavailable("it is locked")
    assert house.run("check", "invariants").exit_code == 4
