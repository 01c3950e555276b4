"""The bare pipeline: the same processes, server, writer and wire as a house, and no domain.

create (insert) → claim (update) → push → record (update) → webhook → mark (update).
Run as a program it is the dispatcher; `create` is what the server loads.
"""

import asyncio
import os
import secrets
import signal
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.types import WSGIApplication

import orjson
import uvloop

from adapters.outbound.ovo.signature import signature
from adapters.outbound.signal.bell import Bell
from adapters.outbound.sqlite.database import Database, migrate
from adapters.outbound.sqlite.turnstile import Turnstile
from adapters.outbound.sqlite.writer import Writer
from adapters.outbound.wire import Guard, Wire
from bench.floor import ANSWER_BYTES, DATABASE
from bootstrap.sandbox_account import CREDENTIALS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

WALLET, HOOK = "BENCH_WALLET", "BENCH_HOOK"
_TABLE = """
CREATE TABLE bare (
    id TEXT NOT NULL PRIMARY KEY, state INTEGER NOT NULL, body BLOB NOT NULL, answer BLOB
) STRICT
"""
_TODO = "CREATE INDEX bare_todo ON bare (id) WHERE state = 0"
_ADD = "INSERT INTO bare (id, state, body) VALUES (?, 0, ?)"
_DUE = "SELECT id, body FROM bare WHERE state = 0 ORDER BY id LIMIT ?"
_CLAIM = "UPDATE bare SET state = 1 WHERE id = ? AND state = 0"
_RECORD = "UPDATE bare SET state = 2, answer = ? WHERE id = ? AND state = 1"
_MARK = "UPDATE bare SET state = 3 WHERE id = ? AND state = 2"
_TURN = 256
_HOOKS_AT_ONCE = 64
_WIB = timezone(timedelta(hours=7))
Row = tuple[str, bytes]


def lay(path: Path) -> None:
    """Make the pipeline's database."""
    migrate(path)
    connection = Database(path).open_writer()
    connection.execute(_TABLE)
    connection.execute(_TODO)
    connection.close()


def create() -> WSGIApplication:
    """The API: one insert and a ring of the bell."""
    path = Path(os.environ[DATABASE])
    writer = Writer(Database(path), Turnstile(path))
    bell = Bell(path.parent / "bells", "api")
    bell.answer()

    def serve(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        wish = orjson.loads(raw)
        id_ = f"{time.time_ns():x}{secrets.token_hex(8)}"
        body = orjson.dumps({"id": id_, **wish, "fill": ""})
        body = body[:-2] + b"x" * (ANSWER_BYTES - len(body)) + body[-2:]
        writer.write(lambda connection: connection.execute(_ADD, (id_, body)))
        bell.wake()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("202 Accepted", headers)
        return [body]

    return serve


@dataclass(slots=True)
class Batches:
    """Writes what came back, many at a time, and tells who waited."""

    write: Callable[[Sequence[Any]], None]
    waiting: deque[tuple[Any, asyncio.Future[None]]] = field(default_factory=deque)
    rung: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, item: Any) -> None:
        """Return when it is durable."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((item, done))
        self.rung.set()
        await done

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self.rung.wait()
            self.rung.clear()
            while self.waiting:
                batch = [self.waiting.popleft() for _ in range(min(_TURN, len(self.waiting)))]
                await asyncio.to_thread(self.write, [item for item, _ in batch])
                for _, done in batch:
                    done.set_result(None)


_JSON = [("Content-Type", "application/json")]


class Pipeline:
    """The dispatcher without a domain."""

    def __init__(self, path: Path) -> None:
        database = Database(path)
        self._writer = Writer(database, Turnstile(path))
        self._reader = database.open_reader(sqlite3.Connection)
        self._bell = Bell(path.parent / "bells", "worker")
        self._rung = asyncio.Event()
        self._wallet = Wire()
        self._hook = Wire(keep_alive=True)
        self._hooks = asyncio.Semaphore(_HOOKS_AT_ONCE)
        self._records = Batches(lambda items: self._update(_RECORD, items))
        self._marks = Batches(lambda items: self._update(_MARK, items))
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Claim and carry for ever."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._bell.fileno(), self._ring)
        for batches in (self._records, self._marks):
            self._start(batches.run())
        while True:
            claimed = await asyncio.to_thread(self._claim)
            for row in claimed:
                self._start(self._carry(row))
            if len(claimed) < _TURN:
                try:
                    async with asyncio.timeout(0.5):
                        await self._rung.wait()
                except TimeoutError:
                    pass
                self._rung.clear()

    def _ring(self) -> None:
        self._bell.drain()
        self._rung.set()

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _claim(self) -> Sequence[Row]:
        due: Sequence[Row] = self._reader.execute(_DUE, (_TURN,)).fetchall()
        if due:
            self._update(_CLAIM, [(id_,) for id_, _ in due])
        return due

    def _update(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        self._writer.write(lambda connection: connection.executemany(statement, rows))

    async def _carry(self, row: Row) -> None:
        id_, body = row
        answer = await self._push(next(self._numbers), orjson.loads(body))
        await self._records.put((answer, id_))
        async with self._hooks:
            await self._tell(body)
        await self._marks.put((id_,))

    async def _push(self, number: int, wish: Any) -> bytes:
        now = datetime.now(UTC)
        stamp = now.astimezone(_WIB).isoformat(" ", "milliseconds")[:23]
        data = {"batchNo": "1", "merchantInvoice": f"B-{number}", "phone": wish["phone"]}
        body = orjson.dumps(
            {
                "type": "0200",
                "processingCode": "040000",
                "date": stamp,
                "tid": CREDENTIALS["tid"],
                "mid": CREDENTIALS["mid"],
                "merchantId": CREDENTIALS["merchant_id"],
                "storeCode": CREDENTIALS["store_code"],
                "appSource": "POS",
                "amount": wish["amount"],
                "referenceNumber": str(number),
                "transactionRequestData": data,
            }
        )
        app_id, unix = CREDENTIALS["app_id"], str(int(now.timestamp()))
        signed = signature(app_id=app_id, app_key=CREDENTIALS["app_key"], random=unix)
        headers = [*_JSON, ("app-id", app_id), ("random", unix), ("hmac", signed)]
        answer = await self._wallet.post(
            os.environ[WALLET], headers, body, _guard(), connect=5, read=75
        )
        assert orjson.loads(answer.content)["responseCode"] == "00", answer.content
        return answer.content

    async def _tell(self, body: bytes) -> None:
        await self._hook.post(os.environ[HOOK], _JSON, body, _guard(), connect=5, read=15)


def _guard() -> Guard:
    far = timedelta(days=10_000)
    return Guard(leave_by=far, end_by=far)


async def _main() -> None:
    loop = asyncio.get_running_loop()
    pipeline = asyncio.ensure_future(Pipeline(Path(os.environ[DATABASE])).run())
    loop.add_signal_handler(signal.SIGTERM, pipeline.cancel)
    await pipeline


if __name__ == "__main__":
    uvloop.run(_main())
