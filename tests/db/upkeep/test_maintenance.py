"""Maintenance drops what is old and needed no more, and loses no answer."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from crawler.decision import Decision, Outcome
from crawler.report import RunReport
from db.crawl.runs import recent_runs, start_run
from db.upkeep import maintenance
from db.upkeep.maintenance import MaintenanceReport, maintain
from db.upkeep.verify import verify
from tests.articles import make_article
from tests.db.processes import child
from tests.db.world import OTHER, PAPER, World

YEAR = timedelta(days=365)
URL = "https://bao-thu.example/tin/0.html"
FAILED = "https://bao-thu.example/hong"


@pytest.fixture
def aged(world: World) -> World:
    """Runs of three ages: 400 days, 380 days, a day; one address is decided on in each."""

    async def scenario() -> None:
        for edit, days in enumerate((20, 379, 1)):
            async with world.crawl(PAPER, OTHER) as crawl:
                await crawl.keep(make_article(0, edit=edit))
                await crawl.keep(make_article(edit + 1))
                if edit == 0:
                    await crawl.admit(FAILED)
                    decision = Decision.failed(Outcome.GONE)
                    await crawl.store.settle(crawl.visit(FAILED, outcome="gone"), decision)
            world.pass_time(days=days)

    asyncio.run(scenario())
    return world


def run_maintenance(world: World) -> MaintenanceReport:
    with world.connection() as conn:
        return maintain(conn, world.now, YEAR)


def reports(world: World) -> list[RunReport]:
    with world.connection() as conn:
        return recent_runs(conn)


def runs_of(world: World, url: str) -> list[int]:
    with world.collection() as collection:
        return [one["run_id"] for one in collection.explain(url)["decisions"]]


def assert_in_order(world: World) -> None:
    with world.connection() as conn:
        assert {result.problem_count for result in verify(conn)} == {0}


def test_old_page_outcomes_go_and_their_numbers_stay(aged: World) -> None:
    before = reports(aged)
    assert runs_of(aged, URL) == [1, 2, 3]
    report = run_maintenance(aged)
    assert (report.decision_count, report.run_count, report.is_checkpointed) == (2, 2, True)
    assert runs_of(aged, URL) == [3]
    assert reports(aged) == before
    assert_in_order(aged)


def test_the_last_decision_on_each_address_stays(aged: World) -> None:
    run_maintenance(aged)
    assert runs_of(aged, FAILED) == [1]
    assert runs_of(aged, "https://bao-thu.example/tin/1.html") == [1]


def test_a_second_maintenance_finds_nothing_to_do(aged: World) -> None:
    run_maintenance(aged)
    rows = aged.rows("SELECT * FROM decisions")
    report = run_maintenance(aged)
    assert (report.decision_count, report.run_count) == (0, 0)
    assert aged.rows("SELECT * FROM decisions") == rows


def test_what_was_last_goes_when_something_later_is_decided(aged: World) -> None:
    run_maintenance(aged)

    async def scenario() -> None:
        async with aged.crawl() as crawl:
            await crawl.keep(make_article(1, edit=7))

    asyncio.run(scenario())
    assert run_maintenance(aged).decision_count == 1
    assert runs_of(aged, "https://bao-thu.example/tin/1.html") == [4]


def test_it_works_in_small_pieces(aged: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_CHUNK", 1)
    assert run_maintenance(aged).decision_count == 2
    assert_in_order(aged)


def test_one_that_was_killed_is_finished_by_the_next(aged: World) -> None:
    with aged.connection() as conn:
        maintenance._close_books(conn, "2099")
    assert_in_order(aged)
    report = run_maintenance(aged)
    assert (report.decision_count, report.run_count) == (2, 0)
    assert_in_order(aged)


def test_a_run_that_goes_on_keeps_everything(aged: World) -> None:
    with aged.connection() as conn:
        start_run(conn, "crawl", [PAPER], aged.clock)
    aged.pass_time(days=1000)
    run_maintenance(aged)
    assert aged.rows("SELECT run_id FROM run_sources") == [{"run_id": 4}]
    assert reports(aged)[0].sources


def test_a_reader_is_not_waited_for(aged: World) -> None:
    with aged.connection() as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM articles").fetchone()
        began = time.monotonic()
        assert not run_maintenance(aged).is_checkpointed
        assert time.monotonic() - began < 3
        reader.execute("COMMIT")
    assert run_maintenance(aged).is_checkpointed


def test_the_planner_has_statistics_afterwards(aged: World) -> None:
    run_maintenance(aged)
    assert aged.rows("SELECT * FROM sqlite_stat1 WHERE idx = 'articles_by_url'")


def test_a_busy_writer_beside_it_is_not_starved(aged: World) -> None:
    with child("write", aged.path, 0) as writer:
        run_maintenance(aged)
        before = len(aged.rows("SELECT id FROM sources"))
        time.sleep(0.3)
        assert writer.poll() is None
        assert len(aged.rows("SELECT id FROM sources")) > before
