"""A dispatcher process of the simulation: the real use cases, crashes and pauses between them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import final

from adapters.outbound.memory.queue import Queue
from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.references import OvoReferences
from application.abandon_attempts import AbandonAttempts
from application.confirm_payment import ConfirmPayment, Report
from application.deliver_events import ClaimDeliveries, DeliveryReport, RecordDeliveries
from application.expire_payments import ExpirePayments
from application.ports import Heartbeat, Parcel, StoreUnavailable
from application.push_payments import Claim, PushPayments
from application.relay_events import RelayEvents
from application.resolve_payments import Asking, ResolvePayments
from application.tell_at_once import TellAtOnce
from bootstrap.clock import StoreClock
from domain.attempt import AttemptStatus
from domain.follow_up import QuestionKind
from domain.moment import Moment
from domain.outcome import Outcome
from domain.payment import Payment
from domain.webhook import DeliveryAnswer
from simulation.branches import Branches
from simulation.calls import Caller
from simulation.house import NEVER, House
from simulation.outbox import Hand
from simulation.stores import FaultyPayments
from simulation.timeline import Step
from simulation.waking import Wake

PROVIDER = "ovo"
ROOM = 64
"""Claims of one turn."""
HOLD_FOR = timedelta(milliseconds=200)
"""How long an outcome waits before the store is tried again."""
MEASURE_EVERY = timedelta(minutes=1)
SCAN_AFTER = timedelta(milliseconds=500)
SOON = timedelta(milliseconds=5)
"""From a write to whoever is woken by it."""
MISSING_AFTER = timedelta(seconds=11)
"""When others look for what a silent process held."""
ASKED: dict[QuestionKind, Operation] = {
    QuestionKind.CHECK: Operation.CHECK,
    QuestionKind.REVERSAL: Operation.REVERSAL,
    QuestionKind.VOID: Operation.VOID,
    QuestionKind.VOID_CHECK: Operation.CHECK_VOID,
}


PUSH, ASK, UPKEEP, DELIVER = 0, 1, 2, 3
"""A worker's lanes: what it wakes for, each only when something of it is due."""
LANES = (PUSH, ASK, UPKEEP, DELIVER)


class CrashError(Exception):
    """The process dies here: what it held in memory is gone."""


@dataclass(slots=True)
class UseCases:
    """One incarnation's use cases, over its own clock and its own way to the store."""

    push: PushPayments
    confirm: ConfirmPayment
    resolve: ResolvePayments
    abandon: AbandonAttempts
    expire: ExpirePayments
    relay: RelayEvents
    claim: ClaimDeliveries
    record: RecordDeliveries


def _soonest(queues: Iterable[Queue]) -> datetime:
    soonest = NEVER
    for queue in queues:
        at = queue.first_at()
        if at is not None and at < soonest:
            soonest = at
    return soonest


