"""The command line's way onto the network: one httpx client, set up here and nowhere else."""

import ssl
from collections.abc import Mapping
from functools import cache
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
        verify=_trust(url),
        trust_env=urlsplit(url).hostname not in LOOPBACK,
    )


def _trust(url: str) -> ssl.SSLContext:
    """Whom TLS to this address trusts: the usual authorities; nobody where no TLS is spoken.

    Reading the authorities takes longer than the whole call to a Lunas on this machine.
    """
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _usual_authorities()


@cache
def _usual_authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context()
