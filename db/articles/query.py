"""Questions to the collection: which articles a filter chooses, lists of them, one as a whole."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from crawler.article import EXPORTED_NAMES, JSON_COLUMNS
from crawler.errors import NotFoundError
from crawler.source import IMPORT
from db.articles.areas import same_area
from db.schema.facets import LISTS

COLUMNS = ", ".join(EXPORTED_NAMES)
"""What lists and exports show of an article's row, as SQL."""


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles are meant; None means any.

    Args:
        since, until: first and last day of publication in Viet Nam, both included. An article of
            which only the month is known counts as its first day; one without a date never matches.
        country: a neighbour that it names: CN, LA, KH.
        place: a gazetteer id that it names; of a province that was merged either name will do.
        and_place: another that it names too.
        field: a field of cooperation that it shows.
        include_duplicates: also those that repeat another article.
        include_records: of those that repeat another article also the imported texts.
    """

    source: str | None = None
    since: date | None = None
    until: date | None = None
    country: str | None = None
    place: str | None = None
    field: str | None = None
    grade: str | None = None
    limit: int | None = None
    offset: int = 0
    include_duplicates: bool = False
    and_place: str | None = None
    include_records: bool = False

    def where(self) -> tuple[str, list[str]]:
        """Return what a row of `articles` must fulfil, as an SQL condition and its values."""
        conditions, values = self.plain_conditions()
        for facet in self.facets():
            condition, its_values = facet.condition("value = ?", "articles.published_at")
            conditions.append(f"EXISTS (SELECT 1 FROM json_each(articles.{facet.column}) WHERE {condition})")  # noqa: S608
            values += its_values
        return _all(conditions), values

    def plain_conditions(self) -> tuple[list[str], list[str]]:
        """Return the conditions on columns that `articles` and `article_facets` share, and their values."""
        conditions = {
            "source_id = ?": self.source,
            "published_at >= ?": start_of(self.since) if self.since else None,
            "published_at < ?": end_of(self.until) if self.until else None,
            "published_at > ?": "" if self.until else None,
            "topic_grade = ?": self.grade,
        }
        chosen = {sql: value for sql, value in conditions.items() if value is not None}
        if self.include_duplicates:
            return list(chosen), list(chosen.values())
        if self.include_records:
            return [*chosen, "(duplicate_of IS NULL OR source_id = ?)"], [*chosen.values(), IMPORT]
        return [*chosen, "duplicate_of IS NULL"], list(chosen.values())

    def question(self, words: str | None = None) -> dict[str, str]:
        """Return what it asks for, by the names that addresses have; the page that is shown is no part.

        Args:
            words: that the articles must say too.
        """
        values = {
            "q": words,
            "source": self.source,
            "country": self.country,
            "place": self.place,
            "field": self.field,
            "grade": self.grade,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "copies": "1" if self.include_duplicates else None,
        }
        return {name: value for name, value in values.items() if value}

    def facets(self) -> list[Facet]:
        """Return what rows `article_facets` must have."""
        chosen = [
            ("country", self.country),
            ("place", self.place),
            ("place", self.and_place),
            ("field", self.field),
        ]
        return [Facet.of(kind, value) for kind, value in chosen if value is not None]


@dataclass(frozen=True, slots=True)
class Facet:
    """What an article must have, under any of several names.

    Args:
        values: each with the least `published_at` from which it counts, None for any.
    """

    kind: str
    values: tuple[tuple[str, str | None], ...]

    @classmethod
    def of(cls, kind: str, value: str) -> Facet:
        """Return the facet that a filter names; a province was and is called differently."""
        if kind != "place":
            return cls(kind, ((value, None),))
        return cls(
            kind,
            tuple((id_, start_of(date.fromisoformat(day)) if day else None) for id_, day in same_area(value)),
        )

    @property
    def column(self) -> str:
        """The JSON array of `articles` that holds it."""
        return LISTS[self.kind]

    def condition(
        self, has: str, published_at: str, written: Callable[[str], str] = str
    ) -> tuple[str, list[str]]:
        """Return what a row must fulfil, as an SQL condition and its values.

        Args:
            has: the condition of having a value, which is its parameter.
            published_at: the column.
            written: makes the parameter of a value.
        """
        parts = [has if start is None else f"{has} AND {published_at} >= ?" for _, start in self.values]
        values = [
            one
            for value, start in self.values
            for one in ((written(value),) if start is None else (written(value), start))
        ]
        return f"({' OR '.join(parts)})", values

    def in_index(self, value: str, published_at: str) -> tuple[str, list[str]]:
        """Return the same of a row of `article_facets`, as a condition that its key answers.

        SQLite looks none of several names up that stand in an OR, and reads all places instead.
        """
        condition, values = self.condition(f"{value} = ?", published_at)
        if len(self.values) == 1:
            return condition, values
        names = [name for name, _ in self.values]
        return f"{value} IN ({', '.join('?' * len(names))}) AND {condition}", [*names, *values]


def start_of(day: date) -> str:
    """Return the least `published_at`, of whatever precision, that belongs to a day in Viet Nam.

    A day begins at 17:00 UTC of the day before, and "2026-11-19T17:00:00Z" < "2026-11-20".
    """
    return f"{day - timedelta(days=1)}T17:00:00Z" if day > date.min else "0000"


def end_of(day: date) -> str:
    """Return the least `published_at` that belongs to a later day in Viet Nam."""
    return f"{day}T17:00:00Z"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a filter chooses, as SQL that an index answers alone.

    Args:
        table: `article_facets`, or `articles` itself; called `chosen` in the SQL.
        where: the condition behind WHERE.
        values: of its parameters.
    """

    table: str
    where: str
    values: tuple[str, ...]

    @property
    def sql(self) -> str:
        """From FROM to the end of WHERE."""
        return f"FROM {self.table} AS chosen WHERE {self.where}"

    @property
    def id(self) -> str:
        """The column of the article's id."""
        return "id" if self.table == "articles" else "article_id"


