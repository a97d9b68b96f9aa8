"""The tables of a release: which columns of ours, of which events and articles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from crawler.errors import StorageError
from crawler.formats.release import Column, Table
from db.events.query import EVERY_EVENT, EventFilter, where
from db.schema.comments import read_comments

_SPAN = "span_part text, span_start int, span_end int"
_OF_REPORT = "report_id int, number int, event_id int, article_id int"
_EVENT, _ARTICLE, _REPORT = ("events", "id"), ("articles", "id"), ("reports", "id")
_REPORT_KEY = ("report_id", "number")
_LINKS = {"report_id": _REPORT, "event_id": _EVENT, "article_id": _ARTICLE}
_OF_EVENTS = "event_id IN (SELECT id FROM temp.release_events)"


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a table is made.

    Args:
        source: our table.
        columns: "name kind, …".
        condition: which of its rows.
    """

    name: str
    source: str
    columns: str
    key: tuple[str, ...]
    links: dict[str, tuple[str, str]]
    condition: str


_PLANS = (
    _Plan(
        "events",
        "events",
        "id int, kind text, status text, date_start text, date_end text, date_precision text, first_day text,"
        " last_day text, countries list, places list, provinces list, title text, report_count int,"
        " source_count int, thread_id int, edition int, stage text",
        ("id",),
        {"thread_id": ("threads", "id")},
        "id IN (SELECT id FROM temp.release_events)",
    ),
    _Plan(
        "reports",
        "event_reports",
        "id int, event_id int, article_id int, number int",
        ("id",),
        {"event_id": _EVENT, "article_id": _ARTICLE},
        _OF_EVENTS,
    ),
    *(
        _Plan(name, f"event_{name}", f"{_OF_REPORT}, {columns}, {_SPAN}", _REPORT_KEY, _LINKS, _OF_EVENTS)
        for name, columns in (
            ("places", "name text, place_id text"),
            ("people", "name text, post text, side text, post_part text, post_start int, post_end int"),
            ("bodies", "name text, side text"),
            ("agreements", "name text"),
            ("figures", "what text, value float, unit text, period text, change text, is_plan bool"),
        )
    ),
    _Plan(
        "threads",
        "threads",
        "id int, object text, places list, countries list, event_count int, first_day text, last_day text",
        ("id",),
        {},
        "id IN (SELECT thread_id FROM events WHERE id IN (SELECT id FROM temp.release_events))",
    ),
    _Plan(
        "articles",
        "articles",
        "id int, source_id text, url text, title text, content_hash text, published_at text,"
        " published_precision text, published_day text, fetched_at text, language text, topic_grade text,"
        " topic_score int, countries list, places list, fields list",
        ("id",),
        {"source_id": ("sources", "id")},
        "(?1 OR id IN (SELECT article_id FROM event_reports"
        " WHERE event_id IN (SELECT id FROM temp.release_events)))",
    ),
    _Plan("sources", "sources", "id text, name text, homepage text", ("id",), {}, "1"),
)
_TEXT = ", lead text, text text"


class ReleaseTables:
    """The tables of one release, read within the caller's read transaction.

    Args:
        wanted: which events; where it asks for everything the articles are all, else those that report them.
        with_text: whether articles have their text.

    Raises:
        UsageError: the query is none.
    """

    def __init__(self, conn: sqlite3.Connection, wanted: EventFilter, *, with_text: bool) -> None:
        self._conn = conn
        self._is_all = wanted == EVERY_EVENT
        condition, values = where(wanted)
        conn.execute("DROP TABLE IF EXISTS temp.release_events")
        conn.execute("CREATE TEMP TABLE release_events (id INTEGER PRIMARY KEY)")
        conn.execute(f"INSERT INTO temp.release_events SELECT id FROM events WHERE {condition}", values)  # noqa: S608
        comments = read_comments(conn)
        self._plans: dict[str, _Plan] = {}
        tables = []
        for plan in _PLANS:
            about = comments[plan.source]
            listed = plan.columns + (_TEXT if plan.name == "articles" and with_text else "")
            columns = tuple(
                Column(name, kind, about.columns.get(name, ""))
                for name, kind in (one.split() for one in listed.split(", "))
            )
            self._plans[plan.name] = plan
            tables.append(Table(plan.name, about.text, columns, plan.key, plan.links))
        self.tables: tuple[Table, ...] = tuple(tables)

    def rows(self, table: Table) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table in the order of its key, lists as lists."""
        plan = self._plans[table.name]
        names = [column.name for column in table.columns]
        values: Sequence[object] = (self._is_all,) if "?1" in plan.condition else ()
        asked = self._conn.execute(
            f"SELECT {', '.join(names)} FROM {plan.source} WHERE {plan.condition}"  # noqa: S608 - our SQL
            f" ORDER BY {', '.join(plan.key)}",
            values,
        )
        kinds = {column.name: column.kind for column in table.columns}
        for row in asked:
            yield {name: _value(kinds[name], value) for name, value in zip(names, row, strict=True)}

    def newest(self) -> str | None:
        """Return when the newest article of the release was stored."""
        plan = self._plans["articles"]
        found = self._conn.execute(
            f"SELECT max(fetched_at) FROM articles WHERE {plan.condition}",  # noqa: S608 - our SQL
            (self._is_all,),
        ).fetchone()
        newest: str | None = found[0]
        return newest

    def check_sum(self) -> None:
        """Raise StorageError where the events' reports do not add up to the reports that there are."""
        said, there = self._conn.execute(
            "SELECT (SELECT ifnull(sum(report_count), 0) FROM events"  # noqa: S608 - our SQL
            " WHERE id IN (SELECT id FROM temp.release_events)),"
            f" (SELECT count(*) FROM event_reports WHERE {_OF_EVENTS})"
        ).fetchone()
        if said != there:
            raise StorageError(
                f"The events say that they have {said} reports, and there are {there}; see `biengioi verify`."
            )


def _value(kind: str, value: Any) -> Any:
    match kind:
        case "list":
            return [str(one) for one in orjson.loads(value or "[]")]
        case "bool":
            return bool(value)
        case "text" if value == "":
            return None  # CSV has no other way to tell them apart
    return value
