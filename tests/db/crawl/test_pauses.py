"""Pauses: kept per paper, the longer one counts, and they end by themselves."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from crawler.pause import MAX_PAUSE, Pause
from db.crawl import pauses
from db.crawl.pauses import open_pauses
from db.file.connection import write_transaction
from tests.db.world import World

HOUR = timedelta(hours=1)


def asked(world: World, key: str, pause: timedelta) -> Pause:
    return Pause.asked(key, pause, world.now, "HTTP 429, Retry-After: 3600 s")


def ask(world: World, key: str, pause: timedelta) -> None:
    with world.connection() as conn, write_transaction(conn):
        pauses.keep(conn, asked(world, key, pause), world.now)


def in_force(world: World) -> dict[str, timedelta]:
    with world.connection() as conn:
        return {one.key: one.until - world.now for one in pauses.pauses(conn, world.now)}


def test_a_pause_ends_by_itself(world: World) -> None:
    ask(world, "bao-thu.example", HOUR)
    ask(world, "bao-hai.example", HOUR / 2)
    assert in_force(world) == {"bao-hai.example": HOUR / 2, "bao-thu.example": HOUR}
    world.pass_time(minutes=30)
    assert in_force(world) == {"bao-thu.example": HOUR / 2}
    world.pass_time(minutes=30)
    assert in_force(world) == {}


def test_a_pause_never_ends_before_it_was_asked_to(world: World) -> None:
    """Times are stored in whole seconds."""
    world.pass_time(milliseconds=700)
    ask(world, "bao-thu.example", timedelta(seconds=5))
    world.pass_time(milliseconds=4999)
    assert set(in_force(world)) == {"bao-thu.example"}


def test_the_longer_of_two_pauses_counts(world: World) -> None:
    for pause in (HOUR, HOUR / 60, 2 * HOUR):
        ask(world, "bao-thu.example", pause)
    assert in_force(world) == {"bao-thu.example": 2 * HOUR}


def test_what_is_over_is_forgotten_when_another_comes(world: World) -> None:
    ask(world, "bao-thu.example", HOUR)
    world.pass_time(hours=2)
    ask(world, "bao-hai.example", HOUR)
    assert [row["key"] for row in world.rows("SELECT key FROM pauses")] == ["bao-hai.example"]


def test_what_a_wrong_clock_wrote_silences_nobody_for_years(world: World) -> None:
    world.pass_time(days=3000)
    ask(world, "bao-thu.example", MAX_PAUSE)
    world.pass_time(days=-3000)
    assert in_force(world) == {}
    ask(world, "bao-thu.example", HOUR)
    assert in_force(world) == {"bao-thu.example": HOUR}


def test_two_processes_share_one_book(world: World) -> None:
    async def share() -> None:
        with open_pauses(world.path, world.clock) as one, open_pauses(world.path, world.clock) as other:
            assert await other.pause_of("bao-thu.example") is None
            pause = asked(world, "bao-thu.example", HOUR)
            await one.keep_pause(pause)
            assert await other.pause_of("bao-thu.example") == pause
            assert await other.pause_of("bao-hai.example") is None
            world.pass_time(hours=1)
            assert await other.pause_of("bao-thu.example") is None

    asyncio.run(share())


@pytest.mark.timeout(20)
def test_looking_a_pause_up_waits_for_no_writer(world: World) -> None:
    with (
        open_pauses(world.path, world.clock) as book,
        closing(sqlite3.connect(world.path, isolation_level=None)) as writer,
    ):
        writer.execute("BEGIN IMMEDIATE")
        assert asyncio.run(book.pause_of("bao-thu.example")) is None


def test_keeping_a_pause_waits_for_a_writer_beside_the_event_loop(world: World) -> None:
    pause = asked(world, "bao-thu.example", HOUR)

    async def keep(writer: sqlite3.Connection) -> int:
        with open_pauses(world.path, world.clock, busy_timeout_s=20) as book:
            keeping = asyncio.ensure_future(book.keep_pause(pause))
            ticks = 0
            while not keeping.done():
                await asyncio.sleep(0.01)
                ticks += 1
                if ticks == 10:
                    writer.execute("ROLLBACK")
            await keeping
            return ticks

    with closing(sqlite3.connect(world.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert asyncio.run(keep(writer)) >= 10
    assert set(in_force(world)) == {"bao-thu.example"}


def test_explain_tells_of_the_pause_that_a_page_waits_for(world: World) -> None:
    url = "https://www.bao-thu.example/tin-1.html"

    async def offer() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(url)

    asyncio.run(offer())
    ask(world, "bao-thu.example", HOUR)
    with world.collection() as collection:
        (waits,) = collection.explain(url)["decisions"]
        assert (waits["kind"], waits["reason"]) == ("pending", "paused")
        assert "bao-thu.example asked for a pause until 2026-11-21 10:00:00 in Viet Nam" in waits["detail"]
        world.pass_time(hours=1)
        (waits,) = collection.explain(url)["decisions"]
        assert (waits["reason"], waits["detail"]) == ("waiting", "")
