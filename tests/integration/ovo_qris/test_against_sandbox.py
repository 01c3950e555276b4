"""The QRIS gateway against the sandbox, which was written from the protocol alone."""

import asyncio
from dataclasses import replace
from queue import Empty

import pytest

from adapters.outbound.ovo_qris.gateway import QrisGateway
from adapters.outbound.ovo_qris.notification import QrisNotifications
from application.ports import Charge, Notice, TokenKey
from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Outcome, Unknown
from tests.integration.ovo_qris.shop import Shop, now
from tests.unit.snap.keys import pems

READER = QrisNotifications()


def shown(shop: Shop) -> Charge:
    """A charge whose code the customer sees."""
    charge = shop.charge()
    return shop.accepted(charge, shop.run(lambda gateway: gateway.push(charge)))


def checked(shop: Shop, charge: Charge) -> Outcome:
    return shop.run(lambda gateway: gateway.check(charge))


def test_a_code_is_shown_scanned_and_paid(shop: Shop) -> None:
    charge = shown(shop)
    assert isinstance(checked(shop, charge), Accepted)
    shop.decide(charge, "approve")
    paid = checked(shop, charge)
    assert isinstance(paid, Approved)
    assert paid.evidence == f"ovo_qris:{charge.handle['reference_no']}"
    assert paid.charged_at is not None
    assert abs((now() - paid.charged_at).total_seconds()) < 10
    lost = replace(charge, handle={})  # as if the answer had never come
    assert checked(shop, lost) == paid


def test_a_payment_is_given_back_whole_and_once(shop: Shop) -> None:
    charge = shown(shop)
    shop.decide(charge, "approve")
    assert shop.run(lambda g: g.check_void(charge)) == Unknown(Doubt.NOT_FOUND, "2005100 00")
    for _ in range(2):
        assert isinstance(shop.run(lambda g: g.void(charge)), Approved)
    assert isinstance(shop.run(lambda g: g.check_void(charge)), Approved)
    assert checked(shop, charge) == Unknown(Doubt.REVERSED, "2005100 04")
    assert shop.state(charge) == "refunded"


def test_a_code_is_taken_back_before_it_is_paid_and_not_after(shop: Shop) -> None:
    open_, paid = shown(shop), shown(shop)
    assert isinstance(shop.run(lambda g: g.reverse(open_)), Approved)
    assert shop.state(open_) == "canceled"
    assert checked(shop, open_) == Unknown(Doubt.NOT_FOUND, "2005100 05")
    shop.decide(paid, "approve")
    refused = shop.run(lambda g: g.reverse(paid))
    assert isinstance(refused, Unknown)
    assert isinstance(checked(shop, paid), Approved)


def test_a_charge_that_ovo_never_heard_of_is_not_found(shop: Shop) -> None:
    assert checked(shop, shop.charge()) == Unknown(Doubt.NOT_FOUND, "4045101")
    shop.scenario(status_of_unknown="07")
    assert checked(shop, shop.charge()) == Unknown(Doubt.NOT_FOUND, "2005100 07")


def test_the_same_name_twice_is_a_duplicate_that_somebody_looks_at(shop: Shop) -> None:
    charge = shown(shop)
    again = shop.run(lambda g: g.push(charge))
    assert isinstance(again, Unknown)
    assert (again.doubt, again.alarm) == (Doubt.DUPLICATE, True)


@pytest.mark.parametrize(
    ("how", "doubt"), [("lost", Doubt.CUT), ("502", Doubt.GARBAGE), ("unheard", Doubt.CUT)]
)
def test_a_lost_answer_is_unknown_and_its_charge_is_found_by_our_name(
    shop: Shop, how: str, doubt: Doubt
) -> None:
    shop.scenario(answers={"charge": {"how": how, "times": 1}})
    charge = shop.charge()
    assert shop.run(lambda g: g.push(charge)) == Unknown(doubt)
    found = checked(shop, charge)
    if how == "unheard":
        assert found == Unknown(Doubt.NOT_FOUND, "4045101")
        return
    assert isinstance(found, Accepted)
    assert shop.times_heard(charge) == 1
    shop.decide(charge, "approve")
    assert isinstance(checked(shop, charge), Approved)


# -- tokens ---------------------------------------------------------------------------------------


def test_many_charges_of_several_processes_fetch_one_token(shop: Shop) -> None:
    charges = [shop.charge() for _ in range(40)]

    async def pushed(gateway: QrisGateway) -> list[Outcome]:
        return await asyncio.gather(*[gateway.push(charge) for charge in charges])

    assert {type(outcome) for outcome in shop.run(pushed)} == {Accepted}
    assert isinstance(shop.run(lambda g: g.push(shop.charge())), Accepted)
    assert shop.tokens_fetched() == 1


