"""The gateway without sockets: what it sends, where to, and how failures are told."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.gateway import OvoGateway
from adapters.outbound.ovo.signature import signature
from adapters.outbound.wire import AddressRefused, AnswerTooLarge
from application.ports import Charge, ProviderRefused, ProviderUnavailable
from domain.moment import AttemptClocks
from domain.msisdn import Msisdn
from domain.outcome import Approved, Declined, Doubt, NotSent, Outcome, Unknown
from tests.unit.cases import for_each
from tests.unit.ovo.builders import (
    APP_KEY,
    NOON_UTC,
    PHONE,
    FakeWire,
    a_charge,
    an_account,
    an_answer,
)

TEST_URL, LIVE_URL = "http://sandbox.test/pos", "https://live.test/pos"


def answering(*, code: str = "00", status: int = 200, type: str = "0210") -> FakeWire:
    return FakeWire(lambda _: httpx.Response(status, json=an_answer(code, type=type)))


def failing(problem: Exception) -> FakeWire:
    def fail(_: httpx.Request) -> httpx.Response:
        raise problem

    return FakeWire(fail)


def a_gateway(
    wire: FakeWire, *, live_url: str | None = LIVE_URL, dialect: OvoDialect | None = None
) -> OvoGateway:
    return OvoGateway(
        wire=wire,
        clock=lambda: NOON_UTC,
        clocks=AttemptClocks(),
        test_url=TEST_URL,
        live_url=live_url,
        dialect=dialect,
    )


def push(wire: FakeWire, charge: Charge | None = None) -> Outcome:
    return asyncio.run(a_gateway(wire).push(charge or a_charge()))


def check(wire: FakeWire) -> Outcome:
    return asyncio.run(a_gateway(wire).check(a_charge()))


def ask(wire: FakeWire) -> bool | None:
    return asyncio.run(a_gateway(wire).is_registered(an_account(), Msisdn(PHONE)))


def test_a_push_is_one_signed_post() -> None:
    wire = answering()
    assert isinstance(push(wire), Approved)
    (request,) = wire.asked
    assert (request.method, str(request.url)) == ("POST", TEST_URL)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["app-id"] == "telemedsim"
    assert request.headers["random"] == str(int(NOON_UTC.timestamp()))
    assert request.headers["hmac"] == signature(
        app_id="telemedsim", app_key=APP_KEY, random=request.headers["random"]
    )
    assert json.loads(request.content)["date"] == "2026-11-23 10:15:30.123"


def test_the_other_mode_signs_the_very_bytes_that_are_sent() -> None:
    wire = answering()
    gateway = a_gateway(wire, dialect=OvoDialect(hmac_includes_body=True))
    asyncio.run(gateway.push(a_charge()))
    (request,) = wire.asked
    assert request.headers["hmac"] == signature(
        app_id="telemedsim",
        app_key=APP_KEY,
        random=request.headers["random"],
        body=request.content,
    )


def test_the_clock_is_read_once_for_date_and_signature() -> None:
    readings = iter([NOON_UTC])
    gateway = OvoGateway(
        wire=answering(),
        clock=lambda: next(readings),
        clocks=AttemptClocks(),
        test_url=TEST_URL,
        live_url=None,
    )
    assert isinstance(asyncio.run(gateway.push(a_charge())), Approved)


def test_the_deadlines_travel_with_the_call() -> None:
    wire = answering()
    push(wire, a_charge(leave_by=timedelta(hours=2)))
    (guard,) = wire.guards
    assert guard.leave_by == timedelta(hours=2)
    assert guard.end_by == timedelta(hours=2, seconds=75)
    assert wire.asked[0].extensions["timeout"]["read"] == 75
    assert wire.asked[0].extensions["timeout"]["connect"] == 5


def test_a_question_has_fifteen_seconds_in_all_however_old_the_push_is() -> None:
    wire = answering(type="0110")
    old = a_charge(leave_by=timedelta(seconds=1))
    assert isinstance(asyncio.run(a_gateway(wire).check(old)), Approved)
    (guard,) = wire.guards
    assert guard.leave_by == guard.end_by == timedelta(hours=1, seconds=15)


@pytest.mark.parametrize(("livemode", "url"), [(False, TEST_URL), (True, LIVE_URL)])
def test_each_mode_reaches_its_own_address_only(livemode: bool, url: str) -> None:
    wire = answering()
    gateway, account = a_gateway(wire), an_account(livemode=livemode)

    async def all_three() -> None:
        await gateway.push(a_charge(account=account))
        await gateway.check(a_charge(account=account))
        await gateway.is_registered(account, Msisdn(PHONE))

    asyncio.run(all_three())
    assert [str(request.url) for request in wire.asked] == [url] * 3


def test_a_mode_that_is_switched_off_sends_nothing() -> None:
    wire = answering()
    gateway, account = a_gateway(wire, live_url=None), an_account(livemode=True)
    assert isinstance(asyncio.run(gateway.push(a_charge(account=account))), NotSent)
    assert asyncio.run(gateway.check(a_charge(account=account))) == Unknown(
        Doubt.SILENCE, alarm=True
    )
    with pytest.raises(ProviderUnavailable):
        asyncio.run(gateway.is_registered(account, Msisdn(PHONE)))
    assert wire.asked == []


@pytest.mark.parametrize("live_url", [TEST_URL, "http://live.test/pos"])
def test_live_is_https_and_never_the_sandbox(live_url: str) -> None:
    with pytest.raises(ValueError, match="live"):
        a_gateway(answering(), live_url=live_url)


def test_the_right_parser_answers_each_question() -> None:
    assert isinstance(check(answering(code="63", type="0110")), Unknown)
    declined = push(answering(code="63"))
    assert isinstance(declined, Declined)
    assert declined.stops_account
    with pytest.raises(ProviderRefused):
        ask(answering(code="63", type="0110"))


NOT_OURS = [
    (httpx.ReadTimeout("x"), Doubt.SILENCE),
    (httpx.ConnectTimeout("x"), Doubt.SILENCE),
    (httpx.ConnectError("x"), Doubt.CUT),
    (httpx.ReadError("x"), Doubt.CUT),
    (AnswerTooLarge("x"), Doubt.GARBAGE),
    (RuntimeError("x"), Doubt.GARBAGE),
]


@for_each(("problem", "doubt"), NOT_OURS)
def test_once_sent_every_failure_is_unknown_whatever_it_is_called(
    problem: Exception, doubt: Doubt
) -> None:
    assert push(failing(problem)) == Unknown(doubt)
    assert check(failing(problem)) == Unknown(doubt)


class UnsentWire(FakeWire):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.answer(request)


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
    problem: Exception, why: str
) -> None:
    wire = UnsentWire(failing(problem).answer)
    assert push(wire) == NotSent(why)


def test_a_check_that_was_not_sent_never_says_so_of_the_push() -> None:
    assert check(UnsentWire(failing(httpx.ConnectError("x")).answer)) == Unknown(Doubt.SILENCE)


def test_too_late_is_not_sent() -> None:
    wire = answering()
    assert push(wire, a_charge(leave_by=timedelta(minutes=59))) == NotSent("too late to be sent")
    assert wire.asked == []


def test_after_shut_nothing_leaves() -> None:
    wire = answering()
    gateway = a_gateway(wire)
    gateway.shut()
    assert isinstance(asyncio.run(gateway.push(a_charge())), NotSent)
    assert asyncio.run(gateway.check(a_charge())) == Unknown(Doubt.SILENCE)
    assert wire.asked == []


def test_credentials_that_cannot_be_are_not_sent_and_the_field_is_named() -> None:
    wire = answering()
    charge = a_charge(account=an_account(app_key="two words"))
    told = asyncio.run(a_gateway(wire).push(charge))
    assert isinstance(told, NotSent)
    assert told.why.startswith("app_key: ")
    assert "two words" not in told.why
    assert wire.asked == []


@for_each("problem", [problem for problem, _ in NOT_OURS])
def test_an_inquiry_that_fails_is_unavailable(problem: Exception) -> None:
    with pytest.raises(ProviderUnavailable):
        ask(failing(problem))


def test_an_inquiry_answers() -> None:
    def says(code: str) -> Callable[[httpx.Request], httpx.Response]:
        answer = an_answer(code, type="0110", processingCode="050000")
        return lambda _: httpx.Response(200, json=answer)

    assert ask(FakeWire(says("00"))) is True
    assert ask(FakeWire(says("14"))) is False
