"""Putting copies into one index at Elasticsearch."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, cast, final

import orjson
from elasticsearch import Elasticsearch, NotFoundError

from adapters.outbound.plain_copy import copy_to_plain
from adapters.outbound.search.calls import CHANGE_WITHIN, TOO_MUCH, IndexBusy, refusing
from adapters.outbound.search.mapping import AT_WORK, CURSOR_ID
from adapters.outbound.search.patience import Patience
from adapters.outbound.search.places import Places, put_name
from application.payment_copy import PaymentCopy
from application.ports import CopyTarget, IndexUnavailable, NextIndex

UNDER_WAY = 2
"""Batches on their way at once: the server has one to work on while another travels."""
_OLDER = 409
_FINE = frozenset({200, 201, _OLDER})


@final
class ElasticCopies(CopyTarget):
    """One index by its own name, whatever answers in the meantime.

    `seen_at_once`: what is put is found when `put` returns, and no cursor before its copies.
    """

    def __init__(self, client: Elasticsearch, name: str, *, seen_at_once: bool = True) -> None:
        self._client = client
        self._name = name
        self._seen_at_once = seen_at_once

    def cursor(self) -> str:
        with refusing():
            try:
                return str(self._client.get(index=self._name, id=CURSOR_ID)["_source"][CURSOR_ID])
            except NotFoundError as missing:
                if "error" in missing.body:
                    raise IndexUnavailable("the index is gone") from None
                return ""

    def put(self, copies: Sequence[PaymentCopy], cursor: str) -> None:
        if copies:
            self.send(body_of(copies))
        self.stand_at(cursor)

    def send(self, body: bytes) -> None:
        """Put what `body_of` made; raises what `put` raises."""
        with _in_its_place():
            answer = self._client.bulk(
                index=put_name(self._name),
                require_alias=True,
                operations=cast("Sequence[Any]", [body]),
                refresh=self._seen_at_once,
                filter_path=("errors", "items.*.status", "items.*.error.type"),
            )
        _judge(answer.body)

    def stand_at(self, cursor: str) -> None:
        """Have all copies up to there; raises what `put` raises."""
        with _in_its_place():
            self._client.index(
                index=put_name(self._name),
                require_alias=True,
                id=CURSOR_ID,
                document={CURSOR_ID: cursor},
                refresh=self._seen_at_once,
            )


@final
class ElasticNext(NextIndex):
    """An index that is being made: while batches are on their way, the next one is prepared.

    The cursor of a batch is written once all before it are there, whichever came first. When the
    server asks for less, it goes on later: it is made beside an index that answers.
    """

    def __init__(
        self,
        client: Elasticsearch,
        name: str,
        places: Places,
        *,
        leave_after: timedelta,
        patience: Patience,
    ) -> None:
        # Nobody waits for it: it has more time than a batch of the index that answers.
        self._client = client.options(request_timeout=CHANGE_WITHIN.total_seconds())
        self._copies = ElasticCopies(self._client, name, seen_at_once=False)
        self._name = name
        self._places = places
        self._leave_after = leave_after
        self._patience = patience
        self._senders = ThreadPoolExecutor(UNDER_WAY, thread_name_prefix="put")
        self._under_way: deque[Future[None]] = deque()

    def cursor(self) -> str:
        self._settle(0)
        return self._patience(self._copies.cursor)

    def put(self, copies: Sequence[PaymentCopy], cursor: str) -> None:
        """Batches before the last two are there, or their refusal is raised."""
        body = body_of(copies)
        self._settle(UNDER_WAY - 1)
        before = self._under_way[-1] if self._under_way else None
        self._under_way.append(self._senders.submit(self._send, body, cursor, before))

    def take_over(self) -> None:
        self._settle(0)
        self._senders.shutdown()
        old = self._patience(self._swapped)
        if old:
            # A search on its way to an old index ends there: deleted at once, it is lost.
            self._patience.sleep(self._leave_after.total_seconds())
            self._patience(partial(self._deleted, old))

    def _swapped(self) -> Sequence[str]:
        """Have it answer; the names of those that answered before."""
        indices = self._client.indices
        with refusing():
            try:
                indices.put_settings(index=self._name, settings=AT_WORK)
                indices.refresh(index=self._name)
                old = self._places.behind(self._places.answering)
                self._places.swap(self._name, old)
            except NotFoundError:
                raise IndexUnavailable("the index that was being made is gone") from None
        return old

    def _deleted(self, old: Sequence[str]) -> None:
        with refusing():
            self._places.delete(old)

    def _send(self, body: bytes, cursor: str, before: Future[None] | None) -> None:
        if body:
            self._patience(partial(self._copies.send, body))
        if before is not None:
            before.result()
        self._patience(partial(self._copies.stand_at, cursor))

    def _settle(self, most: int) -> None:
        try:
            while len(self._under_way) > most:
                self._under_way.popleft().result()
        except IndexUnavailable:
            wait(self._under_way)  # they stand behind the one that was refused
            self._under_way.clear()
            raise


@contextmanager
def _in_its_place() -> Iterator[None]:
    with refusing():
        try:
            yield
        except NotFoundError:
            raise IndexUnavailable("another index has taken the place of this one") from None


def body_of(copies: Sequence[PaymentCopy]) -> bytes:
    """The lines of a bulk request that puts these."""
    lines = []
    for copy in copies:
        terms = copy.terms
        plain = copy_to_plain(copy)
        plain["day"], plain["words"], plain["wholes"] = copy.day, terms.words, terms.wholes
        action = {"_id": copy.id, "version": copy.version, "version_type": "external"}
        lines.append(orjson.dumps({"index": action}))
        lines.append(orjson.dumps(plain))
    return b"\n".join(lines)


def _judge(answer: Any) -> None:
    if not answer["errors"]:
        return
    for item in answer["items"]:
        done = item["index"]
        if done["status"] not in _FINE:
            refusal = IndexBusy if done["status"] == TOO_MUCH else IndexUnavailable
            raise refusal(f"Elasticsearch refused a copy: {done['error']['type']}")
