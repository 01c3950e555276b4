"""The asyncio room, over a house in memory."""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from adapters.inbound.dispatcher.copies import CopyLane
from adapters.inbound.dispatcher.deliveries import DeliveryLane
from adapters.inbound.dispatcher.dispatcher import Dispatcher
from adapters.inbound.dispatcher.hand import Hand
from adapters.inbound.dispatcher.lookout import Lookout, ProviderLanes
from adapters.inbound.dispatcher.notices import InboxLane
from adapters.inbound.dispatcher.pushes import PushLane
from adapters.inbound.dispatcher.questions import QuestionLane
from adapters.inbound.dispatcher.recorder import Recorder
from adapters.inbound.dispatcher.shares import Shares
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.upkeep import Upkeep
from adapters.inbound.dispatcher.wake import Alarm
from adapters.inbound.dispatcher.watch import Watch
from application.confirm_payment import Report
from application.deliver_events import DeliveryReport
from application.forget_notices import MOST_NOISE
from application.index_payments import Indexed
from application.ports import Charge, Received, StoreUnavailable, Telling, Verdict
from application.push_payments import Claim
from application.resolve_payments import Asking
from application.tell_at_once import TellAtOnce
from domain.attempt import AttemptStatus
from domain.errors import LunasError
from domain.events import Event, EventType
from domain.merchant import ProviderAccount
from domain.outcome import Approved, Declined, Doubt, NotSent, Outcome, Unknown
from domain.payment import Change, Payment, Status
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix
from domain.webhook import DELAYS, DeliveryAnswer, Endpoint
from tests.builders import a_start
from tests.hmac_provider import body_of, headers_of
from tests.memory_house import CALLER, KEYS, MemoryHouse

MISCONFIGURED = Declined(
    "63",
    Reason(
        ReasonCode.PROVIDER_MISCONFIGURED, "63", False, WhoCanFix.OPERATOR, Texts("salah", "wrong")
    ),
    final=True,
    stops_account=True,
)
SOON = 5.0
"""Seconds after which a test gives up."""


