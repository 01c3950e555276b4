"""All providers besides Push to Pay as one pure machine: it has no clock and no socket.

Every method that acts takes `now`, first lets happen what was due before it, and returns how
calls end, in order. A call without an end is held. Notifications that leave wait in `posts`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import assert_never

import orjson

from sandbox.acquirer.accidents import Accident, taken
from sandbox.acquirer.charge import Charge, Refund, State
from sandbox.acquirer.charges import REMEMBERED_CHARGES
from sandbox.acquirer.conduct import Hearing, Reason
from sandbox.acquirer.life import Close, Decide, Deliver, Depart, Due, Life, SettleRefund
from sandbox.acquirer.mail import Mail
from sandbox.acquirer.plan import Plan
from sandbox.acquirer.provider import Provider
from sandbox.acquirer.wire import Answer, Held, Inbound, Post
from sandbox.agenda import Agenda
from sandbox.outage import page
from sandbox.taps import EndedPushError, Tap, UnknownPushError
from sandbox.timers import Cut, Reply

MakeProvider = Callable[[Life], Provider]
_GATEWAY = "502"


class Exchange:
    """The providers as their callers see them. Equal inputs give equal outputs."""

    def __init__(
        self,
        makers: Sequence[MakeProvider],
        *,
        random: Random,
        plans: Mapping[str, Plan] | None = None,
        remembered: int = REMEMBERED_CHARGES,
    ) -> None:
        self._makers = makers
        self._random = random
        self._boot_plans = dict(plans or {})
        self._remembered = remembered
        self.reset()

    def reset(self) -> None:
        """Forget everything; whoever holds calls has to end them."""
        self.counts: Counter[tuple[str, str]] = Counter()
        self._agenda: Agenda[Due] = Agenda()
        self._ends: list[Reply | Cut] = []
        self._held: dict[int, tuple[str, Accident | None]] = {}
        self.life = Life(
            agenda=self._agenda,
            random=self._random,
            plans={},
            changed=self._changed,
            remembered=self._remembered,
        )
        made = [make(self.life) for make in self._makers]
        self.providers = {provider.name: provider for provider in made}
        for name, provider in self.providers.items():
            self.life.plans[name] = self._boot_plans.get(name, provider.boot_plan)
        self.mail = Mail(agenda=self._agenda, life=self.life, providers=self.providers)

    def change(self, provider: str, plan: Plan) -> None:
        """Do as this plan says from now on; charges that were heard keep their clocks."""
        assert provider in self.providers
        self.life.plans[provider] = plan

    def hear(self, inbound: Inbound, now: datetime) -> list[Reply | Cut]:
        """Take one request."""
        self._happen(now)
        provider = self.providers[inbound.provider]
        operation = provider.operation(inbound)
        if operation is None:
            self._ends.append(Reply(inbound.call, 404, b""))
            return self._drained()
        self.counts[provider.name, operation] += 1
        plan = self.life.plans[provider.name]
        accident, rest = taken(plan.answers, operation)
        if rest is not plan.answers:
            self.life.plans[provider.name] = replace(plan, answers=rest)
        if accident is None or accident.how not in {"unheard", "hang"}:
            self._serve(provider, operation, inbound, accident, now)
        elif accident.how == "hang":
            self._agenda.set(now + plan.silence_bound, Depart(Cut(inbound.call)))
        else:
            self._ends.append(Cut(inbound.call))
        self._happen(now)
        return self._drained()

    def tap(self, charge_id: str, tap: Tap, now: datetime) -> list[Reply | Cut]:
        """Let a person act. Raises UnknownPushError or EndedPushError."""
        self._happen(now)
        charge = self.life.charges.get(charge_id)
        if charge is None:
            raise UnknownPushError(charge_id)
        if charge.state is not State.WAITING:
            raise EndedPushError(charge_id)
        match tap:
            case Tap.APPROVE:
                self.life.pay(charge, now)
            case Tap.DECLINE:
                self.life.fail(charge, Reason.DECLINED, now)
            case Tap.IGNORE:
                self.life.expire(charge, now)
            case Tap.DROP | Tap.LATE:
                if charge.call is not None:
                    how = Hearing.LOST if tap is Tap.DROP else Hearing.LATE
                    self._held[charge.call] = (charge.id, Accident(how.value))
                self.life.pay(charge, now)
            case _:
                assert_never(tap)
        self._happen(now)
        return self._drained()

    def leave(self, call: int, now: datetime) -> None:
        """Note that a caller closed its connection; its charge lives on."""
        charge_id, _ = self._held.pop(call, ("", None))
        charge = self.life.charges.get(charge_id)
        if charge is not None:
            charge.call = None

    def tick(self, now: datetime) -> list[Reply | Cut]:
        """Let happen what is due."""
        self._happen(now)
        return self._drained()

    def next_due(self) -> datetime | None:
        """When `tick` next has something to do."""
        return self._agenda.next_at()

    def posts(self) -> list[Post]:
        """The notifications that have left since the last time; `mail.heard` takes the answers."""
        return self.mail.posts()

    def _serve(
        self,
        provider: Provider,
        operation: str,
        inbound: Inbound,
        accident: Accident | None,
        now: datetime,
    ) -> None:
        if accident is not None and accident.how == "instead":
            if accident.acts:
                provider.answer(operation, inbound, now)
            self._reply(inbound.call, Answer(accident.status, accident.body))
            return
        answer = provider.answer(operation, inbound, now)
        if accident is not None and accident.how == "twice":
            answer, accident = provider.answer(operation, inbound, now), None
        if isinstance(answer, Held):
            answer.charge.call = inbound.call
            self._held[inbound.call] = (answer.charge.id, accident)
        else:
            self._leave(inbound.call, answer, accident, provider.name, now)

    def _leave(
        self, call: int, answer: Answer, accident: Accident | None, provider: str, now: datetime
    ) -> None:
        """Let an answer leave as the accident of its operation or its customer has it."""
        how = accident.how if accident is not None else Hearing.NORMAL.value
        if accident is None and answer.charge is not None:
            how = answer.charge.conduct.hearing.value
        if how == Hearing.LOST:
            self._ends.append(Cut(call))
        elif how == Hearing.GATEWAY:
            self._ends.append(Reply(call, int(_GATEWAY), page(_GATEWAY), "text/html"))
        elif how == Hearing.LATE:
            heard_at = now if answer.charge is None else answer.charge.heard_at
            due = max(now, heard_at + self.life.plans[provider].answer_late_after)
            self._agenda.set(due, Depart(_reply(call, answer)))
        else:
            self._reply(call, answer)

    def _reply(self, call: int, answer: Answer) -> None:
        self._ends.append(_reply(call, answer))

    def _changed(self, charge: Charge, now: datetime, refund: Refund | None) -> None:
        self.mail.news(charge, now, refund)
        if charge.state is not State.WAITING and charge.call is not None:
            call, charge.call = charge.call, None
            _, accident = self._held.pop(call)
            answer = self.providers[charge.provider].held_answer(charge, now)
            told = Answer(answer.status, answer.body, charge)
            self._leave(call, told, accident, charge.provider, now)

    def _happen(self, now: datetime) -> None:
        """Let everything happen that is due, each thing at its own moment."""
        for when, due in self._agenda.pop_until(now):
            match due:
                case Depart():
                    self._ends.append(due.end)
                case Deliver():
                    self.mail.come_due(due, when)
                case Decide() | Close() | SettleRefund():
                    self.life.come_due(due, when)
                case _:
                    assert_never(due)

    def _drained(self) -> list[Reply | Cut]:
        ends, self._ends = self._ends, []
        return ends


def _reply(call: int, answer: Answer) -> Reply:
    body = b"" if answer.body is None else orjson.dumps(answer.body)
    return Reply(call, answer.status, body)