def test_a_token_revoked_in_mid_run_costs_one_fetch_and_no_charge(shop: Shop) -> None:
    charges = [shop.charge() for _ in range(30)]

    async def pushed(gateway: QrisGateway) -> list[Outcome]:
        first = await gateway.push(shop.charge())
        shop.revoke_tokens()
        rest = await asyncio.gather(*[gateway.push(charge) for charge in charges])
        return [first, *rest]

    assert {type(outcome) for outcome in shop.run(pushed)} == {Accepted}
    assert shop.tokens_fetched() == 2
    assert {shop.times_heard(charge) for charge in charges} == {1}


def test_without_a_token_nothing_of_the_charge_is_sent(shop: Shop) -> None:
    shop.scenario(answers={"b2b_token": "502"})
    charge = shop.charge()
    outcome = shop.run(lambda g: g.push(charge))
    assert isinstance(outcome, NotSent)
    assert "token" in outcome.why
    shop.scenario(answers={})
    assert checked(shop, charge) == Unknown(Doubt.SILENCE)  # left alone for a moment


def test_a_key_that_ovo_does_not_know_is_not_sent_and_its_successor_is_taken(shop: Shop) -> None:
    unknown = pems("present")[0]
    outcome = shop.run(lambda g: g.push(shop.charge(private_key=unknown)))
    assert outcome == NotSent("the provider refuses a token: 4017300")
    shop.tokens.drop(_key(shop))
    known = shop.credentials["private_key"]
    both = shop.charge(private_key=unknown, private_key_next=known)
    assert isinstance(shop.run(lambda g: g.push(both)), Accepted)


def test_a_secret_that_ovo_does_not_know_stops_the_account_unless_the_next_one_signs(
    shop: Shop,
) -> None:
    wrong = "a-secret-of-nobodys"
    outcome = shop.run(lambda g: g.push(shop.charge(client_secret=wrong)))
    assert isinstance(outcome, Declined)
    assert (outcome.code, outcome.stops_account) == ("4014700", True)
    both = shop.charge(client_secret=wrong, client_secret_next=shop.credentials["client_secret"])
    assert isinstance(shop.run(lambda g: g.push(both)), Accepted)


# -- notifications --------------------------------------------------------------------------------


def heard(shop: Shop) -> Notice:
    try:
        return shop.heard.get(timeout=10)
    except Empty:
        raise AssertionError("nobody told us") from None


def test_a_payment_is_told_signed_and_believed_by_its_fields(shop: Shop) -> None:
    shop.listen()
    charge = shown(shop)
    shop.decide(charge, "approve")
    notice = heard(shop)
    assert READER.refusal(notice, shop.account(), now()) is None
    assert READER.names(notice) == [f"ovo_qris:{charge.references.shown['reference']}"]
    told, asked = READER.read(notice, charge), checked(shop, charge)
    assert isinstance(told, Approved)
    assert isinstance(asked, Approved)
    assert told.evidence == asked.evidence
    another = shown(shop)
    assert isinstance(READER.read(notice, another), Unknown)


def test_a_notification_without_a_token_is_verified_too(shop: Shop) -> None:
    shop.listen()
    shop.scenario(notify_token="none")
    charge = shown(shop)
    shop.decide(charge, "approve")
    assert READER.refusal(heard(shop), shop.account(), now()) is None


@pytest.mark.parametrize("forgery", ["wrong_key", "changed_byte", "other_merchant"])
def test_a_forgery_is_refused_and_the_true_one_beside_it_is_not(shop: Shop, forgery: str) -> None:
    shop.listen()
    shop.scenario(forgeries=[forgery])
    charge = shown(shop)
    shop.decide(charge, "approve")
    notices = [heard(shop) for _ in range(2)]  # in the order of the threads that took them
    refused = [READER.refusal(notice, shop.account(), now()) is not None for notice in notices]
    assert sorted(refused) == [False, True]
    true = notices[refused.index(False)]
    assert isinstance(READER.read(true, charge), Approved)


def test_another_amount_rightly_signed_is_a_mismatch(shop: Shop) -> None:
    shop.listen()
    shop.scenario(forgeries=["wrong_amount"])
    charge = shown(shop)
    shop.decide(charge, "approve")
    notices = [heard(shop) for _ in range(2)]
    assert {READER.refusal(notice, shop.account(), now()) for notice in notices} == {None}
    outcomes = [READER.read(notice, charge) for notice in notices]
    assert Unknown(Doubt.MISMATCH, "notify52 00", alarm=True) in outcomes
    assert [type(outcome) for outcome in outcomes].count(Approved) == 1


def _key(shop: Shop) -> TokenKey:
    return TokenKey("ovo_qris", "mer_1", livemode=False, client=shop.credentials["client_id"])
