"""Events as a calendar (iCalendar, RFC 5545), for the calendars that people use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, BinaryIO

from icalendar import Calendar, Event, vText

from crawler.article import parse_instant
from crawler.text.harmless import one_line

MEDIA_TYPE = "text/calendar"
_PRODUCT = "-//biengioi//events//VI"


@dataclass(frozen=True, slots=True)
class Written:
    """What is in a calendar.

    Args:
        count: events in it.
        undated_count: events that are left out, since their day is not known.
    """

    count: int
    undated_count: int


def write_calendar(events: Iterable[Mapping[str, Any]], file: BinaryIO) -> Written:
    """Write events of which the day is known, each under the same UID in every export.

    Args:
        events: rows of events with `stored_at` (the latest of its reports), `place_names`, `people`,
            `agreements` and `articles`.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    count = undated_count = 0
    for one in events:
        days = _days(one)
        if days is None:
            undated_count += 1
            continue
        calendar.add_component(_event(one, *days))
        count += 1
    file.write(calendar.to_ical())
    return Written(count, undated_count)


def _days(one: Mapping[str, Any]) -> tuple[date, date] | None:
    """Return its first day and the day behind its last, as RFC 5545 wants the end."""
    if one["date_precision"] != "day" or one["date_start"].startswith("--"):
        return None
    first = date.fromisoformat(one["date_start"])
    last = date.fromisoformat(one["date_end"]) if one["date_end"] else first
    return first, max(first, last) + timedelta(days=1)


def _event(one: Mapping[str, Any], first: date, behind: date) -> Event:
    event = Event()
    event.add("uid", f"event-{one['id']}@biengioi")
    event.add("dtstamp", parse_instant(one["stored_at"]))
    event.add("dtstart", first)
    event.add("dtend", behind)
    event.add("summary", one_line(one["title"]))
    event.add("status", "CONFIRMED" if one["status"] == "held" else "TENTATIVE")
    event.add("categories", [one["kind"], *one["countries"]])
    if one["place_names"]:
        event.add("location", one_line(", ".join(one["place_names"])))
    lines = [f"{person['name']} ({person['side']})" for person in one["people"]]
    lines += [str(name) for name in one["agreements"]]
    lines += [str(article["url"]) for article in one["articles"] if article["url"]]
    if lines:
        event["description"] = vText("\n".join(map(one_line, lines)))
    if url := next((article["url"] for article in one["articles"] if article["url"]), None):
        event.add("url", url)
    return event
