"""Events, and the figures in them, out of the collection into one file, in the formats registered here."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from crawler.errors import UsageError
from crawler.formats.ics import MEDIA_TYPE, write_calendar
from crawler.formats.parquet import Kind, write_rows
from crawler.formats.spreadsheet import is_csv_of, write_csv
from db.events.query import EventFilter, decoded, events, where
from db.events.rows import as_json
from db.file.atomic_write import atomic_write
from db.file.connection import database_path, read_transaction

_AT_ONCE_COUNT = 500

EVENTS: Mapping[str, Kind] = {
    "id": "int",
    "kind": "text",
    "status": "text",
    "date_start": "text",
    "date_end": "text",
    "date_precision": "text",
    "first_day": "text",
    "last_day": "text",
    "countries": "list",
    "places": "list",
    "place_names": "list",
    "provinces": "list",
    "title": "text",
    "people": {"name": "text", "post": "text", "side": "text"},
    "bodies": {"name": "text", "side": "text"},
    "agreements": "list",
    "report_count": "int",
    "source_count": "int",
    "articles": {"article_id": "int", "source_id": "text", "url": "text", "published_at": "text"},
    "thread_id": "int",
    "edition": "int",
    "stage": "text",
    "stored_at": "text",
}
"""The columns of an export of events, and what they hold."""

FIGURES: Mapping[str, Kind] = {
    "event_id": "int",
    "kind": "text",
    "date_start": "text",
    "countries": "list",
    "places": "list",
    "what": "text",
    "value": "float",
    "unit": "text",
    "period": "text",
    "change": "text",
    "is_plan": "bool",
    "article_id": "int",
    "source_id": "text",
    "url": "text",
    "published_at": "text",
    "span_part": "text",
    "span_start": "int",
    "span_end": "int",
}
"""The same of figures: a row for each article that gives one."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Args:
        left_out: events that the format cannot hold, since their day is not known.
    """

    count: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class EventFormat:
    """One way to write events down.

    Args:
        name: for `--format`, and the suffix of a file's name.
        write: writes rows with these columns.
        is_ours: says by its beginning and its end whether this may have written a file.
    """

    name: str
    media_type: str
    write: Callable[[Mapping[str, Kind], Iterable[Row], BinaryIO], Exported]
    is_ours: Callable[[bytes, bytes], bool]


def _csv(columns: Mapping[str, Kind], rows: Iterable[Row], file: BinaryIO) -> Exported:
    cells = ([_cell(row[name]) for name in columns] for row in rows)
    return Exported(write_csv(tuple(columns), cells, file))


def _cell(value: Any) -> Any:
    return as_json(value) if isinstance(value, list) else value


def _json_lines(columns: Mapping[str, Kind], rows: Iterable[Row], file: BinaryIO) -> Exported:
    count = 0
    for row in rows:
        file.write(orjson.dumps({name: row[name] for name in columns}) + b"\n")
        count += 1
    return Exported(count)


def _parquet(columns: Mapping[str, Kind], rows: Iterable[Row], file: BinaryIO) -> Exported:
    return Exported(write_rows(columns, rows, file))


def _calendar(_: Mapping[str, Kind], rows: Iterable[Row], file: BinaryIO) -> Exported:
    written = write_calendar(rows, file)
    return Exported(written.count, written.undated_count)


EVENT_FORMATS = {
    one.name: one
    for one in (
        EventFormat(
            "csv",
            "text/csv; charset=utf-8; header=present",
            _csv,
            lambda head, _: is_csv_of({*EVENTS, *FIGURES}, head),
        ),
        EventFormat(
            "jsonl",
            "application/jsonl; charset=utf-8",
            _json_lines,
            lambda head, _: head.startswith((b'{"id":', b'{"event_id":')) and b'"kind":' in head,
        ),
        EventFormat(
            "parquet",
            "application/vnd.apache.parquet",
            _parquet,
            lambda head, tail: head.startswith(b"PAR1") and (b"span_part" in tail or b"report_count" in tail),
        ),
        EventFormat(
            "ics",
            f"{MEDIA_TYPE}; charset=utf-8",
            _calendar,
            lambda head, _: head.startswith(b"BEGIN:VCALENDAR") and b"//biengioi//" in head,
        ),
    )
}


def export_events(
    conn: sqlite3.Connection, what: str, layout: str, dest: Path | BinaryIO, wanted: EventFilter
) -> Exported:
    """Write the events, or the figures, that match.

    Args:
        what: "events" or "figures".
        layout: a name of `EVENT_FORMATS`; figures are no calendar.
        dest: a file, which is there whole or not at all; or one that is open.

    Raises:
        UsageError: `dest` cannot be written, or the format needs a library that is not installed.
    """
    form = EVENT_FORMATS[layout]
    if what == "figures" and layout == "ics":
        raise UsageError("Figures are no calendar; choose csv, jsonl or parquet.")
    columns = EVENTS if what == "events" else FIGURES
    rows = event_rows(conn, wanted) if what == "events" else figure_rows(conn, wanted)
    if not isinstance(dest, Path):
        return form.write(columns, rows, dest)
    with atomic_write(dest, keep=database_path(conn)) as file:
        return form.write(columns, rows, file)


def event_rows(conn: sqlite3.Connection, wanted: EventFilter) -> Iterator[Row]:
    """Yield the events that match, the latest first, with who takes part and which articles tell of them."""
    with read_transaction(conn):
        found = events(conn, wanted)
        while chosen := list(islice(found, _AT_ONCE_COUNT)):
            yield from _complete(conn, chosen)


def _complete(conn: sqlite3.Connection, chosen: Sequence[Row]) -> Iterator[Row]:
    ids = as_json([event["id"] for event in chosen])

    def of_events(sql: str) -> dict[int, list[sqlite3.Row]]:
        found: dict[int, list[sqlite3.Row]] = defaultdict(list)
        for row in conn.execute(sql.format("event_id IN (SELECT value FROM json_each(?))"), (ids,)):
            found[row["event_id"]].append(row)
        return found

    articles = of_events(
        "SELECT DISTINCT event_id, article_id, source_id, url, published_at, fetched_at FROM event_reports"
        " JOIN articles ON articles.id = article_id WHERE {} ORDER BY published_at, article_id"
    )
    people = of_events(
        "SELECT event_id, key, name, post, side FROM event_people WHERE {} ORDER BY report_id, number"
    )
    bodies = of_events(
        "SELECT event_id, key, name, side FROM event_bodies WHERE {} ORDER BY report_id, number"
    )
    papers = of_events("SELECT event_id, key, name FROM event_agreements WHERE {} ORDER BY report_id, number")
    places = of_events(
        "SELECT event_id, ifnull(place_id, name) AS key, name FROM event_places WHERE {}"
        " ORDER BY report_id, number"
    )
    for event in chosen:
        id_ = event["id"]
        yield {
            **event,
            "place_names": [row["name"] for row in _each_once(places[id_])],
            "people": _people(people[id_]),
            "bodies": [{"name": row["name"], "side": row["side"]} for row in _each_once(bodies[id_])],
            "agreements": [row["name"] for row in _each_once(papers[id_])],
            "articles": [{name: row[name] for name in EVENTS["articles"]} for row in articles[id_]],
            "stored_at": max((row["fetched_at"] for row in articles[id_]), default=None),
        }


def _each_once(rows: Iterable[sqlite3.Row]) -> list[sqlite3.Row]:
    found: dict[str, sqlite3.Row] = {}
    for row in rows:
        found.setdefault(row["key"], row)
    return list(found.values())


def _people(rows: Sequence[sqlite3.Row]) -> list[dict[str, str | None]]:
    """Return each person once, with the fullest post that an article gives."""
    found = {
        row["key"]: {"name": row["name"], "post": row["post"], "side": row["side"]} for row in rows[::-1]
    }
    for row in rows:
        one = found[row["key"]]
        one["post"] = max(one["post"] or "", row["post"] or "", key=len) or None
    return [found[row["key"]] for row in _each_once(rows)]


def figure_rows(conn: sqlite3.Connection, wanted: EventFilter) -> Iterator[Row]:
    """Yield the figures of the events that match, the latest event first, article by article."""
    with read_transaction(conn):
        condition, values = where(wanted)
        asked = conn.execute(
            "SELECT event_id, events.kind, date_start, events.countries, events.places, what, value, unit,"  # noqa: S608
            " period, change, is_plan, article_id, source_id, url, published_at, span_part, span_start,"
            " span_end"
            " FROM (SELECT id, kind, date_start, first_day, countries, places FROM events"
            f" WHERE {condition}) AS events JOIN event_figures ON event_id = events.id"
            " JOIN articles ON articles.id = article_id ORDER BY first_day DESC, event_id, report_id, number",
            values,
        )
        for row in asked:
            yield {**decoded(row), "is_plan": bool(row["is_plan"])}
