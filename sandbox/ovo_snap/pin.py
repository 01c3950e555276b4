"""The PIN pages of OVO's web view: what a customer can do there, and where the browser goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.conduct import Reason
from sandbox.acquirer.life import Life
from sandbox.ovo_snap.binding import Binding
from sandbox.ovo_snap.links import Link, Links, LinkState

TEST_PIN = "123456"
WRONG_PINS = 3


@dataclass(slots=True, eq=False)
class PinPage:
    """What a PIN page is for: a link, or a payment."""

    link: Link | None = None
    charge: Charge | None = None
    wrong: int = 0  # wrong PINs so far

    @property
    def is_open(self) -> bool:
        """Whether a PIN still means something."""
        if self.link is not None:
            return self.link.state is LinkState.ASKED
        return self.charge is not None and self.charge.state is State.WAITING

    @property
    def return_url(self) -> str | None:
        """Where the browser goes from a payment that has ended."""
        url = None if self.charge is None else self.charge.details["return_url"]
        return url if isinstance(url, str) else None


class Pins:
    """Finds the page of an address and lets its customer act."""

    def __init__(
        self, *, life: Life, links: Links, binding: Binding, payments: Mapping[str, Charge]
    ) -> None:
        self._life = life
        self._links = links
        self._binding = binding
        self._payments = payments
        self._wrong: dict[str, int] = {}

    def page(self, name: str) -> PinPage | None:
        """The page at this address; that it was looked at is told by status checks."""
        link = self._links.of_page(name)
        if link is not None:
            return PinPage(link=link, wrong=self._wrong.get(name, 0))
        charge = self._payments.get(name)
        if charge is None:
            return None
        charge.details["opened"] = True
        return PinPage(charge=charge, wrong=self._wrong.get(name, 0))

    def enter(self, name: str, pin: str, now: datetime) -> str | None:
        """A PIN is entered: where the browser goes, None to stay on the page."""
        page = self.page(name)
        if page is None or not page.is_open:
            return None
        if pin != TEST_PIN:
            self._wrong[name] = page.wrong + 1
            return self.refuse(name, now) if page.wrong + 1 >= WRONG_PINS else None
        self._wrong.pop(name, None)
        if page.link is not None:
            return self._binding.confirm(page.link, now)
        assert page.charge is not None
        if page.charge.conduct.reason is None:
            self._life.pay(page.charge, now)
        else:
            self._life.fail(page.charge, page.charge.conduct.reason, now)
        return page.return_url

    def refuse(self, name: str, now: datetime) -> str | None:
        """The customer goes away: where the browser goes, None to stay on the page."""
        page = self.page(name)
        if page is None or not page.is_open:
            return None
        self._wrong.pop(name, None)
        if page.link is not None:
            return self._binding.refuse(page.link)
        assert page.charge is not None
        self._life.fail(page.charge, Reason.DECLINED, now)
        return page.return_url
