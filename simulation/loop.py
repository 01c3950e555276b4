"""An event loop whose time is the world's: what is awaited ends when the world comes to it."""

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from datetime import timedelta
from typing import Any, Self, TypeVar, TypeVarTuple, Unpack, final

from simulation.world import Step, World

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")
Resume = Callable[[Callable[[], None]], None]
"""Has a step happen as its process takes steps: now, when it goes on, or never once it is dead."""


@final
class _Timer(asyncio.TimerHandle):
    """A callback that is to come, and the world's step that will bring it."""

    __slots__ = ("step",)
    step: Step


class WorldLoop(asyncio.AbstractEventLoop):
    """One process's loop. It has no sockets: gateways, tokens and deadlines run on it as they are.

    Whatever is ready runs within one step of the world; what waits for a time is a step of its own,
    taken by `resume`. Calls of a store are made at once, as everything of this world's stores is.
    """

    def __init__(self, world: World, resume: Resume) -> None:
        self._world = world
        self._resume = resume
        self._ready: deque[asyncio.Handle] = deque()
        self._turning = False
        self._closed = False
        self._tasks: set[asyncio.Task[Any]] = set()
        world.at_end(self._let_go)

    @classmethod
    def of(cls, world: World, resume: Resume) -> Self:
        """A loop; what asyncio's have besides is never asked of it."""
        return cls(world, resume)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin it, and let it come as far as it can without waiting."""
        self.create_task(work)
        self.turn()

    def turn(self) -> None:
        """Run all that is ready, and what becomes ready by it."""
        if self._turning or self._closed:
            return
        self._turning = True
        events._set_running_loop(self)
        try:
            ready = self._ready
            while ready:
                handle = ready.popleft()
                if not handle.cancelled():
                    handle._run()
        finally:
            events._set_running_loop(None)
            self._turning = False

    def deliver(self, what: Callable[[], None]) -> None:
        """Something came in from outside: it is taken as a step of the process."""

        def taken() -> None:
            what()
            self.turn()

        self._resume(taken)

    def close(self) -> None:
        """The process is dead: nothing of it goes on."""
        self._closed = True
        self._ready.clear()

    # -- what asyncio asks of a loop ---------------------------------------------------------------

    def time(self) -> float:
        return self._world.uptime().total_seconds()

    def call_soon(
        self,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        timer = _Timer(self.time() + delay, callback, args, self, context)
        timer.step = self._world.after(
            timedelta(seconds=delay), lambda: self._resume(lambda: self._ring(timer))
        )
        return timer

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_later(when - self.time(), callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, Result] | Coroutine[Any, Any, Result],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[Result]:
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        # Kept until the world ends, as its process is dead and not its world: whoever lets the
        # collector end a coroutine has it run among half-collected objects (CPython 3.11 crashes).
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def run_in_executor(
        self,
        executor: Any,
        func: Callable[[Unpack[Arguments]], Result],
        *args: *Arguments,
    ) -> asyncio.Future[Result]:
        future: asyncio.Future[Result] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as fault:  # noqa: BLE001  it is for who awaits it
            future.set_exception(fault)
        return future

    def is_running(self) -> bool:
        return self._turning

    def is_closed(self) -> bool:
        return self._closed

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What is told here died with its process: its future is asked by nobody any more."""

    def _let_go(self) -> None:
        """Nothing goes on any more: end what still waits, while all that it holds is whole."""
        self.close()
        for task in self._tasks:
            coroutine = task.get_coro()
            if not task.done() and coroutine is not None:  # a dead process hears of no end
                coroutine.close()
        self._tasks.clear()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        assert isinstance(handle, _Timer)
        handle.step.call_off()

    def _ring(self, timer: asyncio.TimerHandle) -> None:
        if not timer.cancelled():
            self._ready.append(timer)
            self.turn()
