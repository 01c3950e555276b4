"""One seed, from the first payment to the last judgement."""

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from adapters.outbound.ovo.codes import Operation
from application.invariants import Breach, Charge, Told, breaches, overdue
from domain.attempt import Attempt
from domain.payment import Payment
from domain.rules import Rules
from domain.webhook import DELAYS, DeliveryStatus
from simulation import judging, mixing, others
from simulation.beside import Beside
from simulation.calls import Sent
from simulation.dice import Dice
from simulation.house import MERCHANT, House
from simulation.people import Chat, Operator, Patients
from simulation.stores import FaultyPayments
from simulation.switches import DAY, Switches, drawn, start_of
from simulation.worker import PROVIDER, Worker
from simulation.world import EndlessWorldError

SECOND = timedelta(seconds=1)
COLLISIONS = 0.1
"""How many of our first references somebody else has used, in worlds with such a neighbour."""
SLOW_PACE = 10.0
"""Questions a second below which a backlog is worth looking at."""
BACKLOG_TICK = timedelta(minutes=1)
BACKLOG_TICKS = 2
STEPS, STEPS_EACH = 100_000, 2_000
"""More than a world ever takes by itself, and for each payment: about fifty are usual."""
QUIET = 8 * DAY
"""How long the world goes on, calmly, after the last payment: what can be known is known then."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run: a seed, its payments (all, or these), its days, and what is switched off."""

    seed: int
    payments: int = 25
    days: float = 1.0
    only: frozenset[int] | None = None
    calmed: frozenset[str] = frozenset()
    accidents: int | None = None
    providers: tuple[str, ...] = ()
    forced: tuple[tuple[str, Any], ...] = ()

    @property
    def switches(self) -> Switches:
        """The world of the seed, less what was calmed."""
        switches = drawn(self.seed)
        calm: dict[str, Any] = dict.fromkeys(self.calmed, 0.0)
        return replace(switches, **dict(self.forced) | calm)

    @property
    def shares(self) -> Mapping[str, int]:
        """Which part of the payments each provider has: as asked for, else as the seed has it."""
        return dict.fromkeys(self.providers, 1) or mixing.drawn(self.seed, self.switches)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. `story` is empty unless it was asked for.

    Of a world that breaks something, `orders` has each payment's order, and `names` what the
    story calls it and its attempts by.
    """

    plan: Plan
    payments: int
    steps: int
    found: tuple[Breach, ...]
    story: tuple[str, ...] = ()
    orders: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def run(plan: Plan, *, telling: bool = False, beside: Beside | None = None) -> Outcome:
    """Let the world of this plan happen, and judge it; `beside` has a real store hear of it all."""
    gc.disable()  # nearly all of a world lives to its end: looking for garbage meanwhile finds none
    try:
        return _run(plan, telling=telling, beside=beside)
    finally:
        gc.enable()


def _run(plan: Plan, *, telling: bool, beside: Beside | None) -> Outcome:
    switches = plan.switches
    rules = Rules(late_success=switches.late_success)
    start = start_of(plan.seed)
    house = House(plan.seed, start, switches, rules=rules, telling=telling, beside=beside)
    house.world.most_steps = STEPS + STEPS_EACH * plan.payments
    mixed = tuple(plan.shares) != (mixing.OVO,)
    if mixed:
        others.let_in(house, plan.shares)
    for number in range(switches.workers):
        Worker(house, number + 1).start()
    Patients(house)
    chat = Chat(house)
    if mixed:
        others.open_doors(house, chat, most_accidents=plan.accidents, seconds=plan.days * 86_400)
    operator = Operator(house)
    _accidents(house, plan, chat)
    _payments(house, plan, chat)
    house.world.after(switches.operator_after, operator.come)
    busy = timedelta(days=plan.days)
    house.quiet_from = house.world.start + busy + timedelta(hours=4)
    if switches.check_pace < SLOW_PACE and plan.accidents == 0:
        house.world.after(BACKLOG_TICK, partial(_backlog, house, []))
    try:
        _judged_daily(house, plan, busy)
    except EndlessWorldError:
        house.breach(0, "a world has an end", "", f"{house.world.steps} steps")
    except Exception as fault:  # noqa: BLE001  a use case that fails on its own is a finding too
        house.breach(0, "no step fails", "", f"{type(fault).__name__}: {fault}")
    finally:
        house.world.end()
    payments = house.store.state.payments
    outcome = Outcome(
        plan, len(payments), house.world.steps, tuple(house.found), tuple(house.world.story)
    )
    if not house.found:
        return outcome
    orders = {payment.id: payment.order.order_id for payment in payments.values()}
    return replace(outcome, orders=orders, names={p.id: _names(p) for p in payments.values()})


def _names(payment: Payment) -> tuple[str, ...]:
    attempts = [attempt.id for attempt in payment.attempts]
    refunds = [refund.id for refund in payment.refunds]
    return (payment.id, *attempts, *refunds, *(record.id for record in payment.exceptions))


def _payments(house: House, plan: Plan, chat: Chat) -> None:
    span = 1_200.0 if house.switches.rush else plan.days * 86_400
    for index in range(plan.payments):
        dice = house.dice(31, index)
        when = dice.seconds(1, span)
        if plan.only is None or index in plan.only:
            house.world.after(when, partial(chat.begin, index))


def _accidents(house: House, plan: Plan, chat: Chat) -> None:
    """Outages of the wallet and the store, clocks set, machines killed: each can be left out."""
    dice, seconds = house.dice(40, 0), plan.days * 86_400
    if house.switches.collision:
        account = house.store.accounts.get(MERCHANT, PROVIDER, livemode=False)
        for number in range(1, 60):
            if dice.chance(COLLISIONS):
                house.world.after(SECOND, partial(house.network.intrude, number, account))
    count = dice.number(8)
    for number in range(count):
        own = Dice(plan.seed, 41, number)
        when, what = own.seconds(0, seconds), own.number(6)
        if plan.accidents is not None and number >= plan.accidents:
            continue
        house.world.after(when, partial(_ACCIDENTS[what], house, own, chat))


def _wallet_away(house: House, dice: Dice, _: Chat) -> None:
    lasts = dice.seconds(5, 3_600)
    house.tell("wallet", f"is away for {lasts.total_seconds():.0f} s")
    house.network.away.append((house.world.now, house.world.now + lasts))


def _store_away(house: House, dice: Dice, chat: Chat) -> None:
    """It is gone from one moment to the next, or dies, and what it took in last is lost."""
    world, stores = house.world, (chat.store, *(worker.store for worker in house.workers))
    until = world.now + dice.seconds(1, 200)
    house.tell("store", f"is away for {(until - world.now).total_seconds():.0f} s")
    if house.switches.last_second_lost:
        durable_until = world.now + dice.seconds(0, 1)
        house.tell("store", "loses what it takes in during the second before")
        for store in stores:
            store.die(world.now + SECOND, durable_until)
        world.after(SECOND, partial(_gone, stores, until + SECOND))
    else:
        _gone(stores, until)


def _gone(stores: Sequence[FaultyPayments], until: datetime) -> None:
    for store in stores:
        store.away_until = until


def _clock_set(house: House, dice: Dice, _: Chat) -> None:
    if not house.switches.clocks_apart:
        return
    house.store_time.off = dice.seconds(-90, 90)
    for minutes in (1, 3, 6, 12):  # by then each worker goes by the new time
        house.world.after(timedelta(minutes=minutes), house.look_again)
    house.tell("store", f"its clock is set {house.store_time.off.total_seconds():+.0f} s off")


def _killed(house: House, dice: Dice, _: Chat) -> None:
    dice.one_of(house.workers).crash()


def _paused(house: House, dice: Dice, _: Chat) -> None:
    worker = dice.one_of(house.workers)
    span = dice.seconds(1, 400)
    worker.paused_until = house.world.now + span
    house.silent(worker.name, worker.paused_until)
    house.tell(worker.name, f"is suspended for {span.total_seconds():.0f} s")


_ACCIDENTS: tuple[Callable[[House, Dice, Chat], None], ...] = (
    _wallet_away,
    _wallet_away,
    _store_away,
    _clock_set,
    _killed,
    _paused,
)


def _backlog(house: House, before: list[dict[str, datetime | None]]) -> None:
    """The oldest that were due two ticks ago have been asked since: half of the pace is theirs."""
    state, now = house.store.state, house.store_time()
    share = int(house.switches.check_pace / 2 * BACKLOG_TICK.total_seconds() / 2)
    if len(before) == BACKLOG_TICKS:
        for payment_id, ask_at in before.pop(0).items():
            if state.payments[payment_id].ask_at == ask_at:
                house.breach(7, "the oldest have half of the pace", payment_id)
    due = state.asked[PROVIDER].oldest(now, share)
    before.append({payment_id: state.payments[payment_id].ask_at for payment_id in due})
    if house.accidents_allowed():
        house.world.after(BACKLOG_TICK, partial(_backlog, house, before))


# -- judging --------------------------------------------------------------------------------------


def _judged_daily(house: House, plan: Plan, busy: timedelta) -> None:
    """Judge our own record as the days go by, and the money at the end."""
    end = house.world.start + busy + timedelta(hours=4) + QUIET
    while house.world.now < end and not house.found:
        house.world.run(min(house.world.now + DAY / 4, end))
        settled = house.world.now >= house.quiet_from + timedelta(hours=2)
        final = house.world.now >= end
        if settled or final:
            _judge(house, money=final)


def _judge(house: House, *, money: bool) -> None:
    state = house.store.state
    payments = list(state.payments.values()) if money else _changed(house)
    now = house.store_time()
    house.found += overdue(() if money else _waiting(house), now=now, rules=house.rulebook)
    house.changed.clear()
    house.found += breaches(
        payments,
        now=now,
        rules=house.rulebook,
        charges=charges(house) if money else None,
        events=told(house) if money else None,
        unseen_pause=house.switches.strays,
    )
    if money:
        _judge_what_left(house)


def _changed(house: House) -> list[Payment]:
    """What was written since the last judgement, and whatever else its order has.

    The last judgement of a world is of all of them.
    """
    state, looked = house.store.state, house.changed
    orders = dict.fromkeys(state.payments[id_].order.order_id for id_ in looked)
    ids = dict.fromkeys(id_ for order in orders for id_ in house.orders.get(order, ()))
    return [state.payments[id_] for id_ in {**looked, **ids}]


def _waiting(house: House) -> list[Payment]:
    """What is to be asked about, or is open, and was judged as it is: only its time may pass."""
    state = house.store.state
    asked = dict.fromkeys(id_ for queue in state.asked.values() for id_ in queue.names())
    looked = {**house.open, **asked}
    return [state.payments[id_] for id_ in looked if id_ not in house.changed]


def charges(house: House) -> dict[str, Charge]:
    """The wallet's ledger by attempt."""
    pushes = house.network.pushes
    sent: dict[str, int] = {}
    reversals: dict[str, int] = {}
    for call in house.sent:
        if call.operation is Operation.PUSH:
            sent[call.attempt_id] = sent.get(call.attempt_id, 0) + 1
        elif call.operation is Operation.REVERSAL:
            reversals[call.attempt_id] = reversals.get(call.attempt_id, 0) + 1
    found = {}
    for payment in house.store.state.payments.values():
        for attempt in payment.attempts:
            if attempt.provider != PROVIDER:
                continue
            push = pushes.get(str(attempt.references.shown["merchant_invoice"]))
            held: tuple[tuple[datetime, datetime | None], ...] = ()
            if push is not None and push.paid_at is not None:
                held = ((push.paid_at, push.returned_at),)
            found[attempt.id] = Charge(
                attempt.id,
                sent.get(attempt.id, 0),
                held,
                reversals.get(attempt.id, 0),
                house.saved.ended.get(attempt.id),
            )
    return found | (judging.charges(house) if house.mix else {})


