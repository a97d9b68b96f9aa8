"""Storage as one crawl sees it: `crawler.ports.CrawlStore` over the writer, fenced by the lease."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.article import TOLD_BY_LIST, Article, format_instant, with_told_date
from crawler.decision import Decision, Kind, Rejection
from crawler.events.event import Event
from crawler.extraction import EXTRACTOR_VERSION
from crawler.page import Candidate, FrontierEntry
from crawler.ports import Admission, Clock, PageVisit, SeedState, SeedVisit
from crawler.report import SourceReport, SourceStatus
from crawler.source import Source
from crawler.topic.relevance import Relevance
from db.archive.writing import PageArchive
from db.articles import keeping
from db.crawl import frontier, leases, run_parts, runs, seeds
from db.crawl.runs import Run
from db.file.connection import BUSY_TIMEOUT_S
from db.file.writer import Writer

_TEXT_IS_NEW = (Kind.NEW, Kind.NEAR_DUPLICATE, Kind.REVISED)


class SqliteCrawlStore:
    """The frontier and the articles of one run; a context manager that drains its writer.

    Args:
        path: the database in which the run was started.
        run: what `start_run` gave; every transaction checks that it still holds its leases.
        clock: the time now.
        topic_digest: tells which topic judges the pages of this run (`Topic.digest`), when one is refused.
        revisit_ages: how old an article is when its page is due again.
        busy_timeout_s: how long a transaction waits for another process's lock.
        archive: where pages are kept as they were; None for nowhere.
    """

    def __init__(
        self,
        path: Path,
        run: Run,
        clock: Clock,
        *,
        topic_digest: Callable[[], str | None] = lambda: None,
        revisit_ages: Sequence[timedelta] = (),
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        archive: PageArchive | None = None,
    ) -> None:
        self._run_id = run.run_id
        self._open = dict(run.held)
        self._topic_digest = topic_digest
        self._revisit_ages = revisit_ages
        self._clock = clock
        self._met: dict[str, set[str]] = {}
        self._archive = archive
        self._writer = Writer(path, guard=self._check_lease, companion=archive, busy_timeout_s=busy_timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Commit what was handed over and close the database."""
        self._writer.close()
        if self._archive is not None:
            self._archive.close()

    def _check_lease(self, conn: sqlite3.Connection) -> None:
        leases.check(conn, self._run_id, self._clock())

    async def open(self, source: Source) -> Sequence[FrontierEntry]:
        """Return the source's pending URLs: left over, or due again; newest first."""

        def begin(conn: sqlite3.Connection) -> Sequence[FrontierEntry]:
            if self._archive is not None:
                self._archive.mend(conn)
            return frontier.open_source(conn, self._run_id, source.id, self._clock())

        return await self._writer.run(begin)

    async def admit(self, source: Source, candidates: Sequence[Candidate]) -> Admission:
        """Take candidates in; a URL has one owning source, the first that offered it."""
        met = self._met.setdefault(source.id, set())
        return await self._writer.run(
            lambda conn: frontier.admit(conn, self._run_id, source.id, candidates, self._clock(), met)
        )

    async def seed_state(self, source: Source, url: str) -> SeedState:
        """Return what is remembered of the seed at `url`, and mark its traversal as begun."""
        return await self._writer.run(lambda conn: seeds.begin(conn, source.id, url))

    async def seed_read(self, source: Source, visit: SeedVisit, *, complete: bool) -> None:
        """Record how reading the seed at ``visit.url`` ended."""

        def record(conn: sqlite3.Connection) -> None:
            seeds.record(conn, self._run_id, source.id, visit, complete=complete)
            if visit.outlinks is not None:
                frontier.keep_outlinks(
                    conn, source.id, visit.url, visit.outlinks, format_instant(visit.fetched_at)
                )

        await self._writer.run(record)

    async def parts_read_at(self, source: Source, urls: Sequence[str]) -> Mapping[str, datetime]:
        """Return when the sitemaps of an index were read last, of those that ever were."""
        return await self._writer.run(lambda conn: seeds.parts_read_at(conn, source.id, urls))

    async def part_read(self, source: Source, url: str, read_at: datetime) -> None:
        """Remember that a sitemap of an index was read, well or not."""
        await self._writer.run(lambda conn: seeds.record_part(conn, source.id, url, read_at))

    async def learned_pattern(self, source: Source) -> str | None:
        """Return the pattern of article addresses that was learned for the source, if one was."""
        return await self._writer.run(lambda conn: seeds.learned_pattern(conn, source.id))

    async def learn_pattern(self, source: Source, pattern: str) -> None:
        """Keep a learned pattern of article addresses in place of the one before."""
        await self._writer.run(lambda conn: seeds.learn_pattern(conn, source.id, pattern))

    async def shared_titles(self, source: Source) -> frozenset[str]:
        """Return the titles that several pages of the source have; none of them is a headline."""
        return await self._writer.run(lambda conn: frontier.shared_titles(conn, source.id))

    async def count_skipped(self, source: Source, *, offsite: int = 0, older: int = 0) -> None:
        """Add to the links outside the sum: to foreign hosts, and dated before what was asked for."""
        await self._writer.run(
            lambda conn: run_parts.count(conn, self._run_id, source.id, offsite=offsite, older=older)
        )

    async def close(self, source: Source, status: SourceStatus, message: str = "") -> SourceReport:
        """End the source's part of the run and return its numbers."""
        self._met.pop(source.id, None)
        self._open.pop(source.id, None)
        needed = frozenset[str]().union(*(other.host_names for other in self._open.values()))
        at = format_instant(self._clock())

        def end(conn: sqlite3.Connection) -> SourceReport:
            report = runs.close_source(conn, self._run_id, source.id, status, message, at)
            leases.release(conn, self._run_id, source.host_names - needed)
            return report

        return await self._writer.run(end)

    async def store(
        self,
        visit: PageVisit,
        article: Article,
        relevance: Relevance,
        refusal: Decision | None,
        events: Sequence[Event] = (),
    ) -> Decision:
        """Decide on an article with what is known at this moment, keep it accordingly, and say how."""
        if article.url != visit.url:  # its identity is the address in the frontier
            article = replace(article, url=visit.url)
        return await self._writer.run(
            lambda conn: self._keep(conn, visit, article, relevance, refusal, events)
        )

    async def settle(self, visit: PageVisit, decision: Decision) -> Decision:
        """Record a page that brought no article: rejected, failed or not modified."""
        return await self._writer.run(lambda conn: self._settle(conn, visit, decision), may_wait=True)

    def _keep(
        self,
        conn: sqlite3.Connection,
        visit: PageVisit,
        article: Article,
        relevance: Relevance,
        refusal: Decision | None,
        events: Sequence[Event],
    ) -> Decision:
        """Keep an article, its events and its page's outcome together."""
        page = frontier.waiting_page(conn, visit)
        if page is None:
            return frontier.FORGOTTEN
        article = with_told_date(article, frontier.published_of(page))
        seen_at = format_instant(visit.fetched_at)
        decision = keeping.keep(
            conn, visit.source_id, article, relevance, refusal, seen_at, led_to=visit.led_to
        )
        if told := [name for name, origin in article.provenance.items() if origin == TOLD_BY_LIST]:
            detail = f"{' and '.join(sorted(told))} {TOLD_BY_LIST}, not by the page"
            decision = replace(decision, detail="; ".join(filter(None, (decision.detail, detail))))
        if decision.kind is Kind.FAILED:
            visit = replace(visit, outcome=decision.reason)
        if decision.kind in _TEXT_IS_NEW and decision.article_id is not None:
            # A crawl that finds nothing new imports nothing about events.
            from crawler.events.reading import rules_version
            from db.events.keeping import Found
            from db.events.keeping import keep as keep_events

            found = Found(decision.article_id, tuple(events), rules_version())
            keep_events(conn, [found])
        if decision.article_id is not None:
            article_id = decision.article_id
            frontier.keep_outlinks(conn, visit.source_id, visit.url, visit.outlinks, seen_at, article_id)
        return self._settle(conn, visit, decision)

    def _settle(self, conn: sqlite3.Connection, visit: PageVisit, decision: Decision) -> Decision:
        """Record how a page ended; a story that did not change takes the date it was since told to have."""
        page = frontier.waiting_page(conn, visit)
        if page is not None:
            if decision.kind is Kind.UNCHANGED:
                keeping.take_date(conn, page["article_id"], frontier.published_of(page))
            self._archive_page(conn, visit, page, decision)
        return frontier.settle(
            conn,
            self._run_id,
            visit,
            decision,
            topic_digest=self._topic_digest() if decision.reason == Rejection.OFF_TOPIC else None,
            revisit_ages=self._revisit_ages,
        )

    def _archive_page(
        self, conn: sqlite3.Connection, visit: PageVisit, page: sqlite3.Row, decision: Decision
    ) -> None:
        """Keep what came as it was, if it is to be kept."""
        if self._archive is None or visit.page is None or not self._archive.wants(conn, visit.url, decision):
            return
        told = FrontierEntry(visit.url, page["title"], published=frontier.published_of(page))
        version = EXTRACTOR_VERSION if decision.article_id is not None else None
        self._archive.add(conn, visit.page, told, decision.article_id, version)
