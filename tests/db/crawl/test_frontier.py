"""The frontier: what is considered, what is known, and that the numbers add up."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from crawler.article import Precision, Published
from crawler.decision import Decision, Kind, Outcome, Rejection
from crawler.page import Candidate
from crawler.ports import SeedState
from crawler.report import RunStatus
from tests.articles import make_article
from tests.db.world import OTHER, PAPER, World

A, B, C, D = (f"https://bao-thu.example/tin/{letter}" for letter in "abcd")
FAILED = Decision.failed(Outcome.TIMED_OUT)
OFF_TOPIC = Decision.rejected(Rejection.OFF_TOPIC, "topic score 3")


def test_a_url_is_considered_once_however_often_it_is_offered(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            assert await crawl.admit(A, B, A) == ([A, B], 0)
            assert await crawl.admit(f"{B}?utm_source=feed#top", C) == ([C], 0)
            await crawl.store.settle(crawl.visit(A), OFF_TOPIC)
            assert await crawl.admit(A, changed_at=world.now + timedelta(days=1)) == ([], 0)
        assert crawl.report.tally.considered == 3
        assert crawl.report.tally.pending == 2
        assert crawl.report.adds_up
        assert crawl.report.status is RunStatus.DONE

    asyncio.run(scenario())


def test_what_is_known_and_not_due_is_counted_once_and_not_considered(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(A)
            await crawl.store.settle(crawl.visit(A), OFF_TOPIC)
        world.pass_time(hours=1)
        async with world.crawl() as crawl:
            assert crawl.opened[PAPER.id] == []
            assert await crawl.admit(A, A) == ([], 1)
            assert await crawl.admit(A) == ([], 0)
        assert crawl.report.tally.known_count == 1
        assert crawl.report.tally.considered == 0

    asyncio.run(scenario())


def test_what_is_left_is_taken_first_next_time(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            day = Published("2026-11-20", Precision.DAY)
            await crawl.store.admit(
                PAPER, [Candidate(A, "Cũ", Published("2026-11-19", Precision.DAY)), Candidate(B, "Mới", day)]
            )
        assert crawl.report.tally.pending == 2
        async with world.crawl() as crawl:
            assert crawl.opened[PAPER.id] == [B, A]
            assert await crawl.admit(A) == ([], 0)
        assert crawl.report.tally.considered == 2
        assert crawl.report.adds_up

    asyncio.run(scenario())


def test_a_page_that_changed_since_is_considered_again(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(A)
            visit = crawl.visit(A, etag='"1"', last_modified="Sat, 21 Nov 2026 02:00:00 GMT")
            await crawl.store.settle(visit, OFF_TOPIC)
        fetched_at = world.now
        world.pass_time(hours=1)
        async with world.crawl() as crawl:
            assert await crawl.admit(A, changed_at=fetched_at - timedelta(seconds=1)) == ([], 1)
            admission = await crawl.store.admit(PAPER, [Candidate(A, changed_at=fetched_at)])
            (entry,) = admission.entries
            assert entry.etag == '"1"'
            assert entry.last_modified == "Sat, 21 Nov 2026 02:00:00 GMT"
            unchanged = Decision(Kind.UNCHANGED, "not_modified")
            await crawl.store.settle(crawl.visit(A, outcome="not_modified"), unchanged)
        assert crawl.report.tally.unchanged == 1
        assert crawl.report.adds_up
        (page,) = world.rows("SELECT * FROM pages")
        assert page["etag"] == '"1"'

    asyncio.run(scenario())


def test_a_failure_is_asked_again_when_its_time_has_come(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(A, B)
            soon = crawl.visit(A, outcome="timed_out", retry_at=world.now + timedelta(hours=1))
            await crawl.store.settle(soon, FAILED)
            gone = crawl.visit(B, outcome="gone", http_status=410)
            await crawl.store.settle(gone, Decision.failed(Outcome.GONE))
        assert crawl.report.tally.failed == {"timed_out": 1, "gone": 1}
        world.pass_time(minutes=59)
        async with world.crawl() as crawl:
            assert crawl.opened[PAPER.id] == []
        world.pass_time(minutes=1)
        async with world.crawl() as crawl:
            assert crawl.opened[PAPER.id] == [A]
            (entry,) = (await crawl.store.admit(PAPER, [])).entries or (None,)
            assert entry is None
        assert world.rows("SELECT failure_count FROM pages ORDER BY url")[0]["failure_count"] == 1
        world.pass_time(days=999)
        async with world.crawl() as crawl:
            assert crawl.opened[PAPER.id] == [A]

    asyncio.run(scenario())


def test_a_throttled_page_stays_pending_and_counts_as_such(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(A)
            later = Decision(Kind.PENDING, Outcome.THROTTLED)
            await crawl.store.settle(crawl.visit(A, outcome="throttled", http_status=429), later)
            await crawl.store.settle(crawl.visit(A, outcome="throttled", http_status=429), later)
        assert crawl.report.tally.pending == 1
        assert crawl.report.adds_up
        assert world.rows("SELECT count(*) AS n FROM decisions")[0]["n"] == 0

    asyncio.run(scenario())


def test_a_url_has_one_owner(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl(PAPER, OTHER) as crawl:
            assert await crawl.admit(A) == ([A], 0)
            assert await crawl.admit(A, source=OTHER) == ([], 1)
            with pytest.raises(ValueError, match="not a pending page of bao-hai"):
                await crawl.store.settle(crawl.visit(A, OTHER), OFF_TOPIC)
            await crawl.store.settle(crawl.visit(A), OFF_TOPIC)
        assert crawl.report.sources[PAPER.id].tally.rejected == {"off_topic": 1}
        assert crawl.report.sources[OTHER.id].tally.known_count == 1
        assert crawl.report.adds_up

    asyncio.run(scenario())


def test_settling_twice_is_a_programming_error_and_counts_once(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(A)
            await crawl.store.settle(crawl.visit(A), OFF_TOPIC)
            with pytest.raises(ValueError, match="not a pending page"):
                await crawl.store.settle(crawl.visit(A), FAILED)
            with pytest.raises(ValueError, match="not a pending page"):
                await crawl.keep(make_article(url=A))
        assert crawl.report.tally.rejected == {"off_topic": 1}
        assert crawl.report.adds_up

    asyncio.run(scenario())


def test_what_is_no_address_is_offsite(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            assert await crawl.admit("mailto:toasoan@bao-thu.example", "http://[", A) == ([A], 0)
            await crawl.store.count_skipped(PAPER, offsite=3, older=2)
        tally = crawl.report.tally
        assert (tally.offsite_count, tally.older_count, tally.considered) == (5, 2, 1)

    asyncio.run(scenario())


def test_a_seed_remembers_its_validators_only_after_a_whole_walk(world: World) -> None:
    seed = "https://bao-thu.example/rss"

    async def scenario() -> None:
        async with world.crawl() as crawl:
            store = crawl.store

            async def remembered() -> tuple[str | None, str | None, bool]:
                state = await store.seed_state(PAPER, seed)
                return state.etag, state.outcome, state.complete

            assert await store.seed_state(PAPER, seed) == SeedState()
            await store.seed_read(PAPER, crawl.seed_visit(seed, etag='"1"'), complete=True)
            assert await remembered() == ('"1"', "ok", True)
            assert await remembered() == ('"1"', "ok", False)
            unchanged = crawl.seed_visit(seed, outcome="not_modified")
            await store.seed_read(PAPER, unchanged, complete=True)
            assert await remembered() == ('"1"', "not_modified", True)
            await store.seed_read(PAPER, crawl.seed_visit(seed, etag='"2"'), complete=False)
            assert await remembered() == (None, "ok", False)
        assert crawl.report.sources[PAPER.id].seeds == {seed: "ok"}

    asyncio.run(scenario())


AGES = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1))


def test_an_article_is_asked_for_again_at_growing_ages(world: World) -> None:
    async def scenario() -> None:
        world.revisit_ages = AGES
        found_at, revisits = world.now, []
        async with world.crawl() as crawl:
            await crawl.keep(make_article(published=None))
        for _ in range(100):
            world.pass_time(minutes=30)
            async with world.crawl() as crawl:
                for url in crawl.opened[PAPER.id]:
                    revisits.append(world.now - found_at)
                    await crawl.store.settle(crawl.visit(url), Decision(Kind.UNCHANGED, "not_modified"))
            assert crawl.report.adds_up
        assert revisits == list(AGES)

    asyncio.run(scenario())


def test_a_page_without_an_article_is_not_revisited(world: World) -> None:
    async def scenario() -> None:
        world.revisit_ages = AGES
        async with world.crawl() as crawl:
            await crawl.admit(A)
            await crawl.store.settle(crawl.visit(A), OFF_TOPIC)
        world.pass_time(days=2)
        async with world.crawl() as crawl:
            assert crawl.opened[PAPER.id] == []

    asyncio.run(scenario())
