"""What requests may say: parsed here, documented from here, handed over as domain values."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from adapters.inbound.http.values import (
    Actor,
    EndpointUrl,
    Link,
    Metadata,
    OrderId,
    PageSize,
    Phone,
    Seconds,
    SequenceNumber,
    Statement,
    Text,
    Time,
    id_pattern,
)
from application.link_wallet import LinkOrder
from domain.events import EventType
from domain.exception_record import Action
from domain.ids import IdKind
from domain.merchant import OVO_PUSH
from domain.money import LARGEST_PAYMENT, Money
from domain.msisdn import Msisdn
from domain.order import Customer, Order
from domain.payment import Status
from domain.webhook import EndpointStatus

SHORTEST_LIFE, USUAL_LIFE, LONGEST_LIFE = 120, 3_600, 86_400
"""Seconds that a payment may live."""


WalletLinkId = Annotated[str, StringConstraints(pattern=id_pattern(IdKind.WALLET_LINK))]


class RequestModel(BaseModel):
    """Unknown fields are refused, each by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    place: ClassVar[str] = "body"


class CustomerRequest(RequestModel):
    """The chat's own opaque id of the patient, and the language to speak."""

    id: Annotated[Text, StringConstraints(min_length=1, max_length=128)] | None = None
    locale: Literal["id", "en"] = "id"


class PaymentRequest(RequestModel):
    """An order to be paid. Without a phone the payment waits until the customer gives it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "consult-8812",
                    "amount": 50000,
                    "method": "ovo_push",
                    "phone": "0812 0000 0001",
                    "description": "Konsultasi chat",
                    "customer": {"id": "p-123", "locale": "id"},
                    "expires_in": 3600,
                    "return_url": "https://chat.example/c/8812",
                    "metadata": {"room": "8812"},
                }
            ]
        }
    )

    order_id: OrderId
    amount: Annotated[StrictInt, Field(ge=1, le=LARGEST_PAYMENT.rupiah)] = Field(
        description="Whole rupiah; never a float."
    )
    currency: Literal["IDR"] = "IDR"
    method: Annotated[str, StringConstraints(max_length=40)] = OVO_PUSH
    phone: Phone | None = None
    wallet_link: WalletLinkId | None = Field(
        default=None, description="The active link to charge, where the method is ovo_linked."
    )
    description: Text | None = None
    customer: CustomerRequest | None = None
    expires_in: Annotated[StrictInt, Field(ge=SHORTEST_LIFE, le=LONGEST_LIFE)] = Field(
        default=USUAL_LIFE, description="Seconds."
    )
    return_url: Link | None = None
    metadata: Metadata = Field(default_factory=dict)

    def order(self, provider: str) -> Order:
        """The domain's order, to be charged by this provider."""
        said = vars(self)  # pydantic looks longer for each field than for all of them
        phone, customer = said["phone"], said["customer"]
        return Order(
            order_id=said["order_id"],
            amount=Money(said["amount"]),
            method=said["method"],
            provider=provider,
            expires_in=timedelta(seconds=said["expires_in"]),
            phone=Msisdn.parse(phone) if phone is not None else None,
            description=said["description"],
            customer=Customer(customer.id, customer.locale) if customer else None,
            return_url=said["return_url"],
            metadata=said["metadata"],
            link_id=said["wallet_link"],
        )


class PushRequest(RequestModel):
    """The number to push to, if it is not the one that the payment has."""

    phone: Phone | None = None


class EmptyRequest(RequestModel):
    """Nothing needs to be said: no body, or an empty object."""


class CancelRequest(RequestModel):
    """Who does not want it any more, for the history; without it, the API client."""

    actor: Actor | None = None


class RefundRequest(RequestModel):
    """How much is to go back, and why. Without an amount, all that is left of the payment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"amount": 50000, "reason": "The doctor could not be reached."}]
        }
    )

    amount: Annotated[StrictInt, Field(ge=1, le=LARGEST_PAYMENT.rupiah)] | None = Field(
        default=None, description="Whole rupiah."
    )
    reason: Statement
    actor: Actor | None = Field(default=None, description="Without it, the API client.")


class VerdictRequest(RequestModel):
    """Who says so, why, and by which evidence: a statement, a slip, a settlement line."""

    actor: Actor
    reason: Statement
    evidence: Statement


class CloseRefundRequest(VerdictRequest):
    """How a refund by hand ended."""

    outcome: Literal["succeeded", "failed"] = "succeeded"


class ResolveRequest(VerdictRequest):
    """Whether the wallet took the money of an unknown payment."""

    outcome: Literal["paid", "not_paid"]


class CloseExceptionRequest(RequestModel):
    """What is decided: one of the exception's `actions`. Facts about money need evidence."""

    action: Action
    actor: Actor
    reason: Statement
    evidence: Statement | None = Field(
        default=None, description="Required for `paid`, `not_paid` and `returned`."
    )


