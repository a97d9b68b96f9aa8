"""Pauses: which papers asked to be left alone, for every process and every run to obey."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from crawler.article import format_instant, parse_instant
from crawler.pause import Pause
from crawler.ports import Clock
from db.file.connection import BUSY_TIMEOUT_S, storage_errors, write_transaction
from db.file.opening import open_database


class PauseBook:
    """`crawler.ports.Pauses` of a database.

    Reads on a connection of its own, so that no request waits for somebody's write.
    """

    def __init__(self, conn: sqlite3.Connection, path: Path, clock: Clock, busy_timeout_s: float) -> None:
        self._conn = conn
        self._path = path
        self._clock = clock
        self._busy_timeout_s = busy_timeout_s

    async def pause_of(self, key: str) -> Pause | None:
        """Return the pause that a paper has asked for and that is not over; None for none."""
        with storage_errors(self._path):  # one statement sees one state
            return next((one for one in pauses(self._conn, self._clock(), key=key)), None)

    async def keep_pause(self, pause: Pause) -> None:
        """Write down what a paper asks for; the longer one counts where there is one already."""
        await asyncio.to_thread(self._keep, pause)

    def _keep(self, pause: Pause) -> None:
        with (
            closing(open_database(self._path, busy_timeout_s=self._busy_timeout_s)) as conn,
            write_transaction(conn),
        ):
            keep(conn, pause, self._clock())


@contextmanager
def open_pauses(path: Path, clock: Clock, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Iterator[PauseBook]:
    """Yield the pauses of the database at `path`, which must exist."""
    with closing(open_database(path, busy_timeout_s=busy_timeout_s)) as conn:
        yield PauseBook(conn, path, clock, busy_timeout_s)


def pauses(conn: sqlite3.Connection, now: datetime, *, key: str | None = None) -> list[Pause]:
    """Return the pauses that are not over, the first to end first; of one paper with `key`."""
    rows = conn.execute(
        "SELECT * FROM pauses WHERE until_at > ?1 AND key = ifnull(?2, key) ORDER BY until_at, key",
        (format_instant(now), key),
    )
    return [pause for row in rows if (pause := _pause(row)).is_in_force(now)]


def keep(conn: sqlite3.Connection, pause: Pause, now: datetime) -> None:
    """Write a pause down and forget those that are over, within a write transaction."""
    kept = {one.key: one for one in pauses(conn, now)}
    if pause.key not in kept or kept[pause.key].until < pause.until:
        kept[pause.key] = pause
    conn.execute("DELETE FROM pauses")
    conn.executemany(
        "INSERT INTO pauses (key, asked_at, until_at, detail) VALUES (?, ?, ?, ?)",
        [
            (one.key, format_instant(one.asked_at), format_instant(one.until), one.detail)
            for one in kept.values()
        ],
    )


def _pause(row: sqlite3.Row) -> Pause:
    return Pause(row["key"], parse_instant(row["asked_at"]), parse_instant(row["until_at"]), row["detail"])
