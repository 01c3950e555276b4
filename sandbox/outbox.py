"""What leaves the wallet, and the accidents that it meets on its way."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random

import orjson

from sandbox import codes
from sandbox.answers import answer_to, refusal_of
from sandbox.gate import Refusal
from sandbox.messages import Request
from sandbox.outage import CLOSE, HANG, Outage, page
from sandbox.push import EMPTY_404, GATEWAY_PAGE, Push
from sandbox.quirks import distorted
from sandbox.readers import Span
from sandbox.scenario import Scenario
from sandbox.timers import Cut, Effect, Reply, Send, Timers

_TRACES = 999_999


class Outbox:
    """Answers made, numbered and sent: at once, after a latency, cut off, or never."""

    def __init__(
        self, *, timers: Timers, random: Random, counts: defaultdict[tuple[str, str], int]
    ) -> None:
        self._timers = timers
        self._random = random
        self._counts = counts
        self._effects: list[Effect] = []
        self._numbers = 0

    def number(self) -> int:
        """The next trace or approval number, 1 to 999999 and round again."""
        self._numbers = self._numbers % _TRACES + 1
        return self._numbers

    def answer(
        self,
        call: int,
        request: Request,
        code: str,
        *,
        scenario: Scenario,
        now: datetime,
        push: Push | None = None,
    ) -> bool:
        """Answer a call with a code, `EMPTY_404` or `GATEWAY_PAGE`; whether it is really sent."""
        if code == EMPTY_404:
            return self.send(Reply(call, 404, b""), scenario, now)
        if code == GATEWAY_PAGE:
            return self.send(gateway_page(call, code), scenario, now)
        body = answer_to(
            request,
            code=code,
            trace=self.number(),
            now=now,
            push=push,
            skew=scenario.host_skew,
            tells_name=scenario.inquiry_tells_name,
        )
        if push is None:
            body = distorted(body, scenario)
        else:
            odd = push.behaviour
            body = distorted(body, scenario, omits=odd.omits, lies=odd.lies)
        status = 200 if code == codes.APPROVED else scenario.failure_http_status
        return self.send(Reply(call, status, orjson.dumps(body)), scenario, now)

    def refuse(self, call: int, refusal: Refusal, scenario: Scenario, now: datetime) -> None:
        """Answer a call that was not let in."""
        body = refusal_of(
            refusal.raw,
            code=refusal.code,
            reason=refusal.reason,
            trace=self.number(),
            now=now + scenario.host_skew,
        )
        status = scenario.failure_http_status
        if refusal.code == scenario.auth_code:
            status = scenario.auth_http_status or status
        body = distorted(body, scenario)
        self.send(Reply(call, status, orjson.dumps(body)), scenario, now)

    def strike(self, call: int, outage: Outage, scenario: Scenario, now: datetime) -> None:
        """Give a call what it gets in an outage."""
        if outage.kind == HANG:
            self._timers.set(now + scenario.silence_bound, Send(Cut(call)))
        elif outage.kind == CLOSE:
            self.send(Cut(call), scenario, now)
        else:
            self.send(gateway_page(call, outage.kind), scenario, now)

    def send(self, effect: Effect, scenario: Scenario, now: datetime) -> bool:
        """Let an effect leave as the scenario has it; False when an answer is lost on purpose."""
        if scenario.silence:
            self._timers.set(now + scenario.silence_bound, Send(Cut(effect.call)))
            return False
        lost = self.happens(scenario.drop_rate)
        if lost:
            self._counts["dropped", "answer"] += 1
            effect = Cut(effect.call)
        delay = self.drawn(scenario.latency)
        if delay:
            self._timers.set(now + delay, Send(effect))
        else:
            self.depart(effect)
        return not lost

    def depart(self, effect: Effect) -> None:
        """Let an effect leave now."""
        self._effects.append(effect)

    def drained(self) -> list[Effect]:
        """What has left since the last time, in order."""
        effects, self._effects = self._effects, []
        return effects

    def drawn(self, span: Span) -> timedelta:
        """A length of time out of the span."""
        if span.least == span.most:
            return span.least
        return span.least + (span.most - span.least) * self._random.random()

    def happens(self, rate: float) -> bool:
        """Whether a thing of this probability happens this time."""
        return rate > 0 and self._random.random() < rate


def gateway_page(call: int, status: str) -> Reply:
    """The page of HTML that stands in for the wallet's answer."""
    return Reply(call, int(status), page(status), "text/html")
