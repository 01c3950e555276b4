"""Which of the due records a worker takes first, and that none waits for ever."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import count

from adapters.outbound.mongo.connection import Document
from adapters.outbound.mongo.documents import SHARDS, shard_of
from adapters.outbound.mongo.share import (
    FORGOTTEN_SECONDS,
    GRACE,
    UNSEEN_SECONDS,
    WATCHED_SECONDS,
    WINDOW,
    Read,
    Share,
    bounds,
    deputy,
)
from domain.ids import IdKind
from tests.builders import NOON, after, an_id

WORKERS = ("worker-1", "worker-2", "worker-3", "worker-4")


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def a_share(
    worker: str | None, alive: Sequence[str] = WORKERS, uptime: Callable[[], float] | None = None
) -> Share:
    share = Share(lambda: alive, uptime or Watch())
    if worker is not None:
        share.works_for(worker)
    return share


@cache
def id_in(shard: int, number: int = 0) -> str:
    """The id of a record that falls into this shard."""
    ids = (f"pay_{shard}_{number}_{n}" for n in count())
    return next(id_ for id_ in ids if shard_of(id_) == shard)


def backlog(*due: tuple[int, datetime]) -> Read:
    """Reads (shard, due time) pairs as a store would."""

    def read(more: Document, until: datetime, room: int) -> list[Document]:
        found = [
            {"_id": id_in(shard), "shard": shard, "at": at}
            for shard, at in sorted(due, key=lambda pair: pair[1])
            if at <= until and _meets(shard, more)
        ]
        return found[:room]

    return read


def _meets(shard: int, more: Document) -> bool:
    if "$or" in more:
        return any(_meets(shard, one) for one in more["$or"])
    bounds = more.get("shard", {})
    return bool(bounds.get("$gte", 0) <= shard < bounds.get("$lt", SHARDS))


def test_the_shares_of_all_workers_are_everything_once() -> None:
    found = [bounds(place, len(WORKERS)) for place in range(len(WORKERS))]
    assert [first for first, _ in found] == [0, *[end for _, end in found[:-1]]]
    assert found[-1][1] == SHARDS


def test_every_shard_has_a_deputy_who_is_not_its_owner_and_all_stand_in_for_as_many() -> None:
    stand_ins: Counter[int] = Counter()
    for shard in range(SHARDS):
        place = deputy(shard, 4)
        first, end = bounds(place, 4)
        assert not first <= shard < end
        stand_ins[place] += 1
    assert max(stand_ins.values()) - min(stand_ins.values()) <= 4
    assert {deputy(shard, 2) for shard in range(SHARDS // 2)} == {1}


def test_ids_fall_evenly_into_the_shares() -> None:
    first, end = bounds(1, 4)
    shards = [shard_of(an_id(IdKind.PAYMENT)) for _ in range(4_000)]
    mine = sum(first <= shard < end for shard in shards)
    assert 800 < mine < 1_200


def test_a_store_without_a_worker_or_with_one_alone_takes_everything() -> None:
    read = backlog((0, NOON), (SHARDS - 1, NOON))
    for share in (
        a_share(None),
        a_share("worker-1", ["worker-1"]),
        a_share("worker-9"),  # unheard of by the others yet
    ):
        assert share.place() is None
        assert len(share.first(read, NOON, 10)) == 2


def test_the_own_share_comes_first_the_oldest_first() -> None:
    read = backlog((0, after(-1)), (1, after(-2)), (SHARDS - 1, after(-60)))
    found = a_share("worker-1").first(read, NOON, 2)
    assert [document["shard"] for document in found] == [1, 0]


def looked(share: Share, watch: Watch, read: Read, seconds: float) -> list[int]:
    """The shards taken by the last of looks half a second apart."""
    for _ in range(int(seconds * 2)):
        share.first(read, NOON, 10)
        watch.now += 0.5
    return [document["shard"] for document in share.first(read, NOON, 10)]


def test_a_deputy_takes_what_it_has_seen_waiting_and_others_only_what_is_forgotten() -> None:
    theirs = SHARDS - 1
    read = backlog((theirs, NOON - GRACE))
    stand_in = deputy(theirs, 4)
    third = next(place for place in range(3) if place != stand_in)
    for place, patience in ((stand_in, WATCHED_SECONDS), (third, FORGOTTEN_SECONDS)):
        watch = Watch()
        share = a_share(WORKERS[place], uptime=watch)
        assert looked(share, watch, read, patience - 0.5) == []
        assert looked(share, watch, read, 0.5) == [theirs]


def test_what_is_just_due_is_its_owners_alone() -> None:
    watch = Watch()
    early = backlog((SHARDS - 1, NOON - GRACE + timedelta(microseconds=1)))
    assert looked(a_share("worker-1", uptime=watch), watch, early, 2 * FORGOTTEN_SECONDS) == []


def test_a_deputy_keeps_away_from_the_front_where_the_owner_takes() -> None:
    watch = Watch()
    shards = [shard for shard in range(SHARDS // 4, SHARDS) if deputy(shard, 4) == 0][:8]
    read = backlog(*[(shard, after(-60 + number)) for number, shard in enumerate(shards)])
    found = looked(a_share("worker-1", uptime=watch), watch, read, WATCHED_SECONDS)
    assert sorted(found) == sorted(shards[4:])


def test_what_comes_due_again_is_seen_for_the_first_time() -> None:
    watch = Watch()
    read = backlog((SHARDS - 1, NOON - GRACE))
    share = a_share("worker-1", uptime=watch)
    looked(share, watch, read, WATCHED_SECONDS - 0.5)
    watch.now += UNSEEN_SECONDS + FORGOTTEN_SECONDS
    assert share.first(read, NOON, 10) == []


def test_no_more_are_taken_than_there_is_room_for() -> None:
    watch = Watch()
    others = [(SHARDS - 1 - number, after(-60)) for number in range(100)]
    share, read = a_share("worker-1", uptime=watch), backlog((0, NOON), *others)
    looked(share, watch, read, FORGOTTEN_SECONDS)
    found = share.first(read, NOON, 5)
    assert len(found) == 5
    assert found[0]["shard"] == 0
    oldest = {SHARDS - 1 - number for number in range(4 * WINDOW)}
    assert {document["shard"] for document in found[1:]} <= oldest


def test_a_worker_that_is_lost_leaves_its_share_to_the_others() -> None:
    alive = list(WORKERS)
    share = Share(lambda: alive)
    share.works_for("worker-1")
    assert share.place() == (0, 4)
    alive[:] = ["worker-1", "worker-2"]
    share.works_for("worker-0")  # its bounds are looked up anew
    share.works_for("worker-1")
    assert share.place() == (0, 2)
