"""Which provider an order is given to."""

from collections import Counter
from dataclasses import replace

from application.choose_provider import ChooseProvider
from domain.merchant import Caller, ProviderAccount, Stop
from domain.money import Money
from domain.provider import Provider
from domain.routing import Route, Target
from tests.builders import NOON
from tests.memory_house import MemoryHouse

CALLER = Caller("cli_1", "mer_1", livemode=False)
PROVIDERS = {
    name: Provider(name, f"{name}_push" if name == "ovo" else f"ovo_{name}", Money(1))
    for name in ("ovo", "midtrans", "xendit")
}
BOTH = Route("ovo_push", (Target("ovo", 3), Target("midtrans", 1)))
FEE = Money(50_000)
STOP = Stop("58", NOON, "pay_1", NOON)


def choosing(*routes: Route, unwell: frozenset[str] = frozenset()) -> ChooseProvider:
    """The choice of a merchant with accounts at OVO and Midtrans."""
    accounts = MemoryHouse().store.accounts
    for name in ("ovo", "midtrans"):
        accounts.save(ProviderAccount("mer_1", name, False, {}))
    return ChooseProvider(accounts, PROVIDERS, routes, lambda: unwell)


def chosen(choose: ChooseProvider, orders: int = 400) -> Counter[str | None]:
    """Who was chosen for so many orders."""
    return Counter(choose(CALLER, "ovo_push", FEE, f"consult-{n}") for n in range(orders))


def test_without_a_route_a_method_is_its_own_providers() -> None:
    assert chosen(choosing()) == {"ovo": 400}
    assert choosing()(CALLER, "ovo_xendit", FEE, "c") == "xendit"
    assert choosing()(CALLER, "gopay", FEE, "c") is None


def test_the_first_route_that_takes_the_order_decides() -> None:
    small = Route("ovo_push", (Target("midtrans"),), most=Money(49_999))
    choose = choosing(small, BOTH)
    assert choose(CALLER, "ovo_push", Money(49_999), "c") == "midtrans"
    assert {choose(CALLER, "ovo_push", FEE, f"c{n}") for n in range(99)} == {"ovo", "midtrans"}


def test_orders_are_shared_out_and_the_same_order_goes_the_same_way() -> None:
    choose = choosing(BOTH)
    counted = chosen(choose)
    assert 70 < counted["midtrans"] < 130
    assert len({choose(CALLER, "ovo_push", FEE, "c") for _ in range(9)}) == 1


def test_a_provider_that_is_unwell_gets_no_new_orders_while_another_is_well() -> None:
    assert chosen(choosing(BOTH, unwell=frozenset({"ovo"}))) == {"midtrans": 400}
    both_ill = choosing(BOTH, unwell=frozenset({"ovo", "midtrans"}))
    assert chosen(both_ill) == {"ovo": 400}, "better than none"


def test_only_accounts_that_can_be_used_count() -> None:
    choose = choosing(Route("ovo_push", (Target("xendit", 9), Target("midtrans", 1))))
    assert chosen(choose) == {"midtrans": 400}, "there is no account at Xendit"
    account = choose.accounts.get("mer_1", "midtrans", livemode=False)
    choose.accounts.save(replace(account, stopped=STOP))
    assert set(chosen(choose)) == {"xendit", "midtrans"}, "who is asked says why not"


def test_an_order_goes_to_one_that_takes_so_much() -> None:
    choose = choosing(BOTH)
    bounded = replace(PROVIDERS["midtrans"], minimum=Money(1_000), maximum=Money(60_000))
    choose = replace(choose, providers={**PROVIDERS, "midtrans": bounded})
    assert chosen(choose)["midtrans"] > 70
    for amount in (Money(999), Money(60_001)):
        names = {choose(CALLER, "ovo_push", amount, f"c{n}") for n in range(99)}
        assert names == {"ovo"}


def test_every_method_that_is_offered_is_told() -> None:
    choose = choosing(Route("wallet", (Target("ovo"),)))
    assert set(choose.methods()) == {"wallet", "ovo_push", "ovo_midtrans", "ovo_xendit"}
