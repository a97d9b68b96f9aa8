"""Our reading of list pages in the interface of the corpus' scorer.

From the repository: ``python SHARED/corpus/score_links.py SHARED/corpus benchmarks.links:links``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crawler.extraction import Document, read_document
from crawler.page import Page
from spiders.discovery.inventory import take_inventory

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def links(html: str, base_url: str) -> dict[str, Any]:
    """Return the articles and the next page of a list page, without anything known of its paper."""
    document = read_document(Page(base_url, base_url, html.encode(errors="surrogatepass"), NOW))
    if not isinstance(document, Document):
        return {"articles": [], "next": None}
    found = take_inventory(document, None)
    return {"articles": found.articles, "next": found.next}
