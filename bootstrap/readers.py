"""Who reads which provider's notifications: one line a provider."""

from collections.abc import Callable, Mapping

from application.ports import NotificationReader

READERS: dict[str, Callable[[], NotificationReader]] = {}
"""By the provider's name, which is also its path: `/notifications/<name>`."""


def readers() -> Mapping[str, NotificationReader]:
    """The readers of every provider that sends notifications."""
    return {name: make() for name, make in READERS.items()}
