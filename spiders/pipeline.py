"""The way of one page: prefilter → extract → topic → refuse or store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date

from crawler.article import Article, with_told_date
from crawler.block_pages import recognise
from crawler.decision import Decision, Rejection
from crawler.extraction import Refused
from crawler.extraction.document import read as read_document
from crawler.extraction.document import visible as visible_text
from crawler.identity.decide import reject
from crawler.page import FrontierEntry, Page
from crawler.ports import ArticleStore, PageVisit
from crawler.reach.origins import Outlink, story_outlinks
from crawler.source import Source
from crawler.topic.relevance import Relevance
from crawler.topic.topic import Topic
from spiders.extractor import Extractor
from spiders.outcomes import retry_time
from spiders.source_crawl import PageTitles


@dataclass(frozen=True, slots=True)
class Story:
    """An article, what the topic says of it, and why it is not worth keeping, if so."""

    article: Article
    relevance: Relevance
    refusal: Decision | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page came to, before anybody looks at what is known already.

    Args:
        result: the story on it, or why there is none.
        title: what the page is called; None where it does not say.
        topic_score: 0-100, None when the topic was not asked.
        is_stand_in: whether the page was sent instead of the one that was asked for.
        outlinks: where a story that is worth keeping leads to, beyond the paper.
    """

    result: Story | Decision
    title: str | None = None
    topic_score: int | None = None
    is_stand_in: bool = False
    outlinks: tuple[Outlink, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Everything between a fetched page and its decision; it knows nothing of the network.

    Args:
        since: the first local day that is wanted, None for all.
    """

    topic: Topic
    extractor: Extractor
    store: ArticleStore
    since: date | None = None

    async def process(
        self, source: Source, entry: FrontierEntry, page: Page, visit: PageVisit, titles: PageTitles
    ) -> Decision:
        """Decide on one page and have the decision kept.

        Args:
            titles: those of the source's pages so far; added to.
            visit: the request that brought the page, without what only the page can tell.
        """
        reading = await self._read(source, entry, page, titles)
        visit = replace(
            visit,
            body_hash=hashlib.sha256(page.body).hexdigest(),
            title=reading.title or entry.title,
            topic_score=reading.topic_score,
            outlinks=reading.outlinks,
        )
        match reading.result:
            case Story(article, relevance, refusal):
                return await self.store.store(visit, article, relevance, refusal)
            case Decision() as failure if reading.is_stand_in:
                retry_at = retry_time(failure, entry.failure_count, visit.fetched_at)
                visit = replace(visit, outcome=failure.reason, retry_at=retry_at)
                return await self.store.settle(visit, failure)
            case Decision() as decision:
                return await self.store.settle(visit, decision)

    async def _read(self, source: Source, entry: FrontierEntry, page: Page, titles: PageTitles) -> Reading:
        document = read_document(page)
        if isinstance(document, Refused):
            return Reading(_rejected(document), document.title)
        text = visible_text(document)
        block_page = recognise(page, document.html, text)
        if block_page:
            return Reading(block_page, document.title, is_stand_in=True)
        titles.note(entry.url, document.title)
        if not entry.is_kept and not self.topic.may_match(text):
            detail = "none of the topic's necessary terms is on the page"
            return Reading(Decision.rejected(Rejection.OFF_TOPIC, detail), document.title, 0)
        article = await self.extractor.extract(page, source.family, titles.shared)
        if isinstance(article, Refused):
            return Reading(_rejected(article), article.title or document.title)
        if isinstance(article, Decision):
            return Reading(article, document.title)
        titles.note(entry.url, article.title)
        article = with_told_date(titles.corrected(article, entry.title), entry.published)
        relevance = self.topic.score(title=article.title, lead=article.lead, text=article.text)
        refusal = reject(article, relevance, language=source.language, since=self.since)
        story = Story(article, relevance, refusal)
        outlinks = () if refusal else story_outlinks(document, source.owns, article)
        return Reading(story, article.title or document.title, relevance.score, outlinks=outlinks)


def _rejected(refused: Refused) -> Decision:
    return Decision.rejected(refused.reason, refused.detail)
