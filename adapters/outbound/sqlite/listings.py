"""Questions for pages of payments in SQLite."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

from collections.abc import Sequence

from adapters.outbound.plain import optional_instant
from application.ports import ExceptionQuery, PaymentQuery
from domain.status import Status


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
    if not phone_hashes:
        source = f"payments INDEXED BY {_narrowest_index(query)}"
    elif query.order_id is not None:
        source = "payments INDEXED BY payments_by_order"
        conditions.append(_is_of(phone_hashes))
        values += phone_hashes
    else:
        source = "payments NOT INDEXED"  # but by its row
        conditions.append(f"rowid IN ({_OF_PHONE.format(_is_of(phone_hashes))})")
        values += [*phone_hashes, query.merchant_id, query.livemode, *phone_hashes]
    question = (
        f"SELECT body FROM {source} WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?"
    )
    return question, (*values, query.limit + 1)


_OF_PHONE = f"""
    SELECT rowid FROM payments INDEXED BY payments_by_phone
    WHERE {{0}} AND status <> '{Status.PENDING.value}'
    UNION ALL
    SELECT rowid FROM payments INDEXED BY payments_by_status
    WHERE merchant_id = ? AND livemode = ? AND status = '{Status.PENDING.value}' AND {{0}}
"""
"""A phone is indexed once its payment was claimed; those that wait to be are looked through."""


def _is_of(phone_hashes: Sequence[str]) -> str:
    return f"phone_hash IN ({', '.join('?' * len(phone_hashes))})"


def _narrowest_index(query: PaymentQuery) -> str:
    # Left to itself, SQLite takes the index that is in order, however many it must read there.
    if query.order_id is not None:
        return "payments_by_order"
    return "payments_by_id" if query.status is None else "payments_by_status"
