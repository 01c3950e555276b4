"""Notices in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

from adapters.outbound.memory.state import State
from application.ports import (
    Backlog,
    Inbox,
    NotFound,
    Notice,
    NoticeQuery,
    Page,
    Received,
    Verdict,
)
from domain.copying import replace


@final
class MemoryInbox(Inbox):
    """Each as it came, with what became of it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, notice: Notice) -> None:
        self._state.write(lambda: self._add(Received(notice, due_at=notice.received_at)))

    def backlog(self, most: int) -> Backlog:
        with self._state.lock:
            waiting = [self._state.inbox[id_] for id_ in self._state.unheard.names()[:most]]
        return Backlog(len(waiting), sum(len(r.notice.body) for r in waiting))

    def claim(self, at: datetime, until: datetime, limit: int) -> Sequence[Received]:
        return self._state.write(lambda: self._claim(at, until, limit))

    def save_each(self, received: Sequence[Received]) -> Sequence[bool]:
        return self._state.write(lambda: [self._replace(each) for each in received])

    def known(self, provider: str, marks: Sequence[str]) -> Mapping[str, str]:
        with self._state.lock:
            told = sorted(
                (r.notice.id, r.mark)
                for r in self._state.inbox.values()
                if r.notice.provider == provider and r.mark is not None and r.mark in marks
            )
        return {mark: notice_id for notice_id, mark in reversed(told)}

    def find(self, query: NoticeQuery) -> Page[Received]:
        with self._state.lock:
            found = [r for r in self._state.inbox.values() if _matches(r, query)]
        found.sort(key=lambda r: r.notice.id, reverse=True)
        items = found[: query.limit]
        return Page(items, items[-1].notice.id if len(found) > query.limit else None)

    def get(self, notice_id: str) -> Received:
        with self._state.lock:
            try:
                return self._state.inbox[notice_id]
            except KeyError:
                raise NotFound from None

    def forget(self, verdict: Verdict, before: datetime, most: int) -> int:
        return self._state.write(lambda: self._forget(verdict, before, most))

    # -- one write -------------------------------------------------------------------------------

    def _add(self, received: Received) -> None:
        if received.notice.id not in self._state.inbox:
            self._put(received)

    def _put(self, received: Received) -> None:
        self._state.inbox[received.notice.id] = received
        self._state.unheard.put(received.notice.id, received.due_at)

    def _claim(self, at: datetime, until: datetime, limit: int) -> Sequence[Received]:
        due = [self._state.inbox[id_] for id_ in self._state.unheard.oldest(at, max(0, limit))]
        claimed = [replace(r, due_at=until, tries=r.tries + 1, version=r.version + 1) for r in due]
        for each in claimed:
            self._put(each)
        return sorted(claimed, key=lambda r: r.notice.id)

    def _replace(self, received: Received) -> bool:
        known = self._state.inbox.get(received.notice.id)
        if known is None or received.version != known.version + 1:
            return False
        self._put(replace(received, notice=known.notice))
        return True

    def _forget(self, verdict: Verdict, before: datetime, most: int) -> int:
        settled = [r for r in self._state.inbox.values() if r.verdict is verdict]
        settled.sort(key=lambda r: r.notice.received_at, reverse=True)
        gone = [r for place, r in enumerate(settled)
                if place >= most or r.notice.received_at < before]  # fmt: skip
        for each in gone:
            del self._state.inbox[each.notice.id]
            self._state.unheard.put(each.notice.id, None)
        return len(gone)


def _matches(received: Received, query: NoticeQuery) -> bool:
    return (
        query.provider in {None, received.notice.provider}
        and query.verdict in {None, received.verdict}
        and not (query.waiting and received.due_at is None)
        and (query.cursor is None or received.notice.id < query.cursor)
    )
