"""robots.txt, read once per host and run and obeyed, Crawl-delay included (RFC 9309).

Scrapy's own middleware allows everything when robots.txt cannot be fetched and applies no
Crawl-delay; RFC 9309 §2.3.1.4 says the opposite for servers that fail.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.decision import OUTCOME_OF_STATUS, Decision, Kind, Outcome, Rejection
from crawler.extraction.document import decode_utf8
from crawler.identity.urls import politeness_key
from spiders.outcomes import HostUnavailable, RequestRefused, decision_of_error
from spiders.scrapy_slots import slow_slot

PRODUCT_TOKEN = "biengioi"  # noqa: S105 - a name, no secret
"""What a robots.txt calls us (RFC 9309 §2.2.1); the User-Agent begins with it, and says more."""

_MAX_ROBOTS_BYTES = 500 * 1024
"""RFC 9309 §2.5: at least 500 KiB must be read; what lies behind is ignored."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one host allows.

    Args:
        robots: the parsed file; None where there is none, which allows everything.
        refusal: why nothing may be fetched: the host or its robots.txt is out of reach.
    """

    robots: Protego | None = None
    refusal: Decision | None = None


class RobotsMiddleware:
    """Asks each host's robots.txt before its first page, and lets it slow us down.

    A host that cannot be reached for its robots.txt is not tried again for every page in the run.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._max_delay_s = crawler.settings.getfloat("MAX_CRAWL_DELAY")
        self._rules: dict[str, asyncio.Future[_Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Build it as Scrapy does."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise RequestRefused when the host's rules, or their absence, forbid the request."""
        if request.meta.get("is_robots"):
            return
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._fetch(origin, request))
        rules = await asyncio.shield(self._rules[origin])
        if rules.refusal:
            refused = HostUnavailable if rules.refusal.kind is Kind.FAILED else RequestRefused
            raise refused(rules.refusal)
        if rules.robots:
            request.meta["robots_sitemaps"] = tuple(rules.robots.sitemaps)
        if rules.robots and not rules.robots.can_fetch(request.url, PRODUCT_TOKEN):
            detail = f"{origin}/robots.txt forbids this address"
            raise RequestRefused(Decision.rejected(Rejection.ROBOTS, detail))

    async def _fetch(self, origin: str, request: Request) -> _Rules:
        robots_request = Request(
            f"{origin}/robots.txt",
            callback=NO_CALLBACK,
            priority=1000,
            meta={"is_robots": True, "source": request.meta.get("source")},
        )
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(robots_request)
            return self._read(origin, request, response)
        except Exception as error:  # noqa: BLE001 - the boundary; storage's errors pass
            decision = decision_of_error(error)
        if decision.kind is Kind.REJECTED and decision.reason == Rejection.OFFSITE_REDIRECT:
            return _Rules()
        return _Rules(refusal=replace(decision, detail=f"{origin}/robots.txt: {decision.detail}"))

    def _read(self, origin: str, request: Request, response: Response) -> _Rules:
        outcome = OUTCOME_OF_STATUS.get(response.status, Outcome.BAD_RESPONSE)
        if outcome in (Outcome.SERVER_ERROR, Outcome.THROTTLED, Outcome.TRUNCATED):
            detail = f"{origin}/robots.txt answers {response.status}, so nothing may be fetched"
            return _Rules(refusal=Decision.failed(outcome, detail))
        if outcome is not Outcome.OK:
            return _Rules()
        text = decode_utf8(response.body[:_MAX_ROBOTS_BYTES])
        return self._obey_delay(origin, request, Protego.parse(our_rules(text)))

    def _obey_delay(self, origin: str, request: Request, robots: Protego) -> _Rules:
        delay_s = robots.crawl_delay(PRODUCT_TOKEN) or 0.0
        if delay_s > self._max_delay_s:
            wanted = f"a Crawl-delay of {delay_s:g} s, over our limit of {self._max_delay_s:g} s"
            detail = f"{origin}/robots.txt asks for {wanted}"
            return _Rules(refusal=Decision.rejected(Rejection.ROBOTS, detail))
        key = politeness_key(urlparse_cached(request).hostname or "")
        slow_slot(self._crawler, key, delay_s)
        return _Rules(robots)


_LINE = re.compile(
    r"(?P<agent>user[ _-]?agent)|(?P<disallow>dis+all?[oa]w|diasllow)|(?P<allow>allow)"
    r"|(?P<delay>crawl[ _-]?delay)|(?P<sitemap>site-?maps?)",
    re.IGNORECASE,
)
"""The keys that are read, in the spellings that are understood; Protego knows the same."""
_NEWLINE = re.compile(r"\r\n?|\n")
_VALUE = re.compile(r"\s*[:\s]\s*(.*)", re.DOTALL)
_TOKEN = re.compile(r"[a-z_-]*", re.IGNORECASE)


def our_rules(text: str) -> str:
    """Return what of a robots.txt is for us, as one group for all agents that any parser reads alike.

    Protego takes each agent that is named anywhere in our User-Agent for us, its contact included, and
    ends the naming of agents at a Crawl-delay. By RFC 9309 §2.2.1 the product token alone counts, in any
    case; all groups of it are one, and where there is none those of ``*``. By §2.2.4 no other record
    comes between the agents of a group. A Crawl-delay, which the RFC does not know, is for those
    agents of its group that are named before it.
    """
    groups: dict[str, list[str]] = {}
    for_all: list[str] = []
    named: list[str] = []
    is_naming = False
    for line in _NEWLINE.split(text):
        record = line.partition("#")[0].strip().lstrip("\ufeff")
        key = _LINE.match(record)
        found = _VALUE.fullmatch(record, key.end()) if key else None
        if key is None or found is None:
            continue
        value = found[1]
        match key.lastgroup:
            case "agent":
                named = [*named, _token(value)] if is_naming else [_token(value)]
                groups.setdefault(named[-1], [])
                is_naming = True
            case "sitemap":
                for_all.append(f"Sitemap: {value}")
            case name:
                is_naming = is_naming and name == "delay"
                field = {"allow": "Allow", "disallow": "Disallow"}.get(name or "", "Crawl-delay")
                for agent in dict.fromkeys(named):
                    groups[agent].append(f"{field}: {value}")
    ours = groups.get(PRODUCT_TOKEN, groups.get("*", []))
    return "\n".join(("User-agent: *", *ours, *for_all))


def _token(agent: str) -> str:
    """Return the product token of a ``User-agent`` value, without version and wildcards; ``*`` for all."""
    match = _TOKEN.match(agent.strip("* "))
    return "*" if agent and not agent.strip("* ") else match[0].lower() if match else ""
