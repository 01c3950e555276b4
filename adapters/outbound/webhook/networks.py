"""Which addresses webhooks may be sent to."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

_NAT64 = ip_network("64:ff9b::/96")
"""Addresses that stand for an IPv4 address (RFC 6052): judged as that."""


@dataclass(frozen=True, slots=True)
class Networks:
    """Public addresses, and those inside the networks that the operator allowed.

    Judged on the address that is connected to, so that no name can lead elsewhere meanwhile.
    """

    allowed: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, spellings: Sequence[str]) -> "Networks":
        """From CIDR spellings; raises ValueError for one that is none."""
        return cls(tuple(ip_network(spelling) for spelling in spellings))

    def allow(self, address: str) -> bool:
        """Whether this IP address may be spoken to; a scope such as `%eth0` never is."""
        try:
            target = _meant(ip_address(address))
        except ValueError:
            return False
        if any(target in network for network in self.allowed):
            return True
        return target.is_global and not target.is_multicast


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
