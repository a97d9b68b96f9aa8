"""What the database tests run in processes of their own: ``python -m tests.db.processes TASK …``."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.stories import stories
from crawler.article import Article
from crawler.page import Candidate, FrontierEntry
from crawler.ports import PageVisit
from crawler.report import SourceStatus
from crawler.source import Source
from crawler.topic.topic import Topic
from db.crawl.runs import finish_run, start_run
from db.crawl_store import SqliteCrawlStore
from db.file.connection import write_transaction
from db.file.opening import open_database
from db.upkeep.rescore import Rescorer
from tests.articles import CORE, make_article

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def child(task: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run a task beside the test until it says that it is ready; kill it at the end."""
    command = [sys.executable, "-m", "tests.db.processes", task, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def now() -> datetime:
    return datetime.now(UTC)


def hold_lock(path: Path, seconds: str) -> None:
    """Keep the write lock for so long."""
    with closing(open_database(path)) as conn, write_transaction(conn):
        ready()
        time.sleep(float(seconds))


def write(path: Path, seconds: str) -> None:
    """Write two rows that belong together, in transactions of so many seconds, without a pause."""
    with closing(open_database(path, busy_timeout_s=30)) as conn:
        ready()
        for number in itertools.count():
            with write_transaction(conn):
                for part in "ab":
                    conn.execute(
                        "INSERT INTO sources (id, name) VALUES (?, ?)", (f"{number}-{part}", "x" * 2000)
                    )
                time.sleep(float(seconds))


def crawl(path: Path, source_id: str, count: str, then: str) -> None:
    """Store `count` articles in a run of its own, leave two more pending, then stay or end."""
    asyncio.run(_crawl(path, source_id, int(count), then))


async def _crawl(path: Path, source_id: str, count: int, then: str) -> None:
    source = Source(source_id, source_id, f"https://{source_id}.example")
    with closing(open_database(path)) as conn:
        run = start_run(conn, "crawl", [source], now)
    with SqliteCrawlStore(path, run, now) as store:
        urls = {f"{source.homepage}/tin/{number}.html": number for number in range(count + 2)}
        left = await store.open(source)
        admission = await store.admit(source, [Candidate(url) for url in urls])

        async def keep(url: str) -> None:
            visit = PageVisit(source_id, url, "ok", now(), 200)
            await store.store(visit, make_article(urls[url], url=url), CORE, None)

        if then == "end":
            ready()
        considered = [entry.url for entry in (*left, *admission.entries) if urls[entry.url] < count]
        await asyncio.gather(*map(keep, considered))
        if then == "stay":
            ready()
            await asyncio.sleep(60)


def ingest(path: Path, source_id: str, count: str, go: str) -> None:
    """Bring so many stories through the store of a crawl, from the moment the file `go` is there."""
    told = [story.article() for story in stories(int(count))]
    ready()
    while not Path(go).exists():
        time.sleep(0.01)
    asyncio.run(_ingest(path, source_id, told))


def _batches(entries: list[FrontierEntry], count: int) -> Iterator[list[FrontierEntry]]:
    for start in range(0, len(entries), count):
        yield entries[start : start + count]


async def _ingest(path: Path, source_id: str, told: list[Article]) -> None:
    source = Source(source_id, source_id, f"https://{source_id}.example")
    urls = {f"{source.homepage}/tin/{number}.html": article for number, article in enumerate(told)}
    with closing(open_database(path)) as conn:
        run = start_run(conn, "crawl", [source], now)
        with SqliteCrawlStore(path, run, now) as store:
            left = await store.open(source)
            admitted = (await store.admit(source, [Candidate(url) for url in urls])).entries

            async def keep(url: str) -> None:
                visit = PageVisit(source_id, url, "ok", now(), 200)
                await store.store(visit, replace(urls[url], url=url), CORE, None)

            for batch in _batches([*left, *admitted], 200):
                await asyncio.gather(*(keep(entry.url) for entry in batch))
            await store.close(source, SourceStatus.DONE)
        finish_run(conn, run.run_id, now)


def rescore(path: Path, topic: str, transactions: str) -> None:
    """Rescore by a topic file; stay before the transaction with that number."""
    began: list[datetime] = []

    def clock() -> datetime:
        began.append(now())
        if len(began) == int(transactions):
            ready()
            time.sleep(60)
        return began[-1]

    with closing(open_database(path)) as conn:
        Rescorer(conn, Topic.load(Path(topic)), clock, dry_run=False).run()


if __name__ == "__main__":
    task, path, *rest = sys.argv[1:]
    tasks = (hold_lock, write, crawl, ingest, rescore)
    {one.__name__: one for one in tasks}[task](Path(path), *rest)
