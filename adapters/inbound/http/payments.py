"""The routes of payments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from adapters.inbound.http.answers import PaymentAnswer, PaymentList
from adapters.inbound.http.bodies import read_ahead
from adapters.inbound.http.desk import Call, Desk
from adapters.inbound.http.idempotency import Effect, Seal
from adapters.inbound.http.models import (
    CancelRequest,
    EmptyRequest,
    PaymentRequest,
    PaymentsQuery,
    PushRequest,
    WaitQuery,
    order_meaning,
)
from adapters.inbound.http.operations import Environ, Operation, Route, StepsView
from adapters.inbound.http.problems import Code, invalid
from adapters.inbound.http.replies import Reply, json_reply, reply
from application.edit_payment import owned
from application.ports import PaymentQuery
from application.steps import Steps, finished
from domain.money import Money
from domain.msisdn import Msisdn
from domain.payment import Payment, Status

NOTHING_MEANT = b"{}"
"""The meaning of a request that says nothing but its path."""
_TAG = "Payments"


@dataclass(frozen=True, slots=True)
class PaymentRoutes:
    """Start, read, list, push, cancel and check."""

    desk: Desk

    def routes(self) -> Iterable[Route]:
        """Each operation with its view."""
        return (
            (START, self.start),
            (READ, self.read),
            (LIST, self.list),
            (PUSH, self.push),
            (CANCEL, self.cancel),
            (CHECK, self.check),
        )

    def stepped(self) -> Mapping[tuple[str, str], StepsView]:
        """The views in steps, by method and path."""
        return {(START.method, START.path): self.start_in_steps}

    def start(self, environ: Environ) -> Reply:
        """POST /v1/payments"""
        return finished(self.start_in_steps(environ))

    def start_in_steps(self, environ: Environ) -> Steps[Reply]:
        """The same in steps; the body is read at once, for it may be long in coming."""
        read_ahead(environ, self.desk.door.settings.body_bytes)
        return self._start(environ)

    def _start(self, environ: Environ) -> Steps[Reply]:
        call = self.desk.plain_call(environ)
        key, said = call.key(), call.said()
        again = call.again(key, said)
        if again is not None:
            return again
        yield None
        wish = call.body(PaymentRequest)
        yield None
        choose = self.desk.door.choose_provider
        provider = choose(call.caller, wish.method, Money(wish.amount), wish.order_id)
        if provider is None:
            offered = ", ".join(sorted(choose.methods()))
            raise invalid("/method", f"must be one of: {offered}")
        order = wish.order(provider)
        yield None

        def effect(seal: Seal) -> Effect:
            payment = yield from self.desk.door.start_payment.steps(
                call.caller,
                order,
                lambda payment: seal(
                    202,
                    self._body_of(payment),
                    location=f"/v1/payments/{payment.id}",
                    at=payment.created_at,
                ),
            )
            call.note(payment.id)
            return payment

        return (
            yield from self.desk.idempotency.steps(
                environ, call.caller, key, order_meaning(order), effect, look_first=False, said=said
            )
        )

    def read(self, environ: Environ, payment_id: str) -> Reply:
        """GET /v1/payments/{payment_id}"""
        call = self.desk.call(environ)
        query = call.query(WaitQuery)
        call.payment_id(payment_id)
        headers = {}
        payment = self.desk.hastened(self._owned(call, payment_id))
        if query.wait is not None:
            with self.desk.room.place() as placed:
                if placed:
                    payment = self.desk.room.until_changed(
                        payment_id,
                        lambda: self._owned(call, payment_id),
                        query.sequence,
                        query.wait,
                    )
                else:
                    headers = {"Retry-After": "1"}
        body = self.desk.presenter.payment_body(payment, self.desk.door.clock().at)
        return reply(body, headers=headers)

    def list(self, environ: Environ) -> Reply:
        """GET /v1/payments"""
        call = self.desk.call(environ)
        query = call.query(PaymentsQuery)
        page = self.desk.door.payments.find(
            PaymentQuery(
                merchant_id=call.caller.merchant_id,
                livemode=call.caller.livemode,
                order_id=query.order_id,
                status=query.status,
                created_after=query.created_after,
                created_before=query.created_before,
                limit=query.limit,
                cursor=query.cursor,
            )
        )
        now = self.desk.door.clock().at
        data = [self.desk.presenter.payment(payment, now) for payment in page.items]
        return json_reply({"data": data, "next_cursor": page.next_cursor})

    def push(self, environ: Environ, payment_id: str) -> Reply:
        """POST /v1/payments/{payment_id}/push"""
        call = self.desk.plain_call(environ)
        key = call.key()
        wish = call.body(PushRequest, required=False)
        phone = Msisdn.parse(wish.phone) if wish.phone is not None else None
        call.payment_id(payment_id)
        meaning = orjson.dumps([phone.digits if phone else None])
        return call.once(
            key,
            meaning,
            lambda seal: self.desk.door.request_push(
                call.caller, payment_id, phone, lambda p: seal(202, self._body_of(p))
            ),
        )

    def cancel(self, environ: Environ, payment_id: str) -> Reply:
        """POST /v1/payments/{payment_id}/cancel"""
        call = self.desk.plain_call(environ)
        key = call.key()
        actor = call.body(CancelRequest, required=False).actor
        call.payment_id(payment_id)

        def effect(seal: Seal) -> None:
            payment = self.desk.door.cancel_payment(
                call.caller,
                payment_id,
                lambda p: seal(200 if p.status is Status.CANCELED else 202, self._body_of(p)),
                actor=actor,
            )
            self.desk.hastened(payment)

        return call.once(key, orjson.dumps([actor]) if actor else NOTHING_MEANT, effect)

    def check(self, environ: Environ, payment_id: str) -> Reply:
        """POST /v1/payments/{payment_id}/check"""
        call = self.desk.plain_call(environ)
        key = call.key()
        call.body(EmptyRequest, required=False)
        call.payment_id(payment_id)
        return call.once(
            key,
            NOTHING_MEANT,
            lambda seal: self.desk.door.hasten_check(
                call.caller, payment_id, lambda p: seal(202, self._body_of(p))
            ),
        )

    def _owned(self, call: Call, payment_id: str) -> Payment:
        return owned(self.desk.door.payments, call.caller, payment_id)

    def _body_of(self, payment: Payment) -> bytes:
        return self.desk.presenter.payment_body(payment, payment.updated_at)


_PATH = "/v1/payments/<payment_id>"
START = Operation(
    name="start_payment",
    method="POST",
    path="/v1/payments",
    tag=_TAG,
    summary="Start a payment; the push follows by itself when the phone is known",
    body=PaymentRequest,
    keyed=True,
    answers={202: PaymentAnswer},
    located=True,
    refusals=(
        Code.ORDER_IN_PROGRESS,
        Code.ORDER_ALREADY_PAID,
        Code.WALLET_LINK_INACTIVE,
        Code.PROVIDER_MISCONFIGURED,
        Code.QUEUE_FULL,
    ),
)
READ = Operation(
    name="read_payment",
    method="GET",
    path=_PATH,
    tag=_TAG,
    summary="Read a payment, at once or when it changes",
    query=WaitQuery,
    answers={200: PaymentAnswer},
    may_say_later=True,
    refusals=(Code.NOT_FOUND,),
)
LIST = Operation(
    name="list_payments",
    method="GET",
    path="/v1/payments",
    tag=_TAG,
    summary="List payments, newest first",
    query=PaymentsQuery,
    answers={200: PaymentList},
)
PUSH = Operation(
    name="push_payment",
    method="POST",
    path=f"{_PATH}/push",
    tag=_TAG,
    summary="Push: for the first time, once more, or to another number",
    body=PushRequest,
    body_required=False,
    keyed=True,
    answers={202: PaymentAnswer},
    refusals=(
        Code.NOT_FOUND,
        Code.ILLEGAL_TRANSITION,
        Code.PAYMENT_UNKNOWN,
        Code.COOLDOWN,
        Code.ATTEMPTS_EXHAUSTED,
    ),
)
CANCEL = Operation(
    name="cancel_payment",
    method="POST",
    path=f"{_PATH}/cancel",
    tag=_TAG,
    summary="Cancel: at once (200), or as soon as a push in flight is settled (202)",
    body=CancelRequest,
    body_required=False,
    keyed=True,
    answers={200: PaymentAnswer, 202: PaymentAnswer},
    refusals=(Code.NOT_FOUND, Code.ILLEGAL_TRANSITION, Code.CONCURRENT_CHANGE),
)
CHECK = Operation(
    name="check_payment",
    method="POST",
    path=f"{_PATH}/check",
    tag=_TAG,
    summary="Have the wallet asked about an unknown payment as soon as the rules allow",
    body=EmptyRequest,
    body_required=False,
    keyed=True,
    answers={202: PaymentAnswer},
    refusals=(Code.NOT_FOUND,),
)
