"""A small world for the database tests: one paper, a clock that is told, a run and its store."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crawler.article import Article
from crawler.config import ArchiveLimits
from crawler.decision import Decision
from crawler.page import Candidate
from crawler.ports import PageVisit, SeedVisit
from crawler.report import RunReport, SourceStatus
from crawler.source import Source
from crawler.topic.relevance import Relevance
from db.archive.writing import PageArchive
from db.collection import Collection
from db.crawl.runs import finish_run, start_run
from db.crawl_store import SqliteCrawlStore
from db.file.opening import open_database
from tests.articles import CORE

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
PAPER = Source("bao-thu", "Báo Thử", "https://bao-thu.example")
OTHER = Source("bao-hai", "Báo Hai", "https://bao-hai.example")


_FILLED: dict[Hashable, bytes] = {}


@cache
def blank() -> bytes:
    """Return a new database: it is made once, since most tests begin with one."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "blank.db"
        with closing(open_database(path, create=True)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


class World:
    """One database file and one clock; the topic of its crawls is `topic_digest`.

    With `archive` set, crawls keep the pages that visits bring.
    """

    topic_digest: str | None = None
    archive: ArchiveLimits | None = None
    revisit_ages: Sequence[timedelta] = ()

    def __init__(self, folder: Path) -> None:
        self.path = folder / "test.db"
        self.now = START
        self.path.write_bytes(blank())

    def filled(self, key: Hashable, fill: Callable[[sqlite3.Connection], object]) -> World:
        """Fill the new database, or copy the file that was filled so before."""
        if key not in _FILLED:
            with self.connection() as conn:
                fill(conn)
                conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            _FILLED[key] = self.path.read_bytes()
        else:
            self.path.write_bytes(_FILLED[key])
        return self

    def clock(self) -> datetime:
        return self.now

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        with closing(open_database(self.path)) as conn:
            yield conn

    @contextmanager
    def collection(self) -> Iterator[Collection]:
        with Collection.open(self.path, clock=self.clock) as collection:
            yield collection

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        with self.connection() as conn:
            return [dict(row) for row in conn.execute(sql, values)]

    @asynccontextmanager
    async def crawl(self, *sources: Source) -> AsyncIterator[Crawl]:
        """A run over `sources` (the paper by default), each opened; finished at the end."""
        chosen = sources or (PAPER,)
        with self.connection() as conn:
            run = start_run(conn, "crawl", chosen, self.clock)
            crawl = Crawl(self, run.run_id)
            with SqliteCrawlStore(
                self.path,
                run,
                self.clock,
                topic_digest=lambda: self.topic_digest,
                revisit_ages=self.revisit_ages,
                busy_timeout_s=5,
                archive=PageArchive(self.path, self.archive, self.clock) if self.archive else None,
            ) as store:
                crawl.store = store
                for source in chosen:
                    crawl.opened[source.id] = [entry.url for entry in await store.open(source)]
                yield crawl
                for source in chosen:
                    await store.close(source, SourceStatus.DONE)
            crawl.report = finish_run(conn, run.run_id, self.clock)


class Crawl:
    """One run under way."""

    store: SqliteCrawlStore
    report: RunReport

    def __init__(self, world: World, run_id: int) -> None:
        self.world = world
        self.run_id = run_id
        self.opened: dict[str, list[str]] = {}

    async def admit(
        self, *urls: str, source: Source = PAPER, changed_at: datetime | None = None
    ) -> tuple[list[str], int]:
        """Offer URLs; return those that are considered, and how many were known."""
        candidates = [Candidate(url, title=f"Tin {url}", changed_at=changed_at) for url in urls]
        admission = await self.store.admit(source, candidates)
        return [entry.url for entry in admission.entries], admission.known_count

    def visit(self, url: str, source: Source = PAPER, **values: Any) -> PageVisit:
        return PageVisit(source.id, url, **{"outcome": "ok", "fetched_at": self.world.now, **values})

    def seed_visit(self, url: str, **values: Any) -> SeedVisit:
        return SeedVisit(url, **{"outcome": "ok", "fetched_at": self.world.now, **values})

    async def keep(
        self,
        article: Article,
        *,
        source: Source = PAPER,
        relevance: Relevance = CORE,
        refusal: Decision | None = None,
        **visit: Any,
    ) -> Decision:
        """Bring an article, admitting its URL first if need be."""
        assert article.url
        await self.admit(article.url, source=source, changed_at=self.world.now)
        return await self.store.store(
            self.visit(
                article.url,
                source,
                http_status=200,
                title=article.title,
                topic_score=relevance.score,
                **visit,
            ),
            article,
            relevance,
            refusal,
        )
