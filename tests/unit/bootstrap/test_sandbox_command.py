"""How the sandbox is started for this house."""

from bootstrap import sandbox
from bootstrap.settings import Settings


def told(settings: Settings) -> list[str]:
    """The address that its providers notify."""
    return [word for word in sandbox.command(settings) if word.startswith("--notify-url")]


def test_providers_that_notify_are_given_this_houses_door() -> None:
    several = Settings(providers=("ovo", "midtrans"), port=8123)
    assert told(several) == ["--notify-url=http://127.0.0.1:8123/notifications/{provider}"]


def test_ovo_alone_notifies_nobody() -> None:
    assert told(Settings()) == []
