"""The cache of kept answers on trial: the store's contract, and what may lie in Redis instead."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, final

import pytest

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.redis.answers import CachedAnswers
from adapters.outbound.redis.line import RedisLine
from application.ports import AlreadyKept, IdempotencyStore, Kept, StoreUnavailable
from tests.builders import NOON, a_codec, a_kept, a_keyring, after
from tests.contracts.idempotency import IdempotencyStoreContract
from tests.contracts.stores import HandClock
from tests.integration.house import until
from tests.integration.redis.lines import a_line
from tests.servers.redis import RedisServer

CANARY = '{"phone":"08••••••0001"}'.encode()


class CachedStore:
    """A memory store whose answers are cached."""

    def __init__(self, store: MemoryStore, line: RedisLine, clock: HandClock) -> None:
        self._store = store
        self.idempotency = CachedAnswers(store.idempotency, line, a_codec(), a_keyring(), clock)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class TestCachedAnswers(IdempotencyStoreContract):
    @pytest.fixture
    def store(self, line: RedisLine, clock: HandClock) -> Any:
        return CachedStore(MemoryStore(clock), line, clock)


@final
class Shelf(IdempotencyStore):
    """A store that counts how often it is asked, and may be away."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.asked = 0
        self.away = False

    def find(self, scope: str) -> Kept | None:
        self.asked += 1
        if self.away:
            raise StoreUnavailable
        return self.kept.get(scope)

    def keep(self, kept: Kept) -> None:
        if kept.scope in self.kept:
            raise AlreadyKept(self.kept[kept.scope])
        self.kept[kept.scope] = kept

    def forget(self, before: datetime) -> int:
        return 0


@dataclass(slots=True)
class Trial:
    """A cache before a shelf."""

    shelf: Shelf
    line: RedisLine
    clock: HandClock
    answers: CachedAnswers

    def cached(self) -> dict[bytes, bytes]:
        """What lies in Redis."""
        found = {}
        for key in self.line.redis.scan_iter():
            value = self.line.redis.get(key)
            if isinstance(value, bytes):
                found[key] = value
        return found

    def held(self, scope: str = "k", **changes: Any) -> Kept:
        """An answer that is in the store and, having been asked for once, in the cache."""
        kept = a_kept(scope, **changes)
        self.shelf.keep(kept)
        assert self.answers.find(scope) == kept
        return kept


def a_trial(line: RedisLine, codec: Codec | None = None, keyring: Keyring | None = None) -> Trial:
    """A cache over this line."""
    shelf, clock = Shelf(), HandClock()
    ring = keyring or a_keyring()
    answers = CachedAnswers(shelf, line, codec or Codec(ring), ring, clock)
    return Trial(shelf, line, clock, answers)


@pytest.fixture
def trial(line: RedisLine) -> Trial:
    return a_trial(line)


def test_a_repeated_answer_is_told_without_the_store(trial: Trial) -> None:
    kept = trial.held(body=CANARY)
    asked = trial.shelf.asked
    assert [trial.answers.find("k") for _ in range(3)] == [kept] * 3
    assert trial.shelf.asked == asked
    trial.shelf.away = True
    assert trial.answers.find("k") == kept


def test_what_is_not_kept_is_not_cached(trial: Trial) -> None:
    assert trial.answers.find("k") is None
    assert not trial.cached()
    trial.held()


def test_an_answer_with_a_secret_is_never_put_there(trial: Trial) -> None:
    trial.held(secret=True, body=b"whsec_x")
    assert not trial.cached()


def test_redis_learns_neither_bodies_nor_scopes(trial: Trial) -> None:
    trial.held("cli_1 POST /v1/payments consult-081200000001", body=CANARY)
    lying = b"".join(key + value for key, value in trial.cached().items())
    for told in (b"0001", b"phone", b"cli_1", b"consult", b"payments"):
        assert told not in lying


def test_it_lies_there_no_longer_than_the_answer_lasts(trial: Trial) -> None:
    trial.held(expires_at=after(0.3))
    [key] = trial.cached()
    assert 0 < trial.line.redis.pttl(key) <= 300
    until(lambda: not trial.cached(), "it is forgotten")


