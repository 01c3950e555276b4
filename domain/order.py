"""What a merchant wants paid, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from domain.money import Money
from domain.msisdn import Msisdn


@dataclass(frozen=True, slots=True)
class Customer:
    """The chat's own opaque id of the patient, and the language to speak."""

    id: str | None = None
    locale: str = "id"


@dataclass(frozen=True, slots=True)
class Order:
    """What a merchant wants paid; `link_id` names the linked wallet that is charged, if one is."""

    order_id: str
    amount: Money
    method: str
    provider: str
    expires_in: timedelta
    phone: Msisdn | None = None
    description: str | None = None
    customer: Customer | None = None
    return_url: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    link_id: str | None = None
