"""Timelines, what stands out, and orders: every number against the lists that it counts."""

from __future__ import annotations

import sqlite3
from datetime import date

import pytest

from crawler.buckets import Grain
from crawler.errors import UsageError
from db.articles import every_hit, query, search
from db.articles.query import ArticleFilter
from db.articles.search import Order
from db.articles.standouts import top
from db.articles.timeline import Series, timeline
from db.file.connection import write_transaction
from tests.db import messy
from tests.db.world import World

TODAY = date(2026, 12, 1)
QUERIES = [None, "cửa khẩu", "cua khau", "hop OR tac", "khong-he-co"]
FILTERS = [
    ArticleFilter(),
    ArticleFilter(include_duplicates=True),
    ArticleFilter(since=date(2026, 10, 5), until=date(2026, 11, 10)),
    ArticleFilter(country="LA", source="bao-thu"),
    ArticleFilter(place="tra-linh-gate", field="crime", since=date(2026, 10, 31)),
]


def told(world: World, count: int) -> World:
    """A messy collection in which some articles have the words that the queries ask for."""

    def tell(conn: sqlite3.Connection) -> None:
        with write_transaction(conn):
            messy.fill(conn, count)
            for number, words in {2: "Cửa khẩu.", 3: "Hợp tác.", 5: "Của khâu.", 7: "Họp."}.items():
                conn.execute(f"UPDATE articles SET text = text || ' {words}' WHERE id % {number} = 0")

    return world.filled(("told", count), tell)


def listed(world: World, text: str | None, wanted: ArticleFilter) -> list[int]:
    with world.connection() as conn:
        if text is None:
            return [row["id"] for row in query.articles(conn, wanted)]
        return list(search.hit_ids(conn, text, wanted, today=TODAY))


@pytest.mark.parametrize("ranked_among", [5_000, 3], ids=["rare", "common"])
@pytest.mark.parametrize("wanted", FILTERS, ids=str)
@pytest.mark.parametrize("text", QUERIES)
def test_every_hit_is_counted_whichever_way_it_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, text: str | None, wanted: ArticleFilter, ranked_among: int
) -> None:
    told(world, 250)
    expected = listed(world, text, wanted)
    monkeypatch.setattr("db.articles.search.RANKED_AMONG", ranked_among)
    with world.connection() as conn:
        assert every_hit.every_id(conn, text, wanted) == sorted(expected)
        counts = every_hit.count_by_day(conn, text, wanted)
        days = dict(conn.execute("SELECT id, ifnull(published_day, '') FROM articles"))
    assert counts.article_count == len(expected)
    assert counts.undated_count == sum(days[id_] == "" for id_ in expected)
    for day, count in counts.days.items():
        assert count == sum(days[id_] == day.isoformat() for id_ in expected)


@pytest.mark.parametrize("grain", Grain)
def test_every_number_is_that_of_the_list_of_its_bucket(world: World, grain: Grain) -> None:
    with told(world, 250).connection() as conn:
        found = timeline(conn, ["cửa khẩu", "hop OR tac"], ArticleFilter(country="CN"), grain, today=TODAY)
    assert sum(found.series[0].counts) > 5
    for number, bucket in enumerate(found.buckets[-60:], start=max(0, len(found.buckets) - 60)):
        days = {"since": bucket.since, "until": bucket.until}
        assert found.kept[number] == len(listed(world, None, ArticleFilter(**days)))
        for series in found.series:
            assert series.query
            wanted = ArticleFilter(country="CN", **days)
            assert series.counts[number] == len(listed(world, series.query, wanted))
            if found.kept[number]:
                assert series.shares(found.kept)[number] == series.counts[number] / found.kept[number]


def test_what_is_in_no_bucket_is_told(world: World) -> None:
    with told(world, 250).connection() as conn:
        conn.execute(
            "UPDATE articles SET published_at = '1990-01-01', published_precision = 'day' WHERE id = 1"
        )
        found = timeline(conn, [], ArticleFilter(include_duplicates=True), Grain.DAY, today=TODAY)
    (series,) = found.series
    assert series.undated_count > 0
    assert series.earlier_count > 0
    assert sum(series.counts) + series.undated_count + series.earlier_count == series.article_count


