"""One crawl, put together: configuration, sources, database, topic, spider, report."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from biengioi.logs import note_run
from crawler.config import Config, Keep
from crawler.ports import Clock, Progress
from crawler.report import RunReport, RunStatus
from crawler.source import Source
from crawler.topic.topic import Topic
from db.archive.writing import PageArchive
from db.crawl.pauses import open_pauses
from db.crawl.runs import finish_run, start_run
from db.crawl_store import SqliteCrawlStore
from db.file.backup import copy_database
from db.file.connection import free_mb
from db.file.opening import open_database
from spiders.job import CrawlJob
from spiders.news import NewsSpider
from spiders.process import run_spider
from spiders.settings import crawl_settings

logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the time now, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class CrawlRequest:
    """What the user asked for.

    Args:
        kind: what started it, for the run's record.
        since: the first local day that is wanted.
        max_pages: articles per source; None for the configured number.
        dry_run: discover, fetch and decide on a copy of the database, and write nothing.
        clock: the time now.
    """

    db_path: Path
    config: Config
    sources: Sequence[Source]
    progress: Progress
    topic: Topic
    kind: str = "crawl"
    since: date | None = None
    max_pages: int | None = None
    dry_run: bool = False
    clock: Clock = utc_now


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """What came of it.

    Args:
        problems: mistakes of ours, which no page is to blame for.
        is_whole: whether no signal ended it.
        stopped: the shortage that ended it, in a sentence, if one did.
    """

    report: RunReport
    problems: Sequence[Exception]
    is_whole: bool = True
    stopped: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return self.report.status is RunStatus.DONE and not self.problems


def run_crawl(request: CrawlRequest, *, settings: dict[str, Any] | None = None) -> CrawlResult:
    """Crawl once, in this process, which can do so only once (Twisted's reactor cannot restart).

    Args:
        settings: Scrapy settings that replace ours, for tests.

    Raises:
        StorageError: the database cannot be used, or stayed locked past its budget.
    """
    with _database(request) as db_path, open_job(replace(request, db_path=db_path)) as (job, finish):
        logger.info("crawling %d sources; a line for each that is finished", len(request.sources))
        overrides = settings or {}
        is_whole = run_spider(
            NewsSpider, {**crawl_settings(request.config, job.sources), **overrides}, job=job
        )
        if job.storage_error is not None:
            raise job.storage_error
        report = finish()
    if request.dry_run:
        report = replace(report, run_id=None)
    return CrawlResult(report, tuple(job.problems), is_whole, job.stopped)


@contextmanager
def _database(request: CrawlRequest) -> Iterator[Path]:
    if not request.dry_run:
        yield request.db_path
        return
    with tempfile.TemporaryDirectory(prefix="biengioi-dry-run-") as folder:
        copy = Path(folder) / "copy.db"
        if request.db_path.exists():
            copy_database(request.db_path, copy)
        yield copy


def _shortage(db_path: Path, least_mb: float) -> str:
    """Say that there is too little space to go on, in a sentence; nothing while there is enough."""
    free = free_mb(db_path)
    if free >= least_mb:
        return ""
    return (
        f"Only {free:.0f} MB are free on the disk of {db_path}, less than {least_mb:.0f}, a fifth of"
        " schedule.min_free_mb: free some space; the rest comes first next time."
    )


@contextmanager
def open_job(request: CrawlRequest) -> Iterator[tuple[CrawlJob, Callable[[], RunReport]]]:
    """Start a run; yield its job, for the sources that no other crawl holds, and how to finish it."""
    timeout_s = request.config.storage.busy_timeout_s
    limits = request.config.archive
    is_archived = limits.keep is not Keep.NONE and not request.dry_run
    with (
        closing(open_database(request.db_path, create=True, busy_timeout_s=timeout_s)) as conn,
        open_pauses(request.db_path, request.clock, busy_timeout_s=timeout_s) as pauses,
    ):
        run = start_run(conn, request.kind, request.sources, request.clock)
        note_run(run.run_id)
        store = SqliteCrawlStore(
            request.db_path,
            run,
            request.clock,
            topic_digest=lambda: request.topic.digest,
            revisit_ages=request.config.crawl.revisit_ages,
            busy_timeout_s=timeout_s,
            archive=PageArchive(request.db_path, limits, request.clock) if is_archived else None,
        )
        try:
            job = CrawlJob(
                config=request.config,
                sources=tuple(run.held.values()),
                store=store,
                topic=request.topic,
                clock=request.clock,
                progress=request.progress,
                since=request.since,
                max_pages=request.max_pages,
                pauses=pauses,
                shortage=partial(_shortage, request.db_path, request.config.schedule.least_free_mb),
            )

            def finish() -> RunReport:
                store.stop()
                return finish_run(conn, run.run_id, request.clock)

            yield job, finish
        finally:
            store.stop()
