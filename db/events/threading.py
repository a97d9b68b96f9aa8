"""Threads in the collection: made anew for the objects whose events changed."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from crawler.events.objects import object_data
from crawler.events.profile import gazetteer
from crawler.events.threads import Member, threads
from db.events.rows import as_json

_LINKS = """
SELECT event_objects.key, events.id, events.first_day, events.countries, events.places, provinces, thread_id,
 threads.key AS thread_key, max(event_objects.edition) AS edition, min(event_objects.number) AS number,
 group_concat(DISTINCT event_objects.stage) AS stages
FROM event_objects JOIN events ON events.id = event_id LEFT JOIN threads ON threads.id = thread_id
WHERE event_objects.key IN (SELECT value FROM json_each(?)) AND NOT is_dropped
GROUP BY event_objects.key, events.id
"""

_MOST_PLACES = 6
"""Gates and provinces that a thread is listed under."""


@dataclass(frozen=True, slots=True)
class _Link:
    """An event and one of its objects.

    Args:
        number: the place of the object among those of the event.
        thread_id: the thread that the event is in; None where that is one of another object.
    """

    key: str
    number: int
    stage: str | None
    thread_id: int | None
    member: Member


_Group = tuple[str, int]
"""An object's key and the event that its thread begins with."""


def refresh(conn: sqlite3.Connection, keys: Iterable[str]) -> None:
    """Link the events of these objects anew; an event is in the thread of the foremost that has one."""
    keys = set(keys)
    if not keys:
        return
    links = _links(conn, keys)
    events = {link.member.event_id for link in links}
    keys |= _keys_of(conn, events)
    links = _links(conn, keys)
    group_of = _groups(links)
    ids = _ids(conn, links, group_of)
    before = _threads_of(conn, events) | _threads_with(conn, keys)
    chosen: dict[int, _Link] = {}
    for link in sorted(links, key=lambda link: link.number):
        event_id = link.member.event_id
        if event_id in events and (link.key, event_id) in group_of:
            chosen.setdefault(event_id, link)
    conn.executemany(
        "UPDATE events SET thread_id = NULL, edition = NULL, stage = NULL WHERE id = ?",
        ((event_id,) for event_id in sorted(events - chosen.keys())),
    )
    conn.executemany(
        "UPDATE events SET thread_id = ?, edition = ?, stage = ? WHERE id = ?",
        (
            (ids[group_of[link.key, event_id]], link.member.edition, link.stage, event_id)
            for event_id, link in sorted(chosen.items())
        ),
    )
    for thread_id in sorted(before | set(ids.values())):
        _describe(conn, thread_id)


def _links(conn: sqlite3.Connection, keys: Iterable[str]) -> list[_Link]:
    known = gazetteer().places
    found = []
    for row in conn.execute(_LINKS, (as_json(sorted(keys)),)):
        places, provinces = orjson.loads(row["places"]), orjson.loads(row["provinces"])
        member = Member(
            row["id"],
            row["first_day"],
            frozenset(id_ for id_ in places if id_ in known and known[id_].kind == "gate"),
            frozenset(id_ for id_ in provinces if id_ in known and not known[id_].is_abroad),
            frozenset(id_ for id_ in provinces if id_ in known and known[id_].is_abroad),
            frozenset(orjson.loads(row["countries"])),
            row["edition"],
        )
        thread_id = row["thread_id"] if row["thread_key"] == row["key"] else None
        said = (row["stages"] or "").split(",")
        stage = next((name for name, _ in object_data().stages if name in said), None)
        found.append(_Link(row["key"], row["number"], stage, thread_id, member))
    return found


def _keys_of(conn: sqlite3.Connection, events: Iterable[int]) -> set[str]:
    asked = conn.execute(
        "SELECT DISTINCT key FROM event_objects WHERE event_id IN (SELECT value FROM json_each(?))",
        (as_json(sorted(events)),),
    )
    return {row[0] for row in asked}


