"""One page from the network, under the same rules as a crawl: for `extract URL`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.config import Config
from crawler.decision import Decision, Outcome
from crawler.errors import UsageError
from crawler.identity.urls import canonical_url
from crawler.page import Page
from crawler.ports import Pauses
from crawler.source import Source
from spiders.outcomes import decision_of_error, outcome_of_status
from spiders.process import run_spider
from spiders.responses import page_of
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
            callback=self.arrived,
            errback=self.failed,
            meta={"source": self._source},
        )

    def arrived(self, response: Response) -> None:
        outcome = outcome_of_status(response.status)
        if outcome is Outcome.OK:
            self._result.append(page_of(response, self._source.homepage))
        else:
            self._result.append(Decision.failed(outcome, f"HTTP {response.status}"))

    def failed(self, failure: Failure) -> None:
        decision = decision_of_error(failure.value) if failure.value else None
        if decision is None:
            failure.raiseException()
        self._result.append(decision)


def fetch_page(url: str, config: Config, *, pauses: Pauses | None = None) -> Page | Decision:
    """Return the page at `url`, or why there is none; once per process (the reactor cannot restart).

    Only the host that the user typed is asked.

    Args:
        pauses: which papers asked to be left alone; None remembers none.

    Raises:
        UsageError: `url` is not an address.
    """
    canonical = canonical_url(url)
    if canonical is None:
        raise UsageError(f"{url} is not an address that can be fetched.")
    source = Source(id="page", name=urlsplit(canonical).hostname or "", homepage=canonical)
    result: list[Page | Decision] = []
    settings = crawl_settings(config, [source])
    run_spider(_PageSpider, settings, source=source, result=result, pauses=pauses)
    return result[0] if result else Decision.failed(Outcome.BAD_RESPONSE, "interrupted")
