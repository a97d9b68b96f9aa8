"""Opening the database, its one write transaction, and its errors in words a person can act on."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from crawler.errors import StorageBusy, StorageError
from db.schema import APPLICATION_ID, SCHEMA_VERSION

BUSY_TIMEOUT_S = 10.0
"""How long to wait for another writer when the configuration says nothing else."""

_HEADER = struct.Struct(">16s44xI4xI28x")
"""SQLite's file header: magic, user_version at byte 60, application_id at 68 (sqlite.org/fileformat)."""


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
    is_new = _check_file(path, create=create)
    mode = "rwc" if is_new else "rw"
    with storage_errors(path):
        conn = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _prepare(conn, path)
        except BaseException:
            conn.close()
            raise
    return conn


def _check_file(path: Path, *, create: bool) -> bool:
    """Return whether the file is still to be made; raise StorageError if it must not be touched.

    The header is read as plain bytes: even a read-only SQLite connection may leave files beside a
    foreign database. Ours carry the application id before they ever enter WAL mode.
    """
    try:
        if path.is_dir():
            raise StorageError(f"{path} is a folder; give the name of a database file.")
        header = path.open("rb").read(_HEADER.size) if path.exists() else b""
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    if not header:
        if not create:
            raise StorageError(f"There is no database at {path}; run `biengioi crawl` first.")
        if not path.absolute().parent.is_dir():
            raise StorageError(f"The folder of {path} does not exist; create it first.")
        return True
    if len(header) < _HEADER.size or not header.startswith(b"SQLite format 3\0"):
        raise StorageError(f"{path} is not a database; give another file with --db.")
    _, version, application_id = _HEADER.unpack(header)
    if application_id != APPLICATION_ID:
        raise StorageError(f"{path} is a database of another program; give another file with --db.")
    _check_version(path, version)
    return False


def _check_version(path: Path, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"{path} was written by a newer biengioi (schema {version}, this one knows"
            f" {SCHEMA_VERSION}); update this program."
        )


def _prepare(conn: sqlite3.Connection, path: Path) -> None:
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA foreign_keys = ON")
    # FULL and not NORMAL: in WAL mode both survive a kill, but only FULL keeps an acknowledged
    # commit through a power cut (sqlite.org/pragma.html#pragma_synchronous). A polite crawl is
    # bound by the papers' pace, not by an fsync per batch.
    conn.execute("PRAGMA synchronous = FULL")
    version: int = conn.execute("PRAGMA user_version").fetchone()[0]
    _check_version(path, version)
    if version < SCHEMA_VERSION:
        from db.migrations import migrate  # sqlite-utils costs 0.14 s, which `list` need not pay

        migrate(conn)
    # Last, so that the header on disk is complete before the first page goes into a WAL.
    if conn.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise StorageError(
            f"{path} is on a file system without write-ahead logging; move it to a local disk."
        )


@contextmanager
def write_transaction(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Hold the one write lock for the block, which is kept whole or not at all.

    ``BEGIN IMMEDIATE`` waits for other writers at its first statement; a deferred transaction that
    reads first and then writes fails at once instead. Never wait for the network inside.

    Raises:
        StorageBusy: another process kept the lock for longer than the connection's timeout.
        StorageError: the disk is full, or the file is damaged or read-only.
    """
    with storage_errors(database_path(conn)):
        conn.execute("BEGIN IMMEDIATE")
        try:
            yield conn
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise


@contextmanager
def read_transaction(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Show the block one unchanging state of the database; writers are not held up.

    Within another read of the same connection it is part of that one.
    """
    with storage_errors(database_path(conn)):
        is_outermost = not conn.in_transaction
        if is_outermost:
            conn.execute("BEGIN")
        try:
            yield conn
        finally:
            if is_outermost and conn.in_transaction:
                conn.execute("COMMIT")


def database_path(conn: sqlite3.Connection) -> Path:
    """Return the file behind `conn`."""
    return Path(conn.execute("PRAGMA database_list").fetchone()["file"])


def copy_database(path: Path, to: Path) -> None:
    """Write a consistent copy of the collection at `path`, which may be in use, into the file `to`."""
    with (
        closing(open_database(path)) as conn,
        storage_errors(to),
        closing(sqlite3.connect(to)) as copy,
    ):
        conn.backup(copy)


_ADVICE = {
    sqlite3.SQLITE_NOTADB: "is not a database, or is damaged; give another file or restore a backup.",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a backup.",
    sqlite3.SQLITE_READONLY: "is read-only; check the permissions of the file and its folder.",
    sqlite3.SQLITE_PERM: "may not be opened; check its permissions.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and may be written to.",
    sqlite3.SQLITE_FULL: "cannot grow because the disk is full; free some space and run again.",
    sqlite3.SQLITE_IOERR: "cannot be read or written (input/output error); check the disk.",
}
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors that a user can mend into StorageError; bugs stay what they are."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # extended codes keep theirs low
        if code in _BUSY:
            raise StorageBusy(
                f"{path} is locked by another process; wait until it is done, or stop it."
            ) from error
        if code in _ADVICE:
            raise StorageError(f"{path} {_ADVICE[code]}") from error
        raise
