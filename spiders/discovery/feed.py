"""RSS, Atom and RDF feeds, through feedparser; characters and dates through our own readers."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

from crawler.article import Precision, parse_instant
from crawler.extraction.document import decode_markup
from crawler.families import load_families
from crawler.identity.urls import canonical_url
from crawler.page import Candidate, Page
from crawler.source import Source
from crawler.text.dates import parse_feed_date
from crawler.text.normalize import clean, mend_references
from spiders.discovery.listing import Listing

_DECLARATION = re.compile(r"<\?xml[^<>]{0,1000}>")
_BRACKETED = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9]{0,30}(?P<rest>[^<>]{0,2000})|!--[^<>]{0,2000})>")
_LONGEST_TITLE = 10_000
"""Characters of a title that are read; what is longer is no title."""


def read_feed(page: Page, source: Source, now: datetime) -> Listing:
    """Return every item of a feed that is on the source's own hosts.

    Args:
        page: unpacked.
        now: dates after it are refused.
    """
    import feedparser  # only here: most crawls find every feed unchanged

    text = _DECLARATION.sub("", mend_references(decode_markup(page)), count=1)
    feed = feedparser.parse(
        text.encode(),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
    )
    if not feed.get("version"):
        return Listing(problem="the answer is not a feed")
    family = load_families().get(source.family or "")
    finest = family.feed_precision if family else Precision.SECOND
    candidates: list[Candidate] = []
    offsite_count = 0
    for item in feed.entries:
        url = canonical_url(item.get("link", ""), base=page.final_url)
        if url is None or not source.owns(url):
            offsite_count += 1
            continue
        candidates.append(_candidate(item, url, page.url, now, finest))
    return Listing(tuple(candidates), offsite_count=offsite_count, title=title_of(feed.feed.get("title", "")))


def _candidate(item: Any, url: str, found_on: str, now: datetime, finest: Precision) -> Candidate:
    published = parse_feed_date(item.get("published", ""), now, finest=finest)
    # feedparser's own `get` would hand out `published` where there is no `updated`.
    updated = parse_feed_date(dict.get(item, "updated", ""), now, finest=finest)
    changed_at = parse_instant(updated.at) if updated and updated.at.endswith("Z") else None
    title = title_of(item.get("title", ""))
    return Candidate(url, title or None, published or updated, changed_at, found_on)


def title_of(text: str) -> str:
    """Return a feed's title as it is kept: without markup, but with the signs that are none.

    In "5% < 10% và > 15%" nothing is a tag: a tag's name follows its bracket at once, and what
    follows the name is an attribute.
    """
    return clean(_BRACKETED.sub(_without_tag, html.unescape(text[:_LONGEST_TITLE])))


def _without_tag(match: re.Match[str]) -> str:
    rest = match["rest"]
    is_tag = rest is None or not rest.strip(" \t\r\n/") or (rest[0].isspace() and "=" in rest)
    return "" if is_tag else match[0]
