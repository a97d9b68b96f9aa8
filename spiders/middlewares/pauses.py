"""When a site asks for a pause it gets one: Retry-After (RFC 9110 §10.2.3), else a growing backoff.

Scrapy 2.19 knows nothing of Retry-After and would ask three times within 20 ms.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.decision import Decision, Kind, Outcome
from crawler.pause import MAX_PAUSE, Pause
from crawler.ports import Pauses
from spiders.outcomes import HostUnavailable, header, http_date
from spiders.scrapy_slots import empty_slot, hold_slot

_MAX_TRIES = 3


class PauseMiddleware:
    """Silences a whole paper for as long as it asks, then asks the same page again.

    A pause that is longer than `MAX_PAUSE` parks the paper: its pages stay pending, and the run goes
    on without it. What a paper asked for is kept in the spider's `pauses`, for other processes and later
    runs, and what they have kept there is obeyed here.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._pauses: Pauses | None = getattr(crawler.spider, "pauses", None)
        self._max_wait_s = crawler.settings.getfloat("MAX_PAUSE")
        self._backoff_s = crawler.settings.getfloat("BACKOFF")
        self._parked: dict[str, Pause] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PauseMiddleware:
        """Build it as Scrapy does."""
        middleware = cls(crawler)
        # This signal comes before the slot lets its next request go; `process_response` after it.
        crawler.signals.connect(middleware.obey, signal=signals.response_downloaded)
        return middleware

    async def process_request(self, request: Request) -> None:
        """Wait for the end of a short pause; stop requests to a paper whose pause lasts longer."""
        key = request.meta.get("download_slot", "")
        pause = await self._pauses.pause_of(key) if self._pauses else None
        if pause and key not in self._parked:
            left_s = (pause.until - datetime.now(UTC)).total_seconds()
            if left_s > self._max_wait_s:
                raise HostUnavailable(_not_asked(pause))
            await asyncio.sleep(left_s)
        if key in self._parked:
            raise HostUnavailable(_not_asked(self._parked[key]))

    def obey(self, response: Response, request: Request) -> None:
        """Keep the paper's slot closed until the pause is over; empty it where that lasts too long."""
        tries = request.meta.get("pause_tries", 0)
        now = datetime.now(UTC)
        pause_s = pause_wanted(response, self._backoff_s * 2**tries, now)
        stated_s = _stated_s(response, now)
        is_stated = stated_s is not None
        is_robots = request.meta.get("is_robots", False)
        if pause_s is None or (is_robots and not is_stated):
            return  # what a robots.txt means that merely fails is not ours to say
        is_last = tries + 1 >= _MAX_TRIES
        if is_last and response.status == 503 and not is_stated:
            return  # not a request for patience but a broken server
        key = request.meta["download_slot"]
        said = (
            f"{tries + 1} times, without Retry-After"
            if stated_s is None
            else f"Retry-After: {stated_s:.0f} s"
        )
        pause = Pause.asked(key, timedelta(seconds=pause_s), now, f"HTTP {response.status}, {said}")
        if pause_s > self._max_wait_s or (is_last and not is_robots):
            self._park(pause)
        elif not is_robots:
            hold_slot(self._crawler, key, pause_s)
        request.meta["pause"] = pause if is_stated or key in self._parked else None

    def _park(self, pause: Pause) -> None:
        """Send nothing more to a paper in this run, not even what waits in its slot already."""
        self._parked[pause.key] = pause
        empty_slot(self._crawler, pause.key, HostUnavailable(_not_asked(pause)))

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return the request again for after the pause, or give the paper up; other answers pass."""
        if "pause" not in request.meta:
            return response
        pause: Pause | None = request.meta.pop("pause")
        if pause and self._pauses:
            await self._pauses.keep_pause(pause)
        if request.meta.get("is_robots"):
            return response
        if pause and pause.key in self._parked:
            raise HostUnavailable(Decision(Kind.PENDING, Outcome.THROTTLED.value, detail=pause.describe()))
        tries = request.meta.get("pause_tries", 0) + 1
        return request.replace(meta={**request.meta, "pause_tries": tries}, dont_filter=True)


def _not_asked(pause: Pause) -> Decision:
    return Decision(Kind.PENDING, Outcome.PAUSED.value, detail=pause.describe())


def pause_wanted(response: Response, backoff_s: float, now: datetime) -> float | None:
    """Return for how many seconds a response asks us to be silent, a day at most; None if it does not.

    Args:
        backoff_s: the pause where a 429 or 503 names none or nonsense; varied by up to a half.
    """
    if response.status not in (429, 503):
        return None
    stated_s = _stated_s(response, now)
    if stated_s is not None:
        return min(stated_s, MAX_PAUSE.total_seconds())
    return backoff_s * random.uniform(1.0, 1.5)  # noqa: S311 - spreading, not secrecy


def _stated_s(response: Response, now: datetime) -> float | None:
    """Return a Retry-After in seconds; None for the past, for nothing and for nonsense."""
    text = (header(response, "Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    moment = http_date(text)
    wait_s = (moment - now).total_seconds() if moment else 0.0
    return wait_s if wait_s > 0 else None
