"""The gateway of linked accounts against sockets: sent or not is told by the wire's own mark."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.offer import Surroundings
from adapters.outbound.ovo_snap.gateway import OvoSnapGateway
from adapters.outbound.ovo_snap.offer import offer
from adapters.outbound.tokens import TokenSource
from adapters.outbound.wire import Wire, uptime
from application.ports import Charge
from domain.moment import AttemptClocks
from domain.outcome import Accepted, Declined, Doubt, NotSent, Outcome, Unknown
from domain.wallet_link import CustomerTokens, LinkChange, LinkSecrets
from tests.builders import an_active_link
from tests.integration.wire.servers import (
    NEVER,
    Run,
    Script,
    Server,
    a_free_port,
    answering,
    dripping,
    finishing,
    reply,
    resetting,
    serving,
    silent,
)
from tests.unit.ovo_snap.builders import REFERENCE, REFUND, a_charge, said

PATIENT = AttemptClocks(blocking=False)
"""As shipped: whatever comes, comes in time on a busy machine too."""
BRIEF = AttemptClocks(
    blocking=False,
    send_within=timedelta(seconds=5),
    customer_window=timedelta(milliseconds=100),
    wallet_answers_within=timedelta(milliseconds=200),
    read_within=timedelta(seconds=1),
    ask_within=timedelta(milliseconds=300),
)
"""For what never comes."""
PAGE = {"partnerReferenceNo": REFERENCE, "webRedirectUrl": "https://wallet.example/pin"}
STARTED = reply(said("2005400", **PAGE).content)
STALE = reply(said("4015401").content, status="401 Unauthorized")
TOKEN = reply(said("2007400", accessToken="fresh", expiresIn="900").content)
LINK = an_active_link(
    provider="ovo_snap",
    secrets=LinkSecrets(
        tokens=CustomerTokens("first", datetime.now(UTC) + timedelta(days=1), "refresh")
    ),
)


@asynccontextmanager
async def a_gateway(url: str, clocks: AttemptClocks = PATIENT) -> AsyncIterator[OvoSnapGateway]:
    store = MemoryStore()
    store.links.save(LinkChange(LINK))

    def now() -> datetime:
        return datetime.now(UTC)

    source = TokenSource(store.tokens, now)
    gateway = offer({"test_url": url}, "").gateway(Surroundings(Wire(), now, source, store.links))
    assert isinstance(gateway, OvoSnapGateway)
    try:
        yield replace(gateway, clocks=clocks)
    finally:
        await source.aclose()
        await gateway.aclose()


def a_call(leave_ms: int = 10_000) -> Charge:
    return a_charge(LINK, leave_by=uptime() + timedelta(milliseconds=leave_ms))


Act = Callable[[OvoSnapGateway, Charge], Awaitable[Outcome]]


async def push(gateway: OvoSnapGateway, charge: Charge) -> Outcome:
    return await gateway.push(charge)


async def refund(gateway: OvoSnapGateway, charge: Charge) -> Outcome:
    return await gateway.refund(charge, REFUND)


acts = pytest.mark.parametrize("act", [push, refund], ids=["push", "refund"])


def acted(
    run: Run, script: Script, act: Act = push, *, comes: bool = True
) -> tuple[Outcome, Server]:
    clocks, leave_ms = (PATIENT, 10_000) if comes else (BRIEF, 2_000)

    async def main() -> tuple[Outcome, Server]:
        async with serving(script) as server, a_gateway(server.url, clocks) as gateway:
            return await act(gateway, a_call(leave_ms)), server

    return run(main())


def test_a_charge_is_one_request(run: Run) -> None:
    outcome, server = acted(run, answering(STARTED))
    assert isinstance(outcome, Accepted)
    (request,) = server.requests
    assert request.startswith(b"POST /pos/OVOSNAP/v2.0/debit/payment-host-to-host ")


@acts
@pytest.mark.parametrize(
    ("script", "doubt"),
    [
        (finishing, Doubt.CUT),
        (resetting, Doubt.CUT),
        (answering(STARTED[:-40]), Doubt.CUT),
        (silent, Doubt.SILENCE),
        (dripping, Doubt.SILENCE),
        (answering(reply(b" " * 70_000)), Doubt.GARBAGE),
        (answering(reply(b"", status="404 Not Found")), Doubt.GARBAGE),
        (answering(reply(b"<html>", status="502 Bad Gateway")), Doubt.WALLET_FAILURE),
    ],
    ids=["fin", "rst", "half", "silence", "drip", "too-long", "empty-404", "html"],
)
def test_once_it_was_read_nothing_is_called_not_sent(
    run: Run, script: Script, doubt: Doubt, act: Act
) -> None:
    outcome, server = acted(run, script, act, comes=script not in NEVER)
    assert outcome == Unknown(doubt)
    assert len(server.requests) == 1


@acts
def test_where_nobody_listens_it_is_not_sent(run: Run, act: Act) -> None:
    async def main() -> Outcome:
        async with a_gateway(f"http://127.0.0.1:{a_free_port()}/pos") as gateway:
            return await act(gateway, a_call())

    assert run(main()) == NotSent("no connection")


@acts
def test_past_the_deadline_no_byte_leaves(run: Run, act: Act) -> None:
    async def main() -> tuple[Outcome, Server]:
        async with serving(answering(STARTED)) as server, a_gateway(server.url) as gateway:
            return await act(gateway, a_call(leave_ms=0)), server

    outcome, server = run(main())
    assert isinstance(outcome, NotSent)
    assert bytes(server.heard) == b""


def test_a_refused_token_makes_three_requests_and_no_more(run: Run) -> None:
    answers = [STALE, TOKEN, STARTED]

    async def script(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await server.request(reader)
        writer.write(answers.pop(0))

    outcome, server = acted(run, script)
    assert isinstance(outcome, Accepted)
    first, renewal, second = server.requests
    assert b"/access-token/b2b2c " in renewal
    assert first.partition(b"\r\n\r\n")[2] == second.partition(b"\r\n\r\n")[2]
    assert b"Bearer first\r\n" in first
    assert b"Bearer fresh\r\n" in second


@pytest.mark.parametrize("last", [finishing, resetting, silent], ids=["fin", "rst", "silence"])
def test_the_second_time_too_only_the_mark_tells(run: Run, last: Script) -> None:
    answers = [STALE, TOKEN]

    async def script(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if not answers:
            await last(server, reader, writer)
            return
        await server.request(reader)
        writer.write(answers.pop(0))

    outcome, _ = acted(run, script, comes=last not in NEVER)
    assert isinstance(outcome, Unknown)


def test_a_second_time_that_never_leaves_is_the_first_ones_refusal(run: Run) -> None:
    async def main() -> Outcome:
        async with serving(answering(STALE)) as server, a_gateway(server.url) as gateway:
            return await gateway.push(a_call())

    outcome = run(main())
    assert isinstance(outcome, Declined)
    assert outcome.code == "4015401"


def test_a_question_is_never_not_sent(run: Run) -> None:
    async def main() -> Outcome:
        async with a_gateway(f"http://127.0.0.1:{a_free_port()}/pos") as gateway:
            return await gateway.check(a_call())

    assert run(main()) == Unknown(Doubt.SILENCE)
