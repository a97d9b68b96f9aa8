"""One person through the events: posts over time, whom they met and when."""

from __future__ import annotations

import sqlite3
from typing import Any

from crawler.errors import NotFoundError
from crawler.text.normalize import fold
from db.events.query import EVENT_COLUMNS, decoded
from db.events.rows import as_json

MAX_PEOPLE = 20
"""Different people that one name may mean."""

_FOUND = """
SELECT event_people.key, event_people.side, min(name) AS name, count(DISTINCT event_id) AS event_count,
 min(nullif(first_day, '')) AS first_day, max(last_day) AS last_day
FROM event_people JOIN events ON events.id = event_id
WHERE {} AND NOT is_dropped GROUP BY event_people.key ORDER BY 4 DESC, 1 LIMIT ?
"""


def people(conn: sqlite3.Connection, name: str, whole_count: int = MAX_PEOPLE) -> list[dict[str, Any]]:
    """Return who has a name, or whose name holds these words, the most often named first.

    Each is ``{name, side, event_count, first_day, last_day, posts, met, events}``: posts `{post, first_day,
    last_day, event_ids, article_ids}` in order of time, met `{name, side, post, event_count, first_day,
    last_day, event_ids}`, most often first.

    Args:
        whole_count: of several people, those further down have no posts, met or events.

    Raises:
        NotFoundError: nobody has.
    """
    folded = " ".join(fold(name).split())
    found = conn.execute(_FOUND.format("folded = ?"), (folded, MAX_PEOPLE)).fetchall()
    if not found and folded:
        found = conn.execute(
            _FOUND.format("instr(' ' || folded || ' ', ?)"), (f" {folded} ", MAX_PEOPLE)
        ).fetchall()
    if not found:
        raise NotFoundError(f"No event names {name!r}; `biengioi events` lists what there is.")
    return [
        _person(conn, row) if number < whole_count else {**_head(row), "posts": [], "met": [], "events": []}
        for number, row in enumerate(found)
    ]


def _head(row: sqlite3.Row) -> dict[str, Any]:
    return {name: row[name] for name in ("name", "side", "event_count", "first_day", "last_day")}


def _person(conn: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    told = conn.execute(
        "SELECT event_id, article_id, post, first_day, last_day FROM event_people"
        " JOIN events ON events.id = event_id WHERE event_people.key = ? AND NOT is_dropped"
        " ORDER BY first_day, event_id, article_id",
        (row["key"],),
    ).fetchall()
    event_ids = as_json(sorted({one["event_id"] for one in told}))
    events = conn.execute(
        f"SELECT {', '.join(EVENT_COLUMNS)} FROM events"  # noqa: S608 - our columns
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY first_day DESC, id DESC",
        (event_ids,),
    )
    return {
        **_head(row),
        "posts": _posts(told),
        "met": _met(conn, row["key"], row["side"], event_ids),
        "events": [decoded(one) for one in events],
    }


def _posts(told: list[sqlite3.Row]) -> list[dict[str, Any]]:
    those_of: dict[str, list[sqlite3.Row]] = {}
    for one in told:
        if one["post"]:
            those_of.setdefault(one["post"].casefold(), []).append(one)
    return [
        {
            "post": those[0]["post"],
            "first_day": those[0]["first_day"],
            "last_day": max(one["last_day"] for one in those),
            "event_ids": list(dict.fromkeys(one["event_id"] for one in those)),
            "article_ids": list(dict.fromkeys(one["article_id"] for one in those)),
        }
        for those in those_of.values()
    ]


def _met(conn: sqlite3.Connection, key: str, side: str, event_ids: str) -> list[dict[str, Any]]:
    """Return those of other sides who took part in the same events."""
    met: dict[str, dict[str, Any]] = {}
    for row in conn.execute(
        "SELECT DISTINCT event_people.key, name, side, post, event_id, first_day, last_day FROM event_people"
        " JOIN events ON events.id = event_id WHERE event_id IN (SELECT value FROM json_each(?))"
        " AND event_people.key <> ? AND side <> ? ORDER BY first_day, event_id, event_people.key",
        (event_ids, key, side),
    ):
        one = met.setdefault(
            row["key"],
            {
                "name": row["name"],
                "side": row["side"],
                "post": None,
                "event_count": 0,
                "first_day": row["first_day"],
                "last_day": row["last_day"],
                "event_ids": [],
            },
        )
        one["post"] = row["post"] or one["post"]
        one["last_day"] = max(one["last_day"], row["last_day"])
        if row["event_id"] not in one["event_ids"]:
            one["event_ids"].append(row["event_id"])
            one["event_count"] += 1
    return sorted(met.values(), key=lambda one: (-one["event_count"], one["first_day"], one["name"]))
