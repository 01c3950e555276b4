"""One dispatcher that holds 10,000 pushes at once while other work goes on."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, repeat
from typing import Any

from application.ports import PaymentQuery
from bench.figures import Bound, Figure, Measured
from bench.house import House, a_house, free_port, open_files, rss_bytes, until
from bench.load import Load, closed, get
from bench.orders import AMOUNT, PATH, usual_phone
from bench.rounds import Rounds
from bench.shop import Shop, Sold
from bootstrap import chance
from bootstrap.either import opened
from bootstrap.house import OVO
from domain.ids import IdKind
from domain.merchant import OVO_PUSH
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Order
from domain.payment import Change, Payment, Status

HELD = 10_000
ROOM = 500
"""Width beyond the held ones, for the other work."""
ANSWERS_AFTER = 30
TOGETHER = 500
LEAST_HELD = 10.0
"""Seconds after which a push counts as held: the others are answered at once."""
HELD_ORDER = "held-"
AT_ONCE = "081200000001"
"""The sandbox's magic number that approves without a customer's time."""
DONE_WITHIN = 240.0


async def hold(rounds: Rounds) -> Measured:
    """10,000 pushes at once in one dispatcher; the sandbox answers after 30 s."""
    count = HELD // 10 if rounds.quick else HELD
    with a_house(rounds.folder / "hold", push_width=str(HELD + ROOM)) as house:
        rounds.step("hold: starting")
        house.start_sandbox({"answer_after": f"{ANSWERS_AFTER}s"})
        house.start_api()
        house.start_worker()
        hook_port = free_port()
        house.hook(f"http://127.0.0.1:{hook_port}/hook", "payment.succeeded")
        shop = Shop(house.port, house.key, lambda _: AT_ONCE)
        async with shop.open(hook_port):
            return await _hold(rounds, house, shop, count)


async def _hold(rounds: Rounds, house: House, shop: Shop, count: int) -> Measured:
    worker = house.processes["worker"].pid
    await shop.sell(customers=4, seconds=2.0)  # every code path of the dispatcher has run
    idle = rss_bytes(worker)
    rounds.step(f"hold: {count} payments are started")
    began = time.monotonic()
    await asyncio.to_thread(start_held, house, count)
    rounds.step("hold: other work beside them")
    beside = asyncio.create_task(_served(house, shop, count))
    most = idle
    while _told_of_held(shop) < count and time.monotonic() - began < DONE_WITHIN:
        most = max(most, rss_bytes(worker))
        await asyncio.sleep(0.2)
    sold, reads = await beside
    await asyncio.sleep(3.0)  # what is sent twice would be heard by now
    rounds.step("hold: audit")
    pushes = await asyncio.to_thread(house.ledger)
    held = [span for push in pushes if (span := _span(push))[1] - span[0] >= LEAST_HELD]
    recorded = await asyncio.to_thread(_recorded, house)
    facts = {
        "payments": len(recorded),
        "recorded as succeeded": sum(status is Status.SUCCEEDED for status in recorded),
        "pushes heard": len(pushes),
        "pushes heard twice": sum(push["times_heard"] > 1 for push in pushes),
        "invoices used twice": len(pushes) - len({push["invoice"] for push in pushes}),
        "payments told of": len(shop.stories),
        "payments with two events": sum(len(ids) > 1 for ids in shop.stories.values()),
        "dispatcher idle, MB": round(idle / 1e6, 1),
        "dispatcher at most, MB": round(most / 1e6, 1),
        "heard by the wallet within, s": round(max(s[0] for s in held) - min(held)[0], 1),
    }
    peak = _most_at_once(held)
    wanting = len(recorded) - facts["recorded as succeeded"]
    wanting += len(pushes) - len(recorded)
    twice = facts["pushes heard twice"] + facts["invoices used twice"]
    memory = (most - idle) / peak / 1_024
    return Measured(
        [
            Figure("pushes held at once", [peak], "", Bound(least=count)),
            Figure("not recorded", [wanting], "", Bound(most=0)),
            Figure("sent twice", [twice], "", Bound(most=0)),
            Figure("memory for each held push", [memory], "KiB", Bound(most=40)),
            Figure("whole payments beside them", [sold.rate], "/s"),
            Figure("whole payments beside them, median", [sold.whole_ms(0.5)], "ms"),
            Figure("whole payments beside them, p99", [sold.whole_ms(0.99)], "ms"),
            Figure("create p99 beside them", [sold.create_p99_ms()], "ms"),
            Figure("reads beside them", [reads.rate], "/s"),
            Figure("read p99 beside them", [reads.p(0.99)], "ms"),
        ],
        facts,
    )


def start_held(house: House, count: int) -> None:
    """Straight into the store: their starts are not what is measured."""
    with opened(house.settings(), "bench") as inside:
        for first in range(0, count, TOGETHER):
            changes = [_change(house, n) for n in range(first, min(first + TOGETHER, count))]
            refusals = inside.store.payments.save_each(changes)
            assert not any(refusals), refusals
            inside.bell.wake()


def _change(house: House, number: int) -> Change:
    return Payment.start(
        id=chance.fresh_id(IdKind.PAYMENT),
        merchant_id=house.merchant,
        livemode=False,
        order=Order(
            order_id=f"{HELD_ORDER}{number}",
            amount=Money(AMOUNT),
            method=OVO_PUSH,
            provider=OVO,
            expires_in=timedelta(hours=1),
            phone=Msisdn(usual_phone(number)),
        ),
        at=datetime.now(UTC),
        event_id=chance.fresh_id(IdKind.EVENT),
    )


async def _served(house: House, shop: Shop, count: int) -> tuple[Sold, Load]:
    """Whole payments that end at once, and reads of them, once all the others are held."""
    worker = house.processes["worker"].pid
    await asyncio.to_thread(until, lambda: open_files(worker) > count, "all are held", 60.0)
    sold = await shop.sell(customers=4, seconds=6.0)
    reads = await closed(
        house.port,
        repeat(get(f"{PATH}?limit=5", key=house.key)),
        clients=4,
        seconds=3.0,
        expected=200,
    )
    return sold, reads.check()


def _told_of_held(shop: Shop) -> int:
    return sum(order_id.startswith(HELD_ORDER.encode()) for order_id in shop.stories)


def _recorded(house: House) -> list[Status]:
    """The state of every payment, from the store."""
    found: list[Status] = []
    with opened(house.settings(), "bench") as inside:
        query = PaymentQuery(house.merchant, livemode=False, limit=1_000)
        while True:
            page = inside.store.payments.find(query)
            found += [payment.status for payment in page.items]
            if page.next_cursor is None:
                return found
            query = replace(query, cursor=page.next_cursor)


def _span(push: dict[str, Any]) -> tuple[float, float]:
    """From when to when the wallet held it, in Unix seconds."""
    heard, answered = push["heard_at"], push["answered_at"]
    return (
        datetime.fromisoformat(heard).timestamp(),
        datetime.fromisoformat(answered).timestamp() if answered else float("inf"),
    )


def _most_at_once(spans: Sequence[tuple[float, float]]) -> int:
    """How many of them overlap at most."""
    steps = sorted([(span[0], 1) for span in spans] + [(span[1], -1) for span in spans])
    return max(accumulate(step for _, step in steps))