@dataclass(slots=True)
class Notes(Watch):
    """Keeps what it is told."""

    turns: int = 0
    claims: int = 0
    copies: int = 0
    held: int = 0
    most_open: Counter[str] = field(default_factory=Counter)
    asked: list[tuple[str, str]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    verdicts: Counter[Verdict | None] = field(default_factory=Counter)
    drops: Counter[Verdict] = field(default_factory=Counter)
    finds: Counter[str] = field(default_factory=Counter)
    ill: list[Sequence[str]] = field(default_factory=list)

    def unwell(self, providers: Sequence[str]) -> None:
        self.ill.append(providers)

    def claimed(self, claims: Sequence[Claim]) -> None:
        self.turns += 1
        self.claims += len(claims)

    def answered(self, claim: Claim, report: Report, took: timedelta) -> None:
        """Not noted."""

    def heard(self, asking: Asking, report: Report, took: timedelta) -> None:
        self.asked.append((asking.question.kind, asking.payment.id))

    def recorded(self, reports: int, *, held: int) -> None:
        self.held = max(self.held, held)

    def delivered(self, report: DeliveryReport, took: timedelta) -> None:
        """Not noted."""

    def found(self, what: str, count: int) -> None:
        self.finds[what] += count

    def indexed(self, turn: Indexed) -> None:
        self.copies += turn.copies

    def noticed(self, heard: Sequence[Received]) -> None:
        self.verdicts.update(each.verdict for each in heard)

    def dropped(self, verdict: Verdict, count: int) -> None:
        self.drops[verdict] += count

    def holding(self, what: str, count: int) -> None:
        self.most_open[what] = max(self.most_open[what], count)

    def trouble(self, about: str, error: BaseException) -> None:
        self.troubles.append(f"{about}: {type(error).__name__}")


class Pipe:
    """A doorbell that the test rings."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)

    def fileno(self) -> int:
        return self._read

    def drain(self) -> None:
        os.read(self._read, 1_000)

    def ring(self) -> None:
        os.write(self._write, b"x")

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


class Room:
    """A dispatcher on trial, and the house around it."""

    def __init__(self, *, width: int = 100, scan: float = 0.02, drain: float = 0.2) -> None:
        self.house = MemoryHouse()
        self.notes = Notes()
        self.bell = Pipe()
        self.stop = asyncio.Event()
        self.trouble: str | None = None
        core, threads, watch = self.house.core, Threads(), self.notes
        scan_every = timedelta(seconds=scan)
        hand = Hand(lambda: 16, core.per_endpoint())
        tell = TellAtOnce(core.payments(), core.relay(), hand)
        self.deliveries = DeliveryLane(
            relay=core.relay(),
            claim=core.claim_deliveries(),
            sender=self.house.post,
            recorder=Recorder[DeliveryReport](
                self._record_deliveries, threads, lambda *_: None, self._fault
            ),
            threads=threads,
            watch=watch,
            hand=hand,
            scan_every=scan_every,
        )
        self.pushes = PushLane(
            push=replace(core.push(), save_each=tell),
            gateway=self.house.wallet,
            recorder=Recorder[Report](
                replace(core.confirm(), save_each=tell), threads, self._told, self._fault
            ),
            threads=threads,
            watch=watch,
            width=lambda: width,
            scan_every=scan_every,
            fit=lambda: self.trouble is None,
        )
        self.questions = QuestionLane(
            resolve=core.resolve(),
            gateway=self.house.wallet,
            recorder=self.pushes.recorder,
            threads=threads,
            watch=watch,
            clock=self.house.clock,
            pace=lambda: 10_000,
            width=lambda: width,
            scan_every=scan_every,
            fit=self.pushes.fit,
        )
        copies = CopyLane(
            index=core.index_payments(),
            threads=threads,
            watch=watch,
            gather=scan_every,
            scan_every=scan_every,
        )
        notices = InboxLane(
            hear=core.hear(),
            forget=core.forget_notices(),
            threads=threads,
            watch=watch,
            scan_every=scan_every,
            told=self._heard,
        )
        upkeep = Upkeep(
            heartbeats=self.house.store.heartbeats,
            expire=core.expire(),
            abandon=core.abandon(),
            probe=core.probe(),
            idempotency=self.house.store.idempotency,
            gateway=self.house.wallet,
            threads=threads,
            watch=watch,
            worker="w1",
            shares=Shares("w1"),
            trouble=lambda: self.trouble,
            measure=lambda _: None,
            every=scan_every,
        )
        self.dispatcher = Dispatcher(
            pushes=self.pushes,
            questions=self.questions,
            deliveries=self.deliveries,
            copies=copies,
            notices=notices,
            upkeep=upkeep,
            threads=threads,
            bell=self.bell,
            stop_sending=self.house.wallet.shut,
            drain_within=timedelta(seconds=drain),
            lookout=Lookout(
                lanes={"dana": self._beside()},
                due=lambda: self.house.store.payments.due_providers(
                    ["dana"], self.house.clock().at
                ),
                threads=threads,
                watch=watch,
                scan_every=scan_every,
            ),
        )

    def _beside(self) -> ProviderLanes:
        """The lanes of another provider, which look for nothing by themselves."""
        provider = replace(self.pushes.push.provider, name="dana")
        pushes = replace(
            self.pushes,
            push=replace(self.pushes.push, provider=provider),
            recorder=Recorder[Report](
                self.pushes.recorder.record, self.pushes.threads, self._told, self._fault
            ),
            scan_every=timedelta(hours=1),
            alarm=Alarm(),
            _held={},
        )
        questions = replace(
            self.questions,
            resolve=replace(self.questions.resolve, provider=provider),
            recorder=pushes.recorder,
            scan_every=timedelta(hours=1),
            alarm=Alarm(),
            _held=set(),
        )
        return ProviderLanes(pushes, questions)

    def _record_deliveries(self, reports: Sequence[DeliveryReport]) -> Sequence[DeliveryReport]:
        self.house.core.record_deliveries()(reports)
        return []

    def _told(self, recorded: int, held: int) -> None:
        self.notes.recorded(recorded, held=held)
        self.questions.alarm.ring()

    def _heard(self) -> None:
        self.deliveries.alarm.ring()
        self.questions.alarm.ring()

    def _fault(self, error: BaseException) -> None:
        self.notes.trouble("record", error)

    def statuses(self, payments: Sequence[Payment]) -> Counter[Status]:
        return Counter(self.house.get(payment).status for payment in payments)

    async def until(self, look: Callable[[], object]) -> None:
        async with asyncio.timeout(SOON):
            while not look():  # noqa: ASYNC110  what is looked at has no event of its own
                await asyncio.sleep(0.005)


def on_trial(
    test: Callable[[Room], Awaitable[None]], *, width: int = 100, scan: float = 0.02
) -> Room:
    """Run a dispatcher while the test goes on beside it, then stop it."""

    async def run() -> Room:
        room = Room(width=width, scan=scan)
        working = asyncio.create_task(room.dispatcher.run(room.stop))
        try:
            await test(room)
        finally:
            room.stop.set()
            async with asyncio.timeout(SOON):
                await working
            room.bell.close()
        assert not room.deliveries.hand.count(), "whoever takes a place leaves it"
        return room

    return asyncio.run(run())


def test_a_payment_goes_all_the_way_to_its_webhook() -> None:
    async def test(room: Room) -> None:
        room.house.endpoint()
        payment = room.house.start()
        await room.until(lambda: len(room.house.post.sent) == 3)
        assert room.house.get(payment).status is Status.SUCCEEDED

    room = on_trial(test)
    sequences = [event.sequence for _, event in room.house.post.sent]
    assert sorted(s or 0 for s in sequences) == [1, 2, 3]
    assert len(room.house.wallet.pushes) == 1
    assert room.notes.troubles == []


def test_a_notification_is_heard_when_the_bell_rings_while_the_push_is_held() -> None:
    over = asyncio.Event()

    async def held(_: Charge) -> Outcome:
        await over.wait()
        return Approved("00", evidence="hmac:ref:1")

    async def test(room: Room) -> None:
        room.house.wallet.answer = held
        room.house.endpoint()
        payment = room.house.start()
        room.bell.ring()
        await room.until(lambda: room.house.wallet.pushes)
        body = body_of("ref:1", 50_000)
        headers = headers_of(KEYS[CALLER.merchant_id], body, at=room.house.clock.at)
        room.house.core.receive()("ovo", "/notifications/ovo", headers, body)
        room.bell.ring()
        await room.until(lambda: room.house.get(payment).status is Status.SUCCEEDED)
        await room.until(  # nobody rings again, and a scan is an hour away
            lambda: EventType.SUCCEEDED in [event.type for _, event in room.house.post.sent]
        )
        over.set()

    room = on_trial(test, scan=3_600)
    assert room.notes.verdicts == {Verdict.BELIEVED: 1}
    assert room.notes.troubles == []


def test_a_flood_of_notifications_is_heard_in_turns_and_its_oldest_are_dropped() -> None:
    async def test(room: Room) -> None:
        body = body_of("ref:1", 50_000)
        headers = headers_of("forged", body, at=room.house.clock.at)
        room.house.start()
        room.bell.ring()
        await room.until(lambda: room.house.wallet.pushes)
        for _ in range(MOST_NOISE + 600):
            room.house.clock.move(0.001)
            room.house.core.receive()("ovo", "/notifications/ovo", headers, body)
        room.bell.ring()
        await room.until(lambda: room.notes.verdicts[Verdict.REFUSED] == MOST_NOISE + 600)
        await room.until(lambda: room.notes.drops[Verdict.REFUSED])

    room = on_trial(test)
    assert len(room.house.store.state.inbox) <= MOST_NOISE + 600


def test_an_inbox_that_fails_is_tried_again() -> None:
    async def test(room: Room) -> None:
        await room.until(lambda: room.notes.turns)
        claim, faults = room.house.store.inbox.claim, [StoreUnavailable(), StoreUnavailable()]

        def failing(at: datetime, until: datetime, limit: int) -> Sequence[Received]:
            if faults:
                raise faults.pop()
            return claim(at, until, limit)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(room.house.store.inbox, "claim", failing)
            room.house.core.receive()("ovo", "/notifications/ovo", {}, b"unreadable")
            await room.until(lambda: room.notes.verdicts[Verdict.UNMATCHED])

    room = on_trial(test)
    assert room.notes.troubles == ["notifications: StoreUnavailable"] * 2


def test_it_wakes_at_once_when_the_bell_rings() -> None:
    async def test(room: Room) -> None:
        await room.until(lambda: room.notes.turns)
        payment = room.house.start()
        await asyncio.sleep(0.05)
        assert room.house.get(payment).status is Status.PENDING, "a scan is an hour away"
        room.bell.ring()
        await room.until(lambda: room.house.get(payment).status is Status.SUCCEEDED)

    on_trial(test, scan=3_600)


def test_it_finds_what_is_due_even_if_nobody_rings() -> None:
    async def test(room: Room) -> None:
        await asyncio.sleep(0.05)
        payment = room.house.start()
        await room.until(lambda: room.house.get(payment).status is Status.SUCCEEDED)

    on_trial(test)


def test_it_holds_no_more_calls_than_its_width_and_every_payment_has_its_turn() -> None:
    async def slowly(_: Charge) -> Outcome:
        await asyncio.sleep(0.01)
        return Approved("00")

    async def test(room: Room) -> None:
        room.house.wallet.answer = slowly
        payments = [room.house.start(f"o{n}") for n in range(20)]
        room.bell.ring()
        await room.until(lambda: room.statuses(payments)[Status.SUCCEEDED] == 20)

    room = on_trial(test, width=3)
    assert room.notes.most_open["pushes"] == 3
    assert len(room.house.wallet.pushes) == 20


def test_webhooks_flow_while_every_push_is_held() -> None:
    async def never(_: Charge) -> Outcome:
        await asyncio.sleep(3_600)
        raise AssertionError

    async def test(room: Room) -> None:
        room.house.wallet.answer = never
        room.house.endpoint()
        for number in range(10):
            room.house.start(f"o{number}")
        await room.until(lambda: len(room.house.post.sent) >= 10)

    assert on_trial(test, width=5).notes.most_open["pushes"] == 5


def test_what_an_endpoint_had_no_room_for_goes_as_soon_as_it_has() -> None:
    async def slowly(_: Endpoint, __: Event) -> DeliveryAnswer:
        await asyncio.sleep(0.001)
        return DeliveryAnswer(204)

    async def test(room: Room) -> None:
        room.house.post.answer = slowly
        room.house.endpoint()
        for number in range(30):
            room.house.start(f"o{number}")
        room.bell.ring()
        await room.until(lambda: len(room.house.post.sent) >= 30)

    on_trial(test, scan=3_600)


def test_pushes_flow_while_an_endpoint_hangs_and_another_hears() -> None:
    async def test(room: Room) -> None:
        slow, fast = room.house.endpoint(), room.house.endpoint(url="https://fast.example/")

        async def answer(endpoint: Endpoint, _: Event) -> DeliveryAnswer:
            if endpoint.id == slow.id:
                await asyncio.sleep(3_600)
            return DeliveryAnswer(204)

        room.house.post.answer = answer
        payments = [room.house.start(f"o{n}") for n in range(12)]
        await room.until(lambda: room.statuses(payments)[Status.SUCCEEDED] == 12)
        await room.until(lambda: sum(target == fast.id for target, _ in room.house.post.sent) == 36)
        assert sum(target == slow.id for target, _ in room.house.post.sent) == 8

    on_trial(test)


def test_a_turn_that_breaks_gives_its_places_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(room: Room) -> None:
        room.house.endpoint()
        room.house.post.answer = DeliveryAnswer(500)
        payment = room.house.start()
        await room.until(lambda: len(room.house.post.sent) == 3)
        room.house.clock.move(DELAYS[1].total_seconds() * 2)

        def broken(*_: object) -> None:
            raise RuntimeError("a fault of ours")

        with monkeypatch.context() as trouble:
            trouble.setattr(room.house.store.events, "unrelayed", broken)
            room.bell.ring()
            await room.until(lambda: "deliver: RuntimeError" in room.notes.troubles)
            await room.until(lambda: not room.deliveries.hand.count())
        assert room.house.get(payment).status is Status.SUCCEEDED

    on_trial(test, scan=3_600)


def start_at_dana(room: Room, at: datetime) -> Payment:
    """A payment of the other provider."""
    account = ProviderAccount(CALLER.merchant_id, "dana", livemode=False, credentials={})
    room.house.store.accounts.save(account)
    change = a_start(provider="dana", merchant_id=CALLER.merchant_id, at=at)
    room.house.store.payments.save(change)
    return change.payment


def test_another_providers_lanes_are_called_when_there_is_something_due() -> None:
    async def test(room: Room) -> None:
        payment = start_at_dana(room, room.house.clock.at)
        room.bell.ring()
        await room.until(lambda: room.house.wallet.pushes)
        assert room.house.get(payment).attempts

    on_trial(test, scan=3_600)


def test_another_providers_payment_is_found_without_a_bell() -> None:
    async def test(room: Room) -> None:
        payment = start_at_dana(room, room.house.clock.at)
        await room.until(lambda: room.house.wallet.pushes)
        assert room.house.get(payment).attempts

    on_trial(test)


def test_a_look_that_fails_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(room: Room) -> None:
        def away(*_: object) -> None:
            raise StoreUnavailable

        with monkeypatch.context() as trouble:
            trouble.setattr(room.house.store.payments, "due_providers", away)
            await room.until(lambda: "look: StoreUnavailable" in room.notes.troubles)
        start_at_dana(room, room.house.clock.at)
        await room.until(lambda: room.house.wallet.pushes)

    on_trial(test)


def test_whatever_breaks_in_a_gateway_is_unknown_never_not_sent() -> None:
    async def broken(_: Charge) -> Outcome:
        raise RuntimeError("a fault of ours")

    async def test(room: Room) -> None:
        room.house.wallet.answer = broken
        payment = room.house.start()
        await room.until(lambda: room.house.get(payment).status is Status.UNKNOWN)

    room = on_trial(test)
    assert room.notes.troubles[0] == "push: RuntimeError"
    assert set(room.notes.troubles[1:]) <= {"check: RuntimeError"}
    assert len(room.house.wallet.pushes) == 1


def test_outcomes_are_held_while_the_store_is_away_and_nothing_is_claimed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = asyncio.Event()

    async def later(_: Charge) -> Outcome:
        await answer.wait()
        return Approved("00")

    async def test(room: Room) -> None:
        room.house.wallet.answer = later
        first = room.house.start("o1")
        await room.until(lambda: room.notes.claims == 1)

        def refuse(
            changes: Sequence[Change], _: Telling
        ) -> tuple[Sequence[LunasError | None], bool]:
            return [StoreUnavailable() for _ in changes], False

        with monkeypatch.context() as away:
            away.setattr(room.house.store.payments, "save_told", refuse)
            answer.set()
            await room.until(lambda: room.pushes.recorder.holding)
            second = room.house.start("o2")
            await asyncio.sleep(0.1)
            assert room.house.get(second).attempts == ()
        await room.until(lambda: room.statuses([first, second])[Status.SUCCEEDED] == 2)

    room = on_trial(test)
    assert room.notes.held == 1
    assert len(room.house.wallet.pushes) == 2


def test_a_clock_that_is_off_starts_nothing() -> None:
    async def test(room: Room) -> None:
        room.trouble = "the clock is off"
        payment = room.house.start()
        await asyncio.sleep(0.1)
        assert room.house.get(payment).status is Status.PENDING
        beat = room.house.store.heartbeats.alive(room.house.clock.at - timedelta(seconds=1))[0]
        assert beat.trouble == "the clock is off"
        room.trouble = None
        await room.until(lambda: room.house.get(payment).status is Status.SUCCEEDED)

    on_trial(test)


def test_stopping_lets_nothing_leave_waits_for_answers_and_records_the_rest_unknown() -> None:
    released = asyncio.Event()

    async def held(charge: Charge) -> Outcome:
        if charge.references.shown["reference_no"] == 1:
            await released.wait()
            return Approved("00")
        if charge.references.shown["reference_no"] == 2:
            await released.wait()
            return NotSent("shut before it was sent")
        await asyncio.sleep(3_600)
        raise AssertionError

    payments: list[Payment] = []

    async def test(room: Room) -> None:
        room.house.wallet.answer = held
        payments.extend(room.house.start(f"o{n}") for n in range(3))
        await room.until(lambda: room.notes.claims == 3)
        asyncio.get_running_loop().call_later(0.05, released.set)

    room = on_trial(test)
    assert room.house.wallet.stopped
    answered, unsent, open_still = (room.house.get(payment) for payment in payments)
    assert answered.status is Status.SUCCEEDED
    assert (unsent.status, unsent.attempts[0].status) == (Status.PENDING, AttemptStatus.NOT_SENT)
    assert open_still.status is Status.UNKNOWN
    assert open_still.attempts[0].note == Doubt.WORKER_LOST
    assert len(room.house.wallet.pushes) == 3


def test_a_predecessors_calls_are_found_before_anything_is_claimed() -> None:
    async def run() -> None:
        room = Room()
        room.house.wallet.answer = Unknown(Doubt.SILENCE)
        lost = room.house.start("o1")
        room.house.core.push()(1)
        room.dispatcher.upkeep.abandon = replace(room.house.core.abandon(), worker="w2")
        working = asyncio.create_task(room.dispatcher.run(room.stop))
        await room.until(lambda: room.notes.finds["abandoned"] == 1)
        room.stop.set()
        await working
        room.bell.close()
        assert room.house.get(lost).status is Status.UNKNOWN
        assert room.house.wallet.pushes == []

    asyncio.run(run())


def test_a_stopped_account_is_probed_while_the_wallet_hangs_for_others() -> None:
    async def test(room: Room) -> None:
        room.house.wallet.answer = MISCONFIGURED
        refused = room.house.start("o1")
        await room.until(lambda: room.house.get(refused).status is Status.FAILED)
        waiting = asyncio.Event()

        async def hang(_: Charge) -> Outcome:
            await waiting.wait()
            return Unknown(Doubt.NOT_FOUND, "25")

        room.house.wallet.answer = hang
        room.house.clock.move(60)
        await room.until(lambda: room.house.wallet.checks)
        beat = room.house.store.heartbeats.alive
        room.house.clock.move(5)
        await room.until(lambda: beat(room.house.clock.at))
        waiting.set()
        await room.until(lambda: room.notes.finds["probed"] == 1)
        account = room.house.store.accounts.get("mer_1", "ovo", livemode=False)
        assert account.stopped is None

    on_trial(test)


def test_an_unknown_answer_is_recorded_as_it_came() -> None:
    async def test(room: Room) -> None:
        room.house.wallet.answer = Unknown(Doubt.EMPTY_404)
        payment = room.house.start()
        await room.until(lambda: room.house.get(payment).status is Status.UNKNOWN)
        assert room.house.get(payment).attempts[0].note == Doubt.EMPTY_404

    on_trial(test)
