"""A look at a collection that may be damaged, older or in use: nothing is written, not even beside it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from db.crawl import pauses, runs
from db.file.access import check_file
from db.file.connection import prepare_connection, storage_errors
from db.schema import SCHEMA_VERSION
from db.service import lock
from db.service.lock import ServiceRecord

_OLDEST_ENGINE = (3, 37, 0)
"""The first SQLite with STRICT tables."""
_STEPS = 10_000
"""Instructions of SQLite between two looks at the clock."""
_MAX_EXAMPLES = 5
_NEWEST = (
    "SELECT max(at) FROM (SELECT max(started_at) AS at FROM runs UNION ALL"
    " SELECT max(fetched_at) FROM articles UNION ALL SELECT max(beat_at) FROM service)"
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was seen.

    Args:
        schema: of the file; None if it could not be read.
        wal_size: of its log, in bytes.
        is_log_left: whether a process left its log without its index, as a copied one is: to look into it
            would mean to write.
        damages: what `quick_check` found; None if it took too long.
        newest_at: the newest time that it holds.
        dead_run_count: runs that are marked as running though their process has died.
        paused: the politeness keys of papers that asked to be left alone for now.
    """

    schema: int | None
    wal_size: int
    is_log_left: bool = False
    damages: Sequence[str] | None = field(default_factory=list)
    newest_at: str | None = None
    service: ServiceRecord | None = None
    dead_run_count: int = 0
    paused: frozenset[str] = frozenset()

    @property
    def is_older(self) -> bool:
        """Whether the next command that opens it brings it up to date."""
        return self.schema is not None and self.schema < SCHEMA_VERSION


def engine_version() -> str:
    """Return the version of SQLite."""
    return sqlite3.sqlite_version


def engine_problem() -> str:
    """Return what this SQLite lacks; an empty text if nothing."""
    if sqlite3.sqlite_version_info < _OLDEST_ENGINE:
        return f"SQLite {'.'.join(map(str, _OLDEST_ENGINE))} or newer is needed"
    with closing(sqlite3.connect(":memory:")) as conn:
        options = {row[0] for row in conn.execute("PRAGMA compile_options")}
    return "" if "ENABLE_FTS5" in options else "SQLite was made without full-text search (FTS5)"


def diagnose(path: Path, now: datetime, patience_s: float) -> Diagnosis:
    """Return how a collection is.

    Args:
        patience_s: how long its pages may be looked through.

    Raises:
        StorageError: it is not there, not ours, newer than this program or unreadable.
    """
    check_file(path)
    for is_last in (False, True):
        wal, shm = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))
        wal_size = wal.stat().st_size if wal.exists() else 0
        if wal_size and not shm.exists():
            return Diagnosis(None, wal_size, is_log_left=True)
        # With the log's index at hand a reader makes no file; without a log nobody writes.
        options = "mode=ro" if shm.exists() else "mode=ro&immutable=1"
        found = _look(path, options, wal_size, now, patience_s)
        if is_last or not found.damages or not shm.exists():
            break  # else somebody has begun to write under our eyes
    return found


def _look(path: Path, options: str, wal_size: int, now: datetime, patience_s: float) -> Diagnosis:
    uri = f"{path.absolute().as_uri()}?{options}"
    with storage_errors(path), closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as conn:
        prepare_connection(conn)
        schema: int = conn.execute("PRAGMA user_version").fetchone()[0]
        damages = _damages(conn, patience_s)
        if schema != SCHEMA_VERSION or damages:
            return Diagnosis(schema, wal_size, damages=damages)
        return Diagnosis(
            schema,
            wal_size,
            damages=damages,
            newest_at=conn.execute(_NEWEST).fetchone()[0],
            service=lock.service_record(conn, now),
            dead_run_count=len(runs.dead_runs(conn, now)),
            paused=frozenset(one.key for one in pauses.pauses(conn, now)),
        )


def _damages(conn: sqlite3.Connection, patience_s: float) -> list[str] | None:
    until = time.monotonic() + patience_s
    conn.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        rows = conn.execute(f"PRAGMA quick_check({_MAX_EXAMPLES})").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return None
    except sqlite3.DatabaseError as error:
        return [str(error)]
    finally:
        conn.set_progress_handler(None, 0)
    return [row[0] for row in rows if row[0] != "ok"]
