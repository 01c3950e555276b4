"""Calls cut at random moments: what is called not sent was heard by nobody."""

import asyncio
import random
import re
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest

from adapters.outbound.wire import Guard, Wire, uptime
from tests.integration.wire.servers import Run, Server, reply, reset, serving

CALLS = 400
OK = reply(b"{}")


async def _moody(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    mood = server.connections % 5
    if mood == 0:
        reset(writer)
        return
    if mood == 1:
        await asyncio.sleep(0.001)
    if await server.request(reader) and mood != 2:
        writer.write(OK)
    elif mood == 2:
        reset(writer)


async def _one(wire: Wire, server: Server, number: int, luck: random.Random) -> Guard:
    """A call that ends by itself, by its send deadline, by its end or by being cancelled."""
    now = uptime()
    leave = timedelta(microseconds=luck.choice([luck.randrange(3_000), 5_000_000]))
    guard = Guard(now + leave, now + timedelta(microseconds=luck.choice([4_000, 5_000_000])))
    request = httpx.Request(
        "POST",
        f"http://127.0.0.1:{server.port}/call-{number}-",
        content=b"x" * luck.choice([1, 100, 100_000]),
        extensions={"guard": guard, "timeout": {"connect": 5, "read": 5}},
    )
    call = asyncio.create_task(wire.handle_async_request(request))
    if luck.random() < 0.5:
        await asyncio.sleep(luck.random() * 0.003)
        call.cancel()
    with suppress(httpx.TransportError, asyncio.CancelledError):
        await call
    return guard


@pytest.mark.parametrize("seed", range(2))
def test_no_call_named_not_sent_was_heard(run: Run, seed: int) -> None:
    async def main() -> tuple[list[Guard], Server]:
        luck = random.Random(seed)
        wire = Wire()
        async with serving(_moody) as server:
            guards: list[Guard] = []
            for first in range(0, CALLS, 20):
                batch = (_one(wire, server, n, luck) for n in range(first, first + 20))
                guards += await asyncio.gather(*batch)
            await asyncio.sleep(0.1)  # everything that left has arrived
            await wire.aclose()
            return guards, server

    guards, server = run(main())
    assert all(guard.shut for guard in guards)
    unsent = [n for n, guard in enumerate(guards) if not guard.sent]
    heard = {int(n) for n in re.findall(rb"/call-(\d+)-", server.heard)}
    assert heard.isdisjoint(unsent)
    assert heard
    # The moments chosen must lie on both sides of the line, or this proves nothing.
    assert CALLS * 0.1 < len(unsent) < CALLS * 0.9


def test_shut_at_a_random_moment_leaves_no_late_sender(run: Run) -> None:
    async def main(seed: int) -> None:
        luck = random.Random(seed)
        wire = Wire()
        async with serving(_moody) as server:
            calls = [asyncio.create_task(_one(wire, server, n, luck)) for n in range(20)]
            await asyncio.sleep(luck.random() * 0.004)
            wire.shut()
            guards = await asyncio.gather(*calls)
            await asyncio.sleep(0.02)
            for number, guard in enumerate(guards):
                assert guard.sent or b"/call-%d-" % number not in server.heard
        await wire.aclose()

    for seed in range(20):
        run(main(seed))
