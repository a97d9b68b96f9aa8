"""Which of the sitemaps of an index are read in one crawl. Pure.

An index may have hundreds. Those that changed lately go first; where nothing says when, the newest
may be at either end of the list, so both are read each time, and in between those that were not read
for longest. What has been read is remembered, so that every one has its turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler.source import Seed
from spiders.discovery.conventions import load_conventions

MAX_PARTS = 30
"""Sitemaps of one index that are read in one crawl."""
_ALWAYS = 10
"""Of these, those that are read in every crawl: the first in the order of `ordered`."""

_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_/.]?(0[1-9]|1[0-2]|[1-9](?!\d))(?:[-_/.]?([0-2]\d|3[01]))?(?!\d)")

_WORDS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """The sitemaps to read now, and how many have never been read and wait for a later crawl."""

    chosen: tuple[Seed, ...]
    unread_count: int


def ordered(children: Sequence[tuple[str, str]]) -> list[str]:
    """Return the addresses of an index's sitemaps, those with the newest articles most likely first.

    Args:
        children: when each changed (as stored; empty if not said), and its address; in the order of
            the index.
    """
    dated = sorted((one for one in children if one[0]), key=lambda one: one[0], reverse=True)
    bare = [url for changed, url in children if not changed]
    named = sorted(((month, url) for url in bare if (month := _month(url))), reverse=True)
    rest = [url for url in bare if not _month(url)]
    return list(dict.fromkeys((*(url for _, url in (*dated, *named)), *_from_both_ends(rest))))


def newest_first(urls: Iterable[str]) -> tuple[str, ...]:
    """Return the sitemaps that a robots.txt names, those that are named after news first, each once."""
    return tuple(sorted(dict.fromkeys(urls), key=_rank))


def _rank(url: str) -> int:
    known = load_conventions()
    words = set(_WORDS.findall(urlsplit(url).path.rpartition("/")[2].lower()))
    if not words.isdisjoint(known.news_sitemap_words):
        return 0
    return 1 if words.isdisjoint(known.other_sitemap_words) else 2


def choose(
    parts: Sequence[Seed],
    read_at: Mapping[str, datetime],
    now: datetime,
    window: timedelta,
    *,
    limit: int = MAX_PARTS,
) -> Choice:
    """Return which sitemaps of an index to read.

    Args:
        parts: in the order of `ordered`.
        read_at: when those that were read before were read last.
        window: every one is wanted at least once in this time.
        limit: of what is read now, over `_ALWAYS`.
    """
    if len(parts) <= limit:
        return Choice(tuple(parts), 0)
    others = parts[_ALWAYS:]
    new = [one for one in others if one.url not in read_at]
    due = sorted((one for one in others if one.url in read_at), key=lambda one: read_at[one.url])
    due = [one for one in due if read_at[one.url] <= now - window]
    room = limit - _ALWAYS
    return Choice((*parts[:_ALWAYS], *[*new, *due][:room]), max(0, len(new) - room))


def _month(url: str) -> str:
    """Return the month, or day, in the name of a sitemap that is cut by date; empty for none."""
    found = [
        "".join(part.zfill(2) for part in match.groups() if part)
        for match in _MONTH.finditer(url.partition("//")[2].partition("/")[2])
    ]
    return found[-1] if found else ""


def _from_both_ends(urls: Sequence[str]) -> Iterable[str]:
    """Yield the last, the first, the last but one and so on."""
    low, high = 0, len(urls) - 1
    while low <= high:
        yield urls[high]
        if low < high:
            yield urls[low]
        low, high = low + 1, high - 1
