"""What one article tells: its events, and which of its words say what of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from crawler.events.event import Event, Span
from crawler.events.slots import from_slots

_EVENTS = """
SELECT number, slots, events.id, kind, status, date_start, date_end, first_day, title, report_count
FROM event_reports JOIN events ON events.id = event_id
WHERE article_id = ? AND NOT is_dropped ORDER BY number
"""

# Of an article that has changed and was not read again nobody knows where the words stand now.
_IS_READ = "SELECT 1 FROM event_readings WHERE article_id = ?"


@dataclass(frozen=True, slots=True)
class ToldBy:
    """What an article tells.

    Args:
        events: rows of `events`, the article's main one first.
        words: what words say ("act", "date", "people", "bodies", "agreements", "figures"), and where they
            stand.
    """

    events: Sequence[Mapping[str, Any]]
    words: Sequence[tuple[str, Span]]


def told_by(conn: sqlite3.Connection, article_id: int) -> ToldBy:
    """Return what an article tells; nothing where it reports no event."""
    rows = conn.execute(_EVENTS, (article_id,)).fetchall()
    if not rows:
        return ToldBy((), ())
    events = {row["id"]: dict(row) for row in reversed(rows)}
    is_read = conn.execute(_IS_READ, (article_id,)).fetchone() is not None
    words = [one for row in rows for one in _words(from_slots(orjson.loads(row["slots"])))] if is_read else []
    return ToldBy([events[id_] for id_ in dict.fromkeys(row["id"] for row in rows)], words)


def _words(event: Event) -> Iterator[tuple[str, Span]]:
    yield "act", event.act
    if event.date_span:
        yield "date", event.date_span
    for person in event.people:
        yield from (("people", span) for span in person.spans)
        if person.post_span:
            yield "people", person.post_span
    for what, values in (
        ("bodies", event.bodies),
        ("agreements", event.agreements),
        ("figures", event.figures),
    ):
        yield from ((what, value.span) for value in values)
