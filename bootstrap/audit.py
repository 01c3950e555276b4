"""`lunas check invariants`: whether everything in the store, and at the sandbox, can be true."""

import http.client
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from adapters.inbound.cli.tools import Audit
from application.invariants import Breach, Charge, Sheet, breaches
from bootstrap.either import opened
from bootstrap.house import House
from bootstrap.settings import Settings
from domain.payment import Payment
from domain.rules import Rulebook

PAGE = 200
MOST_BREACHES = 1_000
"""Kept and shown; more are only counted."""
_LEDGER_PAGE = 10_000
_PATIENCE = 10.0
UNREADABLE = 0
"""The number under which a record is told that does not open."""
Step = Callable[[int, int], None]
"""Told how many of how many payments were looked at."""


@dataclass(slots=True)
class Ledger:
    """What the sandbox's wallet heard since it was started, by merchant invoice."""

    url: str
    since: datetime | None = None
    rows: dict[str, Charge] = field(default_factory=dict)

    @classmethod
    def read(cls, url: str) -> "Ledger | None":
        """All of it; None where no sandbox answers."""
        ledger = cls(url)
        after: str | None = ""
        while after is not None:
            query = {"limit": _LEDGER_PAGE} | ({"after": after} if after else {})
            page = ledger.ask(query)
            if page is None:
                return None
            for row in page["pushes"]:
                ledger.since = ledger.since or datetime.fromisoformat(row["sent_at"])
                ledger.rows[row["invoice"]] = _charge(row)
            after = page["next"]
        return ledger

    def ask(self, query: Mapping[str, object]) -> dict[str, Any] | None:
        """One page, if the sandbox answers."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE)
        try:
            connection.request("GET", f"/control/ledger?{urlencode(query)}")
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                return None
            page: dict[str, Any] = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
        return page

    def refresh(self, payments: Iterable[Payment]) -> None:
        """Look at these payments' pushes once more."""
        for invoice in (_invoice(a.references.shown) for p in payments for a in p.attempts):
            page = self.ask({"invoice": invoice})
            for row in page["pushes"] if page else ():
                self.rows[row["invoice"]] = _charge(row)

    def can_tell(self, payment: Payment) -> bool:
        """Whether it would know of every attempt: it forgets when the sandbox is started again."""
        return not payment.livemode and all(
            _invoice(a.references.shown) in self.rows
            or (self.since is not None and a.claimed.at >= self.since)
            for a in payment.attempts
        )

    def of(self, payments: Sequence[Payment]) -> Mapping[str, Charge]:
        """The charges of these payments' attempts, by attempt."""
        found = {}
        for attempt in (attempt for payment in payments for attempt in payment.attempts):
            row = self.rows.get(_invoice(attempt.references.shown))
            if row is not None:
                found[attempt.id] = Charge(attempt.id, row.heard, row.held, row.reversals)
        return found


class _Check:
    """One look through everything; what seems wrong is read and judged a second time."""

    def __init__(self, house: House, ledger: Ledger | None) -> None:
        self._store = house.audit()
        self._now = house.store.heartbeats.now
        offered = {name: offer.provider.rules for name, offer in house.offers.items()}
        self._rules = Rulebook(house.provider.rules, offered)
        self._pace: int = house.settings.check_pace
        self._ledger = ledger
        self.looked = self.judged = self.count = 0
        self.found: dict[Breach, None] = {}

    def run(self, step: Step) -> None:
        """Each payment, then each order that has several."""
        everything = self._store.count()
        for sheet in self._store.sheets(PAGE):
            self._judge_twice(sheet)
            self.looked += sheet.rows
            step(self.looked, max(everything, self.looked))
        for sheet in self._store.orders_of_several(PAGE):
            self._judge_twice(sheet)

    def _judge_twice(self, sheet: Sheet) -> None:
        """A payment may take a step between our look at it and at the wallet: look again then."""
        for id_ in sheet.unreadable:
            self._note(
                Breach(UNREADABLE, "a record can be opened", id_, "its record does not open")
            )
        suspects = {b.payment_id for b in self._judge(sheet.payments)}
        if self._ledger is not None:
            self.judged += sum(map(self._ledger.can_tell, sheet.payments))
        if not suspects:
            return
        known = {p.id: p for p in sheet.payments}
        orders = {_order(known[id_]) for id_ in suspects if id_ in known}
        again = [p.id for p in sheet.payments if p.id in suspects or _order(p) in orders]
        fresh = [p for id_ in again for p in self._store.fresh(id_).payments]
        if self._ledger is not None:
            self._ledger.refresh(p for p in fresh if not p.livemode)
        for breach in self._judge(fresh):
            self._note(breach)

    def _judge(self, payments: Sequence[Payment]) -> Iterator[Breach]:
        now = self._now()
        late = timedelta(seconds=self._store.waiting(now) / self._pace)
        told = [p for p in payments if self._ledger is not None and self._ledger.can_tell(p)]
        rest = [p for p in payments if p not in told] if len(told) < len(payments) else []
        for some, ledger in ((told, self._ledger), (rest, None)):
            if some:
                charges = None if ledger is None else ledger.of(some)
                events = self._store.told([payment.id for payment in some])
                yield from breaches(
                    some, now=now, rules=self._rules, charges=charges, events=events, backlog=late
                )
        yield from self._of_references(payments)

    def _of_references(self, payments: Sequence[Payment]) -> Iterator[Breach]:
        keys = [
            (key, attempt.id, payment.id)
            for payment in payments
            for attempt in payment.attempts
            for key in attempt.references.unique
        ]
        owners = self._store.owners([key for key, _, _ in keys])
        for key, attempt_id, payment_id in keys:
            if owners.get(key) != attempt_id:
                yield Breach(3, "a reference is its attempt's alone", payment_id, key)

    def _note(self, breach: Breach) -> None:
        if breach in self.found:
            return
        self.count += 1
        if self.count <= MOST_BREACHES:
            self.found[breach] = None


def check(settings: Settings, step: Step) -> Audit:
    """Look through the store of this house, and at the sandbox's ledger if one runs.

    Raises what `house.assembled` raises.
    """
    url = settings.command_sandbox
    ledger = Ledger.read(url)
    with opened(settings, "tool") as house:
        looking = _Check(house, ledger)
        looking.run(step)
    return Audit(
        payments=looking.looked,
        with_money=looking.judged,
        ledger=None if ledger is None else url,
        count=looking.count,
        breaches=tuple(looking.found),
    )


def _charge(row: Mapping[str, Any]) -> Charge:
    paid, returned = (
        None if row[name] is None else datetime.fromisoformat(row[name])
        for name in ("paid_at", "returned_at")
    )
    held = () if paid is None else ((paid, returned),)
    return Charge("", int(row["times_heard"]), held, int(row["reversals"]))


def _invoice(shown: Mapping[str, str | int]) -> str:
    return str(shown.get("merchant_invoice"))


def _order(payment: Payment) -> tuple[str, bool, str]:
    return payment.merchant_id, payment.livemode, payment.order.order_id
