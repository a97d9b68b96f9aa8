"""Full-text search: one index of the words as written, one of their bare letters.

Both are FTS5 tables without a copy of the text (external content); what they index are two views in
plain SQL, so that FTS5 itself can compare index and rows, and any program may write to `articles`.
Changes and removals reach the indexes in a trigger. A new article only joins `search_queue`, which
`db.file.connection.write_transaction` empties before it commits: indexed within a trigger, FTS5 would
write every article out by itself, which takes twice as long (measured with SQLite 3.40).
"""

from __future__ import annotations

import logging
import sqlite3
from collections import defaultdict

logger = logging.getLogger(__name__)

QUEUE = """
CREATE TABLE search_queue (     -- new articles, until their transaction of ours ends
  article_id INTEGER PRIMARY KEY  -- an article that is in neither index
) STRICT
"""

_COLUMNS = ("title", "lead", "body")
_BODY = (
    "CASE WHEN substr({row}text, 1, length({row}lead)) = {row}lead"
    " THEN substr({row}text, length({row}lead) + 1) ELSE {row}text END"
)


def _stored(row: str) -> tuple[str, ...]:
    return f"{row}title", f"{row}lead", _BODY.format(row=row)


def _as_written(row: str = "") -> list[str]:
    """Old fonts wrote the Icelandic Ð for Đ; texts that were imported still have it."""
    return [f"replace(replace({value}, 'Ð', 'Đ'), 'ð', 'đ')" for value in _stored(row)]


def _in_letters(row: str = "") -> list[str]:
    """FTS5 takes every mark off its letter; the bar of đ is no mark in Unicode's eyes."""
    return [f"replace(replace({value}, 'đ', 'd'), 'Đ', 'D')" for value in _as_written(row)]


_INDEXES = {
    "search_words": ("articles_as_written", _as_written, 0),
    "search_letters": ("articles_in_letters", _in_letters, 2),
}
"""Index → the view that it indexes, the view's columns, FTS5's `remove_diacritics`."""

TABLES = tuple(_INDEXES)


_TOKENIZER = "unicode61 remove_diacritics {}"


def _create_view(view: str, values: list[str]) -> str:
    named = ", ".join(f"{value} AS {name}" for value, name in zip(values, _COLUMNS, strict=True))
    return f"CREATE VIEW {view} AS SELECT id, {named} FROM articles"  # noqa: S608


_FOUND_BY = """/* Datasette and sqlite-utils look for content="articles" */"""
"""What they know the index of a table by is the text of its statement; of two the first is taken."""


def _create_index(table: str, view: str, remove_diacritics: int) -> str:
    return (
        f"CREATE VIRTUAL TABLE {table} USING fts5({', '.join(_COLUMNS)},"
        f" {f'{_FOUND_BY} ' if table == TABLES[0] else ''}content='{view}',"
        f" content_rowid='id', tokenize='{_TOKENIZER.format(remove_diacritics)}')"
    )


_REMOVE = "".join(
    f" INSERT INTO {table} ({table}, rowid, {', '.join(_COLUMNS)})"  # noqa: S608
    f" SELECT 'delete', OLD.id, {', '.join(values('OLD.'))}"
    " WHERE NOT EXISTS (SELECT 1 FROM search_queue WHERE article_id = OLD.id);"
    for table, (_, values, _) in _INDEXES.items()
)

# Filters are answered from here: a row of articles is some 4 KB, and what they ask stands last in it.
_FILTER = """
CREATE INDEX articles_for_search ON articles
  (id, published_at, source_id, topic_grade, duplicate_of, countries, places, fields)
"""

_TRIGGERS = (
    """
CREATE TRIGGER search_added AFTER INSERT ON articles
BEGIN INSERT INTO search_queue VALUES (NEW.id); END
""",
    f"""
CREATE TRIGGER search_changed AFTER UPDATE OF title, lead, text ON articles
WHEN OLD.title IS NOT NEW.title OR OLD.lead IS NOT NEW.lead OR OLD.text IS NOT NEW.text
BEGIN{_REMOVE} INSERT OR IGNORE INTO search_queue VALUES (NEW.id); END
""",  # noqa: S608
    f"""
CREATE TRIGGER search_removed AFTER DELETE ON articles
BEGIN{_REMOVE} DELETE FROM search_queue WHERE article_id = OLD.id; END
""",  # noqa: S608
)

_VIEWS = tuple(_create_view(view, values()) for view, values, _ in _INDEXES.values())

