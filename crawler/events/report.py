"""What an article says of an act, and what a person said of that: the pieces that events are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crawler.events.event import Event


@dataclass(frozen=True, slots=True)
class Report:
    """One act as one article tells it.

    Args:
        id: of the report; grows with time and says nothing else.
        article_id: the article.
        number: its place among the article's events, 0 for the main one.
        published: the article's day in Viet Nam; None where it is not known.
        keys: of the article's sketch (`crawler.text.normalize.sketch`); two texts that share many of them
            are copies or one is the other cut short.
    """

    id: int
    article_id: int
    number: int
    event: Event
    published: date | None = None
    keys: tuple[bytes, ...] = ()

    @property
    def order(self) -> tuple[int, int]:
        """A key that does not depend on which report came first."""
        return self.article_id, self.number
