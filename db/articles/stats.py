"""How many articles there are of what: by source, month, country, place, field and grade."""

from __future__ import annotations

import sqlite3
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import orjson

from db.articles.areas import divided
from db.articles.keeping import as_stored
from db.articles.query import ArticleFilter, choose, end_of, place_counts, start_of, value_count
from db.schema.counts_within import Part
from db.schema.facets import LISTS, LOCAL_DAY

_FEW = 0.1
"""Of fewer articles each is looked up."""
_CHUNK_ROWS = 10_000

Counts = dict[str, Counter[str]]
"""Kind → value → articles."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How many articles match a filter.

    Args:
        article_count: all of them; the months add up to it. Those that repeat another article
            count, here and below, only where the filter includes them.
        copy_count: how many that repeat another article match, included or not.
        sources: source id → articles, most first, as in what follows.
        months: YYYY-MM in Viet Nam → articles, in order; '' where the date is not known.
        countries, places, fields: an article counts for each that it names.
        grades: an imported text has none.
        source_names: what the papers are called.
    """

    article_count: int
    copy_count: int
    sources: Mapping[str, int]
    months: Mapping[str, int]
    countries: Mapping[str, int]
    places: Mapping[str, int]
    fields: Mapping[str, int]
    grades: Mapping[str, int]
    source_names: Mapping[str, str]


def stats(conn: sqlite3.Connection, wanted: ArticleFilter, division: str | None = None) -> Stats:
    """Count what matches, whatever the limit.

    Args:
        division: of the country, by which provinces are counted; an article counts where the filter
            finds it. None counts the ids as they are stored.
    """
    wanted = replace(wanted, limit=None, offset=0)
    part = _kept_part(wanted)
    if part is not None:
        counts = _kept_counts(conn, wanted, part)
        article_count, copy_count = counts["all"].total(), counts["copy"].total()
    else:
        article_count, copy_count = _totals(conn, wanted)
        counts = _counts(conn, wanted, article_count)
    places = counts["place"]
    if division:
        places = Counter(place_counts(conn, wanted, divided(places, division), places))
    return Stats(
        article_count=article_count,
        copy_count=copy_count,
        sources=_most_first(counts["source"]),
        months=dict(sorted(counts["month"].items())),
        countries=_most_first(counts["country"]),
        places=_most_first(places),
        fields=_most_first(counts["field"]),
        grades=_most_first(counts["grade"]),
        source_names=dict(map(tuple, conn.execute("SELECT id, name FROM sources"))),
    )


def _most_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _totals(conn: sqlite3.Connection, wanted: ArticleFilter) -> tuple[int, int]:
    """Return how many articles match, and how many copies whether they are wanted or not."""
    every = choose(conn, replace(wanted, include_duplicates=True))
    all_count, original_count = conn.execute(
        f"SELECT count(*), count(*) FILTER (WHERE duplicate_of IS NULL) {every.sql}", every.values
    ).fetchone()
    return all_count if wanted.include_duplicates else original_count, all_count - original_count


def _kept_part(wanted: ArticleFilter) -> Part | None:
    """Return the part of all articles whose counts are kept day by day, if that is what is wanted."""
    days = ArticleFilter(since=wanted.since, until=wanted.until)
    if wanted == days:
        return "all", ""
    if wanted.grade is not None and wanted == replace(days, grade=wanted.grade):
        return "grade", wanted.grade
    if wanted.country is not None and wanted == replace(days, country=wanted.country):
        return "country", wanted.country
    return None


def _kept_counts(conn: sqlite3.Connection, wanted: ArticleFilter, part: Part) -> Counts:
    """Return the counts of a part, with those of all its articles and of copies, as they are kept."""
    first = wanted.since.isoformat() if wanted.since else "0" if wanted.until else ""
    last = wanted.until.isoformat() if wanted.until else "9"
    days = "day BETWEEN ?3 AND ?4"
    sums = _sums("article_counts_within", f"within_kind = ?1 AND within_value = ?2 AND {days}")
    if part == ("all", ""):
        sums += f" UNION ALL {_sums('article_counts', days)}"
    return _grouped(conn, sums, (*part, first, last))


def _sums(table: str, where: str) -> str:
    """Return the query of kind, value and count, in the order of the table's key, and of months."""
    return (
        f"SELECT kind, value, sum(article_count) FROM {table} WHERE {where} GROUP BY kind, value"  # noqa: S608
        f" UNION ALL SELECT 'month', substr(day, 1, 7), sum(article_count) FROM {table}"
        f" WHERE {where} AND kind = 'all' GROUP BY 2"
    )


