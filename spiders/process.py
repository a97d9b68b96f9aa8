"""Starting Scrapy inside our own process."""

from __future__ import annotations

import signal
from importlib import import_module
from typing import Any

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils import deprecate

from crawler.decision import Decision, Outcome
from crawler.memory import keep_large_blocks_apart
from spiders.outcomes import RequestRefused

_DOWNLOAD_HANDLER = "scrapy.core.downloader.handlers.http11"
_MOST_HEAD_BYTES = 256 * 1024
"""Of all header lines of an answer; browsers have the same limit."""
_PATIENCE_S = 0.6
"""How long Ctrl-C waits for what is on the wire."""


def run_spider(spider: type[Spider], settings: dict[str, Any], **arguments: Any) -> bool:
    """Run one spider to its end, and return whether it came there: whether no signal ended it.

    Once per process, because Twisted's reactor cannot restart. SIGTERM ends it gracefully: requests on
    the wire are finished, no new ones are sent. SIGINT, behind which a person waits, gives them a second.
    """
    keep_large_blocks_apart()
    process = _Process({**settings, "LOG_INSTALL_ROOT_HANDLER": False})
    _import_without_old_names(_DOWNLOAD_HANDLER)
    _bound_heads()
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


def _bound_heads() -> None:
    """Let an answer whose head never ends fail, before it has filled the memory; Scrapy has no limit."""
    from scrapy.core.downloader.handlers import http11

    lenient = http11._LenientHTTPClientParser

    class Bounded(lenient):  # type: ignore[misc, valid-type]
        _head_bytes = 0

        def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
            self._head_bytes += len(line)
            if self._head_bytes > _MOST_HEAD_BYTES:
                why = f"more than {_MOST_HEAD_BYTES >> 10} KiB of header lines"
                raise RequestRefused(Decision.failed(Outcome.TOO_LARGE, why))
            super().lineReceived(line)

    http11._LenientHTTPClientParser = Bounded  # type: ignore[misc]


def _import_without_old_names(module: str) -> None:
    """Import a module of Scrapy whose deprecated names are given to nobody.

    To make one, `scrapy.utils.deprecate` reads the source of every caller, up to `main`: in Scrapy 2.19 a
    tenth of the processor time of a start. Each is what it stands for now instead.
    """
    made = deprecate.create_deprecated_class
    deprecate.create_deprecated_class = _as_it_is_called_now
    try:
        import_module(module)
    finally:
        deprecate.create_deprecated_class = made


def _as_it_is_called_now(name: str, new_class: type, *_: Any, **__: Any) -> type:  # noqa: ARG001
    return new_class
