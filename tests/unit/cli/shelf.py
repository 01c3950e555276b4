"""A Lunas that has events to tell, and the steps by which a test lets time pass."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from adapters.inbound.cli.show import rfc3339
from tests.unit.cli.builders import NOW, PAYMENT_ID, Heard, Say, a_payment


class Steps(list[float]):
    """The pauses of a command: in each the next thing happens; after the last comes Ctrl-C."""

    def __init__(self, *steps: Callable[[], object] | None) -> None:
        super().__init__()
        self._steps = list(steps)

    def append(self, seconds: float) -> None:
        super().append(seconds)
        if not self._steps:
            raise KeyboardInterrupt
        step = self._steps.pop(0)
        if step:
            step()


class Shelf:
    """Answers `GET /v1/events` as Lunas does; `trouble` is answered instead while it is set.

    A payment that is posted gets the events of `course`, as if it had gone that way at once.
    """

    def __init__(self) -> None:
        self.events: list[dict[str, object]] = []
        self.trouble: Say | None = None
        self.course: tuple[str, ...] = ()
        self.pages: list[int] = []

    def tell(
        self,
        number: int,
        seconds: float = 0.0,
        *,
        kind: str = "payment.succeeded",
        payment: str = PAYMENT_ID,
        sequence: int | None = None,
    ) -> None:
        """An event happens, dated so many seconds after NOW."""
        data = {
            "id": id_of(number),
            "sequence": number if sequence is None else sequence,
            "payment": a_payment(id=payment),
        }
        at = rfc3339(NOW + timedelta(seconds=seconds))
        self.events.append({"type": kind, "timestamp": at, "data": data})

    def __call__(self, heard: Heard) -> Say:
        if self.trouble:
            return self.trouble
        if heard.method == "POST":
            for number, kind in enumerate(self.course, start=1):
                self.tell(number, kind=kind)
            return Say(a_payment(), 202)
        query = {name: values[0] for name, values in parse_qs(urlsplit(heard.path).query).items()}
        return self._list(query)

    def _list(self, query: dict[str, str]) -> Say:
        found = [event for event in self.events if self._matches(event, query)]
        found.sort(key=_id, reverse=True)
        limit = int(query.get("limit", "20"))
        assert limit <= 100
        page = found[:limit]
        self.pages.append(len(page))
        more = _id(page[-1]) if len(found) > limit else None
        return Say({"data": page, "next_cursor": more})

    @staticmethod
    def _matches(event: dict[str, object], query: dict[str, str]) -> bool:
        data = event["data"]
        assert isinstance(data, dict)
        at, since = str(event["timestamp"]), query.get("since")
        return (
            query.get("type") in {None, event["type"]}
            and query.get("payment_id") in {None, data["payment"]["id"]}
            and (since is None or datetime.fromisoformat(since) <= datetime.fromisoformat(at))
            and ("cursor" not in query or data["id"] < query["cursor"])
        )


def id_of(number: int) -> str:
    """The id of that event."""
    return f"evt_{number:032x}"


def _id(event: dict[str, object]) -> str:
    data = event["data"]
    assert isinstance(data, dict)
    return str(data["id"])
