"""The truth to compare with: every push that was heard, and what became of the money."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from sandbox.answers import JAKARTA
from sandbox.messages import Operation
from sandbox.phones import masked
from sandbox.push import Push, State
from sandbox.wallet import Wallet

ROWS_AT_MOST = 10_000


def row_of(push: Push) -> dict[str, object]:
    """One push as JSON; the phone is masked and nobody's name is in it."""
    request = push.request
    return {
        "id": push.id,
        "invoice": request.invoice,
        "batch_no": request.batch_no,
        "reference_number": request.reference_number,
        "tid": request.tid,
        "mid": request.mid,
        "amount": request.amount,
        "phone": masked(push.phone),
        "behaviour": push.behaviour.name,
        "state": push.state.value,
        "code": push.code or None,
        "money_moved": push.money_moved,
        "money_kept": push.money_kept,
        "approval_code": push.approval_code or None,
        "times_heard": push.times_heard,
        "held": push.call is not None,
        "answer": push.answer or None,
        "sent_at": written(push.sent_at),
        "heard_at": written(push.heard_at),
        "window_ends_at": written(push.window_ends_at),
        "ended_at": written(push.ended_at),
        "paid_at": written(push.paid_at),
        "returned_at": written(push.returned_at),
        "answered_at": written(push.answered_at),
        "caller_left_at": written(push.caller_left_at),
        "status_checks": push.follow_ups[Operation.CHECK_PUSH],
        "reversals": push.follow_ups[Operation.REVERSAL],
        "voids": push.follow_ups[Operation.VOID],
        "void_checks": push.follow_ups[Operation.CHECK_VOID],
    }


def rows(
    pushes: Iterable[Push],
    *,
    state: State | None = None,
    invoice: str | None = None,
    after: str | None = None,
    limit: int = ROWS_AT_MOST,
) -> tuple[list[dict[str, object]], str | None]:
    """At most `limit` pushes, oldest first, and the id to ask on `after`, None at the end."""
    assert 0 < limit <= ROWS_AT_MOST
    chosen = list(islice(_matching(pushes, state, invoice, after), limit + 1))
    more = len(chosen) > limit
    return [row_of(push) for push in chosen[:limit]], chosen[limit - 1].id if more else None


def totals(wallet: Wallet) -> dict[str, object]:
    """Counts over everything that was heard, and the money that moved, in rupiah."""
    states: Counter[str] = Counter()
    moved = kept = 0
    for push in wallet.book:
        states[push.state.value] += 1
        moved += push.request.amount if push.money_moved else 0
        kept += push.request.amount if push.money_kept else 0
    return {
        "pushes": len(wallet.book),
        "under_way": wallet.under_way,
        "states": {state.value: states[state.value] for state in State},
        "amount_moved": moved,
        "amount_kept": kept,
        **{what: _counted(wallet, what) for what in _COUNTS},
    }


def written(moment: datetime | None) -> str | None:
    """The moment in Jakarta's time with milliseconds."""
    return None if moment is None else moment.astimezone(JAKARTA).isoformat(timespec="milliseconds")


_COUNTS = ("heard", "refused", "inquiry", "unmatched", "signed", "dropped", "outage")


def _counted(wallet: Wallet, what: str) -> dict[str, int]:
    return {which: n for (kind, which), n in sorted(wallet.counts.items()) if kind == what}


def _matching(
    pushes: Iterable[Push], state: State | None, invoice: str | None, after: str | None
) -> Iterator[Push]:
    for push in pushes:
        if after is not None and push.id <= after and len(push.id) <= len(after):
            continue
        if state in {None, push.state} and invoice in {None, push.request.invoice}:
            yield push
