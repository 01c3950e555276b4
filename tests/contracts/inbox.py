"""What every Inbox promises, whatever it is made of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from application.ports import (
    NotFound,
    Notice,
    NoticeQuery,
    Received,
    StoreUnavailable,
    Verdict,
    WriteUnconfirmed,
)
from tests.builders import NOON, a_notice, after
from tests.contracts.stores import THREADS, Accidents, Store, StoreContract, refusals, together


def settled(received: Received, verdict: Verdict, **told: Any) -> Received:
    """The same with its verdict."""
    return replace(
        received,
        verdict=verdict,
        due_at=None,
        settled_at=after(9),
        version=received.version + 1,
        **told,
    )


def claimed(store: Store, at: datetime = NOON, limit: int = 100) -> Sequence[Received]:
    """What is due, claimed for ten seconds."""
    return store.inbox.claim(at, at + timedelta(seconds=10), limit)


def kept_as(store: Store, verdict: Verdict, *seconds: float) -> list[Notice]:
    """Notices received so long after noon, each with that verdict."""
    notices = [a_notice(received_at=after(each)) for each in seconds]
    for notice in notices:
        store.inbox.add(notice)
    waiting = claimed(store, at=after(max(seconds)))
    assert all(store.inbox.save_each([settled(each, verdict) for each in waiting]))
    return notices


class InboxContract(StoreContract):
    """What came in, to the byte, and what became of it."""

    def test_what_came_is_kept_to_the_byte(self, store: Store) -> None:
        notice = a_notice(body=b'{"a":1}\n\x00\xff\r\n', headers={"x-signature": "a,b", "x": ""})
        store.inbox.add(notice)
        assert store.inbox.get(notice.id) == Received(notice, due_at=NOON)

    def test_an_empty_body_is_kept_too(self, store: Store) -> None:
        notice = a_notice(body=b"", headers={})
        store.inbox.add(notice)
        assert store.inbox.get(notice.id).notice == notice

    def test_the_same_again_changes_nothing(self, store: Store) -> None:
        notice = a_notice()
        store.inbox.add(notice)
        (mine,) = claimed(store)
        store.inbox.add(notice)
        assert store.inbox.get(notice.id) == mine

    def test_who_is_not_there_is_not_found(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.inbox.get("ntf_1")

    def test_a_claim_is_one_holders_until_its_time_is_over(self, store: Store) -> None:
        store.inbox.add(a_notice())
        (mine,) = claimed(store)
        assert (mine.tries, mine.due_at) == (1, after(10))
        assert list(claimed(store, at=after(9.9))) == []
        (again,) = claimed(store, at=after(10))
        assert again.tries == 2

    def test_many_who_claim_at_once_share_what_is_there(self, store: Store) -> None:
        ids = [f"{n}" for n in range(60)]
        for _ in ids:
            store.inbox.add(a_notice())
        shares = together([lambda: claimed(store, limit=7)] * 8)
        assert not refusals(shares)
        taken = [each.notice.id for share in shares if isinstance(share, list) for each in share]
        assert len(taken) == len(set(taken))
        rest = [each.notice.id for each in claimed(store)]
        assert len({*taken, *rest}) == len(ids)

    def test_the_longest_due_is_claimed_first(self, store: Store) -> None:
        late, early = a_notice(received_at=after(5)), a_notice(received_at=after(1))
        for notice in (late, early):
            store.inbox.add(notice)
        assert [r.notice for r in claimed(store, at=after(9), limit=1)] == [early]
        assert [r.notice for r in claimed(store, at=after(9), limit=1)] == [late]

    def test_nobody_claims_what_is_not_due(self, store: Store) -> None:
        store.inbox.add(a_notice(received_at=after(5)))
        assert list(claimed(store, at=after(4.9))) == []
        assert list(claimed(store, at=after(5), limit=0)) == []

    def test_a_verdict_is_kept_with_all_that_is_told(self, store: Store) -> None:
        store.inbox.add(a_notice())
        (mine,) = claimed(store)
        told = settled(mine, Verdict.BELIEVED, why="paid", payment_id="pay_1", mark="m1")
        assert store.inbox.save_each([told]) == [True]
        assert store.inbox.get(mine.notice.id) == told
        assert list(claimed(store, at=after(1_000))) == []

    def test_what_is_released_is_claimed_again(self, store: Store) -> None:
        store.inbox.add(a_notice())
        (mine,) = claimed(store)
        back = replace(mine, due_at=after(3), why="the store was away", version=mine.version + 1)
        assert store.inbox.save_each([back]) == [True]
        assert list(claimed(store, at=after(2))) == []
        (again,) = claimed(store, at=after(3))
        assert (again.tries, again.why) == (2, "the store was away")

    def test_one_with_a_verdict_can_be_heard_again(self, store: Store) -> None:
        store.inbox.add(a_notice())
        (mine,) = claimed(store)
        done = settled(mine, Verdict.HINTED, why="x", payment_id="pay_1", mark="m1")
        store.inbox.save_each([done])
        fresh = Received(done.notice, due_at=after(60), version=done.version + 1)
        assert store.inbox.save_each([fresh]) == [True]
        assert store.inbox.get(done.notice.id) == fresh
        assert store.inbox.known("ovo", ["m1"]) == {}

    def test_the_slower_of_two_holders_writes_nothing(self, store: Store) -> None:
        store.inbox.add(a_notice())
        (slow,) = claimed(store)
        (quick,) = claimed(store, at=after(10))
        assert store.inbox.save_each([settled(quick, Verdict.BELIEVED)]) == [True]
        assert store.inbox.save_each([settled(slow, Verdict.REFUSED)]) == [False]
        assert store.inbox.get(slow.notice.id).verdict is Verdict.BELIEVED

    def test_each_of_many_is_judged_on_its_own(self, store: Store) -> None:
        for _ in range(7):
            store.inbox.add(a_notice())
        mine = claimed(store)
        stale = replace(mine[3], version=mine[3].version + 5)
        told = [settled(each, Verdict.HINTED) for each in (*mine[:3], stale, *mine[4:])]
        assert store.inbox.save_each(told) == [True, True, True, False, True, True, True]
        assert list(store.inbox.save_each([])) == []

    def test_a_mark_is_found_under_its_provider(self, store: Store) -> None:
        for _ in range(3):
            store.inbox.add(a_notice())
        mine = claimed(store)
        told = [settled(each, Verdict.BELIEVED, mark=m)
                for each, m in zip(mine, ("m1", "m2", "m1"), strict=True)]  # fmt: skip
        store.inbox.save_each(told)
        first = {"m1": mine[0].notice.id, "m2": mine[1].notice.id}
        assert store.inbox.known("ovo", ["m1", "m2", "m3"]) == first
        assert store.inbox.known("xendit", ["m1"]) == {}
        assert store.inbox.known("ovo", []) == {}

    def test_the_backlog_counts_what_has_no_verdict(self, store: Store) -> None:
        for size in (10, 200, 3_000):
            store.inbox.add(a_notice(body=b"x" * size))
        waiting = store.inbox.backlog(100)
        assert (waiting.count, waiting.body_bytes) == (3, 3_210)
        assert store.inbox.backlog(2).count == 2
        first, *_ = claimed(store)
        store.inbox.save_each([settled(first, Verdict.REFUSED)])
        assert store.inbox.backlog(100).count == 2

    def test_a_listing_is_newest_first_page_by_page(self, store: Store) -> None:
        notices = [a_notice(received_at=after(n)) for n in range(5)]
        for notice in notices:
            store.inbox.add(notice)
        first = store.inbox.find(NoticeQuery(limit=2))
        assert [r.notice for r in first.items] == [notices[4], notices[3]]
        second = store.inbox.find(NoticeQuery(limit=2, cursor=first.next_cursor))
        assert [r.notice for r in second.items] == [notices[2], notices[1]]
        last = store.inbox.find(NoticeQuery(limit=2, cursor=second.next_cursor))
        assert [r.notice for r in last.items] == [notices[0]]
        assert last.next_cursor is None

    def test_a_listing_is_of_one_provider_or_verdict(self, store: Store) -> None:
        mine, theirs, waiting = a_notice(), a_notice(provider="xendit"), a_notice()
        for notice in (mine, theirs):
            store.inbox.add(notice)
        store.inbox.save_each([settled(each, Verdict.REFUSED) for each in claimed(store)])
        store.inbox.add(waiting)

        def listed(query: NoticeQuery) -> list[Notice]:
            return [r.notice for r in store.inbox.find(query).items]

        assert listed(NoticeQuery(provider="xendit")) == [theirs]
        assert listed(NoticeQuery(verdict=Verdict.REFUSED)) == [theirs, mine]
        assert listed(NoticeQuery(provider="ovo", verdict=Verdict.REFUSED)) == [mine]
        assert listed(NoticeQuery(verdict=Verdict.BELIEVED)) == []
        assert listed(NoticeQuery(waiting=True)) == [waiting]

    def test_old_ones_of_a_verdict_are_forgotten(self, store: Store) -> None:
        old, new = kept_as(store, Verdict.REFUSED, 1, 3)
        (believed,) = kept_as(store, Verdict.BELIEVED, 2)
        waiting = a_notice(received_at=after(1))
        store.inbox.add(waiting)
        assert store.inbox.forget(Verdict.REFUSED, after(3), most=1_000) == 1
        with pytest.raises(NotFound):
            store.inbox.get(old.id)
        for notice in (new, believed, waiting):
            assert store.inbox.get(notice.id).notice == notice

    def test_only_so_many_of_a_verdict_are_kept(self, store: Store) -> None:
        notices = kept_as(store, Verdict.REFUSED, *range(1, 8))
        assert store.inbox.forget(Verdict.REFUSED, NOON, most=3) == 4
        left = store.inbox.find(NoticeQuery(verdict=Verdict.REFUSED))
        assert [r.notice for r in left.items] == notices[:-4:-1]
        assert store.inbox.forget(Verdict.REFUSED, NOON, most=3) == 0

    def test_many_are_forgotten_in_turns(self, store: Store) -> None:
        for n in range(603):
            store.inbox.add(a_notice(received_at=after(n / 1_000)))
        for _ in range(7):
            told = [settled(each, Verdict.REFUSED) for each in claimed(store, at=after(60))]
            store.inbox.save_each(told)
        assert store.inbox.forget(Verdict.REFUSED, NOON, most=1) == 602

    def test_a_notice_is_durable_or_refused(self, store: Store, accidents: Accidents) -> None:
        lost = a_notice()
        accidents.fail()
        with pytest.raises(StoreUnavailable):
            store.inbox.add(lost)
        accidents.stop()
        with pytest.raises(NotFound):
            store.inbox.get(lost.id)

    def test_an_acknowledgement_that_is_lost_is_told(
        self, store: Store, accidents: Accidents
    ) -> None:
        accidents.lose_acknowledgements()
        with pytest.raises(WriteUnconfirmed):
            store.inbox.add(a_notice())
        accidents.stop()

    def test_many_come_at_once(self, store: Store) -> None:
        notices = [a_notice() for _ in range(THREADS)]
        together([partial(store.inbox.add, notice) for notice in notices])
        assert {r.notice.id for r in claimed(store)} == {notice.id for notice in notices}
