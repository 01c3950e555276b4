"""What a search found, as a table."""

from adapters.inbound.cli.payment_views import end_of_page, objects, status_of
from adapters.inbound.cli.problems import Json
from adapters.inbound.cli.show import masked, mode, rupiah, show_table, tell, text_of, wib


def show_found(found: Json) -> None:
    """A page of what was found, who answered, and how to go on."""
    payments = [p for hit in objects(found.get("data")) for p in objects([hit.get("payment")])]
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
    _tell_of_the_index(found)
    end_of_page(found, empty=not payments)


def _tell_of_the_index(found: Json) -> None:
    [index] = objects([found.get("index")]) or [{}]
    if not index.get("complete"):
        tell("The search index is away: only whole ids, orders and phone numbers are found.")
    waiting = index.get("waiting")
    if isinstance(waiting, int) and waiting:
        tell(f"{waiting} changes are not searched yet.")
