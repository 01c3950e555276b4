"""Whole payments: start → push → answer at once → recorded → webhook 2xx, by layout too."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

from bench import floor, pipeline
from bench.figures import Bound, Figure, Measured, ratios
from bench.house import House, a_folder_house, a_house, free_port
from bench.rounds import Rounds
from bench.shop import Shop, Sold

CUSTOMERS = 96
"""Who pay at once: enough that every process always has something to do."""
LEAST_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Trade:
    """A house and the shop before it."""

    house: House
    shop: Shop
    hook_port: int

    async def sell(self, seconds: float) -> Sold:
        """Sell; raises RuntimeError when a payment did not reach its end."""
        before = self._spent()
        sold = await self.shop.sell(customers=CUSTOMERS, seconds=max(seconds, LEAST_SECONDS))
        sold.spent = self._spent() - before
        if sold.wrong or sold.unfinished:
            raise RuntimeError(f"{sold.wrong} creates refused, {sold.unfinished} never ended")
        return sold

    def _spent(self) -> float:
        return sum(self.house.cpu_seconds(name) for name in self.house.processes)

    def audit(self, started: int) -> dict[str, int]:
        """What the wallet and the endpoint heard; raises RuntimeError unless all is once."""
        pushes = self.house.ledger()
        invoices = Counter(push["invoice"] for push in pushes)
        found = {
            "payments": started,
            "pushes heard": len(pushes),
            "pushes heard twice": sum(push["times_heard"] > 1 for push in pushes),
            "invoices used twice": sum(times > 1 for times in invoices.values()),
            "payments told of": len(self.shop.stories),
            "payments with two events": sum(len(ids) > 1 for ids in self.shop.stories.values()),
            "webhooks delivered": self.shop.deliveries,
        }
        twice = [found[what] for what in found if what.split()[-1] in {"twice", "events"}]
        once = {found["payments"], found["pushes heard"], found["payments told of"]}
        if any(twice) or len(once) > 1:
            raise RuntimeError(f"not everything happened once: {found}")
        return found


@contextmanager
def two_processes(rounds: Rounds) -> Iterator[tuple[House, int]]:
    """As shipped: API and dispatcher, their writers queueing at the turnstile."""
    with a_house(rounds.folder / "two") as house:
        house.start_sandbox()
        house.start_api()
        house.start_worker()
        yield house, _hooked(house)


@contextmanager
def without_turnstile(rounds: Rounds) -> Iterator[tuple[House, int]]:
    """API and dispatcher, meeting at SQLite's own lock."""
    with a_house(rounds.folder / "free") as house:
        house.start_sandbox()
        house.start_api("bench.without_turnstile:create")
        house.start_worker(("-m", "bench.without_turnstile"))
        yield house, _hooked(house)


@contextmanager
def one_process(rounds: Rounds) -> Iterator[tuple[House, int]]:
    """API and dispatcher in one granian worker."""
    with a_house(rounds.folder / "one") as house:
        house.start_sandbox()
        house.start_api("bench.one_process:create")
        yield house, _hooked(house)


@contextmanager
def bare_pipeline(rounds: Rounds) -> Iterator[tuple[House, int]]:
    """The same processes without a domain."""
    with a_folder_house(rounds.folder / "bare") as house:
        path, hook_port = house.folder / "lunas.db", free_port()
        pipeline.lay(path)
        house.environment |= {
            floor.DATABASE: str(path),
            pipeline.WALLET: f"http://127.0.0.1:{house.sandbox_port}/pos",
            pipeline.HOOK: _hook_url(hook_port),
        }
        house.start_sandbox()
        house.start_api("bench.pipeline:create")
        house.start_worker(("-m", "bench.pipeline"))
        yield house, hook_port


def _hook_url(port: int) -> str:
    return f"http://127.0.0.1:{port}/hook"


def _hooked(house: House) -> int:
    port = free_port()
    house.hook(_hook_url(port), "payment.succeeded")
    return port


