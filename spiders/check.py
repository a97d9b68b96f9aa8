"""Asking a source whether it is still what its file says: for `sources check` and `sources add`.

Nothing is stored. Each seed is read once, one article is fetched and extracted as a sample, and the
home page is asked for feeds that the file does not name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.article import Article
from crawler.config import Config
from crawler.decision import Decision, Kind, Outcome, Rejection
from crawler.extraction import Document, Refused, extract_article, read_document
from crawler.page import Page
from crawler.ports import Pauses
from crawler.source import Seed, SeedKind, Source
from spiders.check_result import Again, CheckInterrupted, SeedCheck, SourceCheck
from spiders.discovery.article_links import article_rule, declared_rule
from spiders.discovery.feed_check import FeedVerdict, check_feed
from spiders.discovery.home import alternate_feeds
from spiders.discovery.home_seeds import site_name, written_out
from spiders.discovery.seed_page import home_seeds_apart, read_seed_apart, stand_in_of
from spiders.discovery.sitemap_parts import MAX_PARTS
from spiders.extractor import ExtractorPool
from spiders.index_parts import SITEMAPS
from spiders.outcomes import Answer, answer_of, unread
from spiders.process import run_spider
from spiders.settings import crawl_settings
from spiders.source_crawl import OpenRequests


class CheckSpider(Spider):
    """Reads every seed of every source, then one article of each."""

    name = "check"

    def __init__(
        self,
        sources: Sequence[Source],
        config: Config,
        done: Callable[[SourceCheck], None],
        pauses: Pauses | None = None,
        again: Again = lambda *_: None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._sources = sources
        self._config = config
        self._done = done
        self.pauses = pauses
        self._again = again
        self._extractor = ExtractorPool(config.extraction)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> CheckSpider:
        """Build it as Scrapy does; the workers end with it."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._extractor.stop, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield each source's seeds, and its home page for the feeds it advertises."""
        for source in self._sources:
            for request in self._requests(source, SourceCheck(source.id)):
                yield request

    def _requests(self, source: Source, check: SourceCheck) -> Iterator[Request]:
        check.home.url = source.homepage
        requests, now = OpenRequests(source), datetime.now(UTC)
        seeds = written_out(source.seeds, (now - self._config.crawl.window).date(), now.date())
        asked = self._seed_requests(requests, check, seeds)
        read_home = partial(self.home_came, requests=requests, check=check)
        yield from (*asked, self._ask(requests, source.homepage, read_home))

    def _seed_requests(
        self, requests: OpenRequests, check: SourceCheck, seeds: Sequence[Seed]
    ) -> list[Request]:
        added = [SeedCheck(seed.kind.value, seed.url) for seed in seeds]
        check.seeds += added
        return [
            self._ask(
                requests,
                seed.url,
                partial(self.seed_came, requests=requests, check=check, seed=seed, one=one),
            )
            for seed, one in zip(seeds, added, strict=True)
        ]

    def _ask(self, requests: OpenRequests, url: str, read: Callable[..., Any]) -> Request:
        return requests.ask(url, read, max_bytes=self._config.fetch.max_seed_bytes)

    def _answer(self, came: Response | Failure, url: str, check: SourceCheck) -> Answer:
        answer = answer_of(came, url, datetime.now(UTC))
        why = answer.result
        if isinstance(why, Decision) and why.reason == Rejection.ROBOTS:
            check.robots = why.detail
        if isinstance(why, Decision) and why.kind is Kind.PENDING and why.detail not in check.suggestions:
            check.suggestions.append(why.detail)
        return answer

    async def seed_came(
        self,
        came: Response | Failure,
        requests: OpenRequests,
        check: SourceCheck,
        seed: Seed,
        one: SeedCheck,
    ) -> AsyncIterator[Request]:
        """Count what a seed offers."""
        answer = self._answer(came, seed.url, check)
        one.outcome, one.moved_to = answer.outcome, answer.moved_to
        if isinstance(answer.result, Page):
            await self._count(answer.result, requests.source, check, seed, one)
        else:
            one.detail = answer.result.detail
        for request in self._answered(requests, check):
            yield request

    async def _count(
        self, page: Page, source: Source, check: SourceCheck, seed: Seed, one: SeedCheck
    ) -> None:
        """Count what a seed's page offers; one that nobody can read is a failure of the seed."""
        try:
            await self._count_links(page, source, check, seed, one)
        except Exception as error:  # noqa: BLE001 - the boundary; storage's errors pass
            failure = unread(error)
            one.outcome, one.detail = failure.reason, failure.detail

    async def _count_links(
        self, page: Page, source: Source, check: SourceCheck, seed: Seed, one: SeedCheck
    ) -> None:
        rule = article_rule(source)
        now = page.fetched_at
        listing = await read_seed_apart(
            self._extractor,
            page,
            source,
            seed,
            is_article=rule,
            section_rule=declared_rule(source),
            not_before=now - self._config.crawl.window,
            now=now,
            limits=self._config.fetch,
        )
        if listing.failure:
            one.outcome, one.detail = listing.failure.reason, listing.failure.detail
            return
        if seed.kind is SeedKind.FEED and listing.candidates:
            feed = check_feed(page.url, listing, now, others=check.feeds)
            check.feeds.append(feed)
            one.feed_verdict = feed.verdict
        one.link_count, one.page_count = len(listing.candidates), len(listing.more)
        one.matched_count = sum(bool(rule(candidate.url)) for candidate in listing.candidates)
        one.newest = max((c.published.at for c in listing.candidates if c.published), default=None)
        check.candidates += listing.candidates

    async def home_came(
        self, came: Response | Failure, requests: OpenRequests, check: SourceCheck
    ) -> AsyncIterator[Request]:
        """Look for feeds that the source file does not name; for all seeds where it names none."""
        source = requests.source
        answer = self._answer(came, source.homepage, check)
        try:
            found = await self._read_home(answer, source, check)
        except Exception as error:  # noqa: BLE001 - the boundary; storage's errors pass
            check.suggestions.append(f"the home page: {unread(error).detail}")
            found = ()
        for request in (*self._seed_requests(requests, check, found), *self._answered(requests, check)):
            yield request

    async def _read_home(self, answer: Answer, source: Source, check: SourceCheck) -> Sequence[Seed]:
        """Note what a home page says of itself, and return the seeds of a source that names none."""
        page = answer.result
        failure = stand_in_of(page) if isinstance(page, Page) else page
        check.home.outcome = failure.reason if failure else answer.outcome
        check.home.detail = failure.detail if failure else f"HTTP {answer.http_status}"
        check.home.moved_to = answer.moved_to or (failure and failure.redirect_url) or ""
        if isinstance(page, Decision):
            if not source.seeds:
                check.suggestions.append(f"the home page: {page.reason}, {page.detail}")
            return ()
        document = read_document(page)
        if isinstance(document, Document):
            check.site_name = site_name(document) or check.site_name
            known = {seed.url for seed in source.seeds}
            for url in alternate_feeds(document, source):
                if source.seeds and url not in known:
                    check.advertised.append(url)
                    check.suggestions.append(f"the home page advertises the feed {url}")
        if source.seeds:
            return ()
        home = SeedCheck(SeedKind.SECTION.value, source.homepage)
        await self._count(page, source, check, Seed(SeedKind.SECTION, source.homepage), home)
        if home.detail:
            check.suggestions.append(f"the home page: {home.detail}")
        not_before = page.fetched_at - self._config.crawl.window
        found = await home_seeds_apart(self._extractor, page, source, answer.robots_sitemaps, not_before)
        others = [one for one in found if one.kind not in SITEMAPS]
        return (*others, *[one for one in found if one.kind in SITEMAPS][:MAX_PARTS])

    async def sample_came(
        self, came: Response | Failure, requests: OpenRequests, check: SourceCheck, url: str
    ) -> None:
        """Extract the sample article."""
        page = self._answer(came, url, check).result
        result: Article | Refused | Decision
        try:
            if failure := page if isinstance(page, Decision) else stand_in_of(page):
                result = failure
            else:
                result = await self._extractor.call(extract_article, page, family=requests.source.family)
        except Exception as error:  # noqa: BLE001 - the boundary; storage's errors pass
            result = unread(error, Outcome.EXTRACTION_FAILED)
        check.sample = {"url": url, **_sample(result)}
        self._finish(requests.source, check)

    def _answered(self, requests: OpenRequests, check: SourceCheck) -> Iterator[Request]:
        """Yield the request for a sample once every seed has answered."""
        if not requests.answered():
            return
        rule = article_rule(requests.source)
        articles = [candidate for candidate in check.candidates if rule(candidate.url)]
        for candidate in (articles or check.candidates)[:1]:
            read = partial(self.sample_came, requests=requests, check=check, url=candidate.url)
            yield requests.ask(candidate.url, read)
            return
        self._finish(requests.source, check)

    def _finish(self, source: Source, check: SourceCheck) -> None:
        if not source.seeds:  # what was only guessed and is not there is nobody's mistake
            check.seeds = [seed for seed in check.seeds if not seed.is_absent]
        for seed in check.seeds:
            if seed.is_absent:
                why = f"{seed.outcome}, {seed.detail}" if seed.detail else seed.outcome
                check.suggestions.append(f"remove or correct the seed {seed.url}: {why}")
            elif seed.detail and seed.detail not in (*check.suggestions, check.robots):
                check.suggestions.append(f"the seed {seed.url}: {seed.outcome}, {seed.detail}")
            elif seed.outcome == Outcome.OK and not seed.link_count + seed.page_count:
                check.suggestions.append(f"the seed {seed.url} offers nothing; is it the right one?")
            elif seed.feed_verdict not in (None, FeedVerdict.OK):
                check.suggestions.append(f"look at the feed {seed.url}: {seed.feed_verdict}")
            elif seed.link_count and not seed.matched_count:
                check.suggestions.append(f"url_pattern matches none of the links of {seed.url}")
        if check.sample and "rejected" in check.sample:
            check.suggestions.append(f"the sample could not be read: {_why_unread(check.sample)}")
        if check.first is not None:
            check.first.again = check
            self._done(check.first)
            return
        check.asked = self._again(source, check)
        if check.asked is None:
            self._done(check)
            return
        assert self.crawler.engine is not None
        for request in self._requests(check.asked, SourceCheck(source.id, first=check)):
            self.crawler.engine.crawl(request)


