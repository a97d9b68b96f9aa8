"""How many events a question finds, by kind, month and neighbour: what pictures and choices show."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, replace

import orjson

from db.events.query import EVERY_EVENT, EventFilter, where


@dataclass(frozen=True, slots=True)
class EventCounts:
    """The counts of a question.

    Args:
        months: (kind, YYYY-MM) → events; the month "" is that of events of which no day is known.
        kinds, countries, years: value → events.
    """

    total: int
    months: Counter[tuple[str, str]]
    kinds: Counter[str]
    countries: Counter[str]
    years: Counter[str]


def event_counts(conn: sqlite3.Connection, wanted: EventFilter) -> EventCounts:
    """Return the counts of what matches.

    Raises:
        UsageError: the query is none.
    """
    condition, values = where(replace(wanted, limit=None))
    asked = conn.execute(
        "SELECT kind, substr(first_day, 1, 7) AS month, countries, count(*) AS event_count"  # noqa: S608
        f" FROM events WHERE {condition} GROUP BY 1, 2, 3",
        values,
    )
    found = EventCounts(0, Counter(), Counter(), Counter(), Counter())
    total = 0
    for kind, month, countries, count in asked:
        total += count
        found.months[kind, month] += count
        found.kinds[kind] += count
        if month:
            found.years[month[:4]] += count
        for country in orjson.loads(countries):
            found.countries[country] += count
    return replace(found, total=total)


def all_events(conn: sqlite3.Connection) -> int:
    """Return how many events there are."""
    condition, values = where(EVERY_EVENT)
    count: int = conn.execute(f"SELECT count(*) FROM events WHERE {condition}", values).fetchone()[0]  # noqa: S608
    return count
