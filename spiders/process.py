"""Starting Scrapy inside our own process."""

from __future__ import annotations

import signal
from importlib import import_module
from threading import Thread
from typing import Any

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess

_DOWNLOAD_HANDLER = "scrapy.core.downloader.handlers.http11"
_PATIENCE_S = 0.6
"""How long Ctrl-C waits for what is on the wire."""


def run_spider(spider: type[Spider], settings: dict[str, Any], **arguments: Any) -> bool:
    """Run one spider to its end, and return whether it came there: whether no signal ended it.

    Once per process, because Twisted's reactor cannot restart. SIGTERM ends it gracefully: requests on
    the wire are finished, no new ones are sent. SIGINT, behind which a person waits, gives them a second.
    """
    process = _Process({**settings, "LOG_INSTALL_ROOT_HANDLER": False})
    _import_alone(_DOWNLOAD_HANDLER)
    process.crawl(spider, **arguments)
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        process.start()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return not process.is_interrupted


class _Process(AsyncCrawlerProcess):
    is_interrupted = False

    def _signal_shutdown(self, signum: int, frame: Any) -> None:
        from twisted.internet import reactor

        self.is_interrupted = True
        super()._signal_shutdown(signum, frame)
        if signum == signal.SIGINT:
            reactor.callFromThread(reactor.callLater, _PATIENCE_S, self._stop_reactor)


def _import_alone(module: str) -> None:
    """Import a module where no caller is above it.

    `scrapy.utils.deprecate` reads the source of every caller, up to `main`, for each name that this
    module deprecates: in Scrapy 2.19 a fifth of the processor time of a start.
    """
    alone = Thread(target=import_module, args=(module,))
    alone.start()
    alone.join()
