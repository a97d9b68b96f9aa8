"""The titles of one paper's pages: what stands on several of them is the headline of none."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from crawler.article import SHARING_PAGES, Article, with_told_title

_MIN_WORDS = 4
"""Words of a told title that may stand for a headline; links also say "Xem tiếp"."""


@dataclass(slots=True)
class PageTitles:
    """What is known of them from earlier runs and in this one.

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

    def corrected(self, article: Article, told: str | None) -> Article:
        """Return an article whose page has no headline of its own with the one that a list tells.

        Args:
            told: a feed item's title, or a link's text; None where no list told one.
        """
        is_headline = article.title is not None and article.title not in self.shared
        if is_headline or not told or told in self.shared or len(told.split()) < _MIN_WORDS:
            return article
        return with_told_title(article, told)
