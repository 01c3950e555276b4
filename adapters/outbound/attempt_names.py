"""References made of the attempt's own id: unique for ever, and short enough for every provider."""

from typing import final

from application.ports import ReferenceAllocator
from domain.attempt import References
from domain.ids import crockford
from domain.merchant import ProviderAccount


@final
class AttemptNames(ReferenceAllocator):
    """26 letters and digits for each attempt: providers take 32 of `[A-Z0-9-]` at the least."""

    def __init__(self, provider: str) -> None:
        self._provider = provider

    def next(self, account: ProviderAccount, attempt_id: str) -> References:
        """The attempt's name at this provider; nothing has to be stored for it to be unique."""
        name = crockford(attempt_id)
        return References({"reference": name}, (self.key(name),))

    def key(self, name: str) -> str:
        """By what the store knows an attempt of that name."""
        return f"{self._provider}:{name}"
