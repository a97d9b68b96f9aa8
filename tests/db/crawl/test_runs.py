"""Runs and leases: who may crawl what, and who closes the runs of the dead."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from crawler.decision import Decision, Outcome
from crawler.errors import LeaseLost, NotFoundError, StorageError
from crawler.report import RunReport, RunStatus, SourceStatus
from crawler.source import Source
from db.crawl import leases
from db.crawl.runs import Run, finish_run, recent_runs, run_report, start_run
from db.crawl_store import SqliteCrawlStore
from db.file.opening import open_database
from tests.articles import make_article
from tests.db.processes import child
from tests.db.world import OTHER, PAPER, World


def start(world: World, *sources: Source) -> Run:
    with world.connection() as conn:
        return start_run(conn, "crawl", sources or (PAPER,), world.clock)


def disown(world: World, run_id: int, **columns: object) -> None:
    """Make a run another process's."""
    with world.connection() as conn:
        for name, value in columns.items():
            conn.execute(f"UPDATE runs SET {name} = ? WHERE id = ?", (value, run_id))


def test_a_report_is_kept_and_told_again(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl(PAPER, OTHER) as crawl:
            await crawl.keep(make_article())
        with world.connection() as conn:
            assert run_report(conn, crawl.run_id) == crawl.report
            assert recent_runs(conn, 5) == [crawl.report]
        (row,) = world.rows("SELECT * FROM runs")
        assert json.loads(row["report"]) == crawl.report.to_json()
        assert (row["status"], row["ended_at"]) == ("done", "2026-11-21T02:00:00Z")
        assert not world.rows("SELECT * FROM leases")

    asyncio.run(scenario())


def test_the_kept_report_of_a_finished_run_is_what_is_told(world: World) -> None:
    async def scenario() -> RunReport:
        async with world.crawl(PAPER, OTHER) as crawl:
            await crawl.keep(make_article())
            await crawl.admit("https://bao-thu.example/cho", "https://bao-thu.example/hong")
            await crawl.store.settle(
                crawl.visit("https://bao-thu.example/hong"), Decision.failed(Outcome.TIMED_OUT)
            )
        return crawl.report

    report = asyncio.run(scenario())
    with world.connection() as conn:
        conn.execute("DELETE FROM decisions")
        conn.execute("DELETE FROM run_sources")
        assert run_report(conn, 1) == report
        assert recent_runs(conn) == [report]
        assert report.sources[PAPER.id].tally.failed == {"timed_out": 1}


def test_a_kept_report_that_cannot_be_read_is_damage(world: World) -> None:
    start(world, PAPER)
    with world.connection() as conn:
        finish_run(conn, 1, world.clock)
        conn.execute("UPDATE runs SET report = '[]'")
        with pytest.raises(StorageError, match="The report of run 1 is damaged"):
            run_report(conn, 1)


def test_there_is_no_report_of_an_unknown_run(world: World) -> None:
    with world.connection() as conn, pytest.raises(NotFoundError, match="no run 7"):
        run_report(conn, 7)


def test_a_source_that_a_living_crawl_holds_is_skipped_by_name(world: World) -> None:
    first = start(world, PAPER)
    mirror = Source("ban-sao", "Bản sao", "https://www.bao-thu.example")
    second = start(world, PAPER, mirror, OTHER)
    assert set(second.held) == {"bao-hai"}
    assert set(second.skipped) == {"bao-thu", "ban-sao"}
    assert f"process {os.getpid()}" in second.skipped["bao-thu"]
    with world.connection() as conn:
        report = finish_run(conn, second.run_id, world.clock)
        assert report.sources["bao-thu"].status is SourceStatus.SKIPPED
        assert report.sources["bao-thu"].message == second.skipped["bao-thu"]
        assert report.sources["bao-hai"].status is SourceStatus.UNFINISHED
        assert report.status is RunStatus.FAILED
        assert run_report(conn, first.run_id).status is RunStatus.RUNNING
        finish_run(conn, first.run_id, world.clock)
    assert start(world, PAPER).held


def test_a_run_whose_sources_are_all_skipped_is_done(world: World) -> None:
    start(world, PAPER)
    second = start(world, PAPER)
    with world.connection() as conn:
        assert finish_run(conn, second.run_id, world.clock).status is RunStatus.DONE


def test_two_sources_of_one_run_may_share_a_host(world: World) -> None:
    mirror = Source("ban-sao", "Bản sao", "https://www.bao-thu.example")
    assert set(start(world, PAPER, mirror).held) == {"bao-thu", "ban-sao"}


def test_a_failed_source_fails_the_run_and_is_remembered(world: World) -> None:
    async def scenario() -> None:
        run = start(world, PAPER)
        with SqliteCrawlStore(world.path, run, world.clock) as store:
            await store.open(PAPER)
            report = await store.close(PAPER, SourceStatus.FAILED, "No seed answered.")
            assert (report.status, report.message) == (SourceStatus.FAILED, "No seed answered.")
        with world.connection() as conn:
            assert finish_run(conn, run.run_id, world.clock).status is RunStatus.FAILED

    asyncio.run(scenario())
    asyncio.run(scenario())
    (row,) = world.rows("SELECT failure_count, last_error, last_success_at FROM sources")
    assert row == {"failure_count": 2, "last_error": "No seed answered.", "last_success_at": None}


def test_a_run_that_does_not_add_up_has_failed(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit("https://bao-thu.example/1", "https://bao-thu.example/2")
            with world.connection() as conn:
                conn.execute("DELETE FROM pages WHERE url LIKE '%/2'")
        assert not crawl.report.adds_up
        assert crawl.report.status is RunStatus.FAILED

    asyncio.run(scenario())


def test_a_killed_run_is_closed_by_the_next_and_its_pages_are_taken_over(world: World) -> None:
    with child("crawl", world.path, "bao-thu", 7, "stay") as process:
        held = start(world, PAPER)
        assert not held.held
        assert f"process {process.pid}" in held.skipped["bao-thu"]
        process.send_signal(signal.SIGKILL)
        process.wait()

    async def scenario() -> None:
        async with world.crawl() as crawl:
            assert len(crawl.opened[PAPER.id]) == 2
            with world.connection() as conn:
                aborted = run_report(conn, 1)
        assert aborted.status is RunStatus.ABORTED
        assert aborted.ended_at
        source = aborted.sources[PAPER.id]
        assert source.status is SourceStatus.UNFINISHED
        assert (source.tally.considered, source.tally.stored, source.tally.pending) == (9, 7, 2)
        assert aborted.adds_up
        assert crawl.report.tally.considered == 2
        with world.connection() as conn:
            assert run_report(conn, 1) == aborted

    asyncio.run(scenario())
    assert world.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


def test_kills_at_any_moment_lose_nothing_and_repeat_nothing(world: World) -> None:
    for delay_s in (0.0, 0.002, 0.01, 0.02, 0.04):
        with child("crawl", world.path, "bao-thu", 80, "end") as process:
            time.sleep(delay_s)
            process.kill()
            process.wait()
    with child("crawl", world.path, "bao-thu", 80, "end") as process:
        assert process.wait() == 0
    start(world, OTHER)
    assert world.rows("SELECT count(*) AS n FROM articles") == [{"n": 80}]
    assert world.rows("SELECT count(*) AS n FROM decisions WHERE kind = 'new'") == [{"n": 80}]
    assert world.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    with world.connection() as conn:
        closed = [report for report in recent_runs(conn) if report.status is RunStatus.ABORTED]
    assert len(closed) == 6
    assert all(report.adds_up for report in closed)
    assert closed[0].tally.pending == 2


def test_a_run_that_died_before_it_began_adds_up_although_pages_wait(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit("https://bao-thu.example/1")

    asyncio.run(scenario())
    dead = start(world, PAPER)
    disown(world, dead.run_id, process_started="another process")
    start(world, OTHER)
    with world.connection() as conn:
        report = run_report(conn, dead.run_id)
    assert report.status is RunStatus.ABORTED
    assert report.adds_up
    assert report.tally.pending == 0


def test_a_reused_pid_is_not_the_owner(world: World) -> None:
    run = start(world, PAPER)
    disown(world, run.run_id, process_started="long ago")
    assert start(world, PAPER).held


def test_a_run_on_another_host_is_believed_until_it_expires(world: World) -> None:
    run = start(world, PAPER)
    disown(world, run.run_id, host="elsewhere")
    assert not start(world, PAPER).held
    world.pass_time(seconds=leases.TERM.total_seconds() - 1)
    assert not start(world, PAPER).held
    world.pass_time(seconds=1)
    assert start(world, PAPER).held


def test_a_living_process_keeps_its_lease_however_long_it_is_silent(world: World) -> None:
    start(world, PAPER)
    world.pass_time(days=3)
    assert not start(world, PAPER).held


def test_activity_renews_the_lease(world: World) -> None:
    async def scenario() -> None:
        run = start(world, PAPER)
        with SqliteCrawlStore(world.path, run, world.clock) as store:
            await store.open(PAPER)
            world.pass_time(minutes=9)
            await store.count_skipped(PAPER, offsite=1)
        disown(world, run.run_id, host="elsewhere")
        world.pass_time(minutes=9)
        assert not start(world, PAPER).held

    asyncio.run(scenario())


def test_who_lost_its_lease_writes_nothing_more(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit("https://bao-thu.example/1")
            disown(world, crawl.run_id, host="elsewhere")
            world.pass_time(hours=1)
            other = start(world, PAPER)
            assert other.held
            with pytest.raises(LeaseLost):
                await crawl.admit("https://bao-thu.example/2")
            with pytest.raises(LeaseLost):
                await crawl.store.settle(
                    crawl.visit("https://bao-thu.example/1"), Decision.failed(Outcome.TIMED_OUT)
                )

    with pytest.raises(LeaseLost):
        asyncio.run(scenario())
    assert world.rows("SELECT url, state FROM pages") == [
        {"url": "https://bao-thu.example/1", "state": "pending"}
    ]


def test_the_store_may_be_stopped_twice(tmp_path: Path) -> None:
    world = World(tmp_path)
    store = SqliteCrawlStore(world.path, start(world), world.clock)
    store.stop()
    store.stop()
    with closing(open_database(world.path)):
        pass
