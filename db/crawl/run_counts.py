"""What a backfill counts: its records by source and reason, without a row for each.

A record that brought a story has a row of `decisions`, as in a crawl; when another capture of its address
takes that row, it is counted here. Plain functions on a connection; those that write belong into the
caller's write transaction.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from crawler.decision import Kind
from crawler.report import SourceReport, SourceStatus, Tally
from crawler.source import ARCHIVE

CONSIDERED, KNOWN, UNREAD, LOST = "considered", "known", "unread", "lost"
"""Terms beside the decisions: records that were read; those of tasks that were read before; tasks left;
tasks that were given up."""
_MOST_SHOWN = 3
"""Lost tasks that are named."""


def add(
    conn: sqlite3.Connection, run_id: int, source_id: str, term: str, number: int, reason: str = ""
) -> None:
    """Add to a number, or take from it."""
    conn.execute(
        "INSERT INTO run_counts (run_id, source_id, term, reason, number) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET number = number + excluded.number",
        (run_id, source_id, term, reason, number),
    )


def consider(
    conn: sqlite3.Connection, run_id: int, counts: Iterable[tuple[tuple[str, Kind, str], int]]
) -> None:
    """Count records that were read, and what is decided on them, PENDING too."""
    for (source_id, kind, reason), number in counts:
        add(conn, run_id, source_id, CONSIDERED, number)
        add(conn, run_id, source_id, kind, number, "" if kind is Kind.PENDING else reason)


def decide(conn: sqlite3.Connection, run_id: int, source_id: str, url: str) -> None:
    """Note that a story of an address that waited is decided on; its row of `decisions` comes next.

    One that the address has already is counted without it from now on.
    """
    add(conn, run_id, source_id, Kind.PENDING, -1)
    replaced = conn.execute(
        "DELETE FROM decisions WHERE run_id = ? AND url = ? RETURNING source_id, kind, reason", (run_id, url)
    ).fetchall()
    for row in replaced:
        add(conn, run_id, row["source_id"], row["kind"], 1, row["reason"])


def reports(conn: sqlite3.Connection, run_id: int) -> dict[str, SourceReport]:
    """Return what a backfill did for each source, by id; under `ARCHIVE` what no source owns."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    lost: list[str] = []
    decided: dict[str, list[tuple[Kind, str, int]]] = defaultdict(list)
    for row in conn.execute("SELECT * FROM run_counts WHERE run_id = ?", (run_id,)).fetchall():
        if row["term"] in (CONSIDERED, KNOWN, UNREAD):
            counts[row["source_id"]][row["term"]] = row["number"]
        elif row["term"] == LOST:
            lost.append(row["reason"])
        elif row["number"]:
            decided[row["source_id"]].append((Kind(row["term"]), row["reason"], row["number"]))
    for source_id, kind, reason, number in conn.execute(
        "SELECT source_id, kind, reason, count(*) FROM decisions WHERE run_id = ? GROUP BY 1, 2, 3", (run_id,)
    ):
        decided[source_id].append((Kind(kind), reason, number))
    return {
        source_id: _report(counts[source_id], decided[source_id], lost if source_id == ARCHIVE else ())
        for source_id in sorted(counts.keys() | decided.keys())
    }


def _report(
    counts: Mapping[str, int], decided: Iterable[tuple[Kind, str, int]], lost: Sequence[str]
) -> SourceReport:
    tally = Tally.of(sorted(decided), considered=counts.get(CONSIDERED, 0), known_count=counts.get(KNOWN, 0))
    unread = counts.get(UNREAD, 0)
    status, message = SourceStatus.DONE, ""
    if unread or tally.pending:
        status, message = SourceStatus.UNFINISHED, "run the command again for the rest"
        if unread:
            message = f"{unread} tasks are not read yet; {message}"
    if lost:
        status = SourceStatus.FAILED
        more = (f"and {len(lost) - _MOST_SHOWN} more",) if len(lost) > _MOST_SHOWN else ()
        message = "; ".join(filter(None, (message, *lost[:_MOST_SHOWN], *more)))
    return SourceReport(tally, status, {}, message)


def are_kept(conn: sqlite3.Connection, run_id: int) -> bool:
    """Whether the counts of a run are still there."""
    return conn.execute("SELECT 1 FROM run_counts WHERE run_id = ?", (run_id,)).fetchone() is not None


def drop(conn: sqlite3.Connection, run_id: int) -> None:
    """Remove the counts of a run."""
    conn.execute("DELETE FROM run_counts WHERE run_id = ?", (run_id,))
