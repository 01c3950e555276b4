"""What the dispatcher tells of itself, gathered."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from prometheus_client import CollectorRegistry

from application.ports import Received, TokenFetch, TokenKey, TokenNeed, Verdict
from bootstrap import watch
from bootstrap.logs import Lines
from bootstrap.watch import LogAndCount
from tests.builders import a_notice


class Log:
    """What was written, write by write."""

    def __init__(self) -> None:
        self.writes: list[list[str]] = []
        self.written = asyncio.Event()

    def __call__(self, lines: Lines) -> None:
        """Remember the events of the lines."""
        if lines:
            self.writes.append([told["event"] for _, told in lines])
            self.written.set()


def a_watch() -> tuple[LogAndCount, Log, CollectorRegistry]:
    """A watch, its log and its counters."""
    log, registry = Log(), CollectorRegistry()
    return LogAndCount(registry, log), log, registry


def test_outside_a_loop_it_writes_at_once() -> None:
    watching, log, registry = a_watch()
    watching.found("expired", 3)
    assert log.writes == [["upkeep"]]
    assert registry.get_sample_value("lunas_upkeep_found_total", {"what": "expired"}) == 3


def test_in_a_loop_it_writes_together_a_little_later() -> None:
    watching, log, registry = a_watch()

    async def busy() -> None:
        for _ in range(4):
            watching.found("expired", 2)
        watching.holding("pushes", 7)
        watching.holding("pushes", 5)
        assert log.writes == []
        async with asyncio.timeout(10):
            await log.written.wait()

    asyncio.run(busy())
    assert log.writes == [["upkeep"] * 4]
    assert registry.get_sample_value("lunas_upkeep_found_total", {"what": "expired"}) == 8
    assert registry.get_sample_value("lunas_open_calls", {"what": "pushes"}) == 5


def test_a_crowd_of_lines_does_not_wait_and_the_last_are_flushed() -> None:
    watching, log, _ = a_watch()

    async def busy() -> None:
        for _ in range(watch.MOST_WAITING + 1):
            watching.found("expired", 1)
        assert [len(lines) for lines in log.writes] == [watch.MOST_WAITING]
        watching.flush()

    asyncio.run(busy())
    assert [len(lines) for lines in log.writes] == [watch.MOST_WAITING, 1]


def test_the_same_trouble_is_counted_each_time_and_said_once() -> None:
    watching, log, registry = a_watch()
    for _ in range(3):
        watching.trouble("claim", OSError("a secret"))
    assert log.writes == [["a turn failed"]]
    assert registry.get_sample_value("lunas_dispatcher_troubles_total", {"about": "claim"}) == 3


def test_fetches_of_tokens_are_counted_and_told_without_a_token() -> None:
    watching, log, registry = a_watch()
    key = TokenKey("ovo_qris", "mer_1", livemode=False, client="client-1")
    took = timedelta(milliseconds=12)
    watching.token_fetched(TokenFetch(key, TokenNeed.MISSING, took))
    watching.token_fetched(
        TokenFetch(replace(key, customer="link_1"), TokenNeed.REFUSED, took, "it is away")
    )
    assert log.writes == [["token fetched"], ["token not fetched"]]
    for whose, need, result in (
        ("account", "missing", "fetched"),
        ("customer", "refused", "failed"),
    ):
        labels = {"provider": "ovo_qris", "whose": whose, "need": need, "result": result}
        assert registry.get_sample_value("lunas_token_fetches_total", labels) == 1


def test_what_became_of_notifications_is_counted_and_what_mattered_is_logged() -> None:
    watching, log, registry = a_watch()
    notice = a_notice()
    heard = [
        Received(notice, None, verdict=verdict)
        for verdict in (Verdict.BELIEVED, Verdict.REFUSED, Verdict.REFUSED, Verdict.UNMATCHED, None)
    ]
    watching.noticed(heard)
    watching.dropped(Verdict.REFUSED, 7)

    def counted(verdict: str) -> float | None:
        labels = {"provider": "ovo", "verdict": verdict}
        return registry.get_sample_value("lunas_notifications_total", labels)

    assert [counted(each) for each in ("believed", "refused", "unmatched", "later")] == [1, 2, 1, 1]
    dropped = registry.get_sample_value("lunas_notifications_dropped_total", {"verdict": "refused"})
    assert dropped == 7
    lines = [line for write in log.writes for line in write]
    assert lines == ["notification heard", "a notification was refused"]
