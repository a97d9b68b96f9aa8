"""Search: the articles that say what a query asks for, best first, with the passage that does.

Hits that are spelled as the query come before those with other marks, and words that stand together
before scattered ones. Among these, bm25 decides; of a term that very many articles have, only the
newest hits are looked at, and the result says so.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from crawler.text.query import Node, parse_query
from crawler.text.snippet import make_snippet
from db.articles.areas import divided
from db.articles.query import ArticleFilter, Facet, choose, row_of
from db.articles.search_match import Tier, tiers
from db.schema.facets import LISTS

RANKED_AMONG = 5_000
"""Hits that are ranked, the newest in the collection: some 50 ms for terms that half of it has."""

_WEIGHTS = "10, 3, 1"
"""What a word counts in title, lead and body."""

_HALF_LIFE_DAYS = 180
"""The age at which an article counts half in the order "recent"."""


_DAY = "CASE length(published_at) WHEN 20 THEN date(published_at, '+7 hours') ELSE published_at END"
"""The day or month of publication in Viet Nam."""

_FIRST_DAY = "CASE length(published_at) WHEN 7 THEN published_at || '-01' ELSE published_at END"
"""The time of publication; of a month its first day."""


class Order(StrEnum):
    """What comes first."""

    RELEVANCE = "relevance"
    RECENT = "recent"
    NEWEST = "newest"
    OLDEST = "oldest"

    @property
    def is_by_date(self) -> bool:
        """Whether the words do not matter."""
        return self in (Order.NEWEST, Order.OLDEST)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of a search.

    Args:
        rows: articles with their JSON columns decoded, each with its `snippet` and, as [start, end],
            the `highlights` in that and the `title_highlights`.
        total_count: how many there are in all; None when not all were counted.
        ranked_among: how many of the newest hits were ranked; None when all were.
    """

    rows: list[dict[str, Any]]
    total_count: int | None
    ranked_among: int | None


@dataclass(frozen=True, slots=True)
class Facets:
    """What the hits of a search can be narrowed by.

    Args:
        counts: kind ("source", "grade", "country", "place", "field", "year") → (value, hits), most
            first.
        counted_among: how many of the newest hits were counted; None when all were.
    """

    counts: dict[str, list[tuple[str, int]]]
    counted_among: int | None


def search(
    conn: sqlite3.Connection,
    text: str,
    wanted: ArticleFilter,
    order: Order = Order.RELEVANCE,
    *,
    today: date,
) -> SearchResult:
    """Return the page that `wanted` cuts out by its `offset` and `limit`.

    Args:
        text: as a person types it (crawler/text/query.py).
        today: what ages are counted from.

    Raises:
        UsageError: it is no query.
    """
    query = parse_query(text)
    ranking, page = _rank(conn, query, wanted, order, today)
    return SearchResult(
        [hit_row(conn, article_id, query) for article_id in page],
        total_count=len(ranking.ids) if ranking.is_complete else None,
        ranked_among=RANKED_AMONG if ranking.is_cut else None,
    )


def hit_ids(
    conn: sqlite3.Connection,
    text: str,
    wanted: ArticleFilter,
    order: Order = Order.RELEVANCE,
    *,
    today: date | None = None,
) -> Iterator[int]:
    """Yield the ids of the hits that `search` would return; without a limit of all that there are.

    Then those that are not ranked follow the others, the last kept first.

    Args:
        today: what ages are counted from, in the order "recent".

    Raises:
        UsageError: `text` is no query.
    """
    query = parse_query(text)
    ranking, page = _rank(conn, query, wanted, order, today)
    yield from page
    if wanted.limit is None and not ranking.is_complete:
        ranked = set(list(ranking.ids)[:RANKED_AMONG])
        yield from (id_ for id_ in _all_hits(conn, query, wanted, order) if id_ not in ranked)


def _all_hits(conn: sqlite3.Connection, query: Node, wanted: ArticleFilter, order: Order) -> Iterator[int]:
    """Yield every hit once, by publication or else by id, the newest first."""
    table, match = tiers(query)[-1]
    choice, values = wanted.where()
    by = "published_at DESC, articles.id DESC" if order is Order.NEWEST else f"{table}.rowid DESC"
    rows = conn.execute(
        f"SELECT articles.id FROM {table}"  # noqa: S608 - ours; values are bound
        " CROSS JOIN articles INDEXED BY articles_for_search"
        f" WHERE {table} MATCH ? AND articles.id = {table}.rowid AND {choice} ORDER BY {by}",
        (match, *values),
    )
    return (row[0] for row in rows)


