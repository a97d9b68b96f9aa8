"""The settings that ``scrapy.cfg`` names: makes this an ordinary Scrapy project too.

``scrapy crawl news -a source=vietnamplus`` crawls into ./biengioi.db like ``biengioi crawl``.
"""

from __future__ import annotations

from contextlib import ExitStack

from scrapy import signals
from scrapy.crawler import Crawler

from biengioi.context import Context
from biengioi.crawling import CrawlRequest, open_job
from biengioi.progress import LogProgress
from spiders.job import CrawlJob
from spiders.settings import crawl_settings

_CONTEXT = Context.from_environment()


_finish_run = ExitStack()


class RunRecorder:
    """A Scrapy extension that ends the run when the engine stops."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RunRecorder:
        """Build it as Scrapy does."""
        recorder = cls()
        crawler.signals.connect(recorder.end, signal=signals.engine_stopped)
        return recorder

    def end(self) -> None:
        """Close the run that `open_for_scrapy` started, if it did."""
        _finish_run.close()


def open_for_scrapy(source_ids: list[str]) -> CrawlJob:
    """Return a job for the sources named, in the default database."""
    sources = _CONTEXT.chosen_sources(source_ids)
    config, topic = _CONTEXT.config(), _CONTEXT.topic()
    request = CrawlRequest(_CONTEXT.db_path, config, sources, LogProgress(), topic)
    job, finish = _finish_run.enter_context(open_job(request))
    _finish_run.callback(finish)
    return job


globals().update(crawl_settings(_CONTEXT.config(), _CONTEXT.all_sources().values()))
SPIDER_MODULES = ["spiders.news"]
EXTENSIONS = {RunRecorder: 500}
OPEN_JOB = open_for_scrapy
