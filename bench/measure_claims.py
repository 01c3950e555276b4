"""Claims: how many are wasted on a rival's, and whether they stay as quick as a store fills."""

import multiprocessing
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from adapters.outbound.mongo.database import migrate as migrate_mongo
from adapters.outbound.mongo.documents import payment_body, payment_origin, payment_state
from adapters.outbound.mongo.store import MongoStore
from adapters.outbound.sqlite.database import migrate as migrate_sqlite
from adapters.outbound.sqlite.store import SqliteStore
from application.ports import PaymentRepository
from bench.claiming import PATIENT, RULES, Turns, a_claim, a_codec, a_start, dispatcher, turn
from bench.figures import Bound, Figure, Measured, percentile, ratios
from bench.mongo_server import NAME, mongo_server
from bench.rounds import Rounds
from domain.outcome import Declined
from domain.payment import Payment
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix
from domain.settling import Knowledge

DISPATCHERS = 4
BACKLOG, QUICK_BACKLOG = 1_000, 200
FEW, MANY = 1_000, 1_000_000
MANY_IN_MONGO = 20_000
QUICK_MANY = 5_000
CLAIMED = 200
"""Claims of each store in a round, one at a time."""
_REFUSED = Reason(ReasonCode.INSUFFICIENT_BALANCE, "51", True, WhoCanFix.CUSTOMER, Texts("", ""))


async def wasted(rounds: Rounds) -> Measured:
    """Claims of four dispatchers on one backlog that a rival had made already."""
    backlog = QUICK_BACKLOG if rounds.quick else BACKLOG
    shares: dict[bool, list[float]] = {True: [], False: []}
    with mongo_server(rounds.folder / "mongo") as server:
        for number in range(rounds.count):
            for shared in (True, False):
                uri = f"{server}/wasted_{number}_{shared}?directConnection=true"
                told = "shared out" if shared else "each for itself"
                rounds.step(f"wasted: {backlog} payments, {told}, round {number + 1}")
                turns = _together(uri, backlog, shared=shared)
                won, lost = sum(t.won for t in turns), sum(t.lost for t in turns)
                assert won == backlog, f"{won} of {backlog} were claimed"
                shares[shared].append(100 * lost / (won + lost))
    return Measured(
        [
            Figure(
                f"claims wasted by {DISPATCHERS} dispatchers",
                shares[True],
                "%",
                Bound(most=2),
                note=f"processes on one backlog of {backlog} in {NAME}",
            ),
            Figure(
                "wasted if each took what is due first",
                shares[False],
                "%",
                note="the same without heartbeats, so that nothing is shared out",
            ),
        ]
    )


async def flat(rounds: Rounds) -> Measured:
    """A claim in a store that holds many payments ÷ in one that holds few."""
    many = QUICK_MANY if rounds.quick else MANY
    many_in_mongo = QUICK_MANY if rounds.quick else MANY_IN_MONGO
    rounds.step(f"flat: filling SQLite with {many} payments")
    sqlite = [_a_sqlite(rounds.folder, count) for count in (FEW, many)]
    with mongo_server(rounds.folder / "mongo") as server:
        rounds.step(f"flat: filling {NAME} with {many_in_mongo} payments")
        mongo = [_a_mongo(f"{server}/flat_{count}", count) for count in (FEW, many_in_mongo)]
        p99s: dict[str, list[list[float]]] = {"SQLite": [], NAME: []}
        for number in range(rounds.count):
            for name, stores in (("SQLite", sqlite), (NAME, mongo)):
                rounds.step(f"flat: {name}, round {number + 1}")
                p99s[name].append(_side_by_side([store.payments for store in stores]))
        for full in sqlite:
            full.close()
        for away in mongo:
            away.close()
    few, lots = zip(*p99s["SQLite"], strict=True)
    few_there, lots_there = zip(*p99s[NAME], strict=True)
    return Measured(
        [
            Figure(
                f"claim p99 at {many:,} payments ÷ at {FEW:,}",
                ratios(lots, few),
                bound=Bound(most=1.5),
                note="SQLite; look for one that is due and claim it, in turn with the other store",
            ),
            Figure("claim p99 in the full store", lots, "ms"),
            Figure(
                f"claim p99 at {many_in_mongo:,} payments ÷ at {FEW:,}, {NAME}",
                ratios(lots_there, few_there),
                note="not MongoDB: this server sorts what it finds due, and its log slows it down",
            ),
        ]
    )


