"""The life of a push after it was heard: who acts when, and what its caller gets to hear."""

from datetime import datetime, timedelta
from typing import assert_never

from sandbox import codes
from sandbox.behaviour import Delivery, Ending
from sandbox.book import Book
from sandbox.choices import acts_at_once
from sandbox.outbox import Outbox
from sandbox.push import CUT, EMPTY_404, GATEWAY_PAGE, Push, State
from sandbox.scenario import Scenario
from sandbox.timers import AnswerLate, CloseWindow, Cut, Decide, Send, Timers

SILENCE = "silence"
_LAST_MOMENT = 0.99
_SAYS_NOTHING_OF_ENDINGS = {Delivery.AT_LIMIT, Delivery.AT_ONCE, Delivery.NEVER}


class Lifecycle:
    """Carries every push from hearing to ending, and knows which calls are held for which push."""

    def __init__(self, *, scenario: Scenario, book: Book, timers: Timers, outbox: Outbox) -> None:
        self.scenario = scenario
        self.book = book
        self._timers = timers
        self._outbox = outbox
        self._held: dict[int, Push] = {}

    def leave(self, call: int, now: datetime) -> None:
        """A caller closed its connection; its push lives on."""
        push = self._held.pop(call, None)
        if push is not None:
            push.call = None
            push.caller_left_at = now

    def begin(self, push: Push, now: datetime) -> None:
        """Start the clocks of a push that was just heard, or end it at once."""
        behaviour, scenario = push.behaviour, self.scenario
        if push.call is not None:
            self._held[push.call] = push
        limit = push.heard_at + scenario.wallet_limit
        if push.delivery is Delivery.NEVER and push.call is not None:
            self._timers.set(self._bound(push, now), Send(Cut(push.call)))
        if push.delivery is Delivery.AT_ONCE:
            self._conclude(push, behaviour.code, now)
        acts_at = self._acts_at(push, now)
        if acts_at == now:
            self._decide(push, now)
        else:
            if acts_at is not None:
                self._timers.set(acts_at, Decide(push.id))
            if acts_at is None or push.delivery is not Delivery.AT_LIMIT:
                self._timers.set(push.window_ends_at, CloseWindow(push.id))
        if push.delivery is Delivery.AT_LIMIT:
            self._timers.set(limit, AnswerLate(push.id, codes.PENDING))

    def _acts_at(self, push: Push, now: datetime) -> datetime | None:
        """When the simulated customer acts, None for one who never does."""
        behaviour, scenario = push.behaviour, self.scenario
        if behaviour.ending is Ending.EXPIRE:
            return None
        if behaviour.ending is Ending.WAIT:
            patient = scenario.auto_approve is None or push.delivery is Delivery.AT_ONCE
            return None if patient else now + (scenario.auto_approve or timedelta())
        if push.delivery is Delivery.AT_LIMIT:
            return now + scenario.wallet_limit
        if push.delivery is Delivery.AS_EXPIRED or behaviour.last_moment:
            # At the very end of the window it comes before the closing, which is set after it.
            return now + scenario.window * (_LAST_MOMENT if behaviour.last_moment else 1)
        at_once = acts_at_once(push.request, behaviour, scenario)
        return now if at_once else now + self._outbox.drawn(scenario.answer_after)

    def _bound(self, push: Push, now: datetime) -> datetime:
        """When a call that gets no answer is cut."""
        return max(now, push.sent_at + self.scenario.silence_bound)

    def _decide(self, push: Push, now: datetime) -> None:
        if push.state is not State.WAITING:
            return
        if push.behaviour.ending is Ending.REFUSE:
            self.fail(push, push.behaviour.code, now)
        else:
            self.pay(push, now)

    def pay(self, push: Push, now: datetime) -> None:
        """The customer's money moves; the caller hears of it as the delivery has it."""
        approval, trace = f"{self._outbox.number():06}", self._outbox.number()
        push.pay(approval_code=approval, trace=trace, now=now)
        self.book.ended(push)
        match push.delivery:
            case Delivery.NORMAL:
                self._conclude(push, codes.APPROVED, now)
            case Delivery.CUT:
                self._conclude(push, CUT, now)
            case Delivery.AS_EXPIRED:
                self._conclude(push, EMPTY_404, now)
            case Delivery.GATEWAY:
                self._conclude(push, GATEWAY_PAGE, now)
            case Delivery.LATE:
                due = max(now, push.heard_at + self.scenario.late_after)
                self._timers.set(due, AnswerLate(push.id, codes.APPROVED))
            case Delivery.AT_LIMIT | Delivery.AT_ONCE | Delivery.NEVER:
                pass

    def fail(self, push: Push, code: str, now: datetime) -> None:
        """The push fails with a code."""
        push.refuse(code=code, now=now)
        self.book.ended(push)
        self._conclude_unpaid(push, code, now)

    def expire(self, push: Push, now: datetime) -> None:
        """The push ends unpaid: HTTP 404 with an empty body, or what the scenario says."""
        push.expire(now)
        self.book.ended(push)
        if self.scenario.ended_answer != SILENCE:
            self._conclude_unpaid(push, self.scenario.ended_answer, now)
        elif push.call is not None:
            self._timers.set(self._bound(push, now), Send(Cut(push.call)))

    def reverse(self, push: Push, now: datetime) -> None:
        """Take the push back; a caller who still waits for it gets the empty 404."""
        if push.state is State.REVERSED:
            return
        waited = push.state is State.WAITING
        push.reverse(trace=self._outbox.number(), now=now)
        if waited:
            self.book.ended(push)
            self._conclude_unpaid(push, EMPTY_404, now)

    def void(self, push: Push, now: datetime) -> None:
        """Give the money of a paid push back."""
        push.void(trace=self._outbox.number(), now=now)

    def _conclude_unpaid(self, push: Push, answer: str, now: datetime) -> None:
        if push.delivery not in _SAYS_NOTHING_OF_ENDINGS:
            self._conclude(push, answer, now)

    def _conclude(self, push: Push, answer: str, now: datetime) -> None:
        """Tell whoever still waits for the push: a code, an empty 404, or a cut connection."""
        call, push.call = push.call, None
        if call is None:
            return
        del self._held[call]
        push.answer, push.answered_at = answer, now
        if answer == CUT:
            self._outbox.send(Cut(call), self.scenario, now)
        elif not self._outbox.answer(
            call, push.request, answer, scenario=self.scenario, now=now, push=push
        ):
            push.answer = CUT

    def come_due(self, due: Decide | CloseWindow | AnswerLate, when: datetime) -> None:
        """Let happen to a push what was set for this moment."""
        push = self.book.get(due.push_id)
        if push is None:
            return
        match due:
            case Decide():
                self._decide(push, when)
            case CloseWindow():
                if push.state is State.WAITING:
                    self.expire(push, when)
            case AnswerLate():
                self._conclude(push, due.code, when)
            case _:
                assert_never(due)

    def depart(self, due: Send, when: datetime) -> None:
        """Let an answer leave, or cut a call that was held in silence up to the bound."""
        push = self._held.pop(due.effect.call, None)
        if push is not None:
            push.call, push.answer, push.answered_at = None, CUT, when
        self._outbox.depart(due.effect)
