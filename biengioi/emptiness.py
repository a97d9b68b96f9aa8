"""Why there is nothing to show: an empty collection, filters that nothing fulfils, too large an offset."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from biengioi.streams import remark
from crawler.text.harmless import one_line

if TYPE_CHECKING:
    from db.collection import ArticleFilter, Collection


def say_why_none(collection: Collection, wanted: ArticleFilter, query: str = "") -> None:
    """Say on stderr why no article was found.

    Args:
        query: the words that were searched for.
    """
    remark(one_line(_why_none(collection, wanted, query)))


def _why_none(collection: Collection, wanted: ArticleFilter, query: str) -> str:
    from db.collection import ArticleFilter

    total = collection.matching_count(ArticleFilter(include_duplicates=True))
    if not total:
        return "The collection is empty; `biengioi crawl` or `biengioi import` fills it."
    if wanted.offset:
        if query:
            return f"No article matches so far down as --offset {wanted.offset}; lower it."
        if count := collection.matching_count(replace(wanted, limit=None, offset=0)):
            return f"There are only {count:,}; lower --offset {wanted.offset}."
    asked = " ".join(filter(None, (query, as_options(wanted))))
    if asked:
        return f"None of {total:,} articles matches {asked}."
    return f"All {total:,} articles repeat another one; --copies shows them."


def as_options(wanted: ArticleFilter) -> str:
    """Return the filter as it was typed."""
    named = {
        "--source": wanted.source,
        "--since": wanted.since,
        "--until": wanted.until,
        "--country": wanted.country,
        "--place": wanted.place,
        "--field": wanted.field,
        "--grade": wanted.grade,
    }
    return " ".join(f"{name} {value}" for name, value in named.items() if value is not None)
