"""The linked accounts: asked for by a merchant, confirmed by PIN, opened by tokens, ended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sandbox.acquirer.partners import Partner

REMEMBERED_LINKS = 50_000


class LinkState(StrEnum):
    """Where a link stands."""

    ASKED = "asked"  # the customer is at the PIN page
    CONFIRMED = "confirmed"  # the browser went back with an authCode
    LINKED = "linked"  # the merchant has the customer's token
    REFUSED = "refused"
    UNLINKED = "unlinked"


@dataclass(slots=True, eq=False, repr=False)
class Link:
    """One account of one customer of a merchant."""

    id: str
    partner: Partner
    customer: str
    phone: str
    linkage_token: str
    page: str  # what makes the address of its PIN page secret
    success_url: str
    failed_url: str
    round_trip: str  # `state`: given back to the merchant as it came
    asked_at: datetime
    state: LinkState = LinkState.ASKED
    auth_code: str = ""
    auth_code_ends_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Whether it opens, or may yet open, the account."""
        return self.state in {LinkState.CONFIRMED, LinkState.LINKED}


class Links:
    """At most `REMEMBERED_LINKS` links; the oldest is forgotten first."""

    def __init__(self, new_text: Callable[[], str]) -> None:
        self._new_text = new_text
        self._links: dict[str, Link] = {}
        self._by_token: dict[str, Link] = {}
        self._by_page: dict[str, Link] = {}
        self._by_code: dict[str, Link] = {}
        self._by_phone: dict[tuple[str, str], Link] = {}

    def __iter__(self) -> Iterator[Link]:
        return iter(self._links.values())

    def add(self, link: Link) -> None:
        """Remember a link that was asked for."""
        self._links[link.id] = link
        self._by_token[link.linkage_token] = link
        self._by_page[link.page] = link
        if len(self._links) > REMEMBERED_LINKS:
            gone = self._links.pop(next(iter(self._links)))
            del self._by_token[gone.linkage_token], self._by_page[gone.page]
            self._by_code.pop(gone.auth_code, None)
            if self._by_phone.get((gone.partner.name, gone.phone)) is gone:
                del self._by_phone[gone.partner.name, gone.phone]

    def get(self, link_id: str) -> Link | None:
        """The link with this id."""
        return self._links.get(link_id)

    def of_page(self, page: str) -> Link | None:
        """The link of a PIN page."""
        return self._by_page.get(page)

    def of_linkage_token(self, text: str) -> Link | None:
        """The link that a binding answered with this token."""
        return self._by_token.get(text)

    def of_phone(self, partner: Partner, phone: str) -> Link | None:
        """The live link of this phone at this merchant."""
        link = self._by_phone.get((partner.name, phone))
        return link if link is not None and link.is_live else None

    def confirm(self, link: Link, *, life: timedelta, now: datetime) -> None:
        """The customer entered the PIN: there is a code, good for one use."""
        link.state = LinkState.CONFIRMED
        link.auth_code, link.auth_code_ends_at = self._new_text(), now + life
        self._by_code[link.auth_code] = link
        self._by_phone[link.partner.name, link.phone] = link

    def take_code(self, text: str, now: datetime) -> Link | None:
        """Use a code up; None when it is unknown, used, or too old."""
        link = self._by_code.pop(text, None)
        if link is None or link.auth_code_ends_at is None or now >= link.auth_code_ends_at:
            return None
        return link if link.is_live else None
