"""Which of an account's credentials is used first while they are changed for others."""

from collections.abc import Sequence
from typing import TypeVar, final

Credential = TypeVar("Credential")
MOST_REMEMBERED = 10_000


@final
class Rotation:
    """Two credentials are valid at once while a provider's account gets a new one.

    The one that was accepted last comes first; to begin with, the account's present one. The other
    is tried at once where the provider says that the first one's signature is wrong, which proves
    that it did nothing; on any other answer, never.
    """

    def __init__(self) -> None:
        self._accepted: dict[object, int] = {}

    def order(self, whose: object, present_and_next: Sequence[Credential]) -> list[Credential]:
        """In which order to try them; the account's present one stands first in what is given."""
        place = self._accepted.get(whose, 0)
        if place >= len(present_and_next):
            place = 0
        first = present_and_next[place]
        return [first, *present_and_next[:place], *present_and_next[place + 1 :]]

    def accepted(
        self, whose: object, present_and_next: Sequence[Credential], this: Credential
    ) -> None:
        """The provider acted on what this one had signed."""
        self._accepted.pop(whose, None)
        if place := present_and_next.index(this):
            self._accepted[whose] = place
        if len(self._accepted) > MOST_REMEMBERED:
            del self._accepted[next(iter(self._accepted))]
