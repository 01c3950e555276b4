"""The tables, as the steps that lead to them: a step that was released is never edited.

Times are microseconds since 1970 (UTC). An index holds only what somebody looks for.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One migration: its number is its place, from 1."""

    name: str
    statements: tuple[str, ...]


PAYMENTS = """
CREATE TABLE payments (
    id TEXT NOT NULL PRIMARY KEY,
    merchant_id TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    released TEXT NOT NULL, -- '' while the payment holds its order, then its own id
    provider TEXT NOT NULL,
    status TEXT NOT NULL,
    due_at INTEGER,
    worker TEXT, -- who holds the push that is out, while the customer is awaited
    phone_hash TEXT,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT
"""
# One index both keeps an order to one holder and lists all payments of an order.
ORDERS = """
CREATE UNIQUE INDEX payments_by_order ON payments (merchant_id, livemode, order_id, released)
"""
# created_at stands in the listing so that a range of time is judged without reading the payment.
LISTING = "CREATE INDEX payments_by_id ON payments (merchant_id, livemode, id, created_at)"
STATUSES = """
CREATE INDEX payments_by_status ON payments (merchant_id, livemode, status, id, created_at)
"""
DUE = """
CREATE INDEX payments_due ON payments (provider, status, due_at) WHERE due_at IS NOT NULL
"""
HELD = "CREATE INDEX payments_held ON payments (provider, worker) WHERE worker IS NOT NULL"
PHONES = "CREATE INDEX payments_by_phone ON payments (phone_hash) WHERE phone_hash IS NOT NULL"
REFERENCES = """
CREATE TABLE used_references (
    key TEXT NOT NULL PRIMARY KEY,
    attempt_id TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""
EVENTS = """
CREATE TABLE events (
    number INTEGER PRIMARY KEY, -- the order in which they were written
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    at INTEGER NOT NULL,
    payment_id TEXT,
    sequence INTEGER,
    relayed INTEGER NOT NULL DEFAULT 0,
    body BLOB NOT NULL -- the subject as it was then
) STRICT
"""
STORIES = """
CREATE UNIQUE INDEX events_of_payment ON events (payment_id, sequence)
    WHERE payment_id IS NOT NULL
