"""The timeline of up to three queries: how many articles each has per day, week or month."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from crawler.buckets import Bucket, Grain, buckets, fitting_grain, per_bucket
from crawler.errors import UsageError
from db.articles.every_hit import count_by_day
from db.articles.query import ArticleFilter

MOST_QUERIES = 3


@dataclass(frozen=True, slots=True)
class Series:
    """One query over time.

    Args:
        query: None for all that the filter chooses.
        counts: articles in each bucket.
        article_count: all that it finds; more than the sum of the counts by the next two.
        undated_count: those without a date, which are in no bucket.
        earlier_count: those before the first bucket.
    """

    query: str | None
    counts: tuple[int, ...]
    article_count: int
    undated_count: int
    earlier_count: int

    def shares(self, kept: Sequence[int]) -> tuple[float, ...]:
        """Return the part of all kept articles that each bucket's count is, from 0 to 1."""
        return tuple(count / all_ if all_ else 0.0 for count, all_ in zip(self.counts, kept, strict=True))


@dataclass(frozen=True, slots=True)
class Timeline:
    """Queries side by side.

    Args:
        grain: how long a bucket is.
        buckets: oldest first; none where nothing with a date was found.
        series: in the order of the queries.
        kept: of all articles, those in each bucket, copies included where the filter includes them.
    """

    grain: Grain
    buckets: tuple[Bucket, ...]
    series: tuple[Series, ...]
    kept: tuple[int, ...]


def timeline(
    conn: sqlite3.Connection,
    queries: Sequence[str],
    wanted: ArticleFilter,
    grain: Grain | None = None,
    *,
    today: date,
) -> Timeline:
    """Count the articles of each query per bucket.

    The line begins with the first article found and ends with the last day on which any was kept,
    or was found, so that a subject that nobody writes about any more is seen to end.

    Args:
        queries: as people type them; none counts all that the filter chooses.
        grain: None takes the shortest that is easy to read.
        today: what was kept with a later date does not lengthen the line.

    Raises:
        UsageError: one is no query, or there are too many.
    """
    if len(queries) > MOST_QUERIES:
        raise UsageError(f"A timeline shows at most {MOST_QUERIES} queries; leave some out.")
    asked: Sequence[str | None] = queries or [None]
    found = [(query, count_by_day(conn, query, wanted)) for query in asked]
    every = ArticleFilter(
        since=wanted.since, until=wanted.until, include_duplicates=wanted.include_duplicates
    )
    is_every = wanted == replace(every, limit=wanted.limit, offset=wanted.offset)
    kept = found[0][1] if not queries and is_every else count_by_day(conn, None, every)
    days = {day for _, counts in found for day in counts.days}
    shown: tuple[Bucket, ...] = ()
    if days:
        first, last = min(days), max(days)
        last = max(last, min(today, max(kept.days, default=last)))
        grain = grain or fitting_grain(first, last)
        shown = buckets(first, last, grain)
    series = []
    for query, counts in found:
        per = per_bucket(counts.days, shown)
        earlier_count = sum(counts.days.values()) - sum(per)
        series.append(Series(query, per, counts.article_count, counts.undated_count, earlier_count))
    return Timeline(grain or Grain.MONTH, shown, tuple(series), per_bucket(kept.days, shown))
