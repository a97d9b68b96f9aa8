"""RSS, Atom and RDF feeds, through feedparser; dates through our own parser, which knows Vietnamese ones."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

import feedparser

from crawler.article import Precision, parse_instant
from crawler.families import load_families
from crawler.identity.urls import canonical_url
from crawler.page import Candidate, Page
from crawler.source import Source
from crawler.text.dates import parse_feed_date
from crawler.text.normalize import clean
from spiders.discovery.listing import Listing

_TAG = re.compile(r"<[^>]*>")


def read_feed(page: Page, source: Source, now: datetime) -> Listing:
    """Return every item of a feed that is on the source's own hosts.

    Args:
        now: dates after it are refused.
    """
    feed = feedparser.parse(
        page.body,
        response_headers={"content-type": page.headers.get("content-type", "")},
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
    return Listing(tuple(candidates), offsite_count=offsite_count)


def _candidate(item: Any, url: str, found_on: str, now: datetime, finest: Precision) -> Candidate:
    published = parse_feed_date(item.get("published", ""), now, finest=finest)
    # feedparser's own `get` would hand out `published` where there is no `updated`.
    updated = parse_feed_date(dict.get(item, "updated", ""), now, finest=finest)
    changed_at = parse_instant(updated.at) if updated and updated.at.endswith("Z") else None
    title = clean(_TAG.sub("", html.unescape(item.get("title", ""))))
    return Candidate(url, title or None, published or updated, changed_at, found_on)
