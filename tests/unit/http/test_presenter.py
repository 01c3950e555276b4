"""Payments and events as JSON, field by field."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from adapters.inbound.http.answers import (
    EndpointAnswer,
    EventAnswer,
    EventSubject,
    PaymentAnswer,
)
from adapters.inbound.http.presenter import Presenter, event_body, instant
from domain.attempt import Attempt, AttemptStatus, Proof, References
from domain.events import Event, EventType
from domain.merchant import OVO_PUSH
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Customer, Order
from domain.payment import Payment, Status
from domain.webhook import Endpoint, Secret
from tests.unit.http.house import OVO

AT = datetime(2026, 11, 23, 10, 15, 30, tzinfo=UTC)
PHONE = Msisdn("081200000001")
PRESENTER = Presenter({"ovo": OVO})
PAYMENT = Payment(
    id="pay_0197",
    merchant_id="mer_1",
    livemode=False,
    order=Order(
        order_id="consult-8812",
        amount=Money(50_000),
        method=OVO_PUSH,
        provider="ovo",
        expires_in=timedelta(hours=1),
        phone=PHONE,
        description="Konsultasi chat",
        customer=Customer("p-123", "id"),
        return_url="https://chat.example/c/8812",
        metadata={"room": "8812"},
    ),
    status=Status.AWAITING_CUSTOMER,
    created_at=AT,
    updated_at=AT,
    expires_at=AT + timedelta(hours=1),
    due_at=None,
    phone=PHONE,
    attempts=(
        Attempt(
            id="att_1",
            number=1,
            provider="ovo",
            status=AttemptStatus.WAITING,
            phone=PHONE,
            references=References(
                {"batch_no": 4, "reference_no": 123, "merchant_invoice": "LUNAS-1"}, ("u",)
            ),
            claimed=Moment(AT, "boot", timedelta()),
            window_ends_at=AT + timedelta(seconds=55),
            worker="w1",
        ),
    ),
    sequence=2,
    version=2,
    payer_name="Sari",
)
ENDED = replace(PAYMENT.attempts[0], status=AttemptStatus.DECLINED, proof=Proof.REFUSED)
SHOWN = {
    "id": "pay_0197",
    "object": "payment",
    "livemode": False,
    "order_id": "consult-8812",
    "amount": 50000,
    "amount_refunded": 0,
    "currency": "IDR",
    "status": "awaiting_customer",
    "reason": None,
    "method": "ovo_push",
    "phone": "08••••••0001",
    "description": "Konsultasi chat",
    "next_action": {
        "type": "approve_in_ovo_app",
        "expires_at": "2026-11-23T10:16:25.000Z",
        "message": {
            "id": "Buka aplikasi OVO, ketuk notifikasi pembayaran, lalu masukkan PIN Anda.",
            "en": "Open the OVO app, tap the payment notification and enter your PIN.",
        },
    },
    "attempts": [
        {
            "id": "att_1",
            "number": 1,
            "provider": "ovo",
            "status": "waiting",
            "phone": "08••••••0001",
            "references": {"batch_no": 4, "reference_no": 123, "merchant_invoice": "LUNAS-1"},
            "asked_at": "2026-11-23T10:15:30.000Z",
            "answered_at": None,
            "response_code": None,
            "proof": None,
            "reversals": 0,
        }
    ],
    "attempts_left": 4,
    "attempts_limit": 5,
    "resend_at": None,
    "refunds": [],
    "provider": {
        "name": "ovo",
        "details": {"approval_code": None, "cash_used": None, "points_used": None},
    },
    "cancel_requested_at": None,
    "pay_url": None,
    "events_url": None,
    "receipt_url": None,
    "created_at": "2026-11-23T10:15:30.000Z",
    "updated_at": "2026-11-23T10:15:30.000Z",
    "expires_at": "2026-11-23T11:15:30.000Z",
    "paid_at": None,
    "sequence": 2,
    "customer": {"id": "p-123", "locale": "id"},
    "wallet_link": None,
    "return_url": "https://chat.example/c/8812",
    "metadata": {"room": "8812"},
}
ENDPOINT = Endpoint(
    id="we_1",
    merchant_id="mer_1",
    livemode=False,
    url="https://chat.example/",
    events=(),
    secrets=(Secret("whsec_canary"),),
    created_at=AT,
)


def test_a_payment_field_by_field() -> None:
    told = json.loads(PRESENTER.payment_body(PAYMENT, AT))
    assert told == SHOWN
    assert list(told) == list(SHOWN)


def test_the_document_tells_exactly_these_fields() -> None:
    PaymentAnswer.model_validate(SHOWN, extra="forbid")
    assert set(PaymentAnswer.model_fields) == set(SHOWN)


def test_neither_the_number_nor_the_name_is_ever_shown() -> None:
    for at in (AT, AT + timedelta(hours=2)):
        told = PRESENTER.payment_body(PAYMENT, at).decode()
        assert PHONE.digits not in told
        assert "Sari" not in told


def test_an_event_carries_the_whole_payment() -> None:
    event = Event("evt_1", EventType.AWAITING_CUSTOMER, "mer_1", False, AT, 2, PAYMENT)
    body = json.loads(PRESENTER.event_body(event))
    assert body == {
        "type": "payment.awaiting_customer",
        "timestamp": "2026-11-23T10:15:30.000Z",
        "data": {"id": "evt_1", "sequence": 2, "payment": SHOWN},
    }
    assert json.loads(event_body(event)) == body
    EventAnswer.model_validate(body, extra="forbid")


def test_an_endpoints_event_has_no_sequence_and_no_secret() -> None:
    event = Event("evt_1", EventType.ENDPOINT_DISABLED, "mer_1", False, AT, None, ENDPOINT)
    body = PRESENTER.event_body(event)
    assert b"whsec_" not in body
    told = json.loads(body)
    assert set(told["data"]) == {"id", "endpoint"}
    EndpointAnswer.model_validate(told["data"]["endpoint"], extra="forbid")
    EventSubject.model_validate(told["data"], extra="forbid")


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 11, 23, 10, 16, 25, tzinfo=UTC), "2026-11-23T10:16:25.000Z"),
        (datetime(2026, 11, 23, 10, 16, 25, 999_999, tzinfo=UTC), "2026-11-23T10:16:25.999Z"),
        (
            datetime(2026, 11, 23, 17, 16, 25, tzinfo=timezone(timedelta(hours=7))),
            "2026-11-23T10:16:25.000Z",
        ),
    ],
)
def test_times_are_utc_with_milliseconds(at: datetime, shown: str) -> None:
    assert instant(at) == shown


def test_a_retry_may_begin_until_one_push_no_longer_fits() -> None:
    waiting = replace(PAYMENT, status=Status.REQUIRES_RETRY, attempts=(ENDED,))
    action = PRESENTER.payment(waiting, AT)["next_action"]
    assert (action["type"], action["expires_at"]) == ("retry", "2026-11-23T11:13:45.000Z")
    assert PRESENTER.payment(waiting, AT + timedelta(minutes=59))["next_action"] is None


def test_details_of_another_provider_are_added_to_the_usual_ones() -> None:
    paid = replace(PAYMENT, details={"approval_code": "410315", "tier": "gold"})
    assert PRESENTER.payment(paid, AT)["provider"]["details"] == {
        "approval_code": "410315",
        "cash_used": None,
        "points_used": None,
        "tier": "gold",
    }
