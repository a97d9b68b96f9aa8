"""Storage as one backfill sees it: what its tasks bring waits until all are read, and is then decided on.

So what is stored depends on the archives alone, and not on which worker was faster, which died, or in
which order the files were named. A task is done in the transaction that takes its last batch.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from crawler.archive.capture import Capture
from crawler.archive.owners import Owners
from crawler.archive.task import Batch, CaptureLine, Counts, Lost, Task
from crawler.article import format_instant, parse_instant
from crawler.decision import Decision, Kind, Outcome
from crawler.ports import Clock, PageVisit
from crawler.report import BACKFILL, RunReport
from crawler.source import ARCHIVE
from db.articles import keeping
from db.crawl import frontier, leases, run_counts, runs
from db.file.connection import read_transaction, write_transaction

_STORED_TOGETHER_COUNT = 50
"""Stories that share a transaction."""
_BEAT_S = leases.BEAT.total_seconds()


@dataclass(slots=True)
class _Reading:
    """A task that is being read.

    Args:
        id: of its row.
        counts: of the batches that came, captures as PENDING.
    """

    id: int
    counts: Counts = field(default_factory=Counter)
    record_count: int = 0
    first_at: datetime | None = None


class BackfillStore:
    """One run of a backfill on an open database.

    Args:
        reader: what tells apart topics and hosts: what was read for others is read again.
        revisit_ages: how old an article is when its page is due again.

    Raises:
        AtWork: another backfill is at work on this database.
    """

    def __init__(
        self,
        conn: sqlite3.Connection,
        owners: Owners,
        clock: Clock,
        *,
        reader: str,
        revisit_ages: Sequence[timedelta] = (),
    ) -> None:
        self._conn, self._owners, self._clock = conn, owners, clock
        self._reader, self._revisit_ages = reader, revisit_ages
        self._readings: dict[tuple[str, int, int], _Reading] = {}
        self._declared: set[str] = set()
        self.run_id = runs.start_alone(conn, BACKFILL, clock)
        self._beat_at = monotonic()

    def begin(self, tasks: Iterable[Task]) -> list[Task]:
        """Return the tasks that are not done yet; records of those that are count as known."""
        unread: list[Task] = []
        known = 0
        with write_transaction(self._conn) as conn:
            self._check(conn)
            conn.execute(
                "DELETE FROM backfill_captures WHERE task_id IN"
                " (SELECT id FROM backfill_tasks WHERE record_count IS NULL)"
            )
            for task in tasks:
                row = self._row(conn, task)
                if row["record_count"] is None:
                    self._readings[_key(task)] = _Reading(row["id"])
                    unread.append(task)
                else:
                    known += row["record_count"]
            run_counts.add(conn, self.run_id, ARCHIVE, run_counts.CONSIDERED, 0)
            run_counts.add(conn, self.run_id, ARCHIVE, run_counts.KNOWN, known)
            run_counts.add(conn, self.run_id, ARCHIVE, run_counts.UNREAD, len(unread))
            left = conn.execute("SELECT source_id, count(*) FROM backfill_captures GROUP BY 1").fetchall()
            run_counts.consider(conn, self.run_id, (((id_, Kind.PENDING, ""), count) for id_, count in left))
        return unread

    def _row(self, conn: sqlite3.Connection, task: Task) -> sqlite3.Row:
        row: sqlite3.Row = conn.execute(
            "INSERT INTO backfill_tasks (digest, range_start, range_end, reader, path) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET path = excluded.path RETURNING id, record_count",
            (task.digest, task.start, task.end, self._reader, task.path),
        ).fetchone()
        return row

    def take(self, came: Batch | Lost) -> None:
        """Keep what came of a task."""
        reading = self._readings[_key(came.task)]
        if isinstance(came, Lost):
            self._give_up(came)
            return
        if came.number == 0:
            reading.counts, reading.record_count, reading.first_at = Counter(), 0, None
        reading.counts += came.counts
        reading.counts.update((one.source_id, Kind.PENDING, "") for one in came.captures)
        reading.record_count += came.record_count
        reading.first_at = reading.first_at or came.first_at
        is_quiet = not came.captures and came.number > 0 and not came.is_last
        if is_quiet and monotonic() - self._beat_at < _BEAT_S:
            return
        with write_transaction(self._conn) as conn:
            self._check(conn)
            conn.execute(
                "DELETE FROM backfill_captures WHERE task_id = ? AND batch >= ?", (reading.id, came.number)
            )
            _insert(conn, reading.id, came.number, came.captures)
            if came.is_last:
                self._end(conn, reading)
        if came.is_last:
            del self._readings[_key(came.task)]

    def _end(self, conn: sqlite3.Connection, reading: _Reading) -> None:
        conn.execute(
            "UPDATE backfill_tasks SET record_count = ?, first_at = ?, run_id = ? WHERE id = ?",
            (
                reading.record_count,
                format_instant(reading.first_at) if reading.first_at else None,
                self.run_id,
                reading.id,
            ),
        )
        run_counts.consider(conn, self.run_id, reading.counts.items())
        run_counts.add(conn, self.run_id, ARCHIVE, run_counts.UNREAD, -1)

    def _give_up(self, lost: Lost) -> None:
        with write_transaction(self._conn) as conn:
            self._check(conn)
            conn.execute(
                "DELETE FROM backfill_captures WHERE task_id = ?", (self._readings[_key(lost.task)].id,)
            )
            run_counts.consider(conn, self.run_id, [((ARCHIVE, Kind.FAILED, Outcome.TASK_LOST.value), 1)])
            run_counts.add(conn, self.run_id, ARCHIVE, run_counts.LOST, 1, f"{lost.task.name}: {lost.reason}")
            run_counts.add(conn, self.run_id, ARCHIVE, run_counts.UNREAD, -1)

    def waiting_count(self) -> int:
        """Return how many stories wait to be decided on."""
        with read_transaction(self._conn) as conn:
            count: int = conn.execute("SELECT count(*) FROM backfill_captures").fetchone()[0]
        return count

    def store(self) -> Iterator[Decision]:
        """Decide on every story that waits, and keep those that are to be kept; yield the decisions.

        In the order of the archives, by the time of their first records, and within one as they stand; but
        the captures of one address in the order of time, wherever they stand.
        """
        with write_transaction(self._conn) as conn:
            self._check(conn)
            conn.execute(_GIVE_PLACES)
        while True:
            with write_transaction(self._conn) as conn:
                self._check(conn)
                rows = conn.execute(
                    "SELECT * FROM backfill_captures WHERE place IS NOT NULL ORDER BY place LIMIT ?",
                    (_STORED_TOGETHER_COUNT,),
                ).fetchall()
                decisions = [self._decide(conn, row) for row in rows]
                conn.executemany(
                    "DELETE FROM backfill_captures WHERE task_id = ? AND number = ?",
                    [(row["task_id"], row["number"]) for row in rows],
                )
            if not rows:
                return
            yield from decisions

    def _decide(self, conn: sqlite3.Connection, row: sqlite3.Row) -> Decision:
        if not row["document"]:
            at = parse_instant(row["captured_at"])
            self._declare(conn, row["source_id"], row["url"])
            run_counts.decide(conn, self.run_id, row["source_id"], row["url"])
            gone = PageVisit(row["source_id"], row["url"], Outcome.OK.value, at)
            return frontier.settle_capture(conn, self.run_id, gone, frontier.FORGOTTEN)
        capture = Capture.from_json(row["document"])
        visit = capture.visit
        self._declare(conn, visit.source_id, visit.url)
        seen_at = format_instant(visit.fetched_at)
        decision = keeping.keep(
            conn, visit.source_id, capture.article, capture.relevance, capture.refusal, seen_at
        )
        run_counts.decide(conn, self.run_id, visit.source_id, visit.url)
        decision = frontier.settle_capture(
            conn, self.run_id, visit, decision, revisit_ages=self._revisit_ages
        )
        if decision.article_id is not None:
            frontier.keep_outlinks(
                conn, visit.source_id, visit.url, visit.outlinks, seen_at, decision.article_id
            )
        return decision

    def _declare(self, conn: sqlite3.Connection, source_id: str, url: str) -> None:
        """Give a source its row; one that is no longer wanted had one when its story was read."""
        if source_id in self._declared:
            return
        source = self._owners.owner(url)
        if source is not None and source.id == source_id:
            runs.declare_source(conn, source)
        else:
            conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES (?, ?)", (source_id, source_id))
        self._declared.add(source_id)

    def finish(self) -> RunReport:
        """End the run and return its numbers."""
        return runs.finish_run(self._conn, self.run_id, self._clock)

    def _check(self, conn: sqlite3.Connection) -> None:
        leases.check(conn, self.run_id, self._clock())
        self._beat_at = monotonic()


def take_down(conn: sqlite3.Connection, urls: Iterable[str]) -> None:
    """Take the text out of stories that wait and were taken down, by their addresses or as texts."""
    conn.executemany("UPDATE backfill_captures SET document = '' WHERE url = ?", [(url,) for url in urls])
    conn.execute(
        "UPDATE backfill_captures SET document = ''"
        " WHERE content_hash IN (SELECT content_hash FROM forgotten)"
    )


def _key(task: Task) -> tuple[str, int, int]:
    return task.digest, task.start, task.end


def _insert(conn: sqlite3.Connection, task_id: int, batch: int, lines: Iterable[CaptureLine]) -> None:
    conn.executemany(
        "INSERT INTO backfill_captures"
        " (task_id, number, batch, source_id, url, captured_at, content_hash, document)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                task_id,
                one.number,
                batch,
                one.source_id,
                one.url,
                one.captured_at,
                one.content_hash,
                one.document.decode(),
            )
            for one in lines
        ],
    )


_GIVE_PLACES = """
WITH waiting AS MATERIALIZED (
  SELECT task_id, number, url, captured_at,
    row_number() OVER (ORDER BY first_at, digest, range_start, reader, number) AS position
  FROM backfill_captures JOIN backfill_tasks ON backfill_tasks.id = task_id WHERE place IS NULL
), slots AS MATERIALIZED (
  SELECT url, position, row_number() OVER (PARTITION BY url ORDER BY position) AS turn FROM waiting
), captures AS MATERIALIZED (
  SELECT task_id, number, url,
    row_number() OVER (PARTITION BY url ORDER BY captured_at, position) AS turn FROM waiting
), places AS MATERIALIZED (
  SELECT task_id, number,
    position + (SELECT coalesce(max(place), 0) FROM backfill_captures) AS place
  FROM captures JOIN slots USING (url, turn)
)
UPDATE backfill_captures SET place = places.place FROM places
WHERE places.task_id = backfill_captures.task_id AND places.number = backfill_captures.number
"""
