"""Runs: started, ended, closed for the dead, and reported on.

What a run did is read from the database alone, so a killed run can be closed by the next one:
the left side of the identity is counted in the run's parts (db/crawl/run_parts.py) as URLs come in, the
right side from `decisions` and from the pages that still wait. When it ends its report is kept,
which is what is told from then on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.article import format_instant
from crawler.errors import AtWork, NotFoundError, StorageError
from crawler.ports import Clock
from crawler.report import RunReport, RunStatus, SourceReport, SourceStatus
from crawler.source import Source
from db.crawl import leases, run_parts
from db.file.connection import read_transaction, write_transaction


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has started.

    Args:
        held: the sources it may crawl, by id.
        skipped: source id → who holds it, in one sentence.
    """

    run_id: int
    held: Mapping[str, Source]
    skipped: Mapping[str, str]


def start_run(conn: sqlite3.Connection, kind: str, sources: Iterable[Source], clock: Clock) -> Run:
    """Start a run, take the leases of its sources and close the runs whose process died.

    Args:
        kind: what started it: "crawl", "schedule" or "demo".
    """
    now = clock()
    owner = leases.Owner.this_process()
    held: dict[str, Source] = {}
    skipped: dict[str, str] = {}
    with write_transaction(conn):
        close_dead_runs(conn, now)
        run_id = _insert_run(conn, kind, owner, now)
        for source in sources:
            declare_source(conn, source)
            holder = leases.find_holder(conn, source.host_names, run_id)
            if holder:
                skipped[source.id] = holder.describe()
            else:
                leases.take(conn, source.host_names, run_id)
                held[source.id] = source
            run_parts.begin(conn, run_id, source.id, skipped.get(source.id, ""))
    return Run(run_id, held, skipped)


def start_alone(conn: sqlite3.Connection, kind: str, clock: Clock) -> int:
    """Start a run that holds no paper, and return its number; there is one of its kind at a time.

    Raises:
        AtWork: there is one already.
    """
    now = clock()
    with write_transaction(conn):
        close_dead_runs(conn, now)
        run_id = _insert_run(conn, kind, leases.Owner.this_process(), now)
        if holder := leases.find_holder(conn, {kind}, run_id):
            owner = holder.owner
            host = owner.host.partition("/")[0]
            raise AtWork(
                f"A {kind} is at work already: process {owner.pid} on {host} (run {holder.run_id});"
                " wait until it is done."
            )
        leases.take(conn, {kind}, run_id)
    return run_id


def _insert_run(conn: sqlite3.Connection, kind: str, owner: leases.Owner, now: datetime) -> int:
    run_id: int = conn.execute(
        "INSERT INTO runs (kind, status, started_at, host, pid, process_started, expires_at)"
        " VALUES (?, 'running', ?, ?, ?, ?, ?) RETURNING id",
        (
            kind,
            format_instant(now),
            owner.host,
            owner.pid,
            owner.process_started,
            format_instant(now + leases.TERM),
        ),
    ).fetchone()[0]
    return run_id


def declare_source(conn: sqlite3.Connection, source: Source) -> None:
    """Give a source its row, or bring name and home page up to date."""
    conn.execute(
        "INSERT INTO sources (id, name, homepage) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, homepage = excluded.homepage",
        (source.id, source.name, source.homepage),
    )


def close_dead_runs(conn: sqlite3.Connection, now: datetime) -> None:
    """Close the runs whose process died, within a write transaction."""
    for row in conn.execute("SELECT * FROM runs WHERE status = 'running'").fetchall():
        if leases.has_died(row, now):
            last: str | None = conn.execute(
                "SELECT max(at) FROM decisions WHERE run_id = ?", (row["id"],)
            ).fetchone()[0]
            _end(conn, row["id"], RunStatus.ABORTED, last or row["started_at"])


def dead_runs(conn: sqlite3.Connection, now: datetime) -> frozenset[int]:
    """Return the runs that are marked as running though their process has died; the next run closes them."""
    rows = conn.execute("SELECT * FROM runs WHERE status = 'running'").fetchall()
    return frozenset(row["id"] for row in rows if leases.has_died(row, now))


def finish_run(conn: sqlite3.Connection, run_id: int, clock: Clock) -> RunReport:
    """End a run: free its leases, keep its report and return it.

    It has failed when a source failed or was not finished, or when the numbers do not add up.

    Raises:
        LeaseLost: another process has closed it.
    """
    now = clock()
    with write_transaction(conn):
        leases.check(conn, run_id, now)
        return _end(conn, run_id, None, format_instant(now))


