"""The frontier: every URL ever discovered, which of them are due, and what was decided on each.

Where a page stands (`pages.state`) is written here and nowhere else. Where pages lead to beyond the papers
that are watched is kept as it was last seen. Plain functions on a connection, each within the caller's
write transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crawler.article import SHARING_PAGES, Precision, Published, format_instant, parse_instant
from crawler.decision import Decision, Kind, Outcome, Rejection
from crawler.identity.decide import next_visit
from crawler.identity.urls import canonical_url
from crawler.page import Candidate, FrontierEntry, PageState
from crawler.ports import Admission, PageVisit
from crawler.reach.origins import Outlink
from db.crawl import run_parts

FORGOTTEN = Decision.rejected(Rejection.FORGOTTEN, "taken down with `forget`")
_KEPT = {Kind.NEW, Kind.REVISED, Kind.UNCHANGED, Kind.DUPLICATE, Kind.NEAR_DUPLICATE}
_STATES = {Kind.FAILED: PageState.FAILED, Kind.PENDING: PageState.PENDING}
# A rejected page may have been asked since whether it has changed, and have said no.
REJECTED = "state = 'done' AND (reason = 'off_topic' OR reason = 'not_modified' AND article_id IS NULL)"
"""The condition of a page that the topic refused."""


def open_source(conn: sqlite3.Connection, run_id: int, source_id: str, now: datetime) -> list[FrontierEntry]:
    """Take what is due and return all pending pages, newest first; they are considered from now."""
    conn.execute(
        "UPDATE pages SET state = 'pending' WHERE source_id = ?1 AND state IN ('done', 'failed')"
        " AND next_fetch_at <= ?2",
        (source_id, format_instant(now)),
    )
    rows = conn.execute(
        "SELECT * FROM pages WHERE source_id = ? AND state = 'pending'"
        " ORDER BY coalesce(published_at, discovered_at) DESC, url",
        (source_id,),
    ).fetchall()
    run_parts.open_part(conn, run_id, source_id, len(rows), now)
    return [_entry(row) for row in rows]


def _entry(row: sqlite3.Row) -> FrontierEntry:
    return FrontierEntry(
        url=row["url"],
        title=row["title"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        published=published_of(row),
        failure_count=row["failure_count"],
        is_kept=row["article_id"] is not None,
    )


def published_of(row: sqlite3.Row) -> Published | None:
    """Return when a page, or an article, appeared; None where nothing has told that yet."""
    if not row["published_at"]:
        return None
    return Published(row["published_at"], Precision(row["published_precision"]))


def admit(
    conn: sqlite3.Connection,
    run_id: int,
    source_id: str,
    candidates: Iterable[Candidate],
    now: datetime,
    met: set[str],
) -> Admission:
    """Take new URLs in, and known ones that the seed says have changed since they were fetched.

    A URL counts once per run however many seeds offer it: one that is already considered in this
    run counts for nothing more, and one that is known and not due is counted where it is first met.
    What is not an http(s) address counts as offsite.

    Args:
        met: the known URLs counted for this source in this run; added to.
    """
    entries: list[FrontierEntry] = []
    known_count = offsite_count = 0
    for candidate in candidates:
        url = canonical_url(candidate.url)
        if url is None:
            offsite_count += 1
            continue
        row = conn.execute("SELECT * FROM pages WHERE url = ?", (url,)).fetchone()
        if row is not None and row["source_id"] == source_id:
            _complete(conn, row, candidate)
        if row is None:
            entries.append(_insert(conn, source_id, url, candidate, now))
        elif row["source_id"] == source_id and _is_considered(conn, run_id, row):
            continue
        elif row["source_id"] == source_id and _has_changed(row, candidate):
            conn.execute("UPDATE pages SET state = 'pending' WHERE url = ?", (url,))
            entries.append(_entry(row))
        elif url not in met:
            met.add(url)
            known_count += 1
    run_parts.count(
        conn, run_id, source_id, considered=len(entries), known=known_count, offsite=offsite_count
    )
    return Admission(tuple(entries), known_count)


def _insert(
    conn: sqlite3.Connection, source_id: str, url: str, candidate: Candidate, now: datetime
) -> FrontierEntry:
    published = candidate.published
    conn.execute(
        "INSERT INTO pages (url, source_id, state, title, discovered_at, found_on, published_at,"
        " published_precision) VALUES (?, ?, 'pending', ?, ?, ?, ?, ?)",
        (
            url,
            source_id,
            candidate.title,
            format_instant(now),
            candidate.found_on,
            published.at if published else None,
            published.precision if published else None,
        ),
    )
    return FrontierEntry(url, candidate.title, published=published)


def _complete(conn: sqlite3.Connection, page: sqlite3.Row, candidate: Candidate) -> None:
    """Add what a later list tells of a known page and no earlier one did."""
    if candidate.title and not page["title"] and page["state"] == PageState.PENDING:
        conn.execute("UPDATE pages SET title = ? WHERE url = ?", (candidate.title, page["url"]))
    if candidate.published and not page["published_at"] and page["state"] != PageState.FORGOTTEN:
        conn.execute(
            "UPDATE pages SET published_at = ?, published_precision = ? WHERE url = ?",
            (candidate.published.at, candidate.published.precision, page["url"]),
        )


def _is_considered(conn: sqlite3.Connection, run_id: int, page: sqlite3.Row) -> bool:
    if page["state"] == PageState.PENDING:
        return True
    decided = conn.execute("SELECT 1 FROM decisions WHERE run_id = ? AND url = ?", (run_id, page["url"]))
    return decided.fetchone() is not None


def _has_changed(page: sqlite3.Row, candidate: Candidate) -> bool:
    return (
        page["state"] == PageState.DONE
        and candidate.changed_at is not None
        and page["fetched_at"] is not None
        # Within one second nobody can tell which came first; asking once more is the lesser evil.
        and format_instant(candidate.changed_at) >= page["fetched_at"]
    )


def waiting_page(conn: sqlite3.Connection, visit: PageVisit) -> sqlite3.Row | None:
    """Return the pending page that was visited; None if it was taken down meanwhile.

    Raises:
        ValueError: it is not pending, or not the source's; a page is settled once per run.
    """
    page: sqlite3.Row | None = conn.execute(
        "SELECT * FROM pages WHERE url = ? AND source_id = ?", (visit.url, visit.source_id)
    ).fetchone()
    if page is not None and page["state"] == PageState.FORGOTTEN:
        return None
    if page is None or page["state"] != PageState.PENDING:
        raise ValueError(f"{visit.url} is not a pending page of {visit.source_id}")
    return page


def settle(
    conn: sqlite3.Connection,
    run_id: int,
    visit: PageVisit,
    decision: Decision,
    *,
    topic_digest: str | None = None,
    revisit_ages: Sequence[timedelta] = (),
) -> Decision:
    """Record how one considered URL ended, and return the decision as it was recorded.

    PENDING leaves the page waiting and counts nothing: its number is taken from the pages. A page
    that was taken down meanwhile was counted by `forget` and stays forgotten.

    Args:
        topic_digest: of the topic of this run; kept with a page that it rejected.
        revisit_ages: how old an article is when its page is due again.
    """
    page = waiting_page(conn, visit)
    if page is None:
        return FORGOTTEN
    if decision.kind is Kind.UNCHANGED and decision.article_id is None:
        decision = replace(decision, article_id=page["article_id"])
    if decision.kind is not Kind.PENDING:
        _record(conn, run_id, visit.source_id, visit.url, decision, format_instant(visit.fetched_at))
    if decision.kind in _KEPT:
        visit = replace(visit, retry_at=_revisit_at(conn, page, visit, decision, revisit_ages))
    _update(conn, visit, decision)
    if decision.reason == Rejection.OFF_TOPIC:
        conn.execute("UPDATE pages SET topic_digest = ? WHERE url = ?", (topic_digest, visit.url))
    return decision


def settle_capture(
    conn: sqlite3.Connection,
    run_id: int,
    visit: PageVisit,
    decision: Decision,
    *,
    revisit_ages: Sequence[timedelta] = (),
) -> Decision:
    """Record what an archive's capture of an address came to, and let later crawls go on from there.

    A page that waits goes on waiting, and one that was fetched later stays as it was then.
    """
    at = format_instant(visit.fetched_at)
    conn.execute(
        "INSERT INTO pages (url, source_id, state, discovered_at) VALUES (?, ?, 'done', ?)"
        " ON CONFLICT (url) DO UPDATE SET discovered_at = min(discovered_at, excluded.discovered_at)"
        " WHERE state <> 'forgotten'",
        (visit.url, visit.source_id, at),
    )
    page = conn.execute("SELECT * FROM pages WHERE url = ?", (visit.url,)).fetchone()
    if page["state"] == PageState.FORGOTTEN:
        decision = FORGOTTEN
    elif page["state"] == PageState.PENDING or (page["fetched_at"] or "") > at:
        conn.execute(
            "UPDATE pages SET article_id = coalesce(article_id, ?) WHERE url = ?",
            (decision.article_id, visit.url),
        )
    else:
        if decision.kind in _KEPT:
            visit = replace(visit, retry_at=_revisit_at(conn, page, visit, decision, revisit_ages))
        _update(conn, visit, decision)
    _record(conn, run_id, visit.source_id, visit.url, decision, at)
    return decision


def _record(
    conn: sqlite3.Connection, run_id: int, source_id: str, url: str, decision: Decision, at: str
) -> None:
    conn.execute(
        "INSERT INTO decisions (url, source_id, run_id, at, kind, reason, detail, article_id, redirect_url)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            url,
            source_id,
            run_id,
            at,
            decision.kind,
            decision.reason,
            decision.detail,
            decision.article_id,
            decision.redirect_url,
        ),
    )


def _revisit_at(
    conn: sqlite3.Connection,
    page: sqlite3.Row,
    visit: PageVisit,
    decision: Decision,
    ages: Sequence[timedelta],
) -> datetime | None:
    article = conn.execute(
        "SELECT published_at, published_precision FROM articles WHERE id = ?",
        (decision.article_id or page["article_id"],),
    ).fetchone()
    if article is None:
        return None
    dated = article if article["published_at"] else page
    discovered_at = parse_instant(page["discovered_at"])
    return next_visit(discovered_at, published_of(dated), ages, visit.fetched_at)


def _update(conn: sqlite3.Connection, visit: PageVisit, decision: Decision) -> None:
    conn.execute(
        "UPDATE pages SET state = :state, outcome = :outcome, reason = :reason,"
        " article_id = coalesce(:article_id, article_id), title = coalesce(:title, title),"
        " topic_score = coalesce(:topic_score, topic_score), http_status = :http_status,"
        " fetched_at = :fetched_at, next_fetch_at = :next_fetch_at, failure_count ="
        " CASE :state WHEN 'failed' THEN failure_count + 1 WHEN 'done' THEN 0 ELSE failure_count END"
        " WHERE url = :url",
        {
            "url": visit.url,
            "state": _STATES.get(decision.kind, PageState.DONE),
            "outcome": visit.outcome,
            "reason": decision.reason,
            "article_id": decision.article_id,
            "title": visit.title,
            "topic_score": visit.topic_score,
            "http_status": visit.http_status,
            "fetched_at": format_instant(visit.fetched_at),
            "next_fetch_at": format_instant(visit.retry_at) if visit.retry_at else None,
        },
    )
    if visit.outcome == Outcome.OK:  # only a full answer replaces the validators
        conn.execute(
            "UPDATE pages SET etag = ?, last_modified = ?, body_hash = ? WHERE url = ?",
            (visit.etag, visit.last_modified, visit.body_hash, visit.url),
        )


def shared_titles(conn: sqlite3.Connection, source_id: str) -> frozenset[str]:
    """Return the titles that several of a source's fetched pages have."""
    rows = conn.execute(
        "SELECT title FROM pages WHERE source_id = ? AND title IS NOT NULL AND fetched_at IS NOT NULL"
        " GROUP BY title HAVING count(*) >= ?",
        (source_id, SHARING_PAGES),
    )
    return frozenset(row["title"] for row in rows)


