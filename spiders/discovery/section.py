"""Section, tag and home pages: which links are articles, and where the list goes on."""

from __future__ import annotations

from crawler.extraction import Document
from crawler.page import Candidate
from crawler.reach.origins import list_outlinks
from crawler.source import Seed, Source
from crawler.text.dates import date_from_url
from spiders.discovery.article_shape import find_articles
from spiders.discovery.links import read_links
from spiders.discovery.listing import IsArticle, Listing
from spiders.discovery.pager import next_page


def read_section(
    document: Document, source: Source, seed: Seed, *, is_article: IsArticle | None = None
) -> Listing:
    """Return the articles that a list page links to, in its order, and its next page.

    Args:
        seed: the page as it was asked for.
        is_article: the rule that the paper's file declares; None to judge by the page itself.
    """
    page = read_links(document, source.owns)
    rule = is_article or find_articles(page.links, source.homepage).__contains__
    candidates = tuple(
        Candidate(link.url, link.title or None, date_from_url(link.url), None, seed.url)
        for link in page.links
        if rule(link.url)
    )
    next_url = next_page(document, source, seed.url)
    more = (Seed(seed.kind, next_url),) if next_url else ()
    outlinks = list_outlinks(document, source.owns) if page.offsite_count else ()
    return Listing(candidates, more, page.offsite_count, outlinks)