def facets(conn: sqlite3.Connection, text: str, wanted: ArticleFilter, division: str | None = None) -> Facets:
    """Count what the hits of a search can be narrowed by; `limit` and `offset` do not matter.

    A hit counts for a province that was merged wherever the filter finds it.

    Args:
        division: by which provinces are counted; None has the ids that are stored.

    Raises:
        UsageError: `text` is no query.
    """
    single = {"source": "source_id", "grade": "topic_grade", "year": "year"}
    columns = (
        f"source_id, topic_grade, published_at, substr({_DAY}, 1, 4) AS year, {', '.join(LISTS.values())}"
    )
    hits: dict[int, sqlite3.Row] = {}
    is_cut = False
    for tier in tiers(parse_query(text), phrases_first=False):
        rows = _newest_hits(conn, tier, wanted, columns)
        is_cut = is_cut or len(rows) > RANKED_AMONG
        for row in rows[:RANKED_AMONG]:
            hits.setdefault(row["id"], row)
        if is_cut:
            break
    counts = {kind: Counter(filter(None, _column(hits, column))) for kind, column in single.items()}
    for kind, column in LISTS.items():  # few lists are unlike all others: each is read once
        counts[kind] = Counter()
        for listed, count in Counter(_column(hits, column)).items():
            counts[kind].update(dict.fromkeys(json.loads(listed), count))
    counts["place"] = _by_place(hits.values(), counts["place"], division)
    ordered = {kind: sorted(found.items(), key=_most_first) for kind, found in counts.items()}
    return Facets(ordered, RANKED_AMONG if is_cut else None)


def _column(hits: dict[int, sqlite3.Row], name: str) -> Iterator[str]:
    return (row[name] for row in hits.values())


def _by_place(hits: Iterable[sqlite3.Row], counted: Counter[str], division: str | None) -> Counter[str]:
    """Return how many hits count for each place of a division, provinces under all their names."""
    places = {place: Facet.of("place", place) for place in divided(counted, division)}
    renamed = {name for one in places.values() if len(one.values) > 1 for name, _ in one.values}
    names_in: dict[str, set[str]] = {}
    having: dict[str, list[tuple[int, str]]] = {name: [] for name in renamed}
    for row in hits:
        listed = row["places"]
        if listed not in names_in:
            names_in[listed] = renamed.intersection(json.loads(listed))
        for name in names_in[listed]:
            having[name].append((row["id"], row["published_at"] or ""))
    return Counter(
        {
            place: counted[place]
            if len(facet.values) == 1
            else len({id_ for name, start in facet.values for id_, at in having[name] if at >= (start or "")})
            for place, facet in places.items()
        }
    )


def _most_first(entry: tuple[str, int]) -> tuple[int, str]:
    return -entry[1], entry[0]


@dataclass(slots=True)
class _Ranking:
    """The hits found so far, best first.

    Args:
        ids: a dict for its order, and so that none is there twice.
        is_complete: whether there are no more.
        is_cut: whether older hits were not looked at.
    """

    ids: dict[int, None] = field(default_factory=dict)
    is_complete: bool = False
    is_cut: bool = False

    def add(self, ids: Iterable[int]) -> None:
        """Append what is new among `ids`; what is there already keeps its place."""
        self.ids.update(dict.fromkeys(ids))


def _rank(
    conn: sqlite3.Connection, query: Node, wanted: ArticleFilter, order: Order, today: date | None
) -> tuple[_Ranking, list[int]]:
    """Return the ranking, and the ids of the page of it that is wanted."""
    end = RANKED_AMONG if wanted.limit is None else wanted.offset + wanted.limit
    ranking = _Ranking()
    if order.is_by_date:  # one more than the page, to know whether there are more
        _rank_by_date(ranking, conn, query, wanted, end + 1, newest_first=order is Order.NEWEST)
    else:
        _rank_by_words(ranking, conn, query, wanted, end + 1, today if order is Order.RECENT else None)
    return ranking, list(ranking.ids)[wanted.offset : end]


def _rank_by_words(
    ranking: _Ranking,
    conn: sqlite3.Connection,
    query: Node,
    wanted: ArticleFilter,
    end: int,
    today: date | None,
) -> None:
    """Fill `ranking` up to `end`, or with every hit; later pages begin with the earlier ones.

    Args:
        today: None where age does not matter.
    """
    # Without filter and ages the index of words tells all but which articles repeat others. To ask
    # that of every hit would take half of the time; it is asked of those that are shown.
    is_plain = today is None and not wanted.where()[1]
    for tier in tiers(query):
        score = f"bm25({tier.table}, {_WEIGHTS}) AS score"  # the less, the better
        if is_plain:
            hits = _newest_of_all(conn, tier, score)
            scores = {row["id"]: row["score"] for row in hits[:RANKED_AMONG]}
        else:
            hits = _newest_hits(conn, tier, wanted, f"{score}, julianday({_FIRST_DAY}) AS day")
            scores = {
                row["id"]: row["score"] * (_freshness(row["day"], today) if today else 1)
                for row in hits[:RANKED_AMONG]
            }
        ranking.is_cut = len(hits) > RANKED_AMONG
        for article_id in sorted(scores, key=lambda id_: (scores[id_], -id_)):
            if not is_plain or wanted.include_duplicates or _is_original(conn, article_id):
                ranking.ids.setdefault(article_id)
            if len(ranking.ids) >= end:
                return
        if ranking.is_cut:
            return
    ranking.is_complete = True


