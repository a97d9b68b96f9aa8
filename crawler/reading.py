"""One page read: bytes in; why it is refused, or its article with what the topic says of it.

This is all that happens to a page between its answer and the decision, which looks at what is known
already. A pure function, the cheapest question first: most pages are neither parsed nor extracted, and
what does that is imported by those processes alone that come to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date

from crawler.article import SHARING_PAGES, Article, with_told_date, with_told_title
from crawler.block_pages import recognise
from crawler.decision import Decision, Rejection
from crawler.events.event import Event
from crawler.extraction.document import decode, document_of, skim
from crawler.extraction.result import Refused
from crawler.identity.decide import reject
from crawler.page import FrontierEntry, Page
from crawler.reach.origins import Outlink, leading_away, story_outlinks
from crawler.source import Source
from crawler.text.normalize import detect
from crawler.topic.relevance import Grade, Relevance
from crawler.topic.topic import Topic

MIN_TOLD_WORDS = 4
"""Words of a told title that may stand for a headline; links also say "Xem tiếp"."""


@dataclass(frozen=True, slots=True)
class Story:
    """An article, what the topic says of it, and why it is not worth keeping, if so.

    Args:
        events: what it reports; none of one that is not worth keeping.
    """

    article: Article
    relevance: Relevance
    refusal: Decision | None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page came to, before anybody looks at what is known already.

    Args:
        result: the story on it, or why there is none.
        titles: what the page calls itself, the best last; empty where that is not to be remembered.
        title: the best of them; None where it does not say.
        topic_score: 0-100, None when the topic was not asked.
        is_stand_in: whether the page was sent instead of the one that was asked for.
        outlinks: where a story that is worth keeping leads to, beyond the paper.
        body_hash: SHA-256 of its bytes, in hex.
    """

    result: Story | Decision
    titles: tuple[str, ...] = ()
    title: str | None = None
    topic_score: int | None = None
    is_stand_in: bool = False
    outlinks: tuple[Outlink, ...] = ()
    body_hash: str | None = None


@dataclass(slots=True)
class PageTitles:
    """The titles of a paper's pages, from earlier runs and in this one.

    Args:
        shared: those that several pages have.
        addresses: title → the addresses of this run that have it, until there are several.
    """

    shared: AbstractSet[str] = frozenset()
    addresses: dict[str, set[str]] = field(default_factory=dict)

    def note(self, url: str, *titles: str | None) -> None:
        """Remember what a page calls itself."""
        for title in {title for title in titles if title} - self.shared:
            seen = self.addresses.setdefault(title, set())
            seen.add(url)
            if len(seen) >= SHARING_PAGES:
                del self.addresses[title]
                self.shared |= {title}

    def shared_if(self, url: str) -> AbstractSet[str]:
        """Return the titles that several pages have if the one at `url` has them too."""
        lacking_one = {
            title
            for title, seen in self.addresses.items()
            if len(seen) == SHARING_PAGES - 1 and url not in seen
        }
        return self.shared | lacking_one if lacking_one else self.shared


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads pages for one topic. Calling it is pure; it and all that it takes and gives can be pickled.

    Args:
        since: the first local day that is wanted, None for all.
    """

    topic: Topic
    since: date | None = None

    def __call__(
        self, page: Page, source: Source, entry: FrontierEntry, shared_titles: Collection[str] = ()
    ) -> Reading:
        """Return what a page comes to.

        Args:
            entry: what lists told of it.
            shared_titles: those that several pages of the paper have; none of them is a headline.
        """
        reading = self._read(page, source, entry, shared_titles)
        return replace(reading, body_hash=hashlib.sha256(page.body).hexdigest())

    def _read(
        self, page: Page, source: Source, entry: FrontierEntry, shared_titles: Collection[str]
    ) -> Reading:
        markup = decode(page)
        if isinstance(markup, Refused):
            return _refused(markup)
        seen = skim(markup.utf8)
        if block_page := recognise(page, markup.characters, seen.text):
            return Reading(block_page, title=seen.title, is_stand_in=True)
        titles = (seen.title,) if seen.title else ()
        if not entry.is_kept and seen.text and not self.topic.may_match(f"{entry.title or ''}\n{seen.text}"):
            off_topic = Decision.rejected(
                Rejection.OFF_TOPIC, "none of the topic's necessary terms is on the page"
            )
            return Reading(off_topic, titles, seen.title, topic_score=0)
        document = document_of(page, markup.characters)
        if isinstance(document, Refused):
            return _refused(document)
        from crawler.extraction.article import extract_document

        links = leading_away(document, source.owns)
        judge = _Judge(self.topic, source.language, entry.title, shared_titles)
        # Where more than the topic decides, or an article is there already, every page is read whole.
        is_wanted = None if entry.is_kept or self.since else judge.is_wanted
        article = extract_document(document, source.family, shared_titles, is_wanted)
        if article.title and (isinstance(article, Article) or judge.refused):
            titles = (*titles, article.title)
        if isinstance(article, Refused):
            refused = judge.refused or _refused(article)
            return replace(refused, titles=titles, title=refused.title or seen.title)
        article = with_told_date(headlined(article, entry.title, shared_titles), entry.published)
        relevance = judge.relevance or self.topic.score(
            title=article.title, lead=article.lead, text=article.text
        )
        refusal = reject(article, relevance, language=source.language, since=self.since)
        return Reading(
            Story(article, relevance, refusal, _events(article, relevance, refusal)),
            titles,
            article.title or seen.title,
            relevance.score,
            outlinks=() if refusal else story_outlinks(links, article),
        )


@dataclass(slots=True)
class _Judge:
    """Asks the topic about a story as soon as its words are known, before the rest of the page is read.

    Args:
        language: the source's.
        told: the title that a list tells.
        relevance: what the topic said; None before it was asked.
        refused: what the page comes to, where that alone refuses it.
    """

    topic: Topic
    language: str
    told: str | None
    shared_titles: Collection[str]
    relevance: Relevance | None = None
    refused: Reading | None = None

    def is_wanted(self, title: str | None, lead: str | None, text: str) -> bool:
        """Tell whether the rest is worth reading, where the day of the story decides nothing."""
        title = self.told if is_told(title, self.told, self.shared_titles) else title
        relevance = self.relevance = self.topic.score(title=title, lead=lead, text=text)
        if relevance.grade is not Grade.NONE:
            return True
        refusal = reject(
            Article(None, title, text, lead, language=detect(text)), relevance, language=self.language
        )
        self.refused = Reading(refusal, title=title, topic_score=relevance.score) if refusal else None
        return self.refused is None


def _events(article: Article, relevance: Relevance, refusal: Decision | None) -> tuple[Event, ...]:
    if refusal is not None or relevance.grade is Grade.NONE:
        return ()
    from crawler.events.reading import read_events

    return read_events(article.title, article.text, article.published)


def _refused(refused: Refused) -> Reading:
    return Reading(Decision.rejected(refused.reason, refused.detail), title=refused.title)


def headlined(article: Article, told: str | None, shared_titles: Collection[str]) -> Article:
    """Return an article whose page has no headline of its own with the one that a list tells.

    Args:
        told: a feed item's title, or a link's text; None where no list told one.
    """
    return with_told_title(article, told) if told and is_told(article.title, told, shared_titles) else article


def is_told(title: str | None, told: str | None, shared_titles: Collection[str]) -> bool:
    """Tell whether what a list tells stands for the headline that a page has not."""
    if not told or (title is not None and title not in shared_titles):
        return False
    return told not in shared_titles and len(told.split()) >= MIN_TOLD_WORDS
