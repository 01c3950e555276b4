"""Builders: each gives a complete thing, of which a test names only what matters to it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from application.ports import Fingerprint, Heartbeat, Kept, Notice
from domain.attempt import References
from domain.events import Event, EventType
from domain.exception_record import Closing
from domain.ids import IdKind, new_id
from domain.merchant import OVO_PUSH, ApiClient, Merchant, ProviderAccount, Stop
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Customer, Order
from domain.outcome import Approved, Declined, Doubt, Outcome, Unknown
from domain.payment import Change, Payment, Status
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix
from domain.rules import Rules
from domain.settling import Knowledge
from domain.wallet_link import (
    FINISH_WITHIN,
    CustomerTokens,
    LinkSecrets,
    LinkStatus,
    WalletLink,
)
from domain.webhook import Delivery, Endpoint, Secret

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
"""Noon in Jakarta."""
PHONE = Msisdn("081234567890")
MERCHANT = "mer_1"
RULES = Rules()
CLOCKS = RULES.clocks
DECLINE = Reason(
    code=ReasonCode.INSUFFICIENT_BALANCE,
    provider_code="51",
    retryable=True,
    who_can_fix=WhoCanFix.CUSTOMER,
    message=Texts(id="Saldo tidak cukup.", en="The balance is too low."),
)
_numbers: Iterator[int] = count(1)


def a_codec() -> Codec:
    """A codec with one key, the same each time."""
    return Codec(a_keyring())


def a_keyring() -> Keyring:
    """A key ring with one key, the same each time."""
    return Keyring([("k1", bytes(range(32)))])


def an_id(kind: IdKind, at: datetime = NOON) -> str:
    """A fresh id of that time; later ones sort after earlier ones."""
    return new_id(kind, int(at.timestamp() * 1_000), next(_numbers).to_bytes(10))


def after(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


def an_order(**changes: Any) -> Order:
    """An order to be pushed to a known phone; each has its own order id."""
    order = Order(
        order_id=f"order-{next(_numbers)}",
        amount=Money(150_000),
        method=OVO_PUSH,
        provider="ovo",
        expires_in=timedelta(hours=1),
        phone=PHONE,
        description="Konsultasi",
        customer=Customer("chat-7", "en"),
        return_url="https://chat.example/back",
        metadata={"chat": "7"},
    )
    return replace(order, **changes)


def a_start(
    *,
    at: datetime = NOON,
    merchant_id: str = MERCHANT,
    livemode: bool = False,
    **changes: Any,
) -> Change:
    """The first change of a new payment; `changes` are the order's."""
    return Payment.start(
        id=an_id(IdKind.PAYMENT, at),
        merchant_id=merchant_id,
        livemode=livemode,
        order=an_order(**changes),
        at=at,
        event_id=an_id(IdKind.EVENT, at),
    )


def a_claim(
    payment: Payment,
    *,
    at: datetime | None = None,
    worker: str = "worker-1",
    unique: tuple[str, ...] | None = None,
) -> Change:
    """The payment's next attempt, written down."""
    number = next(_numbers)
    claimed = at or payment.updated_at + timedelta(seconds=1)
    return payment.push(
        attempt_id=an_id(IdKind.ATTEMPT, claimed),
        references=References({"batch": 1, "reference": number}, unique or (f"t|m|{number}",)),
        claim=Moment(claimed, "boot-1", timedelta(seconds=number)),
        worker=worker,
        rules=RULES,
        new_event_id=lambda: an_id(IdKind.EVENT, claimed),
    )


def an_outcome_of(payment: Payment, outcome: Outcome, *, at: datetime | None = None) -> Change:
    """What an answer to the payment's latest attempt changes."""
    answered = at or payment.updated_at + timedelta(seconds=1)
    change = payment.record(
        payment.attempts[-1].id,
        outcome,
        known=Knowledge(answered, RULES, lambda kind: an_id(kind, answered)),
    )
    assert change is not None
    return change


def an_approval() -> Approved:
    """The wallet took the money."""
    return Approved("00", {"approval_code": "A1", "points": 0}, payer_name="Siti Rahayu")


def a_decline(*, final: bool = False) -> Declined:
    """The wallet refused."""
    return Declined("51", DECLINE, final=final)


def a_settlement(payment: Payment) -> Change:
    """Every open exception of the payment, closed by a person."""
    at = payment.updated_at + timedelta(seconds=1)
    closing = Closing(at, "operator", "given_back", "by bank transfer")
    closed = [replace(e, closed=closing) if e.open else e for e in payment.exceptions]
    settled = replace(payment, exceptions=tuple(closed), updated_at=at, version=payment.version + 1)
    return Change(settled, ())


def a_cancellation(payment: Payment) -> Change:
    """The payment given up before anything was out."""
    at = payment.updated_at + timedelta(seconds=1)
    change = payment.cancel(at=at, new_event_id=lambda: an_id(IdKind.EVENT, at))
    assert change is not None
    return change


