"""The search indexes, apart from writing and searching: compared with the articles, made anew, purged."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from db.file.connection import (
    database_path,
    is_index_behind,
    prepare_connection,
    storage_errors,
    write_transaction,
)
from db.schema.search import TABLES, fill, terms
from db.upkeep import postings

_SCRATCH = ".verify-"
_MERGE_PAGES = 2_000
"""Index pages that one step of a merge writes: some 8 MB, a small part of a second."""


def catch_up(conn: sqlite3.Connection) -> None:
    """Index what another program wrote to `articles`, unless the connection only reads.

    Raises:
        StorageBusy: a third process kept the write lock.
    """
    if is_index_behind(conn) and not conn.execute("PRAGMA query_only").fetchone()[0]:
        with write_transaction(conn):
            pass  # it ends with the queue


def check(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield a sentence for each index that does not say what the articles say.

    FTS5's own comparison is a write in the eyes of SQLite and takes a quarter of a millisecond for
    each article, so it runs on a copy: crawls go on meanwhile.
    """
    if is_index_behind(conn):
        yield "Articles of another program are not indexed yet; any command that writes will do it."
        return
    with _scratch_folder(database_path(conn).parent) as scratch:
        path = scratch / "copy.db"
        with storage_errors(path), closing(sqlite3.connect(path, isolation_level=None)) as copy:
            copy.execute("PRAGMA synchronous = OFF")
            conn.backup(copy)
            copy.execute("PRAGMA journal_mode = MEMORY")
            prepare_connection(copy)
            for table in TABLES:
                try:
                    copy.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")  # noqa: S608
                except sqlite3.DatabaseError:
                    yield f"The index {table} does not say what the articles say."


@contextmanager
def _scratch_folder(beside: Path) -> Iterator[Path]:
    """Yield a folder for the block; those of processes that were killed, which may be large, are removed."""
    for left in beside.glob(f"{_SCRATCH}*"):
        with suppress(BlockingIOError, FileNotFoundError), _locked(left):
            shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=beside, prefix=_SCRATCH) as scratch, _locked(Path(scratch)):
        yield Path(scratch)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which ends with its process; raise BlockingIOError if another has it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def rebuild(conn: sqlite3.Connection) -> None:
    """Make the indexes anew from the articles; writers wait meanwhile."""
    with write_transaction(conn):
        fill(conn)


def take_out(conn: sqlite3.Connection, article_id: int) -> bool:
    """Take an article out of the indexes and their files, and into the queue of what is in neither.

    Within the caller's transaction, before anything of it changes an index. What is left for `purge`
    are articles with more earlier versions than are kept, and files that a program wrote with FTS5's
    'secure-delete'.

    Returns:
        Whether it is done; if not, nothing was changed.
    """
    if not _has_all_versions(conn, article_id):
        return False
    try:
        postings.remove(conn, terms(conn, article_id), article_id)
    except postings.UnknownLayout:
        return False
    conn.execute("INSERT OR IGNORE INTO search_queue VALUES (?)", (article_id,))
    return True


def _has_all_versions(conn: sqlite3.Connection, article_id: int) -> bool:
    row = conn.execute(
        "SELECT count(*) = ifnull(max(number), 0) FROM revisions WHERE article_id = ?", (article_id,)
    ).fetchone()
    return bool(row[0])


def purge(conn: sqlite3.Connection) -> None:
    """Take what is left of removed articles out of the files of the indexes.

    A removed article stays in an index, marked as removed, until the piece that holds it is merged
    (sqlite.org/fts5.html#the_merge_command). Step by step, so that writers wait for none of it;
    after a kill the next one does the rest.
    """
    for table in TABLES:
        pages = -_MERGE_PAGES  # negative: pieces of all sizes take part
        changed = True
        while changed:
            with write_transaction(conn):
                before = conn.total_changes
                conn.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (pages,))  # noqa: S608
                changed = conn.total_changes - before >= 2
            pages = _MERGE_PAGES
