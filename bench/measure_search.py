"""Search: how quickly an index is made anew, and how far it is behind the store."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from application.ports import IndexUnavailable, SearchQuery
from application.search_words import wanted
from bench.figures import Bound, Figure, Measured, percentile
from bench.house import ROOT, House, a_house
from bench.rounds import Rounds, arrive
from bootstrap.chance import fresh_id
from bootstrap.either import opened
from bootstrap.house import OVO
from bootstrap.settings import Settings
from domain.attempt import Attempt, AttemptStatus, References
from domain.ids import IdKind, crockford
from domain.merchant import OVO_PUSH
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Order
from domain.payment import Change, Payment, Status

PAYMENTS, QUICK_PAYMENTS = 100_000, 2_000
TOGETHER = 1_000
LOOK_EVERY = 0.05
RATE = 200.0
WARM = 4
"""Rounds of arrivals before the first that is measured."""


@contextmanager
def a_node(folder: Path) -> Iterator[str]:
    """A real Elasticsearch; it is a process of the tests', named and not known."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.servers.elasticsearch", str(folder), "--compiled"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError("Elasticsearch did not start")
        try:
            yield url
        finally:
            process.terminate()


@dataclass(slots=True)
class Searcher:
    """Searches all the time on a thread, and keeps how long each took, and what was refused."""

    settings: Settings
    query: SearchQuery
    took: list[float] = field(default_factory=list)
    refused: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Search while the body runs."""
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _run(self) -> None:
        with opened(self.settings, "searcher") as house:
            while not self._stop.is_set():
                began = time.monotonic()
                try:
                    house.index.search(self.query)
                except IndexUnavailable:
                    self.refused += 1
                self.took.append((time.monotonic() - began) * 1_000)
                self._stop.wait(LOOK_EVERY)


async def rebuild(rounds: Rounds) -> Measured:
    """`lunas search rebuild` of 100,000 payments, and the searches that are made meanwhile."""
    count = QUICK_PAYMENTS if rounds.quick else PAYMENTS
    figures: list[Figure] = []
    with a_node(rounds.folder / "node") as url, a_house(rounds.folder / "rebuild") as house:
        rounds.step(f"rebuild: {count} payments into the store")
        _fill(house, count)
        for name, bound, changes in (
            ("Elasticsearch", Bound(least=5_000), {"search_url": url}),
            ("FTS5", None, {}),
        ):
            settings = house.settings().model_copy(update=changes)
            rates, slow, refused = [], [], 0
            _rebuilt(settings)
            for number in range(rounds.count):
                rounds.step(f"rebuild: {name}, round {number + 1}")
                query = SearchQuery(house.merchant, False, words=wanted(f"bench-{count // 2}"))
                searcher = Searcher(settings, query)
                with searcher.at_work():
                    rates.append(count / _rebuilt(settings))
                slow.append(percentile(sorted(searcher.took), 0.99))
                refused += searcher.refused
            figures += [
                Figure(f"rebuild, {name}", rates, "/s", bound, "from SQLite, one process"),
                Figure(f"search p99 meanwhile, {name}", slow, "ms"),
                Figure(f"searches refused meanwhile, {name}", [refused], bound=Bound(most=0)),
            ]
    return Measured(figures, {"payments": count, "searched_every_seconds": LOOK_EVERY})


async def lag(rounds: Rounds) -> Measured:
    """How old the oldest change is that a search does not see, at 200 payments a second."""
    figures = []
    with a_node(rounds.folder / "node") as url:
        for name, settings in (("Elasticsearch", {"search_url": url}), ("FTS5", {})):
            with a_house(rounds.folder / name, **settings) as house:
                house.start_sandbox()
                house.start_api()
                house.start_worker()
                update = {"search_url": settings.get("search_url")}
                await _warm(rounds, house)
                seen = [
                    await _lag(rounds, house, house.settings().model_copy(update=update), name)
                    for _ in range(rounds.count)
                ]
            p99 = [percentile(sorted(ages), 0.99) for ages, _ in seen]
            median = [percentile(sorted(ages), 0.5) for ages, _ in seen]
            blind = [refused for _, refused in seen]
            figures += [
                Figure(f"lag p99, {name}", p99, "s", Bound(most=2), f"{RATE:g} payments/s"),
                Figure(f"lag median, {name}", median, "s"),
                Figure(f"looks refused, {name}", blind, bound=Bound(most=0)),
            ]
    return Measured(figures, {"looked_every_seconds": LOOK_EVERY})


async def _warm(rounds: Rounds, house: House) -> None:
    """A server that has just begun compiles itself first; and what it missed, it catches up."""
    rounds.step("lag: nothing is measured yet")
    await arrive(house, RATE, rounds.seconds * WARM)
    await asyncio.sleep(rounds.seconds)


async def _lag(
    rounds: Rounds, house: House, settings: Settings, name: str
) -> tuple[list[float], int]:
    """How old it was at each look, and how many looks were refused."""
    rounds.step(f"lag: {name}")
    ages: list[float] = []
    refused = 0
    stop = threading.Event()

    def look() -> None:
        nonlocal refused
        query = SearchQuery(house.merchant, False, limit=1, counted=False)
        with opened(settings, "looker") as inside:
            while not stop.is_set():
                try:
                    cursor = inside.index.search(query).cursor
                except IndexUnavailable:
                    refused += 1
                else:
                    since = inside.store.feed.waiting(cursor, 1).since
                    age = datetime.now(UTC) - since if since else timedelta(0)
                    ages.append(age.total_seconds())
                stop.wait(LOOK_EVERY)

    looking = asyncio.get_running_loop().run_in_executor(None, look)
    await arrive(house, RATE, rounds.seconds)
    stop.set()
    await looking
    return ages, refused


def _rebuilt(settings: Settings) -> float:
    began = time.monotonic()
    with opened(settings, "rebuild") as house:
        for _ in house.core.rebuild_index()(TOGETHER, afresh=True):
            pass
    return time.monotonic() - began


def _fill(house: House, count: int) -> None:
    now = datetime.now(UTC)
    with opened(house.settings(), "bench") as inside:
        for start in range(0, count, TOGETHER):
            end = min(count, start + TOGETHER)
            changes = [_paid(house, number, now) for number in range(start, end)]
            assert not any(inside.store.payments.save_each(changes))


def _paid(house: House, number: int, now: datetime) -> Change:
    """A payment that was approved at its first push, in one write."""
    at = now - timedelta(minutes=number)
    order = Order(
        order_id=f"bench-{number}",
        amount=Money(50_000 + number),
        method=OVO_PUSH,
        provider=OVO,
        expires_in=timedelta(hours=1),
        phone=Msisdn(f"0812{number:08}"),
        description="Konsultasi chat",
    )
    started = Payment.start(
        id=fresh_id(IdKind.PAYMENT),
        merchant_id=house.merchant,
        livemode=False,
        order=order,
        at=at,
        event_id="",
    ).payment
    attempt_id = fresh_id(IdKind.ATTEMPT)
    invoice = f"LUNAS-{crockford(attempt_id)}"
    assert order.phone is not None
    attempt = Attempt(
        id=attempt_id,
        number=1,
        provider=OVO,
        status=AttemptStatus.APPROVED,
        phone=order.phone,
        references=References(
            {"batch_no": 1, "reference_no": number, "merchant_invoice": invoice}, ()
        ),
        claimed=Moment(at, "boot", timedelta(0)),
        window_ends_at=at,
        worker="w",
        response_code="00",
    )
    paid = replace(
        started,
        status=Status.SUCCEEDED,
        attempts=(attempt,),
        details={"approval_code": f"{number:06}"},
        paid_at=at,
        due_at=None,
        version=1,
    )
    return Change(paid, ())
