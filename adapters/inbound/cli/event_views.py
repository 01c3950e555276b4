"""Events for people: one in full, or one in a line."""

from collections.abc import Mapping

from adapters.inbound.cli.payment_views import objects, status_of
from adapters.inbound.cli.problems import Json
from adapters.inbound.cli.show import (
    Cell,
    masked,
    mode,
    rupiah,
    say,
    show_facts,
    show_table,
    text_of,
    wib,
)

_LONGEST_TYPE = len("payment.partially_refunded")


def show_event(event: Json) -> None:
    """One event with what it told, and where it was delivered if that is known."""
    subject = subject_of(event)
    facts: list[tuple[str, Cell]] = [
        ("Event", id_of(event)),
        ("Type", text_of(event.get("type"))),
        ("Time", wib(event.get("timestamp"))),
        ("Sequence", text_of(data_of(event).get("sequence"))),
        ("About", text_of(subject.get("id"))),
    ]
    if subject.get("object") == "payment":
        facts += [
            ("Mode", mode(subject.get("livemode"))),
            ("Status", status_of(subject)),
            ("Order", text_of(subject.get("order_id"))),
            ("Amount", rupiah(subject.get("amount"))),
            ("Phone", masked(subject.get("phone"))),
        ]
    show_facts(facts)
    deliveries = objects(event.get("deliveries"))
    if deliveries:
        say("")
        _show_deliveries(deliveries)


def line_of(event: Json) -> str:
    """Time, type, subject and what it is about, in columns that stay where they are."""
    subject = subject_of(event)
    parts = [head_of(event)]
    if subject.get("object") == "payment":
        sequence = text_of(data_of(event).get("sequence"))
        parts += [f"#{sequence}", rupiah(subject.get("amount")), text_of(subject.get("order_id"))]
    return "  ".join(parts)


def head_of(event: Json) -> str:
    """Time, type and subject."""
    kind = text_of(event.get("type")).ljust(_LONGEST_TYPE)
    return f"{wib(event.get('timestamp'))}  {kind}  {text_of(subject_of(event).get('id'))}"


def id_of(event: Json) -> str:
    """The event's id, which is its webhook-id."""
    return text_of(event.get("id") or data_of(event).get("id"))


def data_of(event: Json) -> Json:
    """What the event carries."""
    data = event.get("data")
    return data if isinstance(data, Mapping) else {}


def subject_of(event: Json) -> Json:
    """The refund, payment or endpoint that the event is about."""
    data = data_of(event)
    for name in ("refund", "payment", "endpoint"):
        if isinstance(data.get(name), Mapping):
            subject: Json = data[name]
            return subject
    return {}


def _show_deliveries(deliveries: list[Json]) -> None:
    show_table(
        ("Delivery", "Endpoint", "Status", "Tries", "Last answer", "Next try"),
        [
            (
                text_of(d.get("id")),
                text_of(d.get("endpoint_id")),
                text_of(d.get("status")),
                text_of(d.get("tries")),
                text_of(d.get("last_status") or d.get("last_error")),
                wib(d.get("due_at")),
            )
            for d in deliveries
        ],
    )
