"""How the sandbox is made to bring about each event: which phone, and which steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from domain.events import EventType

SHORTEST_LIFE_SECONDS = 120
"""The shortest `expires_in` that the API takes; a test compares the two."""
USUAL_WAIT_SECONDS = 60
"""How long an event may take that does not depend on a clock."""
UNTIL_WATCHED_SECONDS = 1_140
"""The horizon and the quarter of an hour after which the wallet is asked once more, and a little:
as the settings are unless somebody changes them."""
_PAYS = "081200000001"


@dataclass(frozen=True, slots=True)
class Drive:
    """A payment that ends in the event: its phone (none: it is never pushed) and its life.

    Once it is paid, half or all of it is asked back; `close` ends a refund that is made by hand.
    `comes_after` is an end that the event follows upon.
    """

    how: str
    phone: str | None = None
    cancel: bool = False
    expires_in_seconds: int | None = None
    refund: Literal["half", "all"] | None = None
    close: Literal["succeeded", "failed"] | None = None
    comes_after: EventType | None = None
    takes_seconds: int = 0

    @property
    def wait_seconds(self) -> int:
        """The longest that the event can take."""
        return USUAL_WAIT_SECONDS + (self.expires_in_seconds or 0) + self.takes_seconds

    @property
    def ends(self) -> frozenset[EventType]:
        """What the payment does not come back from on its way to the event."""
        return ENDS - {EventType.SUCCEEDED if self.refund else self.comes_after}


DRIVES: Mapping[str, Drive] = {
    EventType.CREATED: Drive("starts a payment without a phone"),
    EventType.AWAITING_CUSTOMER: Drive(
        "pushes to a customer who does not answer", phone="081200000003"
    ),
    EventType.SUCCEEDED: Drive("pushes to a customer who approves", phone=_PAYS),
    EventType.REQUIRES_RETRY: Drive("pushes to a customer who declines", phone="081200000002"),
    EventType.UNKNOWN: Drive(
        "the customer pays, and the wallet's answer is lost", phone="081200000005"
    ),
    EventType.FAILED: Drive("the wallet refuses for good (code 30)", phone="081200001030"),
    EventType.CANCELED: Drive("starts a payment without a phone and cancels it", cancel=True),
    EventType.EXPIRED: Drive(
        f"starts a payment that nobody pays: takes {SHORTEST_LIFE_SECONDS} s",
        expires_in_seconds=SHORTEST_LIFE_SECONDS,
    ),
    EventType.REFUND_PENDING: Drive(
        "the customer pays, and half of it is asked back", phone=_PAYS, refund="half"
    ),
    EventType.REFUND_SUCCEEDED: Drive(
        "the customer pays, and gets it back", phone=_PAYS, refund="all", close="succeeded"
    ),
    EventType.REFUND_FAILED: Drive(
        "the customer pays, and a transfer of half of it fails",
        phone=_PAYS, refund="half", close="failed",
    ),
    EventType.REFUNDED: Drive(
        "the customer pays, and gets it back", phone=_PAYS, refund="all", close="succeeded"
    ),
    EventType.PARTIALLY_REFUNDED: Drive(
        "the customer pays, and gets half of it back",
        phone=_PAYS, refund="half", close="succeeded",
    ),
    EventType.REFUND_UNKNOWN: Drive(
        "the customer pays, and the answer to the void is lost (not after 23:55 WIB)",
        phone="081200000018", refund="all",
    ),
    EventType.LATE_SUCCESS: Drive(
        "the push reaches the wallet when it was proved not charged: takes 17 minutes",
        phone="081200000019",
        comes_after=EventType.REQUIRES_RETRY,
        takes_seconds=UNTIL_WATCHED_SECONDS,
    ),
}  # fmt: skip
NOT_YET: Mapping[str, str] = {
    EventType.ENDPOINT_DISABLED: "it needs a webhook endpoint of yours that answers 410",
    **dict.fromkeys(
        (
            EventType.WALLET_LINK_ACTIVE,
            EventType.WALLET_LINK_UNLINKED,
            EventType.WALLET_LINK_BROKEN,
        ),
        "it needs a customer who agrees on the wallet's page",
    ),
}
"""Events that cannot be brought about from here, and why."""
ENDS = frozenset({EventType.SUCCEEDED, EventType.FAILED, EventType.EXPIRED, EventType.CANCELED}) | {
    EventType.REQUIRES_RETRY
}
"""After one of these the payment does not move by itself any more."""
