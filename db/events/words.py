"""The words of articles from which the values of an event were read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crawler.events.event import Part
from db.events.rows import as_json

# Of an article that has changed and was not read again nobody knows where the words stand now.
_TEXTS = (
    "SELECT id, title, text FROM articles JOIN event_readings ON article_id = id"
    " WHERE id IN (SELECT value FROM json_each(?))"
)

Values = list[dict[str, Any]]


def read_texts(conn: sqlite3.Connection, article_ids: Iterable[int]) -> dict[int, sqlite3.Row]:
    """Return `id`, `title` and `text` of the articles in which spans stand where they were read, by id."""
    return {row["id"]: row for row in conn.execute(_TEXTS, (as_json(sorted(article_ids)),))}


def merged_values(event: Mapping[str, Any]) -> Iterator[Values]:
    """Yield whatever of an event (`db.events.query.event`) has `spans`."""
    for name in ("people", "bodies", "places", "agreements"):
        yield event[name]
    for person in event["people"]:
        yield person["posts"]
    for figure in event["figures"]:
        yield figure["values"]
    yield from event["said"].values()


def put_words(conn: sqlite3.Connection, event: Mapping[str, Any]) -> None:
    """Put `words` beside the `spans` of an event's values, in their order, and `date_words` into its reports.

    They are None where the article has changed since it was read. The words of an act are in its slots.
    """
    texts = read_texts(conn, {report["article_id"] for report in event["reports"]})

    def words(article_id: int, span: Sequence[Any]) -> str | None:
        part, start, end = span
        if article_id not in texts:
            return None
        whole: str | None = texts[article_id]["title" if part == Part.TITLE else "text"]
        return (whole or "")[start:end]

    for values in merged_values(event):
        for one in values:
            one["words"] = [words(article_id, span) for article_id, *span in one["spans"]]
    for report in event["reports"]:
        span = report["slots"].get("date_span")
        report["date_words"] = words(report["article_id"], span) if span else None
