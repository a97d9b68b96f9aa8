"""Asking a source whether it is still what its file says: for `sources check` and `sources add`.

Nothing is stored. Each seed is read once, one article is fetched and extracted as a sample, and the
home page is asked for feeds that the file does not name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.article import Article
from crawler.config import Config
from crawler.decision import Decision, Kind, Outcome, Rejection, Reply, meaning
from crawler.extraction import Document, Refused, read_document
from crawler.page import Candidate, Page
from crawler.ports import Pauses
from crawler.source import Seed, SeedKind, Source
from spiders.discovery.article_links import article_rule, declared_rule
from spiders.discovery.feed_check import FeedCheck, FeedVerdict, check_feed
from spiders.discovery.home import alternate_feeds
from spiders.discovery.home_seeds import home_seeds, site_name, written_out
from spiders.discovery.seed_page import read_seed, stand_in_of
from spiders.extractor import ExtractorPool
from spiders.outcomes import decision_of_error, outcome_of_status
from spiders.process import run_spider
from spiders.responses import page_of
from spiders.settings import crawl_settings


@dataclass(slots=True)
class SeedCheck:
    """What one seed answered.

    Args:
        link_count: candidates it offers; matched_count: those that look like articles by the rule.
        feed_verdict: of a feed, whether it is worth reading.
        page_count: further pages it leads to: the next of a list, the parts of an index.
        newest: the latest date among them, as stored.
    """

    kind: str
    url: str
    outcome: str = "not asked"
    detail: str = ""
    link_count: int = 0
    matched_count: int = 0
    page_count: int = 0
    feed_verdict: FeedVerdict | None = None
    newest: str | None = None

    @property
    def is_absent(self) -> bool:
        """Whether the answer says that its address is wrong."""
        return meaning(self.outcome).reply is Reply.ABSENT


@dataclass(slots=True)
class SourceCheck:
    """What one source answered.

    Args:
        sample: one article as it would be stored, cut to what a person checks; None without one.
        suggestions: what to change in the source file, a sentence each.
    """

    source_id: str
    robots: str = "allows"
    seeds: list[SeedCheck] = field(default_factory=list)
    sample: dict[str, Any] | None = None
    suggestions: list[str] = field(default_factory=list)
    site_name: str = ""
    feeds: list[FeedCheck] = field(default_factory=list, repr=False)
    candidates: list[Candidate] = field(default_factory=list, repr=False)

    @property
    def is_good(self) -> bool:
        """Whether a seed could be read and an article came of it."""
        return self.sample is not None and "url" in self.sample and "rejected" not in self.sample

    def to_json(self) -> dict[str, Any]:
        """Return the check as JSON types."""
        return {
            "source_id": self.source_id,
            "ok": self.is_good,
            "robots": self.robots,
            "seeds": [
                {
                    "kind": seed.kind,
                    "url": seed.url,
                    "outcome": seed.outcome,
                    "detail": seed.detail,
                    "link_count": seed.link_count,
                    "matched_count": seed.matched_count,
                    "page_count": seed.page_count,
                    "feed_verdict": seed.feed_verdict,
                    "newest": seed.newest,
                }
                for seed in self.seeds
            ],
            "sample": self.sample,
            "suggestions": self.suggestions,
        }


class CheckSpider(Spider):
    """Reads every seed of every source, then one article of each."""

    name = "check"

    def __init__(
        self,
        sources: Sequence[Source],
        config: Config,
        done: Callable[[SourceCheck], None],
        pauses: Pauses | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._sources = sources
        self._config = config
        self._done = done
        self.pauses = pauses
        self._extractor = ExtractorPool(config.extraction)
        self._open: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> CheckSpider:
        """Build it as Scrapy does; the workers end with it."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._extractor.stop, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield each source's seeds, and its home page for the feeds it advertises."""
        for source in self._sources:
            check = SourceCheck(source.id)
            self._open[source.id] = 1
            now = datetime.now(UTC)
            seeds = written_out(source.seeds, (now - self._config.crawl.window).date(), now.date())
            for request in self._seed_requests(source, check, seeds):
                yield request
            yield self._request(source, check, source.homepage, self.home_came)

    def _seed_requests(self, source: Source, check: SourceCheck, seeds: Sequence[Seed]) -> list[Request]:
        self._open[source.id] += len(seeds)
        added = [SeedCheck(seed.kind.value, seed.url) for seed in seeds]
        check.seeds += added
        return [
            self._request(source, check, seed.url, self.seed_came, seed=seed, one=one)
            for seed, one in zip(seeds, added, strict=True)
        ]

    def _request(
        self, source: Source, check: SourceCheck, url: str, callback: Callable[..., Any], **more: Any
    ) -> Request:
        return Request(
            url,
            callback=callback,
            errback=self.failed,
            cb_kwargs={"source": source, "check": check, **more},
            meta={"source": source, "download_maxsize": self._config.fetch.max_seed_bytes},
        )

    def seed_came(
        self, response: Response, source: Source, check: SourceCheck, seed: Seed, one: SeedCheck
    ) -> Request | None:
        """Count what a seed offers."""
        outcome = outcome_of_status(response.status)
        one.outcome = outcome.value
        if outcome is Outcome.OK:
            self._count(page_of(response, seed.url), source, check, seed, one)
        else:
            one.detail = f"HTTP {response.status}"
        return self._answered(source, check)

    def _count(self, page: Page, source: Source, check: SourceCheck, seed: Seed, one: SeedCheck) -> None:
        rule = article_rule(source)
        now = datetime.now(UTC)
        listing = read_seed(
            page,
            source,
            seed,
            is_article=rule,
            section_rule=declared_rule(source),
            not_before=now - self._config.crawl.window,
            now=now,
            limits=self._config.fetch,
        )
        failure = None if listing.candidates or listing.more else stand_in_of(page)
        if failure or listing.problem:
            one.outcome = failure.reason if failure else Outcome.BAD_RESPONSE.value
            one.detail = failure.detail if failure else listing.problem
            return
        if seed.kind is SeedKind.FEED and listing.candidates:
            feed = check_feed(page, source, now, others=check.feeds)
            check.feeds.append(feed)
            one.feed_verdict = feed.verdict
        one.link_count, one.page_count = len(listing.candidates), len(listing.more)
        one.matched_count = sum(bool(rule(candidate.url)) for candidate in listing.candidates)
        one.newest = max((c.published.at for c in listing.candidates if c.published), default=None)
        check.candidates += listing.candidates

    def home_came(self, response: Response, source: Source, check: SourceCheck) -> Iterator[Request]:
        """Look for feeds that the source file does not name; for all seeds where it names none."""
        page = page_of(response, source.homepage)
        document = read_document(page)
        if isinstance(document, Document):
            check.site_name = site_name(document) or check.site_name
            known = {seed.url for seed in source.seeds}
            for url in alternate_feeds(document, source):
                if source.seeds and url not in known:
                    check.suggestions.append(f"the home page advertises the feed {url}")
        if not source.seeds:
            home = Seed(SeedKind.SECTION, source.homepage)
            self._count(page, source, check, home, SeedCheck(home.kind.value, home.url))
            sitemaps = response.meta.get("robots_sitemaps", ())
            not_before = page.fetched_at - self._config.crawl.window
            found = home_seeds(page, source, sitemaps, not_before, page.fetched_at)
            yield from self._seed_requests(source, check, found)
        sample = self._answered(source, check)
        if sample:
            yield sample

    async def sample_came(self, response: Response, source: Source, check: SourceCheck) -> None:
        """Extract the sample article."""
        page = page_of(response, response.request.url if response.request else response.url)
        outcome = outcome_of_status(response.status)
        if outcome is Outcome.OK:
            result = stand_in_of(page) or await self._extractor.extract(page, source.family)
        else:
            result = Decision.failed(outcome, f"HTTP {response.status}")
        check.sample = {"url": page.url, **_sample(result)}
        self._finish(source, check)

    def failed(self, failure: Failure) -> Request | None:
        """Record a request that brought nothing."""
        arguments = failure.request.cb_kwargs  # type: ignore[attr-defined]
        check: SourceCheck = arguments["check"]
        decision = decision_of_error(failure.value) if failure.value else None
        if decision is None:
            failure.raiseException()
        if "one" in arguments:
            arguments["one"].outcome, arguments["one"].detail = decision.reason, decision.detail
        if decision.reason == Rejection.ROBOTS:
            check.robots = decision.detail
        if decision.kind is Kind.PENDING and decision.detail not in check.suggestions:
            check.suggestions.append(decision.detail)
        if "is_sample" in failure.request.meta:  # type: ignore[attr-defined]
            check.sample = {"url": failure.request.url, **_sample(decision)}  # type: ignore[attr-defined]
            self._finish(arguments["source"], check)
            return None
        return self._answered(arguments["source"], check)

    def _answered(self, source: Source, check: SourceCheck) -> Request | None:
        """Return the request for a sample once every seed has answered."""
        self._open[source.id] -= 1
        if self._open[source.id]:
            return None
        rule = article_rule(source)
        articles = [candidate for candidate in check.candidates if rule(candidate.url)]
        for candidate in articles or check.candidates:
            return Request(
                candidate.url,
                callback=self.sample_came,
                errback=self.failed,
                cb_kwargs={"source": source, "check": check},
                meta={"source": source, "is_sample": True},
            )
        self._finish(source, check)
        return None

    def _finish(self, source: Source, check: SourceCheck) -> None:
        if not source.seeds:  # what was only guessed and is not there is nobody's mistake
            check.seeds = [seed for seed in check.seeds if not seed.is_absent]
        for seed in check.seeds:
            if seed.is_absent:
                check.suggestions.append(f"remove or correct the seed {seed.url}: {seed.outcome}")
            elif seed.outcome == Outcome.OK and not seed.link_count + seed.page_count:
                check.suggestions.append(f"the seed {seed.url} offers nothing; is it the right one?")
            elif seed.feed_verdict not in (None, FeedVerdict.OK):
                check.suggestions.append(f"look at the feed {seed.url}: {seed.feed_verdict}")
            elif seed.link_count and not seed.matched_count:
                check.suggestions.append(f"url_pattern matches none of the links of {seed.url}")
        if check.sample and "rejected" in check.sample:
            check.suggestions.append(f"the sample could not be read: {check.sample['rejected']}")
        self._done(check)


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
) -> list[SourceCheck]:
    """Return the checks of `sources`, in their order; once per process (the reactor cannot restart).

    Args:
        done: called with each check as it is finished.
        pauses: which papers asked to be left alone; None remembers none.
    """
    checks: dict[str, SourceCheck] = {}

    def keep(check: SourceCheck) -> None:
        checks[check.source_id] = check
        done(check)

    settings = crawl_settings(config, sources)
    run_spider(CheckSpider, settings, sources=sources, config=config, done=keep, pauses=pauses)
    return [checks[source.id] for source in sources if source.id in checks]
