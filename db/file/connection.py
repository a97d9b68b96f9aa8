"""Opening the database, its one write transaction, and its errors in words a person can act on."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from crawler.errors import StorageBusy, StorageError, StorageFull
from db.file.search_index import index_queue
from db.schema import APPLICATION_ID, SCHEMA_VERSION

Connection = sqlite3.Connection
"""An open database, for modules outside db/ that hand it on and say no SQL."""

BUSY_TIMEOUT_S = 10.0
"""How long to wait for another writer when the configuration says nothing else."""


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
            raise StorageError(f"There is no database at {path}; run `biengioi crawl` first.")
        if not path.absolute().parent.is_dir():
            raise StorageError(f"The folder of {path} does not exist; create it first.")
        return True
    application_id, version = _read_marks(path)
    if application_id != APPLICATION_ID:
        raise StorageError(f"{path} is a database of another program; give another file with --db.")
    _check_version(path, version)
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


def _check_version(path: Path, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"{path} was written by a newer biengioi (schema {version}, this one knows"
            f" {SCHEMA_VERSION}); update this program."
        )


def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give a connection what our SQL expects of it, wherever it was opened."""
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA foreign_keys = ON")
    # Statements that fire triggers keep a journal of their own; on disk it costs a tenth of an insert.
    conn.execute("PRAGMA temp_store = MEMORY")


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
    _check_version(path, version)
    if version < SCHEMA_VERSION:
        from db.file.migrations import migrate  # sqlite-utils costs 0.14 s, which `list` need not pay

        migrate(conn)
    # Last, so that the header on disk is complete before the first page goes into a WAL. Of two processes
    # that make the file, one finds it locked here, where SQLite does not wait by itself.
    if _insist(conn, "PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
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
        _insist(conn, "BEGIN IMMEDIATE")
        began = time.monotonic()
        try:
            yield conn
            index_queue(conn)
            conn.execute("COMMIT")
            if time.monotonic() - began > _LONG_S:
                time.sleep(_GAP_S)
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise


_LOOK_S = 0.001
_LONG_S = 0.05
_GAP_S = 0.003
"""Who waits for the lock looks for it so often, and who held it for long leaves such a gap.

SQLite's own wait looks ten times a second in the end, and would miss, time after time, the moment
between two transactions of a process that writes without a pause.
"""


def _insist(conn: sqlite3.Connection, statement: str) -> sqlite3.Cursor:
    """Execute a statement as soon as the lock that it takes is free, within the connection's patience."""
    patience_ms: int = conn.execute("PRAGMA busy_timeout").fetchone()[0]
    until = time.monotonic() + patience_ms / 1000
    conn.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                return conn.execute(statement)
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() >= until:
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


_COPIED_PAGES = 2000
"""Copied at a time, between two calls of `progress`."""


def copy_database(
    path: Path,
    to: Path,
    *,
    target: Path | None = None,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Write a consistent copy of the collection at `path`, which may be in use, into the file `to`.

    The collection itself is only read, and not brought up to date either.

    Args:
        target: what `to` will be called, for errors.
        progress: called now and then with how many pages of the file are copied, and of how many.
    """
    check_file(path)
    address = f"{path.absolute().as_uri()}?mode=rw"
    with storage_errors(path), closing(sqlite3.connect(address, uri=True, timeout=busy_timeout_s)) as conn:
        # One read transaction around the whole: without it the copy would begin anew after every
        # write of another process (sqlite.org/backup.html), and would wait for a lock for ever.
        conn.execute("BEGIN")
        conn.execute("SELECT 1 FROM sqlite_master").fetchone()
        with storage_errors(target or to), closing(sqlite3.connect(to)) as copy:
            copy.execute("PRAGMA journal_mode = OFF")  # what is cut short is of no use to anyone
            conn.backup(
                copy,
                pages=_COPIED_PAGES,
                progress=lambda _, remaining, total: progress(total - remaining, total),
            )


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


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # extended codes keep theirs low


def _is_busy(error: sqlite3.Error) -> bool:
    return _primary_code(error) in _BUSY


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors that a user can mend into StorageError; bugs stay what they are."""
    try:
        yield
    except sqlite3.Error as error:
        if _is_busy(error):
            raise StorageBusy(
                f"{path} is locked by another process; wait until it is done, or stop it."
            ) from error
        if advice := _ADVICE.get(_primary_code(error)):
            kind = StorageFull if _primary_code(error) in _NO_SPACE else StorageError
            raise kind(f"{path} {advice}") from error
        raise
