"""Which index stands behind which alias, and how one comes to stand there."""

from collections.abc import Sequence
from typing import Any, final

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from adapters.outbound.search.calls import CHANGE_WITHIN, Server
from adapters.outbound.search.mapping import AT_WORK, BEING_MADE, FORM, MAPPINGS
from application.ports import IndexUnavailable

_ALREADY_THERE = "resource_already_exists_exception"
_TRIES = 3


def put_name(index: str) -> str:
    """An alias that goes with its index: what is put there never makes a new index by itself."""
    return f"{index}-put"


@final
class Places:
    """Two aliases of one house: of the index that answers, and of the one that is being made.

    Its calls raise what the client raises.
    """

    def __init__(self, client: Elasticsearch, server: Server) -> None:
        self._client = client.options(request_timeout=CHANGE_WITHIN.total_seconds())
        self._shards = server.shards
        self.answering = f"{server.name}-v{FORM}"
        self.being_made = f"{self.answering}-next"

    def present(self) -> str:
        """The index that answers, made empty where there is none."""
        return self._made(self.answering, AT_WORK)

    def next(self) -> str:
        """The index that is being made, begun where there is none."""
        return self._made(self.being_made, BEING_MADE)

    def behind(self, alias: str) -> Sequence[str]:
        """The names of the indexes behind it."""
        try:
            return sorted(self._client.indices.get_alias(name=alias).body)
        except NotFoundError:
            return []

    def forsaken(self) -> Sequence[str]:
        """Old ones that whoever had them replaced did not live to delete."""
        held = self._client.indices.get_alias(index=f"{self.answering}-*").body
        return [name for name, stands in held.items() if not stands["aliases"]]

    def delete(self, names: Sequence[str]) -> None:
        """Have none of these."""
        if names:
            self._client.indices.delete(index=list(names), ignore_unavailable=True)

    def swap(self, name: str, old: Sequence[str]) -> None:
        """Have this one answer in the place of those, which take nothing more from then on.

        One step at the server: there is no moment without an index that answers.
        """
        actions: list[dict[str, Any]] = [
            {"add": {"index": name, "alias": self.answering}},
            {"remove": {"index": name, "alias": self.being_made}},
            *({"remove": {"index": each, "alias": self.answering}} for each in old),
            *({"remove": {"index": each, "alias": put_name(each)}} for each in old),
        ]
        self._client.indices.update_aliases(actions=actions)

    def _made(self, alias: str, settings: dict[str, Any]) -> str:
        """The index behind the alias; made where there is none, by one of those who try."""
        for _ in range(_TRIES):
            there = self.behind(alias)
            if there:
                return there[-1]
            name = f"{self.answering}-{self._last_number() + 1:06d}"
            try:
                self._client.indices.create(
                    index=name,
                    aliases={alias: {}, put_name(name): {}},
                    mappings=MAPPINGS,
                    settings={"number_of_shards": self._shards, **settings},
                )
            except BadRequestError as refused:
                if refused.error != _ALREADY_THERE:
                    raise
        raise IndexUnavailable("the search index was made and lost several times over")

    def _last_number(self) -> int:
        names = self._client.indices.get_alias(index=f"{self.answering}-*").body
        numbers = (name.rpartition("-")[2] for name in names)
        return max((int(number) for number in numbers if number.isdecimal()), default=0)