# --- what people and topics want otherwise ---------------------------------------------------------


def is_forgotten(conn: sqlite3.Connection, content_hash: str, url: str | None) -> bool:
    """Whether the user has taken down a text, or what is at an address."""
    found = conn.execute(
        "SELECT 1 FROM forgotten WHERE content_hash = ?"
        " UNION ALL SELECT 1 FROM pages WHERE url = ? AND state = 'forgotten'",
        (content_hash, url),
    )
    return found.fetchone() is not None


def take_down(conn: sqlite3.Connection, url: str, source_id: str, at: str) -> None:
    """Make sure that an address is never fetched, and that a run that waits for it adds up."""
    waits = "SELECT 1 FROM pages WHERE url = ? AND state = 'pending'"
    if conn.execute(waits, (url,)).fetchone():
        for run_id in run_parts.runs_counting(conn, source_id):
            _record(conn, run_id, source_id, url, FORGOTTEN, at)
    conn.execute(
        "INSERT INTO pages (url, source_id, state, reason, discovered_at) VALUES (?, ?, 'forgotten', ?, ?)"
        " ON CONFLICT (url) DO UPDATE SET state = 'forgotten', reason = excluded.reason,"
        " title = NULL, topic_score = NULL, article_id = NULL, next_fetch_at = NULL, etag = NULL,"
        " last_modified = NULL, body_hash = NULL",
        (url, source_id, FORGOTTEN.reason, at),
    )


