"""The ordered steps that bring a database up to date; all pending ones are one transaction.

A released step is never edited. The newest one must leave what `db/schema.py` describes.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from db.connection import write_transaction
from db.schema import APPLICATION_ID, INDEXES, SCHEMA_VERSION, TABLES

STEPS = Migrations("biengioi")


@STEPS()
def m001_first_tables(database: Database) -> None:
    """Create the tables of Part 1."""
    for statement in (*TABLES, *INDEXES):
        database.execute(statement)


def migrate(conn: sqlite3.Connection) -> None:
    """Apply what is pending; a second process doing so at the same time waits and finds nothing.

    The version and the application id are part of the transaction, so an interrupted migration
    leaves the file as it was.
    """
    with write_transaction(conn):
        STEPS.apply(Database(conn, recursive_triggers=False))
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
