"""Seeds that no file declares: those that a home page and robots.txt lead to, and dated templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from crawler.article import LOCAL_ZONE
from crawler.extraction import Document, read_document
from crawler.identity.urls import canonical_url
from crawler.page import Page
from crawler.source import Seed, SeedKind, Source
from spiders.discovery.home import read_home, well_known_seeds
from spiders.discovery.sitemap_parts import newest_first
from spiders.discovery.sitemap_template import expand, is_template

_MAX_FEEDS = 5
_MAX_SECTIONS = 10
_NO_NAMES = frozenset({"trang chủ", "home", "trang nhất", "tin tức"})


def home_seeds(
    page: Page, source: Source, robots_sitemaps: Sequence[str], not_before: datetime
) -> tuple[Seed, ...]:
    """Return where a paper that declares no seed announces its articles, by its home page.

    The usual addresses of feeds and sitemaps are guessed only where it names none. Its sitemaps are
    all there, the likeliest to have news first: `index_parts.sitemaps_in_turn` says which to read.

    Args:
        robots_sitemaps: the ``Sitemap:`` lines of its robots.txt.
        not_before: aware; dated sitemaps are written out from here to the day the page came.
    """
    document = read_document(page)
    if not isinstance(document, Document):
        return ()
    home = read_home(document, source)
    feeds = home.feeds[:_MAX_FEEDS] or home.feed_indexes[:1]
    named = (canonical_url(url, page.final_url) for url in robots_sitemaps)
    owned = dict.fromkeys(url for url in named if url and source.owns(url))
    sitemaps = newest_first((*owned, *home.sitemaps))
    seeds = [Seed(SeedKind.FEED, url) for url in feeds]
    seeds += [Seed(SeedKind.SITEMAP, url) for url in sitemaps]
    seeds += [Seed(SeedKind.SECTION, section.url) for section in home.sections[:_MAX_SECTIONS]]
    if not feeds and not sitemaps:
        seeds += [seed for seed in well_known_seeds(source.homepage) if not is_template(seed.url)]
    first_day, today = (moment.astimezone(LOCAL_ZONE).date() for moment in (not_before, page.fetched_at))
    return tuple(one for one in written_out(seeds, first_day, today) if one.url != page.url)


def site_name(document: Document) -> str:
    """Return what a home page calls its paper: ``og:site_name``, else a part of its title."""
    named: str = document.tree.xpath("string(//meta[@property='og:site_name']/@content)").strip()
    parts = [part.strip() for part in re.split(r"\s[-|–—:]\s", document.title or "")]
    return named or next((part for part in parts if part and part.casefold() not in _NO_NAMES), "")


def written_out(seeds: Iterable[Seed], first_day: date, today: date) -> tuple[Seed, ...]:
    """Return the seeds with the templates among them written out for the days wanted, newest first."""
    written: dict[str, Seed] = {}
    for seed in seeds:
        urls = expand(seed.url, first_day, today) if is_template(seed.url) else [seed.url]
        for url in urls:
            written.setdefault(url, Seed(seed.kind, url, seed.verified))
    return tuple(written.values())
