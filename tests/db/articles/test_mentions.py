"""What is kept of the links of pages, and what of it points to other publications."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from crawler.ports import SeedVisit
from crawler.reach.origins import Outlink, OutlinkKind
from crawler.reach.suggestions import How
from db.articles.mentions import article_counts, mentions
from db.upkeep.takedown import forget
from tests.articles import make_article
from tests.db.world import PAPER, World

STORY = Outlink(OutlinkKind.STORY, "suoibac.vn", "https://suoibac.vn/1.html", "Suối Bạc")
LISTED = Outlink(OutlinkKind.LIST, "bennuoc.vn", "https://bennuoc.vn/", "Bến Nước")


def keep(world: World, text: str = "", title: str = "Chợ mở", **more: tuple[Outlink, ...]) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            told = make_article()
            await crawl.keep(
                replace(told, authors=(), title=title, text=f"{told.text}\n{text}".strip()), **more
            )

    asyncio.run(scenario())


def read_seed(world: World, *visits: SeedVisit) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            for visit in visits:
                await crawl.store.seed_read(PAPER, visit, complete=True)

    asyncio.run(scenario())


def test_links_and_names_of_an_article_are_found_with_it(world: World) -> None:
    keep(world, "Theo Báo Mường Xa, chợ đã mở.", outlinks=(STORY,))
    with world.connection() as conn:
        found = list(mentions(conn))
        assert article_counts(conn) == {PAPER.id: 1}
    assert [(one.how, one.article_id, one.host, one.name) for one in found] == [
        (How.NAMED, 1, None, "Báo Mường Xa"),
        (How.LINKED, 1, "suoibac.vn", "Suối Bạc"),
    ]


def test_the_links_of_a_page_take_the_place_of_those_before_and_go_with_the_article(
    world: World,
) -> None:
    keep(world, outlinks=(STORY,))
    world.pass_time(hours=1)
    keep(world, title="Tên mới", outlinks=(replace(STORY, host="khac.vn"),))
    assert [row["host"] for row in world.rows("SELECT host FROM outlinks")] == ["khac.vn"]
    with world.connection() as conn:
        forget(conn, 1, world.clock)
        assert list(mentions(conn)) == []


def test_the_links_of_a_list_page_stay_until_it_is_read_again(world: World) -> None:
    seed = SeedVisit("https://bao-thu.example/", "ok", world.now, 200)
    read_seed(world, *(replace(seed, outlinks=one) for one in ((LISTED, STORY), None, (LISTED,), None)))
    with world.connection() as conn:
        (one,) = mentions(conn)
    assert (one.how, one.source_id, one.article_id, one.host) == (How.LISTED, PAPER.id, None, "bennuoc.vn")


def test_where_a_seed_redirects_is_a_hint_of_its_own(world: World) -> None:
    seed = SeedVisit(
        "https://bao-thu.example/", "offsite_redirect", world.now, redirect_url="https://www.thu-moi.vn/"
    )
    read_seed(world, seed)
    with world.connection() as conn:
        (one,) = mentions(conn)
    assert (one.how, one.host) == (How.REDIRECTED, "thu-moi.vn")