def a_story(*outcomes: Outcome, **changes: Any) -> list[Change]:
    """All changes of a payment: started, then claimed and answered for each outcome."""
    story = [a_start(**changes)]
    for outcome in outcomes:
        payment = story[-1].payment
        if payment.status is Status.REQUIRES_RETRY:
            at = payment.attempts[-1].claimed.at + timedelta(minutes=1)
            story.append(payment.ask_again(None, at=at, rules=RULES))
            payment = story[-1].payment
        story.append(a_claim(payment))
        story.append(an_outcome_of(story[-1].payment, outcome))
    return story


def a_payment(*outcomes: Outcome, **changes: Any) -> Payment:
    """The payment at the end of its story."""
    return a_story(*outcomes, **changes)[-1].payment


def an_endpoint(**changes: Any) -> Endpoint:
    """An enabled endpoint for every event."""
    endpoint = Endpoint(
        id=an_id(IdKind.ENDPOINT),
        merchant_id=MERCHANT,
        livemode=False,
        url="https://chat.example/hook",
        events=(),
        secrets=(Secret("whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"),),
        created_at=NOON,
    )
    return replace(endpoint, **changes)


def a_link(**changes: Any) -> WalletLink:
    """A customer on the wallet's page, about to agree."""
    link = WalletLink(
        id=an_id(IdKind.WALLET_LINK),
        merchant_id=MERCHANT,
        livemode=False,
        provider="ovo_snap",
        customer_id="p-1",
        phone=PHONE,
        status=LinkStatus.PENDING,
        created_at=NOON,
        updated_at=NOON,
        expires_at=NOON + FINISH_WITHIN,
        return_url="https://chat.example/wallet",
        url="https://wallet.example/agree?t=canary-url",
        secrets=LinkSecrets(linkage_token="canary-linkage"),
    )
    return replace(link, **changes)


def some_tokens() -> CustomerTokens:
    """What the wallet gives for the code: for 15 days, to be renewed without an end."""
    return CustomerTokens("canary-access", NOON + timedelta(days=15), "canary-refresh")


def an_active_link(**changes: Any) -> WalletLink:
    """A customer's wallet that can be charged."""
    ready: dict[str, Any] = {
        "status": LinkStatus.ACTIVE,
        "url": None,
        "secrets": LinkSecrets(tokens=some_tokens()),
    }
    return a_link(**{**ready, **changes})


def an_endpoint_event(endpoint: Endpoint, at: datetime = NOON) -> Event:
    """An event that belongs to no payment."""
    return Event(
        id=an_id(IdKind.EVENT, at),
        type=EventType.ENDPOINT_DISABLED,
        merchant_id=endpoint.merchant_id,
        livemode=endpoint.livemode,
        at=at,
        sequence=None,
        subject=endpoint,
    )


def a_delivery(event_id: str, endpoint_id: str, **changes: Any) -> Delivery:
    """A pending delivery, due at noon."""
    delivery = Delivery(
        id=an_id(IdKind.DELIVERY),
        event_id=event_id,
        endpoint_id=endpoint_id,
        merchant_id=MERCHANT,
        livemode=False,
        created_at=NOON,
        due_at=NOON,
    )
    return replace(delivery, **changes)


def a_merchant(**changes: Any) -> Merchant:
    """A clinic."""
    return replace(Merchant(an_id(IdKind.MERCHANT), "Klinik Sehat", NOON), **changes)


def a_client(**changes: Any) -> ApiClient:
    """An API client of MERCHANT's in test mode."""
    client = ApiClient(
        id=an_id(IdKind.CLIENT),
        merchant_id=MERCHANT,
        livemode=False,
        name="chat backend",
        key_sha256=f"{next(_numbers):064x}",
        created_at=NOON,
    )
    return replace(client, **changes)


def an_account(**changes: Any) -> ProviderAccount:
    """MERCHANT's test account at OVO."""
    account = ProviderAccount(
        merchant_id=MERCHANT,
        provider="ovo",
        livemode=False,
        credentials={"tid": "10000001", "app_key": "credential-canary"},
    )
    return replace(account, **changes)


def a_stop(payment_id: str = "pay_1") -> Stop:
    """The provider refuses the account."""
    return Stop("63", NOON, payment_id, after(60))


def a_heartbeat(worker: str = "worker-1", at: datetime = NOON) -> Heartbeat:
    """A sign of life."""
    return Heartbeat(worker, at, None)


def a_kept(scope: str | None = None, **changes: Any) -> Kept:
    """An answer kept for 30 days."""
    kept = Kept(
        scope=scope or f"cli_1 POST /v1/payments key-{next(_numbers)}",
        fingerprint=Fingerprint("k1", "ab" * 32),
        status=202,
        headers={"location": "/v1/payments/pay_1"},
        body=b'{"id":"pay_1"}\n\x00\xff',
        expires_at=NOON + timedelta(days=30),
    )
    return replace(kept, **changes)


def a_notice(**changes: Any) -> Notice:
    """A notification as it came, at noon unless another time is named."""
    at = changes.get("received_at", NOON)
    notice = Notice(
        id=an_id(IdKind.NOTICE, at),
        provider="ovo",
        path="/notifications/ovo",
        headers={"content-type": "application/json", "x-signature": "00"},
        body=b'{"reference":"R1","amount":150000}',
        received_at=at,
    )
    return replace(notice, **changes)


def a_doubt(why: Doubt = Doubt.SILENCE) -> Unknown:
    """No answer that can be trusted."""
    return Unknown(why)
