"""Filters: what they choose, in which order, and that only indexes are read for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from db.articles import query
from db.articles.query import ArticleFilter
from db.articles.stats import stats
from tests.db import messy
from tests.db.world import World

CHOICES = {
    "source": (None, "bao-thu"),
    "since": (None, date(2026, 10, 31), date.min),
    "until": (None, date(2026, 11, 1), date.max),
    "country": (None, "LA"),
    "place": (None, "tra-linh-gate"),
    "field": (None, "crime"),
    "grade": (None, "core"),
    "include_duplicates": (False, True),
}


def filters() -> Iterator[ArticleFilter]:
    """Every combination."""
    for values in product(*CHOICES.values()):
        yield ArticleFilter(**dict(zip(CHOICES, values, strict=True)))  # type: ignore[arg-type]


def by_the_rows(conn: sqlite3.Connection, wanted: ArticleFilter) -> list[int]:
    """The ids that match, newest first, by what the rows of `articles` say."""
    where, values = wanted.where()
    return [
        row[0]
        for row in conn.execute(
            f"SELECT id FROM articles NOT INDEXED WHERE {where} ORDER BY published_at DESC, id DESC",
            values,
        )
    ]


def test_indexes_and_rows_say_the_same(world: World) -> None:
    found = 0
    with world.connection() as conn:
        messy.fill(conn, 300)
        for wanted in filters():
            ids = by_the_rows(conn, wanted)
            found += bool(ids)
            assert list(query.ids(conn, wanted)) == ids
            assert list(query.ids(conn, wanted, "ASC")) == ids[::-1]
            assert list(query.ids(conn, replace(wanted, limit=3, offset=2))) == ids[2:5]
            assert query.matching_count(conn, wanted) == len(ids)
    assert found > 200


@pytest.mark.parametrize(("published_at", "precision"), messy.DATES[1:])
def test_since_and_until_mean_the_day_that_is_stored_with_the_article(
    world: World, published_at: str, precision: str
) -> None:
    with world.connection() as conn:
        messy.add_source(conn)
        article_id = messy.insert(conn, published_at=published_at, published_precision=precision)
        stored = conn.execute("SELECT published_day FROM articles").fetchone()[0]
        day = date.fromisoformat(stored)
        before, after = date.fromordinal(day.toordinal() - 1), date.fromordinal(day.toordinal() + 1)
        assert list(query.ids(conn, ArticleFilter(since=day, until=day))) == [article_id]
        assert not list(query.ids(conn, ArticleFilter(since=after)))
        assert not list(query.ids(conn, ArticleFilter(until=before)))


def plans(conn: sqlite3.Connection, statements: list[str]) -> Iterator[str]:
    """Every step that SQLite takes for these statements."""
    for sql in dict.fromkeys(statements):
        if sql.startswith("SELECT"):
            yield from (row["detail"] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}"))


def test_no_list_and_no_count_reads_the_articles_through(world: World) -> None:
    statements: list[str] = []
    with world.connection() as conn:
        messy.fill(conn, 40)
        conn.set_trace_callback(statements.append)
        for wanted in filters():
            list(query.ids(conn, replace(wanted, limit=50)))
            query.matching_count(conn, wanted)
        conn.set_trace_callback(None)
        steps = set(plans(conn, statements))
    assert len(steps) > 10
    assert not [step for step in steps if step.startswith("SCAN") and "COVERING INDEX" not in step]
    assert not [step for step in steps if "TEMP B-TREE" in step], "the order comes out of the index"


def test_no_statistic_reads_the_articles_through(world: World) -> None:
    statements: list[str] = []
    with world.connection() as conn:
        messy.fill(conn, 40)
        conn.set_trace_callback(statements.append)
        for wanted in filters():
            stats(conn, wanted)
        conn.set_trace_callback(None)
        steps = set(plans(conn, statements))
    assert not [
        step
        for step in steps
        if step.startswith(("SCAN articles", "SCAN chosen")) and "COVERING INDEX" not in step
    ]


def test_of_several_facets_the_rarest_is_looked_up(world: World) -> None:
    with world.connection() as conn:
        messy.add_source(conn)
        for number in range(9):
            place = "cao-bang" if number else "tra-linh-gate"
            messy.insert(conn, countries='["CN"]', places=f'["{place}"]')
        for place in ("cao-bang", "tra-linh-gate"):
            chosen = query.choose(conn, ArticleFilter(country="CN", place=place))
            assert chosen.values[:2] == ("place", place)
            rare_country = query.choose(conn, ArticleFilter(country="KH", place=place))
            assert rare_country.values[:2] == ("country", "KH")


def test_a_copy_shows_what_it_repeats_and_the_other_copies(world: World) -> None:
    with world.connection() as conn:
        messy.add_source(conn)
        original = messy.insert(conn)
        first, second = (messy.insert(conn, duplicate_of=original) for _ in range(2))
        messy.insert(conn)

        def others(article_id: int) -> list[int]:
            return [one["id"] for one in query.article(conn, article_id)["duplicates"]]

        assert others(original) == [first, second]
        assert others(first) == [original, second]
        assert others(second) == [original, first]
