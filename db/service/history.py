"""What the database remembers of a source, as far as judging its health needs it.

Every question is bounded: by eight weeks, by the newest rows, or by the last crawls. Nothing is
judged here (scheduler/health.py).
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.article import format_instant, parse_instant
from crawler.decision import MEANINGS, Rejection
from crawler.finding import FindingKind
from crawler.report import SourceStatus
from db.crawl import run_parts
from db.file.connection import read_transaction

KEPT = "kept"
"""In place of a reason: the page shows an article that is kept."""

_MAX_PAGES = 20_000
_RECENT_PAGES = 40
_RECENT_READINGS = 10
_LENGTH_COUNT = 80

_READ = {KEPT} | {reason for reason, means in MEANINGS.items() if means.has_text is not None}
"""What tells whether the page's text can be read."""
_JUDGED = {KEPT} | {one.value for one in Rejection} - {Rejection.ROBOTS, Rejection.FORGOTTEN}


@dataclass(frozen=True, slots=True)
class Part:
    """One source's part of a crawl that is over.

    Args:
        duration: from its opening to the end of the run; None where it was not reached.
        seeds: address → how reading it ended, guesses included.
    """

    run_id: int
    status: SourceStatus
    started_at: datetime
    duration: timedelta | None
    message: str = ""
    seeds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeedReading:
    """How a seed was last read.

    Args:
        detail: what its outcome says in words; may quote the server.
        redirect_url: where it led, if to a host that the source file does not name.
        clock_skew: the server's clock minus ours; None if it did not say.
    """

    outcome: str
    detail: str = ""
    redirect_url: str | None = None
    clock_skew: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Repetition:
    """Pages that answered alike: how many of how many, and two of them."""

    count: int
    of_count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceHistory:
    """The facts of one source, as of its last crawl.

    Args:
        failure_count: failed crawls since the last good one.
        parts: its last crawls, newest first; those that another crawl kept it from are left out.
        seeds: by address, how each was last read.
        arrivals: the hours in which new addresses came, ascending; eight weeks.
        seed_arrivals: the same of each seed or page that first held the link.
        polls: the hours of crawls that went well, ascending; eight weeks.
        recent: what the newest pages came to, newest first: `KEPT`, or the reason.
        readings: the same of the newest pages whose text was looked for.
        earlier_readings: how often each came of those before.
        since_kept_count: pages judged after the newest one that was kept.
        kept_share: how many of those judged before it were kept, 0-1.
        recent_texts, earlier_texts: the lengths of articles in characters, the newest and those before.
        repetition: the commonest answer among the newest pages.
        redirect_url: where the newest redirect to a foreign host led; None for none.
        open: the kinds of findings that are open now.
    """

    source_id: str
    last_crawl_at: datetime | None = None
    last_success_at: datetime | None = None
    failure_count: int = 0
    parts: tuple[Part, ...] = ()
    seeds: Mapping[str, SeedReading] = field(default_factory=dict)
    arrivals: tuple[datetime, ...] = ()
    seed_arrivals: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    polls: tuple[datetime, ...] = ()
    recent: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    earlier_readings: Mapping[str, int] = field(default_factory=dict)
    since_kept_count: int = 0
    kept_share: float = 0.0
    recent_texts: tuple[int, ...] = ()
    earlier_texts: tuple[int, ...] = ()
    repetition: Repetition = Repetition(0, 0, ())
    redirect_url: str | None = None
    open: frozenset[FindingKind] = frozenset()


def last_crawls(conn: sqlite3.Connection) -> dict[str, str]:
    """Return the last crawl's number of every source that was crawled, as text to compare.

    A source whose mark is unchanged has an unchanged history.
    """
    with read_transaction(conn):
        return run_parts.last_crawls(conn)