LAYOUTS = {
    "two processes with the turnstile": two_processes,
    "two processes without it": without_turnstile,
    "one process": one_process,
}


@asynccontextmanager
async def _trading(houses: dict[str, tuple[House, int]]) -> AsyncIterator[dict[str, Trade]]:
    trades = {
        name: Trade(house, Shop(house.port, house.key), port)
        for name, (house, port) in houses.items()
    }
    async with AsyncExitStack() as stack:
        for trade in trades.values():
            await stack.enter_async_context(trade.shop.open(trade.hook_port))
        yield trades


async def _sold(
    rounds: Rounds, title: str, houses: dict[str, tuple[House, int]]
) -> tuple[dict[str, list[Sold]], dict[str, dict[str, int]]]:
    """Every round of every house, interleaved, and the audits at the end."""
    found: dict[str, list[Sold]] = {name: [] for name in houses}
    async with _trading(houses) as trades:
        started: Counter[str] = Counter()
        for name, trade in trades.items():
            rounds.step(f"{title}: warm-up of {name}")
            started[name] += (await trade.sell(LEAST_SECONDS)).started
        for number in range(rounds.count):
            for name, trade in trades.items():
                rounds.step(f"{title}: {name}, round {number + 1}")
                sold = await trade.sell(rounds.seconds)
                started[name] += sold.started
                found[name].append(sold)
        rounds.step(f"{title}: audit")
        audits = {name: trade.audit(started[name]) for name, trade in trades.items()}
    return found, audits


async def whole(rounds: Rounds) -> Measured:
    """Whole payments a second ÷ the bare pipeline's."""
    with two_processes(rounds) as ours, bare_pipeline(rounds) as bare:
        found, audits = await _sold(rounds, "whole", {"lunas": ours, "bare pipeline": bare})
    lunas, floor_ = found["lunas"], found["bare pipeline"]
    return Measured(
        [
            Figure(
                "whole payments ÷ bare pipeline",
                ratios([s.rate for s in lunas], [s.rate for s in floor_]),
                bound=Bound(least=0.5, goal=0.8),
                note=f"{CUSTOMERS} customers, closed model; wallet and receiver on the same cores",
            ),
            Figure("whole payments", [s.rate for s in lunas], "/s", Bound(least=200)),
            Figure("bare pipeline", [s.rate for s in floor_], "/s"),
            Figure("CPU of all processes for a payment", [s.cpu_ms for s in lunas], "ms"),
            Figure("CPU of all processes for a bare one", [s.cpu_ms for s in floor_], "ms"),
            Figure("start to webhook, median", [s.whole_ms(0.5) for s in lunas], "ms"),
            Figure("start to webhook, p99", [s.whole_ms(0.99) for s in lunas], "ms"),
            Figure("bare start to webhook, median", [s.whole_ms(0.5) for s in floor_], "ms"),
            Figure("create p99 at this load", [s.create_p99_ms() for s in lunas], "ms"),
        ],
        audits["lunas"],
    )


async def layout(rounds: Rounds) -> Measured:
    """Whole payments and create p99 by process layout."""
    with (
        two_processes(rounds) as first,
        without_turnstile(rounds) as second,
        one_process(rounds) as third,
    ):
        houses = dict(zip(LAYOUTS, (first, second, third), strict=True))
        found, _ = await _sold(rounds, "layout", houses)
    base = next(iter(LAYOUTS))
    figures = []
    for name, sold in found.items():
        figures.append(Figure(f"whole payments, {name}", [s.rate for s in sold], "/s"))
        figures.append(Figure(f"create p99, {name}", [s.create_p99_ms() for s in sold], "ms"))
        figures.append(Figure(f"whole p99, {name}", [s.whole_ms(0.99) for s in sold], "ms"))
    for name in list(LAYOUTS)[1:]:
        rates = ratios([s.rate for s in found[base]], [s.rate for s in found[name]])
        figures.append(Figure(f"turnstile ÷ {name}", rates))
    return Measured(figures)
