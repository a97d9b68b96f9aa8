"""SQLite's errors, in words that a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.errors import StorageBusy, StorageError, StorageFull

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
