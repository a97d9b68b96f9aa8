"""Maintenance: what a database wants every day so that it stays small and quick."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from crawler.article import format_instant
from db.archive import chain, files
from db.archive.writing import mend, storage_told
from db.crawl import run_parts
from db.file.connection import database_path, read_transaction, storage_errors, write_transaction
from db.schema.search import TABLES
from db.upkeep import search

_CHUNK = 500
"""Rows deleted in one transaction, so that a crawl never waits long for the lock."""

_MERGED_PAGES = 2000
"""Of a search index, written in one transaction: some 8 MB."""

_ANALYSIS_LIMIT = 1000
"""Rows of an index that its statistics are made from (sqlite.org/pragma.html#pragma_analysis_limit)."""

_CHECKPOINT_PATIENCE_MS = 200
"""How long to wait for readers; writers wait as long (sqlite.org/c3ref/wal_checkpoint_v2.html)."""


@dataclass(frozen=True, slots=True)
class MaintenanceReport:
    """What one maintenance did.

    Args:
        decision_count: old page outcomes that were dropped.
        run_count: old runs that are known by their kept report alone from now on.
        is_checkpointed: whether the write-ahead log was emptied; False when somebody was reading.
    """

    decision_count: int
    run_count: int
    is_checkpointed: bool

    def to_json(self) -> dict[str, int | bool]:
        """Return it as JSON types."""
        return asdict(self)


def maintain(
    conn: sqlite3.Connection,
    now: datetime,
    keep_decisions: timedelta,
    say: Callable[[str], None] = lambda _: None,
) -> MaintenanceReport:
    """Drop old page outcomes, tidy the full-text index and the archive, refresh statistics, empty the log.

    It may run beside crawls, and be killed at any moment: the next one does the rest.

    Args:
        keep_decisions: of runs that ended longer ago, only the last decision on each address stays,
            for `explain`; their numbers are in the reports that were kept.
        say: told in a few words what is done now.
    """
    before = format_instant(now - keep_decisions)
    say("dropping old page outcomes")
    run_count = _close_books(conn, before)
    decision_count = _drop_decisions(conn, before)
    say("tidying the search indexes")
    search.catch_up(conn)
    _merge(conn)
    say("tidying the archive")
    _tidy_archive(conn, now)
    say("refreshing statistics")
    with storage_errors(database_path(conn)):
        # Not `PRAGMA optimize`: it looks only at what this very connection has asked for.
        conn.execute(f"PRAGMA analysis_limit = {_ANALYSIS_LIMIT}")
        conn.execute("ANALYZE")
        is_checkpointed = _empty_log(conn)
    return MaintenanceReport(decision_count, run_count, is_checkpointed)


def _merge(conn: sqlite3.Connection) -> None:
    """Merge the small pieces that searches read one by one (sqlite.org/fts5.html#the_merge_command)."""
    for table in TABLES:
        is_changed = True
        while is_changed:
            with write_transaction(conn):
                before = conn.total_changes
                conn.execute(
                    f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)",  # noqa: S608 - our names
                    (_MERGED_PAGES,),
                )
                is_changed = conn.total_changes - before >= 2


def _tidy_archive(conn: sqlite3.Connection, now: datetime) -> None:
    """Seal the days that are over, and close what processes left open that were killed."""
    with write_transaction(conn):
        chain.seal(conn, now)
        folder = files.folder(conn)
        if folder.is_dir():
            with storage_told(folder):
                mend(conn, folder)


def _empty_log(conn: sqlite3.Connection) -> bool:
    """Empty the write-ahead log; return whether nobody was in the way."""
    timeout_ms: int = conn.execute("PRAGMA busy_timeout").fetchone()[0]
    conn.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_PATIENCE_MS}")
    try:
        busy: int = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        conn.execute(f"PRAGMA busy_timeout = {timeout_ms}")
    return not busy


def _close_books(conn: sqlite3.Connection, before: str) -> int:
    """Drop the rows beside `decisions` that old runs were computed from, and return how many runs.

    First, since they tell that a run's numbers can be recomputed.
    """
    run_ids = run_parts.runs_ended_before(conn, before)
    for run_id in run_ids:
        with write_transaction(conn):
            run_parts.drop(conn, run_id)
    return len(run_ids)


def _drop_decisions(conn: sqlite3.Connection, before: str) -> int:
    count = last_id = 0
    while True:
        with read_transaction(conn):
            ids = [
                row["id"]
                for row in conn.execute(
                    "SELECT id FROM decisions WHERE id > ? AND run_id IN"
                    " (SELECT id FROM runs WHERE ended_at < ?) AND EXISTS (SELECT 1 FROM decisions"
                    " AS later WHERE later.url = decisions.url AND later.id > decisions.id)"
                    " ORDER BY id LIMIT ?",
                    (last_id, before, _CHUNK),
                )
            ]
        if not ids:
            return count
        with write_transaction(conn):
            conn.executemany("DELETE FROM decisions WHERE id = ?", ((id_,) for id_ in ids))
        count += len(ids)
        last_id = ids[-1]
