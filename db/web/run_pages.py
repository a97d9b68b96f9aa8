"""The crawls, and one of them with the numbers that add up."""

from __future__ import annotations

import sqlite3

from crawler.article import parse_instant
from crawler.report import TERMS, RunReport, Tally
from db.crawl.runs import recent_runs, run_report
from db.web.i18n import Language
from db.web.page import Answer, Site, WebRequest
from db.web.source_names import source_names

_RUN_COUNT = 40


def runs(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the page of the last crawls."""
    return site.render(
        "runs.html",
        visit,
        title=visit.language("runs.title"),
        runs=recent_runs(conn, _RUN_COUNT),
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
            "status": one.status,
            "message": one.message,
            "considered": one.tally.considered,
            "counts": [count for _, count in _terms(one.tally)],
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
        took=lambda run: _took(visit.language, run),
    )


def _terms(tally: Tally) -> list[tuple[str, int]]:
    """Return the right side of the identity, term by term."""
    counts = {**tally.to_json(), "rejected": tally.rejected_count, "failed": tally.failed_count}
    return [(term, counts[term]) for term in TERMS.values()]


def _took(language: Language, report: RunReport) -> str:
    if report.ended_at is None:
        return language("runs.running")
    length = parse_instant(report.ended_at) - parse_instant(report.started_at)
    return language.duration(length.total_seconds())
