"""The crawls, one of them with the numbers that add up, and the pages behind each number."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from crawler.article import parse_instant
from crawler.decision import Kind
from crawler.errors import UsageError
from crawler.report import BACKFILL, TERMS, RunReport, Tally
from db.crawl import outcomes, run_parts
from db.crawl.runs import dead_runs, recent_runs, run_report
from db.web.i18n import Language
from db.web.page import Answer, Site, WebRequest
from db.web.source_names import source_names

_RUN_COUNT = 40
_PAGE_COUNT = 50
_LISTED = ("stored", "revised", "failed", "pending")
"""What the list of crawls counts of each."""


def runs(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the page of the last crawls."""
    return site.render(
        "runs.html",
        visit,
        title=visit.language("runs.title"),
        runs=recent_runs(conn, _RUN_COUNT),
        dead=dead_runs(conn, visit.now),
        listed=_LISTED,
        terms=_terms,
        took=lambda run: _took(visit.language, run),
    )


def run(conn: sqlite3.Connection, site: Site, visit: WebRequest, run_id: int) -> Answer:
    """Return the page of one crawl."""
    report = run_report(conn, run_id)
    names = source_names(conn)
    rows = [
        {
            "id": source_id,
            "name": names.get(source_id, source_id),
            "is_known": source_id in names,
            "status": one.status,
            "message": one.message,
            "considered": one.tally.considered,
            "counts": _terms(one.tally),
        }
        for source_id, one in sorted(
            report.sources.items(), key=lambda item: (-item[1].tally.considered, item[0])
        )
    ]
    return site.render(
        "run.html",
        visit,
        title=visit.language("runs.run", n=run_id),
        run=report,
        terms=_terms(report.tally),
        rows=rows,
        dead=dead_runs(conn, visit.now),
        pages_link=lambda **chosen: visit.url(f"runs/{run_id}/pages", **chosen),
        took=lambda run: _took(visit.language, run),
    )


def pages(conn: sqlite3.Connection, site: Site, visit: WebRequest, run_id: int) -> Answer:
    """Return the page of the addresses behind a number of a crawl; `after` is the key to go on from."""
    report = run_report(conn, run_id)
    chosen = {name: visit.parameters.get(name) or None for name in ("source", "kind", "reason")}
    source_id, kind, reason = chosen.values()
    if kind and kind not in list(Kind):
        raise UsageError(f"There is no decision {kind!r}.", key="kind")
    names = source_names(conn)
    if kind == Kind.PENDING:
        ids = [source_id] if source_id else list(report.sources)
        after = _key(visit.parameters.get("after"), outcomes.FIRST_WAITING)
        found = outcomes.waiting(conn, ids, after=after, limit=_PAGE_COUNT)
    else:
        after = _key(visit.parameters.get("after"), outcomes.FIRST_DECIDED)
        found = outcomes.decided(
            conn, run_id, source_id=source_id, kind=kind, reason=reason, after=after, limit=_PAGE_COUNT
        )
    return site.render(
        "outcome.html",
        visit,
        title=visit.language("outcome.title", n=run_id),
        run_id=run_id,
        chosen={name: value for name, value in chosen.items() if value},
        kind=kind,
        count=_count(report, source_id, kind, reason),
        names=names,
        pages=found.rows,
        waiting_count=0 if kind else (_count(report, source_id, Kind.PENDING, None) or 0),
        is_counted=report.kind == BACKFILL,
        is_dropped=kind != Kind.PENDING and not run_parts.are_kept(conn, run_id),
        is_first="after" not in visit.parameters,
        more=visit.here(after=json.dumps(found.after)) if found.after else None,
    )


def _key(text: str | None, first: outcomes.Key) -> outcomes.Key:
    """Return the key that an address names; the first one without.

    Raises:
        UsageError: it is none that we gave.
    """
    if not text:
        return first
    try:
        parts = json.loads(text)
    except (ValueError, RecursionError):
        parts = None
    is_key = isinstance(parts, list) and [type(one) for one in parts] == [type(one) for one in first]
    if not is_key or not all(isinstance(one, str) or 0 <= one < 2**63 for one in parts):
        raise UsageError("after must be what the page before it gave.", key="after")
    return tuple(parts)


def _count(report: RunReport, source_id: str | None, kind: str | None, reason: str | None) -> int | None:
    """Return the number that the addresses stand behind; None where the report has none of that kind."""
    one = report.sources.get(source_id) if source_id else None
    tally = one.tally if one else report.tally
    if source_id and one is None:
        return None
    if reason:
        reasons: Mapping[str, int] = {"rejected": tally.rejected, "failed": tally.failed}.get(kind or "", {})
        return reasons.get(reason)
    return {one: count for one, _, count in _terms(tally)}[Kind(kind)] if kind else tally.considered


def _terms(tally: Tally) -> list[tuple[Kind, str, int]]:
    """Return the right side of the identity: which decision each term counts, its name, the number."""
    counts = {**tally.to_json(), "rejected": tally.rejected_count, "failed": tally.failed_count}
    return [(kind, term, counts[term]) for kind, term in TERMS.items()]


def _took(language: Language, report: RunReport) -> str:
    if report.ended_at is None:
        return language("runs.not_ended")
    length = parse_instant(report.ended_at) - parse_instant(report.started_at)
    return language.duration(length.total_seconds())