def _why_unread(sample: dict[str, Any]) -> str:
    return ", ".join(filter(None, (sample["rejected"], sample["detail"])))


def _sample(result: Article | Refused | Decision) -> dict[str, Any]:
    if isinstance(result, Article):
        return {
            "title": result.title,
            "lead": result.lead,
            "published_at": result.published.at if result.published else None,
            "published_precision": result.published.precision.value if result.published else None,
            "authors": list(result.authors),
            "char_count": len(result.text),
            "family": result.family,
            "warnings": list(result.warnings),
        }
    return {"rejected": str(result.reason), "detail": result.detail}


def check_sources(
    sources: Sequence[Source],
    config: Config,
    done: Callable[[SourceCheck], None] = lambda _: None,
    *,
    pauses: Pauses | None = None,
    again: Again = lambda *_: None,
) -> list[SourceCheck]:
    """Return the checks of `sources`, in their order; once per process (the reactor cannot restart).

    Args:
        done: called with each check as it is finished.
        pauses: which papers asked to be left alone; None remembers none.
        again: says for each what to ask next, changed by what was found; asked once.

    Raises:
        CheckInterrupted: a signal ended it.
    """
    checks: dict[str, SourceCheck] = {}

    def keep(check: SourceCheck) -> None:
        checks[check.source_id] = check
        done(check)

    settings = crawl_settings(config, sources)
    is_whole = run_spider(
        CheckSpider, settings, sources=sources, config=config, done=keep, pauses=pauses, again=again
    )
    found = [checks[source.id] for source in sources if source.id in checks]
    if not is_whole:
        raise CheckInterrupted(found)
    return found
