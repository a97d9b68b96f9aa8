"""Who crawls which paper: a politeness key is held by one run at a time.

A lease names its run; the run's row names the process. Run numbers only grow, so the run's number
is the lease's epoch: a process that lost its lease while it was stopped cannot write any more.
"""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from crawler.article import format_instant
from crawler.errors import LeaseLost

TERM = timedelta(minutes=10)
"""How long a run on another host is believed to live without a sign of life."""

BEAT = TERM / 10
"""How old a sign of life may grow before the next transaction renews it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, told apart from a later one with the same PID.

    Args:
        host: machine name; on Linux with the PID namespace, as containers may share the name.
        process_started: on Linux boot id and start ticks, which no change of the clock moves.
    """

    host: str
    pid: int
    process_started: str

    @classmethod
    def this_process(cls) -> Owner:
        """Return the running process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Owner:
        """Return the process of this host with that PID."""
        return cls(_host(), pid, _process_start(pid) or "")

    def is_dead(self) -> bool:
        """Whether the process has certainly ended; False for one on another host."""
        return self.host == _host() and _process_start(self.pid) != self.process_started


def _host() -> str:
    namespace = Path("/proc/self/ns/pid")
    if namespace.is_symlink():
        return f"{socket.gethostname()}/{namespace.readlink()}"
    return socket.gethostname()


def _process_start(pid: int) -> str | None:
    """Return when a process of this host started, in a form to compare; None if there is none."""
    boot_id = Path("/proc/sys/kernel/random/boot_id")
    if boot_id.exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        # proc(5): the second field, the name, is in parentheses and may hold anything.
        state, *rest = stat.rpartition(")")[2].split()
        ticks = rest[18]
        return None if state in "ZX" else f"{boot_id.read_text().strip()}:{ticks}"
    import psutil  # only where /proc is missing

    try:
        return str(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


@dataclass(frozen=True, slots=True)
class Holder:
    """The living run that keeps a paper from us."""

    key: str
    run_id: int
    owner: Owner

    def describe(self) -> str:
        """Return who holds it, in one sentence."""
        return (
            f"{self.key} is being crawled by process {self.owner.pid} on"
            f" {self.owner.host.partition('/')[0]} (run {self.run_id})."
        )


def owner_of(run: sqlite3.Row) -> Owner:
    """Return the process that a row of `runs` names."""
    return Owner(run["host"], run["pid"], run["process_started"])


def has_died(run: sqlite3.Row, now: datetime) -> bool:
    """Whether the run of that row is over although it is marked as running.

    On this host the process itself is asked, and expiry means nothing; of another host only the
    expiry is known.
    """
    owner = owner_of(run)
    if owner.host == _host():
        return owner.is_dead()
    return str(run["expires_at"]) <= format_instant(now)


def find_holder(conn: sqlite3.Connection, keys: Iterable[str], run_id: int) -> Holder | None:
    """Return another run that holds one of `keys`; runs of dead owners must be closed before."""
    for key in sorted(keys):
        row = conn.execute(
            "SELECT runs.* FROM leases JOIN runs ON runs.id = leases.epoch"
            " WHERE leases.key = ? AND leases.epoch <> ?",
            (key, run_id),
        ).fetchone()
        if row:
            return Holder(key, row["id"], owner_of(row))
    return None


def take(conn: sqlite3.Connection, keys: Iterable[str], run_id: int) -> None:
    """Give free `keys` to the run; keys that it holds already stay with it."""
    conn.executemany(
        "INSERT INTO leases (key, epoch) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
        [(key, run_id) for key in sorted(keys)],
    )


def release(conn: sqlite3.Connection, run_id: int, keys: Iterable[str] | None = None) -> None:
    """Free those of `keys` that the run holds; all that it holds when None are given."""
    if keys is None:
        conn.execute("DELETE FROM leases WHERE epoch = ?", (run_id,))
    else:
        conn.executemany("DELETE FROM leases WHERE key = ? AND epoch = ?", [(key, run_id) for key in keys])


def check(conn: sqlite3.Connection, run_id: int, now: datetime) -> None:
    """Renew the run's sign of life within a write transaction.

    Raises:
        LeaseLost: another process has closed this run and may have taken its papers.
    """
    row = conn.execute("SELECT status, expires_at FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None or row["status"] != "running":
        raise LeaseLost(
            f"Run {run_id} was stopped for so long that another one closed it; run the crawl again."
        )
    if row["expires_at"] < format_instant(now + TERM - BEAT):
        conn.execute("UPDATE runs SET expires_at = ? WHERE id = ?", (format_instant(now + TERM), run_id))