def _is_original(conn: sqlite3.Connection, article_id: int) -> bool:
    row = conn.execute("SELECT duplicate_of FROM articles WHERE id = ?", (article_id,)).fetchone()
    return row["duplicate_of"] is None


def _freshness(day: float | None, today: date) -> float:
    """Return how much an article counts for its age: from 1 down to nearly 0.

    Args:
        day: Julian; the day before 1 January of year 1, where `date.toordinal` begins, is 1,721,424.5.
    """
    if day is None:
        return 0.01
    return _HALF_LIFE_DAYS / (_HALF_LIFE_DAYS + max(0, today.toordinal() + 1_721_424.5 - day))


def _rank_by_date(
    ranking: _Ranking,
    conn: sqlite3.Connection,
    query: Node,
    wanted: ArticleFilter,
    end: int,
    *,
    newest_first: bool,
) -> None:
    """Fill `ranking` up to `end`, or with every hit, by day of publication; no date is before any."""
    for tier in tiers(query, phrases_first=False):
        hits = _newest_hits(conn, tier, wanted, "published_at")
        if len(hits) > RANKED_AMONG:
            count = end + len(ranking.ids)
            ranking.add(_walk_by_date(conn, tier, wanted, count, newest_first=newest_first))
        else:
            dates = {row["id"]: (row["published_at"] or "", row["id"]) for row in hits}
            ranking.add(sorted(dates, key=dates.__getitem__, reverse=newest_first))
        if len(ranking.ids) >= end:
            return
    ranking.is_complete = True


def _newest_of_all(conn: sqlite3.Connection, tier: Tier, columns: str) -> list[sqlite3.Row]:
    """Return what `_newest_hits` does without a filter, with copies, from the index of words alone."""
    return conn.execute(
        f"SELECT rowid AS id, {columns} FROM {tier.table} WHERE {tier.table} MATCH ?"  # noqa: S608
        " ORDER BY rowid DESC LIMIT ?",
        (tier.match, RANKED_AMONG + 1),
    ).fetchall()


def _newest_hits(
    conn: sqlite3.Connection, tier: Tier, wanted: ArticleFilter, columns: str
) -> list[sqlite3.Row]:
    """Return the last kept articles that a tier finds: `RANKED_AMONG`, and one more if there are more.

    FTS5 walks its hits backwards and stops; the rows of `articles` are not read, only one index.
    """
    choice, values = wanted.where()
    if values and is_common(conn, tier):
        # Looking at very many hits one by one takes longer than listing what the filter chooses. The
        # plus sign keeps SQLite from asking the index again for each of these.
        chosen = choose(conn, wanted)
        choice, values = f"+{tier.table}.rowid IN (SELECT {chosen.id} {chosen.sql})", list(chosen.values)
    return conn.execute(
        f"SELECT articles.id, {columns} FROM {tier.table}"  # noqa: S608 - ours; values are bound
        " CROSS JOIN articles INDEXED BY articles_for_search"
        f" WHERE {tier.table} MATCH ? AND articles.id = {tier.table}.rowid AND {choice}"
        f" ORDER BY {tier.table}.rowid DESC LIMIT ?",
        (tier.match, *values, RANKED_AMONG + 1),
    ).fetchall()


def is_common(conn: sqlite3.Connection, tier: Tier) -> bool:
    """Return whether a tier finds more than are ranked: then going through all articles is quicker."""
    beyond = conn.execute(
        f"SELECT 1 FROM {tier.table} WHERE {tier.table} MATCH ? LIMIT 1 OFFSET ?",  # noqa: S608
        (tier.match, RANKED_AMONG),
    )
    return beyond.fetchone() is not None


def _walk_by_date(
    conn: sqlite3.Connection, tier: Tier, wanted: ArticleFilter, count: int, *, newest_first: bool
) -> list[int]:
    """Return the first `count` of very many hits: nearly every article on the way is one."""
    chosen = choose(conn, wanted)
    way = "DESC" if newest_first else "ASC"
    rows = conn.execute(
        f"SELECT {chosen.id} {chosen.sql} AND +{chosen.id} IN"  # noqa: S608 - ours; values are bound
        f" (SELECT rowid FROM {tier.table} WHERE {tier.table} MATCH ?)"
        f" ORDER BY published_at {way}, {chosen.id} {way} LIMIT ?",
        (*chosen.values, tier.match, count),
    )
    return [row[0] for row in rows]


def hit_row(conn: sqlite3.Connection, article_id: int, query: Node) -> dict[str, Any]:
    """Return a hit as `SearchResult` has it."""
    row = row_of(conn, article_id)
    snippet = make_snippet(row["title"] or "", row["text"], query)
    return {
        **row,
        "snippet": snippet.text,
        "highlights": [list(span) for span in snippet.highlights],
        "title_highlights": [list(span) for span in snippet.title_highlights],
    }
