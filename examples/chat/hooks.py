"""Lunas's webhooks: registered once, verified on the raw body, taken once; they alone unlock."""

from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError

from examples.chat.checkout import ORDER, PRICE
from examples.chat.lunas import Lunas
from examples.chat.store import Store
from examples.chat.texts import TEXTS

EVENTS = (
    "payment.awaiting_customer",
    "payment.succeeded",
    "payment.requires_retry",
    "payment.unknown",
    "payment.failed",
    "payment.expired",
    "payment.canceled",
)
"""Only the second opens a chat; the others keep the page up to date."""
OVERLAP = 60.0
"""Seconds asked for twice after a restart: what was heard before is known by its id."""


def register(store: Store, lunas: Lunas, url: str) -> None:
    """See to it that Lunas tells this URL, with a secret that we have; catch up on what we missed.

    The secret is told once. Where it was lost, the endpoint is of no use: it makes room for a new
    one. Raises Refused.
    """
    known = store.kept("hook_id")
    registered = {endpoint["id"]: endpoint for endpoint in lunas.endpoints(url)}
    if known is None or registered.get(known, {}).get("status") != "enabled":
        for endpoint_id in registered:
            lunas.unregister(endpoint_id)
        fresh = lunas.register(url, EVENTS)
        store.keep("hook_secret", fresh["secret"])
        store.keep("hook_id", fresh["id"])
        known = fresh["id"]
    last = store.last_heard_at()
    if last is not None:
        lunas.recover(known, since=last - OVERLAP)


def hear(store: Store, headers: Mapping[str, str], body: bytes) -> int:
    """Take one webhook; the HTTP status to answer."""
    secret = store.kept("hook_secret")
    if secret is None:
        return 503  # not registered yet: Lunas tries again
    try:
        event = Webhook(secret).verify(body, dict(headers))
    except (WebhookVerificationError, ValueError):
        return 400
    payment = event["data"].get("payment")
    if payment and payment["order_id"].startswith(ORDER):
        store.hear(
            event["data"]["id"],
            payment["order_id"].removeprefix(ORDER),
            payment,
            unlock=event["type"] == "payment.succeeded" and payment["amount"] == PRICE,
            greeting=TEXTS["greeting"][(payment["customer"] or {}).get("locale", "id")],
        )
    return 204