"""
EVENT_LISTING = "CREATE INDEX events_by_id ON events (merchant_id, livemode, id, type, at)"
UNRELAYED = "CREATE INDEX events_unrelayed ON events (number) WHERE relayed = 0"
DELIVERIES = """
CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    event_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    tries INTEGER NOT NULL,
    last_status INTEGER,
    last_error TEXT,
    last_at INTEGER,
    version INTEGER NOT NULL
) STRICT
"""
PENDING = """
CREATE INDEX deliveries_pending ON deliveries (endpoint_id, due_at) WHERE status = 'pending'
"""
OF_EVENT = "CREATE INDEX deliveries_of_event ON deliveries (event_id)"
ENDPOINTS = """
CREATE TABLE endpoints (
    id TEXT NOT NULL PRIMARY KEY,
    merchant_id TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT
"""
OF_MERCHANT = "CREATE INDEX endpoints_of_merchant ON endpoints (merchant_id, livemode, created_at)"
MERCHANTS = """
CREATE TABLE merchants (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT
"""
CLIENTS = """
CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    merchant_id TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    name TEXT NOT NULL,
    key_sha256 TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT
"""
ACCOUNTS = """
CREATE TABLE accounts (
    merchant_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    stopped INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (merchant_id, provider, livemode)
) STRICT, WITHOUT ROWID
"""
SEQUENCES = """
CREATE TABLE sequences (
    scope TEXT NOT NULL PRIMARY KEY,
    following INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""
HEARTBEATS = """
CREATE TABLE heartbeats (
    worker TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    trouble TEXT
) STRICT, WITHOUT ROWID
"""
KEPT = """
CREATE TABLE kept (
    scope TEXT NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT
"""
KEPT_UNTIL = "CREATE INDEX kept_until ON kept (expires_at)"

TO_ASK = """
CREATE INDEX payments_to_ask ON payments (provider, ask_at) WHERE ask_at IS NOT NULL
"""
# 1 while a late success of the payment waits to be settled: its order takes no further attempt.
LATE = """
CREATE INDEX payments_late ON payments (merchant_id, livemode, order_id) WHERE late = 1
"""
# 0 for none, 1 when all are closed, 2 while one is open.
EXCEPTIONS = "CREATE INDEX payments_with_exceptions ON payments (id) WHERE exceptions > 0"
PARTS = """
CREATE TABLE parts ( -- the refunds and exceptions, and whose they are
    id TEXT NOT NULL PRIMARY KEY,
    payment_id TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""
# Numbered by last_change() and its next: copies of the payments follow this index.
CHANGED = "CREATE INDEX payments_changed ON payments (changed)"
TOKENS = """
CREATE TABLE tokens ( -- what providers are called with
    key TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID
"""
INBOX = """
CREATE TABLE inbox (
    id TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    size INTEGER NOT NULL, -- of the body as it came, in bytes
    due_at INTEGER, -- when it is to be heard; null once it has its verdict
    tries INTEGER NOT NULL,
    verdict TEXT,
    why TEXT,
    payment_id TEXT,
    mark TEXT, -- what it says, of verified ones alone
    settled_at INTEGER,
    version INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT
"""
INBOX_DUE = "CREATE INDEX inbox_due ON inbox (due_at, size) WHERE due_at IS NOT NULL"
INBOX_MARKS = "CREATE INDEX inbox_marks ON inbox (provider, mark) WHERE mark IS NOT NULL"
INBOX_SETTLED = """
CREATE INDEX inbox_settled ON inbox (verdict, received_at) WHERE verdict IS NOT NULL
"""

WALLET_LINKS = """
CREATE TABLE wallet_links (
    id TEXT NOT NULL PRIMARY KEY,
    merchant_id TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    provider TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT
"""
ACTIVE_LINK = """
CREATE UNIQUE INDEX wallet_links_active
    ON wallet_links (merchant_id, livemode, provider, customer_id) WHERE active = 1
"""
LINKS_OF_CUSTOMER = """
CREATE INDEX wallet_links_of_customer ON wallet_links (merchant_id, livemode, customer_id, id)
"""

# A hash lies on a page of its own, which a start would have to write for it alone: a payment that
# waits to be claimed is not in this index, and is written there with its claim.
CLAIMED_PHONES = """
CREATE INDEX payments_by_phone ON payments (phone_hash)
    WHERE phone_hash IS NOT NULL AND status <> 'pending'
"""

STEPS = (
    Step(
        "payments, events, deliveries, merchants and answers kept",
        (
            *(PAYMENTS, ORDERS, LISTING, STATUSES, DUE, HELD, PHONES, REFERENCES),
            *(EVENTS, STORIES, EVENT_LISTING, UNRELAYED),
            *(DELIVERIES, PENDING, OF_EVENT, ENDPOINTS, OF_MERCHANT),
            *(MERCHANTS, CLIENTS, ACCOUNTS, SEQUENCES, HEARTBEATS, KEPT, KEPT_UNTIL),
        ),
    ),
    Step(
        "questions to the wallet, refunds and exceptions",
        (
            "ALTER TABLE payments ADD COLUMN ask_at INTEGER",
            "ALTER TABLE payments ADD COLUMN late INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE payments ADD COLUMN exceptions INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE events ADD COLUMN refund_id TEXT",
            *(TO_ASK, LATE, EXCEPTIONS, PARTS),
        ),
    ),
    Step(
        "payments in the order of their changes",
        ("ALTER TABLE payments ADD COLUMN changed INTEGER NOT NULL DEFAULT 0", CHANGED),
    ),
    Step(
        "payments by the references of their attempts",
        ("ALTER TABLE used_references ADD COLUMN payment_id TEXT",),
    ),
    Step("providers that a worker cannot use", ("ALTER TABLE heartbeats ADD COLUMN unwell TEXT",)),
    Step("tokens of providers", (TOKENS,)),
    Step(
        "notifications in",
        (INBOX, INBOX_DUE, INBOX_MARKS, INBOX_SETTLED),
    ),
    Step("customers' linked wallets", (WALLET_LINKS, ACTIVE_LINK, LINKS_OF_CUSTOMER)),
    Step("phones by claimed payments", ("DROP INDEX payments_by_phone", CLAIMED_PHONES)),
)