def told(house: House) -> list[Told]:
    """The events as the log has them; relayed means delivered, owed, or given up as promised."""
    state = house.store.state
    delivered = {d.event_id for d in state.deliveries.values() if d.status == "delivered"}
    owed = {
        delivery.event_id
        for delivery in state.deliveries.values()
        if delivery.status is DeliveryStatus.PENDING
        or (delivery.status is DeliveryStatus.EXHAUSTED and delivery.tries == len(DELAYS))
    }
    story = []
    for event in state.events.values():
        if event.sequence is None:
            continue
        heard = house.receiver.heard.get(event.id, 0) > 0
        safe = (event.id in delivered and heard) or event.id in owed or event.id in state.unrelayed
        story.append(Told(event.id, event.subject.id, event.type, event.sequence, safe))
    return story


def _judge_what_left(house: House) -> None:
    """No byte before its claim is written, nor later than its deadline, but for the unseen pause.

    Judged by the claim or decision itself: what the caller was told to keep may be wrong.
    """
    attempts = {
        attempt.id: attempt
        for payment in house.store.state.payments.values()
        for attempt in payment.attempts
    }
    within = house.clocks.send_within
    if house.mix:
        judging.judge_what_left(house)
    for call in house.sent:
        attempt = attempts.get(call.attempt_id)
        if attempt is None:
            house.breach(3, "what is sent was written down", "", call.attempt_id)
            continue
        since = _since(call, attempt)
        if since is None or house.switches.unseen_pause:
            continue
        if call.at > since + within:
            late = (call.at - since - within).total_seconds()
            house.breach(3, "nothing leaves after its deadline", call.attempt_id, f"{late:.1f} s")


def _since(call: Sent, attempt: Attempt) -> timedelta | None:
    """From when the deadline of this call counts: its claim, or the decision it was sent for."""
    if call.operation is Operation.PUSH:
        return attempt.claimed.uptime
    void = attempt.follow_up.void
    decisions = {
        Operation.REVERSAL: attempt.follow_up.reversals,
        Operation.VOID: void.decisions if void else (),
    }.get(call.operation)
    if not decisions:
        return None
    before = [d.decided.uptime for d in decisions if d.decided.uptime <= call.at]
    return max(before, default=None)
