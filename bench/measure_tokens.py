"""Access tokens of a provider: fetched once at a cold start, renewed under load without a loss."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from adapters.outbound.uptime import uptime
from application.ports import Charge
from bench.figures import Bound, Figure, Measured
from bench.house import House, a_house, call
from bench.rounds import Rounds
from bootstrap import chance
from bootstrap import house as assembled
from bootstrap.either import opened
from domain.ids import IdKind
from domain.merchant import ProviderAccount
from domain.money import Money
from domain.outcome import Accepted, Outcome

COLD, QUICK_COLD = 1_000, 100
"""Charges that all begin at once, before there is a token."""
REVOKED, QUICK_REVOKED = 500, 250
WIDTH = 64
"""Charges at once while the token is revoked."""
AMOUNT = Money(50_000)
NAME = "ovo_qris"
_PAGE = 10_000


@dataclass(slots=True)
class Till:
    """Makes charges by the gateway as a worker has it, and remembers what it heard of each."""

    inside: assembled.House
    account: ProviderAccount
    heard: dict[str, Outcome] = field(default_factory=dict)

    async def charge(self, number: int) -> None:
        """One charge, made once."""
        offer, now = self.inside.offers[NAME], datetime.now(UTC)
        attempt_id = chance.fresh_id(IdKind.ATTEMPT)
        references = offer.names(self.inside.store.sequences).next(self.account, attempt_id)
        clocks = offer.provider.clocks
        outcome = await self.inside.gateways[NAME]().push(
            Charge(
                attempt_id=attempt_id,
                account=self.account,
                amount=AMOUNT,
                phone=None,
                references=references,
                claimed_at=now,
                leave_by=uptime() + clocks.send_within,
                order_id=f"tokens-{number}",
                window_ends_at=now + clocks.customer_window,
            )
        )
        self.heard[str(references.shown["reference"])] = outcome


@dataclass(frozen=True, slots=True)
class Run:
    """What one round showed, by the sandbox's own books."""

    fetched: int
    refused: int
    lost: int
    twice: int
    seconds: float


async def tokens(rounds: Rounds) -> Measured:
    """Charges by QRIS at a cold start, and while their token is revoked; no round may lose one."""
    cold_count = QUICK_COLD if rounds.quick else COLD
    revoked_count = QUICK_REVOKED if rounds.quick else REVOKED
    cold, revoked = [], []
    for number in range(rounds.count):
        rounds.step(f"tokens: {cold_count} charges at a cold start, round {number + 1}")
        cold.append(await _run(rounds.folder / f"cold-{number}", cold_count, _all_at_once))
        rounds.step(f"tokens: {revoked_count} charges, the token revoked, round {number + 1}")
        revoked.append(await _run(rounds.folder / f"revoked-{number}", revoked_count, _revoked))
    none, books = Bound(most=0), "the worst round, by the books of the sandbox"
    return Measured(
        [
            Figure("tokens fetched at a cold start", [max(run.fetched for run in cold)],
                   bound=Bound(most=1), note=f"the worst round; {cold_count} charges at once"),
            Figure("charges lost at a cold start", [max(run.lost for run in cold)], bound=none,
                   note=books),
            Figure("charges at a cold start", [cold_count / run.seconds for run in cold], "/s"),
            Figure("charges lost while it was revoked", [max(run.lost for run in revoked)],
                   bound=none, note=f"{books}; what was not accepted at its first call is lost"),
            Figure("charged twice while it was revoked", [max(run.twice for run in revoked)],
                   bound=none, note=books),
            Figure("tokens fetched while it was revoked", [run.fetched for run in revoked],
                   note="the first, and one after it was revoked"),
        ],
        {
            "charges at a cold start": cold_count,
            "charges while it was revoked": revoked_count,
            "of these at once": WIDTH,
        },
    )  # fmt: skip


Story = Callable[[House, Till, int], Awaitable[None]]


async def _run(folder: Path, count: int, story: Story) -> Run:
    """One story in a house of its own: no token has ever been fetched in it."""
    with a_house(folder) as house:
        house.start_sandbox()
        port = house.sandbox_port
        call(port, "POST", f"/control/scenario/{NAME}", {"customer": "approve", "magic": False})
        told = call(port, "GET", f"/control/credentials/{NAME}")
        account = ProviderAccount(house.merchant, NAME, False, told["credentials"])
        settings = house.settings().model_copy(update={"providers": ("ovo", NAME)})
        with opened(settings, "bench") as inside:
            till = Till(inside, account)
            inside.gateways[NAME]()  # what it is made of is imported, and no token fetched
            try:
                began = perf_counter()
                await story(house, till, count)
                seconds = perf_counter() - began
            finally:
                await inside.gateways[NAME]().aclose()
        assert len(till.heard) == count
        own = call(port, "GET", "/control/tokens")[NAME]["b2b"]
        lost, twice = _judged(till.heard, _ledger(port))
        return Run(own["fetched"], own["refused"], lost, twice, seconds)


async def _all_at_once(_: House, till: Till, count: int) -> None:
    await asyncio.gather(*(till.charge(number) for number in range(count)))


async def _revoked(house: House, till: Till, count: int) -> None:
    """Some at a time; when a fifth of them are made, no token opens anything any more."""
    turn, begun = asyncio.Semaphore(WIDTH), asyncio.Event()

    async def one(number: int) -> None:
        async with turn:
            await till.charge(number)
            if len(till.heard) >= count // 5:
                begun.set()

    async def revoke() -> None:
        await begun.wait()
        path = f"/control/tokens/{NAME}/revoke"
        gone = await asyncio.to_thread(call, house.sandbox_port, "POST", path)
        assert gone["revoked"] >= 1, "there was no token to revoke"
        assert len(till.heard) < count, "it was revoked after everything"

    await asyncio.gather(revoke(), *(one(number) for number in range(count)))


def _judged(heard: dict[str, Outcome], rows: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """How many charges were lost, how many made twice.

    Lost is what the gateway did not have accepted, and what it had but the sandbox does not know as
    paid; twice is what the sandbox heard again, or knows under a name that nobody gave.
    """
    paid = Counter(row["reference"] for row in rows if row["amount_kept"] == AMOUNT.rupiah)
    lost = [
        name for name, told in heard.items() if not isinstance(told, Accepted) or not paid[name]
    ]
    again = [row for row in rows if row["times_heard"] > 1 or row["reference"] not in heard]
    rest = sum(number - 1 for number in paid.values())
    return len(lost), len(again) + rest


def _ledger(port: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        path = f"/control/charges?provider={NAME}&limit={_PAGE}{after}"
        page = call(port, "GET", path)
        found += page["charges"]
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"
