"""Notifications: kept and verified durably by one process, and verification by itself."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from standardwebhooks import Webhook

from application.ports import Notice, NoticeQuery, Verdict
from bench.figures import Bound, Figure, Measured, percentile, ratios
from bench.rounds import Rounds
from bench.telling import (
    OPEN,
    PAID,
    PATH,
    SECRET,
    Hearing,
    StandardReader,
    Told,
    a_hearing,
    awaiting,
    told,
)
from domain.merchant import ProviderAccount

COUNT, QUICK_COUNT = 4_000, 300
SENDERS = 32
"""Threads that tell at once, as many as the API answers with."""
TURN = 128
"""Of the dispatcher's lane."""
VERIFIED = 20_000
FORGED = "whsec_" + "QUFB" * 8
KINDS = ("kept", "open", "paid", "forged", "at once")
"""Kept alone; kept and heard beside it: still open, paid, forged; heard by each request itself."""


@dataclass(frozen=True, slots=True)
class Run:
    """How many a second got their verdict, and how long each waited for its answer (ms)."""

    rate: float
    waits: Sequence[float]


async def inbox(rounds: Rounds) -> Measured:
    """One process keeps, verifies and settles notifications, each durably."""
    count = QUICK_COUNT if rounds.quick else COUNT
    runs: dict[str, list[Run]] = {kind: [] for kind in KINDS}
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds.count):
        for kind, found in runs.items():
            rounds.step(f"inbox: {count} notifications, {kind}, round {number + 1}")
            with a_hearing(rounds.folder / f"{kind}-{number}") as house:
                found.append(_run(house, kind, count))
        rounds.step(f"inbox: verification alone, round {number + 1}")
        for _ in range(2):  # in turn, so that both see the same machine
            theirs.append(_rate(_theirs(), VERIFIED))
            ours.append(_rate(_ours(), VERIFIED))
    rates = {kind: [run.rate for run in found] for kind, found in runs.items()}
    p99s = {
        kind: [percentile(sorted(r.waits), 0.99) for r in found] for kind, found in runs.items()
    }
    return Measured(
        [
            Figure("kept, verified and settled", rates["open"], "/s", Bound(least=1_000),
                   note=f"{SENDERS} senders at once, SQLite, group commit"),
            Figure("kept, verified and believed", rates["paid"], "/s",
                   note="each makes a payment succeed, and writes its event"),
            Figure("forgeries kept and refused", rates["forged"], "/s"),
            Figure("kept alone", rates["kept"], "/s", note="the worker is another process"),
            Figure("answered within, p99", p99s["kept"], "ms"),
            Figure("answered within, p99, if each request heard its own", p99s["at once"], "ms"),
            Figure("settled, if each request heard its own", rates["at once"], "/s"),
            Figure("verification alone ÷ standardwebhooks", ratios(ours, theirs),
                   bound=Bound(least=1), note="the same scheme, the body parsed by both"),
            Figure("verification alone", ours, "/s"),
        ],
        {"notifications": count},
    )  # fmt: skip


def _run(house: Hearing, kind: str, count: int) -> Run:
    references = awaiting(house.store, count if kind == "paid" else 200)
    status = PAID if kind == "paid" else OPEN
    secret = FORGED if kind == "forged" else SECRET
    tolds = [told(references[n % len(references)], status, secret=secret) for n in range(count)]
    own, beside = kind == "at once", kind not in {"at once", "kept"}
    began, stop = time.perf_counter(), threading.Event()
    lane = threading.Thread(target=_hear, args=(house, stop))
    if beside:
        lane.start()
    with ThreadPoolExecutor(SENDERS) as senders:
        waits = list(senders.map(lambda each: _send(house, each, own=own), tolds))
    took = time.perf_counter() - began
    stop.set()
    if beside:
        lane.join()
    while house.hear(TURN):
        pass
    if kind != "kept":
        took = time.perf_counter() - began
    _check(house, kind, count)
    return Run(count / took, waits)


def _send(house: Hearing, each: Told, *, own: bool) -> float:
    began = time.perf_counter()
    house.receive("ovo", PATH, each.headers, each.body)
    if own:
        house.hear(1)
    return (time.perf_counter() - began) * 1_000


def _hear(house: Hearing, stop: threading.Event) -> None:
    while not stop.is_set():
        if not house.hear(TURN):
            stop.wait(0.002)


def _check(house: Hearing, kind: str, count: int) -> None:
    """Every one has the verdict that it should have: what is not done is not measured."""
    expected = {"paid": Verdict.BELIEVED, "forged": Verdict.REFUSED}.get(kind, Verdict.HINTED)
    page = house.store.inbox.find(NoticeQuery(verdict=expected, limit=count + 1))
    assert len(page.items) == count, f"{len(page.items)} of {count} are {expected}"


# -- verification alone ---------------------------------------------------------------------------


def _ours() -> Callable[[], None]:
    reader, each, now = StandardReader(), told("t|m|reference", OPEN), datetime.now(UTC)
    account = ProviderAccount("mer_1", "ovo", livemode=False, credentials={"secret": SECRET})
    notice = Notice("ntf_1", "ovo", PATH, each.headers, each.body, now)
    forged = Notice("ntf_2", "ovo", PATH, told("x", OPEN, secret=FORGED).headers, each.body, now)
    assert reader.refusal(forged, account, now) is not None

    def verify() -> None:
        assert reader.names(notice)
        assert reader.refusal(notice, account, now) is None

    return verify


def _theirs() -> Callable[[], None]:
    each, hook = told("t|m|reference", OPEN), Webhook(SECRET)
    headers = dict(each.headers)

    def verify() -> None:
        assert hook.verify(each.body, headers)

    return verify


def _rate(verify: Callable[[], None], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        verify()
    return count / (time.perf_counter() - began)
