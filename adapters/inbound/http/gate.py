"""How often each API client may ask, and the headers that tell it (IETF RateLimit fields).

Source of the headers: draft-ietf-httpapi-ratelimit-headers-10, one policy named `default`.
"""

from datetime import timedelta
from math import ceil
from typing import final

from adapters.inbound.http.logs import Trace
from adapters.inbound.http.problems import Code, Refusal
from application.ports import RateLimiter
from domain.merchant import Caller

POLICY, LIMIT = "RateLimit-Policy", "RateLimit"


@final
class Gate:
    """Lets a client's request through while its bucket holds one, and takes that one."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        policy = limiter.policy
        window = max(1, ceil(policy.window.total_seconds()))
        quota = max(policy.burst, int(policy.rate * window))
        self._policy = (POLICY, f'"default";q={quota};w={window}')

    def let_through(self, caller: Caller, trace: Trace) -> None:
        """Take one, noted for the headers of the answer; raises Refusal (429)."""
        allowance = self._limiter.take(caller.client_id)
        until = allowance.full_in if allowance.allowed else allowance.next_in
        seconds = _seconds(until)
        left = f'"default";r={allowance.remaining};t={seconds}'
        trace.limits = (self._policy, (LIMIT, left))
        if not allowance.allowed:
            raise Refusal(Code.RATE_LIMITED, retry_after=seconds)


def _seconds(span: timedelta) -> int:
    return max(1, ceil(span.total_seconds()))
