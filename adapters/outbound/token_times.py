"""When a token serves, when the next one is fetched, and how long each part of it may take."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports import Token


@dataclass(frozen=True, slots=True)
class TokenTimes:
    """How long each part of having a token may take.

    A token is renewed `ahead` of its end while it still serves, and no longer used `margin` before
    it: longer than two clocks may differ. Of a short life both are a part. A fetch is claimed for
    longer than it may last, and shorter than a charge may wait to leave. After a failure the next
    fetch waits `first_pause`, twice as long after each further one. `apart` is how soon a token may
    be thrown away after another one was.
    """

    ahead: timedelta = timedelta(seconds=120)
    margin: timedelta = timedelta(seconds=30)
    serves_at_least: timedelta = timedelta(seconds=10)
    fetch_within: timedelta = timedelta(seconds=5)
    claim_for: timedelta = timedelta(seconds=7)
    look_every: timedelta = timedelta(milliseconds=100)
    look_ahead_every: timedelta = timedelta(seconds=1)
    save_again_every: timedelta = timedelta(milliseconds=200)
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(seconds=30)
    apart: timedelta = timedelta(seconds=10)

    def __post_init__(self) -> None:
        if not self.fetch_within < self.claim_for:
            raise ValueError("a claim that ends within the fetch lets two of them fetch")
        if min(self.margin, self.look_every, self.first_pause, self.apart) <= timedelta(0):
            raise ValueError("the times of a token must be longer than zero")

    def serves(self, token: Token, now: datetime) -> bool:
        """Whether it may be sent; what ends as soon as it is fetched serves for a moment."""
        life = token.ends_at - token.fetched_at
        ends = token.ends_at - min(self.margin, life / 4)
        return bool(token.access) and now < max(ends, token.fetched_at + self.serves_at_least)

    def is_ending(self, token: Token, now: datetime) -> bool:
        """Whether the next one is to be fetched by now."""
        life = token.ends_at - token.fetched_at
        return now >= token.ends_at - min(self.ahead, life / 2)

    def pause(self, failures: int) -> timedelta:
        """How long nobody fetches after so many failures in a row."""
        pause = self.first_pause * (1 << min(failures - 1, 16))
        return min(pause, self.longest_pause)


DEFAULT_TIMES = TokenTimes()