def read_history(
    conn: sqlite3.Connection,
    source_id: str,
    now: datetime,
    *,
    window: timedelta,
    crawls: int = 5,
    open_kinds: Iterable[FindingKind] = (),
) -> SourceHistory:
    """Return the facts of one source that has a row in `sources`.

    Args:
        window: how far back its rhythm and its usual results are looked up.
        crawls: how many of its last ones are looked at.
        open_kinds: of its findings.
    """
    since = format_instant(now - window)
    with read_transaction(conn):
        source = conn.execute("SELECT * FROM sources WHERE id = ?", (source_id,)).fetchone()
        pages = conn.execute(
            "SELECT url, discovered_at, found_on, fetched_at, state, reason, article_id, body_hash"
            " FROM pages WHERE source_id = ? AND discovered_at >= ? ORDER BY discovered_at DESC LIMIT ?",
            (source_id, since, _MAX_PAGES),
        ).fetchall()
        decided = [page for page in pages if page["fetched_at"] and page["state"] != "pending"]
        decided.sort(key=lambda page: page["fetched_at"], reverse=True)
        newest = decided[:_RECENT_PAGES]
        results = [_result(page) for page in decided]
        readings = [result for result in results if result in _READ]
        judged = [result for result in results if result in _JUDGED]
        since_kept = judged.index(KEPT) if KEPT in judged else len(judged)
        lengths = _text_lengths(conn, source_id)
        return SourceHistory(
            source_id=source_id,
            last_crawl_at=_instant(source["last_crawl_at"]),
            last_success_at=_instant(source["last_success_at"]),
            failure_count=source["failure_count"],
            parts=tuple(_parts(conn, source_id, crawls)),
            seeds=_seeds(conn, source_id),
            arrivals=_distinct_hours(page["discovered_at"] for page in pages),
            seed_arrivals=_arrivals_by_seed(pages),
            polls=_distinct_hours(run_parts.good_crawls(conn, source_id, since)),
            recent=tuple(results[:_RECENT_PAGES]),
            readings=tuple(readings[:_RECENT_READINGS]),
            earlier_readings=Counter(readings[_RECENT_READINGS:]),
            since_kept_count=since_kept,
            kept_share=_share(judged[since_kept:]),
            recent_texts=lengths[: _LENGTH_COUNT // 8],
            earlier_texts=lengths[_LENGTH_COUNT // 8 :],
            repetition=_repetition(newest),
            redirect_url=_redirect_url(conn, newest),
            open=frozenset(open_kinds),
        )


def _instant(stored: str | None) -> datetime | None:
    return parse_instant(stored) if stored else None


def _result(page: sqlite3.Row) -> str:
    return KEPT if page["article_id"] is not None else str(page["reason"])


def _distinct_hours(stored: Iterable[str]) -> tuple[datetime, ...]:
    hours = sorted({at[: len("2026-11-21T05")] for at in stored})
    # Thousands at each look: strptime, which `parse_instant` uses, takes thirty times as long.
    return tuple(datetime.fromisoformat(f"{hour}:00:00+00:00") for hour in hours)


def _arrivals_by_seed(pages: Iterable[sqlite3.Row]) -> dict[str, tuple[datetime, ...]]:
    times: dict[str, list[str]] = defaultdict(list)
    for page in pages:
        if page["found_on"]:
            times[page["found_on"]].append(page["discovered_at"])
    return {url: _distinct_hours(stored) for url, stored in times.items()}


def _share(judged: list[str]) -> float:
    """Return how many of the pages were kept; without any, none."""
    return judged.count(KEPT) / len(judged) if judged else 0.0


def _parts(conn: sqlite3.Connection, source_id: str, limit: int) -> list[Part]:
    return [
        Part(
            run_id=row["run_id"],
            status=SourceStatus(row["status"]),
            started_at=parse_instant(row["started_at"]),
            duration=parse_instant(row["ended_at"]) - parse_instant(row["opened_at"])
            if row["opened_at"] and row["ended_at"]
            else None,
            message=row["message"],
            seeds=run_parts.seed_outcomes(conn, row["run_id"], source_id),
        )
        for row in run_parts.finished_crawls(conn, source_id, limit)
    ]


def _seeds(conn: sqlite3.Connection, source_id: str) -> dict[str, SeedReading]:
    rows = conn.execute(
        "SELECT url, outcome, detail, redirect_url, clock_skew_s FROM seeds"
        " WHERE source_id = ? AND outcome IS NOT NULL",
        (source_id,),
    )
    return {
        row["url"]: SeedReading(
            row["outcome"],
            row["detail"] or "",
            row["redirect_url"],
            None if row["clock_skew_s"] is None else timedelta(seconds=row["clock_skew_s"]),
        )
        for row in rows
    }


def _text_lengths(conn: sqlite3.Connection, source_id: str) -> tuple[int, ...]:
    """Return the lengths of the newest articles, newest first."""
    rows = conn.execute(
        "SELECT length(text) FROM articles WHERE source_id = ? ORDER BY published_at DESC, id DESC LIMIT ?",
        (source_id, _LENGTH_COUNT),
    )
    return tuple(row[0] for row in rows)


def _repetition(newest: list[sqlite3.Row]) -> Repetition:
    """Return the commonest answer, by its bytes or by the article that they came to."""
    best = Repetition(0, 0, ())
    for column in ("body_hash", "article_id"):
        groups: dict[object, list[str]] = defaultdict(list)
        for page in newest:
            if page[column] is not None:
                groups[page[column]].append(page["url"])
        alike = max(groups.values(), key=len, default=[])
        if len(alike) > best.count:
            best = Repetition(len(alike), sum(map(len, groups.values())), tuple(alike[:2]))
    return best


def _redirect_url(conn: sqlite3.Connection, newest: list[sqlite3.Row]) -> str | None:
    url = next((page["url"] for page in newest if page["reason"] == Rejection.OFFSITE_REDIRECT), None)
    if url is None:
        return None
    row = conn.execute(
        "SELECT redirect_url FROM decisions WHERE url = ? AND reason = ? ORDER BY id DESC LIMIT 1",
        (url, Rejection.OFFSITE_REDIRECT),
    ).fetchone()
    return row["redirect_url"] if row else None
