"""Events in memory."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import final

from adapters.outbound.memory.state import State
from application.ports import EventLog, EventQuery, NotFound, Page
from domain.events import Event, EventHead
from domain.payment import Payment


@final
class MemoryEvents(EventLog):
    """The events told, oldest first."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, event: Event) -> None:
        self._state.write(lambda: self._state.tell(event))

    def get(self, event_id: str) -> Event:
        with self._state.lock:
            try:
                return self._state.events[event_id]
            except KeyError:
                raise NotFound from None

    def find(self, query: EventQuery) -> Page[Event]:
        with self._state.lock:
            found = list(islice(self._matching(query), query.limit + 1))
        items = found[: query.limit]
        return Page(items, items[-1].id if len(found) > query.limit else None)

    def get_each(self, event_ids: Sequence[str]) -> Mapping[str, Event]:
        with self._state.lock:
            known = self._state.events
            return {id_: known[id_] for id_ in event_ids if id_ in known}

    def unrelayed(self, limit: int) -> Sequence[EventHead]:
        with self._state.lock:
            return [event.head for event in islice(self._state.unrelayed.values(), limit)]

    def _matching(self, query: EventQuery) -> Iterator[Event]:
        ids = self._state.event_ids
        end = len(ids) if query.cursor is None else bisect_left(ids, query.cursor)
        for place in range(end - 1, -1, -1):
            event = self._state.events[ids[place]]
            if _matches(event, query):
                yield event


def _matches(event: Event, query: EventQuery) -> bool:
    payment_id = event.subject.id if isinstance(event.subject, Payment) else None
    return (
        event.merchant_id == query.merchant_id
        and event.livemode == query.livemode
        and query.payment_id in {None, payment_id}
        and query.type in {None, event.type.value}
        and (query.since is None or query.since <= event.at)
    )
