"""Names to addresses, with a deadline and without the private networks.

Names are looked up in daemon threads of our own: a resolver that never answers then costs its
deadline, not a slot in Twisted's pool, and cannot keep the process from ending. The addresses that
were judged are those that are connected to, so a second DNS answer cannot swap them (rebinding).

Both families are asked for side by side, and one that has no answer keeps the other waiting for a moment
only. A name with addresses of both is reached by whichever works: Twisted tries one after the other, a
third of a second apart, in the order that is given here (RFC 8305).
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
)
from zope.interface import implementer

from crawler.decision import Decision, Outcome, Rejection
from crawler.identity.ip_addresses import is_address, is_ipv6, is_public
from spiders.outcomes import HostUnavailable, RequestRefused

LOOPBACK_NAMES = frozenset({"localhost"})
_MAX_ADDRESSES = 8
"""Of one name that are tried; they take turns by family."""
_OTHER_FAMILY_S = 0.3
"""How long addresses of one family wait for those of the other (RFC 8305 §3 has less, for people)."""


class Addresses:
    """The addresses of this run's hosts, each looked up once.

    Args:
        timeout_s: how long a lookup may take.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._lookups: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def lookup(self, host: str) -> Sequence[str]:
        """Return the addresses of `host` that may be connected to, in the order in which to try them.

        An address written as such, or ``localhost``, is somebody's explicit wish (only hosts that a
        source file or the user named come here); a *name* that leads to private networks alone is not.

        Raises:
            RequestRefused: the name has no address, none in time, or only private ones.
        """
        if is_address(host):
            return (host,)
        if host not in self._lookups:
            self._lookups[host] = asyncio.ensure_future(self._resolve(host))
        return await asyncio.shield(self._lookups[host])

    async def _resolve(self, host: str) -> Sequence[str]:
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await _look_up(host)
        except TimeoutError:
            detail = f"no answer for {host} within {self._timeout_s:g} s"
            raise HostUnavailable(Decision.failed(Outcome.DNS_SILENT, detail)) from None
        except OSError as error:
            detail = f"{host} has no address ({error.strerror or error})"
            is_temporary = error.errno == socket.EAI_AGAIN
            outcome = Outcome.DNS_SILENT if is_temporary else Outcome.DNS_FAILED
            raise HostUnavailable(Decision.failed(outcome, detail)) from None
        public = [one for one in found if _is_allowed(one, host)]
        if not public:
            detail = f"{host} leads to {found[0]}, which is not a public address"
            raise RequestRefused(Decision.rejected(Rejection.PRIVATE_ADDRESS, detail))
        return in_turns(public)[:_MAX_ADDRESSES]


def _is_allowed(address: str, host: str) -> bool:
    return is_public(address) or host in LOOPBACK_NAMES


def has_route(address: str) -> bool:
    """Return whether this machine knows a way to an IPv6 address; nothing is sent."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
    except OSError:
        return False
    return True


def in_turns(addresses: Iterable[str]) -> Sequence[str]:
    """Return addresses so that the families take turns, the first one's first (RFC 8305 §4)."""
    families: dict[bool, list[str]] = {}
    for one in dict.fromkeys(addresses):
        families.setdefault(is_ipv6(one), []).append(one)
    return tuple(filter(None, chain.from_iterable(zip_longest(*families.values()))))


async def _look_up(host: str) -> Sequence[str]:
    """Return the addresses of a name, those of IPv6 first where there is a way to them.

    Raises:
        OSError: neither family has one.
    """
    asked = [_look_up_in_thread(host, family) for family in (socket.AF_INET6, socket.AF_INET)]
    try:
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        is_enough = any(_is_allowed(address, host) for one in done for address in _found(one))
        if waiting:
            await asyncio.wait(waiting, timeout=_OTHER_FAMILY_S if is_enough else None)
        six, four = (_found(one) for one in asked)
        if six or four:
            return [*six, *four] if six and has_route(six[0]) else [*four, *six]
        errors = [error for one in asked if one.done() and (error := one.exception())]
        raise next((one for one in errors if getattr(one, "errno", 0) == socket.EAI_AGAIN), errors[-1])
    finally:
        for one in asked:
            one.cancel()


def _found(one: asyncio.Future[Sequence[str]]) -> Sequence[str]:
    return () if not one.done() or one.exception() else one.result()


def _look_up_in_thread(host: str, family: socket.AddressFamily) -> asyncio.Future[Sequence[str]]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[str]] = loop.create_future()

    def deliver(result: Sequence[str] | OSError) -> None:
        if answer.done():
            return
        if isinstance(result, OSError):
            answer.set_exception(result)
        else:
            answer.set_result(result)

    def look_up() -> None:
        result: Sequence[str] | OSError
        try:
            found = socket.getaddrinfo(host, None, family, socket.SOCK_STREAM)
            result = [str(one[4][0]) for one in found] or OSError("no answer holds one")
        except (OSError, UnicodeError) as error:
            result = error if isinstance(error, OSError) else OSError(str(error))
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, result)

    threading.Thread(target=look_up, name=f"dns {host}", daemon=True).start()
    return answer


@implementer(IHostResolution)
class _Resolution:
    """A name that is being looked up (Twisted's interface)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_cancelled = False

    def cancel(self) -> None:
        """Want no answer any more."""
        self.is_cancelled = True


@implementer(IHostnameResolver)
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
        self._reactor.installNameResolver(self)  # type: ignore[arg-type]

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: ARG002, N803
    ) -> Any:
        """Tell the receiver the addresses of a name (Twisted's interface)."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        wanted = tuple(addressTypes or (IPv4Address, IPv6Address))

        async def answer() -> None:
            found = await self._lookup(hostName)
            if resolution.is_cancelled:
                return
            for one in found:
                kind = IPv6Address if is_ipv6(one) else IPv4Address
                if kind in wanted:
                    resolutionReceiver.addressResolved(kind("TCP", one, portNumber))
            resolutionReceiver.resolutionComplete()

        Deferred.fromCoroutine(answer())
        return resolution

    async def _lookup(self, name: str) -> Sequence[str]:
        """Return a name's addresses; none where it is refused: `AddressGuardMiddleware` has told why."""
        try:
            return await Deferred.fromFuture(asyncio.ensure_future(self.addresses.lookup(name)))
        except RequestRefused:
            return ()


class AddressGuardMiddleware:
    """Stops a request whose host has no address that we may connect to, and says why."""

    async def process_request(self, request: Request) -> None:
        """Look the host up before the connection does, so that the reason is not lost on the way."""
        from twisted.internet import reactor  # only importable once a reactor is installed

        resolver: object = reactor.nameResolver
        host = urlparse_cached(request).hostname
        if isinstance(resolver, GuardedResolver) and host:
            await resolver.addresses.lookup(host)
