"""Old and new names of provinces: an article is found under either, and once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crawler.article import Precision, Published
from crawler.topic.relevance import Grade, Relevance
from db.articles import query
from db.articles.areas import divided
from db.articles.query import ArticleFilter
from db.articles.search import facets
from db.articles.stats import stats
from tests.articles import make_article
from tests.db.world import PAPER, World

#: Number → day of publication, places named.
ARTICLES: dict[int, tuple[str | None, tuple[str, ...]]] = {
    0: ("2023-05-01", ("ha-giang",)),
    1: ("2026-05-01", ("tuyen-quang",)),
    2: ("2025-06-30", ("tuyen-quang",)),  # the day before the merger: another province
    3: ("2026-05-02", ("tuyen-quang", "ha-giang", "lang-son")),
    4: ("2026-05-03", ("lang-son",)),
    5: (None, ("tuyen-quang",)),
    6: ("2023-05-02", ("tay-ninh",)),
    7: ("2023-05-03", ("long-an",)),
    8: ("2026-05-04", ("tay-ninh",)),
}


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("filled"))

    async def scenario() -> None:
        async with world.crawl(PAPER) as crawl:
            for number, (day, places) in ARTICLES.items():
                said = Relevance(80, Grade.CORE, countries=("CN",), places=places)
                published = Published(day, Precision.DAY) if day else None
                await crawl.keep(make_article(number, published=published), relevance=said)

    asyncio.run(scenario())
    with world.connection() as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return world.path


@pytest.fixture
def filled(world: World, made_once: Path) -> World:
    world.path.write_bytes(made_once.read_bytes())
    return world


def found(world: World, wanted: ArticleFilter) -> set[int]:
    with world.connection() as conn:
        ids = list(query.ids(conn, wanted))
        assert len(ids) == len(set(ids)) == query.matching_count(conn, wanted)
        condition, values = wanted.where()
        alike = {row[0] for row in conn.execute(f"SELECT id FROM articles WHERE {condition}", values)}
    assert alike == set(ids)
    return {id_ - 1 for id_ in ids}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ArticleFilter(place="ha-giang"), {0, 1, 3}),
        (ArticleFilter(place="tuyen-quang"), {0, 1, 2, 3, 5}),
        (ArticleFilter(place="long-an"), {7, 8}),
        (ArticleFilter(place="tay-ninh"), {6, 7, 8}),
        (ArticleFilter(place="lang-son"), {3, 4}),
        (ArticleFilter(place="ha-giang", since=date(2026, 1, 1)), {1, 3}),
        (ArticleFilter(place="ha-giang", country="CN"), {0, 1, 3}),
        (ArticleFilter(place="ha-giang", country="LA"), set()),
        (ArticleFilter(place="ha-giang", and_place="lang-son"), {3}),
        (ArticleFilter(place="lang-son", and_place="tuyen-quang"), {3}),
    ],
    ids=str,
)
def test_either_name_finds_both_and_each_article_once(
    filled: World, wanted: ArticleFilter, expected: set[int]
) -> None:
    assert found(filled, wanted) == expected


@pytest.mark.parametrize("few", [0, 2], ids=["read through", "looked up"])
def test_statistics_of_a_merged_province_are_those_of_its_list(
    filled: World, monkeypatch: pytest.MonkeyPatch, few: float
) -> None:
    monkeypatch.setattr("db.articles.stats._FEW", few)
    with filled.connection() as conn:
        counted = stats(conn, ArticleFilter(place="ha-giang"))
    assert counted.article_count == 3
    assert counted.places == {"ha-giang": 2, "tuyen-quang": 2, "lang-son": 1}
    assert counted.months == {"2023-05": 1, "2026-05": 2}


def test_statistics_have_either_division_and_the_stored_ids_without_one(filled: World) -> None:
    with filled.connection() as conn:
        stored, former, merged = (
            stats(conn, ArticleFilter(), one).places for one in (None, "former", "merged")
        )
    assert stored == {"tuyen-quang": 4, "ha-giang": 2, "lang-son": 2, "tay-ninh": 2, "long-an": 1}
    assert former == {"ha-giang": 3, "tay-ninh": 3, "lang-son": 2, "long-an": 2}
    assert merged == {"tuyen-quang": 5, "tay-ninh": 3, "lang-son": 2}


@pytest.mark.parametrize(
    "wanted",
    [
        ArticleFilter(place="tuyen-quang", since=date(2026, 1, 1)),
        ArticleFilter(place="ha-giang", country="CN"),
        ArticleFilter(place="lang-son", and_place="tuyen-quang"),
        ArticleFilter(place="ha-giang", and_place="tay-ninh"),
    ],
    ids=str,
)
def test_either_name_is_looked_up_and_not_all_places_read(filled: World, wanted: ArticleFilter) -> None:
    """With 200,000 articles the count of one merged province took minutes, and the overview shows twenty."""
    with filled.connection() as conn:
        chosen = query.choose(conn, wanted)
        plan = conn.execute(f"EXPLAIN QUERY PLAN SELECT count(*) {chosen.sql}", chosen.values).fetchall()
    steps = [row["detail"] for row in plan if "article_facets" in row["detail"] or "USING" in row["detail"]]
    assert steps
    assert [step for step in steps if "kind=? AND value=?" not in step] == []


@pytest.mark.parametrize("division", [None, "former", "merged"])
def test_what_a_search_can_be_narrowed_to_is_what_the_list_then_has(
    filled: World, division: str | None
) -> None:
    with filled.connection() as conn:
        counts = facets(conn, "cửa khẩu", ArticleFilter(), division).counts["place"]
        assert counts
        for place, count in counts:
            assert query.matching_count(conn, ArticleFilter(place=place)) == count, place


def test_ids_of_a_list_are_those_of_the_division() -> None:
    places = ["chi-ma-gate", "ha-giang", "tuyen-quang", "tay-ninh", "no-such-place"]
    assert divided(places, None) == places
    assert divided(places, "former") == ["chi-ma-gate", "ha-giang", "tay-ninh", "no-such-place"]
    assert divided(places, "merged") == ["chi-ma-gate", "tuyen-quang", "tay-ninh", "no-such-place"]


@pytest.mark.parametrize(
    "wanted",
    [
        ArticleFilter(),
        ArticleFilter(include_duplicates=True),
        ArticleFilter(since=date(2025, 6, 30), until=date(2026, 5, 2)),
        ArticleFilter(grade="core", source=PAPER.id),
        ArticleFilter(country="CN"),
        ArticleFilter(place="lang-son"),
    ],
    ids=str,
)
def test_a_province_of_several_names_counts_what_is_found_under_it(
    filled: World, wanted: ArticleFilter
) -> None:
    with filled.connection() as conn:
        conn.execute("UPDATE articles SET duplicate_of = 2 WHERE id = 4")
        for place in ("ha-giang", "tuyen-quang", "tay-ninh", "long-an"):
            one = query.place_counts(conn, wanted, [place], {})
            assert one == {
                place: query.matching_count(conn, replace(wanted, place=place, and_place=wanted.place))
            }


def test_the_commonest_name_of_a_province_is_not_looked_up(
    filled: World,
) -> None:
    asked: list[str] = []
    with filled.connection() as conn:
        conn.set_trace_callback(asked.append)
        query.place_counts(conn, ArticleFilter(), ["ha-giang"], {})
    assert sum("FROM article_facets AS chosen" in one for one in asked) == 1
