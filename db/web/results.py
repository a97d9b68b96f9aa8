"""What a list or a search finds: one page of articles, how many there are, and of what."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from db.articles import query
from db.articles.areas import divided
from db.articles.search import Order, facets, search
from db.articles.stats import stats
from db.web.query_params import PAGE_COUNT, Asked


@dataclass(frozen=True, slots=True)
class Result:
    """One page of what was asked for.

    Args:
        articles: rows with their JSON columns decoded; those of a search with their
            `passage` and `marked_title`, in pieces.
        has_more: whether there is a further page.
        total: how many match, of a search at least so many where `is_cut`.
        is_cut: whether so many match that only the newest were ranked and counted.
        counts: kind of facet → value → articles, most first.
    """

    articles: list[dict[str, Any]]
    has_more: bool
    total: int
    is_cut: bool
    counts: Mapping[str, Mapping[str, int]]


def find(conn: sqlite3.Connection, asked: Asked, today: date, division: str | None = None) -> Result:
    """Return the page that is asked for.

    Args:
        division: of the country, by which provinces are counted; None has the ids that are stored.

    Raises:
        UsageError: the words are no query.
    """
    offset = (asked.page - 1) * PAGE_COUNT
    wanted = replace(asked.wanted, limit=PAGE_COUNT + 1, offset=offset)
    if asked.query is None:
        rows = list(query.articles(conn, wanted, "ASC" if asked.in_order is Order.OLDEST else "DESC"))
        counted = stats(conn, asked.wanted)
        counts: dict[str, Mapping[str, int]] = {
            "source": counted.sources,
            "country": counted.countries,
            "place": counted.places,
            "field": counted.fields,
            "grade": counted.grades,
            "year": _years(counted.months),
        }
        total, is_cut = counted.article_count, False
        place = asked.wanted.place
        shown = divided(counted.places, division)
        found_under = (
            {place: total} if place else query.place_counts(conn, asked.wanted, shown, counted.places)
        )
        counts["place"] = dict(sorted(found_under.items(), key=lambda one: (-one[1], one[0])))
    else:
        hits = search(conn, asked.query, wanted, asked.in_order, today=today)
        rows = list(map(with_passages, hits.rows))
        found = facets(conn, asked.query, asked.wanted, division)
        counts = {kind: dict(values) for kind, values in found.counts.items()}
        total, is_cut = sum(counts["source"].values()), found.counted_among is not None
    return Result(rows[:PAGE_COUNT], len(rows) > PAGE_COUNT, total, is_cut, counts)


def with_passages(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a hit with its passage and title in pieces, each with whether it was asked for."""
    return {
        **row,
        "passage": _pieces(row["snippet"], row["highlights"]),
        "marked_title": _pieces(row["title"] or "", row["title_highlights"]),
    }


def _years(months: Mapping[str, int]) -> dict[str, int]:
    years: Counter[str] = Counter()
    for month, count in months.items():
        if month:
            years[month[:4]] += count
    return years


def _pieces(text: str, spans: Iterable[Sequence[int]]) -> list[tuple[str, bool]]:
    """Return a text in pieces, each with whether it was asked for."""
    pieces = []
    position = 0
    for start, end in spans:
        pieces += [(text[position:start], False), (text[start:end], True)]
        position = end
    return [(piece, found) for piece, found in (*pieces, (text[position:], False)) if piece]
