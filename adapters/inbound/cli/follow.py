"""Looking at a feed again and again, also while Lunas is away for a while."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.inbound.cli.calls import shown_url
from adapters.inbound.cli.feed import Feed
from adapters.inbound.cli.problems import Json, NoAnswer, Refused
from adapters.inbound.cli.show import tell
from adapters.inbound.cli.tools import Tools

BETWEEN_LOOKS_SECONDS = 0.5
WHILE_AWAY_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 30.0
"""However long Lunas asks us to wait."""
LONGEST_AWAY_SECONDS = 600
"""After so long without Lunas it ends."""
TOO_MANY_REQUESTS, SERVER_ERRORS = 429, 500


@dataclass(slots=True)
class Following:
    """The looks at a feed; `ready` is told after the first one that worked."""

    tools: Tools
    feed: Feed
    ready: str
    _away_since: float | None = None
    _told_ready: bool = False

    def looks(self, seconds: float | None = None) -> Iterator[Sequence[Json]]:
        """What is new, half a second after each look; nothing while Lunas is away.

        Ends after so many seconds, or never. Raises Refused for what does not pass, and whatever
        kept Lunas away when that lasts longer than LONGEST_AWAY_SECONDS.
        """
        uptime = self.tools.uptime
        end = None if seconds is None else uptime() + seconds
        while end is None or uptime() < end:
            found, pause = self._look()
            yield found
            left = pause if end is None else max(0.0, end - uptime())
            self.tools.pause(min(pause, left))

    def _look(self) -> tuple[Sequence[Json], float]:
        """What is new, and how long to wait then."""
        try:
            found = self.feed.look()
        except (NoAnswer, Refused) as failure:
            return (), self._away(failure)
        if self._away_since is not None:
            self._away_since = None
            tell("Lunas answers again: going on where it stopped.")
        if not self._told_ready:
            self._told_ready = True
            tell(self.ready)
        return found, BETWEEN_LOOKS_SECONDS

    def _away(self, failure: NoAnswer | Refused) -> float:
        """Note that Lunas is away, or raise what does not pass by waiting."""
        if isinstance(failure, Refused) and not _passes(failure):
            raise failure
        now = self.tools.uptime()
        if self._away_since is None:
            self._away_since = now
            why = failure.code if isinstance(failure, Refused) else failure
            tell(
                f"Lunas at {shown_url(self.tools.url)} is away ({why}): waiting for it, "
                f"for at most {LONGEST_AWAY_SECONDS // 60} minutes."
            )
        elif now - self._away_since >= LONGEST_AWAY_SECONDS:
            raise failure
        asked = failure.retry_after if isinstance(failure, Refused) else None
        return min(max(asked or 0.0, WHILE_AWAY_SECONDS), LONGEST_PAUSE_SECONDS)


def _passes(refused: Refused) -> bool:
    return refused.status == TOO_MANY_REQUESTS or refused.status >= SERVER_ERRORS
