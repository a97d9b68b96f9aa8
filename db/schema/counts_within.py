"""Counts within a grade or a neighbour, for which no row of an article need be read.

What `article_counts` has of all articles is kept here of those of one grade and of those that name one
neighbour, the choices that most articles share; triggers keep it in step with whatever writes to `articles`.
"""

# ruff: noqa: S608 - every name that is put into these statements stands in this file or in the facets

from __future__ import annotations

import sqlite3
from collections import Counter

import orjson

from db.schema.facets import IS_CHANGED, LISTS, LOCAL_DAY, WATCHED

COUNTS_WITHIN = """
CREATE TABLE article_counts_within (  -- what article_counts says, of a part of all articles
  within_kind TEXT NOT NULL     -- what the part has in common; 'all' for all, of which only copies are here
    CHECK (within_kind IN ('all', 'grade', 'country')),
  within_value TEXT NOT NULL,   -- which grade or country; '' for 'all'
  kind TEXT NOT NULL            -- as in article_counts; or 'copy' for those that repeat another
    CHECK (kind IN ('all', 'copy', 'source', 'grade', 'country', 'place', 'field')),
  value TEXT NOT NULL,          -- as in article_counts; '' for 'copy'
  day TEXT NOT NULL,            -- as in article_counts
  article_count INTEGER NOT NULL,            -- never 0
  PRIMARY KEY (within_kind, within_value, kind, value, day)
) STRICT, WITHOUT ROWID
"""

Part = tuple[str, str]
"""`within_kind` and `within_value`."""


def _counted(row: str) -> str:
    """Return the query of the rows that an article counts in."""
    day, is_copy = f"ifnull({row}.published_day, '')", f"{row}.duplicate_of IS NOT NULL"
    lists = " UNION ".join(
        f"SELECT '{kind}', value FROM json_each({row}.{column})" for kind, column in LISTS.items()
    )
    return (
        f"SELECT within_kind, within_value, kind, value, {day} AS day FROM"
        f" (SELECT 'grade' AS within_kind, {row}.topic_grade AS within_value WHERE {row}.topic_grade NOT NULL"
        f" UNION SELECT 'country', value FROM json_each({row}.countries)),"
        f" (SELECT 'all' AS kind, '' AS value UNION ALL SELECT 'source', {row}.source_id"
        f" UNION ALL SELECT 'grade', {row}.topic_grade UNION ALL SELECT * FROM ({lists}))"
        f" WHERE value IS NOT NULL AND NOT {is_copy}"
        f" UNION ALL SELECT within_kind, within_value, 'copy', '', {day} FROM"
        f" (SELECT 'all' AS within_kind, '' AS within_value"
        f" UNION SELECT 'grade', {row}.topic_grade WHERE {row}.topic_grade NOT NULL"
        f" UNION SELECT 'country', value FROM json_each({row}.countries)) WHERE {is_copy}"
    )


_KEY = "within_kind, within_value, kind, value, day"
_ADD = (
    f"INSERT INTO article_counts_within SELECT {_KEY}, 1 FROM ({_counted('NEW')}) WHERE true"
    " ON CONFLICT DO UPDATE SET article_count = article_count + 1;"
)
_REMOVE = (
    f"UPDATE article_counts_within SET article_count = article_count - 1 "
    f" WHERE ({_KEY}) IN ({_counted('OLD')});"
    f" DELETE FROM article_counts_within WHERE ({_KEY}) IN ({_counted('OLD')}) AND article_count = 0;"
)
TRIGGERS = (
    f"CREATE TRIGGER counts_within_added AFTER INSERT ON articles BEGIN {_ADD} END",
    f"""CREATE TRIGGER counts_within_changed AFTER UPDATE OF {", ".join(WATCHED)} ON articles
 WHEN {IS_CHANGED} BEGIN {_REMOVE} {_ADD} END""",
    f"CREATE TRIGGER counts_within_removed AFTER DELETE ON articles BEGIN {_REMOVE} END",
)

STATEMENTS = (COUNTS_WITHIN, *TRIGGERS)

_CONDITIONS = {"all": "duplicate_of NOT NULL", "grade": "topic_grade = ?", "country": "instr(countries, ?)"}


def parts(conn: sqlite3.Connection) -> list[Part]:
    """Return the parts that the articles have."""
    rows = conn.execute(
        "SELECT DISTINCT 'grade', topic_grade FROM articles INDEXED BY articles_for_search"
        " WHERE topic_grade NOT NULL"
        " UNION SELECT DISTINCT kind, value FROM article_facets WHERE kind = 'country'"
    )
    return [("all", ""), *((kind, value) for kind, value in rows)]


def counted(conn: sqlite3.Connection, part: Part) -> Counter[tuple[str, str, str]]:
    """Return (kind, value, day) → articles of a part, counted anew; a part at a time takes little memory."""
    kind, name = part
    values = {"all": (), "grade": (name,), "country": (orjson.dumps(name).decode(),)}[kind]
    rows = conn.execute(
        f"SELECT {LOCAL_DAY}, duplicate_of, source_id, topic_grade, {', '.join(LISTS.values())}"
        f" FROM articles INDEXED BY articles_for_search WHERE {_CONDITIONS[kind]}",
        values,
    )
    rows.row_factory = None  # of hundreds of thousands of rows, tuples are quicker than sqlite3.Row
    counts: Counter[tuple[str, str, str]] = Counter()
    for day, duplicate_of, source_id, grade, *lists in rows:
        if duplicate_of is not None:
            counts["copy", "", day] += 1
            continue
        counts["all", "", day] += 1
        counts["source", source_id, day] += 1
        if grade is not None:
            counts["grade", grade, day] += 1
        for list_kind, text in zip(LISTS, lists, strict=True):
            for value in set(orjson.loads(text)):
                counts[list_kind, value, day] += 1
    return counts


def fill(conn: sqlite3.Connection) -> None:
    """Count the articles that are there."""
    for part in parts(conn):
        conn.executemany(
            "INSERT INTO article_counts_within VALUES (?, ?, ?, ?, ?, ?)",
            ((*part, *key, count) for key, count in counted(conn, part).items()),
        )
