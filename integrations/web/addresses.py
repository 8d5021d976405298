"""Which addresses are of the public Internet; all others are refused."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses. Raises OSError where the name is not found."""

_NOT_PUBLIC = tuple(
    ip_network(one)
    for one in (
        "168.63.129.16/32",  # a cloud's metadata, in the middle of public addresses
        "192.0.0.0/24",  # protocols, and another cloud's metadata
        "192.88.99.0/24",  # relays to IPv6
        "::/96",  # IPv4 in IPv6, each in its own way: compatible, mapped, translated (NAT64), 6to4, Teredo
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
        "fec0::/10",  # site-local, of old
    )
)
"""What Python's `is_global` lets pass, in one of its versions at least."""


def public(address: str) -> bool:
    """Tell whether this is an address of a machine on the public Internet; what is no address is not."""
    try:
        one: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if not one.is_global or one.is_multicast or one.is_reserved or one.is_unspecified or one.is_loopback:
        return False
    return not any(one in network for network in _NOT_PUBLIC if network.version == one.version)


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
