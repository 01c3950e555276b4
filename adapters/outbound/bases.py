"""The base addresses of a gateway, by mode; judged before anything goes out."""

from collections.abc import Mapping, Set

_ADDRESSES = frozenset({"test_url", "live_url"})


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


def addresses(
    options: Mapping[str, str],
    sandbox_url: str,
    *,
    beside: Set[str] = frozenset(),
    one_address: bool = False,
) -> tuple[str, str | None]:
    """The test and the live address of a gateway's settings: else the sandbox's, and none.

    Raises ValueError for a setting that is neither of the two nor one of `beside`, and what `bases`
    raises: at the start, not where the gateway is first used.
    """
    if unknown := sorted(options.keys() - _ADDRESSES - beside):
        raise ValueError(f"there is no setting {unknown[0]}")
    test_url, live_url = options.get("test_url", sandbox_url), options.get("live_url")
    bases(test_url, live_url, one_address=one_address)
    return test_url, live_url
