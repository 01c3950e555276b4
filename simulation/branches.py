"""The lanes of the other providers in one worker: they live in its process and die with it."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, final

from adapters.outbound.memory.queue import Queue
from application.abandon_attempts import AbandonAttempts
from application.confirm_payment import Report
from application.expire_payments import ExpirePayments
from application.ports import PaymentGateway, RefundOrder
from application.push_payments import Claim, PushPayments
from application.resolve_payments import Asking, ResolvePayments
from domain.circuit import CLOSED, CircuitRules
from domain.follow_up import QuestionKind
from domain.outcome import Outcome
from domain.status import Status
from simulation.gateways import gateways
from simulation.hearing import Hearing
from simulation.loop import WorldLoop
from simulation.mixing import Left, Mixture
from simulation.wires import TRIP, Trip
from simulation.world import Step

if TYPE_CHECKING:
    from simulation.house import House
    from simulation.worker import Worker

ROOM = 64
SCAN_AFTER = timedelta(milliseconds=500)
SOON = timedelta(milliseconds=5)
CIRCUIT = CircuitRules()
ACTS = frozenset({QuestionKind.REVERSAL, QuestionKind.VOID, QuestionKind.REFUND})


@final
class Alarm:
    """Wakes one lane, once however often it is asked to."""

    def __init__(self, worker: "Worker", turn: Callable[[], datetime | None]) -> None:
        self._worker = worker
        self._turn = turn
        self._at: datetime | None = None
        self._step: Step | None = None

    def wake(self, when: datetime) -> None:
        """Take a turn then, or when the worker goes on; not later than was said before."""
        when = max(when, self._worker.paused_until)
        if self._at is None or when < self._at:
            self._at = when
            if self._step is not None:
                self._step.call_off()
            self._step = self._worker.house.world.at(when, self._ring)

    def _ring(self) -> None:
        self._at = self._step = None
        self._worker.step(self._worker.incarnation, self._look)

    def _look(self) -> None:
        unfit = self._worker.unfit_until()
        again = unfit if unfit is not None else self._turn()
        if again is not None:
            self.wake(again)


@final
class Branches:
    """All of one worker's."""

    def __init__(self, worker: "Worker", mix: Mixture) -> None:
        self._worker = worker
        self._mix = mix
        self._loop: WorldLoop | None = None
        self._branches = {name: Branch(worker, mix, name) for name in mix.names}
        self._hearing = Hearing(worker, mix)
        self.inbox = Alarm(worker, self._hearing.turn)

    def start(self) -> None:
        """A fresh incarnation: another loop, with nothing in it."""
        worker = self._worker
        resume = partial(worker.step, worker.incarnation)
        self._loop = loop = WorldLoop.of(worker.house.world, resume)
        made = gateways(worker.house, self._mix, loop, worker.read)
        for name, branch in self._branches.items():
            branch.start(loop, made[name])
        self._hearing.start()

    def die(self) -> None:
        """Whatever was awaited is awaited by nobody any more."""
        if self._loop is not None:
            self._loop.close()

    def schedule(self, provider: str) -> None:
        """Something of that provider was written."""
        branch = self._branches.get(provider)
        if branch is not None:
            branch.schedule()

    def look_everywhere(self) -> None:
        """Take a turn of every lane, and look for what the dead have left."""
        for branch in self._branches.values():
            branch.look_everywhere()
        self.inbox.wake(self._worker.house.world.now)

    def come_back(self, when: datetime) -> None:
        """The store is away: look again then."""
        for branch in self._branches.values():
            branch.wake(when)
        self.inbox.wake(when)

    def unwell(self, name: str) -> bool:
        """Whether this process could not use that provider lately."""
        branch = self._branches[name]
        return branch.circuit.is_open(self._worker.house.world.now, CIRCUIT)


