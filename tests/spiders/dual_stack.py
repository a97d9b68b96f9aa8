"""`biengioi` whose names lead to loopback: `python -m tests.spiders.dual_stack NAMES ARGS…`.

NAMES is JSON, name → addresses. Loopback counts as public here, since there is nothing else to connect to.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any


def main() -> None:
    from spiders.middlewares import address_guard

    names: dict[str, list[str]] = json.loads(sys.argv.pop(1))
    real = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in names:
            return real(host, *rest, **more)
        return [found for one in names[name] for found in real(one, *rest, **more)]

    socket.getaddrinfo = look_up
    address_guard.is_public = lambda _: True
    sys.argv[0] = "biengioi"
    from biengioi.cli import main as program

    program()


if __name__ == "__main__":
    main()
