"""Payments and their attempts as tables."""

from collections.abc import Mapping

from adapters.inbound.cli.problems import Json
from adapters.inbound.cli.show import (
    Cell,
    Mark,
    masked,
    mode,
    rupiah,
    say,
    show_facts,
    show_table,
    tell,
    text_of,
    wib,
)

SIGNS: Mapping[str, tuple[str, str]] = {
    "pending": ("…", "cyan"),
    "awaiting_customer": ("…", "cyan"),
    "unknown": ("?", "bold yellow"),
    "requires_retry": ("!", "yellow"),
    "succeeded": ("✓", "green"),
    "partially_refunded": ("✓", "green"),
    "refunded": ("-", "magenta"),
    "failed": ("✗", "red"),
    "expired": ("✗", "red"),
    "canceled": ("✗", "red"),
}


def status_of(payment: Json) -> Mark:
    """The status with its sign."""
    status = text_of(payment.get("status"))
    sign, style = SIGNS.get(status, ("?", ""))
    return Mark(f"{sign} {status}", style)


def show_payments(page: Json) -> None:
    """A page of payments, and how to go on."""
    payments = objects(page.get("data"))
    show_table(
        ("Payment", "Order", "Amount", "Status", "Phone", "Mode", "Created"),
        [
            (
                text_of(p.get("id")),
                text_of(p.get("order_id")),
                rupiah(p.get("amount")),
                status_of(p),
                masked(p.get("phone")),
                mode(p.get("livemode")),
                wib(p.get("created_at")),
            )
            for p in payments
        ],
    )
    end_of_page(page, empty=not payments)


def end_of_page(page: Json, *, empty: bool) -> None:
    """Say that a page is empty, or how to get the next one."""
    if empty:
        say("None.")
    if page.get("next_cursor"):
        tell(f"More: --cursor {text_of(page['next_cursor'])}")


def show_payment(payment: Json) -> None:
    """One payment with its attempts."""
    facts: list[tuple[str, Cell]] = [
        ("Payment", text_of(payment.get("id"))),
        ("Mode", mode(payment.get("livemode"))),
        ("Status", status_of(payment)),
        ("Order", text_of(payment.get("order_id"))),
        ("Amount", rupiah(payment.get("amount"))),
    ]
    if payment.get("amount_refunded"):
        facts.append(("Refunded", rupiah(payment["amount_refunded"])))
    facts.append(("Phone", masked(payment.get("phone"))))
    for name, told in (
        ("Description", payment.get("description")),
        ("Reason", _reason(payment.get("reason"))),
        ("Next", _next(payment.get("next_action"))),
        ("Pushes left", _pushes_left(payment)),
        ("Refunds", _listed(payment.get("refunds"))),
        ("Page", payment.get("pay_url")),
        ("Receipt", payment.get("receipt_url")),
    ):
        if told:
            facts.append((name, text_of(told)))
    for name, field in (
        ("Created", "created_at"),
        ("Resend from", "resend_at"),
        ("Cancel asked", "cancel_requested_at"),
        ("Paid", "paid_at"),
        ("Expires", "expires_at"),
    ):
        if payment.get(field):
            facts.append((name, wib(payment[field])))
    show_facts(facts)
    attempts = objects(payment.get("attempts"))
    if attempts:
        say("")
        _show_attempts(attempts)


def _show_attempts(attempts: list[Json]) -> None:
    show_table(
        ("Attempt", "Id", "Status", "Phone", "Code", "Proof", "Reversals", "Asked", "Answered"),
        [
            (
                text_of(a.get("number")),
                text_of(a.get("id")),
                text_of(a.get("status")),
                masked(a.get("phone")),
                text_of(a.get("response_code")),
                text_of(a.get("proof")),
                text_of(a.get("reversals")),
                wib(a.get("asked_at")),
                wib(a.get("answered_at")),
            )
            for a in attempts
        ],
    )


def _pushes_left(payment: Json) -> str | None:
    left, limit = payment.get("attempts_left"), payment.get("attempts_limit")
    return None if left is None or limit is None else f"{text_of(left)} of {text_of(limit)}"


def _listed(ids: object) -> str:
    return ", ".join(map(text_of, ids)) if isinstance(ids, list) else ""


def _reason(reason: object) -> str | None:
    if not isinstance(reason, Mapping):
        return None
    provider_code = reason.get("provider_code")
    code = text_of(reason.get("code")) + (f" ({text_of(provider_code)})" if provider_code else "")
    return ": ".join(part for part in (code, _english(reason)) if part)


def _next(action: object) -> str | None:
    if not isinstance(action, Mapping) or not action.get("type"):
        return None
    until = f" until {wib(action['expires_at'])}" if action.get("expires_at") else ""
    return ": ".join(part for part in (text_of(action["type"]) + until, _english(action)) if part)


def _english(told: Json) -> str:
    message = told.get("message")
    return text_of(message.get("en")) if isinstance(message, Mapping) and "en" in message else ""


def objects(value: object) -> list[Json]:
    """The JSON objects of a list; none where it is no list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
