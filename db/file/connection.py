"""What every use of an open database goes through: its set-up, the one way to write or read it, its errors.

SQLite's errors are told in words that a person can act on.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.errors import StorageBusy, StorageError, StorageFull
from db.schema.search import INDEX_QUEUE

_ADVICE = {
    sqlite3.SQLITE_NOTADB: "is not a database, or is damaged; give another file or restore a backup.",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a backup.",
    sqlite3.SQLITE_READONLY: "is read-only; check the permissions of the file and its folder.",
    sqlite3.SQLITE_PERM: "may not be opened; check its permissions.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and may be written to.",
    sqlite3.SQLITE_FULL: "cannot grow because the disk is full; free some space and run again.",
    sqlite3.SQLITE_IOERR: "cannot be read or written (input/output error); check the disk.",
}
_NO_SPACE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
"""A full disk shows itself as the latter too, where the log's index cannot grow."""
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
Connection = sqlite3.Connection
"""An open database, for modules outside db/ that hand it on and say no SQL."""
_MEBIBYTE_BYTES = 1024 * 1024
BUSY_TIMEOUT_S = 10.0
"""How long to wait for another writer when the configuration says nothing else."""
_LOOK_S = 0.001
_LONG_S = 0.05
_GAP_S = 0.003
"""Who waits for the lock looks for it so often, and who held it for long leaves such a gap.

SQLite's own wait looks ten times a second in the end, and would miss, time after time, the moment
between two transactions of a process that writes without a pause.
"""


def free_mb(file: Path) -> float:
    """Return the free space of the disk on which a database lies, or will, in MiB."""
    return shutil.disk_usage(file.absolute().parent).free / _MEBIBYTE_BYTES


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # extended codes keep theirs low


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds the lock that was wanted."""
    return _primary_code(error) in _BUSY


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors that a user can mend into StorageError; bugs stay what they are."""
    try:
        yield
    except sqlite3.Error as error:
        if is_busy(error):
            raise StorageBusy(
                f"{path} is locked by another process; wait until it is done, or stop it."
            ) from error
        if advice := _ADVICE.get(_primary_code(error)):
            kind = StorageFull if _primary_code(error) in _NO_SPACE else StorageError
            raise kind(f"{path} {advice}") from error
        raise


def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give a connection what our SQL expects of it, wherever it was opened."""
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA foreign_keys = ON")
    # Statements that fire triggers keep a journal of their own; on disk it costs a tenth of an insert.
    conn.execute("PRAGMA temp_store = MEMORY")


@contextmanager
def write_transaction(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Hold the one write lock for the block, which is kept whole or not at all.

    ``BEGIN IMMEDIATE`` waits for other writers at its first statement; a deferred transaction that
    reads first and then writes fails at once instead. Never wait for the network inside. Before it
    ends, new articles are taken into the search indexes.

    Raises:
        StorageBusy: another process kept the lock for longer than the connection's timeout.
        StorageError: the disk is full, or the file is damaged or read-only.
    """
    with storage_errors(database_path(conn)):
        insist(conn, "BEGIN IMMEDIATE")
        began = time.monotonic()
        try:
            yield conn
            if is_index_behind(conn):
                for statement in INDEX_QUEUE:
                    conn.execute(statement)
            conn.execute("COMMIT")
            if time.monotonic() - began > _LONG_S:
                time.sleep(_GAP_S)
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise


def is_index_behind(conn: sqlite3.Connection) -> bool:
    """Return whether articles are not indexed yet, such as those that another program wrote."""
    return conn.execute("SELECT 1 FROM search_queue LIMIT 1").fetchone() is not None


def insist(conn: sqlite3.Connection, statement: str) -> sqlite3.Cursor:
    """Execute a statement as soon as the lock that it takes is free, within the connection's patience."""
    patience_ms: int = conn.execute("PRAGMA busy_timeout").fetchone()[0]
    until = time.monotonic() + patience_ms / 1000
    conn.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                return conn.execute(statement)
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() >= until:
                    raise
            time.sleep(_LOOK_S)
    finally:
        conn.execute(f"PRAGMA busy_timeout = {patience_ms}")


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
