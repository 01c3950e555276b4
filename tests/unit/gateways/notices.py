"""Notifications, for the tests of those who read them."""

from application.ports import Notice
from tests.unit.gateways.builders import NOON_UTC, as_body


def a_notice(body: object, *, path: str = "/notify", **headers: str) -> Notice:
    """A notification with that body (bytes, or what is written as JSON) and those headers."""
    raw = body if isinstance(body, bytes) else as_body(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Notice("ntf_1", "any", path, named, raw, NOON_UTC)
