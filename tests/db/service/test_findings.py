"""Findings are opened once, kept up to date and resolved once; and the facts that they rest on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import wraps
from typing import Any

import pytest

from crawler.article import parse_instant
from crawler.decision import Decision, Outcome, Rejection
from crawler.finding import FindingKind, Found, Severity
from crawler.report import SourceStatus
from db.service.findings import Changes, open_findings, record
from db.service.history import KEPT, SourceHistory, last_crawls, read_history
from tests.articles import make_article
from tests.db.world import PAPER, Crawl, World

SILENT = Found(None, FindingKind.SILENT, Severity.WARNING, "Nothing new for 9 hours.", "Open it.")
DISK = Found(None, FindingKind.LOW_DISK, Severity.ERROR, "5 MB are free.", "Free space.")
WINDOW = timedelta(weeks=8)


def at_once(scenario: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a test of a scenario that awaits."""

    @wraps(scenario)
    def test(*fixtures: Any, **named: Any) -> None:
        asyncio.run(scenario(*fixtures, **named))

    return test


def look(world: World, *found: Found) -> Changes:
    with world.connection() as conn:
        return record(conn, found, world.now)


def test_a_finding_is_opened_once_refreshed_and_resolved_once(world: World) -> None:
    opened = look(world, SILENT)
    assert [one.kind for one in opened.opened] == ["silent"]
    world.pass_time(hours=1)
    later = Found(None, SILENT.kind, Severity.ERROR, "Nothing new for 10 hours.", "Open it.")
    changes = look(world, later)
    assert (changes.opened, changes.resolved) == ((), ())
    world.pass_time(hours=1)
    assert [one.id for one in look(world).resolved] == [opened.opened[0].id]
    world.pass_time(hours=1)
    assert look(world) == Changes()
    (row,) = world.rows("SELECT * FROM findings")
    assert row["evidence"] == "Nothing new for 10 hours."
    assert row["severity"] == "error"
    assert [row["opened_at"], row["seen_at"], row["resolved_at"]] == [
        "2026-11-21T02:00:00Z",
        "2026-11-21T03:00:00Z",
        "2026-11-21T04:00:00Z",
    ]


def test_what_comes_back_is_a_new_finding_and_the_history_stays(world: World) -> None:
    look(world, SILENT)
    look(world)
    look(world, SILENT)
    assert len(world.rows("SELECT * FROM findings")) == 2
    assert len(world.rows("SELECT * FROM findings WHERE resolved_at IS NULL")) == 1


def test_two_of_a_kind_count_once(world: World) -> None:
    assert len(look(world, SILENT, SILENT).opened) == 1
    with world.connection() as conn, pytest.raises(sqlite3.IntegrityError):
        conn.execute(
            "INSERT INTO findings (id, source_id, kind, severity, opened_at, seen_at, resolved_at,"
            " evidence, advice) SELECT NULL, source_id, kind, severity, opened_at, seen_at,"
            " resolved_at, evidence, advice FROM findings"
        )


def test_the_worst_comes_first(world: World) -> None:
    look(world, SILENT)
    world.pass_time(hours=1)
    look(world, SILENT, DISK)
    with world.collection() as collection:
        assert [one.kind for one in collection.findings()] == ["low_disk", "silent"]


def test_a_look_that_finds_nothing_writes_nothing(world: World) -> None:
    before = world.path.stat().st_mtime_ns, world.rows("PRAGMA data_version")
    look(world)
    assert (world.path.stat().st_mtime_ns, world.rows("PRAGMA data_version")) == before


# --- the facts --------------------------------------------------------------------------------------


def past(world: World) -> SourceHistory:
    with world.connection() as conn:
        return read_history(conn, PAPER.id, world.now, window=WINDOW)


async def settle(crawl: Crawl, number: int, decision: Decision, **visit: Any) -> None:
    url = f"https://bao-thu.example/trang/{number}.html"
    await crawl.admit(url)
    await crawl.store.settle(crawl.visit(url, **visit), decision)


