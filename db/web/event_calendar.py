"""A month as a calendar: weeks of days, each with its events. Pure."""

from __future__ import annotations

from calendar import Calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

MOST_SHOWN = 4
"""Events of a day that are named; of more the number is."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar.

    Args:
        is_within: whether it is of the month; the first and last week have days of others.
        events: those that may have been on it, of those that are shown.
        other_count: how many more.
    """

    day: date
    is_within: bool
    events: tuple[Row, ...]
    other_count: int


def weeks(month: date, events: Iterable[Row]) -> tuple[tuple[Day, ...], ...]:
    """Return the weeks of a month, Monday first.

    Args:
        events: rows with `first_day` and `last_day`; what is known by its month or year alone is on no day.
    """
    on: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        for day in _days(event):
            on[day].append(event)
    return tuple(
        tuple(_day(day, on[day.isoformat()], is_within=day.month == month.month) for day in week)
        for week in Calendar().monthdatescalendar(month.year, month.month)
    )


def _day(day: date, events: Sequence[Row], *, is_within: bool) -> Day:
    shown = tuple(events[:MOST_SHOWN]) if is_within else ()
    return Day(day, is_within, shown, len(events) - len(shown) if is_within else 0)


def _days(event: Row) -> list[str]:
    """Return each day that an event was on, of one that lasts longer than a month the first."""
    if event["date_precision"] in ("month", "year") or not event["first_day"]:
        return []
    try:
        first, last = date.fromisoformat(event["first_day"]), date.fromisoformat(event["last_day"])
    except ValueError:
        return []
    count = (last - first).days
    return [(first + timedelta(days=n)).isoformat() for n in range(count + 1 if 0 <= count <= 31 else 1)]


def neighbours(month: date) -> tuple[date | None, date | None]:
    """Return the month before and the one after; None beyond the calendar."""
    before = month - timedelta(days=1) if month > date.min else None
    later = (month.year + month.month // 12, month.month % 12 + 1)
    return before and before.replace(day=1), date(*later, 1) if later[0] <= date.max.year else None
