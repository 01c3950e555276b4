"""Tells the waiters of this process that a payment changed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import final

from application.ports import ChangeWaiter, WorkSignal


@final
class LocalSignal(WorkSignal, ChangeWaiter):
    """Waiters by payment id, inside one process; `on_wake` is called for every signal."""

    def __init__(self, on_wake: Callable[[], None] | None = None) -> None:
        self._on_wake = on_wake
        self._lock = threading.Lock()
        self._waiting: dict[str, list[threading.Event]] = {}

    def wake(self, payment_id: str | None = None) -> None:
        """Wake whoever listens for that payment."""
        if payment_id is not None:
            with self._lock:
                for waiter in self._waiting.get(payment_id, ()):
                    waiter.set()
        if self._on_wake:
            self._on_wake()

    def wake_all(self) -> None:
        """Wake every listener: something was missed."""
        with self._lock:
            for waiters in self._waiting.values():
                for waiter in waiters:
                    waiter.set()

    @contextmanager
    def listen(self, payment_id: str) -> Iterator[Callable[[float], bool]]:
        """Hear of the payment's changes from now on."""
        heard = threading.Event()

        def wait(seconds: float) -> bool:
            changed = heard.wait(seconds)
            heard.clear()
            return changed

        with self._lock:
            self._waiting.setdefault(payment_id, []).append(heard)
        try:
            yield wait
        finally:
            with self._lock:
                waiters = self._waiting[payment_id]
                waiters.remove(heard)
                if not waiters:
                    del self._waiting[payment_id]
