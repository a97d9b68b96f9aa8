"""The sources and their health, and what is known of one of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

from crawler.errors import NotFoundError
from crawler.finding import Severity
from db.crawl import run_parts
from db.service.findings import open_findings
from db.web import counts
from db.web.page import Answer, Site, WebRequest
from db.web.source_names import source_names

_DAYS = 30
_BAR_PX = 26
_CRAWL_COUNT = 20

ALL_SOURCES = (
    "SELECT sources.*, source_schedule.interval_s, source_schedule.next_fetch_at"
    " FROM sources LEFT JOIN source_schedule ON source_id = sources.id"
)
ONE_SOURCE = f"{ALL_SOURCES} WHERE sources.id = ?"
SEEDS = (
    "SELECT url, outcome, detail, fetched_at FROM seeds WHERE source_id = ? AND outcome IS NOT NULL"
    " ORDER BY url"
)


def findings(conn: sqlite3.Connection, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what is wrong now, the worst first, with the names of the sources."""
    return [
        {
            "source_id": one.source_id,
            "source_name": names.get(one.source_id or "", one.source_id),
            "kind": one.kind.value,
            "severity": one.severity.value,
            "evidence": one.evidence,
            "advice": one.advice,
            "opened_at": one.opened_at,
        }
        for one in open_findings(conn)
    ]


def sources(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the page of all sources, those in trouble first."""
    open_ones = findings(conn, source_names(conn))
    since = visit.days_ago(_DAYS - 1)
    rows = [dict(row) for row in conn.execute(ALL_SOURCES)]
    ids = [row["id"] for row in rows]
    totals = counts.by_value(conn, "source", ids, *counts.ALL_DAYS)
    undated = counts.undated(conn, "source", ids)
    for row in rows:
        own = [one for one in open_ones if one["source_id"] == row["id"]]
        days = counts.by_day(conn, "source", row["id"], since, visit.today)
        row |= {
            "finding_count": len(own),
            "state": _state(row, own),
            "article_count": totals[row["id"]] + undated[row["id"]],
            "recent_count": sum(days.values()),
            "bars": _bars([days.get(visit.days_ago(_DAYS - 1 - n), 0) for n in range(_DAYS)]),
        }
    order = ("failing", "warning", "new", "well")
    rows.sort(key=lambda row: (order.index(row["state"]), -row["recent_count"], row["name"]))
    return site.render(
        "sources.html",
        visit,
        title=visit.language("sources.title"),
        sources=rows,
        findings=open_ones,
        since=since,
    )


def source(conn: sqlite3.Connection, site: Site, visit: WebRequest, source_id: str) -> Answer:
    """Return the page of one source."""
    row = conn.execute(ONE_SOURCE, (source_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no source {source_id!r}.")
    own = [one for one in findings(conn, {}) if one["source_id"] == source_id]
    total = counts.by_value(conn, "source", [source_id], date.min, date.max)[source_id]
    total += counts.undated(conn, "source", [source_id])[source_id]
    return site.render(
        "source.html",
        visit,
        title=row["name"],
        source={**dict(row), "state": _state(dict(row), own), "article_count": total},
        findings=own,
        seeds=conn.execute(SEEDS, (source_id,)).fetchall(),
        crawls=run_parts.crawls(conn, source_id, _CRAWL_COUNT),
    )


def _state(row: Mapping[str, Any], own: list[dict[str, Any]]) -> str:
    """Return how a source fares, in the word that the page has for it."""
    if row["failure_count"] or any(one["severity"] == Severity.ERROR for one in own):
        return "failing"
    if any(one["severity"] == Severity.WARNING for one in own):
        return "warning"
    return "well" if row["last_success_at"] or row["homepage"] is None else "new"


def _bars(values: list[int]) -> list[int]:
    """Return the heights of the sparkline; a day with an article is never invisible."""
    most = max(values)
    return [max(2, round(_BAR_PX * value / most)) if value else 0 for value in values]
