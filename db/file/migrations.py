"""The ordered steps that bring a database up to date; all pending ones are one transaction.

A released step is never edited. The newest one must leave what `db/schema/` describes.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from types import ModuleType

from sqlite_utils import Database, Migrations

from db.file.connection import database_path, write_transaction
from db.file.upgrading import copy_path, cost_of_file, keep_copy
from db.schema import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    answers,
    archive,
    backfill,
    counts_within,
    event_areas,
    events,
    facets,
    near,
    outlinks,
    schedule,
    search,
    source_days,
    tables,
    views,
    watches,
)

logger = logging.getLogger(__name__)

STEPS = Migrations("biengioi")


@STEPS()
def m001_first_tables(database: Database) -> None:
    """Create the tables of Part 1."""
    for statement in (*tables.TABLES, *tables.INDEXES):
        database.execute(statement)


def _add(database: Database, part: ModuleType) -> None:
    for statement in part.STATEMENTS:
        database.execute(statement)
    part.fill(database.conn)


@STEPS()
def m002_facets(database: Database) -> None:
    """Count articles by country, place, field, source and day."""
    _add(database, facets)


@STEPS()
def m003_search(database: Database) -> None:
    """Index the words of every article."""
    _add(database, search)


@STEPS()
def m004_near_duplicates(_database: Database) -> None:
    """Left to m007, which makes these tables anew."""


@STEPS()
def m005_schedule(database: Database) -> None:
    """Make the tables of the service."""
    _add(database, schedule)


@STEPS()
def m006_views(database: Database) -> None:
    """Make the views for people who ask in SQL."""
    _add(database, views)


@STEPS()
def m007_near_duplicates_in_bytes(database: Database) -> None:
    """Index the sketches of every article, as bytes; in JSON they took twice as long to write."""
    conn = database.conn
    if not database["near_sketches"].exists():
        _add(database, near)
        return
    for name in ("add", "change", "remove"):
        conn.execute(f"DROP TRIGGER near_keys_{name}")
    conn.execute("DROP TABLE near_keys")
    conn.execute("ALTER TABLE near_sketches RENAME TO sketches_in_json")
    for statement in near.STATEMENTS:
        conn.execute(statement)
    stored = conn.execute("SELECT article_id, keys FROM sketches_in_json")
    near.fill(conn, ((article_id, _in_bytes(keys)) for article_id, keys in stored))
    conn.execute("DROP TABLE sketches_in_json")


def _in_bytes(keys: str) -> bytes:
    return b"".join(key.to_bytes(6, "big") for key in json.loads(keys))


@STEPS()
def m008_pauses_and_redirects(database: Database) -> None:
    """Make the table of pauses, and columns for where a paper has moved."""
    _add(database, answers)


@STEPS()
def m009_outlinks(database: Database) -> None:
    """Make the table of links that lead beyond the papers that are watched."""
    _add(database, outlinks)


@STEPS()
def m010_one_letter(database: Database) -> None:
    """Find texts that write Ð (U+00D0) for Đ."""
    search.respell(database.conn)


@STEPS()
def m011_source_days(database: Database) -> None:
    """Make the table of the days on which sources were read."""
    _add(database, source_days)


@STEPS()
def m012_counts_within(database: Database) -> None:
    """Count the articles of each grade and neighbour by all else."""
    _add(database, counts_within)


@STEPS()
def m013_search_for_tools(database: Database) -> None:
    """Let Datasette and sqlite-utils find the words of articles."""
    search.name_for_tools(database.conn)


@STEPS()
def m014_sketches_of_imports(database: Database) -> None:
    """Index the sketches of imported texts too."""
    near.add_missing(database.conn)


@STEPS()
def m015_watches(database: Database) -> None:
    """Make the table of saved searches, and a column for the facts of findings."""
    _add(database, watches)


@STEPS()
def m016_archive(database: Database) -> None:
    """Make the tables of pages as they were, and say of earlier versions what replaced them."""
    _add(database, archive)


@STEPS()
def m017_events(database: Database) -> None:
    """Make the tables of events."""
    _add(database, events)


@STEPS()
def m018_backfill(database: Database) -> None:
    """Make the tables of backfills."""
    _add(database, backfill)


@STEPS()
def m019_event_areas(database: Database) -> None:
    """List events by place."""
    _add(database, event_areas)


def migrate(conn: sqlite3.Connection) -> None:
    """Apply what is pending; a second process doing so at the same time waits and finds nothing.

    The version and the application id are part of the transaction, so an interrupted migration
    leaves the file as it was. Before it, a copy of the file is made, within the lock: nobody has
    written since, and nobody else copies what is already new.

    Raises:
        StorageError: the copy cannot be kept; nothing was changed.
    """
    path, version = database_path(conn), _version_of(conn)
    if version:
        cost = cost_of_file(path, version)
        logger.warning(
            "biengioi: bringing %s up to date (schema %d to %d), once; this takes %s. A copy of it as it is"
            " (%d MB) is kept as %s.",
            path, version, SCHEMA_VERSION, cost.told, cost.copy_mb, copy_path(path, version).name,
        )  # fmt: skip
    with write_transaction(conn):
        if 0 < (version := _version_of(conn)) < SCHEMA_VERSION:
            keep_copy(path, version)
        STEPS.apply(Database(conn, recursive_triggers=False))
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _version_of(conn: sqlite3.Connection) -> int:
    version: int = conn.execute("PRAGMA user_version").fetchone()[0]
    return version
