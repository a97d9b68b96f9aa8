"""All links of one page, sorted by what they are: what `extract --links` shows."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.extraction import Document
from crawler.identity.urls import is_mirror, politeness_key
from crawler.source import Source
from spiders.discovery.article_links import declared_rule
from spiders.discovery.article_shape import find_articles
from spiders.discovery.home import alternate_feeds, declared_sitemaps, is_feed, is_sitemap
from spiders.discovery.links import read_links
from spiders.discovery.pager import next_page


@dataclass(frozen=True, slots=True)
class Inventory:
    """Each address of a page once, in the page's order.

    Args:
        next: the next page of the list.
        others: all other links to the paper's own hosts.
    """

    articles: tuple[str, ...]
    next: str | None
    feeds: tuple[str, ...]
    sitemaps: tuple[str, ...]
    others: tuple[str, ...]


def take_inventory(document: Document, source: Source | None) -> Inventory:
    """Return the links of a page to the paper's hosts and to those under the page's own, sorted.

    The pattern of a source decides what is an article, unless it knows less than half of what the
    page itself tells: then the page is older or newer than the pattern.

    Args:
        source: the paper, if it is known.
    """
    here = document.page.final_url
    paper = source or Source(id="page", name="", homepage=here)
    host = politeness_key(urlsplit(here).hostname or "")

    def belongs(url: str) -> bool:
        name = urlsplit(url).hostname or ""
        return paper.owns(url) or (f".{name}".endswith(f".{host}") and not is_mirror(name, host))

    links = read_links(document, belongs).links
    told = find_articles(links, paper.homepage)
    declared = declared_rule(paper)
    known = {link.url for link in links if declared and declared(link.url)}
    is_article = (known if 2 * len(known & told) >= len(told) and declared else told).__contains__
    next_url = next_page(document, paper, document.page.url)
    feeds = dict.fromkeys(alternate_feeds(document, paper))
    sitemaps = dict.fromkeys(declared_sitemaps(document, paper))
    articles, others = [], []
    for link in links:
        if is_article(link.url):
            articles.append(link.url)
        elif is_feed(link.url):
            feeds.setdefault(link.url)
        elif is_sitemap(link.url):
            sitemaps.setdefault(link.url)
        elif link.url not in (next_url, here):
            others.append(link.url)
    return Inventory(tuple(articles), next_url, tuple(feeds), tuple(sitemaps), tuple(others))
