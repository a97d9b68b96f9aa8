"""A simulated working week in one process: the service, health and the page path, on a clock that is told.

``python -m tests.soak.week FOLDER`` lives from Monday morning to Friday noon and prints what happened as one
JSON document. Everything but the clock, the worker processes and the papers' pace is what a user runs: the
service's ticks, the spider over HTTP on loopback, the real database, the real findings.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.utils.reactor import install_reactor

from biengioi.crawling import CrawlRequest, open_job
from crawler.article import parse_instant
from crawler.config import ScheduleLimits
from crawler.decision import Decision
from crawler.reading import PageReader, Reading
from crawler.report import RunReport, SourceReport
from crawler.topic.topic import Topic
from db.collection import ArticleFilter, Collection
from db.crawl.leases import Owner
from scheduler.child_process import Ending
from scheduler.clocks import Clocks
from scheduler.oversight import Oversight
from scheduler.processes import Processes, Task
from scheduler.registry import Registry
from scheduler.service import Service
from spiders.demo.newspapers import Newspapers
from spiders.demo.stories import Story
from spiders.news import NewsSpider
from spiders.settings import crawl_settings
from tests.soak.manuscripts import manuscripts

T = TypeVar("T")

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
"""A Monday, seven in the morning in Viet Nam."""

HOURS = 100
TICK = timedelta(minutes=5)
PUBLISH_EVERY = timedelta(hours=3)
INTERVAL = timedelta(hours=1)

PAPERS = ("demo-zce", "demo-ims", "demo-nukeviet", "demo-a-id")
STEADY, MOVING, BLOCKING, PAUSING = PAPERS

SCHEDULE = """
[schedule]
every = "1h"
min_every = "1h"
max_every = "2h"
"""


@dataclass(frozen=True)
class Window:
    """Hours since the start between which something was wrong.

    Args:
        found_by, resolved_by: the hours in which the finding must have been opened and resolved.
    """

    kind: str
    source_id: str
    begins: int
    ends: int
    found_by: int
    resolved_by: int


TROUBLES = (
    Window("blocked", BLOCKING, 8, 30, found_by=20, resolved_by=48),
    Window("blocked", BLOCKING, 54, 72, found_by=66, resolved_by=90),
    Window("server_error", PAUSING, 12, 28, found_by=22, resolved_by=36),
    Window("silent", PAUSING, 42, 92, found_by=69, resolved_by=95),
    Window("moved", MOVING, 62, 82, found_by=65, resolved_by=83),
)
"""What befalls the papers. The silent paper may be silent for a day (``expect``); the moved one is
moved until somebody adds its new host to the source file."""

REDESIGN_AT = 48
EDITS_AT = (10, 26, 50, 74, 90)
DELETES_AT = (20, 80)


class Here:
    """In place of a child process: the crawl runs in this one."""

    def __init__(self, started_at: float) -> None:
        self.owner = Owner.this_process()
        self.pid = self.owner.pid
        self._started_at = started_at

    def age(self, now: float) -> float:
        return now - self._started_at


class CrewHere(Processes):
    """Notes what is to be crawled; `Week` crawls it between two ticks."""

    def crawl(
        self, source_ids: tuple[str, ...], options: Iterable[str], limits: ScheduleLimits, now: float
    ) -> None:
        self.tasks.append(Task(Here(now), source_ids))  # type: ignore[arg-type]

    def maintain(self, options: Iterable[str], limits: ScheduleLimits, now: float) -> None:
        pass

    def look(self, now: float) -> None:
        pass


class ExtractorHere:
    """Reads articles in this process: starting workers for each of 700 crawls would take an hour."""

    def __init__(self, read: PageReader) -> None:
        self._read = read

    def expect_pages(self) -> None:
        pass

    async def extract(self, *args: Any) -> Reading:
        return self._read(*args)

    async def call(self, function: Callable[..., T], *args: Any, patience: float = 1.0, **kwargs: Any) -> T:
        return function(*args, **kwargs)

    def stop(self) -> None:
        pass


class Silent:
    """Watches a crawl and says nothing."""

    def found(self, source_id: str, count: int) -> None:
        pass

    def decided(self, source_id: str, decision: Decision) -> None:
        pass

    def closed(self, source_id: str, report: SourceReport) -> None:
        pass


class Week:
    """The papers, the service and the clock."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.db = folder / "week.db"
        self.sources = folder / "sources"
        self.config = folder / "biengioi.toml"
        self.config.write_text(
            "[fetch]\nretries = 0\nbackoff_s = 0.01\nmax_pause_s = 0.05\n", encoding="utf-8"
        )
        self.topic = Topic.load()
        self.manuscripts = manuscripts(self.topic)
        self.papers = Newspapers(only=PAPERS, clock=lambda: self.now)
        self.registry = Registry(lambda: [self.sources], self.config, folder / "copies", folder / "families")
        self.published: list[tuple[Story, float]] = []
        self.edits: list[str] = []
        self.deleted: list[str] = []
        self.reports: list[RunReport] = []
        self.busiest: Counter[tuple[str, int]] = Counter()

    @property
    def hour(self) -> float:
        return (self.now - START) / timedelta(hours=1)

    async def live(self) -> dict[str, Any]:
        with self.papers:
            self.write_sources()
            clocks = Clocks(lambda: self.now, lambda: self.hour * 3600, lambda: self.hour * 3600)
            processes = CrewHere(["-"])
            with Service(self.db, self.registry, ["-"], clocks=clocks, processes=processes) as service:
                oversight = Oversight(self.db, self.registry.config)
                while self.hour < HOURS:
                    self.happen()
                    service.tick()
                    await self.crawl_all(processes)
                    if self.now.minute % 30 == 0:
                        oversight.check(self.registry.sources, self.now, problems=self.registry.problems)
                    self.now += TICK
            return self.summary()

    async def crawl_all(self, processes: CrewHere) -> None:
        for task in processes.tasks:
            before = len(self.papers.requests)
            await self.crawl(task.source_ids)
            task.ending = Ending(0)
            for request in self.papers.requests[before:]:
                self.busiest[request.host, int(self.hour)] += 1

    async def crawl(self, source_ids: Iterable[str]) -> None:
        sources = [self.registry.sources[id_] for id_ in source_ids]
        request = CrawlRequest(
            self.db,
            self.registry.config,
            sources,
            Silent(),
            self.topic,
            kind="schedule",
            clock=lambda: self.now,
        )
        with open_job(request) as (job, finish):
            job.extractor = ExtractorHere(PageReader(job.topic, job.since))
            settings = crawl_settings(request.config, job.sources)
            await AsyncCrawlerRunner(settings).crawl(NewsSpider, job=job)
            assert not job.problems, job.problems
            self.reports.append(finish())

    # --- what happens to the papers ------------------------------------------------------------------

    def happen(self) -> None:
        """Let the papers do what is due at this moment."""
        since = self.now - START
        if not since % PUBLISH_EVERY:
            for id_ in PAPERS:
                if not self.is_troubled(id_):
                    self.publish(id_)
        if since % timedelta(hours=1):
            return
        hour = int(self.hour)
        if hour in EDITS_AT:
            self.edit(STEADY)
        if hour in DELETES_AT:
            self.delete(STEADY)
        if hour == REDESIGN_AT:
            self.papers.redesign(MOVING, "ims")
        for trouble in TROUBLES:
            self.befall(trouble, hour)

    def is_troubled(self, id_: str) -> bool:
        return any(
            one.source_id == id_ and one.kind != "moved" and one.begins <= self.hour < one.ends
            for one in TROUBLES
        )

    def befall(self, trouble: Window, hour: int) -> None:
        begins, ends = hour == trouble.begins, hour == trouble.ends
        refusals = {"blocked": HTTPStatus.FORBIDDEN, "server_error": HTTPStatus.BAD_GATEWAY}
        if (begins or ends) and trouble.kind in refusals:
            self.papers.refuse(trouble.source_id, refusals[trouble.kind] if begins else None)
        if trouble.kind == "moved" and begins:
            self.papers.move(trouble.source_id, "127.0.0.99")
        if trouble.kind == "moved" and ends:
            self.write_sources()

    def write_sources(self) -> None:
        """Write the source files as a person would, who reads where a paper has moved."""
        self.sources.mkdir(exist_ok=True)
        for id_, text in self.papers.sources.items():
            more = '\n[expect]\nmax_silence = "1d"\n' if id_ == PAUSING else ""
            text = text.replace("delay_s = 0.05", "delay_s = 0")
            (self.sources / f"{id_}.toml").write_text(text + SCHEDULE + more, encoding="utf-8")

    def publish(self, id_: str) -> None:
        manuscript = next(self.manuscripts)
        story = self.papers.publish(manuscript, source_id=id_)
        self.published.append((story, self.hour))

    def edit(self, id_: str) -> None:
        """Change the newest story that the service has had time to see."""
        story = self.newest(id_)
        text = f"{story.text}\nCập nhật lần {len(self.edits) + 1}: hai bên hẹn gặp lại vào quý sau."
        self.papers.edit(story.url, text=text)
        self.edits.append(story.url)

    def delete(self, id_: str) -> None:
        story = self.newest(id_)
        self.papers.delete(story.url)
        self.deleted.append(story.url)

    def newest(self, id_: str) -> Story:
        seen = [story for story, hour in self.published if story.paper == id_ and hour <= self.hour - 4]
        return next(story for story in reversed(seen) if story.url not in {*self.edits, *self.deleted})

    # --- what came of it -----------------------------------------------------------------------------

    def summary(self) -> dict[str, Any]:
        with Collection.open(self.db) as collection:
            rows = list(collection.list(ArticleFilter()))
            shown = [collection.show(row["id"]) for row in rows]
        by_title = Counter(row["title"] for row in rows)
        first_seen = {
            article["title"]: (article["revisions"] or [{"seen_at": article["fetched_at"]}])[0]["seen_at"]
            for article in shown
        }
        waited = [
            self.hours(first_seen[story.title]) - hour
            for story, hour in self.published
            if story.title in first_seen and not self.was_troubled(story.paper, hour)
        ]
        return {
            "published": len(self.published),
            "missing": [
                f"{story.paper} {story.title} at {hour}"
                for story, hour in self.published
                if hour < HOURS - 4 and not by_title[story.title]
            ],
            "twice": [title for title, count in by_title.items() if count > 1],
            "median_wait_h": median(waited),
            "longest_wait_h": max(waited),
            "edits": dict(Counter(self.edits)),
            "revisions": {row["url"]: len(row["revisions"]) for row in shown if row["revisions"]},
            "deleted_kept": [any(row["url"] == url for row in rows) for url in self.deleted],
            "findings": self.findings(),
            "runs": len(self.reports),
            "polls": sum(len(report.sources) for report in self.reports),
            "adds_up": all(report.adds_up for report in self.reports),
            "busiest_hour": max(self.busiest.values()),
            "requests": sum(self.busiest.values()),
        }

    def findings(self) -> list[dict[str, Any]]:
        """Every finding with the hours in which it was opened and resolved."""
        with closing(sqlite3.connect(self.db)) as conn:
            rows = conn.execute(
                "SELECT kind, source_id, opened_at, resolved_at, evidence FROM findings"
            ).fetchall()
        return [
            {
                "kind": kind,
                "source_id": source_id,
                "opened": self.hours(opened_at),
                "resolved": self.hours(resolved_at) if resolved_at else None,
                "evidence": evidence,
            }
            for kind, source_id, opened_at, resolved_at, evidence in rows
        ]

    def was_troubled(self, id_: str, hour: float) -> bool:
        return any(one.source_id == id_ and one.begins - 2 <= hour <= one.ends for one in TROUBLES)

    def hours(self, stored: str) -> float:
        return round((parse_instant(stored) - START) / timedelta(hours=1), 2)


def main() -> None:
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    outcome: list[Any] = []

    async def run() -> None:
        try:
            outcome.append(await Week(Path(sys.argv[1])).live())
        finally:
            reactor.stop()

    reactor.callWhenRunning(
        lambda: Deferred.fromFuture(asyncio.ensure_future(run())).addErrback(outcome.append)
    )
    reactor.run()
    if isinstance(outcome[0], dict):
        print(json.dumps(outcome[0], ensure_ascii=False))
    else:
        outcome[0].printTraceback()
        sys.exit(1)


if __name__ == "__main__":
    main()
