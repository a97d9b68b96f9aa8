"""The one spider: reads seeds, admits what they offer, fetches it and passes it to the pipeline."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.decision import Decision, Kind, Outcome, Rejection
from crawler.errors import StorageError
from crawler.page import FrontierEntry
from crawler.ports import Visit
from crawler.source import Seed, SeedKind, TitleUse
from spiders.discovery.home_seeds import home_seeds
from spiders.discovery.listing import Listing
from spiders.discovery.seed_page import read_seed, stand_in_of
from spiders.extractor import ExtractorPool
from spiders.job import CrawlJob
from spiders.outcomes import decision_of_error, outcome_of_status, retry_time
from spiders.pipeline import Pipeline
from spiders.refusals import HostUnavailable
from spiders.responses import clock_skew_s, header, page_of
from spiders.seed_traversal import SeedTraversal
from spiders.source_crawl import SourceCrawl

_SEED_PRIORITY = 10
_SITEMAP_PRIORITY = 5
"""Plain sitemaps come last of the seeds: they offer addresses without titles, which promise nothing."""
_MAX_SITEMAP_DEPTH = 3
_WHOLE_LISTINGS = (SeedKind.FEED, SeedKind.NEWS_SITEMAP)
"""Kinds of which every item is taken; of the others, what lies within the window."""

logger = logging.getLogger(__name__)


class NewsSpider(Spider):
    """Crawls the sources of a `CrawlJob`, each with its own budget, pace and numbers."""

    name = "news"

    def __init__(self, job: CrawlJob, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._job = job
        self.pauses = job.pauses
        self._extractor = job.extractor or ExtractorPool(job.config.extraction)
        self._pipeline = Pipeline(job.topic, self._extractor, job.store, job.since)

    @classmethod
    def from_crawler(
        cls,
        crawler: Crawler,
        *args: Any,
        job: CrawlJob | None = None,
        source: str = "",
        **kwargs: Any,
    ) -> NewsSpider:
        """Build the spider from a job, or for ``scrapy crawl news -a source=ID[,ID]`` from the settings.

        Args:
            source: ids, separated by commas; all enabled sources when empty.
        """
        if job is None:
            job = crawler.settings["OPEN_JOB"]([id_ for id_ in source.split(",") if id_])
        assert isinstance(job, CrawlJob)
        spider = super().from_crawler(crawler, *args, job=job, **kwargs)
        crawler.signals.connect(spider._note_error, signal=signals.spider_error)
        crawler.signals.connect(spider._stop_workers, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield each source's seeds, then what was left pending for it."""
        for source in self._job.sources:
            crawl = SourceCrawl(source, self._job.config.crawl, self._job.not_before, self._job.page_budget)
            async with self._open_request(crawl):
                crawl.open_requests += 1
                entries = tuple(await self._job.store.open(source))
                self._found(crawl, len(entries))
                crawl.use_learned(await self._job.store.learned_pattern(source))
                for seed in crawl.first_seeds(self._job.clock().date()):
                    for request in await self._begin_walk(crawl, seed, is_declared=True):
                        yield request
                await self._enqueue(crawl, entries, are_left_over=True)
                for request in self._next_requests(crawl):
                    yield request

    async def parse_seed(
        self, response: Response, crawl: SourceCrawl, traversal: SeedTraversal, seed: Seed, depth: int
    ) -> AsyncIterator[Request]:
        """Admit what one page of a seed offers, and go on to the pages it leads to."""
        async with self._open_request(crawl), self._open_traversal(crawl, traversal):
            outcome = outcome_of_status(response.status)
            if depth == 1:
                traversal.outcome, traversal.http_status = outcome.value, response.status
                traversal.etag = header(response, "ETag")
                traversal.last_modified = header(response, "Last-Modified")
                traversal.clock_skew_s = clock_skew_s(response, self._job.clock())
            if outcome is not Outcome.OK:
                # A pager's next page may be a guess: none there is the end of the list.
                ends_well = outcome is Outcome.NOT_MODIFIED or (depth > 1 and outcome is Outcome.NOT_FOUND)
                traversal.cut |= not ends_well
                if depth == 1 and not ends_well:
                    traversal.detail = f"HTTP {response.status}"
                return
            page = page_of(response, seed.url, self._job.clock())
            listing = read_seed(
                page,
                crawl.source,
                seed,
                is_article=crawl.is_article,
                section_rule=crawl.section_rule,
                not_before=crawl.not_before,
                now=page.fetched_at,
                limits=self._job.config.fetch,
            )
            failure = None if listing.candidates or listing.more else stand_in_of(page)
            if listing.problem and not failure:
                failure = Decision.failed(Outcome.BAD_RESPONSE, listing.problem)
            if failure:
                traversal.cut = True
                if depth == 1:
                    traversal.outcome, traversal.detail = failure.reason, failure.detail
                logger.warning("%s: %s: %s", crawl.source.id, seed.url, failure.detail)
                return
            entries, goes_on = await self._admit(crawl, traversal, seed, listing)
            await self._enqueue(crawl, entries, are_left_over=False)
            for request in self._next_requests(crawl):
                yield request
            for more in listing.more:
                if goes_on and self._may_go_deeper(crawl, traversal, seed.kind, depth):
                    traversal.open_pages += 1
                    yield self._seed_request(crawl, traversal, more, depth + 1)
            if not crawl.source.seeds and traversal.is_declared and depth == 1:
                sitemaps = response.meta.get("robots_sitemaps", ())
                for found in home_seeds(page, crawl.source, sitemaps, crawl.not_before, page.fetched_at):
                    for request in await self._begin_walk(crawl, found, is_declared=False):
                        yield request

    async def seed_failed(self, failure: Failure) -> None:
        """Record a seed page that could not be fetched."""
        arguments = failure.request.cb_kwargs  # type: ignore[attr-defined]
        crawl: SourceCrawl = arguments["crawl"]
        traversal: SeedTraversal = arguments["traversal"]
        async with self._open_request(crawl), self._open_traversal(crawl, traversal):
            traversal.cut = True
            decision = _decision(failure)
            if decision.kind is Kind.PENDING:
                crawl.unavailable.setdefault(decision.detail)
            if arguments["depth"] == 1:
                traversal.outcome, traversal.detail = decision.reason, decision.detail
                traversal.redirect_url = decision.redirect_url
            logger.info("%s: %s: %s", crawl.source.id, arguments["seed"].url, decision.detail)

    async def parse_article(
        self, response: Response, crawl: SourceCrawl, entry: FrontierEntry
    ) -> AsyncIterator[Request]:
        """Pass a fetched page to the pipeline, or record why there is none; then ask for the next."""
        async with self._open_request(crawl, fetching=1):
            outcome = outcome_of_status(response.status)
            visit = Visit(
                crawl.source.id,
                entry.url,
                outcome.value,
                self._job.clock(),
                response.status,
                entry.title,
                etag=header(response, "ETag"),
                last_modified=header(response, "Last-Modified"),
            )
            if outcome is Outcome.OK:
                page = page_of(response, entry.url, visit.fetched_at)
                decision = await self._pipeline.process(crawl.source, entry, page, visit)
                self._job.progress.decided(crawl.source.id, decision)
            elif outcome is Outcome.NOT_MODIFIED and (entry.etag or entry.last_modified):
                await self._settle(crawl, visit, Decision(Kind.UNCHANGED, outcome.value))
            elif outcome is Outcome.NOT_MODIFIED:
                failed = Decision.failed(Outcome.BAD_RESPONSE, "HTTP 304, which was not asked for")
                await self._fail(crawl, entry, visit, failed)
            else:
                failed = Decision.failed(outcome, f"HTTP {response.status}")
                await self._fail(crawl, entry, visit, failed)
            for request in self._next_requests(crawl):
                yield request

    async def article_failed(self, failure: Failure) -> AsyncIterator[Request]:
        """Record a page that could not be fetched; one whose host is out of reach stays pending."""
        arguments = failure.request.cb_kwargs  # type: ignore[attr-defined]
        crawl: SourceCrawl = arguments["crawl"]
        entry: FrontierEntry = arguments["entry"]
        async with self._open_request(crawl, fetching=1):
            decision = _decision(failure)
            visit = Visit(crawl.source.id, entry.url, decision.reason, self._job.clock(), title=entry.title)
            if isinstance(failure.value, HostUnavailable):
                crawl.note_unavailable(decision.detail)
                waiting = Decision(Kind.PENDING, decision.reason, detail=decision.detail)
                await self._settle(crawl, visit, waiting)
            elif decision.kind is Kind.FAILED:
                await self._fail(crawl, entry, visit, decision)
            else:
                await self._settle(crawl, visit, decision)
            for request in self._next_requests(crawl):
                yield request

    async def _begin_walk(self, crawl: SourceCrawl, seed: Seed, *, is_declared: bool) -> list[Request]:
        """Return the request for a seed's first page; none for a guess that proved wrong before."""
        before = await self._job.store.seed_state(crawl.source, seed.url)
        traversal = SeedTraversal(seed, before, is_declared)
        return (
            []
            if traversal.is_dead(self._job.clock())
            else [self._seed_request(crawl, traversal, seed, depth=1)]
        )

    def _seed_request(self, crawl: SourceCrawl, traversal: SeedTraversal, seed: Seed, depth: int) -> Request:
        crawl.open_requests += 1
        # A home page that stands for all seeds is read even when unchanged: what it leads to may not be.
        is_first = depth == 1 and (bool(crawl.source.seeds) or not traversal.is_declared)
        return Request(
            seed.url,
            callback=self.parse_seed,
            errback=self.seed_failed,
            cb_kwargs={"crawl": crawl, "traversal": traversal, "seed": seed, "depth": depth},
            headers=traversal.conditional_headers(self._job.clock()) if is_first else None,
            priority=_SITEMAP_PRIORITY if seed.kind is SeedKind.SITEMAP else _SEED_PRIORITY,
            meta={
                "source": crawl.source,
                "download_maxsize": self._job.config.fetch.max_seed_bytes,
            },
        )

    def _next_requests(self, crawl: SourceCrawl) -> Iterator[Request]:
        for entry in crawl.next_entries():
            crawl.open_requests += 1
            headers = {"If-None-Match": entry.etag, "If-Modified-Since": entry.last_modified}
            yield Request(
                entry.url,
                callback=self.parse_article,
                errback=self.article_failed,
                cb_kwargs={"crawl": crawl, "entry": entry},
                headers={name: value for name, value in headers.items() if value},
                meta={"source": crawl.source},
            )

    async def _admit(
        self, crawl: SourceCrawl, traversal: SeedTraversal, seed: Seed, listing: Listing
    ) -> tuple[tuple[FrontierEntry, ...], bool]:
        """Return the entries to consider now, and whether the pages behind are worth reading."""
        candidates = listing.candidates
        crawl.offered_count += len(candidates)
        crawl.note_links(candidates)
        if self._job.since is not None or seed.kind not in _WHOLE_LISTINGS:
            first_day = crawl.not_before.date()
            candidates = tuple(
                one
                for one in candidates
                if one.published is None or one.published.latest_local_day >= first_day
            )
        older = len(listing.candidates) - len(candidates)
        admission = await self._job.store.admit(crawl.source, candidates)
        if listing.offsite_count or older:
            await self._job.store.count_skipped(crawl.source, offsite=listing.offsite_count, older=older)
        self._found(crawl, len(admission.entries))
        all_older = bool(listing.candidates) and not candidates
        goes_back = self._job.since is not None and bool(candidates)
        goes_on = not all_older and (bool(admission.entries) or not traversal.before.complete or goes_back)
        is_index = not listing.candidates
        return admission.entries, goes_on or is_index

    def _may_go_deeper(
        self, crawl: SourceCrawl, traversal: SeedTraversal, kind: SeedKind, depth: int
    ) -> bool:
        if kind in (SeedKind.SITEMAP, SeedKind.NEWS_SITEMAP):
            return depth < _MAX_SITEMAP_DEPTH
        if crawl.considered >= self._job.page_budget:
            traversal.cut = True
            return False
        limit = crawl.limits.max_section_pages if self._job.since is None else crawl.limits.max_archive_pages
        return depth < limit

    async def _enqueue(
        self, crawl: SourceCrawl, entries: Sequence[FrontierEntry], *, are_left_over: bool
    ) -> None:
        """Queue entries for fetching: what was left over, then the most promising titles, then revisits.

        Where a source asks for it (``titles = "gate"``), a page whose title names nothing of the
        topic is rejected unseen.
        """
        topic = self._job.topic
        for entry in entries:
            is_gate = crawl.source.fetch.titles is TitleUse.GATE
            if is_gate and not entry.is_kept and entry.title and not topic.lets_through(entry.title, None):
                now = self._job.clock()
                visit = Visit(crawl.source.id, entry.url, Outcome.NOT_FETCHED, now, title=entry.title)
                refusal = Decision.rejected(Rejection.OFF_TOPIC, "its title names nothing of the topic")
                await self._settle(crawl, visit, refusal)
            else:
                priority = topic.priority(entry.title, None)
                crawl.enqueue(entry, priority, is_left_over=are_left_over)

    async def _fail(self, crawl: SourceCrawl, entry: FrontierEntry, visit: Visit, decision: Decision) -> None:
        retry_at = retry_time(decision, entry.failure_count, visit.fetched_at)
        await self._settle(crawl, replace(visit, retry_at=retry_at), decision)

    async def _settle(self, crawl: SourceCrawl, visit: Visit, decision: Decision) -> None:
        decision = await self._job.store.settle(visit, decision)
        self._job.progress.decided(crawl.source.id, decision)

    def _found(self, crawl: SourceCrawl, count: int) -> None:
        crawl.considered += count
        self._job.progress.found(crawl.source.id, count)

    @asynccontextmanager
    async def _open_request(self, crawl: SourceCrawl, fetching: int = 0) -> AsyncIterator[None]:
        """Count a request as answered when its callback ends; after the last, close the source.

        Without storage nothing may go on, because nothing could be kept: the crawl ends.

        Args:
            fetching: 1 for an article, whose lane is free again from here on.
        """
        crawl.fetching -= fetching
        try:
            yield
            crawl.open_requests -= 1
            if crawl.open_requests == 0:
                pattern = crawl.newly_learned()
                if pattern:
                    await self._job.store.learn_pattern(crawl.source, pattern)
                status, message = crawl.verdict
                report = await self._job.store.close(crawl.source, status, message)
                self._job.progress.closed(crawl.source.id, report)
        except StorageError as error:
            self._job.storage_error = error
            raise CloseSpider(str(error)) from error

    @asynccontextmanager
    async def _open_traversal(self, crawl: SourceCrawl, traversal: SeedTraversal) -> AsyncIterator[None]:
        """Count a page as read when its callback ends; after the last, record the traversal."""
        yield
        traversal.open_pages -= 1
        if traversal.open_pages == 0:
            if traversal.is_declared or traversal.complete:
                crawl.seeds[traversal.seed.url] = traversal.outcome
            visit = Visit(
                crawl.source.id,
                traversal.seed.url,
                traversal.outcome,
                self._job.clock(),
                traversal.http_status,
                etag=traversal.etag,
                last_modified=traversal.last_modified,
                detail=traversal.detail,
                redirect_url=traversal.redirect_url,
                clock_skew_s=traversal.clock_skew_s,
            )
            await self._job.store.seed_read(crawl.source, visit, complete=traversal.complete)

    def _note_error(self, failure: Failure) -> None:
        """Remember an error that no page is to blame for; the run then counts as failed."""
        self._job.problems.append(f"{type(failure.value).__name__}: {failure.value}")

    def _stop_workers(self) -> None:
        self._extractor.stop()


def _decision(failure: Failure) -> Decision:
    """Return what a failed download means; an error that is not about the network is raised."""
    error = failure.value
    decision = decision_of_error(error) if error else None
    if decision is None:
        failure.raiseException()
    return decision
