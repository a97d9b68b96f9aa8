"""When an article is asked for again: editors change what they have published, mostly soon after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from crawler.article import LOCAL_ZONE, Precision, Published, parse_instant


def next_visit(
    discovered_at: datetime, published: Published | None, ages: Iterable[timedelta], now: datetime
) -> datetime | None:
    """Return when an article reaches the next of `ages`; None when it is older than all of them.

    Its age counts from its discovery, or from its publication if that was earlier, so that what an
    archive brings is not asked for again.

    Args:
        discovered_at: when a seed first offered it; aware UTC.
        ages: how old it is at each revisit, growing.
        now: aware UTC.
    """
    born = min(discovered_at, _latest_moment(published)) if published else discovered_at
    return next((born + age for age in sorted(ages) if born + age > now), None)


def _latest_moment(published: Published) -> datetime:
    if published.precision in (Precision.MONTH, Precision.DAY):
        return datetime.combine(published.latest_local_day, time.max, LOCAL_ZONE)
    return parse_instant(published.at)
