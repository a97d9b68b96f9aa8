"""What a home page alone tells of its paper: feeds, sitemaps, and the sections worth reading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from crawler.extraction import Document
from crawler.identity.urls import base_url, canonical_url, politeness_key
from crawler.source import Seed, SeedKind, Source
from crawler.text.normalize import fold
from spiders.discovery.address import sounds_like_the_house
from spiders.discovery.article_shape import find_articles
from spiders.discovery.conventions import load_conventions
from spiders.discovery.links import Link, has_relation, read_links

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_FEED = re.compile(
    r"(?:\.(?:rss|atom|rdf)|/rss/[\w/-]{1,100}(?:\.xml)?|/feed/?|[-_/]rss\.xml)$", re.IGNORECASE
)
_FEED_INDEX = re.compile(r"/(?:rss|feeds)(?:\.(?:html?|aspx|chn|vnp))?/?$", re.IGNORECASE)
_SITEMAP = re.compile(r"sitemap[^/]{0,200}\.xml(?:\.gz)?$", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_PAGE = re.compile(r"(?:trang|page|p)-?\d+$")
_LONGEST_NAME = 6
"""Words that the name of a section may have."""
_DEEPEST = 3
"""Segments in the path of a section's address."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section as the menu names it."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """What a home page offers to whoever knows nothing else of the paper.

    Args:
        feeds: advertised in its head, or linked.
        feed_indexes: pages that are likely to list feeds; `read_feed_index` reads them.
        sitemaps: linked or named in its head.
        sections: those of interest first, then the others of the menu, in its order.
    """

    feeds: tuple[str, ...]
    feed_indexes: tuple[str, ...]
    sitemaps: tuple[str, ...]
    sections: tuple[Section, ...]


def read_home(document: Document, source: Source) -> HomePage:
    """Return what the home page of `source` offers; only addresses on its own hosts."""
    links = read_links(document, source.owns).links
    urls = [link.url for link in links]
    return HomePage(
        feeds=_once(alternate_feeds(document, source), filter(is_feed, urls)),
        feed_indexes=tuple(url for url in urls if _FEED_INDEX.search(urlsplit(url).path)),
        sitemaps=_once(declared_sitemaps(document, source), filter(is_sitemap, urls)),
        sections=tuple(_sections(links, source)),
    )


def alternate_feeds(document: Document, source: Source) -> list[str]:
    """Return the feeds that a page advertises (``<link rel=alternate>``)."""
    nodes = document.tree.iter("link", "a")
    hrefs = (node.get("href") or "" for node in nodes if _is_feed_link(node))
    return _owned(hrefs, base_url(document.tree, document.page.final_url), source)


def read_feed_index(document: Document, source: Source) -> tuple[Link, ...]:
    """Return the feeds that a page lists, with the names that it gives them."""
    links = read_links(document, source.owns).links
    named = [link for link in links if is_feed(link.url) and link.url != document.page.final_url]
    known = {link.url for link in named}
    extra = (Link(url) for url in alternate_feeds(document, source) if url not in known)
    return (*named, *extra)


def well_known_seeds(homepage: str) -> tuple[Seed, ...]:
    """Return where feeds and sitemaps stand on many sites, the likeliest of each kind first.

    Some are templates of dates; `sitemap_template.expand` makes addresses of them.
    """
    known = load_conventions()
    kinds = {
        SeedKind.FEED: known.feeds,
        SeedKind.NEWS_SITEMAP: known.news_sitemaps,
        SeedKind.SITEMAP: known.sitemaps,
    }
    return tuple(Seed(kind, urljoin(homepage, path)) for kind, paths in kinds.items() for path in paths)


def declared_sitemaps(document: Document, source: Source) -> list[str]:
    """Return the sitemaps that a page names in its head (``<link rel=sitemap>``)."""
    nodes = document.tree.iter("link", "a")
    hrefs = (node.get("href") or "" for node in nodes if has_relation(node, "sitemap"))
    return _owned(hrefs, base_url(document.tree, document.page.final_url), source)


def _is_feed_link(node: HtmlElement) -> bool:
    """Whether an element advertises a feed, read as HTML does: words of ``rel``, essence of ``type``."""
    essence = (node.get("type") or "").partition(";")[0].strip().lower()
    is_alternate = has_relation(node, "alternate") and not has_relation(node, "stylesheet")
    return has_relation(node, "feed") or (is_alternate and essence in _FEED_TYPES)


def _owned(hrefs: Iterable[str], base: str, source: Source) -> list[str]:
    urls = (canonical_url(href, base) for href in hrefs)
    return list(dict.fromkeys(url for url in urls if url and source.owns(url)))


def _once(*urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(urls)))


def is_feed(url: str) -> bool:
    """Whether an address is named like a feed."""
    return bool(_FEED.search(urlsplit(url).path))


def is_sitemap(url: str) -> bool:
    """Whether an address is named like a sitemap."""
    return bool(_SITEMAP.search(urlsplit(url).path))


def _sections(links: tuple[Link, ...], source: Source) -> list[Section]:
    articles = find_articles(links, source.homepage)
    home_host = politeness_key(urlsplit(source.homepage).hostname or "")
    ranked: list[tuple[tuple[int, bool, int, int], Link]] = []
    for place, link in enumerate(links):
        rank = _interest(link.title)
        is_wanted = rank < len(load_conventions().sections)
        if (is_wanted or link.in_menu) and link.url not in articles and _is_section(link, home_host, source):
            is_part = is_wanted and _plain(link.title) != _plain(load_conventions().sections[rank])
            depth = urlsplit(link.url).path.strip("/").count("/") if is_wanted else 0
            ranked.append(((rank, is_part, depth, place), link))
    ranked.sort(key=lambda one: one[0])
    return [Section(link.url, link.title) for _, link in ranked]


def _is_section(link: Link, home_host: str, source: Source) -> bool:
    parts = urlsplit(link.url)
    segments = [re.sub(r"\.\w+$", "", part).lower() for part in parts.path.split("/") if part]
    host = politeness_key(parts.hostname or "")
    known = load_conventions()
    is_foreign = source.language == "vi" and (
        not set(segments[:1]).isdisjoint(known.foreign)
        or (host != home_host and host.split(".")[0] in known.foreign)
    )
    return (
        0 < len(segments) <= _DEEPEST
        and 0 < link.word_count <= _LONGEST_NAME
        and _plain(link.title) not in _not_sections()
        and not is_foreign
        and _not_sections().isdisjoint(segments)
        and set(known.list_segments).isdisjoint(segments)
        and not _PAGE.search(segments[-1])
        and not is_feed(link.url)
        and not is_sitemap(link.url)
        and not sounds_like_the_house(link.url)
    )


def _interest(title: str) -> int:
    """Return the place of the first wanted section that a title names, or their number."""
    words = f" {' '.join(_WORD.findall(_plain(title)))} "
    wanted = load_conventions().sections
    return next((n for n, name in enumerate(wanted) if f" {_plain(name)} " in words), len(wanted))


@cache
def _not_sections() -> frozenset[str]:
    """Return the names of what is no section, as people write them and as addresses do."""
    names = load_conventions().not_sections
    return frozenset([*map(_plain, names), *("-".join(_WORD.findall(fold(name))) for name in names)])


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip()