def ask_again(conn: sqlite3.Connection, url: str) -> bool:
    """Make a rejected page pending, asked without validators; False if a crawl has brought it meanwhile."""
    updated = conn.execute(
        "UPDATE pages SET state = 'pending', reason = 'rescored', next_fetch_at = NULL,"  # noqa: S608
        f" etag = NULL, last_modified = NULL WHERE url = ? AND {REJECTED}",
        (url,),
    )
    return updated.rowcount == 1


def reject_kept(conn: sqlite3.Connection, article_id: int, title: str | None, topic_digest: str) -> None:
    """Mark the pages that showed an article as rejected by a topic; what is pending stays so.

    They keep the score that it was kept with, so that any other topic asks for it again; without
    validators they then answer with the page and not with a 304.
    """
    conn.execute(
        "UPDATE pages SET state = CASE state WHEN 'pending' THEN state ELSE 'done' END,"
        " reason = 'off_topic', title = coalesce(title, ?), topic_digest = ?,"
        " next_fetch_at = NULL, etag = NULL, last_modified = NULL"
        " WHERE article_id = ? AND reason IS NOT 'off_topic'",
        (title, topic_digest, article_id),
    )


def keep_outlinks(
    conn: sqlite3.Connection,
    source_id: str,
    page_url: str,
    found: Sequence[Outlink],
    seen_at: str,
    article_id: int | None = None,
) -> None:
    """Put the links of one page in place of those that it had before.

    Args:
        page_url: of an article, or of a seed.
        seen_at: as stored.
        article_id: the article on it; None for a list page.
    """
    conn.execute("DELETE FROM outlinks WHERE page_url = ?", (page_url,))
    conn.executemany(
        "INSERT INTO outlinks (page_url, host, kind, url, words, source_id, article_id, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(page_url, one.host, one.kind, one.url, one.words, source_id, article_id, seen_at) for one in found],
    )
