"""Sitemaps, sitemap indexes and Google-News sitemaps (sitemaps.org protocol)."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from crawler.article import Published, parse_instant
from crawler.identity.urls import canonical_url
from crawler.page import Candidate, Page
from crawler.source import Seed, SeedKind, Source
from crawler.text.dates import parse_feed_date
from spiders.discovery.listing import IsArticle, Listing

_GZIP_MAGIC = b"\x1f\x8b"
_MAX_CHILDREN = 30
_MAX_URLS = 50_000
"""The protocol's own limit of addresses in one file."""


def read_sitemap(
    page: Page,
    source: Source,
    kind: SeedKind,
    *,
    is_article: IsArticle,
    not_before: datetime,
    now: datetime,
    max_bytes: int,
) -> Listing:
    """Return what a sitemap offers.

    All items of a news sitemap; of an ordinary one those that look like articles and changed after
    `not_before` (an archive of ten years is not news); of an index its children that did.

    Args:
        not_before: aware UTC.
        max_bytes: of the file after unpacking; gzip is recognised by content, not by name.
    """
    body = page.body
    if body.startswith(_GZIP_MAGIC):
        try:
            body = gzip.GzipFile(fileobj=io.BytesIO(body)).read(max_bytes + 1)
        except (OSError, EOFError, zlib.error) as error:
            return Listing(problem=f"the sitemap's gzip data is broken ({error})")
        if len(body) > max_bytes:
            return Listing(problem=f"the sitemap unpacks to more than {max_bytes} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or _name(root) not in ("urlset", "sitemapindex"):
        return Listing(problem="the answer is not a sitemap")
    if _name(root) == "sitemapindex":
        return Listing(more=tuple(_children(root, page, source, kind, not_before, now)))
    candidates: list[Candidate] = []
    offsite_count = 0
    for fields in _entries(root):
        url = canonical_url(fields.get("loc", ""), base=page.final_url)
        if url is None or not source.owns(url):
            offsite_count += 1
            continue
        published = _date(fields.get("publication_date"), now)
        changed = _date(fields.get("lastmod"), now)
        is_news = kind is SeedKind.NEWS_SITEMAP or published is not None
        is_old = changed is not None and changed.local_day < not_before.date()
        if not is_news and (is_old or not is_article(url)):
            continue
        changed_at = parse_instant(changed.at) if changed and changed.at.endswith("Z") else None
        candidates.append(Candidate(url, fields.get("title"), published, changed_at, page.url))
    return Listing(tuple(candidates), offsite_count=offsite_count)


def _children(
    root: etree._Element,
    page: Page,
    source: Source,
    kind: SeedKind,
    not_before: datetime,
    now: datetime,
) -> Iterator[Seed]:
    children: list[tuple[str, str]] = []
    for fields in _entries(root):
        url = canonical_url(fields.get("loc", ""), base=page.final_url)
        if url is None or url == page.url or not source.owns(url):
            continue
        changed = _date(fields.get("lastmod"), now)
        if changed is None or changed.local_day >= not_before.date():
            children.append((changed.at if changed else "", url))
    children.sort(key=lambda child: child[0], reverse=True)
    for _, url in children[:_MAX_CHILDREN]:
        yield Seed(kind, url)


def _entries(root: etree._Element) -> Iterator[dict[str, str]]:
    for number, entry in enumerate(root):
        if number >= _MAX_URLS:
            return
        yield {
            _name(node): node.text.strip()
            for node in entry.iter()
            if isinstance(node.tag, str) and node.text and node.text.strip()
        }


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _date(text: str | None, now: datetime) -> Published | None:
    return parse_feed_date(text, now) if text else None
