"""The gateway against sockets: what each way of failing means for the money."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.outbound.ovo.gateway import OvoGateway
from adapters.outbound.wire import Wire, uptime
from application.ports import Charge, ProviderUnavailable
from domain.moment import AttemptClocks
from domain.msisdn import Msisdn
from domain.outcome import Approved, Declined, Doubt, NotSent, Outcome, Unknown
from tests.integration.wire.servers import (
    NEVER,
    Run,
    Script,
    Server,
    a_free_port,
    a_full_backlog,
    answering,
    dripping,
    finishing,
    reply,
    resetting,
    serving,
    silent,
)
from tests.unit.ovo.builders import PHONE, a_charge, an_account, an_answer, as_body

PATIENT = AttemptClocks()
"""As shipped: whatever comes, comes in time on a busy machine too."""
BRIEF = AttemptClocks(
    send_within=timedelta(seconds=1),
    customer_window=timedelta(milliseconds=100),
    wallet_answers_within=timedelta(milliseconds=200),
    read_within=timedelta(milliseconds=300),
    ask_within=timedelta(milliseconds=300),
)
"""For what never comes."""
APPROVAL = reply(as_body(an_answer()))


@asynccontextmanager
async def a_gateway(
    url: str, clocks: AttemptClocks = PATIENT, connect_s: float = 5
) -> AsyncIterator[OvoGateway]:
    gateway = OvoGateway(
        wire=Wire(),
        clock=lambda: datetime.now(UTC),
        clocks=clocks,
        test_url=url,
        live_url=None,
        connect_within=timedelta(seconds=connect_s),
    )
    try:
        yield gateway
    finally:
        await gateway.aclose()


def a_call(leave_ms: int = 10_000) -> Charge:
    return a_charge(leave_by=uptime() + timedelta(milliseconds=leave_ms))


Act = Callable[[OvoGateway, Charge], Awaitable[Outcome]]
acts = pytest.mark.parametrize("act", [OvoGateway.push, OvoGateway.reverse, OvoGateway.void])
questions = pytest.mark.parametrize("question", [OvoGateway.check, OvoGateway.check_void])


def pushed(run: Run, script: Script, act: Act = OvoGateway.push) -> tuple[Outcome, Server]:
    clocks, leave_ms = (BRIEF, 1_000) if script in NEVER else (PATIENT, 10_000)

    async def main() -> tuple[Outcome, Server]:
        async with serving(script) as server, a_gateway(server.url, clocks) as gateway:
            return await act(gateway, a_call(leave_ms)), server

    return run(main())


def test_an_approval_comes_back_from_one_request(run: Run) -> None:
    outcome, server = pushed(run, answering(APPROVAL))
    assert isinstance(outcome, Approved)
    (request,) = server.requests
    assert json.loads(request.partition(b"\r\n\r\n")[2])["type"] == "0200"


def test_a_refusal_in_another_http_status_is_a_refusal(run: Run) -> None:
    outcome, _ = pushed(run, answering(reply(as_body(an_answer("17")), status="400 Bad")))
    assert isinstance(outcome, Declined)


HALF = answering(APPROVAL[:-40])


@acts
@pytest.mark.parametrize(
    ("script", "doubt"),
    [
        (finishing, Doubt.CUT),
        (resetting, Doubt.CUT),
        (HALF, Doubt.CUT),
        (silent, Doubt.SILENCE),
        (dripping, Doubt.SILENCE),
        (answering(reply(b" " * 70_000)), Doubt.GARBAGE),
        (answering(reply(b"", status="404 Not Found")), Doubt.EMPTY_404),
        (answering(reply(b"<html>", status="502 Bad Gateway")), Doubt.GARBAGE),
    ],
    ids=["fin", "rst", "half", "silence", "drip", "too-long", "empty-404", "html"],
)
def test_once_the_wallet_has_read_it_nothing_is_called_not_sent(
    run: Run, script: Script, doubt: Doubt, act: Act
) -> None:
    outcome, server = pushed(run, script, act)
    assert isinstance(outcome, Unknown)
    assert replace(outcome, after=None) == Unknown(doubt)
    assert len(server.requests) == 1


def test_an_empty_404_tells_how_long_after_the_first_byte_it_came(run: Run) -> None:
    async def ended(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await asyncio.sleep(0.1)  # before the first byte is read, but after it was written
        await server.request(reader)
        writer.write(reply(b"", status="404 Not Found"))

    began = uptime()
    outcome, _ = pushed(run, ended)
    assert isinstance(outcome, Unknown)
    assert outcome.after is not None
    assert timedelta(seconds=0.09) < outcome.after < uptime() - began


@acts
def test_where_nobody_listens_it_is_not_sent(run: Run, act: Act) -> None:
    async def main() -> Outcome:
        async with a_gateway(f"http://127.0.0.1:{a_free_port()}/pos") as gateway:
            return await act(gateway, a_call())

    assert run(main()) == NotSent("no connection")


def test_where_nobody_accepts_the_push_is_not_sent(run: Run) -> None:
    async def main() -> Outcome:
        with a_full_backlog() as url:
            async with a_gateway(url, connect_s=0.1) as gateway:
                return await gateway.push(a_call())

    assert run(main()) == NotSent("no connection in time")


@acts
def test_past_its_deadline_the_wallet_hears_nothing(run: Run, act: Act) -> None:
    async def main() -> tuple[Outcome, Server]:
        async with serving(answering(APPROVAL)) as server, a_gateway(server.url) as gateway:
            return await act(gateway, a_call(leave_ms=-1)), server

    outcome, server = run(main())
    assert outcome == NotSent("too late to be sent")
    assert server.connections == 0


def test_shut_hands_back_what_is_unsent_and_keeps_what_is_held(run: Run) -> None:
    async def main() -> None:
        heard, tapped = asyncio.Event(), asyncio.Event()

        async def customer(
            server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await server.request(reader)
            heard.set()
            await tapped.wait()
            writer.write(APPROVAL)

        async with serving(customer) as server, a_gateway(server.url) as gateway:
            held = asyncio.create_task(gateway.push(a_call()))
            await heard.wait()
            fresh = asyncio.create_task(gateway.push(a_call()))
            gateway.shut()
            assert await fresh == NotSent("too late to be sent")
            tapped.set()
            assert isinstance(await held, Approved)
            assert len(server.requests) == 1

    run(main())


def test_a_cancelled_push_raises_and_sends_nothing_afterwards(run: Run) -> None:
    async def main() -> Server:
        async with serving(silent) as server, a_gateway(server.url) as gateway:
            call = asyncio.create_task(gateway.push(a_call()))
            await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.sleep(0.05)
            return server

    assert not run(main()).heard


@questions
@pytest.mark.parametrize("script", [finishing, resetting, HALF, silent])
def test_a_check_that_fails_proves_nothing(run: Run, script: Script, question: Act) -> None:
    outcome, _ = pushed(run, script, question)
    assert isinstance(outcome, Unknown)


@questions
def test_a_check_that_cannot_be_sent_proves_nothing(run: Run, question: Act) -> None:
    async def main() -> Outcome:
        async with a_gateway(f"http://127.0.0.1:{a_free_port()}/pos") as gateway:
            return await question(gateway, a_call())

    assert run(main()) == Unknown(Doubt.SILENCE)


def test_an_inquiry_answers_or_is_unavailable(run: Run) -> None:
    yes = answering(
        reply(as_body(an_answer(type="0110", processingCode="050000")), status="200 OK")
    )

    async def main(script: Script, clocks: AttemptClocks = PATIENT) -> bool | None:
        async with serving(script) as server, a_gateway(server.url, clocks) as gateway:
            return await gateway.is_registered(an_account(), Msisdn(PHONE))

    assert run(main(yes)) is True
    with pytest.raises(ProviderUnavailable):
        run(main(silent, BRIEF))
