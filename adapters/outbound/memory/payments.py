"""Payments in memory."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import final

from adapters.outbound.memory.state import State, file
from application.ports import (
    DueProviders,
    ExceptionQuery,
    Kept,
    NotFound,
    OrderOnHold,
    OrderTaken,
    Page,
    PaymentQuery,
    PaymentRepository,
    ReferenceReused,
    StalePayment,
    StoreUnavailable,
    Telling,
)
from domain.attempt import Attempt
from domain.errors import LunasError
from domain.payment import PAID, Change, Payment, Status


@final
class MemoryPayments(PaymentRepository):
    """Payments for tests and simulations: gone with the process."""

    def __init__(self, state: State) -> None:
        self._state = state

    def save(self, change: Change, keep: Kept | None = None) -> None:
        self._state.write(partial(self._save, change, keep))

    def save_each(self, changes: Sequence[Change]) -> Sequence[LunasError | None]:
        try:
            return self._state.write(lambda: [self._attempt(change) for change in changes])
        except StoreUnavailable as away:
            return [away] * len(changes)

    def save_told(
        self, changes: Sequence[Change], telling: Telling
    ) -> tuple[Sequence[LunasError | None], bool]:
        try:
            return self._state.write(lambda: self._save_told(changes, telling))
        except StoreUnavailable as away:
            return [away] * len(changes), False

    def get(self, payment_id: str) -> Payment:
        with self._state.lock:
            try:
                return self._state.payments[payment_id]
            except KeyError:
                raise NotFound from None

    def due(self, provider: str, status: Status, at: datetime, limit: int) -> Sequence[Payment]:
        state = self._state
        with state.lock:
            return [state.payments[id_] for id_ in state.due[provider, status].oldest(at, limit)]

    def to_ask(
        self, provider: str, at: datetime, limit: int, *, newest: bool = False
    ) -> Sequence[Payment]:
        state = self._state
        with state.lock:
            waiting = state.asked[provider]
            ids = waiting.newest(at, limit) if newest else waiting.oldest(at, limit)
            return [state.payments[id_] for id_ in ids]

    def due_providers(self, providers: Sequence[str], at: datetime) -> DueProviders:
        state = self._state
        with state.lock:
            return DueProviders(
                frozenset(p for p in providers if state.due[p, Status.PENDING].oldest(at, 1)),
                frozenset(p for p in providers if state.asked[p].oldest(at, 1)),
            )

    def charged_as(self, evidence: Sequence[str]) -> Mapping[str, str]:
        with self._state.lock:
            known = self._state.charges
            return {proof: known[proof] for proof in evidence if proof in known}

    def with_exceptions(self, query: ExceptionQuery) -> Page[Payment]:
        with self._state.lock:
            found = [
                payment
                for payment in self._state.excepted.values()
                if query.merchant_id in {None, payment.merchant_id}
                and query.livemode in {None, payment.livemode}
                and (not query.only_open or any(e.open for e in payment.exceptions))
                and (query.cursor is None or payment.id < query.cursor)
            ]
        found.sort(key=lambda payment: payment.id, reverse=True)
        items = found[: query.limit]
        return Page(items, items[-1].id if len(found) > query.limit else None)

    def of_reference(self, key: str) -> Payment:
        with self._state.lock:
            try:
                return self._state.payments[self._state.named[key]]
            except KeyError:
                raise NotFound from None

    def of_refund(self, refund_id: str) -> Payment:
        return self._owner(refund_id)

    def of_exception(self, exception_id: str) -> Payment:
        return self._owner(exception_id)

    def _owner(self, part_id: str) -> Payment:
        with self._state.lock:
            try:
                return self._state.payments[self._state.parts[part_id]]
            except KeyError:
                raise NotFound from None

    def stranded(self, provider: str, alive: Sequence[str], limit: int) -> Sequence[Payment]:
        state = self._state
        with state.lock:
            held = state.held[provider]
            lost = (id_ for worker in held if worker not in alive for id_ in held[worker])
            return [state.payments[id_] for id_ in islice(lost, limit)]

    def find(self, query: PaymentQuery) -> Page[Payment]:
        with self._state.lock:
            found = list(islice(self._matching(query), query.limit + 1))
        items = found[: query.limit]
        return Page(items, items[-1].id if len(found) > query.limit else None)

    # -- one write -------------------------------------------------------------------------------

    def _attempt(self, change: Change) -> LunasError | None:
        try:
            self._save(change, None)
        except LunasError as refused:
            return refused
        return None

    def _save(self, change: Change, keep: Kept | None) -> None:
        self._state.judge_kept(keep)
        self._judge(change.payment)
        for event in change.events:
            if event.id in self._state.events:
                raise StalePayment
        self._put(change.payment)
        for event in change.events:
            self._state.tell(event)
        self._state.keep(keep)

    def _save_told(
        self, changes: Sequence[Change], telling: Telling
    ) -> tuple[Sequence[LunasError | None], bool]:
        state = self._state
        refusals = [self._attempt(change) for change in changes]
        told = not any(refusals) and all(
            state.endpoints_of(*owner) == list(judged) for owner, judged in telling.judged.items()
        )
        if told:
            state.relay([e.id for change in changes for e in change.events], telling.deliveries)
        return refusals, told

    def _judge(self, payment: Payment) -> None:
        state = self._state
        known = state.payments.get(payment.id)
        if payment.version != (1 if known is None else known.version + 1):
            raise StalePayment
        holder = state.holders.get(_order_of(payment), payment.id)
        if payment.live_order and holder != payment.id:
            raise OrderTaken(holder, paid=state.payments[holder].status in PAID)
        if _claims(known, payment) and state.on_hold(_order_of(payment), besides=payment.id):
            raise OrderOnHold
        owners: dict[str, str] = {}
        for attempt in _unknown(known, payment):
            for key in attempt.references.unique:
                owner = state.references.get(key) or owners.setdefault(key, attempt.id)
                if owner != attempt.id:
                    raise ReferenceReused

    def _put(self, payment: Payment) -> None:
        state = self._state
        known = state.payments.get(payment.id)
        if known is None:
            file(state.payment_ids, payment.id)
        state.payments[payment.id] = payment
        state.changes += 1
        state.changed.pop(payment.id, None)  # it stands last now
        state.changed[payment.id] = state.changes
        self._put_turn(known, payment)
        self._put_truth(payment)
        order = _order_of(payment)
        if payment.live_order:
            state.holders[order] = payment.id
        elif state.holders.get(order) == payment.id:
            del state.holders[order]
        for attempt in _unknown(known, payment):
            for key in attempt.references.unique:
                state.references[key] = attempt.id
                state.named[key] = payment.id
        if known is not None and payment.attempts is known.attempts:
            return
        for attempt in payment.attempts:
            if attempt.evidence is not None:
                state.charges.setdefault(attempt.evidence, attempt.id)

    def _put_turn(self, known: Payment | None, payment: Payment) -> None:
        """When its next step is due, and which worker holds it."""
        state, provider = self._state, payment.order.provider
        if known is not None and known.status is not payment.status:
            state.due[provider, known.status].put(payment.id, None)
        state.due[provider, payment.status].put(payment.id, payment.due_at)
        was, holder = None if known is None else _holder(known), _holder(payment)
        if was != holder:
            held = state.held[provider]
            if was is not None:
                held[was].pop(payment.id)
                if not held[was]:
                    del held[was]
            if holder is not None:
                held.setdefault(holder, {})[payment.id] = None

    def _put_truth(self, payment: Payment) -> None:
        """What is to be asked, and what a person must look at."""
        state = self._state
        state.asked[payment.order.provider].put(payment.id, payment.ask_at)
        for refund in payment.refunds:
            state.parts[refund.id] = payment.id
        if not payment.exceptions:
            return
        state.excepted[payment.id] = payment
        for record in payment.exceptions:
            state.parts[record.id] = payment.id
        if payment.has_open_late_success:
            state.late.setdefault(_order_of(payment), set()).add(payment.id)
        else:
            state.late.get(_order_of(payment), set()).discard(payment.id)

    def _matching(self, query: PaymentQuery) -> Iterator[Payment]:
        ids = self._state.payment_ids
        end = len(ids) if query.cursor is None else bisect_left(ids, query.cursor)
        for place in range(end - 1, -1, -1):
            payment = self._state.payments[ids[place]]
            if _matches(payment, query):
                yield payment


def _holder(payment: Payment) -> str | None:
    """The worker that holds its call, if it waits for a customer."""
    if payment.status is not Status.AWAITING_CUSTOMER:
        return None
    attempt = payment.live_attempt
    return attempt.worker if attempt is not None and attempt.held else None


def _order_of(payment: Payment) -> tuple[str, bool, str]:
    return payment.merchant_id, payment.livemode, payment.order.order_id


def _claims(known: Payment | None, payment: Payment) -> bool:
    """Whether the change writes down a new attempt."""
    return known is not None and len(payment.attempts) > len(known.attempts)


def _unknown(known: Payment | None, payment: Payment) -> Sequence[Attempt]:
    """The attempts whose references are not those that are known of it."""
    if known is None:
        return payment.attempts
    judged = known.attempts
    if payment.attempts is judged:
        return ()
    return [
        attempt
        for place, attempt in enumerate(payment.attempts)
        if place >= len(judged) or judged[place].references is not attempt.references
        or judged[place].id != attempt.id
    ]  # fmt: skip


def _matches(payment: Payment, query: PaymentQuery) -> bool:
    return (
        payment.merchant_id == query.merchant_id
        and payment.livemode == query.livemode
        and query.order_id in {None, payment.order.order_id}
        and query.status in {None, payment.status}
        and query.phone in {None, payment.phone}
        and (query.created_after is None or query.created_after <= payment.created_at)
        and (query.created_before is None or payment.created_at < query.created_before)
    )
