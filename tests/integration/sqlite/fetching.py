"""A process that asks for one token many times at once, and notes each fetch in a file.

Run as `python -m tests.integration.sqlite.fetching DATABASE NOTES ASKERS SECONDS`; a fetch takes so
long.
It tells the tokens that it was given, once its input has ended.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.outbound.sqlite.store import SqliteStore
from adapters.outbound.tokens import TokenSource
from application.ports import Token
from tests.builders import a_codec
from tests.contracts.tokens import KEY

PATIENCE = timedelta(seconds=30)


def now() -> datetime:
    """The time of this machine, UTC."""
    return datetime.now(UTC)


async def main(store: SqliteStore, notes: Path, askers: int, seconds: float) -> set[str]:
    """The tokens that were had."""

    async def fetch(_: Token | None) -> Token:
        handle = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{os.getpid()}\n".encode())
        os.close(handle)
        await asyncio.sleep(seconds)
        return Token(f"of-{os.getpid()}", now(), now() + timedelta(minutes=15))

    source = TokenSource(store.tokens, now)
    asked = [source.token(KEY, fetch, within=PATIENCE) for _ in range(askers)]
    return {token.access for token in await asyncio.gather(*asked)}


if __name__ == "__main__":
    with SqliteStore.open(Path(sys.argv[1]), a_codec()) as opened:
        print("ready", flush=True)
        sys.stdin.read()
        had = asyncio.run(main(opened, Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
        print(*had, flush=True)
