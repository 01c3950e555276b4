"""Names that keep the order in which they were given."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from bootstrap import chance
from domain.ids import IdKind

MS = 1_795_000_000_000


def at(monkeypatch: pytest.MonkeyPatch, unix_ms: int) -> None:
    """The clock stands still there."""
    monkeypatch.setattr(chance.time, "time_ns", lambda: unix_ms * 1_000_000)


def test_ids_of_one_millisecond_rise(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, MS)
    ids = [chance.fresh_id(IdKind.EVENT) for _ in range(5_000)]
    assert ids == sorted(set(ids))
    assert {UUID(each[4:]).version for each in ids} == {7}
    assert {UUID(each[4:]).variant for each in ids} == {"specified in RFC 4122"}


def test_a_step_back_of_the_clock_is_not_seen_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, MS + 500)
    first = chance.fresh_id(IdKind.EVENT)
    at(monkeypatch, MS)
    second = chance.fresh_id(IdKind.EVENT)
    at(monkeypatch, MS + 501)
    assert first < second < chance.fresh_id(IdKind.EVENT)
    at(monkeypatch, MS - 3_600_000)  # it was set: the time in an id is to be true
    assert chance.fresh_id(IdKind.EVENT) < first


def test_they_rise_when_the_free_bits_are_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, MS)
    monkeypatch.setattr(chance, "_last_ms", MS)
    monkeypatch.setattr(chance, "_last_noise", (1 << 62) - 1)
    full = chance.id_of(IdKind.EVENT, MS, (1 << 62) - 1)
    ids = [full, *(chance.fresh_id(IdKind.EVENT) for _ in range(3))]
    assert ids == sorted(set(ids))


def test_many_threads_get_different_ones() -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: chance.fresh_id(IdKind.PAYMENT), range(5_000)))
    assert len(set(ids)) == len(ids)
