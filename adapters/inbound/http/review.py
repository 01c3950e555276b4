"""The routes of what a person decides: unknown payments, exceptions, and the dossier they read."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from adapters.inbound.http.answers import PaymentAnswer
from adapters.inbound.http.bodies import known_id
from adapters.inbound.http.desk import Call, Desk
from adapters.inbound.http.dossier import Dossiers
from adapters.inbound.http.idempotency import Seal
from adapters.inbound.http.models import CloseExceptionRequest, ExceptionsQuery, ResolveRequest
from adapters.inbound.http.operations import Environ, Operation, Route
from adapters.inbound.http.problems import Code, invalid
from adapters.inbound.http.replies import Reply, json_reply
from adapters.inbound.http.review_answers import DossierAnswer, ExceptionAnswer, ExceptionList
from application.edit_payment import owned
from application.ports import ExceptionQuery, Kept
from domain.exception_record import Action, ExceptionRecord
from domain.ids import IdKind
from domain.payment import Payment
from domain.reviewing import Verdict

_TAG = "Operators"
_SAYS_A_FACT = frozenset({Action.PAID, Action.NOT_PAID, Action.RETURNED})
"""What is said of money that the wallet did not tell: nobody's word alone."""


@dataclass(frozen=True, slots=True)
class ReviewRoutes:
    """Resolve a payment, list, read and resolve exceptions, read the dossier."""

    desk: Desk

    def routes(self) -> Iterable[Route]:
        """Each operation with its view."""
        return (
            (RESOLVE, self.resolve),
            (DOSSIER, self.dossier),
            (LIST, self.list),
            (READ, self.read),
            (CLOSE, self.close),
        )

    def resolve(self, environ: Environ, payment_id: str) -> Reply:
        """POST /v1/payments/{payment_id}/resolve"""
        call = self.desk.plain_call(environ)
        key = call.key()
        said = call.body(ResolveRequest)
        call.payment_id(payment_id)
        presenter = self.desk.presenter
        return call.once(
            key,
            orjson.dumps([said.outcome, said.actor, said.reason, said.evidence]),
            lambda seal: self.desk.door.resolve_payment(
                call.caller,
                payment_id,
                paid=said.outcome == "paid",
                verdict=Verdict(said.actor, said.reason, said.evidence),
                keep=lambda p: seal(200, presenter.payment_body(p, p.updated_at)),
            ),
        )

    def dossier(self, environ: Environ, payment_id: str) -> Reply:
        """GET /v1/payments/{payment_id}/dossier"""
        call = self.desk.plain_call(environ)
        call.payment_id(payment_id)
        door = self.desk.door
        payment = self.desk.hastened(owned(door.payments, call.caller, payment_id))
        dossiers = Dossiers(self.desk.presenter, door.events, door.deliveries)
        return json_reply(dossiers.of(payment, door.clock().at))

    def list(self, environ: Environ) -> Reply:
        """GET /v1/exceptions"""
        call = self.desk.call(environ)
        query = call.query(ExceptionsQuery)
        only_open = query.status == "open"
        page = self.desk.door.payments.with_exceptions(
            ExceptionQuery(
                merchant_id=call.caller.merchant_id,
                livemode=call.caller.livemode,
                only_open=only_open,
                limit=query.limit,
                cursor=query.cursor,
            )
        )
        now = self.desk.door.clock().at
        data = [
            self.desk.presenter.exception(payment, record, now)
            for payment in page.items
            for record in payment.exceptions
            if record.open or not only_open
        ]
        return json_reply({"data": data, "next_cursor": page.next_cursor})

    def read(self, environ: Environ, exception_id: str) -> Reply:
        """GET /v1/exceptions/{exception_id}"""
        call = self.desk.plain_call(environ)
        payment = self._payment_of(call, exception_id)
        record = _record(payment, exception_id)
        now = self.desk.door.clock().at
        return json_reply(self.desk.presenter.exception(payment, record, now))

    def close(self, environ: Environ, exception_id: str) -> Reply:
        """POST /v1/exceptions/{exception_id}/resolve"""
        call = self.desk.plain_call(environ)
        key = call.key()
        wish = call.body(CloseExceptionRequest)
        self._payment_of(call, exception_id)
        if wish.action in _SAYS_A_FACT and wish.evidence is None:
            raise invalid("/evidence", f"is required for {wish.action}")

        def effect(seal: Seal) -> None:
            def keep(payment: Payment) -> Kept:
                record = _record(payment, exception_id)
                told = self.desk.presenter.exception(payment, record, payment.updated_at)
                return seal(202 if record.open else 200, orjson.dumps(told))

            self.desk.door.close_exception(
                call.caller,
                exception_id,
                wish.action,
                verdict=Verdict(wish.actor, wish.reason, wish.evidence),
                keep=keep,
            )

        meaning = [wish.action, wish.actor, wish.reason, wish.evidence]
        return call.once(key, orjson.dumps(meaning), effect)

    def _payment_of(self, call: Call, exception_id: str) -> Payment:
        payment = self.desk.door.payments.of_exception(known_id(IdKind.EXCEPTION, exception_id))
        return call.own(payment)


def _record(payment: Payment, exception_id: str) -> ExceptionRecord:
    return next(record for record in payment.exceptions if record.id == exception_id)


_OF_PAYMENT = "/v1/payments/<payment_id>"
_PATH = "/v1/exceptions/<exception_id>"
RESOLVE = Operation(
    name="resolve_payment",
    method="POST",
    path=f"{_OF_PAYMENT}/resolve",
    tag=_TAG,
    summary="Say whether the wallet took the money of an unknown payment, with evidence",
    body=ResolveRequest,
    keyed=True,
    answers={200: PaymentAnswer},
    refusals=(Code.NOT_FOUND, Code.ILLEGAL_TRANSITION, Code.PAYMENT_UNKNOWN),
)
DOSSIER = Operation(
    name="read_dossier",
    method="GET",
    path=f"{_OF_PAYMENT}/dossier",
    tag=_TAG,
    summary="Read everything that is known of a payment, and its one timeline",
    answers={200: DossierAnswer},
    refusals=(Code.NOT_FOUND,),
)
LIST = Operation(
    name="list_exceptions",
    method="GET",
    path="/v1/exceptions",
    tag=_TAG,
    summary="List what a person must look at; those of the newest payments first",
    query=ExceptionsQuery,
    answers={200: ExceptionList},
)
READ = Operation(
    name="read_exception",
    method="GET",
    path=_PATH,
    tag=_TAG,
    summary="Read an exception, and what can be decided of it now",
    answers={200: ExceptionAnswer},
    refusals=(Code.NOT_FOUND,),
)
CLOSE = Operation(
    name="resolve_exception",
    method="POST",
    path=f"{_PATH}/resolve",
    tag=_TAG,
    summary="Decide: closed at once (200), or as soon as the wallet has made the void (202)",
    body=CloseExceptionRequest,
    keyed=True,
    answers={200: ExceptionAnswer, 202: ExceptionAnswer},
    refusals=(
        Code.NOT_FOUND,
        Code.ILLEGAL_TRANSITION,
        Code.PAYMENT_UNKNOWN,
        Code.ORDER_IN_PROGRESS,
        Code.ORDER_ALREADY_PAID,
    ),
)
