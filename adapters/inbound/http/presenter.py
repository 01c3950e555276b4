"""Payments, events and endpoints as the JSON that the API and the webhooks speak."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from domain import reviewing
from domain.attempt import Attempt
from domain.events import Event
from domain.exception_record import Closing, ExceptionRecord
from domain.next_action import NextAction
from domain.payment import Payment
from domain.provider import Provider
from domain.reason import Reason, Texts
from domain.refund import Refund
from domain.rules import Rules
from domain.wallet_link import WalletLink
from domain.webhook import Delivery, DeliveryStatus, Endpoint

Json = dict[str, Any]
_USUAL_RULES = Rules()
"""Of a provider that is not offered here any more."""
_NO_DETAILS: Json = {"approval_code": None, "cash_used": None, "points_used": None}
_MESSAGES: Mapping[NextAction, Json] = {
    NextAction.COLLECT_PHONE: {
        "id": "Masukkan nomor HP yang terdaftar di OVO.",
        "en": "Enter the mobile number that is registered with OVO.",
    },
    NextAction.APPROVE_IN_OVO_APP: {
        "id": "Buka aplikasi OVO, ketuk notifikasi pembayaran, lalu masukkan PIN Anda.",
        "en": "Open the OVO app, tap the payment notification and enter your PIN.",
    },
    NextAction.REDIRECT: {
        "id": "Lanjutkan di halaman OVO untuk menyetujui pembayaran ini.",
        "en": "Continue on OVO's page to approve this payment.",
    },
    NextAction.SHOW_QR: {
        "id": "Pindai kode QR ini dengan aplikasi OVO atau aplikasi lain yang menerima QRIS.",
        "en": "Scan this QR code with the OVO app, or any app that takes QRIS.",
    },
    NextAction.RETRY: {
        "id": "Pembayaran belum berhasil dan Anda tidak ditagih. Silakan coba lagi.",
        "en": "The payment did not go through and you were not charged. Please try again.",
    },
}

_AGREE: Json = {
    "id": "Lanjutkan ke halaman OVO dan masukkan PIN Anda untuk menghubungkan akun.",
    "en": "Go on to OVO's page and enter your PIN to link your account.",
}


def instant(at: datetime) -> str:
    """UTC with milliseconds: `2026-11-23T10:16:25.000Z`."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    # `isoformat` would take three times as long. Without microseconds orjson writes no fraction.
    text = orjson.dumps(at, option=orjson.OPT_UTC_Z).decode()
    return f"{text[1:24]}Z" if at.microsecond else f"{text[1:20]}.000Z"


def instant_or_none(at: datetime | None) -> str | None:
    """Like `instant`, where there may be none."""
    return None if at is None else instant(at)


