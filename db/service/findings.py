"""Findings: each opened once while it is true, kept up to date, and resolved once; history stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crawler.article import format_instant
from crawler.finding import FindingKind, Found, Severity
from db.file.connection import read_transaction, write_transaction


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of `findings`; open while `resolved_at` is None. Times as stored."""

    id: int
    source_id: str | None
    kind: FindingKind
    severity: Severity
    opened_at: str
    seen_at: str
    resolved_at: str | None
    evidence: str
    advice: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What one look at the facts changed."""

    opened: tuple[Finding, ...] = ()
    resolved: tuple[Finding, ...] = ()
    continuing: tuple[Finding, ...] = ()


_COLUMNS = "id, source_id, kind, severity, opened_at, seen_at, resolved_at, evidence, advice"


def finding_of(row: sqlite3.Row) -> Finding:
    """Return the finding that a row holds."""
    values = {name: row[name] for name in _COLUMNS.split(", ")}
    values |= {"kind": FindingKind(row["kind"]), "severity": Severity(row["severity"])}
    return Finding(**values)


def open_findings(conn: sqlite3.Connection) -> list[Finding]:
    """Return what is wrong now, the worst first, then the oldest."""
    with read_transaction(conn):
        found = [finding_of(row) for row in _open_rows(conn)]
    return sorted(found, key=lambda one: (-one.severity.rank, one.opened_at, one.id))


def _open_rows(conn: sqlite3.Connection) -> list[sqlite3.Row]:
    return conn.execute(
        f"SELECT {_COLUMNS} FROM findings WHERE resolved_at IS NULL ORDER BY id"  # noqa: S608 - ours
    ).fetchall()


def record(conn: sqlite3.Connection, found: Iterable[Found], now: datetime) -> Changes:
    """Open what is new among `found`, refresh what goes on, resolve what is no longer true.

    Args:
        found: everything that is wrong now; two of one source and kind count once, the first.
    """
    wanted: dict[tuple[str | None, FindingKind], Found] = {}
    for one in found:
        wanted.setdefault((one.source_id, one.kind), one)
    if not wanted and not _open_rows(conn):
        return Changes()
    at = format_instant(now)
    with write_transaction(conn):
        known = {(row["source_id"], FindingKind(row["kind"])): row["id"] for row in _open_rows(conn)}
        opened = [_open(conn, one, at) for key, one in wanted.items() if key not in known]
        continuing = [_refresh(conn, known[key], one, at) for key, one in wanted.items() if key in known]
        resolved = [_resolve(conn, id_, at) for key, id_ in known.items() if key not in wanted]
    return Changes(tuple(opened), tuple(resolved), tuple(continuing))


def _open(conn: sqlite3.Connection, found: Found, at: str) -> Finding:
    return _changed(
        conn,
        "INSERT INTO findings (source_id, kind, severity, opened_at, seen_at, evidence, advice)"
        " VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)",
        found.source_id,
        found.kind,
        found.severity,
        at,
        found.evidence,
        found.advice,
    )


def _refresh(conn: sqlite3.Connection, id_: int, found: Found, at: str) -> Finding:
    return _changed(
        conn,
        "UPDATE findings SET severity = ?, seen_at = ?, evidence = ?, advice = ? WHERE id = ?",
        found.severity,
        at,
        found.evidence,
        found.advice,
        id_,
    )


def _resolve(conn: sqlite3.Connection, id_: int, at: str) -> Finding:
    return _changed(conn, "UPDATE findings SET resolved_at = ? WHERE id = ?", at, id_)


def _changed(conn: sqlite3.Connection, sql: str, *values: object) -> Finding:
    # fetchall: a statement with RETURNING that is not read to its end keeps the transaction open.
    (row,) = conn.execute(f"{sql} RETURNING {_COLUMNS}", values).fetchall()
    return finding_of(row)
