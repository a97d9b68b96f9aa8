"""One source's part of one run: held or skipped, opened, ended; and what it came to.

A part that is held is `unfinished` until it ends. It is open from the moment its pending pages are
taken (`opened_at`) until they are counted again (`pending_count`). This module alone knows so: only
here is SQL said about `run_sources`. Plain functions on a connection; those that write belong into
the caller's write transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from crawler.article import format_instant
from crawler.decision import Kind
from crawler.report import SourceReport, SourceStatus, Tally
from db.crawl import leases, run_counts

_IS_OPEN = "opened_at IS NOT NULL AND pending_count IS NULL"
_IS_HELD = "run_sources.status = 'unfinished' AND pending_count IS NULL"
_HAS_ENDED = "(run_sources.status = 'skipped' OR pending_count IS NOT NULL)"


# --- its life --------------------------------------------------------------------------------------


def begin(conn: sqlite3.Connection, run_id: int, source_id: str, skipped: str = "") -> None:
    """Note that a run holds a source, or that another one holds it.

    Args:
        skipped: who holds it, in a sentence; empty when this run does.
    """
    status = SourceStatus.SKIPPED if skipped else SourceStatus.UNFINISHED
    conn.execute(
        "INSERT INTO run_sources (run_id, source_id, status, message) VALUES (?, ?, ?, ?)",
        (run_id, source_id, status, skipped),
    )


def open_part(conn: sqlite3.Connection, run_id: int, source_id: str, considered: int, now: datetime) -> None:
    """Note that a source's pending pages are taken, `considered` of them.

    Raises:
        ValueError: the run does not hold the source, or has opened it before.
    """
    opened = conn.execute(
        "UPDATE run_sources SET opened_at = ?, considered = ?"  # noqa: S608 - our condition
        f" WHERE run_id = ? AND source_id = ? AND {_IS_HELD} AND opened_at IS NULL",
        (format_instant(now), considered, run_id, source_id),
    )
    if opened.rowcount != 1:
        raise ValueError(f"run {run_id} does not hold {source_id}, or has opened it before")


def count(
    conn: sqlite3.Connection,
    run_id: int,
    source_id: str,
    *,
    considered: int = 0,
    known: int = 0,
    offsite: int = 0,
    older: int = 0,
) -> None:
    """Add to what came in."""
    conn.execute(
        "UPDATE run_sources SET considered = considered + ?, known_count = known_count + ?,"
        " offsite_count = offsite_count + ?, older_count = older_count + ?"
        " WHERE run_id = ? AND source_id = ?",
        (considered, known, offsite, older, run_id, source_id),
    )


def end(conn: sqlite3.Connection, run_id: int, source_id: str, status: SourceStatus, message: str) -> None:
    """Say how a source fared, and count its pages that still wait."""
    conn.execute(
        "UPDATE run_sources SET status = ?, message = ? WHERE run_id = ? AND source_id = ?",
        (status, message, run_id, source_id),
    )
    _freeze(conn, run_id, source_id)


def lose(conn: sqlite3.Connection, run_id: int, source_id: str, reason: str) -> None:
    """Say why a source's part was never ended; the run may not have begun it."""
    conn.execute(
        "INSERT INTO run_sources (run_id, source_id, status, message) VALUES (?, ?, 'unfinished', ?)"
        " ON CONFLICT DO UPDATE SET message = excluded.message",
        (run_id, source_id, reason),
    )


def end_all(conn: sqlite3.Connection, run_id: int) -> None:
    """Count what still waits in those parts of a run that did not end by themselves."""
    for row in conn.execute(
        "SELECT source_id FROM run_sources WHERE run_id = ? AND pending_count IS NULL", (run_id,)
    ).fetchall():
        _freeze(conn, run_id, row["source_id"])


