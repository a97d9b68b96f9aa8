"""What the spiders may ask of storage and of the watching person; `db` and `biengioi` answer.

Every awaited call returns after its commit, so what was acknowledged survives a kill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crawler.article import Article
from crawler.decision import Decision
from crawler.events.event import Event
from crawler.page import Candidate, FrontierEntry, Page
from crawler.pause import Pause
from crawler.reach.origins import Outlink
from crawler.report import SourceReport, SourceStatus
from crawler.source import Source
from crawler.topic.relevance import Relevance

Clock = Callable[[], datetime]
"""Returns the time now, aware, UTC."""


@dataclass(frozen=True, slots=True)
class PageVisit:
    """One request for one considered URL, and how it ended.

    Args:
        url: the address in the frontier, which a redirect does not change.
        outcome: an `Outcome` value.
        title: what the page, or else the candidate, is called.
        topic_score: 0-100, None when the topic was not asked.
        retry_at: when a failed request may be repeated; None for never.
        outlinks: where a story leads to, beyond the paper.
        led_to: the address that a redirect led to, if that is another story's or no story's.
        page: what came, for the archive; None where no page came.
    """

    source_id: str
    url: str
    outcome: str
    fetched_at: datetime
    http_status: int | None = None
    title: str | None = None
    topic_score: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    retry_at: datetime | None = None
    outlinks: tuple[Outlink, ...] = ()
    led_to: str | None = None
    page: Page | None = None


@dataclass(frozen=True, slots=True)
class SeedVisit:
    """How one seed was read.

    Args:
        url: the seed's address, as declared or found.
        outcome: an `Outcome` value, or a rejection such as "robots".
        detail: what that says in words.
        redirect_url: where it led if to a host that the source file does not name.
        clock_skew_s: the server's clock minus ours; None if it did not say.
        outlinks: where a list page leads to, beyond the paper; None where no list was read.
    """

    url: str
    outcome: str
    fetched_at: datetime
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    detail: str = ""
    redirect_url: str | None = None
    clock_skew_s: int | None = None
    outlinks: tuple[Outlink, ...] | None = None


@dataclass(frozen=True, slots=True)
class SeedState:
    """What is remembered of a seed between runs.

    Args:
        etag, last_modified: the validators of its last full answer (RFC 9110 §8.8).
        answered_at: when that came; None where there are no validators.
        outcome, fetched_at: how and when it was answered last; None before the first time.
        complete: whether its last traversal (all pages of a section) ended by itself. After one that was
            cut short, a page with nothing new does not mean that all behind it is known.
    """

    etag: str | None = None
    last_modified: str | None = None
    answered_at: datetime | None = None
    outcome: str | None = None
    fetched_at: datetime | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of the candidates that one seed offered.

    Args:
        entries: those that are considered in this run because of this offer, in the order given.
        known_count: those that were known and not due.
    """

    entries: tuple[FrontierEntry, ...]
    known_count: int


class Frontier(Protocol):
    """Every URL ever discovered, and which of them are to be fetched now."""

    async def open(self, source: Source) -> Sequence[FrontierEntry]:
        """Return the source's pending URLs: left over, or due again; newest first.

        All of them count as considered in this run, whether or not they are reached.
        """
        ...

    async def admit(self, source: Source, candidates: Sequence[Candidate]) -> Admission:
        """Take candidates in; a URL has one owning source, the first that offered it."""
        ...

    async def seed_state(self, source: Source, url: str) -> SeedState:
        """Return what is remembered of the seed at `url`, and mark its traversal as begun (not complete).

        A traversal that is killed therefore stays incomplete; what is returned is the state before.
        """
        ...

    async def seed_read(self, source: Source, visit: SeedVisit, *, complete: bool) -> None:
        """Record how reading the seed at ``visit.url`` ended; seeds are outside the identity.

        Args:
            complete: whether its traversal ended by itself; only then are the visit's validators kept.
        """
        ...

    async def parts_read_at(self, source: Source, urls: Sequence[str]) -> Mapping[str, datetime]:
        """Return when the sitemaps of an index were read last, of those that ever were."""
        ...

    async def part_read(self, source: Source, url: str, read_at: datetime) -> None:
        """Remember that a sitemap of an index was read, well or not."""
        ...

    async def learned_pattern(self, source: Source) -> str | None:
        """Return the pattern of article addresses that was learned for the source, if one was."""
        ...

    async def learn_pattern(self, source: Source, pattern: str) -> None:
        """Keep a learned pattern of article addresses in place of the one before."""
        ...

    async def shared_titles(self, source: Source) -> frozenset[str]:
        """Return the titles that several pages of the source have; none of them is a headline."""
        ...

    async def count_skipped(self, source: Source, *, offsite: int = 0, older: int = 0) -> None:
        """Add to the links outside the sum: to foreign hosts, and dated before what was asked for."""
        ...

    async def close(self, source: Source, status: SourceStatus, message: str = "") -> SourceReport:
        """End the source's part of the run and return its numbers."""
        ...


class ArticleStore(Protocol):
    """Where articles and decisions go; one call is one transaction."""

    async def store(
        self,
        visit: PageVisit,
        article: Article,
        relevance: Relevance,
        refusal: Decision | None,
        events: Sequence[Event] = (),
    ) -> Decision:
        """Decide on an article with what is known at this moment, keep it accordingly, and say how.

        Args:
            events: what it reports, kept where it is.
        """
        ...

    async def settle(self, visit: PageVisit, decision: Decision) -> Decision:
        """Record a page that brought no article: rejected, failed or not modified."""
        ...


class CrawlStore(Frontier, ArticleStore, Protocol):
    """Both halves of storage, as one crawl sees them."""


class Pauses(Protocol):
    """Which papers have asked to be left alone for a while: one book for all processes and runs."""

    async def pause_of(self, key: str) -> Pause | None:
        """Return the pause of the paper with that politeness key that is not over; None for none."""
        ...

    async def keep_pause(self, pause: Pause) -> None:
        """Write down what a paper asks for; the longer one counts where there is one already."""
        ...


class Progress(Protocol):
    """Whoever watches a crawl; called from the event loop, must return at once."""

    def found(self, source_id: str, count: int) -> None:
        """`count` more URLs are considered."""
        ...

    def decided(self, source_id: str, decision: Decision) -> None:
        """One of them is settled."""
        ...

    def closed(self, source_id: str, report: SourceReport) -> None:
        """Show that a source is finished."""
        ...
