"""Where OVO is spoken to, by mode."""

from collections.abc import Mapping


def addresses(test_url: str | None, live_url: str | None) -> Mapping[bool, str | None]:
    """The address by `livemode`; None switches a mode off.

    Raises ValueError when the two are one, or live is not https.
    """
    if test_url is not None and test_url == live_url:
        raise ValueError("test and live must not share an address")
    if live_url is not None and not live_url.startswith("https://"):
        raise ValueError("the live address must be https")
    return {False: test_url, True: live_url}