def _freeze(conn: sqlite3.Connection, run_id: int, source_id: str) -> None:
    """Write down how many pages of a source still wait; none count where it was never opened."""
    conn.execute(
        "UPDATE run_sources SET pending_count = CASE WHEN opened_at IS NULL THEN 0 ELSE"
        " (SELECT count(*) FROM pages WHERE source_id = ?2 AND state = 'pending') END"
        " WHERE run_id = ?1 AND source_id = ?2",
        (run_id, source_id),
    )


# --- who is at work --------------------------------------------------------------------------------


def being_crawled(conn: sqlite3.Connection, now: datetime) -> frozenset[str]:
    """Return the sources whose pending pages a living run has taken and not yet counted again."""
    return _of_living_runs(conn, _IS_OPEN, now)


def held(conn: sqlite3.Connection, now: datetime) -> frozenset[str]:
    """Return the sources that a living run holds, whether it has come to them or not."""
    return _of_living_runs(conn, _IS_HELD, now)


def _of_living_runs(conn: sqlite3.Connection, condition: str, now: datetime) -> frozenset[str]:
    rows = conn.execute(
        "SELECT runs.*, source_id FROM runs JOIN run_sources ON run_id = runs.id"  # noqa: S608 - ours
        f" WHERE runs.status = 'running' AND {condition}"
    ).fetchall()
    return frozenset(row["source_id"] for row in rows if not leases.has_died(row, now))


def runs_counting(conn: sqlite3.Connection, source_id: str) -> list[int]:
    """Return the runs that have counted a source's pending pages in, and not out again."""
    rows = conn.execute(
        "SELECT run_id FROM run_sources JOIN runs ON runs.id = run_id"  # noqa: S608 - our condition
        f" WHERE source_id = ? AND runs.status = 'running' AND {_IS_OPEN}",
        (source_id,),
    )
    return [row["run_id"] for row in rows]


# --- what it came to -------------------------------------------------------------------------------


def reports(conn: sqlite3.Connection, run_id: int) -> dict[str, SourceReport]:
    """Return what a run did for each source, by id, from the rows it left."""
    rows = conn.execute("SELECT * FROM run_sources WHERE run_id = ? ORDER BY source_id", (run_id,))
    found = {row["source_id"]: _report(conn, row) for row in rows.fetchall()}
    return found or run_counts.reports(conn, run_id)


def report(conn: sqlite3.Connection, run_id: int, source_id: str) -> SourceReport:
    """Return what a run did for one source, from the rows it left."""
    row = conn.execute(
        "SELECT * FROM run_sources WHERE run_id = ? AND source_id = ?", (run_id, source_id)
    ).fetchone()
    return _report(conn, row)


def _report(conn: sqlite3.Connection, part: sqlite3.Row) -> SourceReport:
    key = (part["run_id"], part["source_id"])
    pending: int | None = part["pending_count"]
    if pending is None:
        pending = _count_pending(conn, part["source_id"]) if part["opened_at"] else 0
    decided = conn.execute(
        "SELECT kind, reason, count(*) FROM decisions WHERE run_id = ? AND source_id = ?"
        " GROUP BY kind, reason ORDER BY kind, reason",
        key,
    )
    return SourceReport(
        tally=Tally.of(
            ((Kind(kind), reason, number) for kind, reason, number in decided),
            considered=part["considered"],
            known_count=part["known_count"],
            offsite_count=part["offsite_count"],
            older_count=part["older_count"],
            pending=pending,
        ),
        status=SourceStatus(part["status"]),
        seeds=seed_outcomes(conn, *key),
        message=part["message"],
    )


def _count_pending(conn: sqlite3.Connection, source_id: str) -> int:
    count: int = conn.execute(
        "SELECT count(*) FROM pages WHERE source_id = ? AND state = 'pending'", (source_id,)
    ).fetchone()[0]
    return count


