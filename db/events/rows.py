"""Reports as rows: what an article says of an act, with all its values and their spans."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from crawler.errors import StorageError
from crawler.events.corrections import Act
from crawler.events.event import Event, Span
from crawler.events.profile import Profile, body_key, person_key
from crawler.events.report import Report
from crawler.events.slots import from_slots
from crawler.text.normalize import canonical_text, fold, keys_of
from db.schema.events import PARTS


@dataclass(frozen=True, slots=True)
class Kept:
    """A report as it is stored.

    Args:
        event_id: of its event; None for one that has none yet.
        report: as it was read, no correction applied.
        words: those that name the act.
        title: the article's.
        source_id: the paper.
    """

    event_id: int | None
    report: Report
    words: str
    title: str | None
    source_id: str

    @property
    def act(self) -> Act:
        """By which it is found again when the article is read anew."""
        event = self.report.event
        return Act(self.report.article_id, self.report.number, event.kind.value, event.date, self.words)


_KEPT = (
    "SELECT event_reports.id, event_id, article_id, number, slots, title, source_id,"
    " CASE WHEN published_precision <> 'month' THEN published_day END AS published_day,"
    " (SELECT keys FROM near_sketches WHERE near_sketches.article_id = event_reports.article_id) AS keys"
    " FROM event_reports JOIN articles ON articles.id = article_id"
)


def kept(conn: sqlite3.Connection, column: str, values: Iterable[int]) -> list[Kept]:
    """Return the reports whose `column` has one of these values, by article and number."""
    rows = conn.execute(
        f"{_KEPT} WHERE event_reports.{column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - our names
        " ORDER BY article_id, number",
        (json.dumps(sorted(values)),),
    )
    return [_kept(row) for row in rows]


def _kept(row: sqlite3.Row) -> Kept:
    try:
        slots = orjson.loads(row["slots"])
        event = from_slots(slots)
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"What is kept of the events of article {row['article_id']} is damaged;"
            " `biengioi events rebuild --all` reads it again."
        ) from error
    day = row["published_day"]
    report = Report(
        row["id"],
        row["article_id"],
        row["number"],
        event,
        date.fromisoformat(day) if day else None,
        keys_of(row["keys"]) if row["keys"] else (),
    )
    return Kept(row["event_id"], report, slots.get("words", ""), row["title"], row["source_id"])


def as_json(value: Any) -> str:
    """Return a value as its column holds it."""
    return orjson.dumps(value).decode()


def write_keys(conn: sqlite3.Connection, profiles: Iterable[Profile]) -> None:
    """File reports under what they are looked for by, and no longer under what they were."""
    chosen = list(profiles)
    conn.executemany("DELETE FROM event_keys WHERE report_id = ?", ((one.report.id,) for one in chosen))
    conn.executemany(
        "INSERT OR IGNORE INTO event_keys VALUES (?, ?, ?)",
        ((key, time, one.report.id) for one in chosen for key, time in one.filed()),
    )


_LOOK_UP = "SELECT report_id FROM event_keys WHERE key = ? AND time BETWEEN ? AND ?"


def candidates(conn: sqlite3.Connection, profile: Profile) -> set[int]:
    """Return the ids of the reports that may be of the same act, its own among them."""
    found: set[int] = set()
    for place in profile.looked_up():
        found.update(row[0] for row in conn.execute(_LOOK_UP, place))
    return found


Values = Mapping[str, Any]


def write_values(conn: sqlite3.Connection, reports: Sequence[tuple[Report, int]]) -> None:
    """Put what reports say into its tables, in place of what they said before.

    Args:
        reports: each with the id of its event.
    """
    for part in PARTS:
        conn.executemany(
            f"DELETE FROM event_{part} WHERE report_id = ?",  # noqa: S608 - our names
            ((report.id,) for report, _ in reports),
        )
        rows = [
            (report.id, number, event_id, report.article_id, *values)
            for report, event_id in reports
            for number, values in enumerate(_VALUES[part](report.event))
        ]
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            columns = f"report_id, number, event_id, article_id, {_COLUMNS[part]}, {_SPAN}"
            conn.executemany(f"INSERT INTO event_{part} ({columns}) VALUES ({marks})", rows)  # noqa: S608


_SPAN = "span_part, span_start, span_end"

_COLUMNS = {
    "places": "name, place_id",
    "people": "name, key, folded, post, side, post_part, post_start, post_end",
    "bodies": "name, key, side",
    "agreements": "name, key",
    "figures": "what, value, unit, period, change, is_plan",
    "objects": "name, key, edition, stage",
}


def _at(span: Span) -> tuple[str, int, int]:
    return span.part.value, span.start, span.end


def _people(event: Event) -> Iterator[tuple[Any, ...]]:
    for one in event.people:
        post_span = _at(one.post_span) if one.post_span else (None, None, None)
        yield (
            one.name, person_key(one), fold(one.name), one.post, one.side, *post_span, *_at(one.spans[0]),
        )  # fmt: skip


_VALUES: Mapping[str, Any] = {
    "places": lambda event: ((one.name, one.id, *_at(one.span)) for one in event.places),
    "people": _people,
    "bodies": lambda event: (
        (one.name, " ".join(sorted(body_key(one.name))), one.side, *_at(one.span)) for one in event.bodies
    ),
    "agreements": lambda event: (
        (one.name, canonical_text(one.name), *_at(one.span)) for one in event.agreements
    ),
    "figures": lambda event: (
        (one.what, one.value, one.unit, one.period, one.change, int(one.is_plan), *_at(one.span))
        for one in event.figures
    ),
    "objects": lambda event: (
        (one.name, one.key, one.edition, one.stage, *_at(one.span)) for one in event.objects
    ),
}
