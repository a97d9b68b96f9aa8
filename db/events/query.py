"""Questions about events: lists of them, one as a whole, threads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson

from crawler.errors import NotFoundError
from crawler.events.corrections import corrected
from crawler.events.merging import merged
from crawler.text.normalize import fold
from db.articles.areas import same_area
from db.articles.every_hit import every_hit_of_all
from db.articles.query import ArticleFilter, choose
from db.events import rows, sayings

_LISTS = ("countries", "places", "provinces")

EVENT_COLUMNS = (
    "id", "kind", "status", "date_start", "date_end", "date_precision", "first_day", "last_day", "countries",
    "places", "provinces", "title", "report_count", "source_count", "thread_id", "edition", "stage",
    "is_dropped",
)  # fmt: skip
"""What lists and exports show of an event."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are meant; None means any.

    Args:
        since, until: first and last day; an event of several days matches where they overlap. What is dated
            by its month or year alone may have been on any day of it.
        country: a neighbour: CN, LA, KH.
        place: a gazetteer id of where it was or whom it concerns; of a merged province either name will do.
        beside: another such place, of a pair.
        person: words of a name, with or without diacritics.
        field: a field of cooperation that one of its articles shows.
        query: words that one of its articles says, as a search finds them.
        thread: the id of a thread.
        begun: the month or year (YYYY-MM, YYYY) in which it is listed, by its first day.
        among: a JSON array of ids.
        is_dropped: those of which a person said that they are none, and no others.
    """

    since: date | None = None
    until: date | None = None
    country: str | None = None
    place: str | None = None
    kind: str | None = None
    person: str | None = None
    field: str | None = None
    query: str | None = None
    thread: int | None = None
    begun: str | None = None
    beside: str | None = None
    among: str | None = None
    is_dropped: bool = False
    limit: int | None = None
    offset: int = 0

    def question(self) -> dict[str, str]:
        """Return what it asks for, by the names that addresses have."""
        values = {
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "country": self.country,
            "place": self.place,
            "beside": self.beside,
            "kind": self.kind,
            "person": self.person,
            "field": self.field,
            "q": self.query,
        }
        return {name: value for name, value in values.items() if value}


EVERY_EVENT = EventFilter()


def where(wanted: EventFilter) -> tuple[str, list[Any]]:
    """Return what a row of `events` must fulfil, as an SQL condition and its values.

    Raises:
        UsageError: the query is none.
    """
    # Whoever looks ids up must not go through all events by their days, which SQLite prefers for the order.
    names_ids = (wanted.place, wanted.thread, wanted.person, wanted.field, wanted.query, wanted.among)
    conditions = ["is_dropped = ?" if names_ids == (None,) * 6 else "+is_dropped = ?"]
    values: list[Any] = [int(wanted.is_dropped)]
    for condition, value in (
        ("last_day >= ?", wanted.since and wanted.since.isoformat()),
        ("first_day > '' AND first_day <= ?", wanted.until and wanted.until.isoformat()),
        ("instr(countries, ?)", wanted.country and f'"{wanted.country}"'),
        ("first_day >= ?", wanted.begun),
        ("first_day < ?", wanted.begun and f"{wanted.begun}-99"),
        ("kind = ?", wanted.kind),
        ("thread_id = ?", wanted.thread),
        (_OF_PERSON, wanted.person and f" {' '.join(fold(wanted.person).split())} "),
        (_OF_FIELD, wanted.field),
        ("events.id IN (SELECT value FROM json_each(?))", wanted.among),
    ):
        if value:
            conditions.append(condition)
            values.append(value)
    for place in filter(None, (wanted.place, wanted.beside)):
        condition, its_values = _at(place)
        conditions.append(condition)
        values += its_values
    if wanted.query:
        hits = every_hit_of_all(wanted.query)
        conditions.append(
            "events.id IN (SELECT event_id FROM event_reports"  # noqa: S608 - our SQL
            f" WHERE article_id IN (SELECT {hits.id} {hits.sql}))"
        )
        values += hits.values
    return " AND ".join(conditions), values


_OF_PERSON = "events.id IN (SELECT event_id FROM event_people WHERE instr(' ' || folded || ' ', ?))"
_OF_FIELD = (
    "events.id IN (SELECT event_id FROM article_facets JOIN event_reports USING (article_id)"
    " WHERE article_facets.kind = 'field' AND value = ?)"
)


def _at(place: str) -> tuple[str, list[Any]]:
    """Return the condition of a place; a province that was merged has several names, each from a day on."""
    parts, values = [], list[Any]()
    for id_, day in same_area(place):
        parts.append("place_id = ?" if day is None else "place_id = ? AND first_day >= ?")
        values += [id_] if day is None else [id_, day]
    listed = " UNION ALL ".join(f"SELECT event_id FROM event_areas WHERE {part}" for part in parts)  # noqa: S608
    return f"events.id IN ({listed})", values


def resolved(conn: sqlite3.Connection, wanted: EventFilter) -> EventFilter:
    """Return the same filter with the words that have to be searched for looked up, to ask with it again.

    Raises:
        UsageError: the query is none.
    """
    if not (wanted.query or wanted.person):
        return wanted
    condition, values = where(wanted)
    found = conn.execute(f"SELECT id FROM events WHERE {condition}", values)  # noqa: S608 - our SQL
    found.row_factory = None
    return replace(wanted, query=None, person=None, among=rows.as_json([id_ for (id_,) in found]))


def events(conn: sqlite3.Connection, wanted: EventFilter = EVERY_EVENT) -> Iterator[dict[str, Any]]:
    """Yield the events that match, the latest first, with their JSON columns as lists."""
    condition, values = where(wanted)
    asked = conn.execute(
        f"SELECT {', '.join(EVENT_COLUMNS)} FROM events WHERE {condition}"  # noqa: S608 - our SQL
        " ORDER BY first_day DESC, id DESC LIMIT ? OFFSET ?",
        (*values, -1 if wanted.limit is None else wanted.limit, wanted.offset),
    )
    return map(decoded, asked)


def event_count(conn: sqlite3.Connection, wanted: EventFilter = EVERY_EVENT) -> int:
    """Return how many events match, whatever the limit."""
    condition, values = where(replace(wanted, limit=None))
    count: int = conn.execute(f"SELECT count(*) FROM events WHERE {condition}", values).fetchone()[0]  # noqa: S608
    return count


def decoded(row: sqlite3.Row) -> dict[str, Any]:
    """Return the row of an event or a thread with its JSON columns as lists."""
    return {
        name: orjson.loads(value) if name in _LISTS else value
        for name, value in zip(row.keys(), row, strict=True)
    }


def event(conn: sqlite3.Connection, event_id: int) -> dict[str, Any]:
    """Return an event's row with all that its articles say of it, and who says what.

    Beside the row and what `crawler.events.merging.merged` returns: `reports`, each with its article and its
    `slots` as they were read; `thread`; `corrections`.

    Raises:
        NotFoundError: there is none.
    """
    row = conn.execute(
        f"SELECT {', '.join(EVENT_COLUMNS)} FROM events WHERE id = ?",  # noqa: S608 - our columns
        (event_id,),
    ).fetchone()
    if row is None:
        raise NotFoundError(f"There is no event {event_id}; `biengioi events` lists what there is.")
    kept = rows.kept(conn, "event_id", [event_id])
    articles = {one.report.article_id for one in kept}
    corrections = sayings.read(conn, articles)
    said = sayings.apply(corrections, rows.kept(conn, "article_id", articles) if corrections else ())
    reports = [
        replace(one.report, event=corrected(one.report.event, said.of_report.get(one.report.order, ())))
        for one in kept
    ]
    return {
        **decoded(row),
        **merged(reports),
        "reports": _reports(conn, event_id),
        "thread": thread(conn, row["thread_id"]) if row["thread_id"] is not None else None,
        "corrections": _corrections(conn, articles),
    }


def _reports(conn: sqlite3.Connection, event_id: int) -> list[dict[str, Any]]:
    asked = conn.execute(
        "SELECT article_id, number, source_id, title, url, published_at, duplicate_of, slots"
        " FROM event_reports JOIN articles ON articles.id = article_id WHERE event_id = ?"
        " ORDER BY published_at, article_id, number",
        (event_id,),
    )
    return [{**dict(row), "slots": orjson.loads(row["slots"])} for row in asked]


def _corrections(conn: sqlite3.Connection, articles: set[int]) -> list[dict[str, Any]]:
    asked = conn.execute(
        "SELECT said_at, said, value, article_id, other_article_id FROM event_corrections"
        " WHERE article_id IN (SELECT value FROM json_each(?1))"
        " OR other_article_id IN (SELECT value FROM json_each(?1)) ORDER BY id",
        (rows.as_json(sorted(articles)),),
    )
    return [dict(row) for row in asked]


_THREAD = "SELECT id, object, key, places, countries, event_count, first_day, last_day FROM threads"


def threads(conn: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """Yield all threads, those whose last event is the latest first."""
    return map(decoded, conn.execute(f"{_THREAD} ORDER BY last_day DESC, id DESC"))


def thread(conn: sqlite3.Connection, thread_id: int) -> dict[str, Any]:
    """Return a thread with its `events` in order.

    Raises:
        NotFoundError: there is none.
    """
    row = conn.execute(f"{_THREAD} WHERE id = ?", (thread_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no thread {thread_id}; `biengioi threads` lists what there is.")
    members = list(events(conn, EventFilter(thread=thread_id)))
    return {**decoded(row), "events": members[::-1]}


def kinds_reported(conn: sqlite3.Connection, wanted: ArticleFilter) -> dict[str, int]:
    """Return how many events the articles that match report, by kind, most first; copies report them too."""
    chosen = choose(conn, replace(wanted, include_duplicates=True, limit=None, offset=0))
    asked = conn.execute(
        "SELECT kind, count(*) FROM events WHERE NOT is_dropped AND id IN (SELECT event_id FROM event_reports"  # noqa: S608
        f" WHERE article_id IN (SELECT {chosen.id} {chosen.sql})) GROUP BY 1 ORDER BY 2 DESC, 1",
        chosen.values,
    )
    return dict(map(tuple, asked))


def reported_count(conn: sqlite3.Connection, article_ids: Iterable[int]) -> int:
    """Return how many events articles report."""
    found = conn.execute(
        "SELECT count(DISTINCT event_id) FROM event_reports JOIN events ON events.id = event_id"
        " WHERE NOT is_dropped AND article_id IN (SELECT value FROM json_each(?))",
        (rows.as_json(sorted(article_ids)),),
    )
    count: int = found.fetchone()[0]
    return count
