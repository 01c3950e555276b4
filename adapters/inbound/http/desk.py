"""What every route leans on: letting in, reading, answering once."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from adapters.inbound.http.auth import Doorman
from adapters.inbound.http.bodies import body_of, known_id, query_of, raw_of
from adapters.inbound.http.door import Door
from adapters.inbound.http.gate import Gate
from adapters.inbound.http.idempotency import Idempotency, Seal, key_of
from adapters.inbound.http.inquiries import Inquiries
from adapters.inbound.http.journal import Journal
from adapters.inbound.http.logs import trace_of
from adapters.inbound.http.metrics import HttpMetrics
from adapters.inbound.http.models import NoQuery, QueryModel, RequestModel
from adapters.inbound.http.presenter import Presenter
from adapters.inbound.http.recent import Said
from adapters.inbound.http.replies import Reply
from adapters.inbound.http.waiting import Places, WaitingRoom
from application.edit_payment import owned
from application.ports import NotFound
from domain.errors import LunasError, PaymentIsUnknown
from domain.ids import IdKind
from domain.merchant import Caller
from domain.payment import Payment, Status

Model = TypeVar("Model", bound=RequestModel)
Query = TypeVar("Query", bound=QueryModel)


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a caller who was let in."""

    desk: "Desk"
    environ: dict[str, Any]
    caller: Caller

    def query(self, model: type[Query]) -> Query:
        """The query as this model; raises Refusal."""
        return query_of(self.environ, model)

    def body(self, model: type[Model], *, required: bool = True) -> Model:
        """The body as this model; raises Refusal."""
        return body_of(self.environ, model, self.desk.door.settings.body_bytes, required=required)

    def said(self) -> Said:
        """What the request says, to the byte; raises Refusal."""
        limit = self.desk.door.settings.body_bytes
        return self.environ.get("CONTENT_TYPE"), raw_of(self.environ, limit)

    def payment_id(self, text: str) -> str:
        """The id in the path, noted for the log; raises NotFound."""
        payment_id = known_id(IdKind.PAYMENT, text)
        self.note(payment_id)
        return payment_id

    def note(self, payment_id: str) -> None:
        """Which payment this request is about."""
        trace_of(self.environ).payment_id = payment_id

    def own(self, payment: Payment) -> Payment:
        """The payment, noted for the log, if it is the caller's; raises NotFound otherwise."""
        if payment.merchant_id != self.caller.merchant_id:
            raise NotFound
        if payment.livemode != self.caller.livemode:
            raise NotFound
        self.note(payment.id)
        return payment

    def key(self) -> str:
        """The idempotency key; raises Refusal."""
        return key_of(self.environ)

    def again(self, key: str, said: Said) -> Reply | None:
        """The answer that the very same request got lately, if that is remembered."""
        return self.desk.idempotency.again(self.environ, self.caller, key, said)

    def once(self, key: str, meaning: bytes, effect: Callable[[Seal], object]) -> Reply:
        """The answer of the effect, which happens once for this key.

        One that is refused because the payment is unknown brings its next check forward.
        """
        try:
            return self.desk.idempotency.once(self.environ, self.caller, key, meaning, effect)
        except PaymentIsUnknown:
            payment_id = trace_of(self.environ).payment_id
            with suppress(LunasError):
                if payment_id is not None:
                    self.desk.hastened(owned(self.desk.door.payments, self.caller, payment_id))
            raise


@dataclass(frozen=True, slots=True)
class Desk:
    """The door and the tools that its routes share."""

    door: Door
    doorman: Doorman
    gate: Gate | None
    presenter: Presenter
    idempotency: Idempotency
    room: WaitingRoom
    searches: Places
    inquiries: Inquiries
    metrics: HttpMetrics
    journal: Journal
    providers_by_method: Mapping[str, str]

    @classmethod
    def of(cls, door: Door, metrics: HttpMetrics, journal: Journal) -> "Desk":
        """The desk behind this door."""
        settings = door.settings
        return cls(
            door=door,
            doorman=Doorman(door.directory),
            gate=Gate(door.limiter) if door.limiter else None,
            presenter=Presenter.of(door.providers.values()),
            idempotency=Idempotency(door.idempotency, door.fingerprint, door.clock),
            room=WaitingRoom(door.changes, settings.waiting_places, metrics.waiting),
            searches=Places(settings.search_places),
            inquiries=Inquiries(door.loop, settings.inquiry_places, settings.inquiry_within),
            metrics=metrics,
            journal=journal,
            providers_by_method={p.method: p.name for p in door.providers.values()},
        )

    def call(self, environ: dict[str, Any]) -> Call:
        """The request, if its caller may come in; raises Refusal (401, 429)."""
        caller = self.doorman.admit(environ)
        trace = trace_of(environ)
        trace.client_id = caller.client_id
        if self.gate is not None:
            self.gate.let_through(caller, trace)
        return Call(self, environ, caller)

    def hastened(self, payment: Payment) -> Payment:
        """The payment, which was just read; if it is unknown, its next check comes sooner.

        Whoever reads is answered even where that cannot be written down.
        """
        if payment.status is not Status.UNKNOWN:
            return payment
        try:
            return self.door.hasten_check.sooner(payment)
        except LunasError:
            return payment

    def plain_call(self, environ: dict[str, Any]) -> Call:
        """Like `call`, for a path that takes no parameters."""
        call = self.call(environ)
        call.query(NoQuery)
        return call
