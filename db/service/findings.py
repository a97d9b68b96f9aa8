"""Findings: each opened once while it is true, kept up to date, and resolved once; history stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from crawler.article import format_instant
from crawler.finding import Facts, FindingKind, Found, Severity
from crawler.language import Language
from db.file.connection import read_transaction, write_transaction


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of `findings`; open while `resolved_at` is None. Times as stored.

    Args:
        evidence, advice: in English, as they were written down.
        facts: both for readers of any language; None of an old row.
        source_name: what its source is called.
    """

    id: int
    source_id: str | None
    kind: FindingKind
    severity: Severity
    opened_at: str
    seen_at: str
    resolved_at: str | None
    evidence: str
    advice: str
    facts: Facts | None = None
    source_name: str | None = None

    def told(self, language: Language) -> tuple[str, str]:
        """Return evidence and advice in a language; as they were written down where that cannot be."""
        if self.facts is None:
            return self.evidence, self.advice
        try:
            return language.say(self.facts.evidence), language.say(self.facts.advice)
        except (KeyError, IndexError, ValueError):  # of a release that had other words
            return self.evidence, self.advice

    def subject(self, installation: str, *, with_id: bool = False) -> str:
        """Return what it is about: the name of the source, or what the installation is called.

        Args:
            with_id: whether commands are to follow, which want the id.
        """
        if self.source_id is None:
            return installation
        name = self.source_name or self.source_id
        return f"{name} ({self.source_id})" if with_id and name != self.source_id else name


@dataclass(frozen=True, slots=True)
class Changes:
    """What one look at the facts changed."""

    opened: tuple[Finding, ...] = ()
    resolved: tuple[Finding, ...] = ()
    continuing: tuple[Finding, ...] = ()


COLUMNS = (
    "findings.id, source_id, kind, severity, opened_at, seen_at, resolved_at, evidence, advice, facts,"
    " (SELECT name FROM sources WHERE sources.id = findings.source_id) AS source_name"
)
"""What a finding is made of, as SQL."""


def finding_of(row: sqlite3.Row) -> Finding:
    """Return the finding that a row holds."""
    values = {one.name: row[one.name] for one in fields(Finding)}
    values |= {
        "kind": FindingKind(row["kind"]),
        "severity": Severity(row["severity"]),
        "facts": Facts.from_json(row["facts"]) if row["facts"] else None,
    }
    return Finding(**values)


def open_findings(conn: sqlite3.Connection) -> list[Finding]:
    """Return what is wrong now, the worst first, then the oldest."""
    with read_transaction(conn):
        found = [finding_of(row) for row in _open_rows(conn)]
    return sorted(found, key=lambda one: (-one.severity.rank, one.opened_at, one.id))


def _open_rows(conn: sqlite3.Connection) -> list[sqlite3.Row]:
    return conn.execute(
        f"SELECT {COLUMNS} FROM findings WHERE resolved_at IS NULL ORDER BY id"  # noqa: S608 - ours
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
        "INSERT INTO findings (source_id, kind, severity, opened_at, seen_at, evidence, advice, facts)"
        " VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)",
        found.source_id,
        found.kind,
        found.severity,
        at,
        found.evidence,
        found.advice,
        found.facts and found.facts.to_json(),
    )


def _refresh(conn: sqlite3.Connection, id_: int, found: Found, at: str) -> Finding:
    return _changed(
        conn,
        "UPDATE findings SET severity = ?, seen_at = ?, evidence = ?, advice = ?, facts = ? WHERE id = ?",
        found.severity,
        at,
        found.evidence,
        found.advice,
        found.facts and found.facts.to_json(),
        id_,
    )


def _resolve(conn: sqlite3.Connection, id_: int, at: str) -> Finding:
    return _changed(conn, "UPDATE findings SET resolved_at = ? WHERE id = ?", at, id_)


def _changed(conn: sqlite3.Connection, sql: str, *values: object) -> Finding:
    # fetchall: a statement with RETURNING that is not read to its end keeps the transaction open.
    (row,) = conn.execute(f"{sql} RETURNING {COLUMNS}", values).fetchall()
    return finding_of(row)
