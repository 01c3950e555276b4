"""The collections' indexes, as the steps that lead to them: a released step is never edited.

An index holds only what somebody looks for: most are partial, and each question names its index,
so that the planner need not prove which of them it may use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

UP, DOWN = ASCENDING, DESCENDING
Keys = Sequence[tuple[str, int]]

# -- payments -------------------------------------------------------------------------------------
LIVE_ORDER = "one_live_payment_an_order"
"""`live_order` is there only while the payment holds its order."""
REFERENCES = "references_once"
CHARGES = "charges_once"
TOLD = "events_told_once"
KEPT = "answers_kept_once"
"""On payments, endpoints and wallet links: whose scopes are which, `idempotency.home` tells."""
KEPT_UNTIL = "answers_kept_until"
OWED = "deliveries_owed"
DUE = "payments_due"
TO_ASK = "payments_to_ask"
HELD = "payments_held"
LISTING = "payments_by_id"
STATUSES = "payments_by_status"
ORDERS = "payments_by_order"
PHONES = "payments_by_phone"
PARTS = "payments_by_part"
EXCEPTIONS = "payments_with_exceptions"
UNRELAYED = "payments_with_unrelayed_events"
CHANGED = "payments_by_change"
# -- the others -----------------------------------------------------------------------------------
HOLDS = "holds_of_order"
EVENT_LISTING = "events_by_id"
STORIES = "events_of_payment"
WAITING = "events_waiting"
PENDING = "deliveries_pending"
PENDING_OF = "deliveries_pending_of_endpoint"
OF_EVENT = "deliveries_of_event"
OF_MERCHANT = "endpoints_of_merchant"
DELETED = "endpoints_deleted"
ACTIVE_LINK = "one_active_link_a_customer"
"""`active_of` is there only while the link is active."""
LINKS_OF_CUSTOMER = "links_of_customer"
LINKS_OWING = "links_owing_an_event"
KEYS = "clients_by_key"
STOPPED = "accounts_stopped"
INBOX_DUE = "notices_due"
INBOX_MARKS = "notices_by_mark"
INBOX_SETTLED = "notices_settled"


@dataclass(frozen=True, slots=True)
class Step:
    """One migration: its number is its place, from 1. Making what is there does nothing."""

    name: str
    indexes: Mapping[str, Sequence[IndexModel]]


def _index(name: str, keys: Keys, *, unique: bool = False, only: str | None = None) -> IndexModel:
    options: dict[str, Any] = {"name": name, "unique": unique}
    if only is not None:
        options["partialFilterExpression"] = {only: {"$exists": True}}
    return IndexModel(list(keys), **options)


_OWNER = (("merchant_id", UP), ("livemode", UP))
_PAYMENTS = (
    _index(LIVE_ORDER, (*_OWNER, ("live_order", UP)), unique=True, only="live_order"),
    _index(REFERENCES, (("references", UP),), unique=True, only="references"),
    _index(CHARGES, (("charges.proof", UP),), unique=True, only="charges.proof"),
    _index(TOLD, (("told", UP),), unique=True, only="told"),
    _index(KEPT, (("kept.scope", UP),), unique=True, only="kept.scope"),
    _index(KEPT_UNTIL, (("kept.expires", UP),), only="kept.expires"),
    _index(OWED, (("owed_since", UP),), only="owed_since"),
    _index(DUE, (("provider", UP), ("status", UP), ("due_at", UP), ("shard", UP)), only="due_at"),
    _index(TO_ASK, (("provider", UP), ("ask_at", UP), ("shard", UP)), only="ask_at"),
    _index(HELD, (("provider", UP), ("worker", UP)), only="worker"),
    _index(LISTING, (*_OWNER, ("_id", DOWN), ("created_at", UP))),
    _index(STATUSES, (*_OWNER, ("status", UP), ("_id", DOWN), ("created_at", UP))),
    _index(ORDERS, (*_OWNER, ("order_id", UP), ("_id", DOWN))),
    _index(PHONES, (("phone_hash", UP), ("_id", DOWN)), only="phone_hash"),
    _index(PARTS, (("parts", UP),), only="parts"),
    _index(EXCEPTIONS, (("exceptions", UP), ("_id", DOWN)), only="exceptions"),
    _index(UNRELAYED, (("unrelayed_since", UP), ("shard", UP)), only="unrelayed_since"),
    _index(CHANGED, (("changed", UP), ("_id", UP)), only="changed"),
)
_ENDPOINTS = (
    _index(KEPT, (("kept.scope", UP),), unique=True, only="kept.scope"),
    _index(KEPT_UNTIL, (("kept.expires", UP),), only="kept.expires"),
    _index(OWED, (("owed_since", UP),), only="owed_since"),
    _index(OF_MERCHANT, (*_OWNER, ("created_at", UP), ("_id", UP)), only="body"),
    _index(DELETED, (("deleted_at", UP),), only="deleted_at"),
)
_EVENTS = (
    _index(EVENT_LISTING, (("merchant", UP), ("live", UP), ("_id", DOWN))),
    _index(STORIES, (("payment_id", UP), ("_id", DOWN)), only="payment_id"),
    _index(WAITING, (("waiting", UP),), only="waiting"),
)
_DELIVERIES = (
    _index(PENDING, (("pending", UP), ("shard", UP)), only="pending"),
    _index(PENDING_OF, (("endpoint_id", UP), ("pending", UP), ("shard", UP)), only="pending"),
    _index(OF_EVENT, (("event_id", UP), ("created_at", UP), ("_id", UP))),
)
_INBOX = (
    _index(INBOX_DUE, (("due", UP), ("size", UP)), only="due"),
    _index(INBOX_MARKS, (("provider", UP), ("mark", UP)), only="mark"),
    _index(INBOX_SETTLED, (("verdict", UP), ("received", UP)), only="verdict"),
)
_LINKS = (
    _index(ACTIVE_LINK, (("active_of", UP),), unique=True, only="active_of"),
    _index(LINKS_OF_CUSTOMER, (*_OWNER, ("customer_id", UP), ("_id", DOWN)), only="body"),
    _index(LINKS_OWING, (("owes_event_since", UP),), only="owes_event_since"),
    _index(KEPT, (("kept.scope", UP),), unique=True, only="kept.scope"),
    _index(KEPT_UNTIL, (("kept.expires", UP),), only="kept.expires"),
)

STEPS = (
    Step(
        "indexes of payments, events, deliveries, endpoints, merchants and accounts",
        {
            "payments": _PAYMENTS,
            "holds": (_index(HOLDS, (("order", UP),)),),
            "events": _EVENTS,
            "deliveries": _DELIVERIES,
            "endpoints": _ENDPOINTS,
            "clients": (_index(KEYS, (("key_sha256", UP),), unique=True),),
            "accounts": (_index(STOPPED, (("provider", UP), ("stopped", UP)), only="stopped"),),
        },
    ),
    Step("indexes of notifications in", {"inbox": _INBOX}),
    Step("indexes of customers' linked wallets", {"wallet_links": _LINKS}),
)
