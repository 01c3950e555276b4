"""Xendit's two ways to charge an e-wallet: what each calls things, and what it can do."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class XenditApi:
    """One way. `handle` is by what name Xendit's id of a charge is kept and shown.

    `in_webhook` is where a webhook has that id; `keys` are the headers of the idempotency key.
    `refunds` says that it gives back any part, each by a reference of ours; without it only a whole
    charge is given back, on its day.
    """

    name: str
    charges: str
    amount: str
    channel: str
    handle: str
    in_webhook: str
    events: frozenset[str]
    keys: tuple[str, ...]
    refunds: bool


EWALLETS = XenditApi(
    name="ewallets",
    charges="/ewallets/charges",
    amount="charge_amount",
    channel="ID_OVO",
    handle="charge_id",
    in_webhook="id",
    events=frozenset({"ewallet.capture"}),
    keys=("Idempotency-Key", "X-IDEMPOTENCY-KEY"),
    refunds=False,
)
"""The e-wallet charges of xendit-node v1 and docs.xendit.co.

Its refunds carry no name of ours: after silence one could not be told from another of its amount.
That it can be asked by our reference is what public clients do, not what its SDK offers. Its
idempotency key has the one name in xendit-python, the other elsewhere: both are sent.
"""
PAYMENT_REQUESTS = XenditApi(
    name="payment_requests",
    charges="/payment_requests",
    amount="amount",
    channel="OVO",
    handle="payment_request_id",
    in_webhook="payment_request_id",
    events=frozenset({"payment.succeeded", "payment.failed", "payment.pending"}),
    keys=("Idempotency-Key",),
    refunds=True,
)
"""The newer Payments API of xendit-node@c5494c3, which can be asked by our reference."""

APIS: Mapping[str, XenditApi] = {api.name: api for api in (EWALLETS, PAYMENT_REQUESTS)}
"""By the name that the setting has."""


def api_of(event: str | None) -> XenditApi | None:
    """The way whose webhook this is."""
    return next((api for api in APIS.values() if event in api.events), None)
