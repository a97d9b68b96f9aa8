"""How much of the program one page goes through, from the answer to the commit.

Whoever wants to understand, or change, what happens to a page reads the modules that it enters. They
are counted with `sys.setprofile`: a module of crawler/, spiders/ or db/ is entered when one of its
functions is called between the call of `NewsSpider.parse_article` and the commit of a relevant
article that is new. The events that it reports change nothing about a page: of crawler/events/ and db/events/
their doors count alone. All threads and the worker process count; what only a first page does (loading
word lists, families and places) does not, so another page goes before.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from biengioi.crawling import CrawlRequest, open_job
from biengioi.progress import LogProgress
from crawler.config import Config
from crawler.decision import Decision, Kind
from crawler.page import Candidate
from crawler.reading import PageReader, Reading
from crawler.source import load_source
from crawler.topic.topic import Topic
from spiders.demo.edition import edition
from spiders.demo.papers import load_papers
from spiders.demo.stories import first_edition, load_manuscripts
from spiders.extractor import ExtractorPool
from spiders.news import NewsSpider
from spiders.source_crawl import SourceCrawl
from tests.test_imports import ROOT

MOST_MODULES = 36
BESIDE = ("crawler/events", "db/events", "crawler/formats", "db/archive")
"""Rooms that a reader of the way may pass by: what events an article tells, and the page kept as it came."""
NOW = datetime(2026, 3, 2, 5, 40, 30, tzinfo=UTC)
ORIGIN = "http://127.0.0.11"


class Trace:
    """Takes down which modules are entered while it is on, in threads that start later too."""

    def __init__(self) -> None:
        self.modules: set[str] = set()
        self.is_on = False

    def note(self, frame: FrameType, event: str, _: object) -> None:
        if self.is_on and event == "call":
            file = Path(frame.f_code.co_filename)
            if file.is_relative_to(ROOT) and file.relative_to(ROOT).parts[0] in ("crawler", "spiders", "db"):
                self.modules.add(str(file.relative_to(ROOT)))

    @contextmanager
    def on(self) -> Iterator[None]:
        self.is_on = True
        sys.setprofile(self.note)
        try:
            yield
        finally:
            sys.setprofile(None)
            self.is_on = False


@dataclass(frozen=True)
class TracedReader:
    """Does what a worker does, and writes down in a file which modules it entered."""

    read: PageReader
    entered: Path

    def __call__(self, *args: Any) -> Reading:
        trace = Trace()
        with trace.on():
            reading = self.read(*args)
        self.entered.write_text(json.dumps(sorted(trace.modules)), encoding="utf-8")
        return reading


@pytest.fixture
def trace() -> Iterator[Trace]:
    trace = Trace()
    threading.setprofile(trace.note)
    yield trace
    threading.setprofile(None)


def test_one_page_enters_few_modules(trace: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = load_papers()[0]
    manuscripts = [one for one in load_manuscripts((paper,), 2026) if one.paper == paper.id]
    stories = first_edition(paper, ORIGIN, manuscripts, 2026, NOW)
    printed = edition(paper, ORIGIN, stories, NOW, {})
    first, second, *_ = [story.url for story in stories if story.relevant and not story.held_back]
    file = tmp_path / f"{paper.id}.toml"
    file.write_text(paper.source(ORIGIN), encoding="utf-8")
    source = load_source(file)
    asked = CrawlRequest(
        tmp_path / "one.db", Config(), [source], LogProgress(), Topic.load(), clock=lambda: NOW
    )

    async def come(url: str, job: Any, spider: NewsSpider, crawl: SourceCrawl, *, is_traced: bool) -> None:
        admission = await job.store.admit(source, [Candidate(url)])
        request = crawl.requests.ask(url, print)
        answer = printed[url.removeprefix(ORIGIN)]
        headers = {"Content-Type": answer.content_type}
        response = HtmlResponse(url, headers=headers, body=answer.body, request=Request(request.url))
        with trace.on() if is_traced else nullcontext():
            async for _ in spider.parse_article(response, crawl, admission.entries[0]):
                raise AssertionError("nothing else waits")

    async def two_pages(job: Any) -> None:
        crawl = SourceCrawl(source, job.config.crawl, job.not_before, 10)
        await job.store.open(source)
        crawl.requests.count += 1  # so that the source stays open
        spider = NewsSpider(job)
        await come(first, job, spider, crawl, is_traced=False)
        await come(second, job, spider, crawl, is_traced=True)

    decided: list[Decision] = []
    with open_job(asked) as (job, finish):
        job.extractor = ExtractorPool(
            replace(Config().extraction, workers=1, deadline_s=100.0),
            TracedReader(PageReader(asked.topic), tmp_path / "entered.json"),
        )
        monkeypatch.setattr(
            type(job.progress), "decided", lambda _self, _source, decision: decided.append(decision)
        )
        try:
            asyncio.run(two_pages(job))
        finally:
            job.extractor.stop()
        finish()
    assert [one.kind for one in decided] == [Kind.NEW, Kind.NEW], decided
    modules = trace.modules | set(json.loads((tmp_path / "entered.json").read_text(encoding="utf-8")))
    assert {"spiders/news.py", "crawler/extraction/article.py", "db/crawl/frontier.py"} <= modules
    modules = {name for name in modules if str(Path(name).parent) not in BESIDE}
    assert len(modules) <= MOST_MODULES, "\n".join(sorted(modules))
