"""`biengioi` with a download path that throws: `python -m tests.spiders.sabotage ARGS…`.

What is asked of STAGE for an address with ``hong-STAGE-N`` in it raises `KINDS[N]`.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable
from typing import Any


class Unheard(Exception):
    """A kind of error that no program knows."""


KINDS: tuple[BaseException, ...] = (
    ValueError("Port out of range 0-65535"),
    KeyError("charset"),
    IndexError("list index out of range"),
    TypeError("a bytes-like object is required"),
    AttributeError("'NoneType' object has no attribute 'lower'"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed"),
    zlib.error("Error -3 while decompressing data"),
    OverflowError("Python int too large to convert to C int"),
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    AssertionError("line one\nline two \x1b[31m"),
    LookupError("unknown encoding: x-cuneiform"),
    OSError(5, "Input/output error"),
    Unheard(),
)

MARK = re.compile(r"hong-([a-z-]+)-(\d+)")


def stages() -> dict[str, tuple[object, str]]:
    from scrapy.core.downloader.handlers import DownloadHandlers

    import spiders.check
    import spiders.news
    import spiders.outcomes
    from db.crawl_store import SqliteCrawlStore
    from spiders.extractor import ExtractorPool
    from spiders.middlewares.address_guard import AddressGuardMiddleware
    from spiders.middlewares.compression import BoundedCompressionMiddleware
    from spiders.middlewares.host_rules import HostRulesMiddleware, SourceRedirectMiddleware
    from spiders.middlewares.pauses import PauseMiddleware
    from spiders.middlewares.robots import RobotsMiddleware
    from spiders.outcomes import Landings

    return {
        "handler": (DownloadHandlers, "download_request_async"),
        "host-rules": (HostRulesMiddleware, "process_request"),
        "pauses-before": (PauseMiddleware, "process_request"),
        "robots": (RobotsMiddleware, "process_request"),
        "address-guard": (AddressGuardMiddleware, "process_request"),
        "compression-before": (BoundedCompressionMiddleware, "process_request"),
        "compression": (BoundedCompressionMiddleware, "process_response"),
        "redirects": (SourceRedirectMiddleware, "process_response"),
        "pauses": (PauseMiddleware, "process_response"),
        "answer": (spiders.outcomes, "_answer"),
        "landings": (Landings, "gone"),
        "document": (spiders.news.NewsSpider, "_keep"),
        "extractor": (ExtractorPool, "extract"),
        "store": (SqliteCrawlStore, "store"),
        "seed": (spiders.news, "read_seed_apart"),
        "check": (spiders.check, "read_seed_apart"),
        "home": (spiders.news, "home_seeds_apart"),
    }


def throwing(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def throw_or_call(*args: Any, **kwargs: Any) -> Any:
        for one in (*args, *kwargs.values()):
            match = MARK.search(str(getattr(one, "url", "")))
            if match and match[1] == stage:
                raise KINDS[int(match[2])]
        return function(*args, **kwargs)

    return throw_or_call


def main() -> None:
    from biengioi.cli import main as program

    for stage, (place, name) in stages().items():
        setattr(place, name, throwing(stage, getattr(place, name)))
    sys.argv[0] = "biengioi"
    program()


if __name__ == "__main__":
    main()
