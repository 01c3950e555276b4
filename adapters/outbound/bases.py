"""The base addresses of a gateway, by mode; judged before anything goes out."""

from collections.abc import Mapping


def bases(
    test_url: str | None, live_url: str | None, *, one_address: bool = False
) -> Mapping[bool, str | None]:
    """What paths are joined to, by `livemode`; None switches a mode off.

    Raises ValueError when the two are one (unless the provider itself has but one, and tells the
    modes apart by their keys), or live is not https.
    """
    if test_url is not None and test_url == live_url and not one_address:
        raise ValueError("test and live must not share an address")
    if live_url is not None and not live_url.startswith("https://"):
        raise ValueError("the live address must be https")
    return {
        livemode: url.rstrip("/") if url else None
        for livemode, url in ((False, test_url), (True, live_url))
    }
