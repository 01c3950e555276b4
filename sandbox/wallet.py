"""The wallet: a pure machine of messages, customers' taps and time; it has no clock and no socket.

Every method that acts takes `now`, first lets happen what was due before it, and returns the
effects for the outside in order. A call without an effect is held.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import assert_never

from sandbox import codes
from sandbox.accounts import Accounts
from sandbox.behaviour import Delivery
from sandbox.book import REMEMBERED_PUSHES, Book
from sandbox.choices import behaviour_of
from sandbox.followups import is_forgotten, reversal_answer, status_of, void_answer, void_status_of
from sandbox.gate import Admission, Call, Refusal, admit
from sandbox.intake import Intake
from sandbox.lifecycle import Lifecycle
from sandbox.messages import WORDS, Operation, Request
from sandbox.outbox import Outbox
from sandbox.push import EMPTY_404, Push, State
from sandbox.scenario import Scenario
from sandbox.scripted import taken
from sandbox.taps import EndedPushError, Tap, UnknownPushError
from sandbox.timers import Arrive, Effect, EndOutage, Send, Timers


class Wallet:
    """OVO as its callers see it. Equal inputs and an equal `random` give equal outputs."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        scenario: Scenario,
        random: Random,
        remembered: int = REMEMBERED_PUSHES,
    ) -> None:
        self.accounts = accounts
        self._random = random
        self._remembered = remembered
        self.reset(scenario)

    def reset(self, scenario: Scenario, now: datetime | None = None) -> None:
        """Forget every push, count and timer. Whoever holds calls has to end them.

        An outage of the scenario ends by itself only if `now` says when it began.
        """
        self.book = Book(self._remembered)
        self.counts: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._timers = Timers()
        self._outbox = Outbox(timers=self._timers, random=self._random, counts=self.counts)
        self._life = Lifecycle(
            scenario=scenario, book=self.book, timers=self._timers, outbox=self._outbox
        )
        self._intake = Intake(
            life=self._life, book=self.book, timers=self._timers, outbox=self._outbox
        )
        if now is not None:
            self._limit_outage(scenario, now)

    @property
    def scenario(self) -> Scenario:
        """What the wallet does now."""
        return self._life.scenario

    @property
    def under_way(self) -> int:
        """How many pushes have not reached the wallet yet."""
        return self._intake.under_way

    def change(self, scenario: Scenario, now: datetime) -> None:
        """Do as this scenario says from now on; pushes that were heard keep their clocks."""
        if scenario.outage is not self.scenario.outage:
            self._limit_outage(scenario, now)
        self._life.scenario = scenario

    def hear(self, call: Call, now: datetime) -> list[Effect]:
        """Take one message."""
        self._happen(now)
        scenario = self.scenario
        heard = admit(call, self.accounts, scenario, now)
        operation = None if isinstance(heard, Refusal) else heard.request.operation
        caller: int | None = call.id
        if scenario.outage is not None and scenario.outage.strikes(operation):
            self.counts["outage", scenario.outage.kind] += 1
            self._outbox.strike(call.id, scenario.outage, scenario, now)
            if not scenario.outage.heard:
                return self._outbox.drained()
            caller = None
        if isinstance(heard, Refusal):
            self.counts["refused", heard.code] += 1
            if caller is not None:
                self._outbox.refuse(caller, heard, scenario, now)
        else:
            self.counts["heard", WORDS[heard.request.operation]] += 1
            self.counts["signed", str(heard.signed_as)] += 1
            self._serve(caller, heard, now)
        return self._outbox.drained()

    def tap(self, push_id: str, tap: Tap, now: datetime) -> list[Effect]:
        """Let a person act. Raises UnknownPushError or EndedPushError."""
        self._happen(now)
        push = self.book.get(push_id)
        if push is None:
            raise UnknownPushError(push_id)
        if push.state is not State.WAITING:
            raise EndedPushError(push_id)
        match tap:
            case Tap.APPROVE:
                self._life.pay(push, now)
            case Tap.DECLINE:
                self._life.fail(push, codes.DECLINED, now)
            case Tap.IGNORE:
                self._life.expire(push, now)
            case Tap.DROP:
                push.delivery = Delivery.CUT
                self._life.pay(push, now)
            case Tap.LATE:
                push.delivery = Delivery.LATE
                self._life.pay(push, now)
            case _:
                assert_never(tap)
        return self._outbox.drained()

    def leave(self, call: int, now: datetime) -> None:
        """Note that a caller closed its connection; its push lives on."""
        self._life.leave(call, now)
        self._intake.leave(call)

    def tick(self, now: datetime) -> list[Effect]:
        """Let happen what is due."""
        self._happen(now)
        return self._outbox.drained()

    def next_due(self) -> datetime | None:
        """When `tick` next has something to do."""
        return self._timers.next_at()

    def _limit_outage(self, scenario: Scenario, now: datetime) -> None:
        outage = scenario.outage
        if outage is not None and outage.lasts is not None:
            self._timers.set(now + outage.lasts, EndOutage(outage))

    def _happen(self, now: datetime) -> None:
        """Let everything happen that is due, each thing at its own moment."""
        first = self._timers.next_at()
        if first is None or first > now:
            return
        for when, due in self._timers.pop_until(now):
            match due:
                case Send():
                    self._intake.leave(due.effect.call)
                    self._life.depart(due, when)
                case Arrive():
                    self._intake.arrive(due, when)
                case EndOutage():
                    if self.scenario.outage is due.outage:
                        self._life.scenario = replace(self.scenario, outage=None)
                case _:
                    self._life.come_due(due, when)

    def _serve(self, call: int | None, admission: Admission, now: datetime) -> None:
        request = admission.request
        scripted, rest = taken(self.scenario.answers, request.operation)
        if rest is not self.scenario.answers:
            self._life.scenario = replace(self.scenario, answers=rest)
        if request.operation is Operation.PUSH:
            self._intake.hear(call, admission, now, scripted)
            return
        push = None if request.operation is Operation.INQUIRY else self._found(request)
        if scripted is None or scripted.acts:
            code = self._truth(request, push, now)
        if scripted is not None:
            code = scripted.code
        if request.operation is Operation.INQUIRY:
            self.counts["inquiry", code] += 1
        if call is not None:
            self._outbox.answer(call, request, code, scenario=self.scenario, now=now, push=push)

    def _found(self, request: Request) -> Push | None:
        """The push that a follow-up means, which is counted."""
        push = self.book.find(request)
        if push is None:
            self.counts["unmatched", WORDS[request.operation]] += 1
        else:
            push.follow_ups[request.operation] += 1
        return push

    def _truth(self, request: Request, push: Push | None, now: datetime) -> str:
        """Do what an inquiry or a follow-up asks for, and say how it went."""
        if request.operation is Operation.INQUIRY:
            known = behaviour_of(request, self.scenario).name != codes.UNKNOWN_PHONE
            return codes.APPROVED if known else codes.UNKNOWN_PHONE
        if push is None:
            return self._follow_up_of_nothing(request)
        return self._follow_up(request.operation, push, now)

    def _follow_up_of_nothing(self, request: Request) -> str:
        if request.operation is not Operation.REVERSAL:
            early = request.operation is Operation.CHECK_PUSH and self._intake.is_reversed(request)
            return codes.ALREADY_REVERSED if early else codes.NOT_FOUND
        if not self.scenario.remembers_early_reversals:
            return self.scenario.reversal_of_unknown
        self._intake.reverse_early(request)
        return codes.APPROVED

    def _follow_up(self, operation: Operation, push: Push, now: datetime) -> str:
        if operation is Operation.CHECK_PUSH:
            return status_of(push, self.scenario, now)
        if operation is Operation.CHECK_VOID:
            return void_status_of(push, self.scenario, now)
        if operation is Operation.REVERSAL:
            code = reversal_answer(push, self.scenario)
            if code == codes.APPROVED and not is_forgotten(push):
                self._life.reverse(push, now)
            return code
        assert operation is Operation.VOID
        code = void_answer(push, self.scenario, now)
        if code == codes.APPROVED and push.state is State.PAID:
            self._life.void(push, now)
        lost = push.follow_ups[operation] <= push.behaviour.lost_voids
        return EMPTY_404 if lost else code