@final
class Worker:
    """Dies, is started again, stands still; each incarnation has a name and a memory of its own."""

    def __init__(self, house: House, number: int) -> None:
        self.house = house
        self.number = number
        self.incarnation = 0
        self.alive = False
        self.paused_until = house.world.now
        self.store = FaultyPayments(
            house.world, house.store, house.switches, house.dice(10, number), house.saved
        )
        self._dice = house.dice(11, number)
        self.alarms = [NEVER] * len(LANES)
        self._ringing: list[Step | None] = [None] * len(LANES)
        self.off = house.store_time.off
        self._looks_for_lost = False
        self._turns = (self._push, self._ask, self._upkeep, self._deliver)
        self._rings = [partial(self._ring, lane) for lane in LANES]
        self._looks = [partial(self._turn, lane) for lane in LANES]
        switches = house.switches
        self._crashes, self._pauses = switches.crash, switches.pause
        self._repeats = switches.repeated
        self._read_at: datetime | None = None
        self._tokens = 0.0
        self._counted_at = house.world.now
        self.branches = Branches(self, house.mix) if house.mix else None
        house.workers.append(self)

    @property
    def name(self) -> str:
        """This incarnation's."""
        return f"w{self.number}.{self.incarnation}"

    def start(self) -> None:
        """A fresh incarnation: new name, new block of references, clock measured."""
        house = self.house
        self.incarnation += 1
        self.alive = True
        self.clock = StoreClock(
            max(provider.clocks.horizon for provider in house.providers.values()),
            self._measured(),
            read_uptime=house.world.uptime,
            boot=f"boot-{self.number}",
        )
        self._measured_at = house.world.now
        self._read_at = None
        self.off = self.clock().at - house.world.now
        house.heartbeats.beat(Heartbeat(self.name, house.store_time(), None))
        self.caller = Caller(house.world, house.network, house.switches, house.rules.clocks)
        self.caller.sent = house.sent
        self.use = self._use_cases()
        if self.branches:
            self.branches.start()
        if house.telling:
            house.tell(self.name, "starts")
        self.look_everywhere()

    def crash(self) -> None:
        """Die now; somebody starts it again."""
        house = self.house
        if not self.alive:
            return
        house.tell(self.name, "is killed")
        self.alive = False
        if self.branches:
            self.branches.die()
        house.heartbeats.last[self.name] = house.store_time()
        house.world.after(self._dice.seconds(0.5, 40), self.start)
        house.world.after(MISSING_AFTER, house.look_again)

    def look_everywhere(self) -> None:
        """Take a turn of every lane, and look for what the dead have left."""
        self._looks_for_lost = True
        now = self.house.world.now
        for lane in LANES:
            self._wake(lane, now)
        if self.branches:
            self.branches.look_everywhere()

    def schedule(self, dues: tuple[datetime, datetime, datetime]) -> None:
        """Something was written: see that each lane wakes when the first of its things is due.

        Deliveries are none of these: no change of a payment tells of them.
        """
        push, ask, upkeep = dues
        self._hear_of(PUSH, push)
        self._hear_of(ASK, ask)
        self._hear_of(UPKEEP, upkeep)

    def _hear_of(self, lane: int, due: datetime) -> None:
        if due is not NEVER and (at := due - self.off) < self.alarms[lane]:
            self._wake(lane, max(at, self.house.world.now + SOON))

    def relay(self) -> None:
        """There is an event to be told."""
        self._wake(DELIVER, self.house.world.now + SOON)

    def _wake(self, lane: int, when: datetime) -> None:
        """Take a turn of that lane then, once however often it is asked for."""
        when = max(when, self.paused_until)
        if when < self.alarms[lane]:
            self.alarms[lane] = when
            ringing = self._ringing[lane]
            if ringing is not None:
                ringing.call_off()
            self._ringing[lane] = self.house.world.at(when, self._rings[lane])

    def _ring(self, lane: int) -> None:
        self.alarms[lane] = NEVER
        self.step(self.incarnation, self._looks[lane])

    def _due_at(self, lane: int) -> datetime:
        """When by the store's clock the lane's first thing is due."""
        return self._deliver_at() if lane is DELIVER else self.house.dues()[lane]

    def _deliver_at(self) -> datetime:
        state = self.house.store.state
        if state.unrelayed:
            return self.house.world.now + self.off
        return _soonest(state.pending.values())

    # -- steps, between any two of which it may die or stand still ---------------------------------

    def step(self, incarnation: int, what: Callable[[], None]) -> None:
        """Take a step of that incarnation, unless it is dead; later where it stands still."""
        if not self.alive or incarnation != self.incarnation:
            return
        world = self.house.world
        if world.now < self.paused_until:
            world.at(self.paused_until, partial(self.step, incarnation, what))
            return
        if self._pauses and self._dice.chance(self._pauses) and self.house.accidents_allowed():
            self._stand_still(what)
            return
        try:
            if self._crashes:
                self.perhaps_die()
            what()
        except CrashError:
            self.crash()
        except StoreUnavailable:
            self._come_back()

    def _stand_still(self, what: Callable[[], None]) -> None:
        house, world = self.house, self.house.world
        pause = self._dice.seconds(0, house.switches.longest_pause)
        self.paused_until = world.now + pause
        if house.telling:
            house.tell(self.name, f"stands still for {pause.total_seconds():.1f} s")
        if pause > MISSING_AFTER:
            house.silent(self.name, self.paused_until)
        world.at(self.paused_until, partial(self.step, self.incarnation, what))

    def perhaps_die(self) -> None:
        """Raise CrashError now and then."""
        if self._dice.chance(self._crashes) and self.house.accidents_allowed():
            raise CrashError

    def later(self, after: timedelta, what: Callable[[], None]) -> None:
        """Take a step after that time, if it lives until then."""
        self.house.world.after(after, partial(self.step, self.incarnation, what))

    def then(self, what: Callable[[], None]) -> None:
        """The next step of the same turn: at once, unless it stands still or dies before it."""
        world = self.house.world
        if world.now < self.paused_until:
            world.at(self.paused_until, partial(self.step, self.incarnation, what))
            return
        if self._pauses and self._dice.chance(self._pauses) and self.house.accidents_allowed():
            self._stand_still(what)
            return
        if self._crashes:
            self.perhaps_die()
        what()

    # -- one turn of a lane -----------------------------------------------------------------------

    def _turn(self, lane: int) -> None:
        now = self.house.world.now
        unfit = self.unfit_until()
        if unfit is not None:
            self._wake(lane, unfit)
            return
        looks = lane is UPKEEP and self._looks_for_lost
        if not looks and self._due_at(lane) - self.off > now:
            self.schedule(self.house.dues())  # it was moved
            if lane is DELIVER:  # which no change of a payment tells of
                self._wake_again(lane)
            return
        self._turns[lane]()
        self._wake_again(lane)

    def unfit_until(self) -> datetime | None:
        """When the clock is measured again, where it is not to be trusted now."""
        if self.house.world.now - self._measured_at >= MEASURE_EVERY:
            self._measure()
        trouble = self.clock.trouble()
        return None if trouble is None else self._measured_at + MEASURE_EVERY

    def _wake_again(self, lane: int) -> None:
        """Wake for the next; what was left behind is looked at again soon, as by the real one."""
        due, now = self._due_at(lane), self.house.world.now
        if due is not NEVER:
            self._wake(lane, due - self.off if due - self.off > now else now + SCAN_AFTER)

    def _come_back(self) -> None:
        """The store is away, or was for a moment: look again when it can be there."""
        back = max(self.store.away_until, self.house.world.now + SCAN_AFTER)
        for lane in LANES:
            self._wake(lane, back)
        if self.branches:
            self.branches.come_back(back)

    def _upkeep(self) -> None:
        use = self.use
        self.store.refused = False
        use.abandon(ROOM)
        use.expire(ROOM)
        self._looks_for_lost = self.store.refused
        if self.store.refused:
            self._wake(UPKEEP, self.house.world.now + SCAN_AFTER)

    def _measure(self) -> None:
        world = self.house.world
        self._measured_at = world.now
        self.clock.measure(self._measured())
        self._read_at = None
        self.off = self.clock().at - world.now

    def read(self) -> Moment:
        """The process's clock, read once in each step: no time passes within one."""
        now = self.house.world.now
        if self._read_at is not now:
            self._read_at, self._moment = now, self.clock()
        return self._moment

    def _measured(self) -> datetime:
        """The store's time as this process gets to know it: the answer was under way."""
        error = self.house.switches.clock_error
        off = error if self.number % 2 else -error
        return self.house.store_time() + timedelta(seconds=off)

    def _push(self) -> None:
        claims = self.use.push(ROOM)
        self.perhaps_die()
        incarnation = self.incarnation
        for claim in claims.to_send:
            if self.house.telling:
                self.house.tell(self.name, f"claims {claim.attempt.id}")
            if self.lives_on(incarnation):
                self.then(partial(self._send, claim))
        if claims.not_to_send:
            self.record(list(claims.not_to_send))
        if len(claims.to_send) >= ROOM:
            self._wake(PUSH, self.house.world.now)

    def lives_on(self, incarnation: int) -> bool:
        """Whether it is still that incarnation's turn."""
        return self.alive and self.incarnation == incarnation

    def _send(self, claim: Claim) -> None:
        over = partial(self._pushed, self.incarnation, claim)
        dice = self.house.dice_of(claim.attempt.id, 1)
        self.caller.call(Operation.PUSH, claim.charge, dice, over)

    def _pushed(self, incarnation: int, claim: Claim, outcome: Outcome) -> None:
        report = Report(claim.payment.id, claim.attempt.id, outcome, claim.payment)
        if self.house.telling:
            self.house.tell(self.name, f"hears of {claim.attempt.id}: {outcome}")
        self.step(incarnation, partial(self.record, [report]))

    def _ask(self) -> None:
        room = self._earned()
        if room <= 0:
            self._wake(ASK, self.house.world.now + timedelta(seconds=1))
            return
        askings = self.use.resolve(min(ROOM, room))
        self._tokens -= len(askings)
        self.perhaps_die()
        incarnation = self.incarnation
        for asking in askings:
            if self.house.telling:
                self.house.tell(self.name, f"asks {asking.question.kind} of {asking.attempt.id}")
            if self.lives_on(incarnation):
                self.then(partial(self._question, asking))
        if len(askings) >= min(ROOM, room):
            self._wake(ASK, self.house.world.now + timedelta(milliseconds=250))

    def _earned(self) -> int:
        world, pace = self.house.world, self.house.switches.check_pace
        passed = (world.now - self._counted_at).total_seconds()
        self._counted_at = world.now
        self._tokens = min(max(pace / 4, 1.0), self._tokens + passed * pace)
        return int(self._tokens)

    def _question(self, asking: Asking) -> None:
        asked = self.read()  # read just before it is sent
        over = partial(self._told, self.incarnation, asking, asked)
        dice = self.house.dice_of(asking.attempt.id, 100 + asking.question.number)
        self.caller.call(ASKED[asking.question.kind], asking.charge, dice, over)

    def _told(self, incarnation: int, asking: Asking, asked: Moment, outcome: Outcome) -> None:
        if self.house.telling:
            kind = asking.question.kind
            self.house.tell(self.name, f"hears of {asking.attempt.id} ({kind}): {outcome}")
        report = Report(
            asking.payment.id, asking.attempt.id, outcome, asking.payment, asking.question, asked
        )
        self.step(incarnation, partial(self.record, [report]))

    def record(self, reports: Sequence[Report]) -> None:
        """Write answers down, now and then twice, in the order in which they came or another."""
        held = self.use.confirm(reports)
        if not held:
            self._judge_heard(reports)
        self.perhaps_die()
        if held:
            self.later(HOLD_FOR, partial(self.record, list(held)))
        dice = self._dice
        if dice.chance(self._repeats) and self.house.accidents_allowed():
            self.later(dice.seconds(0, 90), partial(self._again, list(reports)))

    def _again(self, reports: Sequence[Report]) -> None:
        """The same words once more: unless they had not been written yet, nothing changes."""
        for report in reports:
            fresh = Report(
                report.payment_id, report.attempt_id, report.outcome, None, report.question,
                report.asked,
            )  # fmt: skip
            if self.use.confirm([fresh]):
                continue  # the store did not take it, or did not say so
            before = self._stored(report.payment_id)
            self.use.confirm([fresh])
            if before is not None and self._stored(report.payment_id) != before:
                self.house.breach(10, "recorded twice is recorded once", report.payment_id)

    def _judge_heard(self, reports: Sequence[Report]) -> None:
        """What the wallet said yes to, in words that are ours, is a success once it is written."""
        for report in reports:
            if report.question is None and report.attempt_id in self.caller.approved:
                payment = self._stored(report.payment_id)
                known = {a.id: a.status for a in payment.attempts} if payment else {}
                status = known.get(report.attempt_id)
                if status in {AttemptStatus.WAITING, AttemptStatus.UNKNOWN}:
                    self.house.breach(0, "a success heard is a success", report.payment_id)

    def _stored(self, payment_id: str) -> Payment | None:
        return self.house.store.state.payments.get(payment_id)

    # -- webhooks ---------------------------------------------------------------------------------

    def _deliver(self) -> None:
        use, incarnation = self.use, self.incarnation
        waiting = use.claim(ROOM, {})
        busy: dict[str, int] = {}
        for parcel in waiting:
            busy[parcel.endpoint.id] = busy.get(parcel.endpoint.id, 0) + 1
        fresh = use.relay(ROOM, ROOM - len(waiting), busy).parcels
        for parcel in [*waiting, *fresh]:
            if self.lives_on(incarnation):
                self.then(partial(self._post, parcel))

    def _soon(self, parcel: Parcel) -> None:
        self.later(SOON, partial(self._post, parcel))

    def _post(self, parcel: Parcel) -> None:
        answer = self.house.receiver.hear(parcel, self._dice)
        self.then(partial(self._delivered, parcel, answer))

    def _delivered(self, parcel: Parcel, answer: DeliveryAnswer) -> None:
        self.use.record([DeliveryReport(parcel, answer)])

    # -- assembly ---------------------------------------------------------------------------------

    def _use_cases(self) -> UseCases:
        house, clock, store = self.house, self.read, self.house.store
        provider, new_id, signal = house.provider, house.world.new_id, Wake()
        relay = RelayEvents(
            store.events,
            store.deliveries,
            store.endpoints,
            clock,
            new_id,
            timedelta(seconds=15),
            per_endpoint=ROOM,
        )
        tell = TellAtOnce(self.store, relay, Hand(self._soon, self.relay))
        confirm = ConfirmPayment(
            payments=self.store,
            save_each=tell,
            accounts=store.accounts,
            rules=house.rulebook,
            clock=clock,
            new_id=new_id,
            signal=signal,
        )
        return UseCases(
            push=PushPayments(
                payments=self.store,
                save_each=tell,
                accounts=store.accounts,
                references=OvoReferences(store.sequences, block=10),
                provider=provider,
                clock=clock,
                new_id=new_id,
                worker=self.name,
            ),
            confirm=confirm,
            resolve=ResolvePayments(self.store, store.accounts, provider, clock, new_id),
            abandon=AbandonAttempts(
                payments=self.store,
                confirm=confirm,
                heartbeats=house.heartbeats,
                provider=provider,
                clock=clock,
                worker=self.name,
                alone=house.switches.workers == 1,
            ),
            expire=ExpirePayments(self.store, provider, clock, new_id, signal),
            relay=relay,
            claim=ClaimDeliveries(
                store.deliveries,
                store.endpoints,
                store.events,
                clock,
                timedelta(seconds=15),
                per_endpoint=ROOM,
            ),
            record=RecordDeliveries(
                store.deliveries, store.endpoints, store.events, clock, new_id, self._dice.random
            ),
        )
