"""The gateways against sockets: what each way of failing means for the money."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from adapters.outbound.exchange import Exchange
from adapters.outbound.wire import Wire, uptime
from domain.moment import AttemptClocks
from domain.outcome import Approved, Doubt, NotSent, Outcome, Unknown
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
from tests.unit.gateways.builders import as_body
from tests.unit.gateways.houses import (
    ACTS,
    EVERY,
    HOUSES,
    QUESTIONS,
    AnyGateway,
    House,
    arguments,
    named,
)

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
acts = pytest.mark.parametrize(("house", "name"), ACTS, ids=named)
questions = pytest.mark.parametrize(("house", "name"), QUESTIONS, ids=named)
every = pytest.mark.parametrize(("house", "name"), EVERY, ids=named)


@asynccontextmanager
async def a_gateway(
    house: House, url: str, *, connect_s: float = 5, clocks: AttemptClocks = PATIENT
) -> AsyncIterator[AnyGateway]:
    exchange = Exchange(
        wire=Wire(),
        ask_within=clocks.ask_within,
        test_url=url.removesuffix("/pos"),
        live_url=None,
        connect_within=timedelta(seconds=connect_s),
    )
    gateway = house.make(exchange, clocks)
    try:
        yield gateway
    finally:
        await gateway.aclose()


async def called(gateway: AnyGateway, house: House, name: str, leave_ms: int = 10_000) -> Outcome:
    charge = house.charge(leave_by=uptime() + timedelta(milliseconds=leave_ms))
    outcome: Outcome = await getattr(gateway, name)(*arguments(name, charge))
    return outcome


def told(run: Run, house: House, name: str, script: Script) -> tuple[Outcome, Server]:
    clocks, leave_ms = (BRIEF, 1_000) if script in NEVER else (PATIENT, 10_000)

    async def main() -> tuple[Outcome, Server]:
        async with (
            serving(script) as server,
            a_gateway(house, server.url, clocks=clocks) as gateway,
        ):
            return await called(gateway, house, name, leave_ms), server

    return run(main())


def settled(house: House, name: str) -> bytes:
    return reply(as_body(house.answers[name]))


@every
def test_an_answer_comes_back_from_one_request(run: Run, house: House, name: str) -> None:
    outcome, server = told(run, house, name, answering(settled(house, name)))
    assert isinstance(outcome, Approved)
    (request,) = server.requests
    assert request.startswith(b"POST /" if name in house.acts else b"GET /")
    assert b"Connection: close" in request


WAYS = {
    "fin": (finishing, Doubt.CUT),
    "rst": (resetting, Doubt.CUT),
    "silence": (silent, Doubt.SILENCE),
    "drip": (dripping, Doubt.SILENCE),
    "too long": (answering(reply(b" " * 70_000)), Doubt.GARBAGE),
    "empty 404": (answering(reply(b"", status="404 Not Found")), Doubt.GARBAGE),
    "html": (answering(reply(b"<html>", status="502 Bad Gateway")), Doubt.GARBAGE),
}


@every
@pytest.mark.parametrize("way", [*WAYS, "half"])
def test_once_it_was_read_nothing_is_called_not_sent_and_nothing_is_sent_again(
    run: Run, house: House, name: str, way: str
) -> None:
    half = (answering(settled(house, name)[:-20]), Doubt.CUT)
    script, doubt = WAYS.get(way, half)
    outcome, server = told(run, house, name, script)
    assert outcome == Unknown(doubt)
    assert len(server.requests) == 1


@acts
def test_where_nobody_listens_it_is_not_sent(run: Run, house: House, name: str) -> None:
    async def main() -> Outcome:
        async with a_gateway(house, f"http://127.0.0.1:{a_free_port()}") as gateway:
            return await called(gateway, house, name)

    assert run(main()) == NotSent("no connection")


@pytest.mark.parametrize("house", HOUSES, ids=named)
def test_where_nobody_accepts_it_is_not_sent(run: Run, house: House) -> None:
    async def main() -> Outcome:
        with a_full_backlog() as url:
            async with a_gateway(house, url, connect_s=0.1) as gateway:
                return await called(gateway, house, "push")

    assert run(main()) == NotSent("no connection in time")


@acts
def test_past_its_deadline_nothing_is_heard(run: Run, house: House, name: str) -> None:
    async def main() -> tuple[Outcome, Server]:
        script = answering(settled(house, name))
        async with serving(script) as server, a_gateway(house, server.url) as gateway:
            return await called(gateway, house, name, leave_ms=-1), server

    outcome, server = run(main())
    assert outcome == NotSent("too late to be sent")
    assert server.connections == 0


@questions
def test_a_question_that_cannot_be_sent_proves_nothing(run: Run, house: House, name: str) -> None:
    async def main() -> Outcome:
        async with a_gateway(house, f"http://127.0.0.1:{a_free_port()}") as gateway:
            return await called(gateway, house, name)

    assert run(main()) == Unknown(Doubt.SILENCE)


@pytest.mark.parametrize("house", HOUSES, ids=named)
def test_shut_hands_back_what_is_unsent_and_keeps_what_is_held(run: Run, house: House) -> None:
    async def main() -> None:
        heard, tapped = asyncio.Event(), asyncio.Event()

        async def customer(
            server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await server.request(reader)
            heard.set()
            await tapped.wait()
            writer.write(settled(house, "push"))

        async with serving(customer) as server, a_gateway(house, server.url) as gateway:
            held = asyncio.create_task(called(gateway, house, "push"))
            await heard.wait()
            fresh = asyncio.create_task(called(gateway, house, "push"))
            gateway.shut()
            assert await fresh == NotSent("too late to be sent")
            tapped.set()
            assert isinstance(await held, Approved)
            assert len(server.requests) == 1

    run(main())


@pytest.mark.parametrize("house", HOUSES, ids=named)
def test_a_cancelled_charge_raises_and_sends_nothing_afterwards(run: Run, house: House) -> None:
    async def main() -> Server:
        async with serving(silent) as server, a_gateway(house, server.url) as gateway:
            call = asyncio.create_task(called(gateway, house, "push"))
            await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.sleep(0.05)
            return server

    assert not run(main()).heard
