"""Notifications: true, late, twice, out of order, forged or never, and sent again if refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sandbox.acquirer.charge import Charge, Refund, State
from sandbox.acquirer.life import Deliver, Due, Life
from sandbox.acquirer.plan import FORGERIES
from sandbox.acquirer.provider import Letter, Provider, Telling
from sandbox.acquirer.wire import Post
from sandbox.agenda import Agenda

REMEMBERED_NOTIFICATIONS = 20_000
TRUE = "true"
EARLIER = "earlier"
KINDS = (TRUE, EARLIER, *FORGERIES)
_NOBODYS_KEY = "nobodys-key"


@dataclass(slots=True, eq=False, repr=False)
class Notification:
    """One notification, and how it fared."""

    number: int
    provider: str
    charge_id: str
    kind: str
    told: State
    url: str
    letter: Letter
    due_at: datetime
    tries: int = 0
    taken: bool = False
    results: list[tuple[datetime, int | None]] = field(default_factory=list)


class Mail:
    """The notifications of all providers, in the order in which they were written."""

    def __init__(self, *, agenda: Agenda[Due], life: Life, providers: Mapping[str, Provider]):
        self.written: dict[int, Notification] = {}
        self._agenda = agenda
        self._life = life
        self._providers = providers
        self._posts: list[Post] = []

    def news(self, charge: Charge, now: datetime, refund: Refund | None) -> None:
        """Tell a change of state, or of a refund, as the plan of the provider says."""
        provider, plan = self._providers[charge.provider], self._life.plans[charge.provider]
        told = provider.tells(charge.state) if refund is None else provider.tells_refunds
        if plan.notify_url is None or not told:
            return
        due = now + self._life.drawn(plan.notified_after)
        waits = charge.state is State.WAITING  # a forgery pretends that something has happened
        for kind in () if waits else plan.forgeries:
            self.write(charge, kind, charge.state, plan.notify_url, due, refund)
        if plan.notifications == "never":
            return
        first = self.write(charge, TRUE, charge.state, plan.notify_url, due, refund)
        again = due + timedelta(milliseconds=1)
        if plan.notifications == "twice":
            self._keep(replace(first, number=self._life.number(), due_at=again, results=[]))
        elif plan.notifications == "out_of_order" and not waits:
            self.write(charge, EARLIER, State.WAITING, plan.notify_url, again)

    def write(  # noqa: PLR0917 # what, to whom and when, in this order
        self,
        charge: Charge,
        kind: str,
        told: State,
        url: str,
        due: datetime,
        refund: Refund | None = None,
    ) -> Notification:
        """Write one of `KINDS`, to leave when it is due."""
        assert kind in KINDS
        provider, partner = self._providers[charge.provider], charge.partner
        if kind == "other_merchant":
            partner = provider.partners.beside(partner)
        telling = Telling(
            charge=charge,
            state=told,
            amount=charge.amount + (1 if kind == "wrong_amount" else 0),
            partner=partner,
            secret=_NOBODYS_KEY if kind == "wrong_key" else provider.secret_of(partner),
            at=due,
            url=url,
            refund=refund,
        )
        letter = provider.letter(telling)
        if kind == "changed_byte":
            letter = Letter(letter.headers, _one_rupiah_more(letter.body, charge.amount))
        number = self._life.number()
        return self._keep(
            Notification(number, charge.provider, charge.id, kind, told, url, letter, due)
        )

    def come_due(self, due: Deliver, when: datetime) -> None:
        """Let a notification leave."""
        found = self.written.get(due.number)
        if found is not None:
            found.tries += 1
            self._posts.append(
                Post(found.number, found.url, found.letter.headers, found.letter.body)
            )

    def heard(self, number: int, status: int | None, body: bytes, now: datetime) -> None:
        """Note what the merchant's server answered, None for nothing, and try again if needed."""
        found = self.written.get(number)
        if found is None:
            return
        found.results.append((now, status))
        provider, plan = self._providers[found.provider], self._life.plans[found.provider]
        if status is not None and provider.is_taken(status, body):
            found.taken = True
        elif found.tries < plan.notification_tries:
            self._agenda.set(now + plan.notification_every, Deliver(number))

    def posts(self) -> list[Post]:
        """What has left since the last time."""
        posts, self._posts = self._posts, []
        return posts

    def _keep(self, found: Notification) -> Notification:
        self.written[found.number] = found
        if len(self.written) > REMEMBERED_NOTIFICATIONS:
            del self.written[next(iter(self.written))]
        self._agenda.set(found.due_at, Deliver(found.number))
        return found


def _one_rupiah_more(body: bytes, amount: int) -> bytes:
    """The body with the amount changed after it was signed."""
    return body.replace(b"%d" % amount, b"%d" % (amount + 1), 1)
