"""`biengioi sources coverage`: what people are shown of months with and without articles."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.article import LOCAL_ZONE, Published
from crawler.topic.gazetteer import Gazetteer
from tests.articles import CORE, make_article
from tests.biengioi.program import Program
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.db.world import PAPER, World

SHOWN = [one for one in Gazetteer.load().places.values() if one.kind in ("province", "gate")]
NOW = datetime.now(UTC)
GATE = "tra-linh-gate"


@pytest.fixture
def watched(program: Program) -> Program:
    """A collection that was crawled once, well, and brought two articles on a gate."""
    program.add_source(PAPER.id, PAPER.homepage, 'province = "Cao Bằng"\n')

    async def scenario() -> None:
        world = World(program.folder)
        world.now = NOW
        async with world.crawl() as crawl:
            for number in range(2):
                article = make_article(number, published=Published.from_datetime(NOW - timedelta(minutes=1)))
                await crawl.keep(article, relevance=replace(CORE, places=(GATE, "cao-bang")))

    asyncio.run(scenario())
    (program.folder / "test.db").rename(program.db)
    return program


def test_a_row_for_each_place_and_a_column_for_each_month(watched: Program) -> None:
    run = watched.run("sources", "coverage", "--months", "3")
    assert run.status == 0, run.stderr
    head, *rows = [line.split("\t") for line in run.stdout.splitlines()]
    assert head[0] == "place"
    assert len(head) == 4
    assert len(rows) == len(SHOWN)
    cells = {name.strip(): found for name, *found in rows}
    assert "2" in cells["Trà Lĩnh"]
    assert set(cells["Mộc Bài"]) == {"?"}
    assert "? we did not look" in run.stderr
    assert "--place ID" in run.stderr


def test_one_place_says_why_month_by_month(watched: Program) -> None:
    run = watched.run("sources", "coverage", "--place", "moc-bai-gate", "--months", "2")
    assert run.status == 0, run.stderr
    lines = run.stdout.splitlines()
    assert lines[0].split("\t") == ["month", "articles", "papers", "expected", "state", "why"]
    assert len(lines) == 3
    for line in lines[1:]:
        assert line.split("\t")[1:] == [
            "0", "0", "", "we did not look", "no paper is declared that would write about it",
        ]  # fmt: skip
    found = watched.run("sources", "coverage", "--place", GATE, "--json").json
    (place,) = found
    assert (place["id"], place["kind"], place["province"]) == (GATE, "gate", "cao-bang")
    month = next(one for one in place["months"] if one["article_count"])
    assert month["month"] == f"{(NOW - timedelta(minutes=1)).astimezone(LOCAL_ZONE):%Y-%m}"
    assert (month["article_count"], month["paper_count"], month["state"]) == (2, 1, "written")
    assert {one["state"] for one in place["months"] if one is not month} == {"not_looked"}


def test_mistakes_are_a_sentence(watched: Program) -> None:
    for place, status, part in (("quang-tay", 2, "no province or gate of the border"), ("tra-lin", 2, "did")):
        assert_one_sentence(watched.run("sources", "coverage", "--place", place), status, part)
    watched.db.unlink()
    assert_one_sentence(watched.run("sources", "coverage"), 2, "biengioi.db", "biengioi crawl")
