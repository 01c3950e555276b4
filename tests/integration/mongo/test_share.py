"""Which of the due records a worker takes first, and that none waits for ever."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.outbound.mongo.connection import Document
from adapters.outbound.mongo.documents import SHARDS, shard_of
from adapters.outbound.mongo.share import GRACE, WINDOW, Read, Share
from domain.ids import IdKind
from tests.builders import NOON, after, an_id

WORKERS = ("worker-1", "worker-2", "worker-3", "worker-4")


def a_share(worker: str | None, alive: Sequence[str] = WORKERS) -> Share:
    share = Share(lambda: alive)
    if worker is not None:
        share.works_for(worker)
    return share


def backlog(*due: tuple[int, datetime]) -> Read:
    """Reads (shard, due time) pairs as a store would."""

    def read(more: Document, until: datetime, room: int) -> list[Document]:
        found = [
            {"shard": shard, "at": at}
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
    found = [bounds for worker in WORKERS if (bounds := a_share(worker).bounds())]
    assert [first for first, _ in found] == [0, *[end for _, end in found[:-1]]]
    assert found[-1][1] == SHARDS


def test_ids_fall_evenly_into_the_shares() -> None:
    first, end = a_share("worker-2").bounds() or (0, 0)
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
        assert share.bounds() is None
        assert len(share.first(read, NOON, 10)) == 2


def test_the_own_share_comes_first_the_oldest_first() -> None:
    read = backlog((0, after(-1)), (1, after(-2)), (SHARDS - 1, after(-60)))
    found = a_share("worker-1").first(read, NOON, 2)
    assert [document["shard"] for document in found] == [1, 0]


def test_what_others_have_left_for_too_long_is_taken_where_there_is_room() -> None:
    theirs = SHARDS - 1
    read = backlog((0, NOON), (theirs, NOON - GRACE))
    found = a_share("worker-1").first(read, NOON, 10)
    assert {document["shard"] for document in found} == {0, theirs}
    early = backlog((0, NOON), (theirs, NOON - GRACE + timedelta(microseconds=1)))
    assert [d["shard"] for d in a_share("worker-1").first(early, NOON, 10)] == [0]


def test_no_more_are_taken_than_there_is_room_for() -> None:
    others = [(SHARDS - 1 - number, after(-60)) for number in range(100)]
    found = a_share("worker-1").first(backlog((0, NOON), *others), NOON, 5)
    assert len(found) == 5
    assert found[0]["shard"] == 0
    oldest = {SHARDS - 1 - number for number in range(4 * WINDOW)}
    assert {document["shard"] for document in found[1:]} <= oldest


def test_a_worker_that_is_lost_leaves_its_share_to_the_others() -> None:
    alive = list(WORKERS)
    share = Share(lambda: alive)
    share.works_for("worker-1")
    assert share.bounds() == (0, SHARDS // 4)
    alive[:] = ["worker-1", "worker-2"]
    share.works_for("worker-0")  # its bounds are looked up anew
    share.works_for("worker-1")
    assert share.bounds() == (0, SHARDS // 2)
