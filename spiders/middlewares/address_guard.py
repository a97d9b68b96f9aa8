"""Names to addresses, with a deadline and without the private networks.

Names are looked up in daemon threads of our own: a resolver that never answers then costs its
deadline, not a slot in Twisted's pool, and cannot keep the process from ending. The address that
was judged is the one that is connected to, so a second DNS answer cannot swap it (rebinding).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IResolverSimple
from zope.interface import implementer

from crawler.decision import Decision, Outcome, Rejection
from spiders.outcomes import HostUnavailable, RequestRefused

LOOPBACK_NAMES = frozenset({"localhost"})


class Addresses:
    """The addresses of this run's hosts, each looked up once.

    Args:
        timeout_s: how long a lookup may take.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._lookups: dict[str, asyncio.Future[str]] = {}

    async def lookup(self, host: str) -> str:
        """Return the IPv4 address of `host`.

        An address written as such, or ``localhost``, is somebody's explicit wish (only hosts that a
        source file or the user named come here); a *name* that leads to a private network is not.

        Raises:
            RequestRefused: the name has no address, none in time, or only a private one.
        """
        if _is_literal(host):
            return host
        if host not in self._lookups:
            self._lookups[host] = asyncio.ensure_future(self._resolve(host))
        return await asyncio.shield(self._lookups[host])

    async def _resolve(self, host: str) -> str:
        try:
            async with asyncio.timeout(self._timeout_s):
                address = await _look_up_in_thread(host)
        except TimeoutError:
            detail = f"no answer for {host} within {self._timeout_s:g} s"
            raise HostUnavailable(Decision.failed(Outcome.DNS_SILENT, detail)) from None
        except OSError as error:
            detail = f"{host} has no address ({error.strerror or error})"
            is_temporary = error.errno == socket.EAI_AGAIN
            outcome = Outcome.DNS_SILENT if is_temporary else Outcome.DNS_FAILED
            raise HostUnavailable(Decision.failed(outcome, detail)) from None
        found = ipaddress.ip_address(address)
        if (not found.is_global or found.is_multicast) and host not in LOOPBACK_NAMES:
            detail = f"{host} leads to {address}, which is not a public address"
            raise RequestRefused(Decision.rejected(Rejection.PRIVATE_ADDRESS, detail))
        return address


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _look_up_in_thread(host: str) -> asyncio.Future[str]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def deliver(result: str | OSError) -> None:
        if answer.done():
            return
        if isinstance(result, str):
            answer.set_result(result)
        else:
            answer.set_exception(result)

    def look_up() -> None:
        result: str | OSError
        try:
            found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
            result = str(found[0][4][0])
        except (OSError, UnicodeError) as error:
            result = error if isinstance(error, OSError) else OSError(str(error))
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, result)

    threading.Thread(target=look_up, name=f"dns {host}", daemon=True).start()
    return answer


@implementer(IResolverSimple)
class GuardedResolver:
    """The reactor's resolver (setting ``TWISTED_DNS_RESOLVER``): answers from `Addresses`."""

    def __init__(self, reactor: ReactorBase, timeout_s: float) -> None:
        self._reactor = reactor
        self.addresses = Addresses(timeout_s)

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> GuardedResolver:
        """Build it as Scrapy does."""
        return cls(reactor, crawler.settings.getfloat("DNS_TIMEOUT"))

    def install_on_reactor(self) -> None:
        """Make it the resolver of all connections of this process."""
        self._reactor.installResolver(self)  # type: ignore[arg-type]

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:  # noqa: ARG002, N802
        """Return the address of `name` (Twisted's interface)."""
        return Deferred.fromCoroutine(self._lookup(name))

    async def _lookup(self, name: str) -> str:
        try:
            return await Deferred.fromFuture(asyncio.ensure_future(self.addresses.lookup(name)))
        except RequestRefused as refusal:
            raise DNSLookupError(str(refusal)) from refusal


class AddressGuardMiddleware:
    """Stops a request whose host has no address that we may connect to, and says why."""

    async def process_request(self, request: Request) -> None:
        """Look the host up before the connection does, so that the reason is not lost on the way."""
        from twisted.internet import reactor  # only importable once a reactor is installed

        resolver: object = reactor.resolver
        host = urlparse_cached(request).hostname
        if isinstance(resolver, GuardedResolver) and host:
            await resolver.addresses.lookup(host)
