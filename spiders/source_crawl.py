"""One source within one crawl: its queue, budget and open requests, the titles of its pages, its end.

A title that stands on several pages is the headline of none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from heapq import heappop, heappush, nsmallest
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.config import CrawlLimits
from crawler.decision import Decision, Kind, Outcome, is_good, is_out_of_reach
from crawler.page import Candidate, FrontierEntry, Page
from crawler.ports import PageVisit
from crawler.reading import PageTitles
from crawler.report import SourceStatus
from crawler.source import Seed, SeedKind, Source
from spiders.discovery.article_links import article_rule, declared_rule
from spiders.discovery.article_shape import ArticleShape, learn
from spiders.discovery.home_seeds import written_out
from spiders.discovery.links import Link
from spiders.discovery.listing import IsArticle
from spiders.outcomes import Answer, Landings, led_elsewhere, retry_time

_LANES = 2
"""Article requests of one source that Scrapy holds: one on the wire, one waiting for its turn.

All of them at once would fill Scrapy's places with the queue of one slow paper."""
_SPARE = 100
"""Entries over twice the budget from which the least promising are forgotten."""
_MIN_EXAMPLES = 10
_MAX_EXAMPLES = 500
_FITS = 0.5
"""Below this share of matching examples a learned pattern is learned anew."""


@dataclass(slots=True)
class OpenRequests:
    """The requests of one source on their way; whoever makes one counts it here.

    Args:
        count: those that are not answered yet.
    """

    source: Source
    count: int = 0

    def ask(
        self,
        url: str,
        read: Callable[[Response | Failure], Any],
        *,
        headers: Mapping[str, str | None] | None = None,
        priority: int = 0,
        max_bytes: int | None = None,
    ) -> Request:
        """Return a request.

        Args:
            read: gets its response, or its failure.
            headers: those without a value are left out.
            max_bytes: how long the answer may be; None for what the settings say.
        """
        request = Request(
            url,
            callback=read,
            errback=read,
            # Servers compare their validators byte for byte (RFC 9110 §8.8.3.2).
            headers={name: value.encode("latin-1") for name, value in (headers or {}).items() if value},
            priority=priority,
            meta={"source": self.source} | ({"download_maxsize": max_bytes} if max_bytes else {}),
        )
        self.count += 1
        return request

    def answered(self) -> bool:
        """Count one as answered, and return whether it was the last."""
        self.count -= 1
        return self.count == 0


