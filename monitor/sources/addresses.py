"""Which addresses may be connected to: public ones, and the networks that the configuration allows.

The list is written out because `ipaddress.is_global` lets NAT64, 6to4, site-local, IPv4-compatible and multicast
addresses through, each of which leads to a private one somewhere.
Source: RFC 6890 and the IANA special-purpose address registries.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

REFUSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host: Linux connects 0.0.0.0 to loopback.
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; 100.100.100.200 is a cloud's metadata service.
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host agent on a public address.
        "169.254.0.0/16",  # link-local, with the metadata service of most clouds.
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is a metadata service.
        "192.0.2.0/24",
        "192.88.99.0/24",  # the relays of 6to4.
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking.
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast.
        "240.0.0.0/4",  # reserved, broadcast.
    )
)

# Outside of this everything is refused: ::1, ::127.0.0.1, NAT64, fc00::/7, fe80::/10, fec0::/10, multicast.
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
REFUSED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them.
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise.
        "3fff::/20",  # documentation.
    )
)


class AddressRefusedError(OSError):
    """Say that `host` leads to an address that must not be connected to.

    An OSError, because connectors turn these into a failed connection and try the next address.
    """

    def __init__(self, host: str, address: str) -> None:
        what = f"{host or 'this'} leads to {address}"
        super().__init__(f"{what}, a private or reserved address that [network] allow_private does not list")


@dataclass(frozen=True, slots=True)
class Guard:
    """Judge addresses: public ones pass, and those in the `allowed` networks."""

    allowed: tuple[IPNetwork, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> Guard:
        """Build a guard from networks as written, host bits tolerated. Raises: ValueError."""
        return cls(tuple(ipaddress.ip_network(network, strict=False) for network in networks))

    def refuses(self, address: str) -> bool:
        """Whether `address` must not be connected to. What cannot be read as an address is refused.

        An IPv4-mapped IPv6 address is judged as the IPv4 address that it is.
        """
        return _refuses(self.allowed, address)

    @property
    def allows_loopback(self) -> bool:
        """Whether 127.0.0.1 may be connected to."""
        return not self.refuses("127.0.0.1")


@lru_cache(maxsize=16_384)  # each address is judged several times a fetch, which is a tenth of what a 304 costs.
def _refuses(allowed: tuple[IPNetwork, ...], address: str) -> bool:
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return True
    plain = (read.ipv4_mapped or read) if isinstance(read, ipaddress.IPv6Address) else read
    is_allowed = any(form in network for network in allowed for form in (read, plain))
    return not is_allowed and is_private(plain)


def is_private(address: IPAddress) -> bool:
    """Whether an address is anything but public unicast."""
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in network for network in REFUSED_V4)
    return address not in PUBLIC_V6 or any(address in network for network in REFUSED_V6)
