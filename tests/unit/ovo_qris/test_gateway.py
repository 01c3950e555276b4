"""The QRIS gateway without sockets: what it sends, when it sends again, how failures are told."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from adapters.outbound import snap
from adapters.outbound.ovo_qris.gateway import external_id
from adapters.outbound.wire import AddressRefused, AnswerTooLarge
from application.ports import TokenNeed
from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Unknown
from domain.reason import ReasonCode
from tests.unit.cases import for_each
from tests.unit.ovo_qris.builders import (
    PATHS,
    REFERENCE,
    SANDBOX,
    SECRET,
    SECRET_NEXT,
    THEIRS,
    Ovo,
    a_charge,
    accepted_charge,
    an_account,
    coded,
    generated,
    queried,
    refunded,
)


def signed_with(request: httpx.Request, secret: str) -> bool:
    """Whether these very bytes are signed with it, and with the token that they carry."""
    return snap.verifies_symmetric(
        secret,
        request.headers["x-signature"],
        method=request.method,
        path=request.url.path,
        token=request.headers["authorization"].removeprefix("Bearer "),
        body=request.content,
        timestamp=request.headers["x-timestamp"],
    )


def test_a_charge_is_one_signed_post() -> None:
    ovo = Ovo(generated())
    assert isinstance(ovo.push(), Accepted)
    (request,) = ovo.asked
    assert (request.method, str(request.url)) == ("POST", SANDBOX + PATHS["47"])
    assert json.loads(request.content) == {
        "partnerReferenceNo": REFERENCE,
        "amount": {"value": "50000.00", "currency": "IDR"},
        "merchantId": "100001",
        "terminalId": "00300001",
        "validityPeriod": "2026-11-23T10:16:45+07:00",
    }
    assert b" " not in request.content
    assert signed_with(request, SECRET)
    told = {name: request.headers[name] for name in request.headers if name.startswith("x-")}
    del told["x-signature"]
    assert told == {
        "x-partner-id": "testclient01",
        "x-timestamp": "2026-11-23T10:15:30+07:00",
        "x-external-id": "external-1",
    }
    assert request.headers["authorization"] == "Bearer token-1"
    assert request.headers["channel-id"] == "95221"
    assert request.headers["content-type"] == "application/json"


def test_each_question_has_its_own_path_and_names() -> None:
    ovo = Ovo(queried())
    ovo.check()
    ovo.void()
    ovo.check_void()
    ovo.reverse()
    paths = [PATHS["51"], PATHS["78"], PATHS["51"], PATHS["77"]]
    assert [request.url.path for request in ovo.asked] == paths
    original = {"originalPartnerReferenceNo": REFERENCE, "originalReferenceNo": THEIRS}
    query = original | {"serviceCode": "47", "merchantId": "100001"}
    money = {"value": "50000.00", "currency": "IDR"}
    assert [json.loads(request.content) for request in ovo.asked] == [
        query,
        original
        | {
            "merchantId": "100001",
            "partnerRefundNo": f"R{REFERENCE}",
            "refundAmount": money,
            "reason": "Pengembalian dana",
        },
        query,
        original | {"merchantId": "100001", "amount": money},
    ]


def test_a_question_about_a_charge_whose_answer_was_lost_has_our_name_alone() -> None:
    ovo = Ovo(queried())
    ovo.check(a_charge())
    assert "originalReferenceNo" not in json.loads(ovo.asked[0].content)


def test_the_deadlines_travel_with_the_call() -> None:
    ovo = Ovo(generated())
    ovo.push(a_charge(leave_by=timedelta(hours=1, seconds=7)))
    guard = ovo.wire.guards[-1]
    assert guard.leave_by == timedelta(hours=1, seconds=7)
    assert guard.end_by == timedelta(hours=1, seconds=22)
    assert ovo.wire.patience[-1] == (5, 15)
    ovo.check()
    guard = ovo.wire.guards[-1]
    assert guard.leave_by == guard.end_by == timedelta(hours=1, seconds=15)


def test_one_token_serves_many_charges_at_once() -> None:
    ovo = Ovo(generated())

    async def many() -> None:
        gateway = ovo.gateway()
        await asyncio.gather(*[gateway.push(a_charge()) for _ in range(100)])

    asyncio.run(many())
    assert ovo.tokens == 1
    assert len({request.headers["x-external-id"] for request in ovo.asked}) == 100


# -- sent or not ----------------------------------------------------------------------------------


@for_each("reply", [b'{"responseCode":"5007300"}', OSError("secret"), b"", b"<html>"])
def test_a_charge_whose_token_cannot_be_had_was_not_sent(reply: bytes | Exception) -> None:
    ovo = Ovo(generated())
    ovo.token_reply = reply
    outcome = ovo.push()
    assert isinstance(outcome, NotSent)
    assert "secret" not in outcome.why
    assert "token" in outcome.why
    assert ovo.asked == []
    assert ovo.void() == outcome
    assert ovo.check() == Unknown(Doubt.SILENCE)


@pytest.mark.parametrize(
    "change", [{"client_secret": ""}, {"private_key": "no key"}, {"terminal_id": ""}]
)
def test_what_cannot_be_a_request_is_not_sent_and_names_the_field(change: dict[str, str]) -> None:
    ovo = Ovo(generated())
    charge = replace(accepted_charge(), account=an_account(False, **change))
    outcome = ovo.push(charge)
    assert isinstance(outcome, NotSent)
    assert next(iter(change)) in outcome.why
    assert ovo.check(charge) == Unknown(Doubt.SILENCE, alarm=True)
    assert ovo.wire.asked == []


def test_a_mode_that_is_switched_off_sends_nothing() -> None:
    ovo = Ovo(generated())
    outcome = ovo.push(a_charge(account=an_account(True)))
    assert outcome == NotSent("mode: no QRIS address is configured for it")
    assert ovo.wire.asked == []


def test_past_the_deadline_the_charge_does_not_leave() -> None:
    ovo = Ovo(generated())
    outcome = ovo.push(a_charge(leave_by=timedelta(hours=1)))
    assert isinstance(outcome, NotSent)
    assert ovo.asked == []


def test_what_was_shut_before_it_left_was_not_sent() -> None:
    ovo = Ovo(generated())
    ovo.push()
    ovo.wire.shut()
    outcome = ovo.push()
    assert isinstance(outcome, NotSent)
    assert len(ovo.asked) == 1


@for_each(
    ("problem", "doubt"),
    [
        (httpx.ReadTimeout("…"), Doubt.SILENCE),
        (httpx.ReadError("…"), Doubt.CUT),
        (httpx.ConnectTimeout("names of exceptions prove nothing"), Doubt.SILENCE),
        (httpx.ConnectError("nor does this one"), Doubt.CUT),
        (AddressRefused("nor this"), Doubt.CUT),
        (AnswerTooLarge("…"), Doubt.GARBAGE),
        (RuntimeError("a fault of ours after it was sent"), Doubt.GARBAGE),
    ],
)
def test_what_breaks_after_the_first_byte_is_unknown(problem: Exception, doubt: Doubt) -> None:
    for call in (Ovo.push, Ovo.check, Ovo.void, Ovo.check_void, Ovo.reverse):
        assert call(Ovo(problem)) == Unknown(doubt)


def test_a_cancel_is_sent_only_where_the_settings_have_a_path_for_it() -> None:
    ovo = Ovo(coded("77", "200 00"))
    assert isinstance(asyncio.run(ovo.gateway().reverse(accepted_charge())), NotSent)
    assert ovo.asked == []
    assert ovo.reverse() == Approved("2007700")


# -- again, once ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["401 01", "401 03"])
def test_a_charge_whose_token_is_refused_is_sent_once_more_with_a_fresh_one(kind: str) -> None:
    ovo = Ovo(coded("47", kind), generated())
    assert isinstance(ovo.push(), Accepted)
    first, second = ovo.asked
    assert first.content == second.content  # the same partnerReferenceNo
    authorizations = [request.headers["authorization"] for request in ovo.asked]
    assert authorizations == ["Bearer token-1", "Bearer token-2"]
    assert first.headers["x-external-id"] != second.headers["x-external-id"]
    assert signed_with(second, SECRET)
    assert [fetch.need for fetch in ovo.told] == [TokenNeed.MISSING, TokenNeed.REFUSED]


def test_a_charge_whose_fresh_token_is_refused_too_is_not_sent_a_third_time() -> None:
    ovo = Ovo(coded("47", "401 01"))
    outcome = ovo.push()
    assert isinstance(outcome, Declined)
    assert (outcome.code, outcome.final, outcome.stops_account) == ("4014701", False, False)
    assert outcome.reason.code is ReasonCode.WALLET_UNREACHABLE
    assert (len(ovo.asked), ovo.tokens) == (2, 2)


def test_a_provider_that_refuses_every_token_is_not_stormed() -> None:
    ovo = Ovo(coded("47", "401 01"))

    async def many() -> set[type]:
        gateway = ovo.gateway()
        waves = [
            await asyncio.gather(*[gateway.push(a_charge()) for _ in range(50)]) for _ in range(4)
        ]
        return {type(outcome) for wave in waves for outcome in wave}

    assert asyncio.run(many()) == {Declined, NotSent}
    assert ovo.tokens == 2
    assert len(ovo.asked) == 100


def test_without_a_fresh_token_the_first_answer_stands() -> None:
    ovo = Ovo(coded("47", "401 01"))

    async def both() -> object:
        gateway = ovo.gateway()
        await gateway.check(accepted_charge())
        ovo.token_reply = OSError("away")
        return await gateway.push(a_charge())

    outcome = asyncio.run(both())
    assert isinstance(outcome, Declined | NotSent)
    assert len(ovo.asked) <= 3


def test_an_answer_lost_after_the_second_sending_is_unknown() -> None:
    ovo = Ovo(coded("47", "401 01"), httpx.ReadTimeout("…"))
    assert ovo.push() == Unknown(Doubt.SILENCE)
    assert len(ovo.asked) == 2


def test_a_second_sending_leaves_within_the_first_ones_deadline_or_never() -> None:
    ovo = Ovo(coded("47", "401 01"), generated())
    refuse = ovo.wire.answer

    def slow(request: httpx.Request) -> httpx.Response:
        if "generate" in request.url.path:
            ovo.wire.now += timedelta(seconds=10)
        return refuse(request)

    ovo.wire.answer = slow
    outcome = ovo.push()
    assert isinstance(outcome, Declined)
    assert outcome.code == "4014701"
    assert len(ovo.asked) == 1


@for_each(
    "reply",
    [
        b"",
        b"<html>401</html>",
        coded("51", "401 01"),
        coded("73", "401 00"),
        coded("47", "401 02"),
        coded("47", "429 00"),
        coded("47", "500 00"),
        coded("47", "504 00"),
        coded("47", "409 00"),
    ],
)
def test_nothing_else_is_ever_sent_twice(reply: bytes) -> None:
    ovo = Ovo(reply, generated())
    assert isinstance(ovo.push(), Unknown)
    assert (len(ovo.asked), ovo.tokens) == (1, 1)


def test_while_secrets_rotate_the_next_one_signs_at_once_and_then_comes_first() -> None:
    ovo = Ovo(coded("47", "401 00"), generated())
    charge = a_charge(account=an_account(client_secret_next=SECRET_NEXT))

    async def twice() -> list[object]:
        gateway = ovo.gateway()
        return [await gateway.push(charge), await gateway.push(charge)]

    assert {type(outcome) for outcome in asyncio.run(twice())} == {Accepted}
    signed = [signed_with(request, SECRET_NEXT) for request in ovo.asked]
    assert signed == [False, True, True]
    assert ovo.tokens == 1


def test_a_signature_that_is_refused_stops_the_account() -> None:
    for more in ({}, {"client_secret_next": SECRET_NEXT}):
        ovo = Ovo(coded("47", "401 00"))
        outcome = ovo.push(a_charge(account=an_account(False, **more)))
        assert isinstance(outcome, Declined)
        assert (outcome.code, outcome.final, outcome.stops_account) == ("4014700", True, True)
        assert outcome.reason.code is ReasonCode.PROVIDER_MISCONFIGURED
        assert len(ovo.asked) == 1 + len(more)


def test_a_probe_of_a_stopped_account_says_whether_it_is_still_refused() -> None:
    refused = Ovo(coded("51", "401 00")).check()
    assert refused == Unknown(Doubt.UNHEARD_OF, "4015100", alarm=True, stops_account=True)


def test_questions_and_refunds_are_asked_again_with_a_fresh_token_too() -> None:
    assert isinstance(Ovo(coded("51", "401 01"), queried()).check(), Approved)
    assert isinstance(Ovo(coded("78", "401 01"), refunded()).void(), Approved)


def test_names_of_requests_are_digits_and_never_the_same() -> None:
    names = {external_id() for _ in range(1_000)}
    assert len(names) == 1_000
    assert {len(name) for name in names} == {34}
    assert all(name.isascii() and name.isdigit() for name in names)
