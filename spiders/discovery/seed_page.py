"""Reading one page of a seed: which reader it gets, and what a page without links really is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from crawler.block_pages import recognise
from crawler.config import FetchLimits
from crawler.decision import Decision, Outcome
from crawler.extraction import Document, Refused, read_document, visible_text
from crawler.page import Page
from crawler.source import Seed, SeedKind, Source
from spiders.discovery.home import read_feed_index
from spiders.discovery.home_seeds import home_seeds
from spiders.discovery.listing import IsArticle, Listing
from spiders.discovery.unpacking import is_packed, unpacked
from spiders.extractor import Extractor

_MAX_LISTED_FEEDS = 12
_LARGE_BYTES = 64 * 1024
"""A page that the parsers might need a second for, were it made to hold them up."""
_PATIENCE = 6.0
"""A seed may be so many times larger than a page (`FetchLimits`), and may take that much longer."""

T = TypeVar("T")


async def read_apart(
    extractor: Extractor, page: Page, function: Callable[..., T], *args: Any, **kwargs: Any
) -> T | Decision:
    """Return what a pure function makes of a page, without holding up the other papers for long.

    A large page is read in a worker process: a thread would not do, because the parsers hold the
    interpreter.

    Returns:
        A FAILED decision when the worker was lost.
    """
    if len(page.body) <= _LARGE_BYTES and not is_packed(page.body):
        return function(page, *args, **kwargs)
    return await extractor.call(function, page, *args, patience=_PATIENCE, **kwargs)


async def read_seed_apart(extractor: Extractor, page: Page, *args: Any, **kwargs: Any) -> Listing:
    """Return what `read_seed` does, without holding up the other papers for long."""
    listing = await read_apart(extractor, page, read_seed, *args, **kwargs)
    if isinstance(listing, Decision):
        failure = Decision.failed(Outcome.BAD_RESPONSE, listing.detail)
        return Listing(problem=listing.detail, failure=failure)
    return listing


async def home_seeds_apart(
    extractor: Extractor, page: Page, source: Source, sitemaps: Sequence[str], not_before: datetime
) -> tuple[Seed, ...]:
    """Return what `home_seeds` finds; of a page that no worker can read, nothing."""
    found = await read_apart(extractor, page, home_seeds, source, sitemaps, not_before)
    return () if isinstance(found, Decision) else found


def read_seed(
    page: Page,
    source: Source,
    seed: Seed,
    *,
    is_article: IsArticle,
    section_rule: IsArticle | None,
    not_before: datetime,
    now: datetime,
    limits: FetchLimits,
) -> Listing:
    """Return what a seed's page offers, by the seed's kind; one that offers nothing says why.

    Args:
        is_article: the rule for bare addresses, as in a sitemap.
        section_rule: the declared rule; None to judge a section's links by the page itself.
        not_before: of a sitemap, what changed earlier is left out; aware.
        now: dates after it are refused.
    """
    opened = unpacked(page, limits.max_seed_bytes)
    if isinstance(opened, str):
        return Listing(problem=opened, failure=Decision.failed(Outcome.BAD_RESPONSE, opened))
    # Each reader is imported for the first seed of its kind that changed; in most polls there is none.
    if seed.kind is SeedKind.FEED:
        from spiders.discovery.feed import read_feed

        listing = read_feed(opened, source, now)
        listing = _listed_feeds(opened, source) or listing if listing.problem else listing
    elif seed.kind in (SeedKind.NEWS_SITEMAP, SeedKind.SITEMAP):
        from spiders.discovery.sitemap import read_sitemap

        listing = read_sitemap(
            opened, source, seed.kind, is_article=is_article, not_before=not_before, now=now
        )
    else:
        from spiders.discovery.section import read_section

        document = read_document(opened)
        if isinstance(document, Refused):
            listing = Listing(problem=f"{document.reason} {document.detail}".strip())
        else:
            listing = read_section(document, source, seed, is_article=section_rule)
    if listing.candidates or listing.more:
        return listing
    failure = stand_in_of(opened)
    if listing.problem and not failure:
        failure = Decision.failed(Outcome.BAD_RESPONSE, listing.problem)
    return replace(listing, failure=failure)


def _listed_feeds(page: Page, source: Source) -> Listing | None:
    """Return the feeds that a page at a feed's address lists; some papers have an index there."""
    document = read_document(page)
    if isinstance(document, Refused):
        return None
    feeds = read_feed_index(document, source)[:_MAX_LISTED_FEEDS]
    return Listing(more=tuple(Seed(SeedKind.FEED, link.url) for link in feeds)) if feeds else None


def stand_in_of(page: Page) -> Decision | None:
    """Return the failure that a page really is: a challenge, a log-in, a soft 404; None for none."""
    document = read_document(page)
    if isinstance(document, Document):
        return recognise(page, document.html, visible_text(document))
    return None
