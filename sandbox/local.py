"""Doors that open only to this machine."""

from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_loopback(host: str | None) -> bool:
    """Whether the address is this machine's own; False for what is no address."""
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def only_local(handler: Handler) -> Handler:
    """The handler for loopback peers, 403 for all others, wherever the server listens."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if not is_loopback(request.remote):
            return web.json_response(
                {"error": "forbidden", "message": "only from this machine"}, status=403
            )
        return await handler(request)

    return guarded
