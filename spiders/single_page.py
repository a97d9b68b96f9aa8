"""One page from the network, under the same rules as a crawl: for `extract URL`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.config import Config
from crawler.decision import Decision
from crawler.errors import UsageError
from crawler.identity.urls import canonical_url
from crawler.page import Page
from crawler.ports import Pauses
from crawler.source import Source
from spiders.outcomes import answer_of
from spiders.process import run_spider
from spiders.settings import crawl_settings


class _PageSpider(Spider):
    name = "page"

    def __init__(
        self, source: Source, result: list[Page | Decision], pauses: Pauses | None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.pauses = pauses
        self._source = source
        self._result = result

    async def start(self) -> AsyncIterator[Request]:
        yield Request(
            self._source.homepage,
            callback=self.came,
            errback=self.came,
            meta={"source": self._source},
        )

    def came(self, came: Response | Failure) -> None:
        self._result.append(answer_of(came, self._source.homepage, datetime.now(UTC)).result)


def fetch_page(url: str, config: Config, *, pauses: Pauses | None = None) -> Page | Decision:
    """Return the page at `url`, or why there is none; once per process (the reactor cannot restart).

    Only the host that the user typed is asked.

    Args:
        pauses: which papers asked to be left alone; None remembers none.

    Raises:
        UsageError: `url` is not an address.
        KeyboardInterrupt: a signal ended it.
    """
    canonical = canonical_url(url)
    if canonical is None:
        raise UsageError(f"{url} is not an address that can be fetched.")
    source = Source(id="page", name=urlsplit(canonical).hostname or "", homepage=canonical)
    result: list[Page | Decision] = []
    settings = crawl_settings(config, [source])
    is_whole = run_spider(_PageSpider, settings, source=source, result=result, pauses=pauses)
    if not is_whole or not result:
        raise KeyboardInterrupt
    return result[0]
