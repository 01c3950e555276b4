"""Doors that open only to this machine, and not to the pages of other sites in its browser."""

from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_READING = {"GET", "HEAD"}


def is_loopback(host: str | None) -> bool:
    """Whether the address is this machine's own; False for what is no address."""
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def is_own_name(host: str) -> bool:
    """Whether a Host header names this machine: an address, or localhost.

    A name of somebody's own that was made to resolve to 127.0.0.1 is the trick of DNS rebinding.
    """
    name = ""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return True


def is_foreign(*, site: str | None, origin: str | None, host: str) -> bool:
    """Whether a browser says that another site's page made this request.

    Browsers send Sec-Fetch-Site to this machine and to https, and Origin with every POST;
    programs send neither.
    """
    if site is not None:
        return site not in {"same-origin", "none"}
    # Whether it is http or https is not compared: a proxy in front may speak either.
    return origin is not None and origin.partition("://")[2].lower() != host.lower()


def own_pages_only(handler: Handler) -> Handler:
    """The handler, 403 for what another site's page wants to change."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        headers = request.headers
        if request.method not in _READING and is_foreign(
            site=headers.get("Sec-Fetch-Site"), origin=headers.get("Origin"), host=request.host
        ):
            return _forbidden("not from another site's page")
        return await handler(request)

    return guarded


def only_local(handler: Handler) -> Handler:
    """The handler for programs and own pages on this machine, 403 for all others."""
    own = own_pages_only(handler)

    async def guarded(request: web.Request) -> web.StreamResponse:
        if not is_loopback(request.remote):
            return _forbidden("only from this machine")
        if "Host" in request.headers and not is_own_name(request.headers["Host"]):
            return _forbidden("only under this machine's address or as localhost")
        return await own(request)

    return guarded


def _forbidden(message: str) -> web.Response:
    return web.json_response({"error": "forbidden", "message": message}, status=403)