def record_loss(
    conn: sqlite3.Connection,
    kind: str,
    owner: leases.Owner,
    source_ids: Iterable[str],
    reason: str,
    now: datetime,
) -> None:
    """Write down that a crawl process was lost, within a write transaction.

    The run that it left becomes failed; if it never started one, or closed it, there is one now that
    says so.

    Args:
        source_ids: the sources whose part it did not end; they have rows already.
        reason: what became of the process, in a sentence.
    """
    lost = sorted(source_ids)
    at = format_instant(now)
    row = conn.execute(
        "SELECT id FROM runs WHERE host = ? AND pid = ? AND process_started = ?"
        " AND status = 'running' ORDER BY id DESC",
        (owner.host, owner.pid, owner.process_started),
    ).fetchone()
    run_id: int = row["id"] if row else _insert_run(conn, kind, owner, now)
    for source_id in lost:
        run_parts.lose(conn, run_id, source_id, reason)
        _count_failure(conn, source_id, reason, at)
    _end(conn, run_id, RunStatus.FAILED, at)


def _end(conn: sqlite3.Connection, run_id: int, status: RunStatus | None, ended_at: str) -> RunReport:
    run_parts.end_all(conn, run_id)
    report = recompute(conn, _row(conn, run_id))
    if status is None:
        statuses = {one.status for one in report.sources.values()}
        bad = statuses & {SourceStatus.FAILED, SourceStatus.UNFINISHED}
        status = RunStatus.FAILED if bad or not report.adds_up else RunStatus.DONE
    conn.execute("UPDATE runs SET status = ?, ended_at = ? WHERE id = ?", (status, ended_at, run_id))
    report = replace(report, status=status, ended_at=ended_at)
    conn.execute(
        "UPDATE runs SET report = ? WHERE id = ?",
        (json.dumps(report.to_json(), ensure_ascii=False), run_id),
    )
    leases.release(conn, run_id)
    return report


def close_source(
    conn: sqlite3.Connection,
    run_id: int,
    source_id: str,
    status: SourceStatus,
    message: str,
    at: str,
) -> SourceReport:
    """End one source's part of a run, within a write transaction."""
    run_parts.end(conn, run_id, source_id, status, message)
    if status is SourceStatus.DONE:
        conn.execute(
            "UPDATE sources SET last_crawl_at = ?, last_success_at = ?, failure_count = 0,"
            " last_error = NULL WHERE id = ?",
            (at, at, source_id),
        )
    elif status is SourceStatus.FAILED:
        _count_failure(conn, source_id, message, at)
    return run_parts.report(conn, run_id, source_id)


def _count_failure(conn: sqlite3.Connection, source_id: str, message: str, at: str) -> None:
    conn.execute(
        "UPDATE sources SET last_crawl_at = ?, failure_count = failure_count + 1, last_error = ?"
        " WHERE id = ?",
        (at, message, source_id),
    )


def recompute(conn: sqlite3.Connection, run: sqlite3.Row) -> RunReport:
    """Return what a run did, from the rows it left; an old one's are gone (db/upkeep/maintenance.py)."""
    return RunReport(
        run_id=run["id"],
        kind=run["kind"],
        status=RunStatus(run["status"]),
        started_at=run["started_at"],
        ended_at=run["ended_at"],
        sources=run_parts.reports(conn, run["id"]),
    )


def stored_report(run: sqlite3.Row) -> RunReport:
    """Return the report that was kept when the run ended.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return RunReport.from_json(json.loads(run["report"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"The report of run {run['id']} is damaged; restore a backup.") from error


def _report(conn: sqlite3.Connection, run: sqlite3.Row) -> RunReport:
    return recompute(conn, run) if run["status"] == RunStatus.RUNNING else stored_report(run)


def _row(conn: sqlite3.Connection, run_id: int) -> sqlite3.Row:
    row: sqlite3.Row | None = conn.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no run {run_id}; `biengioi runs` lists them.")
    return row


def run_report(conn: sqlite3.Connection, run_id: int) -> RunReport:
    """Return what the run did, or has done so far.

    Raises:
        NotFoundError: there is no such run.
    """
    with read_transaction(conn):
        return _report(conn, _row(conn, run_id))


def recent_runs(conn: sqlite3.Connection, limit: int = 20) -> list[RunReport]:
    """Return the last `limit` runs, newest first."""
    with read_transaction(conn):
        rows = conn.execute("SELECT * FROM runs ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
        return [_report(conn, row) for row in rows]
