"""Opening a collection: the tables brought up to date, the connection set up."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from crawler.errors import StorageError
from db.file.access import check_file, check_version, connect
from db.file.connection import BUSY_TIMEOUT_S, insist, prepare_connection, storage_errors
from db.schema import SCHEMA_VERSION


def open_database(
    path: Path, *, create: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> sqlite3.Connection:
    """Return a connection in autocommit mode to the collection at `path`, brought up to date.

    The connection may be handed to another thread; two threads must not use it at once.

    Args:
        path: the database file.
        create: whether a file that does not exist, or is empty, becomes a new collection.
        busy_timeout_s: how long each statement waits for another process's lock.

    Raises:
        StorageError: there is none, or it is not ours, newer than this program, damaged or
            unreadable; nothing was written.
    """
    is_new = check_file(path, create=create)
    with storage_errors(path):
        mode = "rwc" if is_new else "rw"
        conn, is_sealed = connect(path, busy_timeout_s, mode=mode, is_written=create)
        try:
            _prepare(conn, path)
            if not is_sealed:
                _keep_log(conn, path)
        except BaseException:
            conn.close()
            raise
    return conn


def open_for_reading(path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """Return a connection that cannot write to the collection at `path`, which is brought up to date first.

    Raises:
        StorageError: as `open_database` does.
    """
    open_database(path, busy_timeout_s=busy_timeout_s).close()
    with storage_errors(path):
        conn, _ = connect(path, busy_timeout_s, mode="ro")
        prepare_connection(conn)
        conn.execute("PRAGMA query_only = ON")
    return conn


_CACHE_KB = 32_768
_LOG_PAGES = 4_000
"""A batch of articles touches hundreds of pages all over the file, mostly of indexes. The usual 2 MB of
cache write them twice, and a log of 4 MB is copied back after every other batch; these take a quarter
off the time of keeping an article (benchmarks/collection.py)."""


def _prepare(conn: sqlite3.Connection, path: Path) -> None:
    prepare_connection(conn)
    # FULL and not NORMAL: in WAL mode both survive a kill, but only FULL keeps an acknowledged
    # commit through a power cut (sqlite.org/pragma.html#pragma_synchronous). A polite crawl is
    # bound by the papers' pace, not by an fsync per batch.
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    conn.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    version: int = conn.execute("PRAGMA user_version").fetchone()[0]
    check_version(path, version)
    if version < SCHEMA_VERSION:
        from db.file.migrations import migrate  # sqlite-utils costs 0.14 s, which `list` need not pay

        migrate(conn)


def _keep_log(conn: sqlite3.Connection, path: Path) -> None:
    # Last, so that the header on disk is complete before the first page goes into a WAL. Of two processes
    # that make the file, one finds it locked here, where SQLite does not wait by itself.
    if insist(conn, "PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise StorageError(
            f"{path} is on a file system without write-ahead logging; move it to a local disk."
        )
