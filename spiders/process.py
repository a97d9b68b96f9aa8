"""Starting Scrapy inside our own process."""

from __future__ import annotations

from typing import Any

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess


def run_spider(spider: type[Spider], settings: dict[str, Any], **arguments: Any) -> None:
    """Run one spider to its end; once per process, because Twisted's reactor cannot restart.

    SIGINT and SIGTERM end it gracefully: requests on the wire are finished, no new ones are sent.
    """
    process = AsyncCrawlerProcess({**settings, "LOG_INSTALL_ROOT_HANDLER": False})
    process.crawl(spider, **arguments)
    process.start()
