"""What answers say: models for the document alone; the presenter builds the JSON itself."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from adapters.inbound.http.problems import Code
from domain.attempt import AttemptStatus, Proof
from domain.events import EventType
from domain.payment import NextAction, Status
from domain.reason import ReasonCode, WhoCanFix
from domain.refund import RefundKind, RefundStatus
from domain.wallet_link import LinkEnd, LinkStatus
from domain.webhook import DeliveryStatus, EndpointStatus

Instant = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-23T10:16:25.000Z"])
]
Masked = Annotated[str, Field(pattern="^08•{6}[0-9]{4}$", examples=["08••••••0001"])]


class Texts(BaseModel):
    """A message in the patient's two languages."""

    id: str
    en: str


class NextActionAnswer(BaseModel):
    """Whose move it is: what the customer can do now, and until when."""

    type: NextAction
    expires_at: Instant
    message: Texts
    url: str | None = Field(
        default=None, description="Where the customer goes; with `redirect` alone."
    )
    qr: str | None = Field(default=None, description="What the QR code says; with `show_qr` alone.")


class ReasonAnswer(BaseModel):
    """Why the payment is where it is."""

    code: ReasonCode
    provider_code: str | None
    retryable: bool
    who_can_fix: WhoCanFix
    message: Texts


class AttemptAnswer(BaseModel):
    """One push, and what came of it."""

    id: str
    number: int
    provider: str
    status: AttemptStatus
    phone: Masked
    references: dict[str, str | int]
    asked_at: Instant
    answered_at: Instant | None
    response_code: str | None
    proof: Proof | None = Field(description="What proved that it was not charged.")
    reversals: int = Field(description="How many reversals of it were decided.")


class ProviderAnswer(BaseModel):
    """Who charges, and the wallet's own facts of a success."""

    name: str
    details: dict[str, str | int | None]


class CustomerAnswer(BaseModel):
    """As it was given."""

    id: str | None
    locale: str


class PaymentAnswer(BaseModel):
    """A payment and all that is known of its money."""

    id: str
    object: Literal["payment"]
    livemode: bool
    order_id: str
    amount: int
    amount_refunded: int
    currency: Literal["IDR"]
    status: Status
    reason: ReasonAnswer | None
    method: str
    phone: Masked | None
    description: str | None
    next_action: NextActionAnswer | None
    attempts: list[AttemptAnswer]
    attempts_left: int = Field(description="Pushes that may still reach the customer.")
    attempts_limit: int = Field(description="Pushes that may reach the customer in all.")
    resend_at: Instant | None = Field(
        description="From when on another push may be asked for; null when none may, as it stands."
    )
    refunds: list[str] = Field(description="The ids of its refunds, oldest first.")
    provider: ProviderAnswer
    cancel_requested_at: Instant | None
    pay_url: str | None
    events_url: str | None
    receipt_url: str | None
    created_at: Instant
    updated_at: Instant
    expires_at: Instant
    paid_at: Instant | None
    sequence: int = Field(description="How many events of this payment have been told.")
    customer: CustomerAnswer | None
    wallet_link: str | None = Field(description="The link that is charged, if one is.")
    return_url: str | None
    metadata: dict[str, str]


class PaymentList(BaseModel):
    """A page of payments, newest first."""

    data: list[PaymentAnswer]
    next_cursor: str | None


class InquiryAnswer(BaseModel):
    """Whether the number has a wallet; null when the wallet does not say."""

    registered: bool | None


class EndpointAnswer(BaseModel):
    """A webhook endpoint; no events means all of them."""

    id: str
    object: Literal["webhook_endpoint"]
    livemode: bool
    url: str
    events: list[EventType]
    status: EndpointStatus
    disabled_reason: str | None
    created_at: Instant