STATEMENTS = (
    QUEUE,
    *_VIEWS,
    *(_create_index(table, view, marks) for table, (view, _, marks) in _INDEXES.items()),
    # Fewer, later merges: a fifth less work for each article; searches are as fast (measured).
    *(f"INSERT INTO {table} ({table}, rank) VALUES ('automerge', 16)" for table in TABLES),  # noqa: S608
    _FILTER,
    *_TRIGGERS,
)

INDEX_QUEUE = (
    *(
        f"INSERT INTO {table} (rowid, {', '.join(_COLUMNS)}) SELECT id, {', '.join(_COLUMNS)}"  # noqa: S608
        f" FROM search_queue JOIN {view} ON id = article_id ORDER BY article_id"
        for table, (view, _, _) in _INDEXES.items()
    ),
    "DELETE FROM search_queue",
)
"""What takes the articles of the queue into the indexes."""


def terms(conn: sqlite3.Connection, article_id: int) -> dict[str, list[set[str]]]:
    """Return index → the terms of each version of an article that is kept, as FTS5 cuts them."""
    found = {}
    for table, (_, values, marks) in _INDEXES.items():
        conn.execute(
            f"CREATE VIRTUAL TABLE temp.versions USING"
            f" fts5({', '.join(_COLUMNS)}, content='', tokenize='{_TOKENIZER.format(marks)}')"
        )
        conn.execute("CREATE VIRTUAL TABLE temp.version_terms USING fts5vocab(temp, versions, instance)")
        conn.execute(
            f"INSERT INTO temp.versions SELECT {', '.join(values())} FROM"  # noqa: S608
            " (SELECT title, lead, text FROM articles WHERE id = ?1"
            " UNION ALL SELECT title, lead, text FROM revisions WHERE article_id = ?1)",
            (article_id,),
        )
        versions: defaultdict[int, set[str]] = defaultdict(set)
        for term, version in conn.execute("SELECT term, doc FROM temp.version_terms"):
            versions[version].add(term)
        found[table] = [*versions.values()]
        conn.execute("DROP TABLE temp.version_terms")
        conn.execute("DROP TABLE temp.versions")
    return found


def respell(conn: sqlite3.Connection) -> None:
    """Index the articles with Ð as those with Đ, which the views of before schema 10 did not."""
    columns = ", ".join(_COLUMNS)
    affected = conn.execute(
        "SELECT id FROM articles WHERE (title GLOB '*[Ðð]*' OR lead GLOB '*[Ðð]*' OR text GLOB '*[Ðð]*')"
        " AND id NOT IN (SELECT article_id FROM search_queue)"
    ).fetchall()
    for table, (view, _, _) in _INDEXES.items():
        conn.executemany(
            f"INSERT INTO {table} ({table}, rowid, {columns})"  # noqa: S608
            f" SELECT 'delete', id, {columns} FROM {view} WHERE id = ?",
            affected,
        )
    for name in ("added", "changed", "removed"):
        conn.execute(f"DROP TRIGGER search_{name}")
    for view, _, _ in _INDEXES.values():
        conn.execute(f"DROP VIEW {view}")
    for statement in (*_VIEWS, *_TRIGGERS):
        conn.execute(statement)
    for table, (view, _, _) in _INDEXES.items():
        conn.executemany(
            f"INSERT INTO {table} (rowid, {columns}) SELECT id, {columns} FROM {view} WHERE id = ?",  # noqa: S608
            affected,
        )


def name_for_tools(conn: sqlite3.Connection) -> None:
    """Write the comment by which other tools find the index into its statement; nothing is indexed anew.

    SQLite has no statement for that but the one of sqlite.org/pragma.html#pragma_writable_schema. Where
    the system's SQLite forbids it (defensive mode), the index is as good as it was.
    """
    view, _, marks = _INDEXES[TABLES[0]]
    conn.execute("PRAGMA writable_schema = ON")
    try:
        conn.execute(
            "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?",
            (_create_index(TABLES[0], view, marks), TABLES[0]),
        )
    except sqlite3.OperationalError:
        logger.warning("Datasette and sqlite-utils will not find the words of articles in this file.")
    finally:
        conn.execute("PRAGMA writable_schema = OFF")


def fill(conn: sqlite3.Connection) -> None:
    """Index the articles that are there already."""
    for table in TABLES:
        conn.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")  # noqa: S608
    conn.execute("DELETE FROM search_queue")
