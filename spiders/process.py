"""Starting Scrapy inside our own process."""

from __future__ import annotations

from importlib import import_module
from threading import Thread
from typing import Any

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess

_DOWNLOAD_HANDLER = "scrapy.core.downloader.handlers.http11"


def run_spider(spider: type[Spider], settings: dict[str, Any], **arguments: Any) -> None:
    """Run one spider to its end; once per process, because Twisted's reactor cannot restart.

    SIGINT and SIGTERM end it gracefully: requests on the wire are finished, no new ones are sent.
    """
    process = AsyncCrawlerProcess({**settings, "LOG_INSTALL_ROOT_HANDLER": False})
    _import_alone(_DOWNLOAD_HANDLER)
    process.crawl(spider, **arguments)
    process.start()


def _import_alone(module: str) -> None:
    """Import a module where no caller is above it.

    `scrapy.utils.deprecate` reads the source of every caller, up to `main`, for each name that this
    module deprecates: in Scrapy 2.19 a fifth of the processor time of a start.
    """
    alone = Thread(target=import_module, args=(module,))
    alone.start()
    alone.join()
