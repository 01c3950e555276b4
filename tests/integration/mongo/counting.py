"""Counts the commands that a store sends: each is one round trip."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)


@final
class Counting(CommandListener):
    """Hears of every command, the driver's own handshakes left out."""

    def __init__(self) -> None:
        self.heard: list[CommandStartedEvent] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.heard.append(event)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The names of the commands sent meanwhile; complete after it."""
        names: list[str] = []
        before = len(self.heard)
        yield names
        names += [event.command_name for event in self.heard[before:]]
