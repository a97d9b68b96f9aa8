"""The search indexes, while somebody writes: new articles join them before the transaction ends."""

from __future__ import annotations

import sqlite3

from db.schema.search import INDEX_QUEUE


def index_queue(conn: sqlite3.Connection) -> None:
    """Take new articles into the indexes; the last thing that every write transaction does."""
    if is_waiting(conn):
        for statement in INDEX_QUEUE:
            conn.execute(statement)


def is_waiting(conn: sqlite3.Connection) -> bool:
    """Return whether articles are not indexed yet, such as those that another program wrote."""
    return conn.execute("SELECT 1 FROM search_queue LIMIT 1").fetchone() is not None
