"""A search as SQL."""

# ruff: noqa: S608  only our own words and numbers are joined into statements: every value is bound

from collections.abc import Iterator, Sequence
from typing import final

from adapters.outbound.plain import optional_instant
from adapters.outbound.plain_copy import DESCENDING, FIELD_OF, MOST_DAYS
from application.ports import SearchQuery
from application.search_words import Wanted

Asked = tuple[str, Sequence[object]]
"""A statement and its values."""


@final
class Question:
    """What is asked of the tables of one index."""

    def __init__(self, number: int, query: SearchQuery) -> None:
        self._number = number
        self._query = query
        conditions = list(_conditions(number, query))
        self._where = " AND ".join(condition for condition, _ in conditions)
        self._values = [value for _, values in conditions for value in values]

    def page(self) -> Asked:
        """The bodies of a page, and one more if there is more."""
        query = self._query
        field, down = FIELD_OF[query.sort], query.sort in DESCENDING
        where, values = self._where, [*self._values]
        if query.after is not None:
            where += f" AND ({field}, id) {'<' if down else '>'} (?, ?)"
            values += query.after
        way = "DESC" if down else "ASC"
        statement = (
            f"SELECT body FROM copies_{self._number} WHERE {where}"
            f" ORDER BY {field} {way}, id {way} LIMIT ?"
        )
        return statement, (*values, query.limit + 1)

    def by(self, column: str) -> Asked:
        """How many for each value of the column, the greatest values only."""
        statement = (
            f"SELECT {column}, count(*) FROM copies_{self._number} WHERE {self._where}"
            f" GROUP BY {column} ORDER BY {column} DESC LIMIT ?"
        )
        return statement, (*self._values, MOST_DAYS)


def _conditions(number: int, query: SearchQuery) -> Iterator[tuple[str, Sequence[object]]]:
    yield "merchant_id = ? AND livemode = ?", (query.merchant_id, query.livemode)
    for condition, value in (
        ("order_id = ?", query.order_id),
        ("created_at >= ?", optional_instant(query.created_after)),
        ("created_at < ?", optional_instant(query.created_before)),
        ("amount >= ?", query.amount_from),
        ("amount <= ?", query.amount_to),
    ):
        if value is not None:
            yield condition, (value,)
    if query.statuses:
        places = ", ".join("?" * len(query.statuses))
        yield f"status IN ({places})", [status.value for status in query.statuses]
    if query.words:
        words = " AND ".join(_match(word) for word in query.words)
        yield f"row IN (SELECT rowid FROM found_{number} WHERE found_{number} MATCH ?)", (words,)


def _match(word: Wanted) -> str:
    """In FTS5's language; our words have letters, digits and `_` alone, so none ends its quotes."""
    wholes = " OR ".join(f'"{whole}"' for whole in word.wholes)
    return f'((words : "{word.beginning}" *) OR (wholes : ({wholes})))'
