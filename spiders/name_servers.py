"""Whether the machine's name servers answer: one question each, for a name that they know themselves."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

RESOLV_CONF = Path("/etc/resolv.conf")
_PORT = 53
"""Of DNS, over UDP (RFC 1035 §4.2.1)."""
_MOST_BYTES = 512
_MAX_SERVERS = 3
"""As many as the system's resolver asks (resolv.conf(5), MAXNS)."""
_QUESTION = b"\x09localhost\x00\x00\x01\x00\x01"
"""The address (A, IN) of ``localhost``, which no server has to ask others for (RFC 6761 §6.3)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A name server, and whether it has answered in time, whatever it said."""

    server: str
    has_answered: bool


def name_servers(path: Path = RESOLV_CONF) -> Sequence[str]:
    """Return the addresses of the name servers that a file names; none where it cannot be read."""
    return tuple(_named(path))[:_MAX_SERVERS]


def _named(path: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split()
            if len(words) > 1 and words[0] == "nameserver":
                yield words[1]


def ask(server: str, timeout_s: float, port: int = _PORT) -> Asked:
    """Ask a name server, and return whether it answered."""
    query = os.urandom(2) + b"\x01\x00\x00\x01" + bytes(6) + _QUESTION
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            server, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
        )[0]
        with socket.socket(family, kind) as asking:
            asking.connect(address)
            asking.send(query)
            return Asked(server, _is_answered(asking, query[:2], time.monotonic() + timeout_s))
    except OSError:
        return Asked(server, has_answered=False)


def _is_answered(asking: socket.socket, number: bytes, until: float) -> bool:
    """Return whether an answer to the question of that number comes in time; others are passed over."""
    while (left_s := until - time.monotonic()) > 0:
        asking.settimeout(left_s)
        came = asking.recv(_MOST_BYTES)
        if came[:2] == number and len(came) > 2 and came[2] & 0x80:
            return True
    return False
