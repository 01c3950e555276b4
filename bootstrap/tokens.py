"""The tokens of one process, and who hears of their fetches."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, final

from application.ports import KeptTokens, TokenFetch, TokenObserver
from bootstrap.late import Late

if TYPE_CHECKING:
    from adapters.outbound.tokens import TokenSource


@final
class TokenFetches:
    """Tells every fetch of a token to those who listen by then."""

    def __init__(self) -> None:
        self._observers: list[TokenObserver] = []

    def __call__(self, fetch: TokenFetch) -> None:
        for observer in self._observers:
            observer(fetch)

    def hear(self, observer: TokenObserver) -> None:
        """Tell this one too, from now on."""
        self._observers.append(observer)


def late_tokens(
    kept: KeptTokens, clock: Callable[[], datetime], fetches: TokenFetches
) -> "Late[TokenSource]":
    """The process's one source of tokens, made by its first use: most processes never go out."""

    def make() -> "TokenSource":
        from adapters.outbound.tokens import TokenSource  # noqa: PLC0415 - see above

        return TokenSource(kept, clock, fetches)

    return Late(make)
