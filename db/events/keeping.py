"""Keeping events in step with the articles: plain functions within the caller's write transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from crawler.events.corrections import Act, pair
from crawler.events.event import Event
from crawler.events.merging import outline
from crawler.events.profile import profile
from crawler.events.slots import Slots, to_slots
from crawler.source import IMPORT
from db.events import rows, threading
from db.events.grouping import Grouped, Whole, events_of, whole
from db.events.rows import Kept, as_json

HAS_EVENTS = f"(topic_grade IN ('core', 'related') OR source_id = '{IMPORT}')"
"""Which articles are read for events, as a condition on `articles`."""

_EVENT_COLUMNS = (
    "kind", "status", "date_start", "date_end", "date_precision", "first_day", "last_day", "countries",
    "places", "provinces", "title", "report_count", "source_count", "is_dropped",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What was read in an article.

    Args:
        version: of the rules by which it was read.
    """

    article_id: int
    events: tuple[Event, ...]
    version: str


def keep(conn: sqlite3.Connection, found: Sequence[Found]) -> None:
    """Keep what articles report, in place of what they were read to report before.

    An article that is gone, or has no grade, reports nothing.
    """
    articles = _texts(conn, found)
    before = rows.kept(conn, "article_id", [one.article_id for one in found])
    new = [one for one in found if one.events and one.article_id in articles]
    touched = {one.report.id for one in before}
    if before:
        touched |= {id_ for part in whole(conn, touched) for id_ in part.report_ids}
    changed: set[int] = set()
    if before or new:
        changed = _write_reports(conn, found, articles, before)
    conn.executemany(
        "INSERT INTO event_readings VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version",
        ((one.article_id, one.version) for one in found if one.article_id in articles),
    )
    regroup(conn, touched | changed, changed, before)


def leave(conn: sqlite3.Connection, article_ids: Iterable[int]) -> None:
    """Take articles out of the events: before they are deleted, or since they have a grade no longer."""
    leaving = list(article_ids)
    before = rows.kept(conn, "article_id", leaving)
    ids = {one.report.id for one in before}
    touched = {id_ for part in whole(conn, ids) for id_ in part.report_ids} if ids else set()
    conn.executemany("DELETE FROM event_reports WHERE article_id = ?", ((id_,) for id_ in leaving))
    conn.executemany("DELETE FROM event_readings WHERE article_id = ?", ((id_,) for id_ in leaving))
    regroup(conn, touched - ids, set(), before)


def _texts(conn: sqlite3.Connection, found: Sequence[Found]) -> dict[int, tuple[str | None, str]]:
    asked = conn.execute(
        f"SELECT id, title, text FROM articles WHERE {HAS_EVENTS}"  # noqa: S608 - our condition
        " AND id IN (SELECT value FROM json_each(?))",
        (as_json([one.article_id for one in found]),),
    )
    return {row["id"]: (row["title"], row["text"]) for row in asked}


def _write_reports(
    conn: sqlite3.Connection,
    found: Sequence[Found],
    articles: Mapping[int, tuple[str | None, str]],
    before: Sequence[Kept],
) -> set[int]:
    """Write the reports of articles; one that is there already stays the same row. Return their ids."""
    by_article: dict[int, list[Kept]] = {}
    for report in before:
        by_article.setdefault(report.report.article_id, []).append(report)
    written = []
    for one in found:
        title, text = articles.get(one.article_id, (None, ""))
        events = one.events if one.article_id in articles else ()
        slots = [to_slots(event, title, text) for event in events]
        written += _write_article(conn, one.article_id, slots, by_article.get(one.article_id, ()))
    rows.write_keys(conn, (profile(one.report) for one in rows.kept(conn, "id", written)))
    return set(written)


def _write_article(
    conn: sqlite3.Connection, article_id: int, slots: Sequence[Slots], before: Sequence[Kept]
) -> list[int]:
    acts = [
        Act(article_id, number, values["kind"], values["date"], values["words"])
        for number, values in enumerate(slots)
    ]
    pairs = {new: old for old, new in pair([one.act for one in before], acts).items()}
    ids = {one.report.number: one.report.id for one in before}
    # Out of the way, since two of them may change places.
    conn.execute("UPDATE event_reports SET number = -1 - number WHERE article_id = ?", (article_id,))
    written = []
    for number, values in enumerate(slots):
        if number in pairs:
            report_id = ids[pairs[number]]
            conn.execute(
                "UPDATE event_reports SET number = ?, slots = ? WHERE id = ?",
                (number, as_json(values), report_id),
            )
        else:
            inserted = conn.execute(
                "INSERT INTO event_reports (article_id, number, slots) VALUES (?, ?, ?) RETURNING id",
                (article_id, number, as_json(values)),
            )
            report_id = inserted.fetchone()[0]
        written.append(report_id)
    conn.execute("DELETE FROM event_reports WHERE article_id = ? AND number < 0", (article_id,))
    return written


def regroup(
    conn: sqlite3.Connection,
    report_ids: Iterable[int],
    changed: Set[int] = frozenset(),
    before: Iterable[Kept] = (),
) -> None:
    """Find the events of reports anew, and all that follows from it.

    Args:
        report_ids: those that are there, or were.
        changed: those whose values are not in their tables yet.
        before: reports as they were that are gone or others now.
    """
    objects = {named.key for one in before for named in one.report.event.objects}
    for part in whole(conn, report_ids):
        rows.write_keys(conn, (part.profiles[order] for order in part.said.of_report))
        for group in events_of(part):
            objects |= _write_event(conn, part, group, changed)
    threading.refresh(conn, objects)


def _write_event(conn: sqlite3.Connection, part: Whole, group: Grouped, changed: Set[int]) -> set[str]:
    """Write one event, and return the objects whose threads it may be in, or was."""
    values = _columns(part, group)
    event_id = group.event_id
    if event_id is None:
        marks = ", ".join("?" * len(_EVENT_COLUMNS))
        inserted = conn.execute(
            f"INSERT INTO events ({', '.join(_EVENT_COLUMNS)}) VALUES ({marks}) RETURNING id",  # noqa: S608
            values,
        )
        event_id = int(inserted.fetchone()[0])
    else:
        assignments = ", ".join(f"{name} = ?" for name in _EVENT_COLUMNS)
        conn.execute(f"UPDATE events SET {assignments} WHERE id = ?", (*values, event_id))  # noqa: S608
    kept = [part.kept[member.order] for member in group.profiles]
    conn.executemany(
        "UPDATE event_reports SET event_id = ? WHERE id = ?",
        ((event_id, one.report.id) for one in kept if one.event_id != event_id),
    )
    rows.write_values(conn, [(one.report, event_id) for one in kept if one.report.id in changed])
    return {named.key for one in kept for named in one.report.event.objects}


def _columns(part: Whole, group: Grouped) -> tuple[object, ...]:
    reports = [member.report for member in group.profiles]
    told = outline(reports)
    main = part.kept[told.main.order]
    values = {
        "kind": told.kind,
        "status": told.status,
        "date_start": told.date_start,
        "date_end": told.date_end,
        "date_precision": told.date_precision,
        "first_day": told.first_day,
        "last_day": told.last_day,
        "countries": as_json(told.countries),
        "places": as_json(told.places),
        "provinces": as_json(told.provinces),
        "title": main.title or main.words,
        "report_count": len(reports),
        "source_count": len({part.kept[one.order].source_id for one in reports}),
        "is_dropped": int(group.is_dropped),
    }
    return tuple(values[name] for name in _EVENT_COLUMNS)
