"""What a search index is given of a payment, and what never."""

from dataclasses import asdict, replace

import pytest

from application.payment_copy import copy_of
from application.search_words import beginnings, places, wanted
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Customer
from domain.outcome import Approved
from domain.payment import Payment
from tests.builders import a_payment, a_start
from tests.unit.cases import for_each

CANARIES = ("metadata-canary", "customer-canary", "081298765432", "81298765432", "Nama Canary",
            "return-canary", "details-canary")  # fmt: skip


def a_secretive_payment() -> Payment:
    """A payment with something personal wherever it may be."""
    outcome = Approved(
        "00",
        {"approval_code": "AC77", "name": "details-canary", "ovo_id": "details-canary"},
        payer_name="Nama Canary",
    )
    return a_payment(
        outcome,
        order_id="consult-1",
        phone=Msisdn("081298765432"),
        description="description-canary",
        metadata={"room": "metadata-canary", "metadata-canary": "x"},
        customer=Customer("customer-canary", "id"),
        return_url="https://chat.example/return-canary",
    )


@pytest.mark.parametrize("with_description", [False, True])
def test_nothing_personal_gets_in(with_description: bool) -> None:
    payment = a_secretive_payment()
    copy = copy_of(payment, with_description=with_description)
    everything = " ".join([str(asdict(copy)), *copy.terms.words, *copy.terms.wholes])
    assert [canary for canary in CANARIES if canary.lower() in everything.lower()] == []
    assert ("description-canary" in everything) is with_description
    assert copy.phone == "08••••••5432"
    assert "5432" in copy.terms.wholes
    assert copy.codes == ("AC77", "00")


def test_its_day_is_jakartas() -> None:
    copy = copy_of(a_start(amount=Money(5)).payment, with_description=False)
    late = copy.created_at.replace(hour=17)
    assert (copy.day, replace(copy, created_at=late).day) == ("2026-11-23", "2026-11-24")


def test_a_text_is_found_by_the_beginning_of_each_of_its_parts() -> None:
    assert list(beginnings("Consult-8812_b,  (Malam)")) == [
        "consult_8812_b", "8812_b", "b", "malam"
    ]  # fmt: skip


def test_amounts_may_be_asked_for_as_they_are_written() -> None:
    for text in ("50.000", "Rp 50.000", "rp50.000", "IDR 50,000", "50000", "0050000"):
        [word] = wanted(text)
        assert "50000" in word.wholes


@for_each(
    ("text", "question", "found"),
    [
        ("consult-8812", "8812", [(8, 12)]),
        ("CONSULT-8812", "consult", [(0, 7)]),
        ("a-b a-c", "a", [(0, 1), (4, 5)]),
        ("consult", "sult", []),
        ("k\u00f6ln", "KO\u0308LN", [(0, 4)]),
    ],
)
def test_it_is_told_where(text: str, question: str, found: list[tuple[int, int]]) -> None:
    assert list(places(text, wanted(question), whole=False)) == found