def test_a_timeline_of_nothing_is_empty_and_of_one_article_has_its_bucket_up_to_what_was_kept(
    world: World,
) -> None:
    with world.connection() as conn:
        nothing = timeline(conn, [], ArticleFilter(), today=TODAY)
        assert (nothing.buckets, nothing.kept, nothing.series) == ((), (), (Series(None, (), 0, 0, 0),))
    with told(world, 60).connection() as conn, write_transaction(conn):
        row = conn.execute(
            "SELECT id, published_day FROM articles WHERE duplicate_of IS NULL AND length(published_day) = 10"
            " ORDER BY published_day LIMIT 1"
        ).fetchone()
        conn.execute("UPDATE articles SET text = text || ' lưỡi liềm vàng' WHERE id = ?", (row["id"],))
    with world.collection() as collection:
        found = collection.timeline(["lưỡi liềm vàng"])
        every = collection.timeline([])
    assert found.series[0].article_count == 1
    assert sum(found.series[0].counts) == found.series[0].counts[0] == 1
    assert found.buckets[0].since <= date.fromisoformat(row["published_day"]) <= found.buckets[0].until
    assert sum(every.kept) >= sum(found.kept)


def test_too_many_queries_and_no_query_are_refused(world: World) -> None:
    with world.connection() as conn:
        with pytest.raises(UsageError, match="at most 3"):
            timeline(conn, ["a", "b", "c", "d"], ArticleFilter(), today=TODAY)
        with pytest.raises(UsageError):
            timeline(conn, ["-"], ArticleFilter(), today=TODAY)


def test_top_counts_both_sides_and_no_hit_is_among_the_rest(world: World) -> None:
    with told(world, 250).connection() as conn:
        wanted = ArticleFilter(country="LA")
        everything = top(conn, None, wanted)
        hits = {row["id"] for row in query.articles(conn, wanted)}
        others = {row["id"] for row in query.articles(conn, ArticleFilter())} - hits
        assert (everything.article_count, everything.read_count) == (len(hits), len(hits))
        assert everything.rest_read_count == len(others)
        for one in everything.found["place"]:
            rows = list(query.articles(conn, ArticleFilter()))
            assert one.count == sum(one.term in row["places"] for row in rows if row["id"] in hits)
            assert one.other_count == sum(one.term in row["places"] for row in rows if row["id"] in others)
        few = top(conn, None, wanted, sample_count=7)
        assert (few.article_count, few.read_count, few.rest_read_count) == (len(hits), 7, 7)
        nothing = top(conn, "khong-he-co", ArticleFilter())
    assert nothing.article_count == nothing.read_count == 0
    assert not any(nothing.found.values())


def test_a_word_that_only_a_result_has_stands_out(world: World) -> None:
    with told(world, 120).connection() as conn, write_transaction(conn):
        conn.execute("UPDATE articles SET text = text || '. Hái chè shan tuyết.' WHERE id % 6 = 0")
        conn.execute("UPDATE articles SET authors = iif(id % 6, '[\"Ban Mai\"]', '[\"Lò Thị Mây\"]')")
    with world.collection() as collection:
        found = collection.top("hái chè")
    assert "shan tuyết" in [one.term for one in found.found["word"][:3]]
    assert "hái chè" not in [one.term for one in found.found["word"]]
    assert [one.term for one in found.found["author"]] == ["Lò Thị Mây"]


@pytest.mark.parametrize("ranked_among", [5_000, 3], ids=["rare", "common"])
def test_the_oldest_first_are_the_newest_first_backwards(
    world: World, monkeypatch: pytest.MonkeyPatch, ranked_among: int
) -> None:
    monkeypatch.setattr("db.articles.search.RANKED_AMONG", ranked_among)
    wanted = ArticleFilter(limit=1000)
    with told(world, 120).connection() as conn:
        newest = list(search.hit_ids(conn, "cua khau OR hop", wanted, Order.NEWEST, today=TODAY))
        oldest = list(search.hit_ids(conn, "cua khau OR hop", wanted, Order.OLDEST, today=TODAY))
        rows = [row["id"] for row in query.articles(conn, wanted)]
        backwards = [row["id"] for row in query.articles(conn, wanted, "ASC")]
    assert len(newest) > 20
    assert oldest == newest[::-1]
    assert backwards == rows[::-1]
