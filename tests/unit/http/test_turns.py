"""Steps up to a wait are taken by one thread, the rest by the threads of their requests."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import pytest

from adapters.inbound.http import turns as module
from adapters.inbound.http.replies import Reply
from adapters.inbound.http.turns import Turns
from application.ports import NotFound, WriteUnconfirmed
from application.steps import Awaited, Steps


@pytest.fixture
def turns() -> Iterator[Turns]:
    turns = Turns()
    turns.start()
    yield turns
    turns.stop()


def an_answer(text: str = "") -> Reply:
    return Reply(text.encode(), 200, [])


class Done(Awaited):
    """Something that is over at once."""

    def tell(self, ready: Callable[[], None]) -> None:
        ready()


class Held(Awaited):
    """Something that is over when the test says so."""

    def __init__(self) -> None:
        self.waited_for, self.over = threading.Event(), threading.Event()
        self._ready: list[Callable[[], None]] = []

    def tell(self, ready: Callable[[], None]) -> None:
        self._ready.append(ready)
        self.waited_for.set()

    def finish(self) -> None:
        self.over.set()
        for ready in self._ready:
            ready()


def around(awaited: Done | Held) -> Steps[Reply]:
    """Tells by which threads it was taken before its wait and after it."""
    before = threading.current_thread().name
    yield awaited
    assert isinstance(awaited, Done) or awaited.over.is_set(), "it went on before that was over"
    return an_answer(f"{before} {threading.current_thread().name}")


def test_before_they_are_started_each_thread_takes_its_own_steps() -> None:
    me = threading.current_thread().name
    assert Turns().take(around(Done())).body == f"{me} {me}".encode()


def test_one_thread_takes_the_steps_before_a_wait_and_each_request_the_rest(turns: Turns) -> None:
    me = threading.current_thread().name
    assert turns.take(around(Done())).body == f"turns {me}".encode()


def test_while_one_waits_others_are_begun_and_answered(turns: Turns) -> None:
    slow = Held()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(turns.take, around(slow))
        assert slow.waited_for.wait(5)
        turns.take(around(Done()))
        assert not waiting.done()
        slow.finish()
        assert waiting.result().body.startswith(b"turns ")


def held(begun: threading.Event, go_on: threading.Event) -> Steps[Reply]:
    """A request that holds the deciding thread up, so that others wait together."""
    begun.set()
    go_on.wait()
    yield from ()
    return an_answer("held")


def test_requests_that_wait_together_are_taken_in_step(turns: Turns) -> None:
    taken: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def stepping(name: str) -> Steps[Reply]:
        for step in range(3):
            taken.append(f"{name}{step}")
            yield None
        return an_answer(name)

    with ThreadPoolExecutor(3) as threads:
        answers = [threads.submit(turns.take, held(begun, go_on))]
        begun.wait()
        for number, name in enumerate("ab", start=1):
            answers.append(threads.submit(turns.take, stepping(name)))
            while turns._queue.qsize() < number:
                pass
        go_on.set()
        assert [answer.result().body for answer in answers] == [b"held", b"a", b"b"]
    assert taken == ["a0", "b0", "a1", "b1", "a2", "b2"]


def test_after_a_crowd_the_next_one_is_let_gather(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=naps.append))
    begun, go_on = threading.Event(), threading.Event()
    with ThreadPoolExecutor(module.MANY + 1) as threads:
        answers = [threads.submit(turns.take, held(begun, go_on))]
        begun.wait()
        answers += [threads.submit(turns.take, around(Done())) for _ in range(module.MANY)]
        while turns._queue.qsize() < module.MANY:
            pass
        go_on.set()
        assert all(answer.result().status == 200 for answer in answers)
    assert naps == []
    for _ in range(3):
        turns.take(around(Done()))
    assert naps == [module.GATHERED_SECONDS] * module.MOST_LOOKS


@pytest.mark.parametrize(
    ("come", "looks"), [(module.MANY - 1, module.MOST_LOOKS), (module.MANY, 1)]
)
def test_a_crowd_as_large_as_the_last_one_is_waited_for_no_longer(
    come: int, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=naps.append))
    turns = Turns()
    for _ in range(come - 1):  # the first of them is in the deciding thread's hand
        turns._queue.put(None)
    turns._gather(module.MANY)
    assert naps == [module.GATHERED_SECONDS] * looks


def test_what_waits_for_nothing_is_answered_without_its_requests_thread(turns: Turns) -> None:
    def at_once() -> Steps[Reply]:
        yield None
        return an_answer(threading.current_thread().name)

    assert turns.take(at_once()).body == b"turns"


def test_what_a_step_raises_is_its_own_requests_and_no_other_is_harmed(turns: Turns) -> None:
    def refused() -> Steps[Reply]:
        yield None
        raise NotFound

    with pytest.raises(NotFound):
        turns.take(refused())
    assert turns.take(around(Done())).status == 200


def test_what_is_raised_after_the_wait_is_raised_where_it_was_waited_for(turns: Turns) -> None:
    def caught() -> Steps[Reply]:
        try:
            yield Done()
            raise NotFound
        except NotFound:
            return an_answer("told")

    assert turns.take(caught()).body == b"told"


def test_a_request_that_gets_no_turn_in_time_says_that_it_cannot_tell(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(turns.take, held(begun, go_on))
        begun.wait()
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
        with pytest.raises(WriteUnconfirmed):
            turns.take(around(Done()))
        go_on.set()
        assert waiting.result().body == b"held"


def test_what_is_not_over_in_time_goes_on_by_its_own_patience(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_until_begun() -> None:
        # On a busy machine not even the first step may be over in time.
        for _ in range(1_000):
            with suppress(WriteUnconfirmed):
                turns.take(around(Held()))

    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(AssertionError, match="before that was over"):
        take_until_begun()


def test_stopped_they_take_what_waits_and_then_each_thread_its_own(turns: Turns) -> None:
    turns.stop()
    me = threading.current_thread().name
    assert turns.take(around(Done())).body == f"{me} {me}".encode()


def test_what_comes_while_it_stops_is_taken(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 2.0)
    put = turns._queue.put
    stopping = threading.Thread(target=turns.stop)

    class Slow:
        """A queue that is stopped while a turn is on its way into it."""

        get, empty = turns._queue.get, turns._queue.empty

        @staticmethod
        def put(turn: object) -> None:
            if turn is not None:
                stopping.start()
                stopping.join(0.1)
            put(turn)  # type: ignore[arg-type] # a turn or None, as it came

    monkeypatch.setattr(turns, "_queue", Slow)
    with ThreadPoolExecutor(1) as requests:
        answer = requests.submit(turns.take, around(Done())).result()
    stopping.join()
    assert answer.status == 200
