"""Writes of payments: each change is one write to one document, whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from bson import ObjectId
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from adapters.outbound.codec import Codec
from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import (
    Told,
    charges_of,
    claims,
    event_to_stored,
    payment_body,
    payment_origin,
    payment_state,
)
from adapters.outbound.mongo.holds import Holds
from adapters.outbound.mongo.idempotency import Keeper
from application.ports import (
    Kept,
    OrderOnHold,
    OrderTaken,
    ReferenceReused,
    StalePayment,
    StoreUnavailable,
    WriteUnconfirmed,
)
from domain.errors import LunasError
from domain.payment import PAID, Change, Payment, Status

MOST_TRIES = 3
"""How often a write is made again that only something settled stood in the way of."""
_DUPLICATE = 11_000
Operation = InsertOne[Document] | UpdateOne


@dataclass(slots=True)
class Step:
    """A change as a write. `stamp` is its own, by which it is known again in the document."""

    payment: Payment
    state: Document
    events: Sequence[Document]
    charges: Sequence[Document]
    claims: bool
    kept: Kept | None
    stored: Document | None
    stamp: ObjectId = field(default_factory=ObjectId)

    @property
    def starts(self) -> bool:
        """Whether it adds the payment."""
        return self.payment.version == 1

    @property
    def told(self) -> Sequence[str]:
        """The ids of its events."""
        return [event["id"] for event in self.events]

    def document(self) -> Document:
        """The fresh payment."""
        document = {"_id": self.payment.id, **payment_origin(self.payment)}
        document |= {name: value for name, value in self.state.items() if value is not None}
        document["write"] = self.stamp
        if self.events:
            document |= {"told": self.told, "events": list(self.events)}
            document["unrelayed_since"] = self.events[0]["number"]
        if self.charges:
            document["charges"] = list(self.charges)
        if self.stored is not None:
            document["kept"] = [self.stored]
        return document

    def condition(self) -> Document:
        """What must hold of the payment's document."""
        condition: Document = {"_id": self.payment.id, "version": self.payment.version - 1}
        if self.events:
            condition["told"] = {"$nin": self.told}
        if self.kept is not None:
            # A unique index keeps a scope to one document, not to one place in it.
            condition["kept.scope"] = {"$ne": self.kept.scope}
        if self.claims:
            condition["held.0"] = {"$exists": False}
        return condition

    def update(self) -> Document:
        """What it does to the payment's document, beside which events may be moved at any time."""
        fields = self.state | {"charges": list(self.charges) or None}
        update: Document = {
            "$set": {name: value for name, value in fields.items() if value is not None}
            | {"write": self.stamp},
            "$unset": {name: "" for name, value in fields.items() if value is None},
        }
        pushed: Document = {}
        if self.events:
            pushed |= {"told": {"$each": self.told}, "events": {"$each": list(self.events)}}
            update["$min"] = {"unrelayed_since": self.events[0]["number"]}
        if self.stored is not None:
            pushed["kept"] = self.stored
        if pushed:
            update["$push"] = pushed
        return update

    def operation(self) -> Operation:
        """It among many."""
        if self.starts:
            return InsertOne(self.document())
        return UpdateOne(self.condition(), self.update())


