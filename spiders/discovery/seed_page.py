"""Reading one page of a seed: which reader it gets, and what a page without links really is."""

from __future__ import annotations

from datetime import datetime

from crawler.block_pages import recognise
from crawler.config import FetchLimits
from crawler.decision import Decision, Outcome
from crawler.extraction import Document, Refused, read_document, visible_text
from crawler.page import Page
from crawler.source import Seed, SeedKind, Source
from spiders.discovery.feed import read_feed
from spiders.discovery.home import read_feed_index
from spiders.discovery.listing import IsArticle, Listing
from spiders.discovery.section import read_section
from spiders.discovery.sitemap import read_sitemap

_MAX_LISTED_FEEDS = 12


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
) -> Listing | Decision:
    """Return what a seed's page offers, or the failure that the page is.

    Args:
        is_article: the rule for bare addresses, as in a sitemap.
        section_rule: the declared rule; None to judge a section's links by the page itself.
        not_before: of a sitemap, what changed earlier is left out; aware.
        now: dates after it are refused.
    """
    listing = _read(
        page,
        source,
        seed,
        is_article=is_article,
        section_rule=section_rule,
        not_before=not_before,
        now=now,
        limits=limits,
    )
    if not listing.candidates and not listing.more and (block_page := stand_in_of(page)):
        return block_page
    return Decision.failed(Outcome.BAD_RESPONSE, listing.problem) if listing.problem else listing


def _read(
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
    """Return what a seed's page offers, by the seed's kind."""
    if seed.kind is SeedKind.FEED:
        feed = read_feed(page, source, now)
        return _listed_feeds(page, source) or feed if feed.problem else feed
    if seed.kind in (SeedKind.NEWS_SITEMAP, SeedKind.SITEMAP):
        return read_sitemap(
            page,
            source,
            seed.kind,
            is_article=is_article,
            not_before=not_before,
            now=now,
            max_bytes=limits.max_seed_bytes,
        )
    document = read_document(page)
    if isinstance(document, Refused):
        return Listing(problem=f"{document.reason} {document.detail}".strip())
    return read_section(document, source, seed, is_article=section_rule)


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