def test_it_lies_there_for_minutes_at_most(trial: Trial) -> None:
    trial.held()
    [key] = trial.cached()
    assert trial.line.redis.pttl(key) <= 600_000


def test_an_answer_that_is_over_is_not_told(trial: Trial) -> None:
    trial.held(expires_at=after(60))
    trial.clock.at = after(60)
    trial.shelf.kept.clear()
    assert trial.answers.find("k") is None


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "rubbish": lambda _: b"\xff\x00rubbish",
    "in clear": lambda _: b'{"v":1}\n{"status":"succeeded"}',
    "cut short": lambda value: value[: len(value) // 2],
    "one byte changed": lambda value: value[:-8] + bytes([value[-8] ^ 1]) + value[-7:],
    "another key's name": lambda value: b"nokey." + value.partition(b".")[2],
    "longer": lambda value: value + b"AAAA",
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_value_is_ignored_and_replaced(trial: Trial, how: str) -> None:
    kept = trial.held(body=CANARY)
    [(key, value)] = trial.cached().items()
    trial.line.redis.set(key, SPOILED[how](value))
    asked = trial.shelf.asked
    assert trial.answers.find("k") == kept
    assert trial.shelf.asked == asked + 1
    assert trial.answers.find("k") == kept
    assert trial.shelf.asked == asked + 1, "the good one lies there again"


def test_another_requests_answer_is_not_told(trial: Trial) -> None:
    """Somebody who can write to Redis moves one answer in the place of another."""
    trial.held("mine", body=b"mine")
    [(mine, _)] = trial.cached().items()
    trial.held("yours", body=b"yours")
    yours = next(value for key, value in trial.cached().items() if key != mine)
    trial.line.redis.set(mine, yours)
    found = trial.answers.find("mine")
    assert found is not None
    assert found.body == b"mine"


def test_another_houses_answer_is_not_told(line: RedisLine) -> None:
    """Two installations share a Redis by mistake: they have other keys."""
    ours, theirs = a_trial(line), a_trial(line, keyring=Keyring([("k1", b"t" * 32)]))
    theirs.held(body=b"theirs")
    assert ours.answers.find("k") is None
    theirs_lies = next(iter(theirs.cached().values()))
    ours.held(body=b"ours")
    for key in ours.cached():
        line.redis.set(key, theirs_lies)
    found = ours.answers.find("k")
    assert found is not None
    assert found.body == b"ours"


def test_another_kind_of_key_is_ignored(trial: Trial) -> None:
    kept = trial.held()
    [key] = trial.cached()
    trial.line.redis.delete(key)
    trial.line.redis.rpush(key, "x")
    assert trial.answers.find("k") == kept
    assert not trial.line.away


@pytest.fixture
def poor_trial(fragile: RedisServer) -> Iterator[Trial]:
    line = a_line(fragile)
    yield a_trial(line)
    line.close()


@pytest.mark.parametrize("how", ["flush", "kill", "pause"])
def test_without_redis_the_store_tells(fragile: RedisServer, poor_trial: Trial, how: str) -> None:
    kept = poor_trial.held(body=CANARY)
    getattr(fragile, how)()
    asked = poor_trial.shelf.asked
    assert poor_trial.answers.find("k") == kept
    assert poor_trial.answers.find("other") is None
    assert poor_trial.shelf.asked == asked + 2
    poor_trial.answers.keep(replace(kept, scope="new", expires_at=NOON))
    assert poor_trial.shelf.kept["new"].body == CANARY
    if how == "kill":
        fragile.start()
    fragile.resume()
    until(lambda: not poor_trial.line.away, "Redis is used again")
    poor_trial.answers.find("k")
    assert poor_trial.cached()


def test_a_store_that_is_away_is_said_to_be_away(trial: Trial) -> None:
    trial.shelf.away = True
    with pytest.raises(StoreUnavailable):
        trial.answers.find("k")
