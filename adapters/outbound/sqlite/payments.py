"""Payments in SQLite."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import final

import orjson

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.plain import instant, optional_instant
from adapters.outbound.sqlite.deliveries import delivery_row, relay
from adapters.outbound.sqlite.endpoints import still
from adapters.outbound.sqlite.events import encode_subject, event_row, tell
from adapters.outbound.sqlite.feed import NEXT_CHANGE
from adapters.outbound.sqlite.idempotency import Keeper
from adapters.outbound.sqlite.listings import excepted, listed
from adapters.outbound.sqlite.moves import Move, UnusualMoveError, write_moves
from adapters.outbound.sqlite.readers import Readers
from adapters.outbound.sqlite.recent import Written
from adapters.outbound.sqlite.starts import is_start, start, write_starts
from adapters.outbound.sqlite.writer import Shared, Writer, WriteRows
from application.ports import (
    DueProviders,
    ExceptionQuery,
    Kept,
    NotFound,
    OrderOnHold,
    OrderTaken,
    Page,
    PaymentQuery,
    PaymentRepository,
    QueueFull,
    ReferenceReused,
    StalePayment,
    StoreUnavailable,
    Telling,
)
from application.steps import Steps, finished
from domain.errors import LunasError
from domain.follow_up import NOTHING_ASKED
from domain.payment import PAID, Change, Payment, Status

_COLUMNS = (
    "released, status, due_at, worker, phone_hash, ask_at, late, exceptions, version, body,"
    " id, merchant_id, livemode, order_id, provider, created_at"
)
_ADD = f"""
INSERT INTO payments ({_COLUMNS}, changed) VALUES ({", ".join("?" * 16)}, ({NEXT_CHANGE}))
"""
_REPLACE = f"""
UPDATE payments
SET released = ?, status = ?, due_at = ?, worker = ?, phone_hash = ?,
    ask_at = ?, late = ?, exceptions = ?, version = ?, body = ?, changed = ({NEXT_CHANGE})
WHERE id = ? AND version = ?
"""
_HOLD = """
SELECT 1 FROM payments INDEXED BY payments_late
WHERE merchant_id = ? AND livemode = ? AND order_id = ? AND late = 1 AND id <> ?
"""
_PART = "INSERT INTO parts (id, payment_id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"
_OWNER = "SELECT body FROM payments WHERE id = (SELECT payment_id FROM parts WHERE id = ?)"
_TO_ASK = """
SELECT body FROM payments INDEXED BY payments_to_ask
WHERE provider = ? AND ask_at <= ? ORDER BY ask_at {} LIMIT ?
"""
_DUE_PROVIDERS = """
SELECT asked.value,
    EXISTS (
        SELECT 1 FROM payments INDEXED BY payments_due
        WHERE provider = asked.value AND status = 'pending' AND due_at <= ?
    ),
    EXISTS (
        SELECT 1 FROM payments INDEXED BY payments_to_ask
        WHERE provider = asked.value AND ask_at <= ?
    )
