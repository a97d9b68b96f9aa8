"""The way of one page: prefilter → extract → topic → refuse or store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date

from crawler.block_pages import recognise
from crawler.decision import Decision, Rejection
from crawler.extraction import Refused, read_document, visible_text
from crawler.identity.decide import reject
from crawler.page import FrontierEntry, Page
from crawler.ports import ArticleStore, Visit
from crawler.source import Source
from crawler.topic.topic import Topic
from spiders.extractor import Extractor
from spiders.outcomes import retry_time


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

    async def process(self, source: Source, entry: FrontierEntry, page: Page, visit: Visit) -> Decision:
        """Decide on one page and have the decision kept.

        Args:
            visit: the request that brought the page, without what only the page can tell.
        """
        visit = replace(visit, body_hash=hashlib.sha256(page.body).hexdigest())
        document = read_document(page)
        if isinstance(document, Refused):
            return await self._refuse(visit, document)
        visit = replace(visit, title=document.title or entry.title)
        text = visible_text(document)
        block_page = recognise(page, document.html, text)
        if block_page:
            retry_at = retry_time(block_page, entry.failure_count, visit.fetched_at)
            visit = replace(visit, outcome=block_page.reason, retry_at=retry_at)
            return await self.store.settle(visit, block_page)
        if not entry.is_kept and not self.topic.may_match(text):
            detail = "none of the topic's necessary terms is on the page"
            refusal = Decision.rejected(Rejection.OFF_TOPIC, detail)
            return await self.store.settle(replace(visit, topic_score=0), refusal)
        article = await self.extractor.extract(page, source.family)
        if isinstance(article, Refused):
            return await self._refuse(visit, article)
        if isinstance(article, Decision):
            return await self.store.settle(visit, article)
        relevance = self.topic.score(title=article.title, lead=article.lead, text=article.text)
        visit = replace(visit, title=article.title or visit.title, topic_score=relevance.score)
        refusal_or_none = reject(article, relevance, language=source.language, since=self.since)
        return await self.store.store(visit, article, relevance, refusal_or_none)

    async def _refuse(self, visit: Visit, refused: Refused) -> Decision:
        visit = replace(visit, title=refused.title or visit.title)
        return await self.store.settle(visit, Decision.rejected(refused.reason, refused.detail))
