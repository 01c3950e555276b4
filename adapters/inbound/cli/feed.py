"""What is new in the list of events, look by look: nothing is lost, nothing comes twice."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.inbound.cli.event_views import data_of, subject_of
from adapters.inbound.cli.exits import Failed
from adapters.inbound.cli.payment_views import objects
from adapters.inbound.cli.problems import Json, NoAnswer
from adapters.inbound.cli.show import rfc3339

if TYPE_CHECKING:
    from adapters.inbound.cli.client import Client

PATH = "/v1/events"
PAGE = 100
"""Events in one answer: the most that the API gives."""
MOST_PAGES = 200
"""Of one look: more events at once than this are refused, not lost in silence."""
OVERLAP = timedelta(seconds=10)
"""An event is dated before it is stored, and by a clock that may be a little behind another's: so
much of the past is looked at again each time."""


class Feed:
    """The events of one API client, of that payment and of these kinds (none: of all).

    It begins at `since` (RFC 3339), or with what happens after the first look. Ids are remembered
    for OVERLAP, and never more than MOST_PAGES of them.
    """

    def __init__(
        self,
        client: "Client",
        *,
        since: str | None = None,
        payment: str | None = None,
        kinds: Collection[str] = (),
    ) -> None:
        self._client = client
        self._start = since
        self._payment = payment
        self._kinds = frozenset(kinds)
        self._begun = since is not None
        self._newest: datetime | None = None
        self._seen: dict[str, datetime] = {}

    def look(self) -> Sequence[Json]:
        """What was not told before, oldest first.

        Raises Refused and NoAnswer, and then has not moved: the next look tells it.
        """
        if not self._begun:
            self._begin()
            return ()
        return self._news()

    def _begin(self) -> None:
        """Find the present end of the list; what is there already is not told."""
        last = self._client.get(PATH, self._query() | {"limit": 1}).body
        for event in objects(last.get("data")):
            self._newest = _time_of(event)
            self._news()
        self._begun = True

    def _news(self) -> Sequence[Json]:
        since = self._since()
        found = {_id_of(event): event for event in self._read(since)}
        times = {event_id: _time_of(event) for event_id, event in found.items()}
        fresh = [event for event_id, event in found.items() if event_id not in self._seen]
        self._remember(times)
        wanted = [e for e in fresh if not self._kinds or e.get("type") in self._kinds]
        return _in_order(wanted)

    def _remember(self, times: Mapping[str, datetime]) -> None:
        if not times:
            return
        newest = max(times.values())
        self._newest = max(newest, self._newest or newest)
        horizon = self._newest - OVERLAP
        known = {**self._seen, **times}
        self._seen = {event_id: at for event_id, at in known.items() if at >= horizon}

    def _since(self) -> str | None:
        """From when on to look: strings of the API's form sort by time."""
        overlap = rfc3339(self._newest - OVERLAP) if self._newest else None
        return max(filter(None, (self._start, overlap)), default=None)

    def _query(self) -> dict[str, str | int | None]:
        only = next(iter(self._kinds)) if len(self._kinds) == 1 else None
        return {"payment_id": self._payment, "type": only, "limit": PAGE}

    def _read(self, since: str | None) -> Iterator[Json]:
        """Every page since then; the API gives the newest first."""
        cursor = None
        for _ in range(MOST_PAGES):
            page = self._client.get(PATH, self._query() | {"since": since, "cursor": cursor}).body
            yield from objects(page.get("data"))
            cursor = page.get("next_cursor")
            if not isinstance(cursor, str):
                return
        raise Failed(
            f"more than {MOST_PAGES * PAGE} events since {since}: too many to tell in order. "
            "What to do: begin later, with --since."
        )


def _in_order(events: Sequence[Json]) -> Sequence[Json]:
    """By time; those of one payment by their sequence, whatever two clocks say."""
    latest: dict[object, datetime] = {}
    placed = []
    for event in sorted(events, key=lambda event: (_sequence_of(event), _time_of(event))):
        subject = subject_of(event)
        payment = subject.get("payment_id") or subject.get("id")
        at = max(_time_of(event), latest.get(payment, _time_of(event)))
        latest[payment] = at
        placed.append((at, _sequence_of(event), event))
    return [event for *_, event in sorted(placed, key=lambda place: place[:2])]


def _sequence_of(event: Json) -> int:
    sequence = data_of(event).get("sequence")
    return sequence if isinstance(sequence, int) else 0


def _id_of(event: Json) -> str:
    event_id = data_of(event).get("id")
    if not isinstance(event_id, str):
        raise NoAnswer("an event there has no id")
    return event_id


def _time_of(event: Json) -> datetime:
    try:
        at = datetime.fromisoformat(str(event.get("timestamp")))
    except ValueError:
        raise NoAnswer("an event there has no time") from None
    if at.tzinfo is None:
        raise NoAnswer("an event there has no time zone")
    return at