FROM json_each(?) AS asked
"""
_CHARGED_AS = "SELECT key, attempt_id FROM used_references WHERE key IN ({})"
_CHARGE = "charge|"
"""Before the proof of a charge, among the references that are used once."""
_HOLDER = """
SELECT id, status FROM payments
WHERE merchant_id = ? AND livemode = ? AND order_id = ? AND released = ''
"""
_USE_REFERENCES = """
INSERT INTO used_references (key, attempt_id, payment_id) VALUES {}
ON CONFLICT (key) DO NOTHING
"""
_USER = "SELECT attempt_id FROM used_references WHERE key = ?"
_NAMED = """
SELECT body FROM payments WHERE id = (SELECT payment_id FROM used_references WHERE key = ?)
"""
_GET = "SELECT body FROM payments WHERE id = ?"
_DUE = """
SELECT body FROM payments
WHERE provider = ? AND status = ? AND due_at <= ? ORDER BY due_at LIMIT ?
"""
# Leaps from worker to worker in the index: the payments of living workers are not read.
_HOLDERS = """
WITH RECURSIVE holders (worker) AS (
    SELECT min(worker) FROM payments WHERE provider = ?1 AND worker IS NOT NULL
    UNION ALL
    SELECT (SELECT min(worker) FROM payments WHERE provider = ?1 AND worker > holders.worker)
    FROM holders WHERE holders.worker IS NOT NULL
)
SELECT worker FROM holders WHERE worker IS NOT NULL
"""
_HELD = "SELECT body FROM payments WHERE provider = ? AND worker = ? LIMIT ?"

_USUAL = frozenset({Status.AWAITING_CUSTOMER, Status.SUCCEEDED})

Work = Callable[[sqlite3.Connection], None]


@final
class SqlitePayments(PaymentRepository):
    """Payments with their events, kept answers and used references, each change one write."""

    def __init__(
        self,
        writer: Writer,
        readers: Readers,
        codec: Codec,
        keeper: Keeper,
        recent: Written,
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._codec = codec
        self._keeper = keeper
        self._recent = recent

    def save(self, change: Change, keep: Kept | None = None) -> None:
        finished(self.saving(change, keep))

    def saving(self, change: Change, keep: Kept | None = None) -> Steps[None]:
        job = self._writer.begin(*(yield from self._prepared(change, keep)))
        yield job
        job.end()

    def save_each(self, changes: Sequence[Change]) -> Sequence[LunasError | None]:
        steps = [finished(self._prepared(change, None)) for change in changes]
        try:
            refusals = self._writer.write(lambda connection: _each(connection, steps))
        except (StoreUnavailable, QueueFull) as away:
            return [away] * len(steps)
        self._remember(changes, refusals)
        return refusals

    def save_told(
        self, changes: Sequence[Change], telling: Telling
    ) -> tuple[Sequence[LunasError | None], bool]:
        steps = [finished(self._prepared(change, None)) for change in changes]
        told_of = [event.id for change in changes for event in change.events]
        deliveries = [(delivery, delivery_row(delivery)) for delivery in telling.deliveries]

        def write(connection: sqlite3.Connection) -> tuple[Sequence[LunasError | None], bool]:
            refusals = _each(connection, steps)
            told = not any(refusals) and still(connection, telling.judged)
            if told:
                relay(connection, told_of, deliveries)
            return refusals, told

        try:
            refusals, told = self._writer.write(write)
        except (StoreUnavailable, QueueFull) as away:
            return [away] * len(steps), False
        self._remember(changes, refusals)
        return refusals, told

    def get(self, payment_id: str) -> Payment:
        row = self._readers.row(_GET, (payment_id,))
        if row is None:
            raise NotFound
        return self._codec.decode_payment(row[0])

    def due(self, provider: str, status: Status, at: datetime, limit: int) -> Sequence[Payment]:
        rows = self._readers.rows(_DUE, (provider, status.value, instant(at), limit))
        return self._readable([body for (body,) in rows])

    def to_ask(
        self, provider: str, at: datetime, limit: int, *, newest: bool = False
    ) -> Sequence[Payment]:
        question = _TO_ASK.format("DESC" if newest else "ASC")
        rows = self._readers.rows(question, (provider, instant(at), limit))
        return self._readable([body for (body,) in rows])

    def due_providers(self, providers: Sequence[str], at: datetime) -> DueProviders:
        until = instant(at)
        asked = orjson.dumps(list(providers)).decode()
        rows = self._readers.rows(_DUE_PROVIDERS, (until, until, asked))
        return DueProviders(
            frozenset(provider for provider, to_push, _ in rows if to_push),
            frozenset(provider for provider, _, to_ask in rows if to_ask),
        )

    def charged_as(self, evidence: Sequence[str]) -> Mapping[str, str]:
        places = ", ".join("?" * len(evidence))
        keys = [_CHARGE + proof for proof in evidence]
        rows = self._readers.rows(_CHARGED_AS.format(places), keys)
        return {key.removeprefix(_CHARGE): attempt_id for key, attempt_id in rows}

    def with_exceptions(self, query: ExceptionQuery) -> Page[Payment]:
        question, values = excepted(query)
        rows = self._readers.rows(question, values)
        items = [self._codec.decode_payment(body) for (body,) in rows[: query.limit]]
        return Page(items, items[-1].id if len(rows) > query.limit else None)

    def of_reference(self, key: str) -> Payment:
        return self._one_by(_NAMED, key)

    def of_refund(self, refund_id: str) -> Payment:
        return self._one_by(_OWNER, refund_id)

    def of_exception(self, exception_id: str) -> Payment:
        return self._one_by(_OWNER, exception_id)

    def _one_by(self, question: str, name: str) -> Payment:
        row = self._readers.row(question, (name,))
        if row is None:
            raise NotFound
        return self._codec.decode_payment(row[0])

    def stranded(self, provider: str, alive: Sequence[str], limit: int) -> Sequence[Payment]:
        found: list[Payment] = []
        for (worker,) in self._readers.rows(_HOLDERS, (provider,)):
            if worker not in alive and len(found) < limit:
                rows = self._readers.rows(_HELD, (provider, worker, limit - len(found)))
                found += self._readable([body for (body,) in rows])
        return found

    def find(self, query: PaymentQuery) -> Page[Payment]:
        hashes = () if query.phone is None else self._codec.phone_hashes(query.phone)
        question, values = listed(query, hashes)
        rows = self._readers.rows(question, values)
        items = [self._codec.decode_payment(body) for (body,) in rows[: query.limit]]
        return Page(items, items[-1].id if len(rows) > query.limit else None)

    def _remember(self, changes: Sequence[Change], refusals: Sequence[LunasError | None]) -> None:
        written = zip(changes, refusals, strict=True)
        self._recent.add([change for change, refusal in written if refusal is None])

    def _readable(self, bodies: Sequence[bytes]) -> list[Payment]:
        """One record that was tampered with must not stop all others; if none opens, it is told."""
        found: list[Payment] = []
        refused: Unreadable | None = None
        for body in bodies:
            try:
                found.append(self._codec.decode_payment(body))
            except Unreadable as unreadable:
                refused = unreadable
        if refused and not found:
            raise refused
        return found

    # -- one write -------------------------------------------------------------------------------

    def _prepared(self, change: Change, keep: Kept | None) -> Steps[tuple[Work, Shared | None]]:
        """Encode in the caller's thread: the writer's thread only writes."""
        if not is_start(change):
            return self._step(change, keep)
        payment = change.payment
        body = self._codec.encode_payment(payment)
        yield None
        phone_hash = None if payment.phone is None else self._codec.phone_hash(payment.phone)
        answer = None if keep is None else self._keeper.row(keep)
        together = Shared(write_starts, start(change, phone_hash, body, answer))
        return partial(self._alone, change, keep), together

    def _alone(self, change: Change, keep: Kept | None, connection: sqlite3.Connection) -> None:
        """Write a start on its own: it is rare, and made anew only then."""
        write, _ = self._step(change, keep)
        write(connection)

    def _step(self, change: Change, keep: Kept | None) -> tuple[Work, Shared | None]:
        """The change on its own, which tells why it is refused; and how it is written with others.

        The second is None for all but the usual steps.
        """
        payment = change.payment
        body = self._codec.encode_payment(payment)
        state = self._state(payment, body)
        keep_answer = self._keeper.prepare(keep)
        # An attempt is saved before it is sent: one that was answered has had its references kept.
        new = [a for a in payment.attempts if a.held]
        used = [(key, a.id, payment.id) for a in new for key in a.references.unique]
        claims = bool(new) and payment.status is Status.AWAITING_CUSTOMER
        parts = [refund.id for refund in payment.refunds]
        parts += [record.id for record in payment.exceptions]
        proofs = [
            (_CHARGE + a.evidence, a.id, payment.id)
            for a in payment.attempts
            if a.evidence is not None
        ]
        told = [
            event_row(
                event, body if event.subject is payment else encode_subject(self._codec, event)
            )
            for event in change.events
        ]

        started = (*state, *_origin(payment)) if payment.version == 1 else None

        def write(connection: sqlite3.Connection) -> None:
            keep_answer(connection)
            if claims and connection.execute(_HOLD, (*_order_of(payment), payment.id)).fetchone():
                raise OrderOnHold
            try:
                if started:
                    connection.execute(_ADD, started)
                elif not connection.execute(_REPLACE, (*state, payment.version - 1)).rowcount:
                    raise StalePayment
                for row in told:
                    tell(connection, row)
            except sqlite3.IntegrityError:
                raise _conflict(connection, payment) from None
            _use_references(connection, used)
            for part_id in parts:
                connection.execute(_PART, (part_id, payment.id))
            for proof in proofs:
                connection.execute(_USE_REFERENCES.format("(?, ?, ?)"), proof)

        if started or parts or keep or not _is_usual(payment):
            return write, None
        return write, Shared(write_moves, Move(state, told, used, proofs, claims))

    def _state(self, payment: Payment, body: bytes) -> tuple[object, ...]:
        attempt = payment.live_attempt
        awaited = payment.status is Status.AWAITING_CUSTOMER
        return (
            "" if payment.live_order else payment.id,
            payment.status.value,
            optional_instant(payment.due_at),
            attempt.worker if attempt and awaited and attempt.held else None,
            None if payment.phone is None else self._codec.phone_hash(payment.phone),
            optional_instant(payment.ask_at),
            int(payment.has_open_late_success),
            _exceptions(payment),
            payment.version,
            bytearray(body),  # of bytes and booleans Python first asks what they adapt to
            payment.id,
        )


def _is_usual(payment: Payment) -> bool:
    """Whether it was claimed or paid without a question: nearly always, that alone was the step."""
    return payment.status in _USUAL and all(a.follow_up == NOTHING_ASKED for a in payment.attempts)


def _order_of(payment: Payment) -> tuple[str, bool, str]:
    return payment.merchant_id, payment.livemode, payment.order.order_id


def _origin(payment: Payment) -> tuple[object, ...]:
    """What never changes."""
    return (*_order_of(payment), payment.order.provider, instant(payment.created_at))


def _each(
    connection: sqlite3.Connection, steps: Sequence[tuple[Work, Shared | None]]
) -> Sequence[LunasError | None]:
    """All of them at once, as nearly always; after a refusal again, each on its own."""
    connection.execute("SAVEPOINT each")
    try:
        together: dict[WriteRows, list[object]] = {}
        for work, shared in steps:
            if shared is None:
                work(connection)
            else:
                together.setdefault(shared.write, []).append(shared.row)
        for write_rows, rows in together.items():
            write_rows(connection, rows)
        refusals: list[LunasError | None] = [None] * len(steps)
    except (LunasError, UnusualMoveError, sqlite3.IntegrityError):
        connection.execute("ROLLBACK TO each")
        refusals = [_attempt(connection, work) for work, _ in steps]
    connection.execute("RELEASE each")
    return refusals


def _attempt(connection: sqlite3.Connection, work: Work) -> LunasError | None:
    """One change of several: a refusal undoes it alone."""
    connection.execute("SAVEPOINT one")
    refusal = None
    try:
        work(connection)
    except LunasError as refused:
        connection.execute("ROLLBACK TO one")
        refusal = refused
    connection.execute("RELEASE one")
    return refusal


def _use_references(connection: sqlite3.Connection, used: Sequence[tuple[str, str, str]]) -> None:
    """Keep (key, attempt, payment); raises ReferenceReused for a key that another attempt has."""
    if not used:
        return
    places = ", ".join(["(?, ?, ?)"] * len(used))
    values = [value for row in used for value in row]
    if connection.execute(_USE_REFERENCES.format(places), values).rowcount < len(used):
        for key, attempt_id, _ in used:
            (user,) = connection.execute(_USER, (key,)).fetchone()
            if user != attempt_id:
                raise ReferenceReused


def _conflict(connection: sqlite3.Connection, payment: Payment) -> LunasError:
    """Why a unique index refused the change: its order is held, or it was saved already."""
    adds_again = payment.version == 1 and connection.execute(_GET, (payment.id,)).fetchone()
    holder = connection.execute(_HOLDER, _order_of(payment)).fetchone()
    if adds_again or holder is None or holder[0] == payment.id:
        return StalePayment()
    return OrderTaken(holder[0], paid=holder[1] in PAID)


def _exceptions(payment: Payment) -> int:
    return 2 if any(e.open for e in payment.exceptions) else 1 if payment.exceptions else 0