class InquiryRequest(RequestModel):
    """The number to ask the wallet about."""

    phone: Phone


class LinkCustomerRequest(RequestModel):
    """The chat's own opaque id of whose wallet it is: under it the link is found again."""

    id: Annotated[Text, StringConstraints(min_length=1, max_length=128)]


class WalletLinkRequest(RequestModel):
    """Whose wallet is to be linked, and where the browser goes afterwards."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer": {"id": "p-123"},
                    "phone": "0812 0000 0001",
                    "return_url": "https://chat.example/wallet",
                }
            ]
        }
    )

    customer: LinkCustomerRequest
    phone: Phone
    provider: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        default=None, description="Whose wallet; without it, the one that links wallets here."
    )
    return_url: Link

    def order(self) -> LinkOrder:
        """The use case's order."""
        return LinkOrder(
            customer_id=self.customer.id,
            phone=Msisdn.parse(self.phone),
            return_url=self.return_url,
            provider=self.provider,
        )


class BalanceRequest(RequestModel):
    """How much the wallet would have to hold."""

    amount: Annotated[StrictInt, Field(ge=1, le=LARGEST_PAYMENT.rupiah)] = Field(
        description="Whole rupiah."
    )


class EndpointRequest(RequestModel):
    """Where events go. Without `events`, or with none, all of them."""

    url: EndpointUrl = Field(examples=["https://chat.example/hooks/lunas"])
    events: list[EventType] = Field(default_factory=list, max_length=64)


class EndpointPatch(RequestModel):
    """What is to change; what is not given stays."""

    url: EndpointUrl | None = None
    events: Annotated[list[EventType], Field(max_length=64)] | None = None
    status: EndpointStatus | None = None


class RecoverRequest(RequestModel):
    """Since when events are to be sent again."""

    since: Time


class QueryModel(RequestModel):
    """Parameters after the question mark."""

    place: ClassVar[str] = "query"


class NoQuery(QueryModel):
    """The path takes no parameters."""


class WaitQuery(QueryModel):
    """How long to wait for a change, and what the caller has seen."""

    wait: Seconds | None = Field(
        default=None,
        description="Seconds to wait for a change; without it the answer comes at once.",
    )
    sequence: SequenceNumber | None = Field(
        default=None,
        description="The highest sequence seen: a payment beyond it is answered at once.",
    )


class PaymentsQuery(QueryModel):
    """Which payments to list, newest first."""

    order_id: OrderId | None = None
    status: Status | None = None
    created_after: Time | None = None
    created_before: Time | None = None
    limit: PageSize = 20
    cursor: Annotated[str, StringConstraints(pattern=id_pattern("pay"))] | None = Field(
        default=None, description="The next_cursor of the page before."
    )


class EventsQuery(QueryModel):
    """Which events to list, newest first."""

    payment_id: Annotated[str, StringConstraints(pattern=id_pattern("pay"))] | None = None
    type: EventType | None = None
    since: Time | None = None
    limit: PageSize = 20
    cursor: Annotated[str, StringConstraints(pattern=id_pattern("evt"))] | None = Field(
        default=None, description="The next_cursor of the page before."
    )


class WalletLinksQuery(QueryModel):
    """Whose links to list, newest first."""

    customer_id: Annotated[Text, StringConstraints(min_length=1, max_length=128)]


class ExceptionsQuery(QueryModel):
    """Which exceptions to list: those of the newest payments first."""

    status: Literal["open", "all"] = "open"
    limit: PageSize = Field(
        default=20, description="Payments on a page; each comes with all its exceptions."
    )
    cursor: Annotated[str, StringConstraints(pattern=id_pattern("pay"))] | None = Field(
        default=None, description="The next_cursor of the page before."
    )


def link_meaning(order: LinkOrder) -> bytes:
    """What a caller meant by a link, however it was spelled: the base of its fingerprint."""
    return orjson.dumps([order.customer_id, order.phone.digits, order.return_url, order.provider])


def order_meaning(order: Order) -> bytes:
    """What a caller meant by an order, however it was spelled: the base of its fingerprint."""
    customer = order.customer
    return orjson.dumps(
        [
            order.order_id,
            order.amount.rupiah,
            order.method,
            order.expires_in.total_seconds(),
            order.phone.digits if order.phone else None,
            order.description,
            [customer.id, customer.locale] if customer else None,
            order.return_url,
            sorted(order.metadata.items()),
            *([order.link_id] if order.link_id is not None else []),
        ]
    )