def _counts(conn: sqlite3.Connection, wanted: ArticleFilter, matching_count: int) -> Counts:
    """Return the same of any filter."""
    counts = (_counts_beside if wanted.facets() else _plain_counts)(conn, wanted, matching_count)
    counts["month"] = _months(conn, wanted)
    if undated_count := matching_count - counts["month"].total():
        counts["month"][""] = undated_count
    return counts


def _plain_counts(conn: sqlite3.Connection, wanted: ArticleFilter, _: int) -> Counts:
    """Return the counts under conditions that each row of `article_facets` can answer by itself."""
    chosen = choose(conn, wanted)
    return _grouped(
        conn,
        f"SELECT kind, value, count(*) FROM article_facets WHERE {chosen.where} GROUP BY kind, value"  # noqa: S608
        f" UNION ALL SELECT 'source', source_id, count(*) {chosen.sql} GROUP BY source_id"
        f" UNION ALL SELECT 'grade', topic_grade, count(*) {chosen.sql} AND topic_grade <> '' GROUP BY 2",
        chosen.values * 3,
    )


def _counts_beside(conn: sqlite3.Connection, wanted: ArticleFilter, matching_count: int) -> Counts:
    """Return the counts of articles with certain facets, from an index that holds every short column.

    Where a good part of all articles matches, it is read through, which costs less than looking up
    each of them. Equal lists are counted together and taken apart once.
    """
    if matching_count < _FEW * value_count(conn, "all", ""):
        chosen = choose(conn, wanted)
        where, values = f"id IN (SELECT {chosen.id} {chosen.sql})", list(chosen.values)
    else:
        conditions, values = wanted.plain_conditions()
        for facet in wanted.facets():  # whose values have no quotes in them: they stand there as in JSON
            condition, its_values = facet.condition(f"instr({facet.column}, ?)", "published_at", as_stored)
            conditions.append(condition)
            values += its_values
        where = " AND ".join(conditions)
    columns = {"source": "source_id", "grade": "topic_grade", **LISTS}
    rows = conn.execute(
        f"SELECT {', '.join(columns.values())} FROM articles INDEXED BY articles_for_search WHERE {where}",  # noqa: S608
        values,
    )
    rows.row_factory = None  # of hundreds of thousands of rows, tuples are quicker than sqlite3.Row
    stored: Counts = {kind: Counter() for kind in columns}
    while chunk := rows.fetchmany(_CHUNK_ROWS):
        for kind, column in zip(columns, zip(*chunk, strict=True), strict=True):
            stored[kind].update(column)
    del stored["grade"][None]  # an imported text has none
    return {kind: _one_by_one(stored[kind]) if kind in LISTS else stored[kind] for kind in columns}


def _one_by_one(lists: Counter[str]) -> Counter[str]:
    """Return how often each value is in lists, which are JSON, that occur so often."""
    counts: Counter[str] = Counter()
    for text, count in lists.items():
        counts.update(dict.fromkeys(orjson.loads(text), count))
    return counts


def _grouped(conn: sqlite3.Connection, sql: str, values: tuple[str, ...]) -> Counts:
    counts: Counts = defaultdict(Counter)
    for kind, value, count in conn.execute(sql, values):
        counts[kind][value] = count
    return counts


def _months(conn: sqlite3.Connection, wanted: ArticleFilter) -> Counter[str]:
    """Return month → articles, from one month that has some to the next: each is one stretch of an index."""
    chosen = choose(conn, replace(wanted, since=None, until=None))
    stretch = f"{chosen.sql} AND published_at >= ? AND published_at < ?"
    start, last = start_of(wanted.since or date.min), end_of(wanted.until or date.max)
    counts: Counter[str] = Counter()
    while first := conn.execute(
        f"SELECT {LOCAL_DAY} {stretch} ORDER BY published_at LIMIT 1", (*chosen.values, start, last)
    ).fetchone():
        month = date.fromisoformat(first[0]).replace(day=1)
        end = min(end_of(month.replace(day=monthrange(month.year, month.month)[1])), last)
        (counts[f"{month:%Y-%m}"],) = conn.execute(
            f"SELECT count(*) {stretch}", (*chosen.values, start, end)
        ).fetchone()
        start = end
    return counts
