"""One thread that decides for many requests in step, which then wait each for itself."""

import threading
import time
from queue import SimpleQueue
from typing import final

from adapters.inbound.http.replies import Reply
from application.ports import WriteUnconfirmed
from application.steps import Steps, finished

PATIENCE_SECONDS = 30.0
"""How long a request waits for its turn and for what began in it."""
MOST_TOGETHER = 64
"""Requests that are taken in step: a bound on how long the first one waits for the last."""
MANY = 4
"""Requests in the last crowd that tell of more to come: then the next crowd is let gather."""
GATHERED_SECONDS = 0.001
"""Between two looks whether it has gathered: a store that is told of all at once waits no more."""
MOST_LOOKS = 3
"""After which those who came are taken, though they are fewer than the last time."""


@final
class _Turn:
    """One request's steps, and what came of those up to its wait."""

    __slots__ = ("begun", "error", "ready", "reply", "steps")

    def __init__(self, steps: Steps[Reply]) -> None:
        self.steps = steps
        self.begun = False
        self.reply: Reply | None = None
        self.error: BaseException | None = None
        self.ready = threading.Lock()
        self.ready.acquire()


class Turns:
    """Takes the steps of requests up to their wait, once it is started; until then nobody waits.

    Where each of the server's threads decides for itself, the interpreter's lock changes hands in
    the middle of it, and the processor's caches with it: that costs as much again. Each request
    holds a thread of the server's, so that no more than there are of these wait for a turn.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[_Turn | None] = SimpleQueue()
        self._door = threading.Lock()
        self._thread: threading.Thread | None = None

    def take(self, steps: Steps[Reply]) -> Reply:
        """What the steps come to; raises what they raise, or WriteUnconfirmed."""
        turn = _Turn(steps)
        with self._door:
            if taken := self._thread is not None:
                self._queue.put(turn)
        if not taken:
            return finished(steps)
        in_time = turn.ready.acquire(timeout=PATIENCE_SECONDS)
        if turn.reply is not None:
            return turn.reply
        if turn.error is not None:
            try:
                raise turn.error
            finally:
                del turn  # its traceback holds this frame: nothing would let go of either
        if not in_time and not turn.begun:
            raise WriteUnconfirmed("no turn came in time")
        return finished(steps)

    def start(self) -> None:
        """Take turns from now on."""
        self._thread = threading.Thread(target=self._run, name="turns", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take those that wait, and no more."""
        with self._door:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._queue.put(None)  # nothing comes after it
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        last, before = False, 0
        while not last:
            waiting = [self._queue.get()]
            if before >= MANY:
                self._gather(before)
            while len(waiting) < MOST_TOGETHER and not self._queue.empty():
                waiting.append(self._queue.get())
            last, before = None in waiting, len(waiting)
            crowd = [turn for turn in waiting if turn is not None]
            while crowd:
                crowd = [turn for turn in crowd if _goes_on(turn)]
            del waiting

    def _gather(self, many: int) -> None:
        """Wait for as many as the last time, one of whom is here: all of them wait for an answer.

        Without it the first few would be taken by themselves, and each few have a commit.
        """
        for _ in range(MOST_LOOKS):
            time.sleep(GATHERED_SECONDS)
            if self._queue.qsize() + 1 >= many:
                break


def _goes_on(turn: _Turn) -> bool:
    """Take the turn's next step; tells whether another one may follow at once."""
    try:
        awaited = next(turn.steps)
    except StopIteration as end:
        turn.reply = end.value
    except BaseException as error:  # noqa: BLE001  whatever it is, its request tells it
        turn.error = error
    else:
        if awaited is None:
            return True
        turn.begun = True
        awaited.tell(turn.ready.release)
        return False
    turn.ready.release()
    return False
