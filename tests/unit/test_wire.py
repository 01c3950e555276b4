"""The guard of a call, and the last look before its first byte, without any socket."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from adapters.outbound.wire import AddressRefused, Guard, TooLate, Wire, _Call, uptime
from tests.unit.cases import for_each

NOW = timedelta(hours=1)
SOON = timedelta(hours=1, seconds=1)


def test_a_guard_lets_pass_once_in_time_and_keeps_the_mark() -> None:
    guard = Guard(SOON, SOON)
    guard.pass_at(NOW)
    assert guard.sent
    guard.shut = True
    guard.pass_at(SOON)  # the rest of a body that has begun to leave
    assert guard.sent


@pytest.mark.parametrize("now", [SOON, SOON + timedelta(days=1)])
def test_at_its_deadline_a_guard_lets_nothing_pass(now: timedelta) -> None:
    guard = Guard(SOON, SOON)
    with pytest.raises(TooLate):
        guard.pass_at(now)
    assert not guard.sent


def test_a_shut_guard_lets_nothing_pass() -> None:
    guard = Guard(SOON, SOON, shut=True)
    with pytest.raises(TooLate):
        guard.pass_at(NOW)
    assert not guard.sent


async def _last_look(spoil: Callable[[Wire, _Call], Awaitable[None]]) -> Guard:
    """One look at a call that is about to be written, after something happened to it."""
    wire = Wire(uptime=lambda: NOW)
    guard = Guard(SOON, SOON)
    try:
        async with asyncio.timeout(1) as limit:
            call = _Call(guard, limit)
            wire._unsent.add(call)
            await spoil(wire, call)
            seen: Any = SimpleNamespace(trace_request_ctx=call)  # all that it looks at
            nobody: Any = None
            await wire._last_look(nobody, seen, nobody)
    except (TooLate, TimeoutError):
        pass
    return guard


async def _nothing(_: Wire, __: _Call) -> None:
    pass


async def _shut_the_wire(wire: Wire, _: _Call) -> None:
    wire.shut()


async def _shut_the_guard(_: Wire, call: _Call) -> None:
    call.guard.shut = True


async def _time_out(_: Wire, call: _Call) -> None:
    # As seen by aiohttp's writer, a task of its own: expired, while it still runs.
    call.limit.reschedule(0)
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        assert call.limit.expired()


@for_each(
    ("spoil", "leaves"),
    [(_nothing, True), (_shut_the_wire, False), (_shut_the_guard, False), (_time_out, False)],
)
def test_the_last_look(spoil: Callable[[Wire, _Call], Awaitable[None]], leaves: bool) -> None:
    assert asyncio.run(_last_look(spoil)).sent is leaves


def test_the_boot_clock_only_rises() -> None:
    first, second = uptime(), uptime()
    assert timedelta(0) < first <= second


def test_a_refused_address_is_both_an_os_error_and_httpx_s() -> None:
    refusal = AddressRefused("the address is not allowed")
    assert isinstance(refusal, OSError)
    assert isinstance(refusal, httpx.ConnectError)
    assert str(refusal) == "the address is not allowed"
