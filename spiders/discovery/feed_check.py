"""Whether a feed is worth reading: some are empty, asleep, another section's, or lead elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crawler.text.normalize import fold
from spiders.discovery.listing import Listing

STALE_AFTER = timedelta(days=30)
_SAME_SHARE = 0.9
"""Of the items of two feeds, from which they are one feed under two addresses."""


class FeedVerdict(StrEnum):
    """What is to be said of a feed."""

    OK = "ok"
    NOT_A_FEED = "not_a_feed"
    EMPTY = "empty"
    STALE = "stale"
    OFFSITE = "offsite"
    """Most items lead to other hosts."""
    SAME_AS_ANOTHER = "same_as_another"
    OTHER_SECTION = "other_section"
    """Its title does not name the section it was found under: a wrong number answers 200."""


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """What a feed holds, and what is to be said of it.

    Args:
        title: what the feed calls itself.
        newest: the day of its newest item, local; None where no item has a date.
        item_count: items on the source's own hosts.
        same_as: the address of the feed that has the same items.
        items: their addresses.
    """

    url: str
    verdict: FeedVerdict
    title: str = ""
    newest: str | None = None
    item_count: int = 0
    same_as: str | None = None
    items: frozenset[str] = frozenset()


def check_feed(
    url: str, listing: Listing, now: datetime, *, section: str = "", others: Iterable[FeedCheck] = ()
) -> FeedCheck:
    """Return what is to be said of a feed.

    Args:
        listing: what `read_feed` found at `url`.
        now: aware UTC.
        section: the name that the feed was found under; empty for a feed of everything.
        others: feeds of the same paper that were checked before it.
    """
    if listing.problem:
        return FeedCheck(url, FeedVerdict.NOT_A_FEED)
    title = listing.title
    days = [one.published.latest_local_day for one in listing.candidates if one.published]
    newest = max(days, default=None)
    items = frozenset(one.url for one in listing.candidates)
    same_as = next((other.url for other in others if _are_same(items, other.items)), None)
    verdict = FeedVerdict.OK
    if listing.offsite_count > len(items):
        verdict = FeedVerdict.OFFSITE
    elif not items:
        verdict = FeedVerdict.EMPTY
    elif newest is not None and newest < (now - STALE_AFTER).date():
        verdict = FeedVerdict.STALE
    elif same_as:
        verdict = FeedVerdict.SAME_AS_ANOTHER
    elif section and title and fold(section) not in fold(title):
        verdict = FeedVerdict.OTHER_SECTION
    shown = newest.isoformat() if newest else None
    return FeedCheck(url, verdict, title, shown, len(items), same_as, items)


def _are_same(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and len(one & other) >= _SAME_SHARE * len(one | other)
