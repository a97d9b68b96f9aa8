"""The one place that knows how Scrapy keeps its download slots.

A slot is a queue of requests with a pace of its own; ours have politeness keys as names
(`HostRulesMiddleware` sets ``download_slot``). Their settings are public (``DOWNLOAD_SLOTS``); holding,
emptying and slowing one down is not, and is written for Scrapy 2.19.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from scrapy import Spider
from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.identity.urls import politeness_key
from crawler.source import Source

_MIN_DELAY_S = 0.01
"""Without a delay Scrapy 2.19 starts all that waits in a slot at once, whatever its concurrency, and
does not look at the clock, which `hold_slot` relies on."""


def slot_settings(sources: Iterable[Source], delay_s: float) -> dict[str, dict[str, Any]]:
    """Return ``DOWNLOAD_SLOTS``: each politeness key's slot, with the slowest pace that a source asks for.

    Args:
        delay_s: the pace of sources that name none.
    """
    slots: dict[str, dict[str, Any]] = {}
    for source in sources:
        asked_s = source.politeness.delay_s
        for host in source.host_names:
            slot = slots.setdefault(
                politeness_key(host), {"concurrency": 1, "delay": _MIN_DELAY_S, "jitter": 0.0}
            )
            slot["delay"] = max(slot["delay"], delay_s if asked_s is None else asked_s)
    return slots


def slow_slot(crawler: Crawler, key: str, delay_s: float) -> None:
    """Let a slot, open or still to be opened, wait for at least `delay_s` between two requests."""
    downloader = _downloader(crawler)
    settings = downloader.per_slot_settings.setdefault(key, {"concurrency": 1, "delay": 0.0})
    settings["delay"] = max(settings["delay"], delay_s)
    if key in downloader.slots:
        downloader.slots[key].delay = settings["delay"]


def hold_slot(crawler: Crawler, key: str, pause_s: float) -> None:
    """Send nothing from a slot for `pause_s` seconds; what waits in it is sent afterwards."""
    slot = _downloader(crawler).slots.get(key)
    if slot is not None:
        slot.lastseen = monotonic() + pause_s - slot.delay


@contextmanager
def held_slot(spider: Spider, answer: object) -> Iterator[None]:
    """While a spider reads a large answer, let the slot it came from wait, not everybody as Scrapy would."""
    assert isinstance(answer, Response)
    engine, downloader = spider.crawler.engine, _downloader(spider.crawler)
    undecided = engine.scraper.slot if engine else None
    assert undecided is not None
    slot, size = downloader.slots.get(answer.meta["download_slot"]), len(answer.body)
    undecided.active_size -= size
    if slot is not None:
        slot.concurrency -= 1
    try:
        yield
    finally:
        undecided.active_size += size
        if slot is not None:
            slot.concurrency += 1
            downloader._process_queue(slot)


def empty_slot(crawler: Crawler, key: str, error: Exception) -> None:
    """Let every request that waits in a slot fail with `error`."""
    slot = _downloader(crawler).slots.get(key)
    while slot is not None and slot.queue:
        _, waiting = slot.queue.popleft()
        waiting.errback(Failure(error))  # type: ignore[no-untyped-call]


def _downloader(crawler: Crawler) -> Downloader:
    assert crawler.engine is not None
    return crawler.engine.downloader
