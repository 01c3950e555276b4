"""Remembering what every request asks for and hardly ever changes: API clients and accounts."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar, final

REMEMBERED_SECONDS = 1.0
"""For longer nothing is believed unread: what another process changed counts by then."""
MOST_REMEMBERED = 1_024

Key = TypeVar("Key")
Value = TypeVar("Value")


@final
class Remembered(Generic[Key, Value]):
    """Reads once, and again when a second has passed or this process has changed something."""

    def __init__(self, read: Callable[[Key], Value]) -> None:
        self._read = read
        self._held: dict[Key, tuple[float, Value]] = {}
        self._changes = 0

    def __call__(self, key: Key) -> Value:
        """What `read` returns; what it raises is not remembered."""
        now = time.monotonic()
        held = self._held.get(key)
        if held is not None and now < held[0]:
            return held[1]
        changes = self._changes
        value = self._read(key)
        if len(self._held) >= MOST_REMEMBERED:
            self._held.clear()
        if changes == self._changes:
            self._held[key] = (now + REMEMBERED_SECONDS, value)
        return value

    def forget(self) -> None:
        """Something was changed here: all is read anew."""
        self._changes += 1
        self._held.clear()
