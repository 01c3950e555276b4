"""Following a payment until it is settled, within named bounds."""

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from adapters.inbound.cli.problems import Json
from adapters.inbound.cli.show import tell, text_of
from domain.payment import FINAL, Status

if TYPE_CHECKING:
    from adapters.inbound.cli.client import Client

LONGEST_WATCH_SECONDS = 300
MOST_LOOKS = 120
LONGEST_LOOK_SECONDS = 60
"""The most that one request may wait (promised by the API)."""
BETWEEN_LOOKS_SECONDS = 1.0
"""After an answer that told nothing new."""


def watch(client: "Client", payment: Json, pause: Callable[[float], None]) -> Json:
    """The payment once it is final or needs a new push, or as it stands when the time is over."""
    path = f"/v1/payments/{payment['id']}"
    deadline = monotonic() + LONGEST_WATCH_SECONDS
    for _ in range(MOST_LOOKS):
        left = int(deadline - monotonic())
        if _is_settled(payment) or left < 1:
            break
        sequence = payment.get("sequence")
        answer = client.get(path, {"wait": min(left, LONGEST_LOOK_SECONDS), "sequence": sequence})
        payment = answer.body
        if payment.get("sequence") == sequence:
            pause(answer.retry_after or BETWEEN_LOOKS_SECONDS)
        else:
            tell(f"… {text_of(payment.get('status'))}")
    if not _is_settled(payment):
        tell(
            "Not settled yet. What to do: look again with "
            f"`lunas pay get {text_of(payment.get('id'))} --wait 60`."
        )
    return payment


def _is_settled(payment: Json) -> bool:
    status = payment.get("status")
    return status in FINAL or status == Status.REQUIRES_RETRY
