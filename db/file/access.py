"""The database's file: whether it is one of ours, and bare connections to it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from crawler.errors import StorageError
from db.file.connection import is_busy, storage_errors
from db.schema import APPLICATION_ID, SCHEMA_VERSION


def connect(
    path: Path, busy_timeout_s: float, *, mode: str = "rw", is_written: bool = False
) -> tuple[sqlite3.Connection, bool]:
    """Return a bare connection in autocommit mode, and whether it can only read.

    SQLite keeps the index of its log beside the file, even for a reader. Where it can make none and no
    log is left over, nobody writes, and the file is read as it is (sqlite.org/wal.html, section 4).

    Args:
        mode: "rw", "rwc" to make it, or "ro".
        is_written: whether it is of no use without being written to.
    """
    conn = _open(path, f"mode={mode}", busy_timeout_s)
    try:
        conn.execute("PRAGMA schema_version")
        return conn, False
    except sqlite3.OperationalError as error:
        conn.close()
        is_shut = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
        log = path.with_name(f"{path.name}-wal")
        if is_written or not is_shut or not os.access(path, os.R_OK) or log.exists():
            raise
    except BaseException:
        conn.close()
        raise
    return _open(path, "mode=ro&immutable=1", busy_timeout_s), True


def is_in_use(path: Path) -> bool:
    """Return whether another connection, of any process, has asked a collection and is still open.

    Only who is alone may leave the log's mode (sqlite.org/wal.html, section 3.3), which this does.

    Raises:
        StorageError: it is no collection.
    """
    check_file(path)
    with storage_errors(path), closing(_open(path, "mode=rw", 0)) as conn:
        try:
            conn.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            if is_busy(error):
                return True
            raise
    return False


def _open(path: Path, options: str, busy_timeout_s: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )


def check_file(path: Path, *, create: bool = False) -> bool:
    """Return whether the file is still to be made; raise StorageError if it must not be touched.

    Nothing is locked, written or left beside the file. Ours carry the application id before they ever
    enter WAL mode.
    """
    try:
        if path.is_dir():
            raise StorageError(f"{path} is a folder; give the name of a database file.")
        size = path.stat().st_size if path.exists() else 0
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    if not size:
        if not create:
            raise StorageError(f"There is no database at {path}; run `biengioi crawl` first{_others(path)}.")
        if not path.absolute().parent.is_dir():
            raise StorageError(f"The folder of {path} does not exist; create it first.")
        return True
    application_id, version = _read_marks(path)
    if application_id != APPLICATION_ID:
        raise StorageError(f"{path} is a database of another program; give another file with --db.")
    check_version(path, version)
    return False


def _read_marks(path: Path) -> tuple[int, int]:
    """Return the application id and the version that the file's header holds.

    It is never opened without SQLite: closing it would drop the locks that other connections of this
    process hold on it (sqlite.org/howtocorrupt.html, section 2.2), and then the next process that leaves
    deletes the log under them. Immutable, so that not even a read-only look leaves files behind.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with storage_errors(path), closing(sqlite3.connect(uri, uri=True)) as conn:
        # A file that another process is just making is shorter than its header says; do not mind.
        conn.execute("PRAGMA writable_schema = ON")
        (application_id,) = conn.execute("PRAGMA application_id").fetchone()
        (version,) = conn.execute("PRAGMA user_version").fetchone()
    return application_id, version


def check_version(path: Path, version: int) -> None:
    """Raise StorageError if the database is newer than this program."""
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"{path} was written by a newer biengioi (schema {version}, this one knows"
            f" {SCHEMA_VERSION}); update this program."
        )


def _others(path: Path) -> str:
    """Return what to do instead where other databases lie beside one that is missing."""
    others = sorted(one.name for one in path.absolute().parent.glob("*.db"))[:3]
    return f", or name another file with --db: {', '.join(others)}" if others else ""
