"""The sitemaps of an index: which of them a crawl reads, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.source import Seed, SeedKind
from spiders.discovery.listing import Listing
from spiders.discovery.sitemap_parts import MAX_PARTS, choose
from spiders.job import CrawlJob
from spiders.seed_traversal import SeedTraversal
from spiders.source_crawl import SourceCrawl

_MAX_DEPTH = 3
"""Levels of indexes, the sitemaps themselves included; the protocol allows two."""

SITEMAPS = frozenset({SeedKind.SITEMAP, SeedKind.NEWS_SITEMAP})


async def pages_behind(
    job: CrawlJob, crawl: SourceCrawl, traversal: SeedTraversal, seed: Seed, listing: Listing, depth: int
) -> tuple[Seed, ...]:
    """Return the pages that one page of a seed leads to; of a large index, those whose turn it is.

    Args:
        depth: of the page; the seed's own is 1.
    """
    if seed.kind not in SITEMAPS or not listing.more:
        return listing.more
    if depth >= _MAX_DEPTH:
        traversal.cut = True
        crawl.note_unread(f"{len(listing.more)} sitemaps behind {seed.url} are too deep and were not read")
        return ()
    crawl.sitemaps.add(seed.url)
    if not listing.tells_changes or len(listing.more) > MAX_PARTS:
        # That it is unchanged says nothing of its sitemaps, so it is always asked for in full.
        traversal.etag = traversal.last_modified = None
    return await sitemaps_in_turn(job, crawl, traversal, listing.more, seed.url)


async def sitemaps_in_turn(
    job: CrawlJob, crawl: SourceCrawl, traversal: SeedTraversal, sitemaps: Sequence[Seed], place: str
) -> tuple[Seed, ...]:
    """Return the sitemaps that are read in this crawl, and say how many never were.

    With ``--since``, what was read before does not count: then only what is new was wanted of it. Indexes
    that name each other, or themselves, are read once in a crawl.

    Args:
        sitemaps: those with the newest articles most likely first.
        place: what names them: an index, or the page that is read in place of declared seeds.
    """
    is_archive = job.since is not None
    sitemaps = [one for one in sitemaps if one.url not in crawl.sitemaps]
    read_at = await job.store.parts_read_at(crawl.source, [one.url for one in sitemaps])
    choice = choose(
        sitemaps,
        {} if is_archive else read_at,
        job.clock(),
        crawl.limits.window,
        limit=max(MAX_PARTS, crawl.limits.max_archive_pages if is_archive else 0),
    )
    if choice.unread_count:
        traversal.cut = True
        crawl.note_unread(
            f"{choice.unread_count} of the {len(sitemaps)} sitemaps of {place} have not been read yet"
        )
    crawl.sitemaps.update(one.url for one in choice.chosen)
    return choice.chosen
