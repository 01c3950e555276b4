"""What else the API does: replays, and creates beside callers that wait."""

import asyncio
from collections.abc import Sequence
from itertools import cycle
from uuid import uuid4

from bench.figures import Bound, Figure, Measured, ratios
from bench.house import House, call
from bench.load import Load, closed, connect, get
from bench.measure_create import lunas_server
from bench.orders import PATH, create, order, usual_phone
from bench.rounds import CLIENTS, Rounds, p99_of, rate_of, saturate
from bench.shop import ACCEPTED

REPLAYED = 500
"""Creates that are replayed again and again."""
WAITERS = 100


async def replay(rounds: Rounds) -> Measured:
    """A POST under a key that was used before ÷ the first one.

    The very same words are answered from memory. Other words of the same meaning are not: two
    spellings take turns, so that none is what was said last.
    """
    with lunas_server(rounds) as lunas:
        rounds.step("replay: warm-up")
        await saturate(lunas, 2.0)
        names = [uuid4().hex for _ in range(2 * REPLAYED)]
        known = [create(name, usual_phone(1), lunas.key) for name in names[:REPLAYED]]
        spelled = [
            create(name, usual_phone(1), lunas.key, **more)
            for more in ({}, {"currency": "IDR"})
            for name in names[REPLAYED:]
        ]
        await _replay(lunas, known, 2.0)
        await _replay(lunas, spelled, 2.0)
        firsts: list[Load] = []
        replays: list[Load] = []
        others: list[Load] = []
        for number in range(rounds.count):
            rounds.step(f"replay: first ones, round {number + 1}")
            firsts.append(await saturate(lunas, rounds.seconds))
            rounds.step(f"replay: replays, round {number + 1}")
            replays.append(await _replay(lunas, known, rounds.seconds))
            rounds.step(f"replay: in other words, round {number + 1}")
            others.append(await _replay(lunas, spelled, rounds.seconds))
    again, reworded, first = ([load.rate for load in loads] for loads in (replays, others, firsts))
    return Measured(
        [
            Figure("replayed POST ÷ first POST", ratios(again, first), bound=Bound(least=1.5)),
            Figure("replayed in other words ÷ first POST", ratios(reworded, first)),
            rate_of("replays", replays),
            rate_of("replays in other words", others),
            rate_of("first POSTs", firsts),
        ]
    )


async def waiters(rounds: Rounds) -> Measured:
    """Creates while 100 clients are in ?wait=30 ÷ creates without them."""
    with lunas_server(rounds) as lunas:
        rounds.step("waiters: warm-up")
        await saturate(lunas, 2.0)
        payment = call(lunas.port, "POST", PATH, order(uuid4().hex, usual_phone(1)), lunas.key)
        alone: list[Load] = []
        beside: list[Load] = []
        for number in range(rounds.count):
            rounds.step(f"waiters: none, round {number + 1}")
            alone.append(await saturate(lunas, rounds.seconds))
            rounds.step(f"waiters: {WAITERS}, round {number + 1}")
            question = get(f"{PATH}/{payment['id']}?wait=30", key=lunas.key)
            waiting = [asyncio.create_task(_wait(lunas, question)) for _ in range(WAITERS)]
            beside.append(await saturate(lunas, rounds.seconds))
            for waiter in waiting:
                waiter.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
    rates = [[load.rate for load in loads] for loads in (beside, alone)]
    p99s = [[load.p(0.99) for load in loads] for loads in (beside, alone)]
    return Measured(
        [
            Figure(f"create with {WAITERS} waiters ÷ without", ratios(*rates)),
            Figure(f"create p99 with {WAITERS} waiters ÷ without", ratios(*p99s)),
            rate_of(f"create with {WAITERS} waiters", beside),
            rate_of("create without", alone),
            p99_of(f"create p99 with {WAITERS} waiters", beside),
            p99_of("create p99 without", alone),
        ]
    )


async def _replay(house: House, known: Sequence[bytes], seconds: float) -> Load:
    load = await closed(
        house.port, cycle(known), clients=CLIENTS, seconds=seconds, expected=ACCEPTED
    )
    return load.check()


async def _wait(house: House, question: bytes) -> None:
    """Ask for the change again and again; one who finds no place asks again after a second."""
    (connection,) = await connect(house.port, 1)
    try:
        while True:
            answered = asyncio.get_running_loop().create_future()
            connection.ask(question, lambda *_, answered=answered: answered.set_result(None))
            await answered
            await asyncio.sleep(1.0)
    finally:
        connection.close()
