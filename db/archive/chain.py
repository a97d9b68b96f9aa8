"""The daily chain: each day's sum goes into the next one's, so that nothing earlier changes unseen.

A day's sum is the SHA-256 of the sum of the day before (64 zeros before the first) and of the digests
of the day's records in the order of their ids, in hex, each with a line feed behind it. Days are those
of UTC. A record that is taken down leaves its digest.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from crawler.article import format_instant

BEFORE_THE_FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """One day of the chain.

    Args:
        day: YYYY-MM-DD, UTC.
        sha256: its sum; None while the day is not over.
    """

    day: str
    record_count: int
    sha256: str | None

    def to_json(self) -> dict[str, str | int | None]:
        """Return it as JSON types."""
        return asdict(self)


def day_of_writing(conn: sqlite3.Connection, now: datetime) -> str:
    """Return the day that a record of now belongs to: never one that is sealed, whatever the clock says."""
    last = conn.execute("SELECT max(day) FROM archive_days").fetchone()[0]
    after = (date.fromisoformat(last) + timedelta(days=1)).isoformat() if last else ""
    return max(f"{now:%Y-%m-%d}", after)


def seal(conn: sqlite3.Connection, now: datetime) -> int:
    """Work out the sums of days that are over, within the caller's write transaction; return how many.

    Args:
        now: aware, UTC.
    """
    last = conn.execute("SELECT day, sha256 FROM archive_days ORDER BY day DESC LIMIT 1").fetchone()
    before = last["sha256"] if last else BEFORE_THE_FIRST
    days = conn.execute(
        "SELECT DISTINCT day FROM archive_digests WHERE day > ? AND day < ? ORDER BY day",
        (last["day"] if last else "", f"{now:%Y-%m-%d}"),
    ).fetchall()
    for (day,) in days:
        digests = _digests(conn, day)
        before = sum_of(before, digests)
        conn.execute(
            "INSERT INTO archive_days (day, record_count, sha256, sealed_at) VALUES (?, ?, ?, ?)",
            (day, len(digests), before, format_instant(now)),
        )
    return len(days)


def sum_of(before: str, digests: Iterable[str]) -> str:
    """Return a day's sum.

    Args:
        before: the sum of the day before.
        digests: of the day's records, in order.
    """
    return hashlib.sha256("".join(f"{one}\n" for one in (before, *digests)).encode()).hexdigest()


def link_of(conn: sqlite3.Connection, record_id: int) -> Link:
    """Return the day of the chain that a record, by `page_records.id`, is part of."""
    day: str = conn.execute("SELECT day FROM archive_digests WHERE id = ?", (record_id,)).fetchone()[0]
    sealed = conn.execute("SELECT record_count, sha256 FROM archive_days WHERE day = ?", (day,)).fetchone()
    if sealed:
        return Link(day, sealed["record_count"], sealed["sha256"])
    return Link(day, len(_digests(conn, day)), None)


def breaks(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield the first day whose records do not give its sum, in a sentence."""
    before = BEFORE_THE_FIRST
    for row in conn.execute("SELECT day, record_count, sha256 FROM archive_days ORDER BY day").fetchall():
        digests = _digests(conn, row["day"])
        if sum_of(before, digests) != row["sha256"] or len(digests) != row["record_count"]:
            yield f"{row['day']} is the first day that does not fit what was sealed."
            return
        before = row["sha256"]


def _digests(conn: sqlite3.Connection, day: str) -> list[str]:
    rows = conn.execute("SELECT sha256 FROM archive_digests WHERE day = ? ORDER BY id", (day,))
    return [row["sha256"] for row in rows]
