"""Access tokens: issued, expired, revoked and counted."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

B2B = "b2b"
B2B2C = "b2b2c"
REFRESH = "refresh"
LIVE_TOKENS = 50_000


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """What a token opens: a partner's own doors, or those of one linked account."""

    text: str
    kind: str
    partner: str
    link: str = ""
    ends_at: datetime | None = None  # None: it does not expire

    def is_live(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return self.ends_at is None or now < self.ends_at


class Tokens:
    """At most `LIVE_TOKENS` tokens of one provider; the oldest is forgotten first."""

    def __init__(self, new_text: Callable[[], str]) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._new_text = new_text
        self._tokens: dict[str, Token] = {}
        self._latest: dict[str, Token] = {}

    def issue(
        self,
        kind: str,
        partner: str,
        *,
        now: datetime,
        life: timedelta | None,
        link: str = "",
    ) -> Token:
        """A new token."""
        ends_at = None if life is None else now + life
        token = Token(self._new_text(), kind, partner, link, ends_at)
        self._tokens[token.text] = token
        if kind == B2B:
            self._latest[partner] = token
        if len(self._tokens) > LIVE_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        return token

    def find(self, text: str, now: datetime) -> Token | None:
        """The token, unless it is unknown, revoked or expired."""
        token = self._tokens.get(text)
        return token if token is not None and token.is_live(now) else None

    def latest(self, partner: str) -> str:
        """The partner's own token that was issued last; empty when there is none."""
        token = self._latest.get(partner)
        return "" if token is None else token.text

    def revoke(self, text: str) -> None:
        """End one token."""
        self._tokens.pop(text, None)

    def revoke_all(self, *, kind: str | None = None, link: str | None = None) -> int:
        """End the tokens of a kind, of a link, or all of them; how many there were."""
        gone = [
            text
            for text, token in self._tokens.items()
            if kind in {None, token.kind} and link in {None, token.link}
        ]
        for text in gone:
            del self._tokens[text]
        return len(gone)

    def shown(self, now: datetime) -> dict[str, dict[str, int]]:
        """For each kind: how often it was fetched and refused, and how many are live."""
        live = Counter(token.kind for token in self._tokens.values() if token.is_live(now))
        return {
            kind: {
                "fetched": self.counts[kind, "fetched"],
                "refused": self.counts[kind, "refused"],
                "live": live[kind],
            }
            for kind in (B2B, B2B2C, REFRESH)
        }
