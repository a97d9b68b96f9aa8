"""Whether papers can be reached from here: each is asked once for its robots.txt, and what came is not read.

For whoever looks at an installation; a crawl asks in its own way. The address guard is the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from spiders.middlewares.address_guard import Addresses
from spiders.outcomes import RequestRefused

_MOST_BYTES = 16_384
"""Of the head of an answer."""
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Greeting:
    """What came of asking one paper.

    Args:
        address: that answered; empty if none did.
        problem: why there is no answer; empty if there is one.
        skew_s: how many seconds its clock is ahead of ours; None if it did not say.
    """

    host: str
    address: str = ""
    problem: str = ""
    skew_s: float | None = None


def greet(homepages: Sequence[str], user_agent: str, timeout_s: float) -> Sequence[Greeting]:
    """Ask papers side by side, and return what came of each, in their order.

    Args:
        timeout_s: for each of them, from the lookup of its name to the end of the head.
    """

    async def all_of_them() -> Sequence[Greeting]:
        addresses = Addresses(timeout_s)
        return await asyncio.gather(
            *(_greet(homepage, user_agent, timeout_s, addresses) for homepage in homepages)
        )

    return asyncio.run(all_of_them())


async def _greet(homepage: str, user_agent: str, timeout_s: float, addresses: Addresses) -> Greeting:
    parts = urlsplit(homepage)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    problem = "it has no address"
    try:
        async with asyncio.timeout(timeout_s):
            for address in await addresses.lookup(host):
                try:
                    head = await _head(address, port, parts.scheme == "https", host, parts.netloc, user_agent)
                except OSError as error:  # of the one address; another one may work
                    problem = f"{address}: {error.strerror or error}"
                    continue
                if head.startswith(b"HTTP/1."):
                    return Greeting(host, address, skew_s=_skew(head))
                problem = f"{address}: its answer is no HTTP"
    except TimeoutError:
        problem = f"no answer within {timeout_s:g} s"
    except RequestRefused as refused:
        problem = refused.decision.detail
    return Greeting(host, problem=problem)


async def _head(address: str, port: int, is_secure: bool, host: str, netloc: str, user_agent: str) -> bytes:
    context = ssl.create_default_context() if is_secure else None
    reader, writer = await asyncio.open_connection(
        address, port, ssl=context, server_hostname=host if is_secure else None, limit=_MOST_BYTES
    )
    try:
        lines = (
            "GET /robots.txt HTTP/1.1",
            f"Host: {netloc}",
            f"User-Agent: {user_agent}",
            "Connection: close",
        )
        writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1", "replace"))
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            return error.partial
        except asyncio.LimitOverrunError:
            return await reader.read(_MOST_BYTES)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _skew(head: bytes) -> float | None:
    for line in head.decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        if name.strip().casefold() == "date":
            with contextlib.suppress(ValueError):
                said = parsedate_to_datetime(value.strip())
                return (said.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return None
