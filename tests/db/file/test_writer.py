"""The writer thread: batches, acknowledgement, isolation of failures, locks that stall nobody."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Coroutine
from threading import Event, Semaphore
from typing import Any

import pytest

from crawler.article import Article
from crawler.decision import Decision, Outcome
from crawler.errors import StorageBusy, StorageError
from crawler.report import SourceStatus
from db.crawl.runs import start_run
from db.crawl_store import SqliteCrawlStore
from db.file.writer import BATCH_COUNT, Writer
from tests.articles import CORE, make_article
from tests.db.processes import child
from tests.db.world import PAPER, START, Crawl, World


def add(id_: str) -> Callable[[sqlite3.Connection], str]:
    def operation(conn: sqlite3.Connection) -> str:
        conn.execute("INSERT INTO sources (id, name) VALUES (?, '')", (id_,))
        return id_

    return operation


def ids(world: World) -> list[str]:
    return [row["id"] for row in world.rows("SELECT id FROM sources ORDER BY rowid")]


def test_what_was_acknowledged_is_seen_by_others(world: World) -> None:
    async def scenario() -> None:
        with Writer(world.path) as writer:
            assert await writer.run(add("a")) == "a"
            assert ids(world) == ["a"]

    asyncio.run(scenario())


def test_an_operation_that_fails_is_undone_alone(world: World) -> None:
    def half(conn: sqlite3.Connection) -> None:
        add("half")(conn)
        add("a")(conn)

    async def scenario() -> list[Any]:
        with Writer(world.path) as writer:
            return await asyncio.gather(*map(writer.run, (add("a"), half, add("b"))), return_exceptions=True)

    first, second, third = asyncio.run(scenario())
    assert (first, third) == ("a", "b")
    assert isinstance(second, sqlite3.IntegrityError)
    assert ids(world) == ["a", "b"]


def test_operations_that_wait_share_transactions_up_to_the_limit(world: World) -> None:
    transactions = []
    gate = Event()

    def wait(_: sqlite3.Connection) -> None:
        gate.wait(5)

    with Writer(world.path, guard=lambda _: transactions.append(1)) as writer:
        first = writer.submit(wait)
        time.sleep(0.05)
        waiting = [writer.submit(add(str(number))) for number in range(3 * BATCH_COUNT)]
        time.sleep(0.25)  # the first transaction may take no more after this long
        gate.set()
        first.result(5)
        assert [one.result(5) for one in waiting] == [str(number) for number in range(3 * BATCH_COUNT)]
    assert len(transactions) == 4
    assert ids(world) == [str(number) for number in range(3 * BATCH_COUNT)]


def test_one_operation_is_not_kept_waiting_for_company(world: World) -> None:
    async def scenario() -> float:
        with Writer(world.path) as writer:
            began = time.perf_counter()
            for number in range(20):
                await writer.run(add(str(number)))
            return time.perf_counter() - began

    assert asyncio.run(scenario()) < 20 * 0.1


def test_a_stream_of_operations_that_may_wait_shares_a_transaction_until_one_may_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.file.writer.PATIENCE_S", 30.0)
    transactions = []
    with Writer(world.path, guard=lambda _: transactions.append(1)) as writer:
        gate = Event()
        begun = [writer.submit(lambda _: gate.wait(5)), writer.submit(add("0"), may_wait=True)]
        gate.set()
        begun[1].result(5)
        patient = []
        for number in range(1, 6):
            patient.append(writer.submit(add(str(number)), may_wait=True))
            time.sleep(0.02)
        assert not any(one.done() for one in patient)
        writer.submit(add("6")).result(5)
        assert all(one.done() for one in patient)
    assert len(transactions) == 2
    assert ids(world) == [str(number) for number in range(7)]


def test_closing_finishes_what_waits_and_refuses_what_comes(world: World) -> None:
    writer = Writer(world.path)
    waiting = [writer.submit(add(str(number))) for number in range(120)]
    writer.close()
    assert all(one.done() for one in waiting)
    assert len(ids(world)) == 120
    with pytest.raises(StorageError, match="closed"):
        writer.submit(add("late"))
    writer.close()


def test_a_guard_that_refuses_leaves_nothing_written(world: World) -> None:
    def guard(_: sqlite3.Connection) -> None:
        raise StorageError("Not now.")

    with Writer(world.path, guard=guard) as writer, pytest.raises(StorageError, match="Not now"):
        writer.submit(add("a")).result(5)
    assert ids(world) == []


def test_a_cancelled_operation_does_not_run(world: World) -> None:
    gate = Event()
    with Writer(world.path) as writer:
        writer.submit(lambda _: gate.wait(5))
        late = writer.submit(add("late"))
        assert late.cancel()
        gate.set()
        writer.submit(add("a")).result(5)
    assert ids(world) == ["a"]


def test_an_idle_writer_shows_that_it_lives(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.file.writer.IDLE_S", 0.02)
    beats = Semaphore(0)
    with Writer(world.path, guard=lambda _: beats.release()):
        assert beats.acquire(timeout=5)
        assert beats.acquire(timeout=5)


def test_a_lock_of_another_process_never_stalls_the_event_loop(world: World) -> None:
    async def scenario() -> tuple[float, float]:
        with Writer(world.path, busy_timeout_s=10) as writer:
            pending = asyncio.ensure_future(writer.run(add("a")))
            began = last = time.perf_counter()
            longest = 0.0
            while not pending.done():
                await asyncio.sleep(0.01)
                longest = max(longest, time.perf_counter() - last)
                last = time.perf_counter()
            return longest, time.perf_counter() - began

    with child("hold_lock", world.path, 2):
        longest, waited = asyncio.run(scenario())
    assert waited > 1
    assert longest < 0.5
    assert ids(world) == ["a"]


METHODS: dict[str, Callable[[Crawl, Article], Coroutine[Any, Any, Any]]] = {
    "open": lambda crawl, _: crawl.store.open(PAPER),
    "admit": lambda crawl, _: crawl.admit("https://bao-thu.example/neu"),
    "seed_state": lambda crawl, _: crawl.store.seed_state(PAPER, "https://bao-thu.example/rss"),
    "seed_read": lambda crawl, _: crawl.store.seed_read(
        PAPER, crawl.seed_visit("https://bao-thu.example/rss"), complete=True
    ),
    "parts_read_at": lambda crawl, _: crawl.store.parts_read_at(PAPER, ["https://bao-thu.example/1.xml"]),
    "part_read": lambda crawl, _: crawl.store.part_read(PAPER, "https://bao-thu.example/1.xml", START),
    "count_skipped": lambda crawl, _: crawl.store.count_skipped(PAPER, offsite=1),
    "store": lambda crawl, article: crawl.store.store(crawl.visit(str(article.url)), article, CORE, None),
    "settle": lambda crawl, article: crawl.store.settle(
        crawl.visit(str(article.url)), Decision.failed(Outcome.TIMED_OUT)
    ),
    "close": lambda crawl, _: crawl.store.close(PAPER, SourceStatus.DONE),
}


def test_every_method_says_busy_when_the_lock_outlasts_its_budget_and_works_after(world: World) -> None:
    article = make_article()

    async def scenario() -> None:
        with world.connection() as conn:
            run = start_run(conn, "crawl", [PAPER], world.clock)
        crawl = Crawl(world, run.run_id)
        with SqliteCrawlStore(world.path, run, world.clock, busy_timeout_s=0.05) as store:
            crawl.store = store
            with child("hold_lock", world.path, 30):
                for call in METHODS.values():
                    with pytest.raises(StorageBusy, match="locked by another process"):
                        await call(crawl, article)
            await METHODS["open"](crawl, article)
            await crawl.admit(str(article.url), "https://bao-thu.example/2")
            for name in ("seed_state", "seed_read", "count_skipped", "store", "close"):
                await METHODS[name](crawl, article)

    asyncio.run(scenario())
