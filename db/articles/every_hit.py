"""Every article that a query and a filter choose, however many: for counts, not for reading."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date

from crawler.text.query import parse_query
from db.articles.query import ArticleFilter, choose
from db.articles.search import is_common
from db.articles.search_match import tiers
from db.schema.facets import LOCAL_DAY


@dataclass(frozen=True, slots=True)
class EveryHit:
    """The hits as SQL.

    Args:
        id: the column of the article's id.
        sql: from FROM to the end of WHERE; `published_at` is a column of it.
        values: of its parameters.
    """

    id: str
    sql: str
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many hits each day in Viet Nam has.

    Args:
        days: those that have any; an article of which only the month is known counts on its first day.
        undated_count: hits without a date.
    """

    days: dict[date, int]
    undated_count: int

    @property
    def article_count(self) -> int:
        """All hits."""
        return sum(self.days.values()) + self.undated_count


def every_hit(
    conn: sqlite3.Connection, text: str | None, wanted: ArticleFilter, *, as_spelled: bool = False
) -> EveryHit:
    """Return how to find what a search finds, in no order and whatever the limit.

    Rare words are looked up one by one. For common ones it takes less to go through what the filter
    chooses, in an index, and to ask of each whether it is a hit.

    Args:
        text: the query; None for all that the filter chooses.
        as_spelled: whether the marks of its words are meant, if it has any.

    Raises:
        UsageError: it is no query.
    """
    chosen = choose(conn, wanted)
    if text is None:
        return EveryHit(chosen.id, chosen.sql, chosen.values)
    tier = tiers(parse_query(text), phrases_first=False)[0 if as_spelled else -1]
    if is_common(conn, tier):
        hits = f"SELECT rowid FROM {tier.table} WHERE {tier.table} MATCH ?"  # noqa: S608 - ours
        return EveryHit(chosen.id, f"{chosen.sql} AND +{chosen.id} IN ({hits})", (*chosen.values, tier.match))
    where, values = wanted.where()
    return EveryHit(
        "articles.id",
        f"FROM {tier.table} CROSS JOIN articles INDEXED BY articles_for_search"
        f" WHERE {tier.table} MATCH ? AND articles.id = {tier.table}.rowid AND {where}",
        (tier.match, *values),
    )


def every_hit_of_all(text: str) -> EveryHit:
    """Return how to find what a search finds among all articles, copies too; only its id is a column.

    Raises:
        UsageError: `text` is no query.
    """
    tier = tiers(parse_query(text), phrases_first=False)[-1]
    return EveryHit("rowid", f"FROM {tier.table} WHERE {tier.table} MATCH ?", (tier.match,))


def newest_hits(
    conn: sqlite3.Connection, text: str, wanted: ArticleFilter, most: int, *, as_spelled: bool = False
) -> EveryHit | None:
    """Return how to find the hits among the newest articles with the words; None if there are not so many.

    Args:
        most: of the articles with the words, those that were kept last.

    Raises:
        UsageError: `text` is no query.
    """
    tier = tiers(parse_query(text), phrases_first=False)[0 if as_spelled else -1]
    beyond = conn.execute(
        f"SELECT rowid FROM {tier.table} WHERE {tier.table} MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?",  # noqa: S608
        (tier.match, most),
    ).fetchone()
    if beyond is None:
        return None
    where, values = wanted.where()
    return EveryHit(
        "articles.id",
        f"FROM {tier.table} CROSS JOIN articles INDEXED BY articles_for_search"
        f" WHERE {tier.table} MATCH ? AND {tier.table}.rowid > ? AND articles.id = {tier.table}.rowid"
        f" AND {where}",
        (tier.match, beyond[0], *values),
    )


def count_by_day(conn: sqlite3.Connection, text: str | None, wanted: ArticleFilter) -> DayCounts:
    """Count the hits of each day.

    Args:
        text: the query; None counts all that the filter chooses.

    Raises:
        UsageError: it is no query.
    """
    if text is None and wanted == ArticleFilter(since=wanted.since, until=wanted.until):
        sql = "SELECT day, article_count FROM article_counts WHERE kind = 'all' AND value = ''"
        counts = dict(map(tuple, conn.execute(sql)))
        since, until = wanted.since or date.min, wanted.until or date.max
        if wanted.since or wanted.until:
            counts.pop("", None)
        days = {date.fromisoformat(day): count for day, count in counts.items() if day}
        return DayCounts(
            {day: count for day, count in days.items() if since <= day <= until}, counts.get("", 0)
        )
    hits = every_hit(conn, text, wanted)
    rows = conn.execute(f"SELECT {LOCAL_DAY}, count(*) {hits.sql} GROUP BY 1", hits.values)
    counts = dict(map(tuple, rows))
    return DayCounts(
        {date.fromisoformat(day): count for day, count in counts.items() if day}, counts.get("", 0)
    )


def every_id(conn: sqlite3.Connection, text: str | None, wanted: ArticleFilter) -> list[int]:
    """Return the ids of every hit, in their order.

    Raises:
        UsageError: `text` is no query.
    """
    hits = every_hit(conn, text, wanted)
    rows = conn.execute(f"SELECT {hits.id} {hits.sql}", hits.values)
    rows.row_factory = None  # tuples are quicker than sqlite3.Row, of which there may be very many
    return sorted(row[0] for row in rows)
