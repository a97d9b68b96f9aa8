"""The sources and their health, and what is known of one of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from crawler.errors import NotFoundError, UsageError
from crawler.source import Source
from db.crawl import run_parts
from db.crawl.runs import dead_runs
from db.service.findings import Finding
from db.service.health import Health, SourceState
from db.service.status import read_health
from db.web import counts
from db.web.i18n import Language
from db.web.page import Answer, Site, WebRequest
from db.web.scale import end_of_scale
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


def findings(health: Health, t: Language) -> list[dict[str, Any]]:
    """Return what is wrong now, the worst first, in the reader's language where that can be."""
    return [_finding(one, t) for one in health.findings]


def _finding(one: Finding, t: Language) -> dict[str, Any]:
    evidence, advice = one.told(t)
    return {
        "source_id": one.source_id,
        "source_name": one.source_id and one.subject(""),
        "kind": one.kind.value,
        "severity": one.severity.value,
        "evidence": evidence,
        "advice": advice,
        "language": "en" if (evidence, advice) == (one.evidence, one.advice) else t.code,
        "opened_at": one.opened_at,
    }


def sources(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the page of all sources, those in trouble first; `state` chooses those of one state."""
    health = read_health(conn, visit.now, site.watch.sources)
    wanted = visit.parameters.get("state")
    if wanted and wanted not in list(SourceState):
        raise UsageError(f"There is no state {wanted!r}.", key="state")
    open_ones = findings(health, visit.language)
    since = visit.days_ago(_DAYS - 1)
    rows = [
        row
        for row in map(dict, conn.execute(ALL_SOURCES))
        if not wanted or health.sources.get(row["id"]) == wanted
    ]
    ids = [row["id"] for row in rows]
    totals = counts.by_value(conn, "source", ids, *counts.ALL_DAYS)
    undated = counts.undated(conn, "source", ids)
    for row in rows:
        own = [one for one in open_ones if one["source_id"] == row["id"]]
        days = counts.by_day(conn, "source", row["id"], since, visit.today)
        row |= {
            "finding_count": len(own),
            "state": health.sources.get(row["id"]),
            "article_count": totals[row["id"]] + undated[row["id"]],
            "recent_count": sum(days.values()),
            "bars": _bars([days.get(visit.days_ago(_DAYS - 1 - n), 0) for n in range(_DAYS)]),
        }
    order = [*SourceState, None]
    rows.sort(key=lambda row: (order.index(row["state"]), -row["recent_count"], row["name"]))
    return site.render(
        "sources.html",
        visit,
        title=visit.language("sources.title"),
        sources=rows,
        unseen=_by_state(_unseen(conn, site.watch.sources.values()), health, wanted),
        health=health,
        wanted=wanted,
        findings=[one for one in open_ones if not wanted or one["source_id"] in ids],
        since=since,
    )


def _by_state(
    rows: Iterable[dict[str, Any]], health: Health, wanted: str | None
) -> dict[SourceState, list[dict[str, Any]]]:
    """Return sources by their state, those of the state that is wanted alone."""
    found: dict[SourceState, list[dict[str, Any]]] = {}
    for row in rows:
        if (state := health.sources[row["id"]]) == wanted or not wanted:
            found.setdefault(state, []).append(row)
    return found


def _unseen(conn: sqlite3.Connection, declared: Iterable[Source]) -> Iterator[dict[str, Any]]:
    """Yield those that are declared and have no row yet, as rows."""
    known = source_names(conn)
    columns = [column[0] for column in conn.execute(f"{ALL_SOURCES} LIMIT 0").description]
    for one in declared:
        if one.id not in known:
            yield {**dict.fromkeys(columns), "id": one.id, "name": one.name, "homepage": one.homepage}


def source(conn: sqlite3.Connection, site: Site, visit: WebRequest, source_id: str) -> Answer:
    """Return the page of one source."""
    row = conn.execute(ONE_SOURCE, (source_id,)).fetchone()
    if row is None:
        declared = site.watch.sources.get(source_id)
        row = next(_unseen(conn, [declared] if declared else []), None)
    if row is None:
        raise NotFoundError(f"There is no source {source_id!r}.")
    health = read_health(conn, visit.now, site.watch.sources)
    total = counts.by_value(conn, "source", [source_id], date.min, date.max)[source_id]
    total += counts.undated(conn, "source", [source_id])[source_id]
    return site.render(
        "source.html",
        visit,
        title=row["name"],
        source={**dict(row), "state": health.sources.get(source_id), "article_count": total},
        health=health,
        findings=[one for one in findings(health, visit.language) if one["source_id"] == source_id],
        seeds=conn.execute(SEEDS, (source_id,)).fetchall(),
        crawls=run_parts.crawls(conn, source_id, _CRAWL_COUNT),
        dead=dead_runs(conn, visit.now),
    )


def _bars(values: list[int]) -> list[tuple[int, int]]:
    """Return number and height of the bars of a sparkline; a day with an article is never invisible."""
    most = end_of_scale(values)
    return [(n, max(2, round(_BAR_PX * value / most))) for n, value in enumerate(values) if value]
