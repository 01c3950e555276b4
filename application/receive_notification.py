"""Keep what a wallet or gateway sends, before anybody looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import final

from application.ports import Clock, Inbox, NewId, Notice, QueueFull, WorkSignal
from domain.ids import IdKind
from domain.moment import Moment

MOST_WAITING = 10_000
"""Notices that may wait to be heard: some minutes of a busy house, should its worker be away."""
MOST_WAITING_BYTES = 64 * 1024 * 1024
"""What their bodies may take together: whoever floods us must not fill the disk."""
LOOK_EVERY = timedelta(seconds=1)
"""How long the backlog is believed; other processes add to it, and the worker takes from it."""
LOOK_WHEN_FULL = timedelta(milliseconds=50)


@final
class Room:
    """What the inbox may still take, by the last look at it: the bounds are kept but for a second's
    worth of each process.
    """

    def __init__(
        self, inbox: Inbox, *, most: int = MOST_WAITING, most_bytes: int = MOST_WAITING_BYTES
    ) -> None:
        self._inbox = inbox
        self._most = most
        self._most_bytes = most_bytes
        self._notices = 0
        self._bytes = 0
        self._looked: Moment | None = None

    def take(self, size: int, now: Moment) -> None:
        """Take a place for a body of so many bytes; raises QueueFull or StoreUnavailable."""
        if not self._fits(size) or self._age(now) >= LOOK_EVERY:
            self._look(now)
        if not self._fits(size):
            raise QueueFull("too many notifications wait already")
        self._notices -= 1
        self._bytes -= size

    def _fits(self, size: int) -> bool:
        return self._notices > 0 and self._bytes >= size

    def _age(self, now: Moment) -> timedelta:
        return LOOK_EVERY if self._looked is None else now.uptime - self._looked.uptime

    def _look(self, now: Moment) -> None:
        if self._age(now) < LOOK_WHEN_FULL:
            return
        backlog = self._inbox.backlog(self._most)
        self._notices = self._most - backlog.count
        self._bytes = self._most_bytes - backlog.body_bytes
        self._looked = now


@dataclass(frozen=True, slots=True)
class ReceiveNotification:
    """Keep a notification, durable on return, and wake whoever hears it.

    Nothing is judged here, and no wallet is spoken to. Raises QueueFull past the bounds, or what
    the store refuses: then the sender must be told to repeat it.
    """

    inbox: Inbox
    room: Room
    clock: Clock
    new_id: NewId
    signal: WorkSignal

    def __call__(self, provider: str, path: str, headers: Mapping[str, str], body: bytes) -> Notice:
        now = self.clock()
        self.room.take(len(body), now)
        notice = Notice(self.new_id(IdKind.NOTICE), provider, path, headers, body, now.at)
        self.inbox.add(notice)
        self.signal.wake()
        return notice
