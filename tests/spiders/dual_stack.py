"""`biengioi` whose names lead to loopback: `python -m tests.spiders.dual_stack NAMES ARGS…`.

NAMES is JSON, name → addresses. Loopback counts as public here, since there is nothing else to connect to.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def main() -> None:
    from spiders.middlewares import address_guard

    names: dict[str, list[str]] = json.loads(sys.argv.pop(1))
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any = None, family: int = 0, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in names:
            return real(host, port, family, *rest, **more)
        found = [one for one in names[name] if family in (0, family_of(one))]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "không có")
        return [answer for one in found for answer in real(one, port, family, *rest, **more)]

    socket.getaddrinfo = look_up
    address_guard.is_public = lambda _: True
    address_guard.has_route = lambda _: True
    sys.argv[0] = "biengioi"
    from biengioi.cli import main as program

    program()


if __name__ == "__main__":
    main()
