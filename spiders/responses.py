"""From Scrapy's response to our `Page`."""

from __future__ import annotations

from datetime import UTC, datetime

from scrapy.http import Response

from crawler.page import Page


def page_of(response: Response, url: str, fetched_at: datetime | None = None) -> Page:
    """Return the response as a page.

    Args:
        url: the address that was asked for, before redirects.
        fetched_at: aware UTC; now when absent.
    """
    headers = {
        name.decode("latin-1").lower(): values[-1].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }
    return Page(url, response.url, response.body, fetched_at or datetime.now(UTC), response.status, headers)


def header(response: Response, name: str) -> str | None:
    """Return a header's text, None where it is absent."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
