"""Which articles a reader asks for: the query of an address as a filter, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from crawler.errors import UsageError
from db.articles.query import ArticleFilter
from db.articles.search import Order

PAGE_COUNT = 25
MOST_PAGES = 400
_MAX_QUERY_CHARS = 500
_MAX_VALUE_CHARS = 200

FACETS = ("source", "country", "place", "field", "grade")
"""The parameters that each choose one value; `DAYS` and `copies` come beside them."""

DAYS = ("since", "until")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for.

    Args:
        query: words to search for; None for a list.
        wanted: which articles.
        page: from 1.
        order: what comes first; None where the address does not say.
    """

    query: str | None
    wanted: ArticleFilter
    page: int
    order: Order | None = None

    @property
    def in_order(self) -> Order:
        """What comes first: of a search the best, of a list, which has no words to go by, the newest."""
        if self.query is None:
            return Order.OLDEST if self.order is Order.OLDEST else Order.NEWEST
        return self.order or Order.RELEVANCE

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that there are, the usual one first."""
        return (Order.NEWEST, Order.OLDEST) if self.query is None else tuple(Order)

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Asked:
        """Return what the parameters of an address ask for; those unknown to us mean nothing.

        Raises:
            UsageError: one of ours has a value that it cannot have.
        """
        asked, problems = cls.read_what_can_be(parameters)
        if problems:
            raise next(iter(problems.values()))
        return asked

    @classmethod
    def read_what_can_be(cls, parameters: Mapping[str, str]) -> tuple[Asked, dict[str, UsageError]]:
        """Return what the parameters ask for without those that cannot be, and what is wrong with these."""
        problems: dict[str, UsageError] = {}

        def read(name: str, reader: Callable[[str, str], T], default: T) -> T:
            try:
                return reader(name, parameters[name]) if parameters.get(name) else default
            except UsageError as error:
                problems[name] = error
                return default

        query = read("q", _query, "")
        chosen = {name: read(name, _value, None) for name in FACETS}
        since, until = (read(name, _day, None) for name in DAYS)
        page = read("page", _page, 1)
        wanted = ArticleFilter(
            source=chosen["source"],
            country=chosen["country"],
            place=chosen["place"],
            field=chosen["field"],
            grade=chosen["grade"],
            since=since,
            until=until,
            include_duplicates=parameters.get("copies") == "1",
        )
        order = read("order", _order, None)
        return cls(query or None, wanted, page, order), problems

    def parameters(self) -> dict[str, str]:
        """Return the parameters that ask for the same, on its first page."""
        asked = self.wanted.question(self.query)
        return {**asked, "order": self.order.value} if self.order else asked


def _query(_: str, text: str) -> str:
    query = " ".join(text.split())
    if len(query) > _MAX_QUERY_CHARS:
        raise UsageError(
            f"A search may have {_MAX_QUERY_CHARS} characters at most.",
            key="query_long",
            most=_MAX_QUERY_CHARS,
        )
    return query


def _value(name: str, text: str) -> str | None:
    if len(text) > _MAX_VALUE_CHARS:
        raise UsageError(f"{name} is longer than anything that it could name.", key="value_long", name=name)
    return text


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} must be a day written YYYY-MM-DD.", key="day", name=name) from None


def _order(_: str, text: str) -> Order:
    try:
        return Order(text)
    except ValueError:
        names = ", ".join(Order)
        raise UsageError(f"order must be one of {names}.", key="one_of", name="order", names=names) from None


def _page(_: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= MOST_PAGES:
        raise UsageError(
            f"page must be a number from 1 to {MOST_PAGES}; use days to go further back.",
            key="page",
            most=MOST_PAGES,
        )
    return int(text)