def seed_outcomes(conn: sqlite3.Connection, run_id: int, source_id: str) -> dict[str, str]:
    """Return seed → how reading it ended in a run, by address."""
    rows = conn.execute(
        "SELECT url, outcome FROM run_seeds WHERE run_id = ? AND source_id = ? ORDER BY url",
        (run_id, source_id),
    )
    return {row["url"]: row["outcome"] for row in rows}


def ended(conn: sqlite3.Connection, run_id: int) -> Sequence[sqlite3.Row]:
    """Return the parts of a run, which may be going on, that have ended."""
    return conn.execute(
        f"SELECT * FROM run_sources WHERE run_id = ? AND {_HAS_ENDED}",  # noqa: S608 - our condition
        (run_id,),
    ).fetchall()


def crawls(conn: sqlite3.Connection, source_id: str, limit: int) -> Sequence[sqlite3.Row]:
    """Return the last parts of a source, newest first: `run_id`, `status`, `message`, `started_at`."""
    return conn.execute(
        "SELECT run_id, run_sources.status, message, started_at FROM run_sources"
        " JOIN runs ON runs.id = run_id WHERE source_id = ? ORDER BY run_id DESC LIMIT ?",
        (source_id, limit),
    ).fetchall()


def finished_crawls(conn: sqlite3.Connection, source_id: str, limit: int) -> Sequence[sqlite3.Row]:
    """Return the last crawls of a source that are over, newest first, with `opened_at` and `ended_at`.

    Those that another crawl kept it from are left out.
    """
    return conn.execute(
        "SELECT run_id, run_sources.status, message, opened_at, started_at, ended_at"
        " FROM run_sources JOIN runs ON runs.id = run_id WHERE source_id = ?"
        " AND run_sources.status <> 'skipped' AND runs.status <> 'running'"
        " ORDER BY run_id DESC LIMIT ?",
        (source_id, limit),
    ).fetchall()


def good_crawls(conn: sqlite3.Connection, source_id: str, since: str) -> list[str]:
    """Return when the crawls of a source started that went well, as stored."""
    rows = conn.execute(
        "SELECT started_at FROM run_sources JOIN runs ON runs.id = run_id"
        " WHERE source_id = ? AND run_sources.status = 'done' AND started_at >= ?",
        (source_id, since),
    )
    return [row["started_at"] for row in rows]


def last_crawls(conn: sqlite3.Connection) -> dict[str, str]:
    """Return a mark of every crawled source's last part, as text to compare."""
    rows = conn.execute(
        "SELECT sources.id, last_crawl_at, runs.id AS run_id, runs.status FROM sources JOIN runs"
        " ON runs.id = (SELECT max(run_id) FROM run_sources WHERE source_id = sources.id)"
    )
    return {row["id"]: f"{row['run_id']} {row['status']} {row['last_crawl_at']}" for row in rows}


# --- dropped when it is old ------------------------------------------------------------------------


def are_kept(conn: sqlite3.Connection, run_id: int) -> bool:
    """Whether the parts of a run are still there, so that its numbers can be recomputed."""
    found = conn.execute("SELECT 1 FROM run_sources WHERE run_id = ?", (run_id,))
    return found.fetchone() is not None or run_counts.are_kept(conn, run_id)


def runs_ended_before(conn: sqlite3.Connection, before: str) -> list[int]:
    """Return the runs that ended earlier and whose parts are still there."""
    rows = conn.execute(
        "SELECT id FROM runs WHERE ended_at < ? AND id IN"
        " (SELECT run_id FROM run_sources UNION SELECT run_id FROM run_counts)",
        (before,),
    )
    return [row["id"] for row in rows]


def drop(conn: sqlite3.Connection, run_id: int) -> None:
    """Remove the parts of a run, and how its seeds were read."""
    conn.execute("DELETE FROM run_seeds WHERE run_id = ?", (run_id,))
    conn.execute("DELETE FROM run_sources WHERE run_id = ?", (run_id,))
    run_counts.drop(conn, run_id)
