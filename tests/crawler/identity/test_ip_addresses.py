"""Which addresses are of the public internet: the whole list of those that only look so."""

from __future__ import annotations

import pytest

from crawler.identity.ip_addresses import is_address, is_public

PRIVATE = {
    "this network": ["0.0.0.0", "0.1.2.3"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": [
        "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
        "192.168.255.255",
    ],
    "shared by providers (RFC 6598)": ["100.64.0.1", "100.127.255.255"],
    "link-local": ["169.254.0.1", "fe80::1", "fe80::1%eth0", "febf::1"],
    "what clouds tell of themselves": [
        "169.254.169.254", "fd00:ec2::254", "100.100.100.200", "fe80::a9fe:a9fe%1",
    ],
    "protocols and examples": [
        "192.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.7", "198.18.0.1", "198.19.255.255",
    ],
    "reserved and broadcast": ["240.0.0.1", "255.255.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "unspecified": ["::", "0.0.0.0"],
    "unique local": ["fc00::1", "fd12:3456::1"],
    "site-local, of old": ["fec0::1"],
    "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:7f00:1", "::ffff:113.160.1.1"],
    "IPv4-compatible": ["::127.0.0.1", "::a00:1", "::113.160.1.1"],
    "IPv4-translated": ["::ffff:0:127.0.0.1", "::ffff:0:a00:1"],
    "6to4": ["2002:7f00:1::1", "2002:a00:1::", "2002:71a0:101::1", "192.88.99.1"],
    "Teredo": ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "NAT64 of what is private": [
        "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::",
    ],
    "NAT64 of a network's own": ["64:ff9b:1::127.0.0.1", "64:ff9b:1:fffe::113.160.1.1"],
    "ISATAP in a private network": ["fe80::5efe:10.0.0.1"],
    "discarded": ["100::1"],
    "examples": ["2001:db8::1", "3fff::1"],
    "ORCHID, benchmarks": ["2001:10::1", "2001:20::1", "2001:2::1"],
    "not assigned to anybody": ["4000::1", "5f00::1", "8000::1", "e000::1"],
}  # fmt: skip
PUBLIC = [
    "113.160.1.1", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255",
    "192.169.0.0", "223.255.255.255",
    "2405:4800::1", "2001:ee0:4c00::1", "2001:4860:4860::8888", "2a00:1450:4001::1", "2600::",
    "64:ff9b::113.160.1.1",
]  # fmt: skip


@pytest.mark.parametrize("address", [one for many in PRIVATE.values() for one in many])
def test_what_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_of_it_is_not(address: str) -> None:
    assert is_public(address)


NO_ADDRESSES = [
    "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.01", "1.2.3.4.5", "::g", "[::1]", "",
    "localhost",
    "１２７.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_only_what_is_written_plainly_is_an_address(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(ValueError, match="address"):
        is_public(text)
