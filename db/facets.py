"""Whether the tables of facets and counts say what the articles say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from db.schema.facets import COLUMNS, FACET_COUNTS, PLAIN_COUNTS, facets_of

_FACETS = f"SELECT {COLUMNS} FROM article_facets"  # noqa: S608 - our columns
_COUNTS = "SELECT kind, value, day, article_count FROM article_counts"


def check(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield a sentence for each row that is missing, or that should not be there."""
    wanted = facets_of("articles AS NEW, ")
    for row in _difference(conn, wanted, _FACETS):
        yield f"Article {row[3]} is missing under the {row[0]} {row[1]}."
    for row in _difference(conn, _FACETS, wanted):
        yield f"Article {row[3]} is under the {row[0]} {row[1]}, and should not be so."
    wanted = f"{PLAIN_COUNTS} UNION ALL {FACET_COUNTS}"
    for kind, value, day, count in _difference(conn, wanted, _COUNTS):
        yield f"article_counts does not say {count} for {kind} {value!r} on {day or 'no day'}."
    for kind, value, day, count in _difference(conn, _COUNTS, wanted):
        yield f"article_counts says {count} for {kind} {value!r} on {day or 'no day'}, which is wrong."


def _difference(conn: sqlite3.Connection, wanted: str, present: str) -> Iterator[sqlite3.Row]:
    """Yield what the one query gives and the other does not."""
    return conn.execute(f"SELECT * FROM ({wanted}) EXCEPT SELECT * FROM ({present})")  # noqa: S608
