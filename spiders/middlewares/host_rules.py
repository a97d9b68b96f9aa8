"""Whose hosts may be asked, at which pace, and how far a redirect may lead."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.block_pages import cookie_advice, cookie_name
from crawler.decision import Decision, Kind, Outcome, Rejection
from crawler.identity.urls import politeness_key
from crawler.source import Source
from crawler.text.harmless import one_line
from spiders.outcomes import LASTING_REDIRECTS, HostUnavailable, RequestRefused

_LEAST_TIMEOUT_S = 0.05
_NOWHERE = re.compile(rb"\s*https?:/*\s*", re.IGNORECASE)
"""A scheme without a host is no address (RFC 9110 §4.2.1); joined to the page's own, it would be that."""


class HostRulesMiddleware:
    """Gives every request its paper's download slot and budget: per paper, not per host name."""

    def __init__(self, max_requests: int) -> None:
        self._max_requests = max_requests
        self._requests: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HostRulesMiddleware:
        """Build it as Scrapy does."""
        return cls(crawler.settings.getint("MAX_REQUESTS_PER_HOST"))

    def process_request(self, request: Request) -> None:
        """Set the slot and the cookie rule; stop a paper whose budget is used up."""
        key = politeness_key(urlsplit(request.url).hostname or "")
        request.meta["download_slot"] = key
        source = request.meta.get("source")
        if isinstance(source, Source) and source.fetch.cookies:
            request.meta["cookiejar"] = source.id
        else:
            request.meta["dont_merge_cookies"] = True
        self._requests[key] += 1
        if self._requests[key] > self._max_requests:
            detail = f"{self._max_requests} requests were sent to {key} in this run"
            raise HostUnavailable(Decision(Kind.PENDING, Outcome.REQUEST_BUDGET, detail=detail))


class SourceRedirectMiddleware(RedirectMiddleware):
    """Follows redirects within a source's own hosts, and reports the others.

    All requests of a chain share one time limit: each goes on with what the ones before have left.
    """

    def process_response(  # type: ignore[override] # Scrapy's own `spider` argument is deprecated
        self, request: Request, response: Response
    ) -> Request | Response:
        """Return the redirected request, or raise RequestRefused with where it led.

        A redirect to what is no address stays a response, which `answer_of` explains.
        """
        cookies = _unkept_cookies(request, response)
        if _NOWHERE.fullmatch(response.headers.get(b"Location") or b""):
            return response
        try:
            redirected = super().process_response(request, response)
        except IgnoreRequest:
            location = (response.headers.get(b"Location") or b"").decode("latin-1")
            detail = f"more than {self.max_redirect_times} redirects, the last to {one_line(location)}"
            raise _loop(detail, cookies) from None
        except ValueError:
            return response
        if isinstance(redirected, Response) or not urlsplit(redirected.url).hostname:
            return response
        if cookies and redirected.url in (request.url, *request.meta.get("redirect_urls", ())):
            raise _loop(f"{redirected.url} leads back to itself", cookies)
        source = request.meta.get("source")
        if isinstance(source, Source) and not source.owns(redirected.url):
            host = _missing_host(redirected.url, source)
            is_lasting = response.status in LASTING_REDIRECTS
            verb = "moved to" if is_lasting else "is redirected for now to"
            detail = f'{verb} {redirected.url}; if that is the same paper, add hosts = ["{host}"]'
            raise RequestRefused(
                Decision.rejected(
                    Rejection.OFFSITE_REDIRECT, detail, redirect_url=redirected.url if is_lasting else None
                )
            )
        left_s = request.meta["download_timeout"] - request.meta.get("download_latency", 0.0)
        redirected.meta["download_timeout"] = max(left_s, _LEAST_TIMEOUT_S)
        redirected.meta["unkept_cookies"] = cookies
        return redirected


def _missing_host(url: str, source: Source) -> str:
    """Return what `hosts` must name for an address to be the source's; the port where that is missing."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{host}:{parts.port}" if politeness_key(host) in source.host_names and parts.port else host


def _unkept_cookies(request: Request, response: Response) -> tuple[str, ...]:
    """Return the names of the cookies that a chain of redirects has set so far and that we do not keep."""
    if "cookiejar" in request.meta:
        return ()
    lines = (line.decode("latin-1") for line in response.headers.getlist("Set-Cookie"))
    return tuple(dict.fromkeys((*request.meta.get("unkept_cookies", ()), *map(cookie_name, lines))))


def _loop(detail: str, cookies: tuple[str, ...]) -> RequestRefused:
    detail = f"{detail}; {cookie_advice(cookies)}" if cookies else detail
    return RequestRefused(Decision.failed(Outcome.REDIRECT_LOOP, detail))
