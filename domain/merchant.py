"""Who is paid, who may ask for it, and by which account at the provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

OVO_PUSH = "ovo_push"
"""OVO Push to Pay: the customer approves in the app."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """A clinic or hospital: the owner of orders, payments, API clients and webhook endpoints."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A program that may act for one merchant in one mode; only the SHA-256 of its key is kept."""

    id: str
    merchant_id: str
    livemode: bool
    name: str
    key_sha256: str = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """A provider refused this account's configuration; `payment_id` is asked about as the probe."""

    code: str
    since: datetime
    payment_id: str
    probe_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """A merchant's account at one provider in one mode; the credentials are opaque to the core."""

    merchant_id: str
    provider: str
    livemode: bool
    credentials: Mapping[str, str] = field(repr=False)
    stopped: Stop | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: one API client of one merchant in one mode."""

    client_id: str
    merchant_id: str
    livemode: bool
