"""Which IP addresses are of the public internet, where papers are. Pure.

Everything else is refused: an address that this machine, its neighbours or its provider use among
themselves, that many machines share, or that stands for such a one. For IPv6 it is said what is public
(RFC 4291 §2.4, IANA's registry of special-purpose addresses) and not what is private.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_GLOBAL = IPv6Network("2000::/3")
_NOT_OF_HOSTS = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # for protocols, Teredo tunnels to IPv4 addresses among them (RFC 2928, RFC 4380)
            "2001:db8::/32",  # in examples (RFC 3849)
            "2002::/16",  # 6to4: an IPv4 address of any kind (RFC 3056, given up by RFC 7526)
            "3fff::/20",  # in examples (RFC 9637)
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
"""Where a network without IPv4 shows it: the last four bytes are the address there (RFC 6052).

Its neighbour for local use, 64:ff9b:1::/48 (RFC 8215), leads into private networks.
"""
_NOT_GLOBAL = frozenset({IPv4Address("192.88.99.1"), IPv4Address("192.88.99.2")})
"""Relays of 6to4, which any network may have of its own (RFC 7526)."""


def is_public(text: str) -> bool:
    """Return whether an address is one of the public internet.

    Args:
        text: an IPv4 or IPv6 address as a resolver gives it; with a zone it is none.

    Raises:
        ValueError: it is no address.
    """
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return _is_public(address)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return _is_public(IPv4Address(address.packed[-4:]))
    return address in _GLOBAL and not any(address in one for one in _NOT_OF_HOSTS)


def _is_public(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and address not in _NOT_GLOBAL


def is_address(text: str) -> bool:
    """Return whether a host is written as an address, plainly."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_ipv6(text: str) -> bool:
    """Return whether an address is one of IPv6."""
    return isinstance(ip_address(text), IPv6Address)
