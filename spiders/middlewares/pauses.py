"""When a site asks for a pause it gets one: Retry-After (RFC 9110 §10.2.3), else a growing backoff.

Scrapy 2.19 knows nothing of Retry-After and would ask three times within 20 ms.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.decision import Decision, Kind, Outcome
from spiders.refusals import HostUnavailable
from spiders.responses import header

_MAX_PAUSE_S = 86_400.0
"""A longer Retry-After is cut to a day; sites have been seen to say 88 hours."""
_MAX_TRIES = 3


class PauseMiddleware:
    """Silences a whole paper for as long as it asks, then asks the same page again.

    A pause that is longer than `MAX_PAUSE` parks the paper: its pages stay pending, and the run goes
    on without it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._max_wait_s = crawler.settings.getfloat("MAX_PAUSE")
        self._backoff_s = crawler.settings.getfloat("BACKOFF")
        self._parked: dict[str, Decision] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PauseMiddleware:
        """Build it as Scrapy does."""
        middleware = cls(crawler)
        # This signal comes before the slot lets its next request go; `process_response` after it.
        crawler.signals.connect(middleware.hold_slot, signal=signals.response_downloaded)
        return middleware

    def process_request(self, request: Request) -> None:
        """Stop requests to a parked paper."""
        parked = self._parked.get(request.meta.get("download_slot", ""))
        if parked:
            raise HostUnavailable(parked)

    def hold_slot(self, response: Response, request: Request) -> None:
        """Keep the paper's slot closed until the pause is over."""
        if request.meta.get("is_robots"):
            return  # what a failing robots.txt means is not ours to say
        tries = request.meta.get("pause_tries", 0)
        pause_s = pause_wanted(response, self._backoff_s * 2**tries, datetime.now(UTC))
        if pause_s is None:
            return
        request.meta["pause_s"] = pause_s
        assert self._crawler.engine is not None
        slot = self._crawler.engine.downloader.slots.get(request.meta["download_slot"])
        if slot is not None and pause_s <= self._max_wait_s:
            slot.lastseen = monotonic() + pause_s - slot.delay

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return the request again for after the pause, or park the paper; other answers pass."""
        pause_s = request.meta.pop("pause_s", None)
        if pause_s is None:
            return response
        tries = request.meta.get("pause_tries", 0) + 1
        if tries >= _MAX_TRIES and response.status == 503 and "Retry-After" not in response.headers:
            return response  # not a request for patience but a broken server
        if pause_s > self._max_wait_s or tries >= _MAX_TRIES:
            detail = f"HTTP {response.status}: the site asks for a pause of {pause_s:.0f} s"
            parked = Decision(Kind.PENDING, Outcome.THROTTLED.value, detail=detail)
            self._parked[request.meta["download_slot"]] = parked
            raise HostUnavailable(parked)
        return request.replace(meta={**request.meta, "pause_tries": tries}, dont_filter=True)


def pause_wanted(response: Response, backoff_s: float, now: datetime) -> float | None:
    """Return for how many seconds a response asks us to be silent, None if it does not.

    Args:
        backoff_s: the pause where a 429 or 503 names none or nonsense; varied by up to a half.
    """
    if response.status not in (429, 503):
        return None
    stated_s = _seconds(header(response, "Retry-After") or "", now)
    if stated_s is not None:
        return min(stated_s, _MAX_PAUSE_S)
    return backoff_s * random.uniform(1.0, 1.5)  # noqa: S311 - spreading, not secrecy


def _seconds(retry_after: str, now: datetime) -> float | None:
    """Return a Retry-After in seconds; None for the past, for nothing and for nonsense."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    wait_s = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return wait_s if wait_s > 0 else None
