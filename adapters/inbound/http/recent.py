"""Answers that this process gave lately, with the words that asked for them."""

from collections import deque

from application.ports import Kept

MOST_REMEMBERED = 2_000
"""Answers; the oldest go first."""
LARGEST_BYTES = 4 * 1024
"""Of a body and its answer together: all of them take 8 MB at most, and usually 3 MB."""

Said = tuple[str | None, bytes]
"""The Content-Type and the body of a request, to the byte."""


class Recent:
    """What is kept never changes until it expires, so that it may be remembered as well.

    An answer with a secret is not.
    """

    def __init__(self) -> None:
        self._held: dict[str, tuple[Said, Kept]] = {}
        self._order: deque[str] = deque()

    def find(self, scope: str, said: Said) -> Kept | None:
        """The answer to these words under this scope; it may have expired."""
        held = self._held.get(scope)
        return held[1] if held is not None and held[0] == said else None

    def add(self, kept: Kept, said: Said) -> None:
        """Remember the answer to these words, once it is durable."""
        if kept.secret or len(said[1]) + len(kept.body) > LARGEST_BYTES:
            return
        self._held[kept.scope] = (said, kept)
        self._order.append(kept.scope)
        if len(self._order) > MOST_REMEMBERED:
            self._held.pop(self._order.popleft(), None)