def _threads_of(conn: sqlite3.Connection, events: Iterable[int]) -> set[int]:
    asked = conn.execute(
        "SELECT DISTINCT thread_id FROM events WHERE thread_id IS NOT NULL"
        " AND id IN (SELECT value FROM json_each(?))",
        (as_json(sorted(events)),),
    )
    return {row[0] for row in asked}


def _threads_with(conn: sqlite3.Connection, keys: Iterable[str]) -> set[int]:
    asked = conn.execute(
        "SELECT id FROM threads WHERE key IN (SELECT value FROM json_each(?))", (as_json(sorted(keys)),)
    )
    return {row[0] for row in asked}


def _groups(links: Sequence[_Link]) -> dict[tuple[str, int], _Group]:
    """Return (object, event) → its thread, for all that are in one."""
    members: dict[str, list[Member]] = defaultdict(list)
    for link in links:
        members[link.key].append(link.member)
    return {
        (key, member.event_id): (key, min(each.event_id for each in thread))
        for key, those in members.items()
        for thread in threads(key, those)
        for member in thread
    }


def _ids(
    conn: sqlite3.Connection, links: Sequence[_Link], group_of: Mapping[tuple[str, int], _Group]
) -> dict[_Group, int]:
    """Return the id of each thread: the one that most of its events had, else a new one."""
    votes: dict[int, Counter[_Group]] = defaultdict(Counter)
    for link in links:
        group = group_of.get((link.key, link.member.event_id))
        if group and link.thread_id is not None:
            votes[link.thread_id][group] += 1
    ids: dict[_Group, int] = {}
    for thread_id, counts in sorted(votes.items()):
        ids.setdefault(min(counts, key=lambda group: (-counts[group], group)), thread_id)
    for group in sorted(set(group_of.values()) - ids.keys()):
        inserted = conn.execute(
            "INSERT INTO threads (object, key, places, countries, event_count, first_day, last_day)"
            " VALUES ('', ?, '[]', '[]', 0, '', '') RETURNING id",
            (group[0],),
        )
        ids[group] = inserted.fetchone()[0]
    return ids


def _describe(conn: sqlite3.Connection, thread_id: int) -> None:
    """Write what a thread's events come to; of one event or none there is no thread."""
    events = conn.execute(
        "SELECT id, first_day, last_day, countries, places, provinces FROM events WHERE thread_id = ?"
        " ORDER BY first_day, id",
        (thread_id,),
    ).fetchall()
    if len(events) < 2:
        conn.execute(
            "UPDATE events SET thread_id = NULL, edition = NULL, stage = NULL WHERE thread_id = ?",
            (thread_id,),
        )
        conn.execute("DELETE FROM threads WHERE id = ?", (thread_id,))
        return
    named = conn.execute(
        "SELECT name FROM event_objects JOIN threads USING (key) WHERE threads.id = ? AND event_id = ?"
        " ORDER BY report_id LIMIT 1",
        (thread_id, events[-1]["id"]),
    ).fetchone()
    known = gazetteer().places
    places = [id_ for row in events for id_ in orjson.loads(row["places"]) if id_ in known]
    gates = [id_ for id_ in places if known[id_].kind == "gate"]
    provinces = [id_ for row in events for id_ in orjson.loads(row["provinces"])]
    days = [row["first_day"] for row in events if row["first_day"]]
    conn.execute(
        "UPDATE threads SET object = ?, places = ?, countries = ?, event_count = ?, first_day = ?,"
        " last_day = ? WHERE id = ?",
        (
            named["name"] if named else "",
            as_json([id_ for id_, _ in Counter([*gates, *provinces]).most_common(_MOST_PLACES)]),
            as_json(sorted({code for row in events for code in orjson.loads(row["countries"])})),
            len(events),
            min(days, default=""),
            max((row["last_day"] for row in events), default=""),
            thread_id,
        ),
    )
