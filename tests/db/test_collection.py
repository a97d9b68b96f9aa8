"""The collection as the commands see it: lists, explanations, takedowns."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest

from crawler.article import Precision, Published
from crawler.decision import Decision, Kind, Outcome, Rejection
from crawler.errors import NotFoundError, StorageError
from crawler.topic.relevance import Grade, Relevance
from db.collection import ArticleFilter, Collection
from db.crawl.outcomes import Unkept
from db.upkeep.search import purge
from tests.articles import CORE, make_article
from tests.db.file.test_migrations import FIXED
from tests.db.processes import child
from tests.db.world import OTHER, PAPER, World

URL = str(make_article().url)
MIRROR = "https://bao-hai.example/chep/0.html"

DATES = (
    Published("2026-11-19T17:30:00Z", Precision.MINUTE),  # 00:30 of the 20th in Viet Nam
    Published("2026-11-19T16:59:59Z", Precision.SECOND),  # 23:59 of the 19th
    Published("2026-11-20", Precision.DAY),
    Published("2026-11", Precision.MONTH),
    None,
)


def fill(world: World) -> None:
    """Five articles with every kind of date, of two papers and grades."""

    async def scenario() -> None:
        async with world.crawl(PAPER, OTHER) as crawl:
            for number, published in enumerate(DATES):
                await crawl.keep(make_article(number, published=published))
            lao = Relevance(40, Grade.RELATED, countries=("LA",), places=("sop-xan",))
            article = make_article(9, url=MIRROR, published=Published("2026-11-18", Precision.DAY))
            await crawl.keep(article, source=OTHER, relevance=lao)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ArticleFilter(), [2, 0, 1, 9, 3, 4]),
        (ArticleFilter(since=date(2026, 11, 20)), [2, 0]),
        (ArticleFilter(until=date(2026, 11, 19)), [1, 9, 3]),
        (ArticleFilter(since=date(2026, 11, 19), until=date(2026, 11, 19)), [1]),
        (ArticleFilter(since=date(2026, 11, 1), until=date(2026, 11, 1)), [3]),
        (ArticleFilter(source="bao-hai"), [9]),
        (ArticleFilter(country="LA"), [9]),
        (ArticleFilter(place="cua-khau-lung-vai", limit=2), [2, 0]),
        (ArticleFilter(field="trade-customs", source="bao-thu", limit=1), [2]),
        (ArticleFilter(field="crime"), []),
        (ArticleFilter(grade="related"), [9]),
        (ArticleFilter(limit=2, offset=1), [0, 1]),
    ],
)
def test_a_list_is_filtered_by_days_of_viet_nam_and_newest_first(
    world: World, wanted: ArticleFilter, expected: list[int]
) -> None:
    fill(world)
    with world.collection() as collection:
        titles = [row["title"] for row in collection.list(wanted)]
    found = [int(title.rpartition(" ")[2]) for title in titles]
    assert found == expected


def test_rows_have_the_fixed_columns_and_decoded_json(world: World) -> None:
    fill(world)
    with world.collection() as collection:
        row = next(iter(collection.list(ArticleFilter(source="bao-hai"))))
        full = collection.show(row["id"])
    fixed = FIXED["articles"].split()
    assert [name for name in row if name in fixed] == fixed
    assert (row["countries"], row["tags"]) == (["LA"], [])
    assert set(full) - set(row) == {"sightings", "revisions", "duplicates", "abridged"}


def test_a_list_may_be_left_early_and_asked_within(world: World) -> None:
    fill(world)
    with world.collection() as collection:
        for row in collection.list():
            assert collection.show(row["id"])["id"] == row["id"]
            break
        assert len(list(collection.list())) == 6
        assert collection.counts()["article_count"] == 6


def test_nothing_under_an_id_is_said_so(world: World) -> None:
    with world.collection() as collection, pytest.raises(NotFoundError, match="no article 4") as caught:
        collection.show(4)
    assert caught.value.exit_status == 1


def test_explain_tells_every_decision_run_by_run(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(URL, "https://bao-thu.example/cho")
            failed = crawl.visit(URL, outcome="timed_out", retry_at=world.now)
            await crawl.store.settle(failed, Decision.failed(Outcome.TIMED_OUT, "after 30 s"))
        world.pass_time(hours=1)
        async with world.crawl() as crawl:
            await crawl.keep(make_article())

    asyncio.run(scenario())
    with world.collection() as collection:
        (unkept,) = collection.unkept(Unkept(1, PAPER.id, "timed_out", date(2026, 11, 21)), 10)
        assert (unkept["url"], unkept["detail"]) == (URL, "after 30 s")
        for other in (
            Unkept(2),
            Unkept(source_id="another"),
            Unkept(reason="robots"),
            Unkept(since=date(2026, 11, 22)),
        ):
            assert collection.unkept(other, 10) == []
        assert collection.explain(f"{URL}?utm_source=x#y") == {
            "url": URL,
            "decisions": [
                {
                    "at": "2026-11-21T02:00:00Z",
                    "run_id": 1,
                    "kind": "failed",
                    "reason": "timed_out",
                    "article_id": None,
                    "detail": "after 30 s",
                },
                {
                    "at": "2026-11-21T03:00:00Z",
                    "run_id": 2,
                    "kind": "new",
                    "reason": "first_seen",
                    "article_id": 1,
                    "detail": "",
                },
            ],
        }
        (waiting,) = collection.explain("https://bao-thu.example/cho")["decisions"]
        assert (waiting["kind"], waiting["run_id"]) == ("pending", None)
        with pytest.raises(NotFoundError, match="never met"):
            collection.explain("https://bao-thu.example/la")


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_what_is_forgotten_is_gone_from_the_disk_and_never_comes_back(world: World, tmp_path: Path) -> None:
    secret = "Câu nói mà người được nhắc tên đã xin gỡ khỏi mọi nơi lưu trữ."
    old = make_article(text=f"{make_article().text}\n{secret}", canonical_url=f"{URL}?ban=2")
    reprint = make_article(url=MIRROR, text=old.text)

    async def before() -> None:
        async with world.crawl(PAPER, OTHER) as crawl:
            await crawl.keep(old)
            await crawl.keep(reprint, source=OTHER)
        world.pass_time(hours=1)
        async with world.crawl() as crawl:
            await crawl.keep(make_article(edit=1, canonical_url=f"{URL}?ban=2"))

    async def after() -> None:
        async with world.crawl(PAPER, OTHER) as crawl:
            changed_at = world.now
            assert await crawl.admit(URL, f"{URL}?ban=2", changed_at=changed_at) == ([], 2)
            assert await crawl.admit(MIRROR, source=OTHER, changed_at=changed_at) == ([], 1)
            elsewhere = make_article(url="https://bao-thu.example/lai", text=old.text)
            decision = await crawl.keep(elsewhere)
            assert (decision.kind, decision.reason) == (Kind.REJECTED, Rejection.FORGOTTEN)
        assert crawl.report.adds_up

    asyncio.run(before())
    assert secret.encode() in bytes_on_disk(tmp_path)
    with world.collection() as collection:
        removed = collection.forget(URL)
        assert removed.article_ids == (1,)
        assert set(removed.urls) == {URL, f"{URL}?ban=2", MIRROR}
        assert removed.is_purged
        assert secret.encode() not in bytes_on_disk(tmp_path)
        for table in ("articles", "revisions", "sightings"):
            assert not world.rows(f"SELECT * FROM {table}")
        kinds = [one["kind"] for one in collection.explain(URL)["decisions"]]
        assert kinds == ["new", "revised", "rejected"]
        assert list(removed.lines())
    world.pass_time(hours=1)
    asyncio.run(after())
    assert not world.rows("SELECT * FROM articles")


def test_what_is_forgotten_while_it_waits_in_a_run_still_adds_up(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(URL)
            with world.collection() as collection:
                removed = collection.forget(URL)
                assert removed.article_ids == ()
            decision = await crawl.store.settle(crawl.visit(URL), Decision.failed(Outcome.TIMED_OUT))
            assert decision.reason == Rejection.FORGOTTEN
            decision = await crawl.keep(make_article())
            assert decision.reason == Rejection.FORGOTTEN
        assert crawl.report.adds_up
        assert crawl.report.tally.rejected == {"forgotten": 1}

    asyncio.run(scenario())


def test_forgetting_one_article_leaves_a_page_that_has_its_own_since(world: World) -> None:
    async def scenario() -> None:
        for article in (make_article(1), make_article(2, text=make_article(1).text), make_article(2)):
            async with world.crawl() as crawl:
                await crawl.keep(article)
            world.pass_time(hours=1)

    asyncio.run(scenario())
    with world.collection() as collection:
        assert collection.forget(1).urls == (str(make_article(1).url),)
        assert [row["id"] for row in collection.list()] == [2]


SECRET = "Thổ lộ zqxvong với qzxlang ở bến sông."


def keep_with_secret(world: World, *, edits: int = 1) -> None:
    """Keep some articles; the third one, as it was first, says what is to be forgotten."""

    async def scenario() -> None:
        async with world.crawl() as crawl:
            for number in range(6):
                text = make_article(number).text
                await crawl.keep(make_article(number, text=f"{text}\n{SECRET}" if number == 2 else text))
        for edit in range(1, edits + 1):
            world.pass_time(hours=1)
            async with world.crawl() as crawl:
                await crawl.keep(make_article(2, edit=edit))

    asyncio.run(scenario())


@pytest.mark.parametrize("is_known", [True, False], ids=["as it is laid out", "in another format"])
def test_the_words_of_earlier_versions_leave_the_indexes_too(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_known: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    keep_with_secret(world)
    merged = []
    monkeypatch.setattr("db.upkeep.takedown.search.purge", lambda conn: merged.append(purge(conn)))
    if not is_known:
        monkeypatch.setattr("db.upkeep.postings._FORMAT", 6)
    assert b"zqxvong" in bytes_on_disk(tmp_path)
    with world.collection() as collection:
        assert collection.forget(3).is_purged
        assert [word for word in (b"zqxvong", b"qzxlang") if word in bytes_on_disk(tmp_path)] == []
        assert {one.problem_count for one in collection.verify()} == {0}
    assert len(merged) == (not is_known)
    assert ("merged" in caplog.text) == (not is_known)


def test_versions_that_are_no_longer_kept_are_merged_away(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.articles.revisions.MAX_REVISIONS", 2)
    keep_with_secret(world, edits=3)
    with world.connection() as conn:
        conn.execute("DELETE FROM revisions WHERE article_id = 3 AND number = 1")
    with world.collection() as collection:
        assert collection.forget(3).is_purged
        assert b"zqxvong" not in bytes_on_disk(tmp_path)
        assert {one.problem_count for one in collection.verify()} == {0}


def test_what_was_never_met_cannot_be_forgotten(world: World) -> None:
    with world.collection() as collection:
        for which in (12, "https://bao-thu.example/la"):
            with pytest.raises(NotFoundError, match="Nothing is kept under"):
                collection.forget(which)


def test_reading_goes_on_while_another_process_writes(world: World) -> None:
    fill(world)
    with child("hold_lock", world.path, 30), world.collection() as collection:
        assert len(list(collection.list())) == 6
        assert collection.runs()


def test_a_collection_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="There is no database"):
        Collection.open(tmp_path / "x.db")
    assert not list(tmp_path.iterdir())


def test_a_page_keeps_the_title_and_the_score_of_its_visit(world: World) -> None:
    article = make_article(1)

    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(str(article.url))
            visit = crawl.visit(str(article.url), title="Tên trong thẻ title", topic_score=7)
            await crawl.store.store(visit, article, CORE, None)

    asyncio.run(scenario())
    (page,) = world.rows("SELECT title, topic_score FROM pages")
    assert page == {"title": "Tên trong thẻ title", "topic_score": 7}
