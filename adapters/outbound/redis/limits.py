"""Rate limits of API clients over all processes: a token bucket in Redis, judged by its clock."""

import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha1
from typing import final

from redis import Redis
from redis.exceptions import NoScriptError

from adapters.outbound.redis.line import RedisLine
from application.ports import Allowance, RateLimiter, RatePolicy

_KEY = "lunas:rate:"
TAKEN_AT_ONCE = 50
"""A process in a hurry takes as much as a fiftieth of a bucket by one question."""
SPENT_WITHIN = 0.1
"""Seconds in which it must use what it took; the rest is lost to the client."""
MOST_CLIENTS = 10_000
"""Clients that a process holds something for, at most."""
_TAKE = """
local interval, depth, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local held = redis.pcall('GET', KEYS[1])
local full = now
if type(held) == 'string' then
  full = math.min(math.max(tonumber(held) or now, now), now + depth)
end
if full - now + wanted * interval > depth / 2 then
  wanted = 1
end
local taken = full + wanted * interval
if taken - now > depth + 1 then
  return {0, math.ceil(full - now)}
end
redis.call('SET', KEYS[1], string.format('%.0f', taken),
           'PX', math.ceil((taken - now) / 1000))
return {wanted, math.ceil(taken - now)}
"""
"""A bucket is the moment, in microseconds, at which it is full again; none is a full one.

So it may be flushed, and it goes by itself when it says nothing any more. A moment that cannot be,
because a clock was set back, counts as an empty bucket; what is no moment as a full one. More than
one is given from the upper half alone: towards its end everybody asks for each. The one microsecond
is for what rounding takes.
"""
_SHA1 = sha1(_TAKE.encode()).hexdigest()  # noqa: S324  Redis names scripts so


@dataclass(slots=True)
class _Held:
    """What this process took for a client and has not used: `left` until `until`."""

    allowance: Allowance
    left: int
    size: int
    until: float

    def use(self) -> Allowance:
        self.left -= 1
        told = self.allowance
        return Allowance(
            allowed=True,
            remaining=told.remaining + self.left,
            full_in=told.full_in,
            next_in=told.next_in,
        )


@final
class RedisRateLimiter(RateLimiter):
    """One bucket for each client, however many processes serve it; never more than it holds.

    Open while Redis is away: each process then counts for itself, by `meanwhile`, so that a client
    may do as much with each of them. A payment is worth more than a limit.
    """

    def __init__(self, line: RedisLine, policy: RatePolicy, meanwhile: RateLimiter) -> None:
        self._line = line
        self._policy = policy
        self._meanwhile = meanwhile
        window = policy.window / timedelta(microseconds=1)
        self._bucket = (repr(window / policy.burst), repr(window))
        self._most = max(1, policy.burst // TAKEN_AT_ONCE)
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}

    @property
    def policy(self) -> RatePolicy:
        return self._policy

    def take(self, client_id: str) -> Allowance:
        now = time.monotonic()
        with self._lock:
            held = self._held.get(client_id)
            if held is None or now >= held.until:
                size = 1
            elif held.left:
                return held.use()
            else:
                size = min(2 * held.size, self._most)
        told = self._line.ask(lambda redis: self._asked(redis, client_id, size), None)
        if told is None:
            return self._meanwhile.take(client_id)
        given, full_in = told
        allowance = self._policy.allowance(
            allowed=given > 0, full_in=timedelta(microseconds=full_in)
        )
        return self._keep(client_id, allowance, given, now) if given else allowance

    def _asked(self, redis: Redis, client_id: str, size: int) -> tuple[int, int] | None:
        question = (1, _KEY + client_id, *self._bucket, size)
        try:
            given, full_in = redis.evalsha(_SHA1, *question)
        except NoScriptError:  # it was started anew
            given, full_in = redis.eval(_TAKE, *question)
        return int(given), int(full_in)

    def _keep(self, client_id: str, told: Allowance, given: int, now: float) -> Allowance:
        with self._lock:
            held = self._held.get(client_id)
            left = held.left if held is not None and now < held.until else 0
            if held is None and len(self._held) >= MOST_CLIENTS:
                self._held.clear()
            kept = _Held(told, left + given, given, now + SPENT_WITHIN)
            self._held[client_id] = kept
            return kept.use()