def _together(uri: str, backlog: int, *, shared: bool) -> Sequence[Turns]:
    migrate_mongo(uri)
    with MongoStore.open(uri, a_codec(), patience=PATIENT) as store:
        for _ in range(0, backlog, 100):
            store.payments.save_each([a_start() for _ in range(100)])
    context = multiprocessing.get_context("spawn")
    begin, results = context.Barrier(DISPATCHERS), context.Queue()
    processes = [
        context.Process(
            target=dispatcher,
            args=(uri, f"worker-{number}", begin, results),
            kwargs={"shared": shared},
        )
        for number in range(DISPATCHERS)
    ]
    for process in processes:
        process.start()
    turns = [results.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    return turns


def _side_by_side(stores: Sequence[PaymentRepository]) -> list[float]:
    """p99 of a claim in each; they take turns, so that both see the same machine."""
    found = [Turns() for _ in stores]
    for store in stores:
        store.save_each([a_start() for _ in range(CLAIMED)])
    for _ in range(CLAIMED):
        for store, turns in zip(stores, found, strict=True):
            assert turn(store, "worker-1", turns, 1), "nothing was due"
    return [percentile(sorted(turns.milliseconds), 0.99) for turns in found]


# -- stores that are full -------------------------------------------------------------------------


def _ended() -> Payment:
    """What most stored payments are: over, with an attempt."""
    claimed = a_claim(a_start().payment, "worker-1").payment
    (attempt,) = claimed.attempts
    known = Knowledge(claimed.updated_at, RULES, lambda _: "evt_1")
    change = claimed.record(attempt.id, Declined("51", _REFUSED, final=True), known=known)
    assert change is not None
    return change.payment


def _a_sqlite(folder: Path, count: int) -> SqliteStore:
    """Rows are copies of one but for what is looked for: nobody opens them."""
    path = folder / f"flat-{count}.db"
    migrate_sqlite(path)
    store = SqliteStore.open(path, a_codec())
    store.close()
    _fill(path, count)
    return SqliteStore.open(path, a_codec())


def _fill(path: Path, count: int) -> None:
    body = a_codec().encode_payment(_ended())
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    row = (
        "'pay_0' || printf('%012d', i), 'mer_1', 0, 'order-' || i, 'pay_0' || i, 'ovo', 'failed',"
        " NULL, NULL, 'hash-' || (i % 1000), i, 3, ?"
    )
    columns = (
        "id, merchant_id, livemode, order_id, released, provider, status, due_at, worker,"
        " phone_hash, created_at, version, body"
    )
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(
            f"{numbers} INSERT INTO payments ({columns}) SELECT {row} FROM n", (count, body)
        )
        keys = "INSERT INTO used_references SELECT 't|m|full-' || i, 'att_' || i FROM n"
        connection.execute(f"{numbers} {keys}", (count,))
        connection.commit()


def _a_mongo(uri: str, count: int) -> MongoStore:
    uri += "?directConnection=true"
    migrate_mongo(uri)
    store = MongoStore.open(uri, a_codec(), patience=PATIENT)
    one = _document(_ended())
    for first in range(0, count, 500):
        store.connection.payments.insert_many(
            [_renamed(one, number) for number in range(first, min(first + 500, count))],
            ordered=False,
        )
    return store


def _document(payment: Payment) -> dict[str, Any]:
    codec = a_codec()
    state = payment_state(codec, payment, payment_body(codec, payment))
    fields = payment_origin(payment) | state
    return {name: value for name, value in fields.items() if value is not None}


def _renamed(document: dict[str, Any], number: int) -> dict[str, Any]:
    return document | {
        "_id": f"pay_0{number:012d}",
        "order_id": f"order-{number}",
        "references": [f"t|m|full-{number}"],
        "told": [f"evt_0{number}"],
    }
