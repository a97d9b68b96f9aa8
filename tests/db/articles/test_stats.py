"""Statistics, and that every command tells the same numbers of one collection."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crawler.article import Precision, Published
from crawler.decision import Kind
from crawler.topic.relevance import Grade, Relevance
from db.articles import query
from db.articles.query import ArticleFilter
from db.articles.revisions import versions
from db.articles.stats import stats
from tests.articles import make_article
from tests.db import messy
from tests.db.world import OTHER, PAPER, World

LAO = Relevance(40, Grade.RELATED, countries=("LA",), places=("cha-lo-gate",), fields=("transport",))


@pytest.mark.parametrize(
    "wanted",
    [
        ArticleFilter(),
        ArticleFilter(since=date(2026, 10, 31)),
        ArticleFilter(until=date(2026, 11, 1)),
        ArticleFilter(since=date(2026, 10, 31), until=date(2026, 11, 1)),
        ArticleFilter(include_duplicates=True),
        ArticleFilter(source="bao-thu", since=date(2026, 10, 2)),
        ArticleFilter(country="LA"),
        ArticleFilter(country="LA", until=date(2026, 10, 31), include_duplicates=True),
        ArticleFilter(place="tra-linh-gate", field="crime"),
        ArticleFilter(country="LA", since=date(2026, 10, 2), until=date(2026, 10, 31)),
        ArticleFilter(country="VN"),
        ArticleFilter(grade="core"),
        ArticleFilter(grade="related", since=date(2026, 10, 2), until=date(2026, 11, 1)),
        ArticleFilter(grade="related", until=date(2026, 11, 1)),
        ArticleFilter(grade="core", include_duplicates=True),
        ArticleFilter(grade="core", source="bao-hai"),
        ArticleFilter(place="nowhere"),
        ArticleFilter(limit=1, offset=5),
    ],
    ids=str,
)
@pytest.mark.parametrize("few", [0, 2], ids=["read through", "looked up"])
def test_statistics_count_what_the_list_shows(
    world: World, monkeypatch: pytest.MonkeyPatch, wanted: ArticleFilter, few: float
) -> None:
    monkeypatch.setattr("db.articles.stats._FEW", few)
    with world.filled("messy", lambda conn: messy.fill(conn, 250)).connection() as conn:
        found = stats(conn, wanted)
        everything = replace(wanted, limit=None, offset=0)
        rows = list(query.articles(conn, everything))
        copies = list(query.articles(conn, replace(everything, include_duplicates=True)))
        days = dict(conn.execute("SELECT id, ifnull(published_day, '') FROM articles"))

    def count(name: str) -> Counter[str]:
        return Counter(value for row in rows for value in set(row[name]))

    assert found.article_count == len(rows)
    assert found.copy_count == sum(row["duplicate_of"] is not None for row in copies)
    assert found.sources == Counter(row["source_id"] for row in rows)
    assert found.months == Counter(days[row["id"]][:7] for row in rows)
    assert (found.countries, found.places, found.fields) == tuple(
        map(count, ("countries", "places", "fields"))
    )
    assert found.grades == Counter(row["topic_grade"] for row in rows if row["topic_grade"])
    assert list(found.months) == sorted(found.months)
    assert list(found.places.values()) == sorted(found.places.values(), reverse=True)


@pytest.mark.parametrize(
    "wanted",
    [
        ArticleFilter(),
        ArticleFilter(grade="core"),
        ArticleFilter(country="LA"),
        ArticleFilter(grade="core", since=date(2026, 10, 2), until=date(2026, 11, 1)),
    ],
    ids=str,
)
def test_common_questions_read_no_article(world: World, wanted: ArticleFilter) -> None:
    read: set[str] = set()

    def note(action: int, table: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_READ and table:
            read.add(table)
        return sqlite3.SQLITE_OK

    with world.connection() as conn:
        messy.fill(conn, 20)
        conn.set_authorizer(note)
        stats(conn, wanted)
    assert read - {"sources"} <= {"article_counts", "article_counts_within"}


def published(at: str, precision: Precision) -> dict[str, Any]:
    return {"published": Published(at, precision)}


def crawl_a_messy_world(world: World, folder: Path) -> list[Any]:
    """Crawl, revise, copy, import and forget; return the reports of the runs."""
    reports = []

    async def first() -> None:
        async with world.crawl(PAPER, OTHER) as crawl:
            for number in range(6):
                await crawl.keep(make_article(number))
            await crawl.keep(make_article(6, published=None))
            await crawl.keep(make_article(7, **published("2026-10", Precision.MONTH)), relevance=LAO)
            await crawl.keep(make_article(8, **published("2026-10-31", Precision.DAY)), relevance=LAO)
            for number in (0, 1):  # the same text elsewhere, and the same story in other words
                url = f"https://bao-hai.example/{number}"
                same = make_article(number, edit=number, url=url)
                await crawl.keep(same, source=OTHER)
        reports.append(crawl.report)

    async def second() -> None:
        async with world.crawl(PAPER, OTHER) as crawl:
            await crawl.keep(make_article(2, edit=1))
            await crawl.keep(make_article(3))
        reports.append(crawl.report)

    asyncio.run(first())
    world.pass_time(hours=1)
    asyncio.run(second())
    (folder / "ban-tin.txt").write_text("Bản tin cũ được nhập từ tệp.", encoding="utf-8")
    with world.collection() as collection:
        collection.import_paths([folder / "ban-tin.txt"])
        collection.forget(6)
    with world.connection() as conn:  # one copy for certain, whatever counts as the same story
        conn.execute("UPDATE articles SET duplicate_of = 3 WHERE id IN (4, 5)")
    return reports


def test_every_command_tells_the_same_numbers(world: World, tmp_path: Path) -> None:
    reports = crawl_a_messy_world(world, tmp_path)
    with world.collection() as collection:
        found, counts = collection.stats(), collection.counts()
        listed = list(collection.list())
        with_copies = list(collection.list(ArticleFilter(include_duplicates=True)))
        tallies = [report.tally for report in reports]
        stored_count = sum(tally.stored + tally.near_duplicate for tally in tallies)

        assert len(with_copies) == stored_count + 1 - 1  # one was imported, one forgotten
        assert found.article_count == counts["article_count"] == len(listed)
        assert 2 <= found.copy_count == counts["duplicate_count"] == len(with_copies) - len(listed)
        assert collection.matching_count() == len(listed)
        for source_id, count in found.sources.items():
            assert collection.matching_count(ArticleFilter(source=source_id)) == count
        for country, count in found.countries.items():
            assert len(list(collection.list(ArticleFilter(country=country)))) == count
        for month, count in found.months.items():
            if month:
                first, last = date.fromisoformat(f"{month}-01"), date.fromisoformat(f"{month}-30")
                last = last if month == "2026-11" else date(2026, 10, 31)
                assert collection.matching_count(ArticleFilter(since=first, until=last)) == count
        assert sum(found.months.values()) == found.article_count

        shown = [collection.show(row["id"]) for row in with_copies]
        assert sum(len(one["revisions"]) for one in shown) == counts["revision_count"]
        assert counts["revision_count"] == sum(tally.revised for tally in tallies) == 1
        assert sum(one["duplicate_of"] is not None for one in shown) == found.copy_count
        assert sum(len(one["duplicates"]) for one in shown if one["duplicate_of"] is None) == found.copy_count
        decisions = [
            one
            for row in shown
            for sighting in row["sightings"]
            for one in collection.explain(sighting["url"])["decisions"]
        ]
        kinds = Counter(one["kind"] for one in decisions)
        assert kinds[Kind.NEW] == sum(tally.stored for tally in tallies) - 1  # the forgotten one


def test_versions_are_numbered_on_from_the_revisions(world: World) -> None:
    async def scenario() -> None:
        for edit in range(3):
            async with world.crawl() as crawl:
                await crawl.keep(make_article(1, edit=edit))
            world.pass_time(hours=1)

    asyncio.run(scenario())
    with world.connection() as conn:
        found = versions(conn, 1)
    assert [version.number for version in found] == [1, 2, 3]
    assert [version.text for version in found] == [make_article(1, edit=edit).text for edit in range(3)]
    changes = found[0].changes_to(found[-1])
    assert {segment.op for segment in changes["text"]} == {"equal", "insert"}
    assert {segment.op for segment in changes["title"]} == {"equal"}