@dataclass(frozen=True, slots=True)
class Presenter:
    """Knows every field name of the API, and no rule. `providers` are found by their name."""

    providers: Mapping[str, Provider] = field(default_factory=dict)

    @classmethod
    def of(cls, providers: Iterable[Provider]) -> "Presenter":
        """The presenter of a house with these providers."""
        return cls({provider.name: provider for provider in providers})

    def payment(self, payment: Payment, at: datetime) -> Json:
        """The payment as it can be told at that time; its phone masked."""
        order, rules = payment.order, self.rules(payment)
        customer = order.customer
        created_at = instant(payment.created_at)
        fresh = payment.updated_at == payment.created_at
        return {
            "id": payment.id,
            "object": "payment",
            "livemode": payment.livemode,
            "order_id": order.order_id,
            "amount": order.amount.rupiah,
            "amount_refunded": payment.amount_refunded.rupiah,
            "currency": "IDR",
            "status": payment.status,
            "reason": _reason(payment.reason) if payment.reason else None,
            "method": order.method,
            "phone": payment.phone.masked if payment.phone else None,
            "description": order.description,
            "next_action": _next_action(payment, at, rules),
            "attempts": [attempt_json(attempt) for attempt in payment.attempts],
            "attempts_left": payment.attempts_left(rules),
            "attempts_limit": rules.most_attempts,
            "resend_at": instant_or_none(payment.resend_at(rules)),
            "refunds": [refund.id for refund in payment.refunds],
            "provider": {"name": order.provider, "details": {**_NO_DETAILS, **payment.details}},
            "cancel_requested_at": instant_or_none(payment.cancel_requested_at),
            "pay_url": None,
            "events_url": None,
            "receipt_url": None,
            "created_at": created_at,
            "updated_at": created_at if fresh else instant(payment.updated_at),
            "expires_at": instant(payment.expires_at),
            "paid_at": instant_or_none(payment.paid_at),
            "sequence": payment.sequence,
            "customer": {"id": customer.id, "locale": customer.locale} if customer else None,
            "wallet_link": order.link_id,
            "return_url": order.return_url,
            "metadata": dict(order.metadata),
        }

    def payment_body(self, payment: Payment, at: datetime) -> bytes:
        """The payment as an answer."""
        return orjson.dumps(self.payment(payment, at))

    def wallet_link(self, link: WalletLink) -> Json:
        """The link, its number masked; none of its secrets but where its customer goes."""
        step = {"type": "redirect", "url": link.url, "expires_at": instant(link.expires_at)}
        return {
            "id": link.id,
            "object": "wallet_link",
            "livemode": link.livemode,
            "provider": link.provider,
            "status": link.status,
            "reason": link.reason,
            "customer": {"id": link.customer_id},
            "phone": link.phone.masked,
            "next_action": {**step, "message": _AGREE} if link.pending and link.url else None,
            "return_url": link.return_url,
            "created_at": instant(link.created_at),
            "updated_at": instant(link.updated_at),
            "expires_at": instant(link.expires_at) if link.pending else None,
        }

    def wallet_link_body(self, link: WalletLink) -> bytes:
        """The link as an answer."""
        return orjson.dumps(self.wallet_link(link))

    def endpoint(self, endpoint: Endpoint) -> Json:
        """The endpoint without its secret."""
        return {
            "id": endpoint.id,
            "object": "webhook_endpoint",
            "livemode": endpoint.livemode,
            "url": endpoint.url,
            "events": list(endpoint.events),
            "status": endpoint.status,
            "disabled_reason": endpoint.disabled_reason,
            "created_at": instant(endpoint.created_at),
        }

    def endpoint_with_secret(self, endpoint: Endpoint) -> Json:
        """The endpoint with its newest secret: for the answers that made it, and no others."""
        return self.endpoint(endpoint) | {"secret": endpoint.secrets[0].value}

    def event(self, event: Event) -> Json:
        """The event as webhooks carry it, with the state of its subject then."""
        data: Json = {"id": event.id}
        match event.subject:
            case Payment() as payment:
                data["sequence"] = event.sequence
                data["payment"] = self.payment(payment, event.at)
                for refund in payment.refunds:
                    if refund.id == event.refund_id:
                        data["refund"] = self.refund(payment, refund)
            case WalletLink() as link:
                data["wallet_link"] = self.wallet_link(link)
            case endpoint:
                data["endpoint"] = self.endpoint(endpoint)
        return {"type": event.type, "timestamp": instant(event.at), "data": data}

    def event_body(self, event: Event) -> bytes:
        """The body of a webhook."""
        return orjson.dumps(self.event(event))

    def refund(self, payment: Payment, refund: Refund) -> Json:
        """One refund of the payment."""
        return {
            "id": refund.id,
            "object": "refund",
            "payment_id": payment.id,
            "amount": refund.amount.rupiah,
            "status": refund.status,
            "kind": refund.kind,
            "reason": refund.reason,
            "actor": refund.actor,
            "created_at": instant(refund.created_at),
            "updated_at": instant(refund.updated_at),
            "closed_by": refund.closed_by,
            "evidence": refund.evidence,
        }

    def exception(self, payment: Payment, record: ExceptionRecord, at: datetime) -> Json:
        """One exception of the payment, with what can be decided of it at that time."""
        closed = record.closed
        actions = reviewing.offered(payment, record, at, self.rules(payment))
        return {
            "id": record.id,
            "object": "exception",
            "kind": record.kind,
            "payment_id": payment.id,
            "order_id": payment.order.order_id,
            "attempt_id": record.attempt_id,
            "amount": record.amount.rupiah,
            "age": _whole_seconds((closed.at if closed else at) - record.opened_at),
            "opened_at": instant(record.opened_at),
            "code": record.code,
            "status": "open" if record.open else "closed",
            "suggested_action": actions[0] if actions else None,
            "actions": actions,
            "closed": _closing(closed) if closed else None,
        }

    def rules(self, payment: Payment) -> Rules:
        """The numbers that this payment goes by."""
        provider = self.providers.get(payment.order.provider)
        return provider.rules if provider else _USUAL_RULES


def event_body(event: Event) -> bytes:
    """The body of a webhook by the usual clocks; `Presenter.event_body` knows those set."""
    return Presenter().event_body(event)


def delivery(delivery: Delivery) -> Json:
    """One delivery of an event."""
    pending = delivery.status is DeliveryStatus.PENDING
    return {
        "id": delivery.id,
        "endpoint_id": delivery.endpoint_id,
        "status": delivery.status,
        "tries": delivery.tries,
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "last_at": instant_or_none(delivery.last_at),
        "due_at": instant(delivery.due_at) if pending else None,
    }


def _reason(reason: Reason) -> Json:
    return {
        "code": reason.code,
        "provider_code": reason.provider_code,
        "retryable": reason.retryable,
        "who_can_fix": reason.who_can_fix,
        "message": _texts(reason.message),
    }


def _texts(texts: Texts) -> Json:
    return {"id": texts.id, "en": texts.en}


def attempt_json(attempt: Attempt) -> Json:
    """One attempt, its phone masked."""
    return {
        "id": attempt.id,
        "number": attempt.number,
        "provider": attempt.provider,
        "status": attempt.status,
        "phone": attempt.phone.masked if attempt.phone else None,
        "references": {**attempt.references.shown, **attempt.handle},
        "asked_at": instant(attempt.claimed.at),
        "answered_at": instant_or_none(attempt.answered_at),
        "response_code": attempt.response_code,
        "proof": attempt.proof,
        "reversals": len(attempt.follow_up.reversals),
    }


def _next_action(payment: Payment, at: datetime, rules: Rules) -> Json | None:
    action = payment.next_action(at, rules)
    if action is None:
        return None
    live = payment.live_attempt
    until = live.window_ends_at if live else payment.expires_at - rules.clocks.horizon
    told: Json = {"type": action, "expires_at": instant(until), "message": _MESSAGES[action]}
    step = payment.shown(at)
    if step is None:
        return told
    if step.url is not None:
        told["url"] = step.url
    if step.qr is not None:
        told["qr"] = step.qr
    return told


def _closing(closing: Closing) -> Json:
    return {
        "at": instant(closing.at),
        "actor": closing.actor,
        "action": closing.action,
        "reason": closing.reason,
        "evidence": closing.evidence,
    }


def _whole_seconds(age: timedelta) -> int:
    return max(0, int(age.total_seconds()))
