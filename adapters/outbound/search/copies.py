"""Putting copies into one index at Elasticsearch."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast, final

import orjson
from elasticsearch import Elasticsearch, NotFoundError

from adapters.outbound.plain_copy import copy_to_plain
from adapters.outbound.search.calls import CHANGE_WITHIN, refusing
from adapters.outbound.search.mapping import AT_WORK, CURSOR_ID
from application.payment_copy import PaymentCopy
from application.ports import CopyTarget, IndexUnavailable, NextIndex

_OLDER = 409
_FINE = frozenset({200, 201, _OLDER})


def put_name(index: str) -> str:
    """An alias that goes with its index: what is put there never makes a new index by itself."""
    return f"{index}-put"


@final
class ElasticCopies(CopyTarget):
    """One index by its own name, whatever answers in the meantime."""

    def __init__(self, client: Elasticsearch, name: str) -> None:
        self._client = client
        self._name = name

    def cursor(self) -> str:
        with refusing():
            try:
                return str(self._client.get(index=self._name, id=CURSOR_ID)["_source"][CURSOR_ID])
            except NotFoundError as missing:
                if "error" in missing.body:
                    raise IndexUnavailable("the index is gone") from None
                return ""

    def put(self, copies: Sequence[PaymentCopy], cursor: str) -> None:
        target = put_name(self._name)
        with refusing():
            try:
                if copies:
                    answer = self._client.bulk(
                        index=target,
                        require_alias=True,
                        operations=cast("Sequence[Any]", _operations(copies)),
                        filter_path=("items.*.status", "items.*.error.type"),
                    )
                    _judge(answer.body)
                self._client.index(
                    index=target, require_alias=True, id=CURSOR_ID, document={CURSOR_ID: cursor}
                )
            except NotFoundError:
                raise IndexUnavailable("another index has taken the place of this one") from None


@final
class ElasticNext(NextIndex):
    """An index that is being made: while one batch is on its way, the next is prepared."""

    def __init__(self, client: Elasticsearch, name: str, *, alias: str, next_alias: str) -> None:
        # Nobody waits for it: it has more time than a batch of the index that answers.
        self._client = client.options(request_timeout=CHANGE_WITHIN.total_seconds())
        self._copies = ElasticCopies(self._client, name)
        self._name = name
        self._alias = alias
        self._next_alias = next_alias
        self._putter = ThreadPoolExecutor(1, thread_name_prefix="put")
        self._under_way: Future[None] | None = None

    def cursor(self) -> str:
        self._settle()
        return self._copies.cursor()

    def put(self, copies: Sequence[PaymentCopy], cursor: str) -> None:
        """What was put before is there, or its refusal is raised; this batch is on its way."""
        self._settle()
        self._under_way = self._putter.submit(self._copies.put, copies, cursor)

    def take_over(self) -> None:
        self._settle()
        self._putter.shutdown()
        indices = self._client.indices
        with refusing():
            try:
                indices.put_settings(index=self._name, settings=AT_WORK)
                indices.refresh(index=self._name)
                indices.update_aliases(actions=self._swap())
            except NotFoundError:
                raise IndexUnavailable("the index that was being made is gone") from None

    def _swap(self) -> list[dict[str, Any]]:
        """One step at the server: there is no moment without an index that answers."""
        try:
            old = list(self._client.indices.get_alias(name=self._alias).body)
        except NotFoundError:
            old = []
        return [
            {"add": {"index": self._name, "alias": self._alias}},
            {"remove": {"index": self._name, "alias": self._next_alias}},
            *({"remove_index": {"index": name}} for name in old),
        ]

    def _settle(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None


def _operations(copies: Sequence[PaymentCopy]) -> list[bytes]:
    lines = []
    for copy in copies:
        found = {"day": copy.day, "words": copy.words, "wholes": copy.wholes}
        action = {"_id": copy.id, "version": copy.version, "version_type": "external"}
        lines.append(orjson.dumps({"index": action}))
        lines.append(orjson.dumps(copy_to_plain(copy) | found))
    return lines


def _judge(answer: Any) -> None:
    for item in answer["items"]:
        done = item["index"]
        if done["status"] not in _FINE:
            raise IndexUnavailable(f"Elasticsearch refused a copy: {done['error']['type']}")
