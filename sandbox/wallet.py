"""The wallet: a pure machine of messages, customers' taps and time; it has no clock and no socket.

Every method that acts takes `now`, first lets happen what was due before it, and returns the
effects for the outside in order. A call without an effect is held.
"""

from collections import Counter
from datetime import datetime
from enum import StrEnum
from itertools import count
from random import Random
from typing import assert_never

from sandbox import codes
from sandbox.accounts import Accounts
from sandbox.behaviour import Delivery
from sandbox.book import REMEMBERED_PUSHES, Book
from sandbox.choices import behaviour_of
from sandbox.followups import reversal_answer, status_of, void_answer, void_status_of
from sandbox.gate import Admission, Call, Refusal, admit
from sandbox.lifecycle import Lifecycle
from sandbox.messages import Operation, Request
from sandbox.outbox import Outbox
from sandbox.push import Push, State
from sandbox.scenario import Scenario
from sandbox.timers import Effect, Timers


class Tap(StrEnum):
    """What a person, or a program in their place, does with a waiting push."""

    APPROVE = "approve"
    DECLINE = "decline"
    IGNORE = "ignore"
    DROP = "drop"  # approve, and cut the caller's connection
    LATE = "late"  # approve, and answer after the caller's patience


class UnknownPushError(LookupError):
    """There is no such push, or it is forgotten."""


class EndedPushError(ValueError):
    """The push no longer waits."""


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
        self._push_numbers = count(1)
        self.reset(scenario)

    def reset(self, scenario: Scenario) -> None:
        """Forget every push, count and timer. Whoever holds calls has to end them."""
        self.book = Book(self._remembered)
        self.counts: Counter[tuple[str, str]] = Counter()
        self._timers = Timers()
        self._outbox = Outbox(timers=self._timers, random=self._random, counts=self.counts)
        self._life = Lifecycle(
            scenario=scenario, book=self.book, timers=self._timers, outbox=self._outbox
        )

    @property
    def scenario(self) -> Scenario:
        """What the wallet does now; a change touches pushes that are heard after it."""
        return self._life.scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        self._life.scenario = scenario

    def hear(self, call: Call, now: datetime) -> list[Effect]:
        """Take one message."""
        self._life.happen(now)
        heard = admit(call, self.accounts, self.scenario)
        if isinstance(heard, Refusal):
            self.counts["refused", heard.code] += 1
            self._outbox.refuse(call.id, heard, self.scenario, now)
        else:
            self.counts["heard", heard.request.operation.name.lower()] += 1
            self.counts["signed", heard.signed_as.value] += 1
            self._serve(call.id, heard, now)
        return self._outbox.drained()

    def tap(self, push_id: str, tap: Tap, now: datetime) -> list[Effect]:
        """Let a person act. Raises UnknownPushError or EndedPushError."""
        self._life.happen(now)
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

    def tick(self, now: datetime) -> list[Effect]:
        """Let happen what is due."""
        self._life.happen(now)
        return self._outbox.drained()

    def next_due(self) -> datetime | None:
        """When `tick` next has something to do."""
        return self._timers.next_at()

    def _serve(self, call: int, admission: Admission, now: datetime) -> None:
        request = admission.request
        if request.operation is Operation.PUSH:
            self._push(call, admission, now)
            return
        push = None
        if request.operation is Operation.INQUIRY:
            code = self._inquire(request)
        else:
            push = self.book.find(request)
            if push is None:
                self.counts["unmatched", request.operation.name.lower()] += 1
            code = self._follow_up(request.operation, push, now)
        self._answer(call, request, code, now, push)

    def _inquire(self, request: Request) -> str:
        known = behaviour_of(request, self.scenario).name != codes.UNKNOWN_PHONE
        code = codes.APPROVED if known else codes.UNKNOWN_PHONE
        self.counts["inquiry", code] += 1
        return code

    def _follow_up(self, operation: Operation, push: Push | None, now: datetime) -> str:
        if push is not None:
            push.follow_ups[operation] += 1
        if operation is Operation.CHECK_PUSH:
            return status_of(push, self.scenario, now)
        if operation is Operation.CHECK_VOID:
            return void_status_of(push, now)
        if operation is Operation.REVERSAL:
            code = reversal_answer(push, self.scenario)
            if push is not None and code == codes.APPROVED:
                self._life.reverse(push, now)
            return code
        assert operation is Operation.VOID
        code = void_answer(push, self.scenario, now)
        if push is not None and code == codes.APPROVED and push.state is State.PAID:
            push.void(now)
        return code

    def _push(self, call: int, admission: Admission, now: datetime) -> None:
        request, scenario = admission.request, self.scenario
        clash = self.book.clash(request)
        if clash is not None:
            clash.times_heard += 1
            self._answer(call, request, scenario.duplicate_code, now)
            return
        push = Push.of(
            admission,
            id=f"push-{next(self._push_numbers):06}",
            behaviour=behaviour_of(request, scenario),
            call=call,
            heard_at=now,
            window=scenario.window,
        )
        if not self.book.add(push):
            self._answer(call, request, codes.SYSTEM_FAILURE, now)
            return
        if self._outbox.happens(scenario.duplicate_rate):
            # Something on the way delivered it twice: the caller hears of the second copy.
            push.times_heard, push.call = 2, None
            self._answer(call, request, scenario.duplicate_code, now)
        self._life.begin(push, now)

    def _answer(
        self, call: int, request: Request, code: str, now: datetime, push: Push | None = None
    ) -> None:
        self._outbox.answer(call, request, code, scenario=self.scenario, now=now, push=push)
