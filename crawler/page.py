"""Pages on their way: the candidate that was found, the entry that waits, the page that came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crawler.article import Published


class PageState(StrEnum):
    """Where a URL stands in the frontier (column ``pages.state``)."""

    PENDING = "pending"
    """Waits to be fetched: new, due again, or left over from an earlier run."""
    DONE = "done"
    """Fetched and decided on; `pages.outcome` says how."""
    FAILED = "failed"
    """Could not be fetched; asked again when `next_fetch_at` has come, never if that is empty."""
    FORGOTTEN = "forgotten"
    """Taken down by the user; never fetched again."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that a seed offered as an article, with what the seed said about it.

    Args:
        url: absolute, as found.
        title: the feed item's title or the link's text.
        published: the date the seed gives.
        changed_at: when the seed says the page last changed (feed ``updated``, sitemap ``lastmod``).
        found_on: the seed or page that held the link.
    """

    url: str
    title: str | None = None
    published: Published | None = None
    changed_at: datetime | None = None
    found_on: str | None = None


@dataclass(frozen=True, slots=True)
class FrontierEntry:
    """A pending URL, with what is needed to ask for it politely (RFC 9110 §13, validators).

    Args:
        failure_count: requests in a row that failed.
        is_kept: whether it has brought an article, so that this is a revisit.
    """

    url: str
    title: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    published: Published | None = None
    failure_count: int = 0
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """The heads of a request and of its response, as they were sent.

    Args:
        method: of the request.
        sent, received: names and values of the headers, in order, repeated ones too.
        protocol: of the response.
    """

    method: str
    sent: tuple[tuple[str, str], ...]
    received: tuple[tuple[str, str], ...]
    protocol: str = "HTTP/1.1"


@dataclass(frozen=True, slots=True)
class Page:
    """Bytes with their address and time, from the live web, a saved file or an archive alike.

    Args:
        url: the address that was asked for.
        final_url: the address that answered, after redirects.
        status: the HTTP status code; 200 for a file.
        headers: response headers, names in lower case, the last of repeated ones.
        body: the body as sent, content encoding removed, characters not decoded.
        fetched_at: aware UTC.
        exchange: what else went over the wire; None where no request of ours brought it.
    """

    url: str
    final_url: str
    body: bytes
    fetched_at: datetime
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    exchange: Exchange | None = None
