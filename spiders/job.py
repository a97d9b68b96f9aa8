"""What a crawl is asked to do, and the ports it works through; put together by the front door."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from crawler.article import LOCAL_ZONE
from crawler.config import Config
from crawler.errors import StorageError
from crawler.ports import Clock, CrawlStore, Pauses, Progress
from crawler.source import Source
from crawler.topic.topic import Topic
from spiders.extractor import Extractor


@dataclass(slots=True)
class CrawlJob:
    """One crawl of many sources.

    Args:
        since: the first local day that is wanted; None for the usual window.
        max_pages: articles fetched per source; None for the configured number.
        extractor: what reads articles; None for worker processes of the crawl's own.
        pauses: which papers asked to be left alone, in this run and before; None remembers none.
        shortage: says why nothing more may be fetched, in a sentence; an empty text while all is well.
        problems: what went wrong in ways that no page can be blamed for; filled by the spider.
        stopped: the shortage that ended the crawl, if one did.
        storage_error: why storage gave up, which ends a crawl.
    """

    config: Config
    sources: Sequence[Source]
    store: CrawlStore
    topic: Topic
    clock: Clock
    progress: Progress
    since: date | None = None
    max_pages: int | None = None
    extractor: Extractor | None = None
    pauses: Pauses | None = None
    shortage: Callable[[], str] = str
    problems: list[Exception] = field(default_factory=list)
    stopped: str = ""
    storage_error: StorageError | None = None

    @property
    def page_budget(self) -> int:
        """Articles fetched per source in this run."""
        return self.config.crawl.max_pages if self.max_pages is None else self.max_pages

    @property
    def not_before(self) -> datetime:
        """The time before which nothing is asked for, in the zone whose days are compared."""
        if self.since is not None:
            return datetime.combine(self.since, time.min, LOCAL_ZONE)
        return (self.clock() - self.config.crawl.window).astimezone(LOCAL_ZONE)
