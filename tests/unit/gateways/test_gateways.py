"""The gateways without sockets: when something leaves, and how failures are told."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from adapters.outbound.exchange import Exchange
from adapters.outbound.wire import AddressRefused, AnswerTooLarge
from application.ports import Charge
from domain.errors import InvalidValue
from domain.outcome import Approved, Doubt, NotSent, Outcome, Unknown
from tests.unit.cases import for_each
from tests.unit.gateways.builders import (
    LIVE_URL,
    TEST_URL,
    FakeWire,
    an_exchange,
    answering,
    failing,
    unsent,
)
from tests.unit.gateways.houses import (
    ACTS,
    EVERY,
    HOUSES,
    PATIENT,
    QUESTIONS,
    House,
    arguments,
)

acts = for_each(("house", "name"), ACTS)
questions = for_each(("house", "name"), QUESTIONS)
every = for_each(("house", "name"), EVERY)


def told(
    house: House,
    name: str,
    wire: FakeWire,
    charge: Charge | None = None,
    *,
    exchange: Exchange | None = None,
) -> Outcome:
    async def main() -> Outcome:
        gateway = house.make(exchange or an_exchange(wire), PATIENT)
        call = getattr(gateway, name)
        outcome: Outcome = await call(*arguments(name, charge or house.charge()))
        return outcome

    return asyncio.run(main())


def settled(house: House, name: str) -> FakeWire:
    return answering(house.answers[name])


@every
def test_each_is_one_call_and_hears_its_own_answer(house: House, name: str) -> None:
    wire = settled(house, name)
    assert isinstance(told(house, name, wire), Approved)
    (request,) = wire.asked
    assert str(request.url).startswith(f"{TEST_URL}/")
    assert request.headers["accept"] == "application/json"
    if name in house.acts:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/json"
    else:
        assert (request.method, request.content) == ("GET", b"")


@acts
def test_an_act_may_leave_until_its_deadline_and_has_its_own_patience(
    house: House, name: str
) -> None:
    wire = settled(house, name)
    told(house, name, wire, house.charge(leave_by=timedelta(hours=2)))
    (guard,) = wire.guards
    patience = PATIENT.read_within if name == "push" else timedelta(seconds=15)
    assert (guard.leave_by, guard.end_by) == (timedelta(hours=2), timedelta(hours=2) + patience)
    assert wire.asked[0].extensions["timeout"] == {
        "connect": 5,
        "read": patience.total_seconds(),
    }


@questions
def test_a_question_has_fifteen_seconds_in_all_however_old_the_charge_is(
    house: House, name: str
) -> None:
    wire = settled(house, name)
    old = house.charge(leave_by=timedelta(seconds=1))
    assert isinstance(told(house, name, wire, old), Approved)
    (guard,) = wire.guards
    assert guard.leave_by == guard.end_by == timedelta(hours=1, seconds=15)


@acts
def test_too_late_is_not_sent(house: House, name: str) -> None:
    wire = settled(house, name)
    charge = house.charge(leave_by=timedelta(minutes=59))
    assert told(house, name, wire, charge) == NotSent("too late to be sent")
    assert wire.asked == []


NOT_OURS = [
    (httpx.ReadTimeout("x"), Doubt.SILENCE),
    (httpx.ConnectTimeout("x"), Doubt.SILENCE),
    (httpx.ConnectError("x"), Doubt.CUT),
    (httpx.ReadError("x"), Doubt.CUT),
    (AnswerTooLarge("x"), Doubt.GARBAGE),
    (RuntimeError("x"), Doubt.GARBAGE),
]


@every
@for_each(("problem", "doubt"), NOT_OURS)
def test_once_sent_every_failure_is_unknown_whatever_it_is_called(
    house: House, name: str, problem: Exception, doubt: Doubt
) -> None:
    assert told(house, name, failing(problem)) == Unknown(doubt)


@acts
@for_each(
    ("problem", "why"),
    [
        (httpx.ConnectTimeout("x"), "no connection in time"),
        (httpx.ConnectError("08123"), "no connection"),
        (httpx.ReadTimeout("x"), "no answer in time"),
        (AddressRefused("x"), "the address is not allowed"),
        (RuntimeError("secret"), "RuntimeError"),
    ],
)
def test_unsent_every_failure_is_not_sent_whatever_it_is_called(
    house: House, name: str, problem: Exception, why: str
) -> None:
    assert told(house, name, unsent(problem)) == NotSent(why)


@questions
@for_each("problem", [problem for problem, _ in NOT_OURS])
def test_a_question_is_never_not_sent(house: House, name: str, problem: Exception) -> None:
    assert told(house, name, unsent(problem)) == Unknown(Doubt.SILENCE)


@every
def test_after_shut_nothing_leaves(house: House, name: str) -> None:
    wire = settled(house, name)
    wire.shut()
    found = told(house, name, wire)
    assert isinstance(found, NotSent) if name in house.acts else found == Unknown(Doubt.SILENCE)
    assert wire.asked == []


@for_each("house", HOUSES)
def test_shut_reaches_the_wire(house: House) -> None:
    wire = answering({})
    house.make(an_exchange(wire), PATIENT).shut()
    assert wire.refusing


def in_mode(house: House, livemode: bool) -> Charge:
    charge = house.charge()
    credentials = dict(charge.account.credentials)
    if house.name.startswith("xendit") and livemode:
        credentials["api_key"] = "xnd_production_K"
    account = replace(charge.account, livemode=livemode, credentials=credentials)
    return replace(charge, account=account)


@every
@for_each(("livemode", "url"), [(False, TEST_URL), (True, LIVE_URL)])
def test_each_mode_reaches_its_own_address_only(
    house: House, name: str, livemode: bool, url: str
) -> None:
    wire = settled(house, name)
    assert isinstance(told(house, name, wire, in_mode(house, livemode)), Approved)
    assert str(wire.asked[0].url).startswith(f"{url}/")


@every
def test_a_mode_that_is_switched_off_sends_nothing(house: House, name: str) -> None:
    wire = settled(house, name)
    off = an_exchange(wire, live_url=None)
    found = told(house, name, wire, in_mode(house, True), exchange=off)
    if name in house.acts:
        assert isinstance(found, NotSent)
    else:
        assert found == Unknown(Doubt.SILENCE, alarm=True)
    assert wire.asked == []


@every
def test_credentials_that_cannot_be_send_nothing_and_the_field_is_named(
    house: House, name: str
) -> None:
    wire = settled(house, name)
    charge = house.charge()
    spoiled = dict.fromkeys(charge.account.credentials, "two words")
    charge = replace(charge, account=replace(charge.account, credentials=spoiled))
    found = told(house, name, wire, charge)
    if name in house.acts:
        assert isinstance(found, NotSent)
        assert found.why.split(":")[0] in spoiled
        assert "two words" not in found.why
    else:
        assert found == Unknown(Doubt.SILENCE, alarm=True)
    assert wire.asked == []


@for_each("house", HOUSES)
def test_a_charge_without_a_phone_is_not_sent(house: House) -> None:
    wire = settled(house, "push")
    found = told(house, "push", wire, house.charge(phone=None))
    assert isinstance(found, NotSent)
    assert found.why.startswith("phone: ")
    assert wire.asked == []


@for_each("house", HOUSES)
def test_what_is_not_offered_sends_nothing(house: House) -> None:
    offered = set(house.answers)
    for name in ("reverse", "void", "refund"):
        if name not in offered:
            wire = answering({})
            assert isinstance(told(house, name, wire), NotSent), name
            assert wire.asked == []


@for_each("live_url", [TEST_URL, "http://live.test"])
def test_live_is_https_and_never_the_sandbox(live_url: str) -> None:
    with pytest.raises(ValueError, match="live"):
        an_exchange(answering({}), live_url=live_url)


def test_a_provider_of_one_address_may_have_it_for_both_modes() -> None:
    def made(*, one_address: bool) -> Exchange:
        wire, one = answering({}), "https://api.test"
        return Exchange(
            wire=wire,
            ask_within=timedelta(seconds=1),
            test_url=one,
            live_url=one,
            one_address=one_address,
        )

    made(one_address=True)
    with pytest.raises(ValueError, match="share"):
        made(one_address=False)


def test_the_other_modes_key_is_not_sent_to_xendit() -> None:
    (xendit,) = (house for house in HOUSES if house.name == "xendit")
    wire = settled(xendit, "push")
    charge = xendit.charge()
    live = replace(charge, account=replace(charge.account, livemode=True))
    found = told(xendit, "push", wire, live)
    assert found == NotSent(str(InvalidValue("api_key", "is the other mode's")))
    assert wire.asked == []
