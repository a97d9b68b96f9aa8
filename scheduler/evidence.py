"""The words and the measure that all findings share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from crawler.article import LOCAL_ZONE


def local(moment: datetime | None) -> str:
    """Return a time as evidence names it."""
    return f"{moment.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M} (Viet Nam)" if moment else "never"


def span(duration: timedelta) -> str:
    """Return a duration in words: "5 hours", "3 days"."""
    hours = duration.total_seconds() / 3600
    if hours < 2:
        return f"{round(hours * 60)} minutes"
    return f"{round(hours)} hours" if hours < 48 else f"{round(hours / 24)} days"


def counted(what: Iterable[str]) -> str:
    """Return how often each came, the commonest first: "blocked 3×, timed_out 1×"."""
    return ", ".join(f"{name} {count}×" for name, count in Counter(what).most_common())


def is_common(count: int, of_count: int, *, is_open: bool) -> bool:
    """Whether a result is so common that it is a fault; it stays one until it is clearly rarer."""
    return count >= (3 if is_open else 5) and count / of_count >= (0.3 if is_open else 0.5)


def middle(durations: Iterable[timedelta]) -> timedelta | None:
    """Return the median; None of nothing."""
    ordered = sorted(durations)
    return ordered[len(ordered) // 2] if ordered else None
