"""Wakes the other processes of a house, however many and wherever they run, by Redis pub/sub."""

import random
import secrets
import socket
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from queue import Empty, SimpleQueue
from typing import Protocol, final

from redis.client import PubSub

from adapters.outbound.redis.line import FIRST_PAUSE, LONGEST_PAUSE, RedisLine
from application.ports import ChangeWaiter, WorkSignal

CHANNEL = "lunas:bell"
MOST_WAITING = 10_000
"""Rings that wait to be told at most; further ones are lost."""
MOST_TOGETHER = 500
"""Rings told in one message."""
GATHERED_SECONDS = 0.002
"""How long further rings gather after a message: a busy API does not tell each on its own."""
LISTEN_SECONDS = 0.5
"""How long the listener sleeps without looking whether the bell was closed."""
ASK_EVERY, DEAF_AFTER = 1.0, 3.0
"""Seconds of silence after which Redis is asked whether it is there, and taken to be gone."""
_ANYTHING, _EVERYTHING = "*", "!"


class Waiters(WorkSignal, ChangeWaiter, Protocol):
    """Those of this process who wait for a payment to change."""

    @abstractmethod
    def wake_all(self) -> None:
        """Wake every one of them: something was missed."""


@final
class RedisBell(WorkSignal, ChangeWaiter):
    """One process's ear and hammer, each a thread that may wait for Redis in the others' place.

    A ring may be lost while Redis is away: every sleeper also looks by itself. Once it is back,
    everybody is woken. Nothing blocks and nothing is raised.
    """

    def __init__(self, line: RedisLine, here: Waiters) -> None:
        self._line = line
        self._here = here
        self._me = secrets.token_hex(8)
        self._ear, self._hammer = socket.socketpair()
        self._ear.setblocking(False)
        self._hammer.setblocking(False)
        self._lock = threading.Lock()
        self._struck = False
        self._untold: SimpleQueue[str | None] = SimpleQueue()
        self._overfull = False
        self._closed = threading.Event()
        self._hears = threading.Event()
        self._listener = self._started(self._listen)
        self._teller = self._started(self._tell)

    @property
    def hears(self) -> bool:
        """Whether it is subscribed now: a ring of another process would be heard."""
        return self._hears.is_set()

    def wake(self, payment_id: str | None = None) -> None:
        """Ring the others, and the waiters of this process."""
        self._here.wake(payment_id)
        if self._closed.is_set() or self._line.away:
            return
        if self._untold.qsize() >= MOST_WAITING:
            self._overfull = True
            return
        self._untold.put(payment_id or _ANYTHING)

    def listen(self, payment_id: str) -> AbstractContextManager[Callable[[float], bool]]:
        """Hear of the payment's changes, made by any process, from now on."""
        return self._here.listen(payment_id)

    def fileno(self) -> int:
        """Readable when somebody rang: for an event loop."""
        return self._ear.fileno()

    def drain(self) -> None:
        """Take what was rung; the waiters of this process have been told already."""
        with self._lock:
            self._struck = False
            with suppress(OSError):  # nothing there, or closed
                self._ear.recv(1)

    def answer(self) -> threading.Thread:
        """The thread that tells the waiters of this process until the bell is closed."""
        return self._listener

    def close(self) -> None:
        """Tell what is still to be told, if that is quick; later rings go nowhere."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._untold.put(None)
        self._teller.join(LISTEN_SECONDS)
        with self._lock:
            self._ear.close()
            self._hammer.close()

    # -- telling ---------------------------------------------------------------------------------

    def _tell(self) -> None:
        while (first := self._untold.get()) is not None:
            rings = self._gathered(first)
            self._publish("\n".join([self._me, *rings]))
            self._closed.wait(GATHERED_SECONDS)

    def _publish(self, message: str) -> None:
        self._line.ask(lambda redis: redis.publish(CHANNEL, message), 0)

    def _gathered(self, first: str) -> Sequence[str]:
        """It and the rings behind it, each payment once; the end is put back for the next look."""
        rings = {first: None}
        if self._overfull:
            self._overfull = False
            rings[_EVERYTHING] = None
        with suppress(Empty):
            while len(rings) < MOST_TOGETHER:
                ring = self._untold.get_nowait()
                if ring is None:
                    self._untold.put(None)
                    break
                rings[ring] = None
        return list(rings)

    # -- listening -------------------------------------------------------------------------------

    def _listen(self) -> None:
        pause, before = FIRST_PAUSE, False
        while not self._closed.is_set():
            # Whatever it is, the next look may find Redis well; the thread must not end.
            with suppress(Exception), self._line.pubsub() as channel:
                self._hear(channel, again=before)
            if self._hears.is_set():
                self._hears.clear()
                pause, before = FIRST_PAUSE, True
            self._closed.wait(pause * random.uniform(0.5, 1))  # noqa: S311  spreads a crowd
            pause = min(2 * pause, LONGEST_PAUSE)

    def _hear(self, channel: PubSub, *, again: bool) -> None:
        """Pass on what is told until closed; raises when Redis is gone, or says nothing."""
        channel.subscribe(CHANNEL)
        heard_at = asked_at = time.monotonic()
        while not self._closed.is_set():
            told = channel.get_message(timeout=LISTEN_SECONDS)
            now = time.monotonic()
            if told is not None:
                heard_at = now
                self._hear_one(told["type"], told["data"], again=again)
            elif now - heard_at >= DEAF_AFTER:
                return
            elif now - max(heard_at, asked_at) >= ASK_EVERY:
                asked_at = now
                channel.ping()

    def _hear_one(self, kind: str, data: object, *, again: bool) -> None:
        if kind == "subscribe":
            self._hears.set()
            if again:  # what was rung meanwhile was not heard
                self._here.wake_all()
                self._strike()
        elif kind == "message" and isinstance(data, bytes):
            sender, *rings = data.decode("ascii", "replace").split("\n")
            if sender == self._me:
                return
            for ring in rings:
                if ring == _EVERYTHING:
                    self._here.wake_all()
                elif ring != _ANYTHING:
                    self._here.wake(ring)
            self._strike()

    def _strike(self) -> None:
        with self._lock:
            if not self._struck and not self._closed.is_set():
                self._struck = True
                with suppress(OSError):
                    self._hammer.send(b"!")

    def _started(self, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, name="bell", daemon=True)
        thread.start()
        return thread
