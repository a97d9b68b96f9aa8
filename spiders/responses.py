"""From Scrapy's response to our `Page`."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

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


def clock_skew_s(response: Response, now: datetime) -> int | None:
    """Return how many seconds the server's clock is ahead of ours; None if it does not say.

    What a cache answers was dated when it went in, `Age` seconds ago (RFC 9111 §5.1).
    """
    age = header(response, "Age") or "0"
    try:
        date = parsedate_to_datetime(header(response, "Date") or "")
        skew_s = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds() + int(age)
    except (ValueError, OverflowError):
        return None
    return round(skew_s)
