"""Sitemaps, sitemap indexes and Google-News sitemaps (sitemaps.org protocol), as XML, text or feed."""

from __future__ import annotations

import heapq
import io
import re
from collections import deque
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from lxml import etree

from crawler.article import Published, parse_instant
from crawler.extraction.document import decode_markup
from crawler.identity.urls import canonical_url
from crawler.page import Candidate, Page
from crawler.source import Seed, SeedKind, Source
from crawler.text.dates import FIRST_YEAR, parse_feed_date
from crawler.text.normalize import clean, mend_references
from spiders.discovery.feed import read_feed
from spiders.discovery.listing import IsArticle, Listing
from spiders.discovery.sitemap_parts import ordered

MAX_OFFERED = 50_000
"""Addresses that one file may offer, of those with a date and those without: the protocol's own limit."""

_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(?P<name>urlset|sitemapindex|rss|feed|rdf)\b", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s{1,20}html|html)\b", re.IGNORECASE)
_UNENDED = re.compile(r"<(?![!?])(?=[^<>]*(?:<|\Z))")
"""The start of a tag that has no end; libxml2 looks for that through all that is left, for each again."""
_ENTRIES = frozenset({"url", "sitemap"})
_LISTS = frozenset({"urlset", "sitemapindex"})
_NEWS = "sitemap-news"
"""Part of the name space of Google's news sitemaps, in all its versions."""
_OWN = "schemas/sitemap/"
_ZONES_APART = timedelta(days=2)
_LINE_SHARE = 0.5
"""Of the lines of a text sitemap, that must be addresses."""


class _Entry(NamedTuple):
    """One address of a sitemap or an index, with what stands beside it."""

    is_sitemap: bool
    loc: str
    lastmod: str = ""
    title: str = ""
    publication_date: str = ""


def read_sitemap(
    page: Page,
    source: Source,
    kind: SeedKind,
    *,
    is_article: IsArticle,
    not_before: datetime,
    now: datetime,
) -> Listing:
    """Return what a sitemap offers.

    All items of a news sitemap; of an ordinary one those that look like articles and changed after
    `not_before` (an archive of ten years is not news); of an index its children that did. The
    protocol allows a list of addresses as text, and feeds, as well.

    Args:
        page: unpacked.
        not_before: aware UTC.
    """
    text = decode_markup(page)
    root = _ROOT.search(text)
    if root is not None and _PAGE.search(text, 0, root.start()):
        root = None
    if root is not None and root["name"].lower() in ("rss", "feed", "rdf"):
        return read_feed(page, source, now)
    entries = _xml_entries(text[root.start() :]) if root else _text_entries(text)
    kept = _Kept(not_before.date(), is_news=kind is SeedKind.NEWS_SITEMAP)
    for entry in entries:
        kept.take(entry)
    if root is None and not kept.entry_count:
        return Listing(problem="the answer is not a sitemap")
    candidates: list[Candidate] = []
    children: list[tuple[str, str]] = []
    offsite_count = 0
    for entry in kept.in_order():
        url = canonical_url(entry.loc, base=page.final_url)
        if url is None or not source.owns(url):
            offsite_count += not entry.is_sitemap
            continue
        changed = _date(entry.lastmod, now)
        is_old = changed is not None and changed.latest_local_day < not_before.date()
        if entry.is_sitemap:
            if url != page.url and not is_old:
                children.append((changed.at if changed else "", url))
            continue
        published = _date(entry.publication_date, now)
        is_news = kind is SeedKind.NEWS_SITEMAP or published is not None
        if not is_news and (is_old or not is_article(url)):
            continue
        changed_at = parse_instant(changed.at) if changed and changed.at.endswith("Z") else None
        candidates.append(Candidate(url, clean(entry.title) or None, published, changed_at, page.url))
    more = tuple(Seed(kind, url) for url in ordered(children))
    unread = f"{kept.left_count} of {kept.entry_count} addresses of {page.url} were not read"
    return Listing(
        tuple(candidates),
        more,
        offsite_count,
        unread=unread if kept.left_count else "",
        tells_changes=bool(children) and all(changed for changed, _ in children),
    )


