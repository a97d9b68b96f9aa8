"""Which articles a reader asks for: the query of an address as a filter, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from crawler.errors import UsageError
from db.articles.query import ArticleFilter

PAGE_COUNT = 25
MOST_PAGES = 400
_MAX_QUERY_CHARS = 500
_MAX_VALUE_CHARS = 200

FACETS = ("source", "country", "place", "field", "grade")
"""The parameters that each choose one value; `since`, `until` and `copies` come beside them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for.

    Args:
        query: words to search for; None for a list.
        wanted: which articles.
        page: from 1.
    """

    query: str | None
    wanted: ArticleFilter
    page: int

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Asked:
        """Return what the parameters of an address ask for; those unknown to us mean nothing.

        Raises:
            UsageError: one of ours has a value that it cannot have.
        """
        chosen = {name: parameters[name] for name in FACETS if parameters.get(name)}
        for name, value in chosen.items():
            if len(value) > _MAX_VALUE_CHARS:
                raise UsageError(f"{name} is longer than anything that it could name.")
        query = " ".join(parameters.get("q", "").split())
        if len(query) > _MAX_QUERY_CHARS:
            raise UsageError(f"A search may have {_MAX_QUERY_CHARS} characters at most.")
        wanted = ArticleFilter(
            source=chosen.get("source"),
            country=chosen.get("country"),
            place=chosen.get("place"),
            field=chosen.get("field"),
            grade=chosen.get("grade"),
            since=_day(parameters, "since"),
            until=_day(parameters, "until"),
            include_duplicates=parameters.get("copies") == "1",
        )
        return cls(query or None, wanted, _page(parameters.get("page")))

    def parameters(self) -> dict[str, str]:
        """Return the parameters that ask for the same, on its first page."""
        return self.wanted.question(self.query)


def _day(parameters: Mapping[str, str], name: str) -> date | None:
    text = parameters.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} must be a day written YYYY-MM-DD.") from None


def _page(text: str | None) -> int:
    if not text:
        return 1
    if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= MOST_PAGES:
        raise UsageError(f"page must be a number from 1 to {MOST_PAGES}; use days to go further back.")
    return int(text)
