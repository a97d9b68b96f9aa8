"""What the pictures count, from `article_counts`: articles per place, per week and neighbour, per day.

A picture's number is the number of the list that it leads to: copies are left out of both.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

COUNTRIES = ("CN", "LA", "KH")

ALL_DAYS = (date.min, date.max)

COUNT_BY_VALUE = (
    "SELECT wanted.value AS value, (SELECT ifnull(sum(article_count), 0) FROM article_counts"
    " WHERE kind = ?1 AND value = wanted.value AND day BETWEEN ?3 AND ?4) AS article_count"
    " FROM json_each(?2) AS wanted"
)
COUNT_ALL = "SELECT ifnull(sum(article_count), 0) FROM article_counts WHERE kind = 'all' AND value = ''"
COUNT_UNDATED = (
    "SELECT wanted.value AS value, (SELECT article_count FROM article_counts"
    " WHERE kind = ?1 AND value = wanted.value AND day = '') AS article_count FROM json_each(?2) AS wanted"
)
COUNT_BY_DAY = (
    "SELECT value, day, article_count FROM article_counts"
    " WHERE kind = ?1 AND value = ?2 AND day BETWEEN ?3 AND ?4"
)


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday, and how many articles name each neighbour."""

    since: date
    until: date
    counts: Mapping[str, int]


def by_value(
    conn: sqlite3.Connection, kind: str, values: Iterable[str], since: date, until: date
) -> dict[str, int]:
    """Return how many articles of some days have each of `values` as a facet of `kind`."""
    asked = json.dumps(list(values))
    rows = conn.execute(COUNT_BY_VALUE, (kind, asked, since.isoformat(), until.isoformat()))
    return {row["value"]: row["article_count"] for row in rows}


def all_articles(conn: sqlite3.Connection) -> int:
    """Return how many articles there are, those without a date included."""
    return int(conn.execute(COUNT_ALL).fetchone()[0])


def undated(conn: sqlite3.Connection, kind: str, values: Iterable[str]) -> dict[str, int]:
    """Return how many articles without a date have each of `values`."""
    rows = conn.execute(COUNT_UNDATED, (kind, json.dumps(list(values))))
    return {row["value"]: row["article_count"] or 0 for row in rows}


def by_day(conn: sqlite3.Connection, kind: str, value: str, since: date, until: date) -> dict[date, int]:
    """Return the articles of each day that has any."""
    rows = conn.execute(COUNT_BY_DAY, (kind, value, since.isoformat(), until.isoformat()))
    return {date.fromisoformat(row["day"]): row["article_count"] for row in rows}


def weeks(conn: sqlite3.Connection, today: date, count: int) -> tuple[Week, ...]:
    """Return the last `count` weeks, the running one included, oldest first."""
    first = monday(today) - timedelta(weeks=count - 1)
    days = {
        country: by_day(conn, "country", country, first, monday(today) + timedelta(days=6))
        for country in COUNTRIES
    }
    starts = [first + timedelta(weeks=number) for number in range(count)]
    return tuple(
        Week(
            start,
            start + timedelta(days=6),
            {
                country: sum(days[country].get(start + timedelta(days=n), 0) for n in range(7))
                for country in COUNTRIES
            },
        )
        for start in starts
    )


def monday(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())
