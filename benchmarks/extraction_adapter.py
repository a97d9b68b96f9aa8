"""Our extraction in the interface of the corpus' scorer (``package.module:function``)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crawler.article import LOCAL_ZONE, Precision, Published, parse_instant
from crawler.extraction import GENERIC, Refused, extract_article
from crawler.page import Page

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def article(html: str, url: str | None, family: str | None = None) -> dict[str, Any] | None:
    """Return the fields that the scorer compares, times in the zone of Viet Nam."""
    address = url or "https://example.vn/"
    page = Page(address, address, html.encode(errors="surrogatepass"), NOW)
    found = extract_article(page, family=family)
    if isinstance(found, Refused):
        return None
    return {
        "title": found.title,
        "text": found.text,
        "lead": found.lead,
        "author": list(found.authors),
        "date": local(found.published),
    }


def generic(html: str, url: str | None) -> dict[str, Any] | None:
    """The same without any family's selectors."""
    return article(html, url, GENERIC)


def plain_trafilatura(html: str, url: str | None) -> dict[str, Any]:
    """Return what trafilatura makes of a page on its own."""
    import trafilatura

    return {"text": trafilatura.extract(html, url=url, include_comments=False)}


def local(published: Published | None) -> str | None:
    """Return a publication time as the gold writes it: local, to the precision known."""
    if published is None:
        return None
    if published.precision in (Precision.DAY, Precision.MONTH):
        return published.at
    return parse_instant(published.at).astimezone(LOCAL_ZONE).isoformat()
