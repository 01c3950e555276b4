"""One background event loop, on which the API asks wallets questions that move nothing."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from datetime import timedelta
from threading import BoundedSemaphore, Thread
from typing import Any, TypeVar

from application.ports import ProviderUnavailable, QueueFull

Answer = TypeVar("Answer")
_GRACE_SECONDS = 1.0
"""How much longer than the bound a caller waits for a canceled question to end."""
_STOP_SECONDS = 5.0


class Loop:
    """An event loop on a thread of its own, between `start` and `stop`."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to run; may be called once."""
        assert self._loop is None, "started twice"
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, args=(self._loop,), name="inquiries", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Cancel what runs and end the thread; does nothing if it was never started."""
        if self._loop and self._thread:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_STOP_SECONDS)
            self._loop = self._thread = None

    def run(self, question: Coroutine[Any, Any, Answer], within: timedelta) -> Answer:
        """The answer; raises what the question raises, or ProviderUnavailable past the bound."""
        if self._loop is None:
            question.close()
            raise ProviderUnavailable("the loop is not running")
        seconds = within.total_seconds()
        bounded = asyncio.wait_for(question, seconds)
        future = asyncio.run_coroutine_threadsafe(bounded, self._loop)
        try:
            return future.result(seconds + _GRACE_SECONDS)
        except (TimeoutError, CancelledError) as late:
            future.cancel()
            raise ProviderUnavailable("no answer in time") from late

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()


class Inquiries:
    """At most `places` questions at once; the next raises QueueFull."""

    def __init__(self, loop: Loop, places: int, within: timedelta) -> None:
        self._loop = loop
        self._places = BoundedSemaphore(places)
        self._within = within

    def ask(self, question: Coroutine[Any, Any, Answer]) -> Answer:
        """The answer, or what the question raises, ProviderUnavailable or QueueFull."""
        if not self._places.acquire(blocking=False):
            question.close()
            raise QueueFull
        try:
            return self._loop.run(question, self._within)
        finally:
            self._places.release()