@final
class Branch:
    """One provider's: it claims and sends, asks, and looks after what was left behind."""

    def __init__(self, worker: "Worker", mix: Mixture, name: str) -> None:
        self._worker = worker
        self._house: House = worker.house
        self._mix = mix
        self._name = name
        self._provider = mix.providers[name]
        state = worker.house.store.state
        self._pending, self._awaiting, self._retrying = (
            state.due[name, status]
            for status in (Status.PENDING, Status.AWAITING_CUSTOMER, Status.REQUIRES_RETRY)
        )
        self._asked: Queue = state.asked[name]
        self._alarms = tuple(
            Alarm(worker, turn) for turn in (self._push_turn, self._ask_turn, self._upkeep_turn)
        )
        self._allowance = 0.0
        self._counted_at = worker.house.world.now
        self.circuit = CLOSED

    def start(self, loop: WorldLoop, gateway: PaymentGateway) -> None:
        """A fresh incarnation's use cases."""
        worker, house = self._worker, self._house
        store, clock, new_id = house.store, worker.read, house.world.new_id
        self._loop = loop
        self._gateway = gateway
        self.circuit = CLOSED
        self._pushing = PushPayments(
            payments=worker.store,
            save_each=worker.use.confirm.save_each,
            accounts=store.accounts,
            references=self._mix.offers[self._name].names(store.sequences),
            provider=self._provider,
            clock=clock,
            new_id=new_id,
            worker=worker.name,
        )
        self._resolving = ResolvePayments(
            worker.store, store.accounts, self._provider, clock, new_id
        )
        self._abandoning = AbandonAttempts(
            payments=worker.store,
            confirm=worker.use.confirm,
            heartbeats=house.heartbeats,
            provider=self._provider,
            clock=clock,
            worker=worker.name,
            alone=house.switches.workers == 1,
        )
        self._expiring = ExpirePayments(
            worker.store, self._provider, clock, new_id, house.quiet_signal
        )

    def look_everywhere(self) -> None:
        """Take a turn of every lane."""
        self.wake(self._house.world.now)

    def wake(self, when: datetime) -> None:
        """Take a turn of every lane then."""
        for alarm in self._alarms:
            alarm.wake(when)

    def schedule(self) -> None:
        """See that each lane wakes when the first of its things is due."""
        now, off = self._house.world.now, self._worker.off
        for alarm, due in zip(self._alarms, self._dues(), strict=True):
            if due is not None:
                alarm.wake(max(due - off, now + SOON))

    def _dues(self) -> Sequence[datetime | None]:
        held, retried = self._awaiting.first_at(), self._retrying.first_at()
        times = [held + self._provider.clocks.skew] if held else []
        times += [retried] if retried else []
        return self._pending.first_at(), self._asked.first_at(), min(times, default=None)

    def _next(self, lane: int) -> datetime | None:
        """When the lane's next thing is due; what was left behind is looked at again soon."""
        due, now = self._dues()[lane], self._house.world.now
        if due is None:
            return None
        at = due - self._worker.off
        return at if at > now else now + SCAN_AFTER

    # -- charges -----------------------------------------------------------------------------------

    def _push_turn(self) -> datetime | None:
        worker = self._worker
        claims = self._pushing(ROOM)
        worker.perhaps_die()
        incarnation = worker.incarnation
        for claim in claims.to_send:
            self._house.tell(worker.name, f"claims {claim.attempt.id} at {self._name}")
            if worker.lives_on(incarnation):
                worker.then(partial(self._send, claim))
        if claims.not_to_send:
            worker.record(list(claims.not_to_send))
        return self._next(0)

    def _send(self, claim: Claim) -> None:
        over = partial(self._pushed, self._worker.incarnation, claim)
        dice = self._house.dice_of(claim.attempt.id, 1)
        left = partial(self._left, None, claim.attempt.id, None)
        self._call(self._gateway.push(claim.charge), Trip(True, dice, left), over)

    def _pushed(self, incarnation: int, claim: Claim, outcome: Outcome) -> None:
        worker = self._worker
        report = Report(claim.payment.id, claim.attempt.id, outcome, claim.payment)
        self._house.tell(worker.name, f"hears of {claim.attempt.id}: {outcome}")
        self.circuit = self.circuit.after(outcome, self._house.world.now, CIRCUIT)
        worker.step(incarnation, partial(worker.record, [report]))

    # -- questions ---------------------------------------------------------------------------------

    def _ask_turn(self) -> datetime | None:
        worker, now = self._worker, self._house.world.now
        room = self._earned()
        if room <= 0:
            return now + timedelta(seconds=1)
        askings = self._resolving(min(ROOM, room))
        self._allowance -= len(askings)
        worker.perhaps_die()
        incarnation = worker.incarnation
        for asking in askings:
            kind = asking.question.kind
            self._house.tell(worker.name, f"asks {kind} of {asking.attempt.id} at {self._name}")
            if worker.lives_on(incarnation):
                worker.then(partial(self._question, asking))
        if len(askings) >= min(ROOM, room):
            return now + timedelta(milliseconds=250)
        return self._next(1)

    def _earned(self) -> int:
        now, pace = self._house.world.now, self._house.switches.check_pace
        passed = (now - self._counted_at).total_seconds()
        self._counted_at = now
        self._allowance = min(max(pace / 4, 1.0), self._allowance + passed * pace)
        return int(self._allowance)

    def _question(self, asking: Asking) -> None:
        worker, question = self._worker, asking.question
        asked = worker.read()  # read just before it is sent

        def over(outcome: Outcome) -> None:
            told = f"hears of {asking.attempt.id} ({question.kind}): {outcome}"
            self._house.tell(worker.name, told)
            report = Report(
                asking.payment.id, asking.attempt.id, outcome, asking.payment, question, asked
            )
            worker.step(incarnation, partial(worker.record, [report]))

        incarnation = worker.incarnation
        dice = self._house.dice_of(asking.attempt.id, 100 + question.number)
        left = partial(self._left, question.kind, asking.attempt.id, question.about)
        trip = Trip(question.kind in ACTS, dice, left)
        self._call(_asked(self._gateway, asking), trip, over)

    # -- upkeep ------------------------------------------------------------------------------------

    def _upkeep_turn(self) -> datetime | None:
        worker = self._worker
        worker.store.refused = False
        self._abandoning(ROOM)
        self._expiring(ROOM)
        if worker.store.refused:
            return self._house.world.now + SCAN_AFTER
        return self._next(2)

    # -- calls -------------------------------------------------------------------------------------

    def _call(
        self, asked: Coroutine[Any, Any, Outcome], trip: Trip, over: Callable[[Outcome], None]
    ) -> None:
        async def call() -> None:
            TRIP.set(trip)
            over(await asked)

        self._loop.start(call())

    def _left(
        self, kind: QuestionKind | None, attempt_id: str, about: str | None, again: bool
    ) -> None:
        at = self._house.world.uptime()
        self._mix.left.append(Left(self._name, kind, attempt_id, at, about, again))


def _asked(gateway: PaymentGateway, asking: Asking) -> Coroutine[Any, Any, Outcome]:
    charge, refund = asking.charge, asking.refund
    match asking.question.kind:
        case QuestionKind.CHECK:
            return gateway.check(charge)
        case QuestionKind.REVERSAL:
            return gateway.reverse(charge)
        case QuestionKind.VOID:
            return gateway.void(charge)
        case QuestionKind.VOID_CHECK:
            return gateway.check_void(charge)
        case QuestionKind.REFUND:
            return gateway.refund(charge, _named(refund))
        case QuestionKind.REFUND_CHECK:
            return gateway.check_refund(charge, _named(refund))


def _named(refund: RefundOrder | None) -> RefundOrder:
    assert refund is not None, "a question about a refund names it"
    return refund