_SAME_ARTICLE = "other.published_at = chosen.published_at AND other.article_id = chosen.article_id"


def choose(conn: sqlite3.Connection, wanted: ArticleFilter) -> Chosen:
    """Return how to find what matches: by its rarest facet if it names one, else by source or date."""
    conditions, values = wanted.plain_conditions()
    facets = wanted.facets()
    if not facets:
        return Chosen("articles", _all(conditions), tuple(values))
    if len(facets) > 1:
        facets.sort(key=lambda facet: facet_count(conn, facet))
    rarest, *others = facets
    condition, its_values = rarest.in_index("value", "published_at")
    conditions = ["kind = ?", condition, *conditions]
    values = [rarest.kind, *its_values, *values]
    if len(rarest.values) > 1:  # of an article that has several of its names one row counts
        condition, its_values = rarest.in_index("other.value", "other.published_at")
        conditions.append(
            "NOT EXISTS (SELECT 1 FROM article_facets AS other"  # noqa: S608 - our words
            f" WHERE other.kind = chosen.kind AND +other.value < chosen.value AND {condition}"
            f" AND {_SAME_ARTICLE})"
        )
        values += its_values
    for other in others:
        condition, its_values = other.in_index("other.value", "other.published_at")
        conditions.append(
            f"EXISTS (SELECT 1 FROM article_facets AS other WHERE other.kind = ? AND {condition}"  # noqa: S608
            f" AND {_SAME_ARTICLE})"
        )
        values += [other.kind, *its_values]
    return Chosen("article_facets", _all(conditions), tuple(values))


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(conditions) or "true"


def facet_count(conn: sqlite3.Connection, facet: Facet) -> int:
    """Return how many articles, without copies, have a facet at most."""
    return sum(value_count(conn, facet.kind, value) for value, _ in facet.values)


def value_count(conn: sqlite3.Connection, kind: str, value: str, since: str = "") -> int:
    """Return how many articles, without copies, a kind and value of `article_counts` have since a day."""
    found = conn.execute(
        "SELECT ifnull(sum(article_count), 0) FROM article_counts WHERE kind = ? AND value = ? AND day >= ?",
        (kind, value, since),
    )
    count: int = found.fetchone()[0]
    return count


def place_counts(
    conn: sqlite3.Connection, wanted: ArticleFilter, places: Iterable[str], known: Mapping[str, int]
) -> dict[str, int]:
    """Return how many of what matches are found under each place besides.

    Args:
        known: how many have the id itself, which is the answer but for merged provinces.
    """
    return {
        place: known.get(place, 0) if len(same_area(place)) == 1 else _area_count(conn, wanted, place)
        for place in places
    }


def _area_count(conn: sqlite3.Connection, wanted: ArticleFilter, place: str) -> int:
    """Return how many of what matches are found under a place that has several names.

    Each counts under the commonest name that it has, so that the others alone are looked up one by one.
    """
    if wanted.facets():
        return matching_count(
            conn, replace(wanted, place=place, and_place=wanted.place, limit=None, offset=0)
        )
    is_any = replace(wanted, limit=None, offset=0) == ArticleFilter()
    counts = {
        (name, day or ""): value_count(conn, "place", name, day or "") for name, day in same_area(place)
    }
    conditions, values = wanted.plain_conditions()
    total, commoner = 0, list[tuple[str, str]]()
    for (name, day), count in sorted(counts.items(), key=lambda one: -one[1]):
        since = start_of(date.fromisoformat(day)) if day else ""
        if is_any and not commoner:
            total += count
        elif count or wanted.include_duplicates:
            own = ["kind = 'place'", "value = ?", "published_at >= ?", *conditions]
            has_commoner = (
                "NOT EXISTS (SELECT 1 FROM article_facets AS other WHERE other.kind = 'place'"  # noqa: S608
                f" AND other.value = ? AND other.published_at >= ? AND {_SAME_ARTICLE})"
            )
            chosen = Chosen("article_facets", _all([*own, *[has_commoner] * len(commoner)]), ())
            bound = [name, since, *values, *(value for one in commoner for value in one)]
            total += conn.execute(f"SELECT count(*) {chosen.sql}", bound).fetchone()[0]
        commoner.append((name, since))
    return total


