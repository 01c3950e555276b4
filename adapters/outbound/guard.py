"""What keeps a request from leaving too late, and knows afterwards whether it left."""

from dataclasses import dataclass
from datetime import timedelta

import httpx


class TooLate(httpx.ConnectError):
    """The request was held back at the last look: no byte of it was handed to a connection."""


@dataclass(slots=True, eq=False)
class Guard:
    """Watches one call; travels as `extensions={"guard": ...}` and tells afterwards if it was sent.

    `leave_by` and `end_by` are uptimes: no first byte at or after the one, no waiting past the
    other. `sent` is set in the same step as the first write, `sent_at` is the uptime of that step;
    `shut` means that it can be sent no more.
    """

    leave_by: timedelta
    end_by: timedelta
    sent: bool = False
    shut: bool = False
    sent_at: timedelta | None = None

    def pass_at(self, now: timedelta) -> None:
        """The last look before the first byte; raises TooLate. The mark, once set, stays."""
        if self.sent:
            return
        if self.shut or now >= self.leave_by:
            raise TooLate("shut before it was sent" if self.shut else "the send deadline passed")
        self.sent, self.sent_at = True, now
