"""Refunds, exceptions and dossiers as tables."""

from collections.abc import Mapping

from adapters.inbound.cli.payment_views import end_of_page, objects, show_payment
from adapters.inbound.cli.problems import Json
from adapters.inbound.cli.show import (
    Cell,
    Mark,
    rupiah,
    say,
    show_facts,
    show_table,
    text_of,
    wib,
)

_REFUND_SIGNS: Mapping[str, tuple[str, str]] = {
    "pending": ("…", "cyan"),
    "unknown": ("?", "bold yellow"),
    "succeeded": ("✓", "green"),
    "failed": ("✗", "red"),
}
_EXCEPTION_SIGNS: Mapping[str, tuple[str, str]] = {
    "open": ("!", "bold yellow"),
    "closed": ("✓", "green"),
}
_AGES = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def show_refunds(page: Json) -> None:
    """A payment's refunds."""
    refunds = objects(page.get("data"))
    show_table(
        ("Refund", "Amount", "Status", "Kind", "Asked by", "Closed by", "Created"),
        [
            (
                text_of(r.get("id")),
                rupiah(r.get("amount")),
                _status(r, _REFUND_SIGNS),
                text_of(r.get("kind")),
                text_of(r.get("actor")),
                text_of(r.get("closed_by")),
                wib(r.get("created_at")),
            )
            for r in refunds
        ],
    )
    end_of_page(page, empty=not refunds)


def show_refund(refund: Json) -> None:
    """One refund."""
    facts: list[tuple[str, Cell]] = [
        ("Refund", text_of(refund.get("id"))),
        ("Payment", text_of(refund.get("payment_id"))),
        ("Amount", rupiah(refund.get("amount"))),
        ("Status", _status(refund, _REFUND_SIGNS)),
        ("Kind", text_of(refund.get("kind"))),
        ("Reason", text_of(refund.get("reason"))),
        ("Asked by", text_of(refund.get("actor"))),
        ("Created", wib(refund.get("created_at"))),
        ("Updated", wib(refund.get("updated_at"))),
    ]
    facts += [
        (name, text_of(refund[field]))
        for name, field in (("Closed by", "closed_by"), ("Evidence", "evidence"))
        if refund.get(field)
    ]
    show_facts(facts)


def show_exceptions(page: Json) -> None:
    """A page of exceptions, and how to go on."""
    exceptions = objects(page.get("data"))
    show_table(
        ("Exception", "Kind", "Amount", "Age", "Status", "Order", "Payment", "Suggested"),
        [
            (
                text_of(e.get("id")),
                text_of(e.get("kind")),
                rupiah(e.get("amount")),
                age(e.get("age")),
                _status(e, _EXCEPTION_SIGNS),
                text_of(e.get("order_id")),
                text_of(e.get("payment_id")),
                text_of(e.get("suggested_action")),
            )
            for e in exceptions
        ],
    )
    end_of_page(page, empty=not exceptions)


def show_exception(exception: Json) -> None:
    """One exception, what can be decided of it, and what was."""
    actions = exception.get("actions")
    fitting = ", ".join(map(text_of, actions)) if isinstance(actions, list) else ""
    facts: list[tuple[str, Cell]] = [
        ("Exception", text_of(exception.get("id"))),
        ("Kind", text_of(exception.get("kind"))),
        ("Status", _status(exception, _EXCEPTION_SIGNS)),
        ("At risk", rupiah(exception.get("amount"))),
        ("Age", age(exception.get("age"))),
        ("Opened", wib(exception.get("opened_at"))),
        ("Order", text_of(exception.get("order_id"))),
        ("Payment", text_of(exception.get("payment_id"))),
        ("Attempt", text_of(exception.get("attempt_id"))),
        ("Code", text_of(exception.get("code"))),
        ("Actions", fitting or text_of(None)),
    ]
    closed = exception.get("closed")
    if isinstance(closed, Mapping):
        facts += [
            ("Closed", wib(closed.get("at"))),
            ("Closed by", text_of(closed.get("actor"))),
            ("Decided", text_of(closed.get("action"))),
            ("Reason", text_of(closed.get("reason"))),
            ("Evidence", text_of(closed.get("evidence"))),
        ]
    show_facts(facts)


def show_dossier(dossier: Json) -> None:
    """A payment with its refunds, its exceptions and all that happened, in one order."""
    payment = dossier.get("payment")
    show_payment(payment if isinstance(payment, Mapping) else {})
    for field, show in (("refunds", show_refunds), ("exceptions", show_exceptions)):
        if objects(dossier.get(field)):
            say("")
            show({"data": dossier[field]})
    say("")
    show_table(
        ("Time", "What", "Who", "Facts"),
        [
            (
                wib(line.get("at")),
                f"{text_of(line.get('about'))}: {text_of(line.get('what'))}",
                text_of(line.get("actor")),
                _facts(line.get("facts")),
            )
            for line in objects(dossier.get("timeline"))
        ],
    )


def age(seconds: object) -> str:
    """So long, in its largest unit: `3 d`."""
    if not isinstance(seconds, int):
        return text_of(None)
    for size, unit in _AGES:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "0 s"


def _status(told: Json, signs: Mapping[str, tuple[str, str]]) -> Mark:
    status = text_of(told.get("status"))
    sign, style = signs.get(status, ("?", ""))
    return Mark(f"{sign} {status}", style)


def _facts(facts: object) -> str:
    if not isinstance(facts, Mapping):
        return ""
    told = [f"{name}={text_of(value)}" for name, value in facts.items() if value is not None]
    return " ".join(told)
