"""The command line's way onto the network: one httpx client, set up here and nowhere else."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def connected(
    url: str,
    *,
    timeout: httpx.Timeout,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """A client of whoever is at that address, to be closed with a `with`.

    It follows no redirect. A proxy of the environment is used, but not to reach this machine.
    """
    return httpx.Client(
        base_url=base_url,
        headers=headers,
        timeout=timeout,
        transport=transport,
        follow_redirects=False,
        trust_env=urlsplit(url).hostname not in LOOPBACK,
    )
