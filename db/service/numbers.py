"""What a monitor asks beside the status: what the last runs did, what waits, how new everything is."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.article import format_instant
from crawler.page import PageState
from crawler.report import RunReport, RunStatus, Tally, total
from db.crawl import runs

_DAY = timedelta(hours=24)
_PENDING = "SELECT id, (SELECT count(*) FROM pages WHERE source_id = sources.id AND state = ?) FROM sources"
_NEWEST = (
    "SELECT id, (SELECT max(published_at) FROM articles WHERE source_id = sources.id) AS at FROM sources"
    " WHERE at IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of one moment.

    Args:
        last_runs: the last run of each kind that has ended.
        day: what all runs did that ended within the last 24 hours, together.
        day_run_count: how many those were.
        running_count: runs that go on.
        pending: pages that wait to be fetched, by source.
        newest: when the newest article of each source was published, as stored.
        article_count: articles that are kept, those that repeat another one included.
    """

    last_runs: Sequence[RunReport]
    day: Tally
    day_run_count: int
    running_count: int
    pending: Mapping[str, int]
    newest: Mapping[str, str]
    article_count: int


def read_numbers(conn: sqlite3.Connection, now: datetime) -> Numbers:
    """Return the numbers of this moment, within a read transaction."""
    last = conn.execute(
        "SELECT * FROM runs WHERE id IN (SELECT max(id) FROM runs WHERE status != ? GROUP BY kind)"
        " ORDER BY kind",
        (RunStatus.RUNNING,),
    ).fetchall()
    day = conn.execute(
        "SELECT * FROM runs WHERE status != ? AND ended_at >= ?",
        (RunStatus.RUNNING, format_instant(now - _DAY)),
    ).fetchall()
    running = conn.execute("SELECT count(*) FROM runs WHERE status = ?", (RunStatus.RUNNING,))
    return Numbers(
        last_runs=[runs.stored_report(row) for row in last],
        day=total(runs.stored_report(row).tally for row in day),
        day_run_count=len(day),
        running_count=running.fetchone()[0] - len(runs.dead_runs(conn, now)),
        pending=dict(map(tuple, conn.execute(_PENDING, (PageState.PENDING,)))),
        newest=dict(map(tuple, conn.execute(_NEWEST))),
        article_count=conn.execute("SELECT count(*) FROM articles").fetchone()[0],
    )