class _Kept:
    """The entries of one sitemap that are looked at: all that there is room for.

    Of more, those that say the latest date, and of those that say none the first and the last.
    """

    def __init__(self, first_day: date, *, is_news: bool) -> None:
        self._first_day = first_day
        self._is_news = is_news
        self._dated: list[tuple[str, int, _Entry]] = []
        self._first: list[tuple[str, int, _Entry]] = []
        self._last: deque[tuple[str, int, _Entry]] = deque(maxlen=MAX_OFFERED // 2)
        self.entry_count = 0
        self.left_count = 0

    def take(self, entry: _Entry) -> None:
        """Keep an entry, unless its date says at first sight that it is not wanted."""
        self.entry_count += 1
        latest = entry.publication_date or entry.lastmod
        if not (self._is_news or entry.publication_date) and _is_older(latest, self._first_day):
            return
        place = (latest, -self.entry_count, entry)
        if not latest:
            is_first = len(self._first) < MAX_OFFERED // 2
            self.left_count += len(self._last) == self._last.maxlen
            (self._first if is_first else self._last).append(place)
        elif len(self._dated) < MAX_OFFERED:
            heapq.heappush(self._dated, place)
        else:
            self.left_count += 1
            heapq.heappushpop(self._dated, place)

    def in_order(self) -> Iterator[_Entry]:
        """Yield what was kept in the order of the file."""
        places = sorted((*self._dated, *self._first, *self._last), key=lambda one: -one[1])
        return (entry for _, _, entry in places)


def _xml_entries(text: str) -> Iterator[_Entry]:
    """Yield the entries of a document, wherever in it they are; what is read is let go at once.

    Broken markup is read as far as it goes. Nothing is loaded, and no entity expanded.
    """
    document = io.BytesIO(_UNENDED.sub("&lt;", mend_references(text)).encode())
    events = etree.iterparse(
        document,
        events=("end",),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        encoding="utf-8",
    )
    for _, node in events:
        name = _name(node)
        if name not in _ENTRIES:
            continue
        parent = node.getparent()
        if parent is None or _name(parent) not in _LISTS:
            continue
        yield _entry(node, is_sitemap=name == "sitemap")
        node.clear()
        while node.getprevious() is not None:
            del parent[0]


def _entry(node: etree._Element, *, is_sitemap: bool) -> _Entry:
    """Return what an entry says in its own name space and in that of news; others are not read."""
    found: dict[str, str] = {}
    own = _space(node)
    for child in node:
        name, space = _name(child), _space(child)
        if name in ("loc", "lastmod") and (space == own or _OWN in space):
            found.setdefault(name, _text(child))
        elif name == "news" or _NEWS in space:
            for inner in child.iter():
                if _name(inner) in ("title", "publication_date") and _space(inner) == space:
                    found.setdefault(_name(inner), _text(inner))
    return _Entry(is_sitemap, found.pop("loc", ""), **found)


def _text_entries(text: str) -> Iterator[_Entry]:
    """Yield the lines of a text sitemap (sitemaps.org: one address on a line), none of another text."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    addresses = [line for line in lines if line.lower().startswith(("http://", "https://"))]
    if len(addresses) > _LINE_SHARE * len(lines):
        yield from (_Entry(is_sitemap=False, loc=line) for line in addresses)


def _is_older(lastmod: str, first_day: date) -> bool:
    """Whether a date says at first sight that it is over; of most entries of most sitemaps it does."""
    try:
        day = date.fromisoformat(lastmod[:10])
    except ValueError:
        return False
    return day.year >= FIRST_YEAR and day < first_day - _ZONES_APART


def _name(node: etree._Element) -> str:
    """Return the name of an element without its prefix, be that declared or not, in lower case."""
    return str(node.tag).rpartition("}")[2].rpartition(":")[2].lower()


def _space(node: etree._Element) -> str:
    """Return an element's name space; of an undeclared prefix, what it usually stands for."""
    space, brace, name = str(node.tag).rpartition("}")
    prefix = name.rpartition(":")[0]
    return space[1:] if brace else f"sitemap-{prefix}" if prefix else ""


def _text(node: etree._Element) -> str:
    return (node.text or "").strip()


def _date(text: str, now: datetime) -> Published | None:
    return parse_feed_date(text, now) if text else None