def ids(
    conn: sqlite3.Connection, wanted: ArticleFilter, order: Literal["ASC", "DESC"] = "DESC"
) -> Iterator[int]:
    """Yield the ids of what matches, by publication and then id; no date is before any date."""
    chosen = choose(conn, wanted)
    found = conn.execute(
        f"SELECT {chosen.id} {chosen.sql} ORDER BY published_at {order}, {chosen.id} {order}"
        " LIMIT ? OFFSET ?",
        (*chosen.values, -1 if wanted.limit is None else wanted.limit, wanted.offset),
    )
    return (row[0] for row in found)


def oldest_first(conn: sqlite3.Connection, article_ids: array[int]) -> array[int]:
    """Return articles in the order of `ids`, ascending."""
    sql = "SELECT id FROM articles WHERE id IN (SELECT value FROM json_each(?)) ORDER BY published_at, id"
    return array("q", (row[0] for row in conn.execute(sql, (json.dumps(article_ids.tolist()),))))


def matching_count(conn: sqlite3.Connection, wanted: ArticleFilter) -> int:
    """Return how many articles match, whatever the limit."""
    chosen = choose(conn, wanted)
    count: int = conn.execute(f"SELECT count(*) {chosen.sql}", chosen.values).fetchone()[0]
    return count


def articles(
    conn: sqlite3.Connection, wanted: ArticleFilter, order: Literal["ASC", "DESC"] = "DESC"
) -> Iterator[dict[str, Any]]:
    """Yield the articles that match, newest first (or oldest), with their JSON columns as lists."""
    return map(decoded, rows(conn, wanted, COLUMNS, order))


def rows(
    conn: sqlite3.Connection, wanted: ArticleFilter, columns: str, order: Literal["ASC", "DESC"]
) -> Iterator[sqlite3.Row]:
    """Yield `columns` of what matches, in the order of `ids`."""
    sql = f"SELECT {columns} FROM articles WHERE id = ?"  # noqa: S608 - our columns
    for article_id in ids(conn, wanted, order):
        yield from conn.execute(sql, (article_id,))


def row_of(conn: sqlite3.Connection, article_id: int) -> dict[str, Any]:
    """Return the row of one article, as `articles` yields it; NotFoundError says that there is none."""
    sql = f"SELECT {COLUMNS} FROM articles WHERE id = ?"  # noqa: S608 - our columns
    row = conn.execute(sql, (article_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no article {article_id}; `biengioi list` shows what there is.")
    return decoded(row)


def decoded(row: sqlite3.Row) -> dict[str, Any]:
    """Return an article's row with its JSON columns as lists."""
    article = dict(row)
    for name in JSON_COLUMNS:
        article[name] = json.loads(article[name])
    return article


def article(conn: sqlite3.Connection, article_id: int) -> dict[str, Any]:
    """Return an article's row with its `sightings`, `revisions` and `duplicates`.

    The duplicates are the others that tell the same story in other words, the original first,
    whether the article itself is the original or a copy.

    Raises:
        NotFoundError: there is none.
    """
    found = row_of(conn, article_id)
    for name, sql in {
        "sightings": "SELECT url, source_id, title, seen_at FROM sightings WHERE article_id = :id"
        " ORDER BY seen_at, url",
        "revisions": "SELECT number, title, lead, text, content_hash, seen_at, kind FROM revisions"
        " WHERE article_id = :id ORDER BY number",
        "duplicates": "SELECT id, source_id, url, title, published_at, duplicate_of FROM articles"
        " WHERE (id = :original OR duplicate_of = :original) AND id <> :id"
        " ORDER BY duplicate_of IS NOT NULL, published_at, id",
    }.items():
        asked = {"id": article_id, "original": found["duplicate_of"] or article_id}
        found[name] = [dict(one) for one in conn.execute(sql, asked)]
    return found


def counts(conn: sqlite3.Connection) -> dict[str, int]:
    """Return how much there is of what."""
    questions = {
        "article_count": "SELECT count(*) FROM articles WHERE duplicate_of IS NULL",
        "duplicate_count": "SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL",
        "revision_count": "SELECT count(*) FROM revisions",
        "page_count": "SELECT count(*) FROM pages",
        "pending_count": "SELECT count(*) FROM pages WHERE state = 'pending'",
        "forgotten_count": "SELECT count(*) FROM pages WHERE state = 'forgotten'",
        "run_count": "SELECT count(*) FROM runs",
    }
    return {name: conn.execute(sql).fetchone()[0] for name, sql in questions.items()}
