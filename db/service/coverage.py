"""What the database knows of when papers were read, and what came in about places; judged elsewhere."""

from __future__ import annotations

import json
import sqlite3
from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from crawler.article import LOCAL_ZONE, format_instant, parse_instant
from crawler.finding import FindingKind
from crawler.reach.coverage import (
    Crawls,
    PlaceCoverage,
    WatchedSources,
    Written,
    cover,
    last_months,
    province_names,
)
from crawler.topic.gazetteer import Place
from db.articles.query import end_of, start_of
from db.crawl import run_parts

BLINDING = (
    FindingKind.BLOCKED,
    FindingKind.QUALITY_FELL,
    FindingKind.IDENTICAL_BODIES,
    FindingKind.ALL_REJECTED,
)
"""While one of these is open a crawl that went well has still shown nothing of the paper."""

# Months come as a JSON array of objects: `month`, its first day; `since` and `until`, its bounds as stored.
# Of new addresses ten are counted: more tell no more than crawler.reach.coverage.ENOUGH asks for.
DISCOVERED = """
SELECT sources.id AS id, months.value ->> 'month' AS month, (
  SELECT count(*) FROM (
    SELECT 1 FROM pages WHERE source_id = sources.id AND discovered_at >= months.value ->> 'since'
    AND discovered_at < months.value ->> 'until' LIMIT 10)) AS count
FROM json_each(?) AS months, sources
"""
BLIND = (
    "SELECT source_id, opened_at, ifnull(resolved_at, ?1) AS until_at FROM findings"
    " WHERE source_id IS NOT NULL AND kind IN (SELECT value FROM json_each(?2))"
    " AND (resolved_at IS NULL OR resolved_at >= ?3)"
)
WRITTEN = """
SELECT wanted.value AS place, months.value ->> 'month' AS month, source_id, count(*) AS count,
  count(*) FILTER (WHERE duplicate_of IS NULL) AS original_count
FROM json_each(?) AS months CROSS JOIN json_each(?) AS wanted CROSS JOIN article_facets
  ON kind = 'place' AND article_facets.value = wanted.value
  AND published_at >= months.value ->> 'since' AND published_at < months.value ->> 'until'
GROUP BY 1, 2, 3
"""


def read_coverage(
    conn: sqlite3.Connection,
    places: Mapping[str, Place],
    wanted: Sequence[str],
    watch: WatchedSources,
    now: datetime,
    month_count: int,
) -> list[PlaceCoverage]:
    """Return what each of the last months was for places: written about, silent, or not looked at.

    Args:
        places: the gazetteer, by id.
        wanted: ids of provinces and gates, in the order to return.
    """
    today = now.astimezone(LOCAL_ZONE).date()
    months = last_months(today, month_count)
    bounds = json.dumps([_bounds(month) for month in months])
    return cover(
        [places[id_] for id_ in wanted],
        months,
        _written(conn, wanted, bounds),
        _crawls(conn, now, months[0], bounds, watch.reach),
        watch.sources,
        province_names(places),
    )


def _bounds(month: date) -> dict[str, str]:
    last = month.replace(day=monthrange(month.year, month.month)[1])
    return {"month": month.isoformat(), "since": start_of(month), "until": end_of(last)}


def _written(conn: sqlite3.Connection, wanted: Collection[str], bounds: str) -> Written:
    originals: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    by_paper: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in conn.execute(WRITTEN, (bounds, json.dumps(list(wanted)))):
        month = date.fromisoformat(row["month"])
        originals[row["place"]][month] += row["original_count"]
        by_paper[row["place"]][month][row["source_id"]] = row["count"]
    return Written(originals, by_paper)


def _crawls(conn: sqlite3.Connection, now: datetime, since: date, bounds: str, reach: timedelta) -> Crawls:
    blind: dict[str, list[tuple[date, date]]] = defaultdict(list)
    kinds, still_open = json.dumps(BLINDING), format_instant(now + timedelta(days=1))
    for row in conn.execute(BLIND, (still_open, kinds, start_of(since))):
        blind[row["source_id"]].append((_local_day(row["opened_at"]), _local_day(row["until_at"])))
    good: dict[str, set[date]] = defaultdict(set)
    failed: dict[str, set[date]] = defaultdict(set)
    for source_id, stored_day, is_good in run_parts.crawl_days(conn, start_of(since)):
        day = date.fromisoformat(stored_day)
        is_blind = any(first <= day < last for first, last in blind.get(source_id, ()))
        (good if is_good and not is_blind else failed)[source_id].add(day)
    fresh: dict[str, dict[date, int]] = defaultdict(dict)
    for row in conn.execute(DISCOVERED, (bounds,)):
        fresh[row["id"]][date.fromisoformat(row["month"])] = row["count"]
    return Crawls(good, failed, fresh, reach, now.astimezone(LOCAL_ZONE).date())


def _local_day(stored: str) -> date:
    return parse_instant(stored).astimezone(LOCAL_ZONE).date()
