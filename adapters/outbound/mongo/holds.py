"""Orders that take no further attempt while a late success of theirs is open.

A claim is one write to one document, and so is a late success, to another one. That no claim is
made while a late success is open takes two marks, both made before the late success is written:

1. the *intention*, a record of its own: payment A of the order is about to have a late success;
2. the *mark* on the order's live payment, if there is one: its claims ask for its absence.

A payment that was started before the mark was made bears it. One started later is looked at after
it was started (by `cleared`, when it is found due), and then the intention is there to be seen.
Both name the version of A that they announce: once A has that version or a later one, A itself
tells whether its late success is open, and what is settled is taken away.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import final

import orjson
from pymongo import UpdateOne

from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.plain import instant
from domain.payment import Payment

ABANDONED_AFTER = timedelta(minutes=2)
"""An announced version that is not there by then never comes: its write was bounded by seconds."""
MOST_CLEARED = 65_536
"""Payments remembered as looked at."""


def _order(payment: Payment) -> Document:
    return {
        "merchant_id": payment.merchant_id,
        "livemode": payment.livemode,
        "live_order": payment.order.order_id,
    }


def _key(payment: Payment) -> str:
    """The order as one word: parts may hold any character."""
    order = [payment.merchant_id, payment.livemode, payment.order.order_id]
    return orjson.dumps(order).decode()


@final
class Holds:
    """Announces late successes, and tells which payments may be claimed."""

    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now
        self._cleared: dict[str, None] = {}

    def announce(self, late: Sequence[Payment]) -> None:
        """Hold the orders of these payments, before their late success is written."""
        if not late:
            return
        at = instant(self._now())
        with self._connection.writing():
            self._connection.holds.bulk_write(
                [
                    UpdateOne(
                        {"_id": payment.id},
                        {
                            "$max": {"version": payment.version},
                            "$set": {"order": _key(payment), "of": _order(payment), "at": at},
                        },
                        upsert=True,
                    )
                    for payment in late
                ],
                ordered=False,
            )
            self._connection.payments.bulk_write(
                [
                    UpdateOne(
                        _order(payment) | {"_id": {"$ne": payment.id}},
                        {"$addToSet": {"held": {"by": payment.id, "version": payment.version}}},
                        hint=schema.LIVE_ORDER,
                    )
                    for payment in late
                ],
                ordered=False,
            )

    def settle(self, payment: Payment) -> None:
        """Let go of the order of a payment that was written and has no open late success."""
        self._let_go({payment.id: payment.version}, [_order(payment)])

    def cleared(self, payments: Sequence[Payment]) -> Collection[str]:
        """Those that may be claimed, as far as holds older than themselves are concerned.

        Looked up once for each payment, after it was started: a later hold marks its document.
        """
        unknown = [payment for payment in payments if payment.id not in self._cleared]
        if unknown:
            held = self._held([_key(payment) for payment in unknown])
            if len(self._cleared) > MOST_CLEARED:
                self._cleared.clear()
            for payment in unknown:
                if not held.get(_key(payment), set()) - {payment.id}:
                    self._cleared[payment.id] = None
        return {payment.id for payment in payments if payment.id in self._cleared}

    def stands(self, payment: Payment) -> bool:
        """Whether a payment that bears a mark is really held; a mark that is not, is taken away."""
        return bool(self._held([_key(payment)]).get(_key(payment), set()) - {payment.id})

    def _held(self, orders: Sequence[str]) -> Mapping[str, set[str]]:
        """By order, the payments that hold it; what holds nothing any more is let go."""
        announced = self._connection.read(
            lambda: self._connection.holds.find(
                {"order": {"$in": orders}}, hint=schema.HOLDS
            ).to_list()
        )
        if not announced:
            return {}
        holders = self._holders([document["_id"] for document in announced])
        stale = instant(self._now() - ABANDONED_AFTER)
        held: dict[str, set[str]] = {}
        settled: dict[str, int] = {}
        for hold in announced:
            holder = holders.get(hold["_id"], {"version": 0})
            decided = holder["version"] >= hold["version"]
            if holder.get("late") or (not decided and hold["at"] > stale):
                held.setdefault(hold["order"], set()).add(hold["_id"])
            else:
                settled[hold["_id"]] = holder["version"] if decided else hold["version"]
        if settled:
            self._let_go(settled, [h["of"] for h in announced if h["_id"] in settled])
        return held

    def _holders(self, ids: Sequence[str]) -> Mapping[str, Document]:
        found = self._connection.read(
            lambda: self._connection.payments.find(
                {"_id": {"$in": ids}}, {"version": 1, "late": 1}
            ).to_list()
        )
        return {document["_id"]: document for document in found}

    def _let_go(self, versions: Mapping[str, int], orders: Sequence[Document]) -> None:
        """Drop what was announced up to these versions: a later announcement stays."""
        with self._connection.writing():
            self._connection.payments.bulk_write(
                [
                    UpdateOne(
                        order,
                        {"$pull": {"held": {"by": id_, "version": {"$lte": version}}}},
                        hint=schema.LIVE_ORDER,
                    )
                    for order in orders
                    for id_, version in versions.items()
                ],
                ordered=False,
            )
            for id_, version in versions.items():
                self._connection.holds.delete_one({"_id": id_, "version": {"$lte": version}})