@dataclass(slots=True, eq=False)
class SourceCrawl:
    """What the spider knows of one source while the run lasts.

    Args:
        not_before: aware UTC; what was published earlier is not asked for.
        budget: articles that may still be fetched.
        titles: those that its pages have, to tell a headline from what stands on all of them.
        sitemaps: those of indexes, and the indexes, that were asked for.
        seeds: how each of its seeds was answered; seed_details: of those that failed, why in words.
    """

    source: Source
    limits: CrawlLimits
    not_before: datetime
    budget: int
    requests: OpenRequests = field(init=False)
    section_rule: IsArticle | None = field(init=False)
    is_article: IsArticle = field(init=False)
    considered: int = 0
    offered_count: int = 0
    fetching: int = 0
    enqueued_count: int = 0
    queue: list[tuple[tuple[int, float, int], FrontierEntry]] = field(default_factory=list)
    shape: ArticleShape | None = None
    examples: list[Link] = field(default_factory=list)
    unavailable: dict[str, None] = field(default_factory=dict)
    unread: dict[str, None] = field(default_factory=dict)
    is_stopped: bool = False
    sitemaps: set[str] = field(default_factory=set)
    seeds: dict[str, str] = field(default_factory=dict)
    seed_details: dict[str, str] = field(default_factory=dict)
    landings: Landings = field(default_factory=Landings)
    titles: PageTitles = field(default_factory=PageTitles)

    def __post_init__(self) -> None:
        self.requests = OpenRequests(self.source)
        self.section_rule = declared_rule(self.source)
        self.is_article = article_rule(self.source)

    def first_seeds(self, today: date) -> tuple[Seed, ...]:
        """Return the declared seeds, templates of dates written out; the home page without any."""
        if not self.source.seeds:
            return (Seed(SeedKind.SECTION, self.source.homepage),)
        return written_out(self.source.seeds, self.not_before.date(), today)

    def use_learned(self, pattern: str | None) -> None:
        """Judge bare addresses by the pattern learned earlier, unless the source declares one."""
        if pattern and self.section_rule is None:
            self.shape = ArticleShape(pattern)
            self.is_article = self.shape.matches

    def note_unavailable(self, why: str) -> None:
        """Remember that a host is out of reach; of a paper with one host nothing more is asked for."""
        self.unavailable.setdefault(why)
        if len(self.source.host_names) == 1:
            self.is_stopped = True

    def note_unread(self, what: str) -> None:
        """Remember what was offered and left out, for the report."""
        self.unread.setdefault(what)

    def note_links(self, candidates: Iterable[Candidate]) -> None:
        """Remember titled links as examples of what articles look like here."""
        room = _MAX_EXAMPLES - len(self.examples)
        self.examples += [Link(one.url, one.title, True) for one in candidates if one.title][:room]

    def newly_learned(self) -> str | None:
        """Return a pattern to keep: where none is known, or what is known fits no longer."""
        if self.section_rule is not None or len(self.examples) < _MIN_EXAMPLES:
            return None
        if self.shape and self.shape.fit(self.examples, self.source.homepage) >= _FITS:
            return None
        shape = learn(self.examples, self.source.homepage)
        return shape.pattern if shape else None

    def enqueue(self, entry: FrontierEntry, priority: float, *, is_left_over: bool) -> None:
        """Take an entry in for fetching; what the budget cannot reach is forgotten, and stays pending.

        Args:
            priority: 0-1, how likely it is wanted; the likelier goes first.
            is_left_over: whether it waited already when the run began; such go before all new ones,
                which go before revisits.
        """
        self.enqueued_count += 1
        rank = 2 if entry.is_kept else 0 if is_left_over else 1
        key = (rank, -priority, self.enqueued_count)
        heappush(self.queue, (key, entry))
        if len(self.queue) > 2 * self.budget + _SPARE:
            self.queue = nsmallest(self.budget, self.queue)

    def next_entries(self) -> Iterator[FrontierEntry]:
        """Yield the entries that may be fetched now; what the budget does not reach stays pending."""
        while self.queue and self.budget > 0 and self.fetching < _LANES and not self.is_stopped:
            self.budget -= 1
            self.fetching += 1
            yield heappop(self.queue)[1]

    def visit(
        self, entry: FrontierEntry, answer: Answer, failure: Decision | None, *, may_return: bool = False
    ) -> PageVisit:
        """Return the visit that brought an answer, without what only its page can tell.

        Args:
            failure: why there is no page to read.
            may_return: whether what is gone is asked for again, as a passing failure is.
        """
        failed = failure if failure is not None and failure.kind is Kind.FAILED else None
        page = answer.result
        return PageVisit(
            self.source.id,
            entry.url,
            failed.reason if failed and failed.reason else answer.outcome,
            answer.fetched_at,
            answer.http_status,
            entry.title,
            etag=answer.etag,
            last_modified=answer.last_modified,
            retry_at=retry_time(failed, entry.failure_count, answer.fetched_at, may_return=may_return)
            if failed
            else None,
            led_to=page.final_url if isinstance(page, Page) and led_elsewhere(page) else None,
            page=page if isinstance(page, Page) else None,
        )

    @property
    def verdict(self) -> tuple[SourceStatus, str]:
        """How the source fared: failed when none of its seeds could be read."""
        if self.seeds and set(self.seeds.values()) == {Outcome.PAUSED}:
            return SourceStatus.SKIPPED, "; ".join(self.unavailable)
        if self.seeds and not any(map(is_good, self.seeds.values())):
            reasons = ", ".join(sorted(set(self.seeds.values())))
            first = self._with_reason(next(iter(self.seeds)))
            what = "unreachable" if is_out_of_reach(self.seeds.values()) else "no seed could be read"
            return SourceStatus.FAILED, "; ".join((f"{what} ({reasons}): {first}", *self.unavailable))
        dead = [url for url, outcome in self.seeds.items() if not is_good(outcome)]
        notes = [*self.unavailable, *self.unread]
        if Outcome.OK in self.seeds.values() and not self.offered_count:
            notes.append("its pages were read, but no article address was found on them")
        if dead:
            named = ", ".join(map(self._with_reason, dead))
            notes.append(f"{len(dead)} of {len(self.seeds)} seeds could not be read: {named}")
        return SourceStatus.DONE, "; ".join(notes)

    def _with_reason(self, seed_url: str) -> str:
        detail = self.seed_details.get(seed_url)
        return f"{seed_url} ({detail})" if detail and detail not in self.unavailable else seed_url


def no_page(failure: Decision, answer: Answer) -> Decision:
    """Return what is decided on an address whose answer is no page.

    One whose host is out of reach stays pending.
    """
    if answer.is_host_unavailable:
        return Decision(Kind.PENDING, failure.reason, detail=failure.detail)
    return Decision(Kind.UNCHANGED, failure.reason) if failure.reason == Outcome.NOT_MODIFIED else failure