@at_once
async def test_the_history_tells_what_pages_came_to_and_when_they_came(world: World) -> None:
    async with world.crawl() as crawl:
        for number in range(3):
            await crawl.keep(make_article(number))
    world.pass_time(hours=30)
    async with world.crawl() as crawl:
        for number in range(4):
            await settle(crawl, number, Decision.rejected(Rejection.OFF_TOPIC))
        await settle(crawl, 9, Decision.rejected(Rejection.NO_TEXT))
        await settle(crawl, 10, Decision.failed(Outcome.BLOCKED), outcome="blocked")
    history = past(world)
    assert sorted(history.recent[:6]) == ["blocked", "no_text"] + ["off_topic"] * 4
    assert history.recent[6:] == (KEPT,) * 3
    assert history.readings == ("no_text", KEPT, KEPT, KEPT)
    assert (history.since_kept_count, history.kept_share) == (5, 1.0)
    assert history.arrivals == tuple(map(parse_instant, ("2026-11-21T02:00:00Z", "2026-11-22T08:00:00Z")))
    assert history.polls == history.arrivals
    assert [part.status for part in history.parts] == [SourceStatus.DONE, SourceStatus.DONE]
    assert history.last_success_at == world.now


@at_once
async def test_the_history_tells_of_answers_that_repeat(world: World) -> None:
    async with world.crawl() as crawl:
        for number in range(6):
            await settle(crawl, number, Decision.rejected(Rejection.TOO_SHORT), body_hash="a" * 64)
        await settle(crawl, 7, Decision.rejected(Rejection.TOO_SHORT), body_hash="b" * 64)
    repetition = past(world).repetition
    assert (repetition.count, repetition.of_count) == (6, 7)
    assert len(set(repetition.examples)) == 2


@at_once
async def test_the_history_tells_how_seeds_were_read_and_what_they_said(world: World) -> None:
    url = "https://bao-thu.example/rss.xml"
    async with world.crawl() as crawl:
        seen = crawl.seed_visit(
            url,
            outcome="offsite_redirect",
            detail="moved to …",
            redirect_url="https://moi.example/",
            clock_skew_s=-90,
        )
        await crawl.store.seed_read(PAPER, seen, complete=False)
    history = past(world)
    assert history.parts[0].seeds == {url: "offsite_redirect"}
    assert history.seeds[url].detail == "moved to …"
    assert history.seeds[url].redirect_url == "https://moi.example/"
    assert history.seeds[url].clock_skew == timedelta(seconds=-90)


@at_once
async def test_the_history_has_the_address_of_a_paper_that_moved(world: World) -> None:
    moved = Decision.rejected(Rejection.OFFSITE_REDIRECT, "it left", redirect_url="https://moi.example/1")
    async with world.crawl() as crawl:
        await settle(crawl, 1, moved)
    assert past(world).redirect_url == "https://moi.example/1"


@at_once
async def test_the_mark_of_a_source_changes_with_each_crawl(world: World) -> None:
    def mark() -> str:
        with world.connection() as conn:
            return last_crawls(conn)[PAPER.id]

    async with world.crawl():
        during = mark()
    first = mark()
    world.pass_time(hours=1)
    async with world.crawl():
        pass
    assert len({during, first, mark()}) == 3


@at_once
async def test_the_history_is_read_through_indexes(world: World) -> None:
    async with world.crawl():
        pass
    asked: list[str] = []
    with world.connection() as conn:
        conn.set_trace_callback(asked.append)
        read_history(conn, PAPER.id, world.now, window=WINDOW)
        last_crawls(conn)
        open_findings(conn)
        conn.set_trace_callback(None)
        plans = [
            row["detail"]
            for sql in asked
            if sql.startswith("SELECT")
            for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}")
        ]
    scans = {plan for plan in plans if plan.startswith("SCAN")}
    assert scans <= {"SCAN sources", "SCAN findings"}, plans
    assert "SCAN findings" not in scans
