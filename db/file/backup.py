"""Backups: the whole collection as it is at one moment, in one file that can take its place."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import StorageError, UsageError
from db.file.access import check_file, connect
from db.file.atomic_write import atomic_write, sync_folder
from db.file.connection import BUSY_TIMEOUT_S, prepare_connection, storage_errors


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup.

    Args:
        path: the file.
        byte_count: its size.
        article_count: articles in it, those that repeat another one included.
    """

    path: Path
    byte_count: int
    article_count: int

    def to_json(self) -> dict[str, str | int]:
        """Return it as JSON types."""
        return {
            "path": str(self.path),
            "byte_count": self.byte_count,
            "article_count": self.article_count,
        }


def back_up(
    path: Path,
    target: Path,
    *,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Backup:
    """Copy the collection at `path`, which may be written to meanwhile, into the file `target`.

    The copy is checked, and on the disk, before it gets its name; until then a `target` that was
    there before stays. Only a database of ours is ever replaced, and none that is in use.

    Args:
        busy_timeout_s: how long to wait for another process that locks even readers out.
        progress: called now and then with how many pages of the file are copied, and of how many.

    Raises:
        UsageError: `target` is the collection itself, is something else or in use, or cannot be
            written.
        StorageError: there is no collection, or it is damaged.
    """
    check_file(path)
    if target.exists():
        _check_target(path, target)
    with atomic_write(target, keep=path.resolve()) as file:
        part = Path(file.name)
        shutil.copymode(path, part)
        copy_database(path, part, target=target, busy_timeout_s=busy_timeout_s, progress=progress)
        article_count = _check_copy(path, part)
    target = target.resolve()
    sync_folder(target.parent)
    return Backup(target, target.stat().st_size, article_count)


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
    with storage_errors(path), closing(connect(path, busy_timeout_s)[0]) as conn:
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


def _check_target(path: Path, target: Path) -> None:
    """Raise UsageError if what is there must not be replaced by a backup of `path`."""
    if target.samefile(path):
        raise UsageError(f"{target} is the collection itself; give the backup another name.")
    if target.is_dir() or target.stat().st_size:
        try:
            check_file(target)
        except StorageError as error:
            raise UsageError(
                f"{target} is there and is no backup of ours; give the backup another name."
            ) from error
    target = target.resolve()
    if any(target.with_name(target.name + suffix).exists() for suffix in ("-wal", "-journal")):
        raise UsageError(f"{target} is in use by a program; give the backup another name.")


def _check_copy(path: Path, part: Path) -> int:
    """Return how many articles a copy holds; raise StorageError if it would not stand in for `path`."""
    # `immutable`, because opening a file in WAL mode otherwise makes two more beside it.
    with storage_errors(path), closing(sqlite3.connect(f"{part.as_uri()}?immutable=1", uri=True)) as conn:
        prepare_connection(conn)
        if conn.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise StorageError(f"{path} is damaged, and was not copied; restore an older backup.")
        count: int = conn.execute("SELECT count(*) FROM articles").fetchone()[0]
        return count
