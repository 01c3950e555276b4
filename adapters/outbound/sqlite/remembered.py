"""Remembering what every request asks for and hardly ever changes: API clients and accounts."""

import mmap
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar, final

from adapters.outbound.sqlite.troubles import DatabaseRefused
from application.ports import StoreUnavailable

REMEMBERED_SECONDS = 1.0
"""For longer nothing is believed unread, whoever changed it by whatever way."""
MOST_REMEMBERED = 1_024
_BYTES = 8

Key = TypeVar("Key")
Value = TypeVar("Value")


@final
class Mark:
    """A few bytes in the lock file, which all processes see: moved after each change.

    Who reads the mark first, then the store, and finds the mark unmoved later, has read what still
    is. Reading it costs no system call, so that no thread gives way to another for it.
    """

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if os.fstat(self._handle).st_size < _BYTES:
                os.ftruncate(self._handle, _BYTES)
            self._seen = mmap.mmap(self._handle, _BYTES, prot=mmap.PROT_READ)
        except OSError as problem:
            raise DatabaseRefused(f"{path} cannot be used ({problem.strerror})") from None

    def read(self) -> bytes:
        """The mark now; raises StoreUnavailable once it is closed."""
        try:
            return self._seen[:]
        except ValueError:
            raise StoreUnavailable("the store is closed") from None

    def move(self) -> None:
        """Tell every process that what it remembers is old; on a full disk it learns by itself."""
        # Written, not stored through the map: that would end the process where there is no room.
        with suppress(OSError):
            os.pwrite(self._handle, secrets.token_bytes(_BYTES), 0)

    def close(self) -> None:
        """Let the file go; who still moves the mark then moves nothing."""
        self._seen.close()
        handle, self._handle = self._handle, -1
        os.close(handle)


@final
class Remembered(Generic[Key, Value]):
    """Reads once, and again when the mark has moved or a second has passed."""

    def __init__(self, mark: Mark, read: Callable[[Key], Value]) -> None:
        self._mark = mark
        self._read = read
        self._held: dict[Key, tuple[bytes, float, Value]] = {}

    def __call__(self, key: Key) -> Value:
        """What `read` returns; what it raises is not remembered."""
        mark, now = self._mark.read(), time.monotonic()
        held = self._held.get(key)
        if held is not None and held[0] == mark and now < held[1]:
            return held[2]
        value = self._read(key)
        if len(self._held) >= MOST_REMEMBERED:
            self._held.clear()
        self._held[key] = (mark, now + REMEMBERED_SECONDS, value)
        return value

    def forget(self) -> None:
        """Something was changed: by all processes it is read anew."""
        self._held.clear()
        self._mark.move()