@final
class Saving:
    """Writes changes and says, of each that was not written, why."""

    def __init__(
        self, connection: Connection, codec: Codec, keeper: Keeper, holds: Holds, told: Told
    ) -> None:
        self._connection = connection
        self._payments = connection.payments
        self._codec = codec
        self._keeper = keeper
        self._holds = holds
        self._told = told

    def step(self, change: Change, keep: Kept | None = None) -> Step:
        """Encode it; raises ReferenceReused for attempts of one payment that share a reference."""
        payment = change.payment
        _judge_references(payment)
        body = payment_body(self._codec, payment)
        return Step(
            payment=payment,
            state=payment_state(self._codec, payment, body) | {"changed": self._told()},
            events=[
                event_to_stored(
                    self._codec, event, self._told(), body if event.subject is payment else None
                )
                for event in change.events
            ],
            charges=charges_of(payment),
            claims=claims(payment, change.events),
            kept=keep,
            stored=None if keep is None else self._keeper.stored(keep, self._payments),
        )

    def one(self, step: Step) -> None:
        """Write it, or raise why not."""
        (refusal,) = self._prepare([step])
        if refusal is not None:
            raise refusal
        for tries in range(1, MOST_TRIES + 1):
            duplicate = self._write_one(step)
            if duplicate is None or not self._may_write_again(step, duplicate, tries):
                break
        self._settle([step])

    def many(self, steps: Sequence[Step]) -> list[LunasError | None]:
        """Write those of different payments at once; None where it is durable, else why not."""
        refusals = self._prepare(steps)
        todo = [place for place, refusal in enumerate(refusals) if refusal is None]
        for tries in range(1, MOST_TRIES + 1):
            if not todo:
                break
            again = []
            try:
                refused = self._write_many([steps[place] for place in todo], todo)
            except StoreUnavailable as away:
                for place in todo:
                    refusals[place] = away
                break
            for place, duplicate in refused.items():
                try:
                    if self._may_write_again(steps[place], duplicate, tries):
                        again.append(place)
                except LunasError as refusal:
                    refusals[place] = refusal
            todo = again
        self._settle([s for s, why in zip(steps, refusals, strict=True) if why is None])
        return refusals

    # -- before and after ------------------------------------------------------------------------

    def _prepare(self, steps: Sequence[Step]) -> list[LunasError | None]:
        """What other documents of an order must be told or asked first: hardly ever anything."""
        self._holds.announce([s.payment for s in steps if s.payment.has_open_late_success])
        claimed = [step.payment for step in steps if step.claims]
        cleared = self._holds.cleared(claimed) if claimed else ()
        return [
            OrderOnHold() if step.claims and step.payment.id not in cleared else None
            for step in steps
        ]

    def _settle(self, steps: Sequence[Step]) -> None:
        for step in steps:
            payment = step.payment
            if payment.exceptions and not payment.has_open_late_success:
                try:
                    self._holds.settle(payment)
                except StoreUnavailable:
                    return  # it is written; who is held up by the mark takes it away

    # -- the writes ------------------------------------------------------------------------------

    def _write_one(self, step: Step) -> Mapping[str, Any] | None:
        """None when it is durable; else the duplicate that refused it, or {} for no match."""
        try:
            with self._connection.writing():
                if step.starts:
                    self._payments.insert_one(step.document())
                    return None
                done = self._payments.update_one(step.condition(), step.update())
                return None if done.modified_count else {}
        except DuplicateKeyError as duplicate:
            return duplicate.details or {}

    def _write_many(
        self, steps: Sequence[Step], places: Sequence[int]
    ) -> Mapping[int, Mapping[str, Any]]:
        """By place, what refused a write, as _write_one returns it."""
        refused: dict[int, Mapping[str, Any]] = {}
        try:
            with self._connection.writing():
                done = self._payments.bulk_write([s.operation() for s in steps], ordered=False)
            missed = len(steps) - done.inserted_count - done.modified_count
        except BulkWriteError as problem:
            details = problem.details or {}
            if details.get("writeConcernErrors") or any(
                error["code"] != _DUPLICATE for error in details["writeErrors"]
            ):
                raise WriteUnconfirmed("the writes were not acknowledged") from problem
            refused = {places[error["index"]]: error for error in details["writeErrors"]}
            missed = len(steps) - len(refused) - details["nInserted"] - details["nModified"]
        if missed:
            # The answer counts; which of them it were, the stamps tell.
            with self._connection.looking_back():
                written = self._written(steps)
            for place, step in zip(places, steps, strict=True):
                if step.payment.id not in written:
                    refused.setdefault(place, {})
        return refused

    def _written(self, steps: Sequence[Step]) -> set[str]:
        found = self._connection.read(
            lambda: self._payments.find(
                {"_id": {"$in": [step.payment.id for step in steps]}}, {"write": 1}
            ).to_list()
        )
        stamps = {document["_id"]: document["write"] for document in found}
        return {s.payment.id for s in steps if stamps.get(s.payment.id) == s.stamp}

    # -- refusals --------------------------------------------------------------------------------

    def _may_write_again(self, step: Step, duplicate: Mapping[str, Any], tries: int) -> bool:
        """Whether what refused the step is out of the way; False when the step is written.

        Raises why it is refused. A write that the driver repeated may have refused itself: the
        stamp tells.
        """
        with self._connection.looking_back():
            known = self._known(step.payment.id)
        if known is not None and known.get("write") == step.stamp:
            return False
        if tries >= MOST_TRIES:
            raise StalePayment
        if step.kept is not None:
            self._keeper.judge(step.kept.scope)
        self._judge(step, known, duplicate)
        return True

    def _known(self, payment_id: str) -> Document | None:
        with self._connection.reading():
            return self._payments.find_one(
                {"_id": payment_id}, {"version": 1, "write": 1, "held": 1, "told": 1}
            )

    def _judge(self, step: Step, known: Document | None, duplicate: Mapping[str, Any]) -> None:
        """Raise the refusal, or return when the step may be written again."""
        if step.starts is not (known is None):
            raise StalePayment
        if known is not None and known.get("version") != step.payment.version - 1:
            raise StalePayment
        index = _index_of(duplicate)
        if index == schema.LIVE_ORDER:
            self._judge_order(step.payment)
        elif index == schema.REFERENCES:
            raise ReferenceReused
        elif index == schema.TOLD or (known and set(step.told) & set(known.get("told", ()))):
            raise StalePayment
        elif index == schema.CHARGES:
            step.charges = self._own(step.charges)
        elif known and known.get("held") and step.claims and self._holds.stands(step.payment):
            raise OrderOnHold

    def _judge_order(self, payment: Payment) -> None:
        with self._connection.reading():
            holder = self._payments.find_one(
                {
                    "merchant_id": payment.merchant_id,
                    "livemode": payment.livemode,
                    "live_order": payment.order.order_id,
                },
                {"status": 1},
                hint=schema.LIVE_ORDER,
            )
        if holder is not None and holder["_id"] != payment.id:
            raise OrderTaken(holder["_id"], paid=Status(holder["status"]) in PAID)

    def _own(self, charges: Sequence[Document]) -> Sequence[Document]:
        """Those proofs that are no other attempt's: the first keeps it."""
        proofs = [charge["proof"] for charge in charges]
        owners = charge_owners(self._connection, proofs)
        return [c for c in charges if owners.get(c["proof"], c["attempt"]) == c["attempt"]]


def charge_owners(connection: Connection, proofs: Sequence[str]) -> Mapping[str, str]:
    """Which attempt was approved by each of these proofs, where one was."""
    found = connection.read(
        lambda: connection.payments.find(
            {"charges.proof": {"$in": list(proofs)}}, {"charges": 1}, hint=schema.CHARGES
        ).to_list()
    )
    asked = set(proofs)
    charges = [charge for document in found for charge in document["charges"]]
    return {c["proof"]: c["attempt"] for c in charges if c["proof"] in asked}


def _judge_references(payment: Payment) -> None:
    owners: dict[str, str] = {}
    for attempt in payment.attempts:
        for key in attempt.references.unique:
            if owners.setdefault(key, attempt.id) != attempt.id:
                raise ReferenceReused


def _index_of(duplicate: Mapping[str, Any]) -> str | None:
    """Which unique index refused the write, in the server's words."""
    _, _, rest = str(duplicate.get("errmsg", "")).partition(" index: ")
    return rest.split(" ", 1)[0] or None
