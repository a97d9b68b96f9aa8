"""Repair: what is derived from the articles, thrown away and made anew."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from types import ModuleType

from db.file.connection import write_transaction
from db.schema import counts_within, facets, near, search, views

DERIVED = (facets, search, near, views, counts_within)
"""The parts of the schema that hold nothing of their own, in the order of the migrations."""

_CREATE = re.compile(r"\s*CREATE (?:VIRTUAL )?(TABLE|INDEX|TRIGGER|VIEW) (\w+)")


def repair(conn: sqlite3.Connection, parts: Iterable[ModuleType] = DERIVED) -> None:
    """Make the derived tables and indexes anew, all or none; writers wait meanwhile."""
    with write_transaction(conn):
        for part in parts:
            for statement in reversed(part.STATEMENTS):
                if found := _CREATE.match(statement):
                    conn.execute(f"DROP {found[1]} IF EXISTS {found[2]}")
            for statement in part.STATEMENTS:
                conn.execute(statement)
            part.fill(conn)
