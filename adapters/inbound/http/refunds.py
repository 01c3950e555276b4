"""The routes of refunds."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from adapters.inbound.http.answers import RefundAnswer, RefundList
from adapters.inbound.http.bodies import known_id
from adapters.inbound.http.desk import Call, Desk
from adapters.inbound.http.idempotency import Seal
from adapters.inbound.http.models import CloseRefundRequest, RefundRequest
from adapters.inbound.http.operations import Environ, Operation, Route
from adapters.inbound.http.problems import Code
from adapters.inbound.http.replies import Reply, json_reply, reply
from application.edit_payment import owned
from application.ports import Kept, NotFound
from domain.ids import IdKind
from domain.money import Money
from domain.payment import Payment

_TAG = "Refunds"


@dataclass(frozen=True, slots=True)
class RefundRoutes:
    """Ask for one, list a payment's, read, close one that is made by hand."""

    desk: Desk

    def routes(self) -> Iterable[Route]:
        """Each operation with its view."""
        return (
            (REFUND, self.refund),
            (LIST, self.list),
            (READ, self.read),
            (CLOSE, self.close),
        )

    def refund(self, environ: Environ, payment_id: str) -> Reply:
        """POST /v1/payments/{payment_id}/refunds"""
        call = self.desk.plain_call(environ)
        key = call.key()
        wish = call.body(RefundRequest)
        call.payment_id(payment_id)

        def effect(seal: Seal) -> None:
            def keep(payment: Payment) -> Kept:
                new = payment.refunds[-1].id
                return seal(202, self._body_of(payment, new), location=f"/v1/refunds/{new}")

            self.desk.door.refund_payment(
                call.caller,
                payment_id,
                Money(wish.amount) if wish.amount is not None else None,
                reason=wish.reason,
                actor=wish.actor or call.caller.client_id,
                keep=keep,
            )

        return call.once(key, orjson.dumps([wish.amount, wish.reason, wish.actor]), effect)

    def list(self, environ: Environ, payment_id: str) -> Reply:
        """GET /v1/payments/{payment_id}/refunds"""
        call = self.desk.plain_call(environ)
        call.payment_id(payment_id)
        payment = owned(self.desk.door.payments, call.caller, payment_id)
        data = [self.desk.presenter.refund(payment, refund) for refund in payment.refunds]
        return json_reply({"data": data, "next_cursor": None})

    def read(self, environ: Environ, refund_id: str) -> Reply:
        """GET /v1/refunds/{refund_id}"""
        call = self.desk.plain_call(environ)
        return reply(self._body_of(self._payment_of(call, refund_id), refund_id))

    def close(self, environ: Environ, refund_id: str) -> Reply:
        """POST /v1/refunds/{refund_id}/close"""
        call = self.desk.plain_call(environ)
        key = call.key()
        verdict = call.body(CloseRefundRequest)
        self._payment_of(call, refund_id)
        meaning = [verdict.outcome, verdict.actor, verdict.reason, verdict.evidence]
        return call.once(
            key,
            orjson.dumps(meaning),
            lambda seal: self.desk.door.close_refund(
                call.caller,
                refund_id,
                succeeded=verdict.outcome == "succeeded",
                actor=verdict.actor,
                reason=verdict.reason,
                evidence=verdict.evidence,
                keep=lambda payment: seal(200, self._body_of(payment, refund_id)),
            ),
        )

    def _payment_of(self, call: Call, refund_id: str) -> Payment:
        payment = self.desk.door.payments.of_refund(known_id(IdKind.REFUND, refund_id))
        return call.own(payment)

    def _body_of(self, payment: Payment, refund_id: str) -> bytes:
        for refund in payment.refunds:
            if refund.id == refund_id:
                return orjson.dumps(self.desk.presenter.refund(payment, refund))
        raise NotFound


_OF_PAYMENT = "/v1/payments/<payment_id>/refunds"
_PATH = "/v1/refunds/<refund_id>"
REFUND = Operation(
    name="refund_payment",
    method="POST",
    path=_OF_PAYMENT,
    tag=_TAG,
    summary="Refund: the wallet's void where it makes one, else a transfer by hand",
    body=RefundRequest,
    keyed=True,
    answers={202: RefundAnswer},
    located=True,
    refusals=(
        Code.NOT_FOUND,
        Code.ILLEGAL_TRANSITION,
        Code.PAYMENT_UNKNOWN,
        Code.REFUND_EXCEEDS_PAID,
    ),
)
LIST = Operation(
    name="list_refunds",
    method="GET",
    path=_OF_PAYMENT,
    tag=_TAG,
    summary="List a payment's refunds, oldest first",
    answers={200: RefundList},
    refusals=(Code.NOT_FOUND,),
)
READ = Operation(
    name="read_refund",
    method="GET",
    path=_PATH,
    tag=_TAG,
    summary="Read a refund",
    answers={200: RefundAnswer},
    refusals=(Code.NOT_FOUND,),
)
CLOSE = Operation(
    name="close_refund",
    method="POST",
    path=f"{_PATH}/close",
    tag=_TAG,
    summary="Say how a refund by hand ended, with evidence",
    body=CloseRefundRequest,
    keyed=True,
    answers={200: RefundAnswer},
    refusals=(Code.NOT_FOUND, Code.ILLEGAL_TRANSITION),
)
