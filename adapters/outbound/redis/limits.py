"""Rate limits of API clients over all processes: a token bucket in Redis, judged by its clock."""

from datetime import timedelta
from typing import final

from adapters.outbound.redis.line import RedisLine
from application.ports import Allowance, RateLimiter, RatePolicy

_KEY = "lunas:rate:"
_TAKE = """
local interval, depth = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local held = redis.pcall('GET', KEYS[1])
local full = now
if type(held) == 'string' then
  full = math.min(math.max(tonumber(held) or now, now), now + depth)
end
local taken = full + interval
if taken - now > depth + 1 then
  return {0, math.ceil(full - now)}
end
redis.call('SET', KEYS[1], string.format('%.0f', taken),
           'PX', math.ceil((taken - now) / 1000))
return {1, math.ceil(taken - now)}
"""
"""A bucket is the moment, in microseconds, at which it is full again; none is a full one.

So it may be flushed, and it goes by itself when it says nothing any more. A moment that cannot be,
because a clock was set back, counts as an empty bucket; what is no moment as a full one. The one
microsecond is for what rounding takes.
"""


@final
class RedisRateLimiter(RateLimiter):
    """One bucket for each client, however many processes serve it.

    Open while Redis is away: each process then counts for itself, by `meanwhile`, so that a client
    may do as much with each of them. A payment is worth more than a limit.
    """

    def __init__(self, line: RedisLine, policy: RatePolicy, meanwhile: RateLimiter) -> None:
        self._line = line
        self._policy = policy
        self._meanwhile = meanwhile
        self._script = line.redis.register_script(_TAKE)
        window = policy.window / timedelta(microseconds=1)
        self._arguments = (repr(window / policy.burst), repr(window))

    @property
    def policy(self) -> RatePolicy:
        return self._policy

    def take(self, client_id: str) -> Allowance:
        keys = (_KEY + client_id,)
        told = self._line.ask(lambda _: self._script(keys=keys, args=self._arguments), None)
        if told is None:
            return self._meanwhile.take(client_id)
        allowed, until_full = told
        return self._policy.allowance(
            allowed=allowed == 1, full_in=timedelta(microseconds=until_full)
        )
