"""The decisions on a page: what is done with it, and when it is asked for again. They touch nothing.

(what we knew, what we saw) → what is done, and why. Editors change what they have published, mostly
soon after, so an article's page is asked for again at growing ages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from crawler.article import LOCAL_ZONE, Article, Precision, Published, parse_instant
from crawler.decision import Decision, Kind, Outcome, Rejection
from crawler.identity.alignment import align
from crawler.text.normalize import canonical_text
from crawler.topic.relevance import Grade, Relevance

MIN_CANONICAL_CHARS = 200
"""Below this, canonical texts are blurbs that would collide."""
_LEAST_KEPT = 0.3
"""What of the shorter text an edited story has left of it; two stories of one beat share less."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the collection knew when the page came.

    Args:
        article_id: the article that this URL brought before; None for a new URL.
        title, content_hash: of that article as it stands.
        same_text_id: another article whose text, now or in a revision, is this very text.
        near_text_id: another article whose text is nearly this one (crawler/identity/near.py).
        near_detail: how near, in words.
        published_first: before that article and all its copies.
        forgotten: the user has taken this text down.
        led_to: where the address of the known article leads now, if that shows another story's text.
    """

    article_id: int | None = None
    title: str | None = None
    content_hash: str | None = None
    same_text_id: int | None = None
    near_text_id: int | None = None
    near_detail: str = ""
    published_first: bool = False
    forgotten: bool = False
    led_to: str | None = None

    @property
    def has_new_text(self) -> bool:
        """Whether a text that was never seen came from an address that was never seen."""
        return not self.forgotten and self.article_id is None and self.same_text_id is None


def reject(
    article: Article, relevance: Relevance, *, language: str = "vi", since: date | None = None
) -> Decision | None:
    """Return why `article` is not worth keeping, or None if it is.

    Args:
        relevance: what the topic said of it.
        language: the source's declared language; only "vi" is checked.
        since: the first local day that is wanted; articles without a date pass.
    """
    if language == "vi" and article.language != "vi":
        return Decision.rejected(Rejection.NOT_VIETNAMESE, "the text does not look Vietnamese")
    length = len(canonical_text(article.text))
    if length < MIN_CANONICAL_CHARS:
        return Decision.rejected(
            Rejection.TOO_SHORT, f"{length} characters of text, {MIN_CANONICAL_CHARS} are needed"
        )
    if since and article.published and article.published.latest_local_day < since:
        return Decision.rejected(Rejection.TOO_OLD, f"published {article.published.at}, wanted since {since}")
    if relevance.grade is Grade.NONE:
        return Decision.rejected(Rejection.OFF_TOPIC, relevance.summary())
    return None


def decide(known: Known, article: Article, refusal: Decision | None) -> Decision:
    """Return what is done with an article that was read from a page.

    A page that brought an article before keeps it: the topic is not asked again, so an edit never
    makes a story disappear.

    Args:
        known: what the collection knew.
        article: what the page says now.
        refusal: what `reject` said of it.
    """
    if known.forgotten:
        return Decision.rejected(Rejection.FORGOTTEN, "taken down with `forget`")
    if known.article_id is not None and known.led_to:
        detail = f"the address leads to {known.led_to}, which shows another text; what it said stays"
        return Decision.failed(Outcome.GONE, detail)
    if refusal and not (known.article_id and refusal.reason == Rejection.OFF_TOPIC):
        return refusal
    if known.article_id is None:
        if known.same_text_id is not None:
            return Decision(Kind.DUPLICATE, "same_text", known.same_text_id)
        if known.near_text_id is None:
            return Decision(Kind.NEW, "first_seen")
        if known.published_first:
            return Decision(Kind.NEW, "published_first", detail=known.near_detail)
        return Decision(Kind.NEAR_DUPLICATE, "near_text", known.near_text_id, known.near_detail)
    if known.content_hash == article.content_hash:
        if known.title == article.title:
            return Decision(Kind.UNCHANGED, "same_text", known.article_id)
        return Decision(Kind.REVISED, "title_changed", known.article_id)
    if known.same_text_id is not None:
        return Decision(Kind.DUPLICATE, "became_same_text", known.same_text_id)
    return Decision(Kind.REVISED, "text_changed", known.article_id)


def is_another_story(article: Article, title: str | None, text: str) -> bool:
    """Whether what an address leads to is no edit of what it brought before.

    Args:
        title, text: of the story as it is kept.
    """
    if article.title and title and article.title.casefold() == title.casefold():
        return False
    now, before = (canonical_text(one).split() for one in (article.text, text))
    shared = sum(run.size for run in align(now, before))
    return shared < _LEAST_KEPT * min(len(now), len(before))


def next_visit(
    discovered_at: datetime, published: Published | None, ages: Iterable[timedelta], now: datetime
) -> datetime | None:
    """Return when an article reaches the next of `ages`; None when it is older than all of them.

    Its age counts from its discovery, or from its publication if that was earlier, so that what an
    archive brings is not asked for again.

    Args:
        discovered_at: when a seed first offered it; aware UTC.
        ages: how old it is at each revisit, growing.
        now: aware UTC.
    """
    born = min(discovered_at, _latest_moment(published)) if published else discovered_at
    return next((born + age for age in sorted(ages) if born + age > now), None)


def _latest_moment(published: Published) -> datetime:
    if published.precision in (Precision.MONTH, Precision.DAY):
        return datetime.combine(published.latest_local_day, time.max, LOCAL_ZONE)
    return parse_instant(published.at)
