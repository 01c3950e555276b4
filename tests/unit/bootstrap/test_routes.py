"""Routes as they stand in the settings."""

import pytest

from bootstrap.routes import routes
from domain.money import LARGEST_PAYMENT, NOTHING, Money
from domain.provider import Needs, Provider
from domain.routing import Route, Target
from domain.rules import Rules
from tests.unit.cases import for_each

PROVIDERS = {
    "ovo": Provider("ovo", "ovo_push", Money(1)),
    "midtrans": Provider("midtrans", "ovo_midtrans", Money(1)),
    "ovo_qris": Provider(
        "ovo_qris", "qris", Money(1), Rules(needs_phone=False), needs=Needs.NOTHING
    ),
}


@pytest.mark.parametrize("text", ["", " ; "])
def test_none_by_default(text: str) -> None:
    assert routes(text, PROVIDERS) == []


def test_a_route_has_a_method_an_amount_and_its_providers() -> None:
    text = "ovo_push 0-499999 = ovo:90 midtrans:10; ovo_push 500000- = midtrans; qris = ovo_qris"
    assert routes(text, PROVIDERS) == [
        Route("ovo_push", (Target("ovo", 90), Target("midtrans", 10)), NOTHING, Money(499_999)),
        Route("ovo_push", (Target("midtrans"),), Money(500_000), LARGEST_PAYMENT),
        Route("qris", (Target("ovo_qris"),)),
    ]


@for_each(
    ("text", "why"),
    [
        ("ovo_push", "is no route; one is written METHOD"),
        ("= ovo", "is no route"),
        ("ovo_push =  ", "is no route"),
        ("ovo_push = ovo:many", "is no provider with a share"),
        ("ovo_push = gopay", "leads to gopay, but LUNAS_PROVIDERS has: ovo, midtrans, ovo_qris"),
        ("ovo_push = ovo ovo", "names each of its providers once"),
        ("ovo_push 9-1 = ovo", "takes no order"),
        ("ovo_push = ovo ovo_qris", "need different things: nothing, phone"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        routes(text, PROVIDERS)
