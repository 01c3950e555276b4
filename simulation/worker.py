"""A dispatcher process of the simulation: the real use cases, crashes and pauses between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import final

from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.references import OvoReferences
from application.abandon_attempts import AbandonAttempts
from application.confirm_payment import ConfirmPayment, Report
from application.deliver_events import ClaimDeliveries, DeliveryReport, Parcel, RecordDeliveries
from application.expire_payments import ExpirePayments
from application.ports import Heartbeat, StoreUnavailable, WorkSignal
from application.push_payments import Claim, PushPayments
from application.relay_events import RelayEvents
from application.resolve_payments import Asking, ResolvePayments
from bootstrap.clock import StoreClock
from domain.attempt import AttemptStatus
from domain.follow_up import QuestionKind
from domain.moment import Moment
from domain.outcome import Outcome
from domain.payment import Payment
from domain.webhook import DeliveryAnswer
from simulation.calls import Caller
from simulation.house import House
from simulation.stores import FaultyPayments

ROOM = 64
"""Claims of one turn."""
HOLD_FOR = timedelta(milliseconds=200)
"""How long an outcome waits before the store is tried again."""
MEASURE_EVERY = timedelta(minutes=1)
SCAN_AFTER = timedelta(milliseconds=500)
MISSING_AFTER = timedelta(seconds=11)
"""When others look for what a silent process held."""
ASKED: dict[QuestionKind, Operation] = {
    QuestionKind.CHECK: Operation.CHECK,
    QuestionKind.REVERSAL: Operation.REVERSAL,
    QuestionKind.VOID: Operation.VOID,
    QuestionKind.VOID_CHECK: Operation.CHECK_VOID,
}


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


@final
class Wake(WorkSignal):
    """Wakes every worker of the world."""

    def __init__(self, house: House) -> None:
        self._house = house

    def wake(self, payment_id: str | None = None) -> None:
        self._house.wake()


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
        self._turn_at: datetime | None = None
        self._tokens = 0.0
        self._counted_at = house.world.now
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
            house.rules.clocks.horizon,
            self._measured(),
            read_uptime=house.world.uptime,
            boot=f"boot-{self.number}",
        )
        self._measured_at = house.world.now
        house.heartbeats.beat(Heartbeat(self.name, house.store_time(), None))
        self.caller = Caller(house.world, house.network, house.switches, house.rules.clocks)
        self.caller.sent = house.sent
        self.use = self._use_cases()
        house.tell(self.name, "starts")
        self.wake(timedelta(0))

    def crash(self) -> None:
        """Die now; somebody starts it again."""
        house = self.house
        if not self.alive:
            return
        house.tell(self.name, "is killed")
        self.alive = False
        house.heartbeats.last[self.name] = house.store_time()
        house.world.after(self._dice.seconds(0.5, 40), self.start)
        house.world.after(MISSING_AFTER, house.wake)

    def wake(self, after: timedelta) -> None:
        """Take a turn after that time, once however often it is asked for."""
        when = max(self.house.world.now + after, self.paused_until)
        if self._turn_at is None or when < self._turn_at:
            self._turn_at = when
            self.house.world.at(when, partial(self._turn_due, when))

    def _turn_due(self, when: datetime) -> None:
        if self._turn_at == when:
            self._turn_at = None
            if self.house.world.now < self.paused_until:
                self.wake(timedelta(0))
                return
            self._step(self.incarnation, self._turn)

    # -- steps, between any two of which it may die or stand still ---------------------------------

    def _step(self, incarnation: int, what: Callable[[], None]) -> None:
        if not self.alive or incarnation != self.incarnation:
            return
        world = self.house.world
        if world.now < self.paused_until:
            world.at(self.paused_until, partial(self._step, incarnation, what))
            return
        switches = self.house.switches
        if self._dice.chance(switches.pause) and self.house.accidents_allowed():
            pause = self._dice.seconds(0, switches.longest_pause)
            self.paused_until = world.now + pause
            self.house.tell(self.name, f"stands still for {pause.total_seconds():.1f} s")
            if pause > MISSING_AFTER:
                self.house.silent(self.name, self.paused_until)
            world.at(self.paused_until, partial(self._step, incarnation, what))
            return
        try:
            self._perhaps_die()
            what()
        except CrashError:
            self.crash()
        except StoreUnavailable:
            self.wake(SCAN_AFTER)

    def _perhaps_die(self) -> None:
        if self._dice.chance(self.house.switches.crash) and self.house.accidents_allowed():
            raise CrashError

    def _later(self, after: timedelta, what: Callable[[], None]) -> None:
        self.house.world.after(after, partial(self._step, self.incarnation, what))

    # -- one turn of every lane -------------------------------------------------------------------

    def _turn(self) -> None:
        self._measure()
        if self.clock.trouble() is not None:
            self.wake(timedelta(seconds=5))
            return
        use = self.use
        use.abandon(ROOM)
        use.expire(ROOM)
        self._perhaps_die()
        self._push()
        self._perhaps_die()
        self._ask()
        self._deliver()
        if self.store.refused:  # the real one looks again by itself, twice a second
            self.store.refused = False
            self.wake(SCAN_AFTER)

    def _measure(self) -> None:
        world = self.house.world
        if world.now - self._measured_at >= MEASURE_EVERY:
            self._measured_at = world.now
            self.clock.measure(self._measured())

    def _measured(self) -> datetime:
        """The store's time as this process gets to know it: the answer was under way."""
        error = self.house.switches.clock_error
        off = error if self.number % 2 else -error
        return self.house.store_time() + timedelta(seconds=off)

    def _push(self) -> None:
        claims = self.use.push(ROOM)
        self._perhaps_die()
        for claim in claims.to_send:
            self.house.tell(self.name, f"claims {claim.attempt.id}")
            self._later(timedelta(0), partial(self._send, claim))
        if claims.not_to_send:
            self._record(list(claims.not_to_send))
        if len(claims.to_send) >= ROOM:
            self.wake(timedelta(0))

    def _send(self, claim: Claim) -> None:
        over = partial(self._pushed, self.incarnation, claim)
        dice = self.house.dice_of(claim.attempt.id, 1)
        self.caller.call(Operation.PUSH, claim.charge, dice, over)

    def _pushed(self, incarnation: int, claim: Claim, outcome: Outcome) -> None:
        report = Report(claim.payment.id, claim.attempt.id, outcome, claim.payment)
        self.house.tell(self.name, f"hears of {claim.attempt.id}: {outcome}")
        self._step(incarnation, partial(self._record, [report]))

    def _ask(self) -> None:
        room = self._earned()
        if room <= 0:
            self.wake(timedelta(seconds=1))
            return
        askings = self.use.resolve(min(ROOM, room))
        self._tokens -= len(askings)
        self._perhaps_die()
        for asking in askings:
            self.house.tell(self.name, f"asks {asking.question.kind} of {asking.attempt.id}")
            self._later(timedelta(0), partial(self._question, asking))
        if len(askings) >= min(ROOM, room):
            self.wake(timedelta(milliseconds=250))

    def _earned(self) -> int:
        world, pace = self.house.world, self.house.switches.check_pace
        passed = (world.now - self._counted_at).total_seconds()
        self._counted_at = world.now
        self._tokens = min(max(pace / 4, 1.0), self._tokens + passed * pace)
        return int(self._tokens)

    def _question(self, asking: Asking) -> None:
        asked = self.clock()  # read just before it is sent
        over = partial(self._told, self.incarnation, asking, asked)
        dice = self.house.dice_of(asking.attempt.id, 100 + asking.question.number)
        self.caller.call(ASKED[asking.question.kind], asking.charge, dice, over)

    def _told(self, incarnation: int, asking: Asking, asked: Moment, outcome: Outcome) -> None:
        self.house.tell(
            self.name, f"hears of {asking.attempt.id} ({asking.question.kind}): {outcome}"
        )
        report = Report(
            asking.payment.id, asking.attempt.id, outcome, asking.payment, asking.question, asked
        )
        self._step(incarnation, partial(self._record, [report]))

    def _record(self, reports: Sequence[Report]) -> None:
        """Write answers down, now and then twice, in the order in which they came or another."""
        held = self.use.confirm(reports)
        if not held:
            self._judge_heard(reports)
        self._perhaps_die()
        if held:
            self._later(HOLD_FOR, partial(self._record, list(held)))
        dice = self._dice
        if dice.chance(self.house.switches.repeated) and self.house.accidents_allowed():
            self._later(dice.seconds(0, 90), partial(self._again, list(reports)))

    def _again(self, reports: Sequence[Report]) -> None:
        """The same words once more: unless they had not been written yet, nothing changes."""
        for report in reports:
            fresh = Report(
                report.payment_id, report.attempt_id, report.outcome, None, report.question,
                report.asked,
            )  # fmt: skip
            self.use.confirm([fresh])
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
        use = self.use
        use.relay(ROOM)
        for parcel in use.claim(ROOM, {}):
            self._later(timedelta(0), partial(self._post, parcel))

    def _post(self, parcel: Parcel) -> None:
        answer = self.house.receiver.hear(parcel, self._dice)
        self._later(timedelta(0), partial(self._delivered, parcel, answer))

    def _delivered(self, parcel: Parcel, answer: DeliveryAnswer) -> None:
        self.use.record([DeliveryReport(parcel, answer)])

    # -- assembly ---------------------------------------------------------------------------------

    def _use_cases(self) -> UseCases:
        house, clock, store = self.house, self.clock, self.house.store
        provider, new_id, signal = house.provider, house.world.new_id, Wake(house)
        confirm = ConfirmPayment(
            payments=self.store,
            accounts=store.accounts,
            rules=house.rules,
            clock=clock,
            new_id=new_id,
            signal=signal,
        )
        return UseCases(
            push=PushPayments(
                payments=self.store,
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
            relay=RelayEvents(store.events, store.deliveries, store.endpoints, clock, new_id),
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
