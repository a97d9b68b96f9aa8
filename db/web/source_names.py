"""What each source is called."""

from __future__ import annotations

import sqlite3

NAMES = "SELECT id, name FROM sources"


def source_names(conn: sqlite3.Connection) -> dict[str, str]:
    """Return the name of every source, by id."""
    return {row["id"]: row["name"] for row in conn.execute(NAMES)}
