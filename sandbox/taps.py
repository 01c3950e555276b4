"""What a person does with a waiting push, and why it may be too late for it."""

from enum import StrEnum


class Tap(StrEnum):
    """What a person, or a program in their place, does with a waiting push."""

    APPROVE = "approve"
    DECLINE = "decline"
    IGNORE = "ignore"
    DROP = "drop"  # approve, and cut the caller's connection
    LATE = "late"  # approve, and answer after the caller's patience


class UnknownPushError(LookupError):
    """There is no such push, or it is forgotten."""


class EndedPushError(ValueError):
    """The push no longer waits."""
