"""How long extraction takes, against trafilatura alone on the same pages in the same run.

usage: python -m benchmarks.extraction FOLDER_WITH_HTML [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from crawler.extraction import GENERIC, extract_article, read_document, visible_text
from crawler.page import Page

LIMIT = 1.3
"""Our median may be this many times trafilatura's (with its metadata)."""


def load_pages(paths: Iterable[Path]) -> list[Page]:
    """Return the saved pages under their names as addresses."""
    now = datetime(2026, 11, 21, tzinfo=UTC)
    addresses = ((path, f"https://{path.parent.name}/{path.name}") for path in paths)
    return [Page(url, url, path.read_bytes(), now) for path, url in addresses]


def medians(pages: list[Page], rounds: int = 3) -> dict[str, float]:
    """Return the median milliseconds per page of each way to read it, best of `rounds` each.

    The ways take turns on every page, so that other work on the machine slows all of them alike.
    """
    from trafilatura import bare_extraction

    def bare(page: Page) -> object:
        return bare_extraction(page.body.decode("utf-8", "replace"), url=page.url, with_metadata=True)

    def prefilter(page: Page) -> object:
        return visible_text(read_document(page))  # type: ignore[arg-type]

    ways: dict[str, Callable[[Page], object]] = {
        "trafilatura": bare,
        "extract": extract_article,
        "extract, no families": lambda page: extract_article(page, family=GENERIC),
        "prefilter": prefilter,
    }
    best = {name: [float("inf")] * len(pages) for name in ways}
    for n, page in enumerate(pages):
        for _ in range(rounds):
            for name, way in ways.items():
                best[name][n] = min(best[name][n], _timed(way, page))
    return {name: statistics.median(times) for name, times in best.items()}


def _timed(way: Callable[[Page], object], page: Page) -> float:
    start = time.process_time()
    way(page)
    return (time.process_time() - start) * 1000


def main() -> int:
    """Print the medians; 1 if ours is over the limit."""
    folder, *rest = sys.argv[1:]
    pages = load_pages(sorted(Path(folder).rglob("*.html")))
    if not pages:
        print(f"extraction: not measured, there are no saved pages in {folder} (BIENGIOI_SHARED).")
        return 0
    found = medians(pages, int(rest[0]) if rest else 3)
    for name, milliseconds in found.items():
        print(f"{name:22} {milliseconds:6.1f} ms  {milliseconds / found['trafilatura']:.2f}")
    return int(found["extract"] > LIMIT * found["trafilatura"])


if __name__ == "__main__":
    sys.exit(main())
