"""A changed topic over a collection: what leaves, what comes, what stays, beside a crawl, after a kill."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from crawler.article import Article
from crawler.decision import Decision, Kind
from crawler.identity.decide import reject
from crawler.page import PageState
from crawler.topic.topic import Topic
from db.upkeep.rescore import ARTICLE_BATCH_COUNT, Rescore
from tests.articles import CORE, make_article
from tests.db.processes import child
from tests.db.world import OTHER, PAPER, Crawl, World

ALL_GOODS = ("nông sản", "vật liệu xây dựng", "hoa quả tươi", "hàng dệt may", "linh kiện điện tử")
"""What the invented stories are about, by their number."""


def topic_file(folder: Path, *goods: str) -> Path:
    phrases = ", ".join(f'"{one}"' for one in goods)
    path = folder / f"topic-{len(goods)}.toml"
    path.write_text(
        f'name = "goods"\n[terms.goods]\nphrases = [{phrases}]\npoints = 10\nfield = "goods"\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture
def wide(tmp_path: Path) -> Topic:
    """Keeps every invented story."""
    return Topic.load(topic_file(tmp_path, *ALL_GOODS))


@pytest.fixture
def narrow(tmp_path: Path) -> Topic:
    """Keeps story 0, 5, 10, …"""
    return Topic.load(topic_file(tmp_path, "nông sản"))


async def bring(crawl: Crawl, topic: Topic, article: Article, **visit: Any) -> Decision:
    """Bring an article as a crawl by this topic does."""
    relevance = topic.score(title=article.title, lead=article.lead, text=article.text)
    refusal = reject(article, relevance)
    return await crawl.keep(article, relevance=relevance, refusal=refusal, **visit)


def fill(world: World, topic: Topic, *articles: Article, **visit: Any) -> None:
    async def scenario() -> None:
        world.topic_digest = topic.digest
        async with world.crawl(PAPER, OTHER) as crawl:
            for article in articles:
                source = OTHER if str(article.url).startswith(OTHER.homepage) else PAPER
                await bring(crawl, topic, article, source=source, **visit)
        assert crawl.report.adds_up
        world.pass_time(hours=1)

    asyncio.run(scenario())


def rescore(world: World, topic: Topic, *, dry_run: bool = False) -> Rescore:
    with world.collection() as collection:
        return collection.rescore(topic, dry_run=dry_run)


def state(world: World) -> dict[str, list[dict[str, Any]]]:
    tables = ("articles", "revisions", "sightings", "pages", "decisions", "runs", "run_sources")
    return {name: world.rows(f"SELECT * FROM {name} ORDER BY 1, 2") for name in tables}


def ids(world: World) -> list[int]:
    return [row["id"] for row in world.rows("SELECT id FROM articles ORDER BY id")]


def test_a_dry_run_says_the_same_and_writes_nothing(world: World, wide: Topic, narrow: Topic) -> None:
    fill(world, wide, *(make_article(number) for number in range(6)))
    before = state(world)
    would = rescore(world, narrow, dry_run=True)
    assert state(world) == before
    assert would.article_count == 6
    assert would.grades == {"core → none": 4}
    assert [one.id for one in would.leaving] == [2, 3, 4, 5]
    assert rescore(world, narrow) == would
    assert ids(world) == [1, 6]


def test_what_leaves_is_gone_but_for_its_page_and_explain_says_why(
    world: World, wide: Topic, narrow: Topic
) -> None:
    article = make_article(1)
    fill(world, wide, article)
    fill(world, wide, make_article(1, edit=1), etag='"x"', last_modified="y")
    rescore(world, narrow)
    for table in ("articles", "revisions", "sightings"):
        assert not world.rows(f"SELECT * FROM {table}")
    (page,) = world.rows("SELECT * FROM pages")
    assert (page["state"], page["reason"], page["article_id"]) == (PageState.DONE, "off_topic", None)
    assert page["title"] == article.title
    assert page["topic_score"] >= 75
    assert (page["etag"], page["last_modified"]) == (None, None)
    with world.collection() as collection:
        kinds = [(one["kind"], one["run_id"]) for one in collection.explain(page["url"])["decisions"]]
    assert kinds == [("new", 1), ("revised", 2), ("rejected", None)]


def test_rescoring_by_the_same_topic_again_changes_nothing(world: World, wide: Topic, narrow: Topic) -> None:
    fill(world, narrow, *(make_article(number) for number in range(6)))
    for topic in (narrow, wide, wide, narrow, narrow):
        rescore(world, topic)
        before = state(world)
        again = rescore(world, topic)
        assert (again.grades, again.leaving, again.refetch) == ({}, (), ())
        assert state(world) == before


def test_what_left_comes_back_with_the_topic_that_wants_it(world: World, wide: Topic, narrow: Topic) -> None:
    article = make_article(1, title="Bản tin số 1")
    fill(world, wide, article, etag='"x"')
    rescore(world, narrow)
    found = rescore(world, wide)
    assert [(one.url, one.title, one.source_id) for one in found.refetch] == [
        (article.url, article.title, "bao-thu")
    ]

    async def scenario() -> None:
        async with world.crawl() as crawl:
            assert crawl.opened["bao-thu"] == [article.url]
            decision = await bring(crawl, wide, article)
            assert decision.kind is Kind.NEW
        assert crawl.report.adds_up
        assert crawl.report.tally.stored == 1

    asyncio.run(scenario())
    assert rescore(world, wide).refetch == ()


def test_rejected_pages_are_fetched_again_for_their_score_or_title_only(
    world: World, wide: Topic, narrow: Topic
) -> None:
    plain = [make_article(number, title=f"Tin {number}") for number in (1, 2, 3)]
    named = make_article(4, title="Tin về linh kiện điện tử")
    fill(world, narrow, *plain, named, etag='"x"')
    with world.connection() as conn:
        conn.execute("UPDATE pages SET topic_score = 40 WHERE url = ?", (plain[0].url,))
        conn.execute("UPDATE pages SET reason = 'too_short', topic_score = 90 WHERE url = ?", (plain[1].url,))
    fetched = {one.url for one in rescore(world, wide).refetch}
    assert fetched == {plain[0].url, named.url}
    pending = world.rows("SELECT url, etag, reason FROM pages WHERE state = 'pending'")
    assert {row["url"] for row in pending} == fetched
    assert {(row["etag"], row["reason"]) for row in pending} == {(None, "rescored")}


def test_a_page_that_said_not_modified_after_its_rejection_is_remembered(
    world: World, wide: Topic, narrow: Topic
) -> None:
    article = make_article(4, title="Tin về linh kiện điện tử")
    fill(world, narrow, article, etag='"x"')

    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(str(article.url), changed_at=world.now)
            visit = crawl.visit(str(article.url), outcome="not_modified")
            await crawl.store.settle(visit, Decision(Kind.UNCHANGED, "not_modified"))

    asyncio.run(scenario())
    assert [one.url for one in rescore(world, wide).refetch] == [article.url]


def test_what_stays_gets_the_new_columns(world: World, wide: Topic, narrow: Topic) -> None:
    fill(world, wide, make_article(0))
    with world.connection() as conn:
        conn.execute("UPDATE articles SET topic_terms = '[]', fields = '[]', topic_grade = 'related'")
    assert rescore(world, narrow).grades == {"related → core": 1}
    with world.collection() as collection:
        row = collection.show(1)
    assert (row["topic_grade"], row["fields"]) == ("core", ["goods"])
    assert row["topic_terms"][0]["term"] == "goods"
    assert row["sightings"]


def test_imported_texts_get_a_grade_and_stay_whatever_it_is(
    world: World, wide: Topic, narrow: Topic, tmp_path: Path
) -> None:
    file = tmp_path / "one.txt"
    file.write_text(make_article(1).text, encoding="utf-8")
    with world.collection() as collection:
        collection.import_paths([file])
    assert [row["topic_grade"] for row in world.rows("SELECT topic_grade FROM articles")] == [None]
    assert rescore(world, wide).grades == {"none → core": 1}
    assert [row["topic_grade"] for row in world.rows("SELECT topic_grade FROM articles")] == ["core"]
    left = rescore(world, narrow)
    assert (left.grades, left.leaving) == ({"core → none": 1}, ())
    assert [row["topic_grade"] for row in world.rows("SELECT topic_grade FROM articles")] == ["none"]
    assert rescore(world, narrow).grades == {}


def test_an_article_whose_edit_took_its_grade_stays(world: World, wide: Topic, narrow: Topic) -> None:
    fill(world, narrow, make_article(0))
    fill(world, narrow, make_article(0, text=make_article(1).text, lead=None))
    assert [row["topic_grade"] for row in world.rows("SELECT * FROM articles")] == ["none"]
    with world.connection() as conn:
        conn.execute("UPDATE articles SET topic_score = 30")
    assert rescore(world, narrow).leaving == ()
    assert ids(world) == [1]
    assert rescore(world, wide).grades == {"none → core": 1}


def test_the_first_copy_that_stays_takes_the_place_of_an_original_that_leaves(
    world: World, wide: Topic, narrow: Topic
) -> None:
    fill(world, wide, *(make_article(number) for number in (1, 2, 5, 10, 3)))
    with world.connection() as conn:
        conn.execute("UPDATE articles SET duplicate_of = 1 WHERE id > 1")
    assert [one.id for one in rescore(world, narrow).leaving] == [1, 2, 5]
    originals = {row["id"]: row["duplicate_of"] for row in world.rows("SELECT * FROM articles")}
    assert originals == {3: None, 4: 3}


def test_an_article_whose_page_shows_the_text_that_leaves_stands_for_itself(
    world: World, wide: Topic, narrow: Topic
) -> None:
    fill(world, wide, make_article(1), make_article(5), make_article(10))
    for number in (5, 10):  # their pages show the text of story 1 now
        fill(world, wide, make_article(number, text=make_article(1).text))
    assert [row["duplicate_of"] for row in world.rows("SELECT * FROM articles ORDER BY id")] == [None, 1, 1]
    rescore(world, narrow)
    rows = world.rows("SELECT * FROM articles ORDER BY id")
    assert [(row["id"], row["duplicate_of"]) for row in rows] == [(2, None), (3, None)]
    assert {row["reason"] for row in world.rows("SELECT * FROM pages")} == {"off_topic"}


def test_a_source_that_is_being_crawled_is_left_alone_until_the_crawl_is_over(
    world: World, wide: Topic, narrow: Topic
) -> None:
    elsewhere = make_article(2, url="https://bao-hai.example/chep/2.html")
    fill(world, wide, make_article(1), elsewhere)
    fill(world, narrow, make_article(3, title="Tin về hàng dệt may"))
    both = Topic.load(topic_file(world.path.parent, "hàng dệt may", "nông sản"))

    async def scenario() -> None:
        async with world.crawl(PAPER) as crawl:
            await crawl.admit("https://bao-thu.example/cho")
            found = await asyncio.to_thread(rescore, world, both)
            assert found.skipped == ("bao-thu",)
            assert [one.id for one in found.leaving] == [2]
            assert found.refetch == ()
        assert crawl.report.adds_up

    asyncio.run(scenario())
    found = rescore(world, both)
    assert (found.skipped, [one.id for one in found.leaving]) == ((), [1])
    assert len(found.refetch) == 1


def test_a_run_whose_process_died_is_closed_before_its_pages_move(world: World, narrow: Topic) -> None:
    with child("crawl", world.path, "bao-thu", 3, "stay") as process:
        process.kill()
        process.wait()
    found = rescore(world, narrow)
    assert (len(found.leaving), found.skipped) == (2, ())
    with world.collection() as collection:
        report = collection.run(1)
    assert report.status.value == "aborted"
    assert report.adds_up


def test_killed_halfway_it_is_completed_by_running_again(world: World, wide: Topic, tmp_path: Path) -> None:
    count = 3 * ARTICLE_BATCH_COUNT
    fill(world, wide, *(make_article(number, title="Tin") for number in range(count)))
    file = topic_file(tmp_path, "nông sản")
    with child("rescore", world.path, file, 2) as process:
        process.kill()
        process.wait()
    left = len(ids(world))
    assert count // 5 < left < count
    found = rescore(world, Topic.load(file))
    assert len(found.leaving) == left - count // 5
    assert found.refetch == ()
    assert len(ids(world)) == count // 5
    assert len(world.rows("SELECT * FROM pages WHERE reason = 'off_topic'")) == count - count // 5


def test_a_crawl_beside_it_loses_nothing(world: World, wide: Topic, narrow: Topic) -> None:
    count = 4 * ARTICLE_BATCH_COUNT
    fill(world, wide, *(make_article(number) for number in range(count)))

    async def scenario() -> None:
        async with world.crawl(OTHER) as crawl:
            moving = asyncio.create_task(asyncio.to_thread(rescore, world, narrow))
            for number in range(count, count + 60):
                url = f"https://bao-hai.example/tin/{number}.html"
                await crawl.keep(make_article(number, url=url), source=OTHER, relevance=CORE)
            found = await moving
            assert len(found.leaving) == count - count // 5
        assert crawl.report.adds_up
        assert crawl.report.tally.stored == 60

    asyncio.run(scenario())
    kept = world.rows("SELECT source_id, count(*) AS n FROM articles GROUP BY 1 ORDER BY 1")
    assert kept == [{"source_id": "bao-hai", "n": 60}, {"source_id": "bao-thu", "n": count // 5}]