class EndpointSecretAnswer(EndpointAnswer):
    """A webhook endpoint with its signing secret, which is shown this once."""

    secret: str = Field(pattern="^whsec_", examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class EndpointList(BaseModel):
    """All endpoints, oldest first."""

    data: list[EndpointAnswer]
    next_cursor: None


class RefundAnswer(BaseModel):
    """Money on its way back: a `void` or a `refund` by the wallet, `manual` by a person."""

    id: str
    object: Literal["refund"]
    payment_id: str
    amount: int
    status: RefundStatus
    kind: RefundKind
    reason: str
    actor: str
    created_at: Instant
    updated_at: Instant
    closed_by: str | None
    evidence: str | None


class RefundList(BaseModel):
    """All refunds of a payment, oldest first."""

    data: list[RefundAnswer]
    next_cursor: None


class LinkStepAnswer(BaseModel):
    """Where the customer agrees, and until when."""

    type: Literal["redirect"]
    url: str
    expires_at: Instant
    message: Texts


class LinkCustomerAnswer(BaseModel):
    """The chat's own id of whose wallet it is."""

    id: str


class WalletLinkAnswer(BaseModel):
    """A customer's wallet, linked to the merchant; it can be charged while it is `active`."""

    id: str
    object: Literal["wallet_link"]
    livemode: bool
    provider: str
    status: LinkStatus
    reason: LinkEnd | None = Field(description="Why it failed or broke.")
    customer: LinkCustomerAnswer
    phone: Masked
    next_action: LinkStepAnswer | None
    return_url: str
    created_at: Instant
    updated_at: Instant
    expires_at: Instant | None = Field(description="While it is pending: until when.")


class WalletLinkList(BaseModel):
    """The customer's links, newest first: at most a hundred."""

    data: list[WalletLinkAnswer]
    next_cursor: None


class BalanceAnswer(BaseModel):
    """Whether the wallet holds that much; null when it does not say. No balance is ever told."""

    sufficient: bool | None


class EventSubject(BaseModel):
    """The event's id (the webhook-id) and the full state of its subject then."""

    id: str
    sequence: int | None = None
    payment: PaymentAnswer | None = None
    refund: RefundAnswer | None = Field(default=None, description="The refund that it is about.")
    endpoint: EndpointAnswer | None = None
    wallet_link: WalletLinkAnswer | None = None


class EventAnswer(BaseModel):
    """An event, as webhooks carry it."""

    type: EventType
    timestamp: Instant
    data: EventSubject


class EventList(BaseModel):
    """A page of events, newest first."""

    data: list[EventAnswer]
    next_cursor: str | None


class DeliveryAnswer(BaseModel):
    """One event on its way to one endpoint."""

    id: str
    endpoint_id: str
    status: DeliveryStatus
    tries: int
    last_status: int | None
    last_error: str | None
    last_at: Instant | None
    due_at: Instant | None = Field(description="When it is tried next, while it is pending.")


class EventWithDeliveries(EventAnswer):
    """An event and its deliveries, oldest first."""

    deliveries: list[DeliveryAnswer]


class RedeliveryAnswer(BaseModel):
    """The event will be sent again to every endpoint that hears it."""

    object: Literal["redelivery"]
    event_id: str


class RecoveryAnswer(BaseModel):
    """Every event since then will be sent again to the endpoint."""

    object: Literal["recovery"]
    endpoint_id: str
    since: Instant


class HealthAnswer(BaseModel):
    """The process lives."""

    status: Literal["ok"]


class ReadinessAnswer(BaseModel):
    """Whether a payment could be made now, what stands in the way, and what else is wrong."""

    status: Literal["ready", "not_ready"]
    problems: list[str]
    warnings: list[str]


class FieldErrorAnswer(BaseModel):
    """What is wrong with one value; a JSON pointer into the body, the query or the headers."""

    pointer: str = Field(examples=["/amount"])
    place: Literal["body", "query", "header"] = Field(alias="in")
    detail: str


class ProblemAnswer(BaseModel):
    """A problem (RFC 9457)."""

    type: str = Field(json_schema_extra={"format": "uri"})
    title: str
    status: int
    detail: str
    instance: str
    code: Code
    retryable: bool
    who_can_fix: WhoCanFix
    request_id: str
    errors: list[FieldErrorAnswer] = Field(default_factory=list)
    payment_id: str | None = None
    provider_code: str | None = None
    refundable: int | None = Field(default=None, description="Rupiah that may still go back.")
