"""Whose move it is, and what the customer is shown for it."""

from dataclasses import dataclass, field
from enum import StrEnum


class NextAction(StrEnum):
    """Whose move it is, and which."""

    COLLECT_PHONE = "collect_phone"
    APPROVE_IN_OVO_APP = "approve_in_ovo_app"
    REDIRECT = "redirect"
    SHOW_QR = "show_qr"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class CustomerStep:
    """What a charge that was accepted asks of the customer.

    `url` is where a REDIRECT leads; `qr` is what a SHOW_QR draws.
    """

    action: NextAction
    url: str | None = field(default=None, repr=False)
    qr: str | None = field(default=None, repr=False)

    @property
    def leads(self) -> bool:
        """Whether the chat leads the customer to it: otherwise it is on their phone already."""
        return self.url is not None or self.qr is not None
