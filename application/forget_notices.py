"""How long notices are kept, and how many."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from application.ports import Clock, Inbox, Verdict

TOLERANCE = timedelta(minutes=5)
"""How far the time stamp of a notification may be off, where its scheme has one."""
KEPT_FOR = timedelta(days=7)
"""As long as a wallet is asked about an attempt: until then the same again is known."""
NOISE_KEPT_FOR = timedelta(days=1)
MOST_NOISE = 1_000
"""Of each kind that changed nothing: a thousand of the largest take some 90 MB."""
MOST_KEPT = 1_000_000
_ALL, _NOISE = (KEPT_FOR, MOST_KEPT), (NOISE_KEPT_FOR, MOST_NOISE)
KEPT: Mapping[Verdict, tuple[timedelta, int]] = {
    Verdict.BELIEVED: _ALL,
    Verdict.HINTED: _ALL,
    Verdict.FAILED: (KEPT_FOR, MOST_NOISE),
    Verdict.KNOWN: _NOISE,
    Verdict.UNMATCHED: _NOISE,
    Verdict.REFUSED: _NOISE,
}
"""For how long, and how many at most: the oldest go first."""


@dataclass(frozen=True, slots=True)
class ForgetNotices:
    """Drop the notices that are too old or too many; tells how many of each verdict."""

    inbox: Inbox
    clock: Clock

    def __call__(self) -> Mapping[Verdict, int]:
        now = self.clock().at
        return {
            verdict: self.inbox.forget(verdict, now - span, most)
            for verdict, (span, most) in KEPT.items()
        }
