"""Keeping articles: every branch of the decision, and what it leaves in the tables."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from crawler.article import Article
from crawler.decision import Decision, Kind, Rejection
from db.articles.revisions import MAX_REVISIONS
from tests.articles import make_article
from tests.db.processes import ROOT
from tests.db.world import OTHER, World

MIRROR = "https://bao-hai.example/chep/0.html"


def visits(world: World, *articles: Article) -> list[Decision]:
    """Bring articles one after the other, each in a run of its own."""

    async def scenario() -> list[Decision]:
        decisions = []
        for article in articles:
            source = OTHER if str(article.url).startswith(OTHER.homepage) else None
            async with world.crawl(*([source] if source else [])) as crawl:
                decisions.append(await crawl.keep(article, **({"source": source} if source else {})))
            assert crawl.report.adds_up
            world.pass_time(hours=1)
        return decisions

    return asyncio.run(scenario())


def kinds(decisions: Sequence[Decision]) -> list[tuple[str, str, int | None]]:
    return [(one.kind.value, one.reason, one.article_id) for one in decisions]


def show(world: World, article_id: int) -> dict[str, Any]:
    with world.collection() as collection:
        return collection.show(article_id)


def test_a_new_article_is_kept_whole_with_its_page(world: World) -> None:
    article = make_article()
    assert kinds(visits(world, article)) == [("new", "first_seen", 1)]
    row = show(world, 1)
    assert row["text"] == article.text
    assert row["lead"] == article.lead
    assert row["authors"] == ["Lò Thị Mẩy"]
    assert row["captions"] == ["Xe hàng chờ làm thủ tục."]
    assert row["topic_terms"][0] == {"term": "hợp tác biên giới", "zone": "title", "weight": 12.0}
    assert (row["countries"], row["places"]) == (["CN"], ["cua-khau-lung-vai"])
    assert row["fields"] == ["trade-customs"]
    assert row["evidence"] == [{"id": "CN", "sentence": "Hai bên thống nhất duy trì đường dây nóng."}]
    assert (row["topic_score"], row["topic_grade"]) == (72, "core")
    assert (row["published_at"], row["published_precision"]) == ("2026-11-20T01:30:00Z", "minute")
    assert [one["url"] for one in row["sightings"]] == [article.url]
    (page,) = world.rows("SELECT * FROM pages")
    assert (page["state"], page["outcome"], page["article_id"]) == ("done", "ok", 1)
    assert (page["title"], page["topic_score"], page["http_status"]) == (article.title, 72, 200)


def test_the_same_text_again_changes_nothing_but_the_sighting(world: World) -> None:
    first, second = visits(world, make_article(), make_article())
    assert (second.kind, second.article_id) == (Kind.UNCHANGED, first.article_id)
    row = show(world, 1)
    assert not row["revisions"]
    assert row["fetched_at"] == "2026-11-21T02:00:00Z"
    assert row["sightings"][0]["seen_at"] == "2026-11-21T03:00:00Z"


def test_an_edit_keeps_the_version_before(world: World) -> None:
    old, new = make_article(), make_article(edit=1)
    assert kinds(visits(world, old, new))[1] == ("revised", "text_changed", 1)
    row = show(world, 1)
    assert row["content_hash"] == new.content_hash
    (revision,) = row["revisions"]
    assert (revision["number"], revision["text"], revision["seen_at"]) == (
        1,
        old.text,
        "2026-11-21T02:00:00Z",
    )


def test_a_new_title_is_a_revision_and_a_lost_date_is_kept(world: World) -> None:
    renamed = make_article(title="Tên khác", published=None)
    assert kinds(visits(world, make_article(), renamed))[1] == ("revised", "title_changed", 1)
    row = show(world, 1)
    assert row["title"] == "Tên khác"
    assert row["published_at"] == "2026-11-20T01:30:00Z"
    assert row["revisions"][0]["title"] == make_article().title


def test_a_reprint_is_a_sighting_even_of_an_earlier_version(world: World) -> None:
    reprint = make_article(url=MIRROR, title="Bản chép", text=make_article().text.upper())
    decisions = visits(world, make_article(), make_article(edit=1), reprint, reprint)
    assert kinds(decisions)[2:] == [("duplicate", "same_text", 1)] * 2
    assert [(one["url"], one["source_id"], one["title"]) for one in show(world, 1)["sightings"]] == [
        (make_article().url, "bao-thu", make_article().title),
        (MIRROR, "bao-hai", "Bản chép"),
    ]
    assert len(world.rows("SELECT 1 FROM articles")) == 1


def test_an_edited_reprint_never_overwrites_the_original(world: World) -> None:
    reprint = make_article(url=MIRROR)
    edited = make_article(url=MIRROR, edit=7)
    decisions = visits(world, make_article(), reprint, edited)
    assert kinds(decisions)[2] == ("near_duplicate", "near_text", 2)
    assert show(world, 1)["text"] == make_article().text


def test_an_article_that_became_anothers_text_keeps_its_own_last_one(world: World) -> None:
    one, two = make_article(1), make_article(2)
    became = make_article(2, text=one.text)
    decisions = visits(world, one, two, became, became)
    assert kinds(decisions)[2:] == [("duplicate", "became_same_text", 1)] * 2
    row = show(world, 2)
    assert (row["text"], row["duplicate_of"], row["revisions"]) == (two.text, 1, [])
    assert two.url in [sighting["url"] for sighting in show(world, 1)["sightings"]]
    assert [one["id"] for one in show(world, 1)["duplicates"]] == [2]
    with world.collection() as collection:
        assert [one["id"] for one in collection.list()] == [1]


def test_an_article_that_shows_its_own_text_again_is_no_duplicate_any_more(world: World) -> None:
    one, two = make_article(1), make_article(2)
    became = make_article(2, text=one.text)
    assert kinds(visits(world, one, two, became, two))[3] == ("unchanged", "same_text", 2)
    assert show(world, 2)["duplicate_of"] is None
    visits(world, became, make_article(2, edit=1))
    assert show(world, 2)["duplicate_of"] is None


def test_two_articles_that_swap_their_texts_do_not_hide_each_other(world: World) -> None:
    one, two = make_article(1), make_article(2)
    visits(world, one, two, make_article(2, text=one.text), make_article(1, text=two.text))
    with world.collection() as collection:
        (visible,) = collection.list()
    other = 3 - visible["id"]
    assert show(world, other)["duplicate_of"] == visible["id"]


def test_revisions_are_bounded_and_the_first_stays(world: World) -> None:
    async def scenario() -> None:
        for edit in range(MAX_REVISIONS + 6):
            async with world.crawl() as crawl:
                await crawl.keep(make_article(edit=edit))
            world.pass_time(hours=1)

    asyncio.run(scenario())
    numbers = [one["number"] for one in show(world, 1)["revisions"]]
    assert numbers == [1, *range(7, MAX_REVISIONS + 6)]
    assert len(numbers) == MAX_REVISIONS


def test_a_refused_article_leaves_only_its_page(world: World) -> None:
    async def scenario() -> None:
        refusal = Decision.rejected(Rejection.OFF_TOPIC, "topic score 3 (none): no topic term")
        async with world.crawl() as crawl:
            decision = await crawl.keep(make_article(), refusal=refusal)
        assert decision == refusal
        assert crawl.report.tally.rejected == {"off_topic": 1}

    asyncio.run(scenario())
    assert not world.rows("SELECT 1 FROM articles")
    (page,) = world.rows("SELECT title, topic_score, reason, state FROM pages")
    assert page == {
        "title": make_article().title,
        "topic_score": 72,
        "reason": "off_topic",
        "state": "done",
    }


def test_the_identity_of_an_article_is_the_address_that_was_asked_for(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit("https://bao-thu.example/cu")
            visit = crawl.visit("https://bao-thu.example/cu")
            moved = make_article(url="https://bao-thu.example/moi")
            from tests.articles import CORE

            await crawl.store.store(visit, moved, CORE, None)

    asyncio.run(scenario())
    assert show(world, 1)["url"] == "https://bao-thu.example/cu"


@pytest.mark.timeout(60)
@pytest.mark.slow
def test_two_processes_that_store_the_same_articles_at_once_keep_each_once(world: World) -> None:
    command = [sys.executable, "-m", "tests.db.processes", "crawl", str(world.path)]
    both = [
        subprocess.Popen([*command, name, "300", "end"], cwd=ROOT, stdout=subprocess.DEVNULL)
        for name in ("bao-mot", "bao-hai")
    ]
    assert [process.wait() for process in both] == [0, 0]
    assert world.rows("SELECT count(*) AS n FROM articles")[0]["n"] == 300
    assert world.rows("SELECT count(*) AS n FROM sightings")[0]["n"] == 600
    assert world.rows("SELECT kind, count(*) AS n FROM decisions GROUP BY kind ORDER BY kind") == [
        {"kind": "duplicate", "n": 300},
        {"kind": "new", "n": 300},
    ]
