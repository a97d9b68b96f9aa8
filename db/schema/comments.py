"""What the comments in the schema say of each table and column; they travel inside the database."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

_COMMENT = re.compile(r"-- (.*)$")
_COLUMN = re.compile(r"  ([a-z_][a-z0-9_]*)\b")
_ADDED = re.compile(r", ([a-z_][a-z0-9_]*) [A-Z]+ /\* ([^*]+) \*/")
"""How `ALTER TABLE … ADD COLUMN` leaves a column behind the others."""


@dataclass(frozen=True, slots=True)
class Described:
    """A table or view in words.

    Args:
        text: what it holds.
        columns: name → what it says, in order; those without a comment are not there.
    """

    text: str
    columns: dict[str, str]


def read_comments(conn: sqlite3.Connection) -> dict[str, Described]:
    """Return what the comments say of every table and view of ours that has any, by name."""
    found = {}
    for kind, name, sql in conn.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
    ):
        first, *lines = sql.splitlines()
        if comment := _COMMENT.search(first):
            names = [row[1] for row in conn.execute(f"PRAGMA table_xinfo({name})")]
            columns = _of_view(lines, names) if kind == "view" else _of_table(lines)
            found[name] = Described(comment[1], columns)
    return found


def _of_table(lines: list[str]) -> dict[str, str]:
    """Read columns that each begin a line; what the following lines say is their comment too."""
    columns: dict[str, str] = {}
    name = ""
    for line in lines:
        if column := _COLUMN.match(line):
            name = column[1]
        if comment := _COMMENT.search(line):
            columns[name] = f"{columns[name]} {comment[1]}" if name in columns else comment[1]
        columns |= dict(_ADDED.findall(line))
    return columns


def _of_view(lines: list[str], names: list[str]) -> dict[str, str]:
    """Each column has one comment, in order."""
    comments = [comment[1] for line in lines if (comment := _COMMENT.search(line))]
    return dict(zip(names, comments, strict=False))
