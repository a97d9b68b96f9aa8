"""The one spider: reads seeds, admits what they offer, fetches it, has it read and kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.decision import Decision, Kind, Outcome, Rejection
from crawler.errors import NoReader, StorageError
from crawler.page import FrontierEntry, Page
from crawler.ports import PageVisit
from crawler.reading import PageReader, Reading, Story
from crawler.source import Seed, SeedKind, TitleUse
from spiders.discovery.listing import Listing
from spiders.discovery.seed_page import home_seeds_apart, read_seed_apart
from spiders.extractor import ExtractorPool, is_large
from spiders.index_parts import SITEMAPS, pages_behind, sitemaps_in_turn
from spiders.job import CrawlJob
from spiders.outcomes import Answer, answer_of, retry_time, unread
from spiders.scrapy_slots import held_slot
from spiders.seed_traversal import SeedTraversal
from spiders.source_crawl import SourceCrawl, no_page

_SEED_PRIORITY = 10
"""In Scrapy's scale, in which articles have 0 and more comes first."""
_SITEMAP_PRIORITY = 5
"""Plain sitemaps come last of the seeds: they offer addresses without titles, which promise nothing."""
_TITLES_AT_ONCE = 10
"""Titles that are judged before other papers have their turn: a list may have ten thousand."""
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
        reader = PageReader(job.topic, job.since)
        self._extractor = job.extractor or ExtractorPool(job.config.extraction, reader)

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
                crawl.requests.count += 1
                entries = tuple(await self._job.store.open(source))
                self._found(crawl, len(entries))
                crawl.use_learned(await self._job.store.learned_pattern(source))
                crawl.titles.shared = await self._job.store.shared_titles(source)
                for seed in crawl.first_seeds(self._job.clock().date()):
                    for request in await self._begin_walk(crawl, seed, is_declared=True):
                        yield request
                await self._enqueue(crawl, entries, are_left_over=True)
                for request in self._next_requests(crawl):
                    yield request

    async def parse_seed(
        self, came: Response | Failure, crawl: SourceCrawl, traversal: SeedTraversal, seed: Seed, depth: int
    ) -> AsyncIterator[Request]:
        """Admit what one page of a seed offers, and go on to the pages it leads to."""
        async with self._open_request(crawl, came), self._open_traversal(crawl, traversal):
            try:
                async for request in self._read_on(came, crawl, traversal, seed, depth):
                    yield request
            except Exception as error:  # noqa: BLE001 - the boundary; storage's errors pass
                self._note_failure(crawl, traversal, seed, unread(error), depth)
            for request in self._next_requests(crawl):
                yield request

    async def _read_on(
        self, came: Response | Failure, crawl: SourceCrawl, traversal: SeedTraversal, seed: Seed, depth: int
    ) -> AsyncIterator[Request]:
        answer = answer_of(came, seed.url, self._job.clock())
        if depth > 1 and seed.kind in SITEMAPS and isinstance(came, Response):
            await self._job.store.part_read(crawl.source, seed.url, answer.fetched_at)
        if depth == 1:
            traversal.note_first(answer)
        page = answer.result
        if isinstance(page, Decision):
            self._note_failure(crawl, traversal, seed, page, depth)
            return
        listing = await self._read(crawl, seed, page)
        if listing.failure:
            self._note_failure(crawl, traversal, seed, listing.failure, depth)
            return
        if listing.unread:
            traversal.cut = True
            crawl.note_unread(listing.unread)
        if depth == 1:
            traversal.outlinks = listing.outlinks
        entries, goes_on = await self._admit(crawl, traversal, seed, listing)
        listing = replace(listing, candidates=())  # many need not be kept while their titles are judged
        await self._enqueue(crawl, entries, are_left_over=False)
        for request in self._next_requests(crawl):
            yield request
        for more in await pages_behind(self._job, crawl, traversal, seed, listing, depth):
            if goes_on and self._may_go_deeper(crawl, traversal, seed.kind, depth):
                request = self._seed_request(crawl, traversal, more, depth + 1)
                traversal.open_pages += 1
                yield request
        if not crawl.source.seeds and traversal.is_declared and depth == 1:
            async for request in self._begin_found(page, answer, crawl, traversal, seed):
                yield request

    async def _begin_found(
        self, page: Page, answer: Answer, crawl: SourceCrawl, traversal: SeedTraversal, seed: Seed
    ) -> AsyncIterator[Request]:
        """Begin with the seeds that the home page of a source without any leads to."""
        found = await home_seeds_apart(
            self._extractor, page, crawl.source, answer.robots_sitemaps, crawl.not_before
        )
        others = [one for one in found if one.kind not in SITEMAPS]
        sitemaps = [one for one in found if one.kind in SITEMAPS]
        in_turn = await sitemaps_in_turn(self._job, crawl, traversal, sitemaps, seed.url)
        for one in (*others, *in_turn):
            for request in await self._begin_walk(crawl, one, is_declared=False):
                yield request

    def _note_failure(
        self, crawl: SourceCrawl, traversal: SeedTraversal, seed: Seed, failure: Decision, depth: int
    ) -> None:
        traversal.note_failure(failure, depth)
        if failure.kind is Kind.PENDING:
            crawl.unavailable.setdefault(failure.detail)
        id_ = crawl.source.id
        logger.debug("%s: %s: %s", id_, seed.url, failure.detail, extra={"source": id_})

    async def _read(self, crawl: SourceCrawl, seed: Seed, page: Page) -> Listing:
        return await read_seed_apart(
            self._extractor,
            page,
            crawl.source,
            seed,
            is_article=crawl.is_article,
            section_rule=crawl.section_rule,
            not_before=crawl.not_before,
            now=page.fetched_at,
            limits=self._job.config.fetch,
        )

    async def parse_article(
        self, came: Response | Failure, crawl: SourceCrawl, entry: FrontierEntry
    ) -> AsyncIterator[Request]:
        """Decide on what came for one address and have it kept; meanwhile the next is asked for."""
        async with self._open_request(crawl, came, fetching=1):
            answer = answer_of(came, entry.url, self._job.clock())
            if answer.is_host_unavailable and isinstance(answer.result, Decision):
                crawl.note_unavailable(answer.result.detail)
            for request in self._next_requests(crawl):
                yield request
            decision = await self._decide(answer, crawl, entry)
            self._job.progress.decided(crawl.source.id, decision)

    async def _decide(self, answer: Answer, crawl: SourceCrawl, entry: FrontierEntry) -> Decision:
        page = answer.result
        if isinstance(page, Decision):
            failure = no_page(page, answer)
            return await self._job.store.settle(crawl.visit(entry, answer, failure), failure)
        try:
            if gone := crawl.landings.gone(page, crawl.is_article):
                visit = crawl.visit(entry, answer, gone, may_return=True)
                return await self._job.store.settle(visit, gone)
            return await self._keep(page, crawl.visit(entry, answer, None), crawl, entry)
        except Exception as error:  # noqa: BLE001 - the boundary; storage's errors pass
            lost = unread(error, Outcome.EXTRACTION_FAILED)
            return await self._job.store.settle(crawl.visit(entry, answer, lost), lost)

    async def _keep(self, page: Page, visit: PageVisit, crawl: SourceCrawl, entry: FrontierEntry) -> Decision:
        """Have a page read, decide on it with what is known at that moment, and keep the decision."""
        shared = crawl.titles.shared_if(entry.url)
        reading: Reading | Decision = await self._extractor.extract(page, crawl.source, entry, shared)
        if isinstance(reading, Reading):
            crawl.titles.note(entry.url, *reading.titles)
            if not (crawl.titles.shared - shared).isdisjoint(reading.titles):
                # Others that were read meanwhile have shown that its title is none.
                reading = await self._extractor.extract(page, crawl.source, entry, crawl.titles.shared)
        if isinstance(reading, Decision):
            return await self._job.store.settle(visit, reading)
        visit = replace(
            visit,
            body_hash=reading.body_hash,
            title=reading.title or entry.title,
            topic_score=reading.topic_score,
            outlinks=reading.outlinks,
        )
        if isinstance(reading.result, Story):
            story = reading.result
            return await self._job.store.store(
                visit, story.article, story.relevance, story.refusal, story.events
            )
        if reading.is_stand_in:
            failure = reading.result
            retry_at = retry_time(failure, entry.failure_count, visit.fetched_at)
            visit = replace(visit, outcome=failure.reason, retry_at=retry_at)
        return await self._job.store.settle(visit, reading.result)

    async def _begin_walk(self, crawl: SourceCrawl, seed: Seed, *, is_declared: bool) -> list[Request]:
        """Return the request for a seed's first page; none for a guess that proved wrong before."""
        before = await self._job.store.seed_state(crawl.source, seed.url)
        traversal = SeedTraversal(seed, before, is_declared)
        if traversal.is_dead(self._job.clock()):
            return []
        return [self._seed_request(crawl, traversal, seed, depth=1)]

    def _seed_request(self, crawl: SourceCrawl, traversal: SeedTraversal, seed: Seed, depth: int) -> Request:
        # A home page that stands for all seeds is read even when unchanged: what it leads to may not be.
        is_first = depth == 1 and (bool(crawl.source.seeds) or not traversal.is_declared)
        return crawl.requests.ask(
            seed.url,
            partial(self.parse_seed, crawl=crawl, traversal=traversal, seed=seed, depth=depth),
            headers=traversal.conditional_headers(self._job.clock()) if is_first else {},
            priority=_SITEMAP_PRIORITY if seed.kind is SeedKind.SITEMAP else _SEED_PRIORITY,
            max_bytes=self._job.config.fetch.max_seed_bytes,
        )

    def _next_requests(self, crawl: SourceCrawl) -> Iterator[Request]:
        for entry in crawl.next_entries():
            headers = {"If-None-Match": entry.etag, "If-Modified-Since": entry.last_modified}
            if not any(headers.values()):  # else it is likely to be unchanged
                self._extractor.expect_pages()
            yield crawl.requests.ask(
                entry.url, partial(self.parse_article, crawl=crawl, entry=entry), headers=headers
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
        if kind in SITEMAPS:
            return True
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
        for number, entry in enumerate(entries, 1):
            if number % _TITLES_AT_ONCE == 0:
                await asyncio.sleep(0)
            is_gate = crawl.source.fetch.titles is TitleUse.GATE
            if is_gate and not entry.is_kept and entry.title and not topic.lets_through(entry.title, None):
                now = self._job.clock()
                visit = PageVisit(crawl.source.id, entry.url, Outcome.NOT_FETCHED, now, title=entry.title)
                refusal = Decision.rejected(Rejection.OFF_TOPIC, "its title names nothing of the topic")
                decision = await self._job.store.settle(visit, refusal)
                self._job.progress.decided(crawl.source.id, decision)
            else:
                priority = topic.priority(entry.title, None)
                crawl.enqueue(entry, priority, is_left_over=are_left_over)

    def _found(self, crawl: SourceCrawl, count: int) -> None:
        crawl.considered += count
        self._job.progress.found(crawl.source.id, count)

    @asynccontextmanager
    async def _open_request(
        self, crawl: SourceCrawl, came: Response | Failure | None = None, *, fetching: int = 0
    ) -> AsyncIterator[None]:
        """Count a request as answered when its callback ends; after the last, close the source.

        Without storage nothing may go on, because nothing could be kept: the crawl ends. It ends sooner,
        in good order, when storage runs short or nobody can read pages.

        Args:
            came: what its slot waits for while it is read, if it is large.
            fetching: 1 for an article, whose lane is free again from here on.
        """
        crawl.fetching -= fetching
        try:
            try:
                with held_slot(self, came) if is_large(came) else nullcontext():
                    yield
            except NoReader as error:
                self._job.stopped = str(error)
            except (StorageError, CloseSpider):
                raise
            except Exception as error:  # a mistake of ours must not keep the source open
                logger.debug(
                    "%s: a mistake of ours",
                    crawl.source.id,
                    exc_info=error,
                    extra={"source": crawl.source.id},
                )
                self._note_problem(error)
            if not self._job.stopped:
                await self._answered(crawl)
        except StorageError as error:
            self._job.storage_error = error
            raise CloseSpider(str(error)) from error
        if shortage := self._job.stopped or self._job.shortage():
            self._job.stopped = shortage
            raise CloseSpider(shortage)

    @asynccontextmanager
    async def _open_traversal(self, crawl: SourceCrawl, traversal: SeedTraversal) -> AsyncIterator[None]:
        """Count a page as read when its callback ends; after the last, record the traversal."""
        yield
        traversal.open_pages -= 1
        if traversal.open_pages == 0:
            if traversal.is_declared or traversal.complete:
                crawl.seeds[traversal.seed.url] = traversal.outcome
                crawl.seed_details[traversal.seed.url] = traversal.detail
            visit = traversal.visit(self._job.clock())
            await self._job.store.seed_read(crawl.source, visit, complete=traversal.complete)

    async def _answered(self, crawl: SourceCrawl) -> None:
        """Count a request as answered; after the last, close the source."""
        if not crawl.requests.answered():
            return
        pattern = crawl.newly_learned()
        if pattern:
            await self._job.store.learn_pattern(crawl.source, pattern)
        status, message = crawl.verdict
        report = await self._job.store.close(crawl.source, status, message)
        self._job.progress.closed(crawl.source.id, report)

    def _note_error(self, failure: Failure) -> None:
        if isinstance(failure.value, Exception):
            self._note_problem(failure.value)

    def _note_problem(self, error: Exception) -> None:
        """Remember an error that no page is to blame for; the run then counts as failed."""
        self._job.problems.append(error)

    def _stop_workers(self) -> None:
        self._extractor.stop()
