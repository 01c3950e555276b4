"""The truth to compare with: every charge of every provider, and where its money is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from sandbox.acquirer.charge import Charge, Refund, State
from sandbox.acquirer.exchange import Exchange
from sandbox.acquirer.mail import Notification
from sandbox.ledger import ROWS_AT_MOST, written
from sandbox.phones import masked


def row_of(charge: Charge) -> dict[str, object]:
    """One charge as JSON; the phone is masked."""
    return {
        "id": charge.id,
        "provider": charge.provider,
        "partner": charge.partner.name,
        "reference": charge.reference,
        "provider_reference": charge.handle,
        "amount": charge.amount,
        "phone": None if charge.phone is None else masked(charge.phone),
        "customer": charge.conduct.name,
        "state": charge.state.value,
        "reason": None if charge.reason is None else charge.reason.value,
        "money_moved": charge.money_moved,
        "money_kept": charge.kept > 0,
        "amount_returned": charge.returned,
        "amount_kept": charge.kept,
        "approval_code": charge.approval or None,
        "times_heard": charge.times_heard,
        "held": charge.call is not None,
        "heard_at": written(charge.heard_at),
        "window_ends_at": written(charge.ends_at),
        "paid_at": written(charge.paid_at),
        "returned_at": written(charge.given_back_at),
        "follow_ups": dict(charge.follow_ups),
        "refunds": [_refund(refund) for refund in charge.refunds.values()],
    }


def rows(
    charges: Iterable[Charge],
    *,
    provider: str | None = None,
    state: State | None = None,
    reference: str | None = None,
    after: str | None = None,
    limit: int = ROWS_AT_MOST,
) -> tuple[list[dict[str, object]], str | None]:
    """At most `limit` charges, oldest first, and the id to ask on `after`, None at the end."""
    assert 0 < limit <= ROWS_AT_MOST
    chosen = list(islice(_matching(charges, provider, state, reference, after), limit + 1))
    more = len(chosen) > limit
    return [row_of(charge) for charge in chosen[:limit]], chosen[limit - 1].id if more else None


def totals(exchange: Exchange) -> dict[str, dict[str, object]]:
    """For each provider what was heard, and the money that moved, in rupiah."""
    states: Counter[tuple[str, str]] = Counter()
    moved: Counter[str] = Counter()
    returned: Counter[str] = Counter()
    for charge in exchange.life.charges:
        states[charge.provider, charge.state.value] += 1
        moved[charge.provider] += charge.amount if charge.money_moved else 0
        returned[charge.provider] += charge.returned
    return {
        name: {
            "charges": sum(n for (which, _), n in states.items() if which == name),
            "states": {state.value: states[name, state.value] for state in State},
            "amount_moved": moved[name],
            "amount_returned": returned[name],
            "amount_kept": moved[name] - returned[name],
            "heard": {op: n for (which, op), n in sorted(exchange.counts.items()) if which == name},
        }
        for name in exchange.providers
    }


def notification_row(found: Notification) -> dict[str, object]:
    """One notification as JSON, with the exact body that was sent."""
    return {
        "number": found.number,
        "provider": found.provider,
        "charge": found.charge_id,
        "kind": found.kind,
        "told": found.told.value,
        "url": found.url,
        "headers": dict(found.letter.headers),
        "body": found.letter.body.decode("utf-8", "replace"),
        "due_at": written(found.due_at),
        "tries": found.tries,
        "taken": found.taken,
        "results": [{"at": written(at), "status": status} for at, status in found.results],
    }


def _refund(refund: Refund) -> dict[str, object]:
    return {
        "reference": refund.reference,
        "number": refund.number,
        "amount": refund.amount,
        "state": refund.state.value,
        "times_heard": refund.times_heard,
        "asked_at": written(refund.asked_at),
        "settled_at": written(refund.settled_at),
    }


def _matching(
    charges: Iterable[Charge],
    provider: str | None,
    state: State | None,
    reference: str | None,
    after: str | None,
) -> Iterator[Charge]:
    for charge in charges:
        if after is not None and charge.id <= after and len(charge.id) <= len(after):
            continue
        if (
            provider in {None, charge.provider}
            and state in {None, charge.state}
            and reference in {None, charge.reference}
        ):
            yield charge
