"""How pushes come to the wallet: at once or late, once or twice, and after their own reversal."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from sandbox import codes
from sandbox.behaviour import Behaviour, of_code
from sandbox.book import Book
from sandbox.choices import behaviour_of
from sandbox.gate import Admission
from sandbox.lifecycle import Lifecycle
from sandbox.messages import Operation, Request
from sandbox.outbox import Outbox
from sandbox.push import EMPTY_404, Push
from sandbox.scenario import Scenario
from sandbox.scripted import Scripted
from sandbox.timers import Arrive, Cut, Send, Timers

UNDER_WAY = 20_000
EARLY_REVERSALS = 10_000


@dataclass(frozen=True, slots=True)
class Message:
    """A push that was let in and is not worked on yet; nobody waits for it without a call."""

    call: int | None
    admission: Admission
    behaviour: Behaviour
    sent_at: datetime
    scripted: Scripted | None = None


class Intake:
    """Takes pushes in, and remembers the reversals of pushes that it has not seen."""

    def __init__(self, *, life: Lifecycle, book: Book, timers: Timers, outbox: Outbox) -> None:
        self._life = life
        self._book = book
        self._timers = timers
        self._outbox = outbox
        self._push_numbers = count(1)
        self._numbers = count(1)
        self._under_way: dict[int, Message] = {}
        self._callers: dict[int, int] = {}
        self._reversed: dict[Request, int] = {}

    @property
    def under_way(self) -> int:
        """How many pushes have not reached the wallet yet."""
        return len(self._under_way)

    def hear(
        self, call: int | None, admission: Admission, now: datetime, scripted: Scripted | None
    ) -> None:
        """Take a push from its caller: work on it now, or when it arrives.

        Without acting on it the wallet does with a push what its scripted code leaves behind.
        """
        scenario = self._life.scenario
        if scripted is None or scripted.acts:
            behaviour = behaviour_of(admission.request, scenario)
        else:
            behaviour = of_code(scripted.code)
        message = Message(call, admission, behaviour, sent_at=now, scripted=scripted)
        delay = self._outbox.drawn(scenario.delivered_after)
        if behaviour.delayed and not delay:
            delay = scenario.silence_bound * behaviour.delayed
        if not delay or len(self._under_way) >= UNDER_WAY:
            self._work_on(message, now)
        else:
            self._send_on(message, delay)

    def arrive(self, due: Arrive, when: datetime) -> None:
        """A push that was on its way is here."""
        message = self._under_way.pop(due.number)
        self._callers.pop(message.call or 0, None)
        self._work_on(message, when)

    def leave(self, call: int) -> None:
        """A caller no longer waits; its push is on its way all the same."""
        number = self._callers.pop(call, None)
        if number is not None:
            self._under_way[number] = replace(self._under_way[number], call=None)

    def reverse_early(self, request: Request) -> None:
        """Remember the reversal of a push that may come yet; the oldest one is forgotten."""
        key = _without_kind(request)
        self._reversed[key] = self._reversed.get(key, 0) + 1
        if len(self._reversed) > EARLY_REVERSALS:
            del self._reversed[next(iter(self._reversed))]

    def is_reversed(self, request: Request) -> bool:
        """Whether the push that this check means was reversed before it came."""
        return bool(self._reversed) and _without_kind(request) in self._reversed

    def _send_on(self, message: Message, delay: timedelta) -> None:
        number = next(self._numbers)
        self._under_way[number] = message
        if message.call is not None:
            self._callers[message.call] = number
            cut_at = message.sent_at + self._life.scenario.silence_bound
            self._timers.set(cut_at, Send(Cut(message.call)))  # before it arrives, if both are due
        self._timers.set(message.sent_at + delay, Arrive(number))

    def _work_on(self, message: Message, now: datetime) -> None:
        request, scenario = message.admission.request, self._life.scenario
        clash = self._book.clash(request)
        if clash is not None:
            clash.times_heard += 1
            self._answer(message, scenario.duplicate_code, scenario, now)
            return
        push = Push.of(
            message.admission,
            id=f"push-{next(self._push_numbers):06}",
            behaviour=message.behaviour,
            call=message.call,
            sent_at=message.sent_at,
            heard_at=now,
            window=scenario.window,
        )
        if not self._book.add(push):
            self._answer(message, codes.SYSTEM_FAILURE, scenario, now)
            return
        if self._reversed and (reversals := self._reversed.pop(_without_kind(request), 0)):
            push.follow_ups[Operation.REVERSAL] = reversals
            push.call = None
            self._life.reverse(push, now)
            self._answer(message, EMPTY_404, scenario, now, push)
            return
        if message.scripted is not None and message.scripted.acts:
            push.call = None
            self._answer(message, message.scripted.code, scenario, now)
        elif self._outbox.happens(scenario.duplicate_rate):
            # Something on the way delivered it twice: the caller hears of the second copy.
            push.times_heard, push.call = 2, None
            self._answer(message, scenario.duplicate_code, scenario, now)
        self._life.begin(push, now)

    def _answer(
        self,
        message: Message,
        code: str,
        scenario: Scenario,
        now: datetime,
        push: Push | None = None,
    ) -> None:
        if message.call is None:
            return
        if message.scripted is not None:
            code = message.scripted.code
        self._outbox.answer(
            message.call, message.admission.request, code, scenario=scenario, now=now, push=push
        )


def _without_kind(request: Request) -> Request:
    """The references and the amount alone; a reversal need not name the phone."""
    return replace(request, operation=Operation.PUSH, date="", phone=None)
