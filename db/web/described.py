"""What Datasette is told of our tables: their descriptions, and which of them nobody needs to see."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from db.schema import event_areas, near, search
from db.schema.comments import read_comments

_CREATED = re.compile(r"CREATE (?:TABLE|VIEW) (\w+)")
_STATEMENTS = (*near.STATEMENTS, *search.STATEMENTS, *event_areas.STATEMENTS)
INTERNAL = frozenset(
    {"_sqlite_migrations", "sqlite_sequence", *search.TABLES}
    | {found[1] for statement in _STATEMENTS if (found := _CREATED.search(statement))}
)
"""Tables and views that only make lookups quick."""


def described_tables(conn: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Return Datasette's metadata of the tables and views (docs.datasette.io/en/stable/metadata.html)."""
    tables: dict[str, dict[str, Any]] = {
        name: {"description": described.text, "columns": described.columns}
        for name, described in read_comments(conn).items()
    }
    for name in INTERNAL:
        tables.setdefault(name, {})["hidden"] = True
    return tables
