"""Questions for pages of payments in SQLite."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

from collections.abc import Sequence

from adapters.outbound.plain import optional_instant
from application.ports import ExceptionQuery, PaymentQuery


def excepted(query: ExceptionQuery) -> tuple[str, Sequence[object]]:
    """The question for a page of payments with exceptions, one more than asked, and its values."""
    conditions = ["exceptions > ?"]
    values: list[object] = [1 if query.only_open else 0]
    for condition, value in (
        ("merchant_id = ?", query.merchant_id),
        ("livemode = ?", query.livemode),
        ("id < ?", query.cursor),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    question = (
        "SELECT body FROM payments INDEXED BY payments_with_exceptions WHERE exceptions > 0"
        f" AND {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?"
    )
    return question, (*values, query.limit + 1)


def listed(query: PaymentQuery, phone_hashes: Sequence[str]) -> tuple[str, Sequence[object]]:
    """The question for a page of payments, one more than asked, and its values."""
    conditions = ["merchant_id = ?", "livemode = ?"]
    values: list[object] = [query.merchant_id, query.livemode]
    for condition, value in (
        ("order_id = ?", query.order_id),
        ("status = ?", query.status and query.status.value),
        ("created_at >= ?", optional_instant(query.created_after)),
        ("created_at < ?", optional_instant(query.created_before)),
        ("id < ?", query.cursor),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if phone_hashes:
        conditions.append(f"phone_hash IN ({', '.join('?' * len(phone_hashes))})")
        values += phone_hashes
    question = (
        f"SELECT body FROM payments INDEXED BY {_narrowest_index(query)}"
        f" WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?"
    )
    return question, (*values, query.limit + 1)


def _narrowest_index(query: PaymentQuery) -> str:
    # Left to itself, SQLite takes the index that is in order, however many it must read there.
    if query.order_id is not None:
        return "payments_by_order"
    if query.phone is not None:
        return "payments_by_phone"
    return "payments_by_id" if query.status is None else "payments_by_status"
