"""The addresses behind the numbers of runs.

Those of one run come a stretch at a time, from a key on and never by an offset.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import takewhile
from typing import Any

from crawler.article import LOCAL_ZONE, format_instant
from crawler.decision import Kind

Key = tuple[str | int, ...]
"""Where a stretch ended; the next one begins after it."""

FIRST_DECIDED: Key = ("", "", "", 0)
FIRST_WAITING: Key = ("", "", "")

_ORDER = ("source_id", "kind", "reason", "id")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some addresses, in the order of their keys.

    Args:
        rows: `url`, `source_id`, `kind`, `reason`, `detail`, `at`, `article_id`, and of the page as it is
            known today `title` and `topic_score`.
        after: the key of the last one; None where no more follow.
    """

    rows: Sequence[dict[str, Any]]
    after: Key | None


def decided(
    conn: sqlite3.Connection,
    run_id: int,
    *,
    source_id: str | None = None,
    kind: str | None = None,
    reason: str | None = None,
    after: Key = FIRST_DECIDED,
    limit: int,
) -> Stretch:
    """Return the addresses that a run has decided on, by source, decision and reason.

    Args:
        source_id, kind, reason: only those; None for all.
        after: the key to go on from.
    """
    given = {"source_id": source_id, "kind": kind, "reason": reason}
    chosen = {name: value for name, value in given.items() if value is not None}
    # The index decisions_by_source is in this order: what is chosen at its beginning narrows the range, the
    # key goes on from there, and `+` keeps what is chosen further on from being taken for the order.
    leading = list(takewhile(chosen.__contains__, _ORDER))
    rest = _ORDER[len(leading) :]
    where = [f"decisions.{name} = ?" for name in leading]
    where.append(f"({_columns(rest)}) > ({', '.join('?' * len(rest))})")
    where += [f"+decisions.{name} = ?" for name in rest if name in chosen]
    rows = conn.execute(
        "SELECT decisions.id, decisions.source_id, kind, decisions.reason, decisions.url, at, detail,"  # noqa: S608 - ours
        " decisions.article_id, title, topic_score"
        " FROM decisions LEFT JOIN pages ON pages.url = decisions.url"
        f" WHERE run_id = ? AND {' AND '.join(where)} ORDER BY {_columns(_ORDER)} LIMIT ?",
        (
            run_id,
            *(chosen[name] for name in leading),
            *after[len(leading) :],
            *(chosen[name] for name in rest if name in chosen),
            limit + 1,
        ),
    ).fetchall()
    shown = [dict(row) for row in rows[:limit]]
    is_cut = len(rows) > limit
    return Stretch(shown, tuple(shown[-1][name] for name in _ORDER) if is_cut else None)


@dataclass(frozen=True, slots=True)
class Unkept:
    """Which addresses that were rejected or failed are asked for; None for all.

    Args:
        since: from this day of Viet Nam on.
    """

    run_id: int | None = None
    source_id: str | None = None
    reason: str | None = None
    since: date | None = None


def unkept(conn: sqlite3.Connection, wanted: Unkept, limit: int) -> list[dict[str, Any]]:
    """Return what was rejected or failed, the last first; keys as those of `Stretch.rows`, and `run_id`."""
    since = wanted.since and format_instant(datetime.combine(wanted.since, time(), LOCAL_ZONE))
    conditions = {
        "run_id = ?": wanted.run_id,
        "decisions.source_id = ?": wanted.source_id,
        "decisions.reason = ?": wanted.reason,
        "at >= ?": since,
    }
    chosen = {condition: value for condition, value in conditions.items() if value is not None}
    rows = conn.execute(
        "SELECT at, run_id, decisions.source_id, decisions.url, kind, decisions.reason, detail,"  # noqa: S608 - ours
        " decisions.article_id, title, topic_score"
        " FROM decisions LEFT JOIN pages ON pages.url = decisions.url"
        f" WHERE {' AND '.join(['kind IN (?, ?)', *chosen])} ORDER BY decisions.id DESC LIMIT ?",
        (Kind.REJECTED, Kind.FAILED, *chosen.values(), limit),
    )
    return list(map(dict, rows))


def _columns(names: Iterable[str]) -> str:
    return ", ".join(f"decisions.{name}" for name in names)


def waiting(
    conn: sqlite3.Connection, source_ids: Sequence[str], *, after: Key = FIRST_WAITING, limit: int
) -> Stretch:
    """Return the addresses of some sources that wait to be fetched now, by source.

    Args:
        after: the key to go on from.
    """
    first, due, url = after
    found: list[dict[str, Any]] = []
    for source_id in sorted(one for one in source_ids if one >= str(first)):
        if source_id != first:
            due, url = "", ""
        # In the order of the index pages_by_state, where those without a time stand first.
        for condition, key in (
            ("next_fetch_at IS NULL AND url > ?", (url,)),
            ("(next_fetch_at, url) > (?, ?)", (due, url if due else "")),
        ):
            if due and "NULL" in condition:
                continue
            rows = conn.execute(
                "SELECT url, source_id, 'pending' AS kind, ifnull(reason, 'waiting') AS reason, '' AS detail,"  # noqa: S608 - ours
                " discovered_at AS at, article_id, title, topic_score, next_fetch_at FROM pages"
                f" WHERE source_id = ? AND state = 'pending' AND {condition}"
                " ORDER BY next_fetch_at, url LIMIT ?",
                (source_id, *key, limit + 1 - len(found)),
            )
            found += [dict(row) for row in rows]
        if len(found) > limit:
            break
    is_cut = len(found) > limit
    last = found[limit - 1] if is_cut else {}
    return Stretch(
        found[:limit],
        (last["source_id"], last["next_fetch_at"] or "", last["url"]) if is_cut else None,
    )
