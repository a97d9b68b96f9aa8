"""A collection worth looking at: a year and a half of invented stories, crawls that went well and ill."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.reprints import copies
from benchmarks.stories import Story, tell
from crawler.article import format_instant
from crawler.config import ArchiveLimits
from crawler.decision import Decision, Outcome, Rejection
from crawler.events.reading import read_events
from crawler.finding import FindingKind, Found, Severity
from crawler.page import Candidate
from crawler.ports import PageVisit
from crawler.report import SourceStatus
from crawler.source import Source
from db.archive.writing import PageArchive
from db.crawl.runs import finish_run, start_run
from db.crawl_store import SqliteCrawlStore
from db.file.connection import write_transaction
from db.service.findings import record
from tests.db.archive.pages import page_of
from tests.db.web.told_events import add_articles
from tests.db.world import World

_DAYS = 540
_CRAWLS = (timedelta(days=40), timedelta(days=9), timedelta(days=2), timedelta(hours=5))
"""How long ago each crawl was."""

_EDITS = (
    "Đến cuối buổi chiều, hàng hóa qua lại bình thường.",
    "Hai bên hẹn gặp lại trong tháng tới để bàn tiếp.",
)
"""What an article said more, each time that it was read again."""


def told(count: int, now: datetime) -> list[Story]:
    """Return stories of the last year and a half, more of late, the busy gates in more of them."""
    random = Random(20)
    found = []
    for number in range(count):
        age = timedelta(days=_DAYS * random.random() ** 2.2, minutes=random.randrange(600))
        # Few places make most of the news: two thirds of the stories have the facts of a few others.
        facts = random.randrange(14) if random.random() < 0.66 else number
        found.append(replace(tell(str(number), number, facts=facts, numbers=number), published=now - age))
    return sorted(found, key=lambda story: story.published)


def build(folder: Path, count: int = 240, now: datetime | None = None) -> World:
    """Return a world in `folder` with `count` stories, revisions, reprints, failures and findings."""
    now = now or datetime.now(UTC)
    world = World(folder)
    stories = told(count, now)
    sources = {
        story.source_id: Source(story.source_id, story.paper.name, f"https://{story.source_id}.example")
        for story in stories
    }
    marks = [now - age for age in _CRAWLS]
    for number, mark in enumerate(marks):
        earlier = marks[number - 1] if number else datetime.min.replace(tzinfo=UTC)
        fresh = [story for story in stories if earlier < story.published <= mark]
        early = [story for story in stories if story.published <= marks[1]][-1]
        edits = _EDITS[: max(0, number - 1)]
        is_last = number == len(marks) - 1
        complete(_crawl(world, mark, list(sources.values()), fresh, early, edits, is_last=is_last))
    with world.connection() as conn:
        add_articles(conn)
    _oversee(world, list(sources), now)
    return world


def complete(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end, also where a browser's event loop has this thread."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, work).result()


async def _crawl(
    world: World,
    at: datetime,
    sources: Sequence[Source],
    stories: Sequence[Story],
    early: Story,
    edits: Sequence[str],
    *,
    is_last: bool,
) -> None:
    world.now = at
    with world.connection() as conn:
        run = start_run(conn, "crawl", sources, world.clock)
        archive = PageArchive(world.path, ArchiveLimits(), world.clock)
        with SqliteCrawlStore(world.path, run, world.clock, busy_timeout_s=5, archive=archive) as store:
            for source in sources:
                await store.open(source)
                own = [story for story in stories if story.source_id == source.id]
                for story in own:
                    await _keep(world, store, story)
                for number, story in enumerate(own[:6]):
                    await _settle(world, store, story, number)
                if edits and source.id == early.source_id:
                    await _revise(world, store, early, edits)
                failed = is_last and source is sources[0]
                await store.close(
                    source,
                    SourceStatus.FAILED if failed else SourceStatus.DONE,
                    "None of its seeds could be read." if failed else "",
                )
            if stories:
                _, copy = next(pair for pair in copies(stories[-1]) if pair[0] == "retitled")
                await _keep(world, store, copy)
        world.now = at + timedelta(minutes=7)
        finish_run(conn, run.run_id, world.clock)


async def _keep(world: World, store: SqliteCrawlStore, story: Story, **changes: Any) -> None:
    article = replace(story.article(), **changes)
    assert article.url
    source = Source(story.source_id, story.paper.name, f"https://{story.source_id}.example")
    await store.admit(source, [Candidate(article.url, title=article.title, changed_at=world.now)])
    page = page_of(article, world.now)
    visit = PageVisit(story.source_id, article.url, "ok", world.now, http_status=200, page=page)
    events = read_events(article.title, article.text, article.published)
    await store.store(visit, article, story.relevance(), None, events)


async def _settle(world: World, store: SqliteCrawlStore, story: Story, number: int) -> None:
    """Bring a page that is not kept, so that a crawl's numbers have more than one term."""
    url = f"https://{story.source_id}.example/khac/{story.slug}.html"
    source = Source(story.source_id, story.paper.name, f"https://{story.source_id}.example")
    await store.admit(source, [Candidate(url, title="Tin thể thao", changed_at=world.now)])
    if number % 4 == 3:
        decision = Decision.failed(Outcome.TIMED_OUT)
        visit = PageVisit(story.source_id, url, Outcome.TIMED_OUT, world.now)
    else:
        decision = Decision.rejected(Rejection.OFF_TOPIC if number % 2 else Rejection.TOO_SHORT)
        visit = PageVisit(story.source_id, url, "ok", world.now, http_status=200)
    await store.settle(visit, decision)


async def _revise(world: World, store: SqliteCrawlStore, story: Story, edits: Sequence[str]) -> None:
    lines = [*story.paragraphs[:-1], story.paragraphs[-1].replace("hai bên", "đôi bên"), *edits]
    await _keep(world, store, story, text="\n".join(lines), title=f"{story.title} (cập nhật {len(edits)})")


def _oversee(world: World, source_ids: Sequence[str], now: datetime) -> None:
    """Add what the service would have written."""
    with world.connection() as conn:
        record(
            conn,
            [
                Found(
                    source_ids[0],
                    FindingKind.UNREACHABLE,
                    Severity.ERROR,
                    "The last 3 crawls reached none of its seeds: connection timed out.",
                    f"Open its home page in a browser, then run `biengioi sources check {source_ids[0]}`.",
                ),
                Found(
                    source_ids[1],
                    FindingKind.SILENT,
                    Severity.WARNING,
                    "Nothing new for 3 days; usually there is something every 7 hours.",
                    f"Look whether its sections moved: `biengioi sources check {source_ids[1]}`.",
                ),
            ],
            now - timedelta(days=2),
        )
        with write_transaction(conn):
            for number, id_ in enumerate(source_ids[1:]):
                interval = timedelta(minutes=30 * (1 + number % 5))
                conn.execute(
                    "INSERT INTO source_schedule (source_id, declared, next_fetch_at, interval_s)"
                    " VALUES (?, '', ?, ?)",
                    (id_, format_instant(now + interval / 2), interval.total_seconds().__trunc__()),
                )
