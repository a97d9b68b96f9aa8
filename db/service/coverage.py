"""What the database knows of when papers were read, and what came in about places; judged elsewhere."""

from __future__ import annotations

import json
import sqlite3
from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache

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
from db.articles.areas import same_area
from db.articles.query import Facet, end_of, start_of

BLINDING = (
    FindingKind.BLOCKED,
    FindingKind.QUALITY_FELL,
    FindingKind.IDENTICAL_BODIES,
    FindingKind.ALL_REJECTED,
)
"""While one of these is open a crawl that went well has still shown nothing of the paper."""

HABIT_MONTHS = 24
"""What a paper usually writes is learned from so many months at least: a place may be silent for a year."""

MOST_FRESH = 10
"""New addresses of a month that are counted: more tell no more than crawler.reach.coverage.ENOUGH does."""

# Months come as a JSON array of objects: `month`, its first day; `since` and `until`, its bounds as stored.
# A row for each source and month: to make one in Python for each day takes three times as long.
WATCHED = (
    "SELECT source_id, substr(day, 1, 7) || '-01' AS month, sum(discovered_count) AS fresh_count,"
    " group_concat(CASE is_read WHEN 1 THEN day END) AS good, group_concat(CASE is_read WHEN 0 THEN day END)"
    " AS failed FROM source_days WHERE day >= ? GROUP BY 1, 2"
)
MONTHS_NAMED = (
    "SELECT DISTINCT value, substr(day, 1, 7) AS month FROM article_counts"
    " WHERE kind = 'place' AND value IN (SELECT value FROM json_each(?)) AND day >= ?"
)
BLIND = (
    "SELECT source_id, opened_at, ifnull(resolved_at, ?1) AS until_at FROM findings"
    " WHERE source_id IS NOT NULL AND kind IN (SELECT value FROM json_each(?2))"
    " AND (resolved_at IS NULL OR resolved_at >= ?3)"
)
# Areas as a JSON array of objects: `place`; `value`, an id that means it; `since`, when as stored it does so.
WRITTEN = """
SELECT areas.value ->> 'place' AS place, months.value ->> 'month' AS month, source_id,
  count({distinct} article_id) AS count,
  count({distinct} article_id) FILTER (WHERE duplicate_of IS NULL) AS original_count
FROM json_each(?) AS months CROSS JOIN json_each(?) AS areas CROSS JOIN article_facets
  ON kind = 'place' AND article_facets.value = areas.value ->> 'value'
  AND published_at >= max(months.value ->> 'since', areas.value ->> 'since')
  AND published_at < months.value ->> 'until'
GROUP BY 1, 2, 3
"""


def silent_places(
    conn: sqlite3.Connection, wanted: Sequence[str], now: datetime, month_count: int
) -> list[str]:
    """Return the places that one of the last months may have brought no article on.

    It costs little, unlike to judge a place of which every paper writes each day.
    """
    areas = {id_: same_area(id_) for id_ in wanted}
    months = last_months(now.astimezone(LOCAL_ZONE).date(), month_count)
    values = json.dumps(sorted({value for area in areas.values() for value, _ in area}))
    named: dict[str, set[str]] = defaultdict(set)
    for value, month in conn.execute(MONTHS_NAMED, (values, months[0].isoformat())):
        named[value].add(f"{month}-01")
    return [
        id_
        for id_, area in areas.items()
        if not {month.isoformat() for month in months}
        <= {month for value, since in area for month in named[value] if since is None or month >= since}
    ]


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
    months = last_months(today, max(month_count, HABIT_MONTHS))
    bounds = json.dumps([_bounds(month) for month in months])
    covered = cover(
        [places[id_] for id_ in wanted],
        months,
        _written(conn, wanted, bounds),
        _crawls(conn, now, months, watch.reach),
        watch.sources,
        province_names(places),
    )
    return [replace(one, months=one.months[-month_count:]) for one in covered]


def _bounds(month: date) -> dict[str, str]:
    last = month.replace(day=monthrange(month.year, month.month)[1])
    return {"month": month.isoformat(), "since": start_of(month), "until": end_of(last)}


def _written(conn: sqlite3.Connection, wanted: Collection[str], bounds: str) -> Written:
    originals: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    by_paper: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    areas = {id_: Facet.of("place", id_).values for id_ in wanted}
    for distinct in ("", "DISTINCT"):  # which takes three times as long, and only old and new provinces need
        chosen = [
            {"place": id_, "value": value, "since": since or ""}
            for id_, values in areas.items()
            if (len(values) > 1) == bool(distinct)
            for value, since in values
        ]
        for row in conn.execute(WRITTEN.format(distinct=distinct), (bounds, json.dumps(chosen))):
            month = date.fromisoformat(row["month"])
            originals[row["place"]][month] += row["original_count"]
            by_paper[row["place"]][month][row["source_id"]] = row["count"]
    return Written(originals, by_paper)


def _crawls(conn: sqlite3.Connection, now: datetime, months: Sequence[date], reach: timedelta) -> Crawls:
    blind: dict[str, list[tuple[date, date]]] = defaultdict(list)
    kinds, still_open = json.dumps(BLINDING), format_instant(now + timedelta(days=1))
    for row in conn.execute(BLIND, (still_open, kinds, start_of(months[0]))):
        blind[row["source_id"]].append((_local_day(row["opened_at"]), _local_day(row["until_at"])))
    good: dict[str, set[date]] = defaultdict(set)
    failed: dict[str, set[date]] = defaultdict(set)
    fresh: dict[str, dict[date, int]] = defaultdict(dict)
    for row in conn.execute(WATCHED, (months[0].isoformat(),)):
        source_id = row["source_id"]
        fresh[source_id][date.fromisoformat(row["month"])] = min(MOST_FRESH, row["fresh_count"])
        failed[source_id].update(_days(row["failed"]))
        good[source_id].update(_days(row["good"]))
    for source_id, spans in blind.items():
        unseen = {day for day in good[source_id] if any(first <= day < last for first, last in spans)}
        good[source_id] -= unseen
        failed[source_id] |= unseen
    return Crawls(good, failed, fresh, reach, now.astimezone(LOCAL_ZONE).date())


def _days(stored: str | None) -> Iterator[date]:
    return map(_day, stored.split(",")) if stored else iter(())


@lru_cache(2000)
def _day(stored: str) -> date:
    return date.fromisoformat(stored)


def _local_day(stored: str) -> date:
    return parse_instant(stored).astimezone(LOCAL_ZONE).date()
