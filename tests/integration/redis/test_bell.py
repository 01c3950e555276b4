"""The bell over Redis on trial, and what Redis may do to it."""

from collections.abc import Iterator
from threading import Thread

import pytest

from adapters.outbound.redis import bell as bell_module
from adapters.outbound.redis.bell import CHANNEL, RedisBell
from adapters.outbound.redis.line import RedisLine
from adapters.outbound.signal.local import LocalSignal
from tests.contracts.signals import SOON, ABell, BellContract, rung
from tests.integration.house import until
from tests.integration.redis.lines import a_line
from tests.servers.redis import RedisServer


class Bells:
    """Bells of one server, each with a line of its own as in a process of its own."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._made: list[tuple[RedisLine, RedisBell]] = []

    def __call__(self, _name: str) -> RedisBell:
        line = a_line(self._server)
        bell = RedisBell(line, LocalSignal())
        self._made.append((line, bell))
        if self._server.process is not None:
            self.until_heard(bell)
        return bell

    @staticmethod
    def until_heard(bell: RedisBell) -> None:
        """Wait until it is subscribed."""
        until(lambda: bell.hears, "the bell hears", SOON)

    def until_well(self) -> None:
        """Wait until every bell is subscribed again, and every line is used again."""
        for _, bell in self._made:
            self.until_heard(bell)
        until(lambda: not any(line.away for line, _ in self._made), "the lines are used", SOON)

    def close(self) -> None:
        """Close what was made."""
        for line, bell in self._made:
            bell.close()
            line.close()


@pytest.fixture
def bells(redis: RedisServer) -> Iterator[Bells]:
    made = Bells(redis)
    yield made
    made.close()


@pytest.fixture
def poor_bells(fragile: RedisServer) -> Iterator[Bells]:
    made = Bells(fragile)
    yield made
    made.close()


class TestRedisBells(BellContract):
    @pytest.fixture
    def a_bell(self, bells: Bells) -> ABell:
        return bells


def hear_each_other(one: RedisBell, other: RedisBell) -> None:
    """Assert that rings reach from one to the other."""
    with other.listen("pay_again") as changed:
        while rung(other, 0):
            other.drain()
        one.wake("pay_again")
        assert changed(SOON)
    assert rung(other)


def test_a_restart_is_survived_and_wakes_everybody(fragile: RedisServer, poor_bells: Bells) -> None:
    api, worker = poor_bells("api"), poor_bells("worker")
    fragile.kill()
    until(lambda: not worker.hears, "it notices")
    for _ in range(100):
        api.wake("pay_lost")
    with worker.listen("pay_lost") as changed:
        assert not rung(worker, 0)
        fragile.start()
        assert changed(SOON), "what was rung meanwhile is made up for"
        assert rung(worker)
    poor_bells.until_well()
    hear_each_other(api, worker)


def test_a_server_that_comes_later_is_found(fragile: RedisServer, poor_bells: Bells) -> None:
    fragile.stop()
    api, worker = poor_bells("api"), poor_bells("worker")
    api.wake("pay_1")
    fragile.start()
    poor_bells.until_well()
    hear_each_other(api, worker)


def test_a_server_that_hangs_is_noticed_and_outlived(
    fragile: RedisServer, poor_bells: Bells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell_module, "ASK_EVERY", 0.05)
    monkeypatch.setattr(bell_module, "DEAF_AFTER", 0.5)
    monkeypatch.setattr(bell_module, "LISTEN_SECONDS", 0.05)
    api, worker = poor_bells("api"), poor_bells("worker")
    fragile.pause()
    until(lambda: not worker.hears, "silence is noticed")
    for _ in range(20_000):
        api.wake("pay_1")
    fragile.resume()
    poor_bells.until_well()
    hear_each_other(api, worker)


def test_flushing_takes_nothing_from_it(fragile: RedisServer, poor_bells: Bells) -> None:
    api, worker = poor_bells("api"), poor_bells("worker")
    fragile.flush()
    hear_each_other(api, worker)


def test_what_strangers_say_harms_nothing(redis: RedisServer, bells: Bells) -> None:
    api, worker = bells("api"), bells("worker")
    for garbage in ("", "x", "\\n\\n", "a" * 10_000):
        redis.command(f'PUBLISH {CHANNEL} "{garbage}"')
    redis.command(f'PUBLISH {CHANNEL} "\\xff\\xfe\\x00"')
    hear_each_other(api, worker)


def test_too_many_rings_at_once_wake_everybody(
    bells: Bells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell_module, "MOST_WAITING", 0)
    api, worker = bells("api"), bells("worker")
    with worker.listen("pay_lost") as changed:
        api.wake("pay_lost")
        monkeypatch.setattr(bell_module, "MOST_WAITING", 10)
        api.wake("pay_2")
        assert changed(SOON)


def test_a_closed_bell_leaves_no_thread(bells: Bells) -> None:
    bell = bells("api")
    threads: list[Thread] = [bell.answer(), bell._teller]
    bell.close()
    bell.close()
    until(lambda: not any(thread.is_alive() for thread in threads), "the threads end")
    bell.wake("pay_1")
    bell.drain()
