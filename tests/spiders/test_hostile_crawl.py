"""A crawl of papers of which some mean harm: nothing of the good ones is lost, and none of them waits.

HOSTILE is the number of papers; `./run hostile` sets 40, of which 12 are hostile.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from benchmarks.crawl import _Watch as Watch
from tests.biengioi.program import Program
from tests.hostile.tricks import Trick, article, changing_robots, feed, hostile_seeds, tricks
from tests.mockserver import Answer, Site

PAPERS = int(os.environ.get("HOSTILE", "3"))
IS_LONG = PAPERS >= 10
HOSTILE_SHARE = 0.3
DELAY_S = 1.0 if IS_LONG else 0.05
"""Of every paper."""
PATIENCE_S = 5.0 if IS_LONG else 1.0
SIZE = 8 * 1024 * 1024 if IS_LONG else 300_000
"""Bytes of the largest page, and here of the largest seed."""
STORIES = 60 if IS_LONG else 6
"""Of each good paper; a hostile one has one for every ten tricks."""
ITEMS = 10_000 if IS_LONG else 40
SHORT = frozenset(
    {
        "bomb br",
        "bomb gzip, gzip",
        "stream of a gibibyte",
        "slow body",
        "cut body",
        "loop",
        "redirect to file:///etc/passwd",
        "redirect to http://169.254.169.254/latest/meta-data/",
        "packed, it says",
        "nested JSON-LD",
        "entities",
        "another's canonical",
        "unseen signs",
        "NULs",
        "halves of characters",
    }
)
"""The tricks of the short form."""
SHORT_SEEDS = ("/rss-bom", "/rss-cham", "/rss-thuc-the", "/rss-nhieu", "/rss-trang-loi", "/sitemap.xml")
DEADLINE_S = 600 if IS_LONG else 60
MOST_BYTES = 600 * 1024 * 1024
LONGEST_GAP_S = 3.0
"""Between two requests to a good paper, over its delay."""


@dataclass
class World:
    """The papers, what they offer, and what came of it."""

    stories: dict[str, str] = field(default_factory=dict)
    tricks: dict[str, Trick] = field(default_factory=dict)
    good: list[Site] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    errors: str = ""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_bytes: int = 0
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    articles: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def longest_gap_s(self) -> float:
        times = [[request.at for request in site.requests] for site in self.good]
        return max(later - sooner for one in times for sooner, later in pairwise(one)) - DELAY_S

    def figures(self) -> str:
        hostile = [self.pages[url] for url in self.tricks]
        return (
            f"{PAPERS} papers, {len(self.stories)} good pages, {len(hostile)} hostile ones"
            f" ({sum(one['article_id'] is not None for one in hostile)} of them read as articles);"
            f" {self.wall_s:.0f} s, {self.cpu_s:.1f} s of a processor,"
            f" {self.peak_bytes / 2**20:.0f} MB at most,"
            f" longest gap at a good paper {self.longest_gap_s:.2f} s over its delay"
        )


def open_papers(program: Program, world: World, stack: ExitStack) -> None:
    hostile_count = max(1, round(PAPERS * HOSTILE_SHARE))
    papers = [stack.enter_context(Site(f"127.0.2.{number + 1}")) for number in range(PAPERS)]
    pace = f"[politeness]\ndelay_s = {DELAY_S}\n"
    for number, site in enumerate(papers[hostile_count:]):
        world.good.append(site)
        pages = {f"/tin-post{one}.html": article(number * STORIES + one) for one in range(STORIES)}
        world.stories |= dict.fromkeys((site.url + path for path in pages), f"lanh-{number}")
        site.routes = {path: Answer(page) for path, page in pages.items()}
        site.routes["/rss"] = feed(*(site.url + path for path in pages))
        seed = f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n'
        program.add_source(f"lanh-{number}", site.url, seed + pace)
    victim = next(iter(world.stories))
    for number, site in enumerate(papers[:hostile_count]):
        first, chain = 100_000 * (number + 1), {}
        routes = {f"/lanh-post{one}.html": Answer(article(first + 900 + one)) for one in range(6)}
        world.stories |= dict.fromkeys((site.url + path for path in routes), f"ac-{number}")
        for one, trick in enumerate(tricks(first, size=SIZE, patience_s=PATIENCE_S, victim=victim)):
            if not IS_LONG and trick.name not in SHORT:
                continue
            routes[f"/ac-post{one}.html"] = trick.answer  # type: ignore[assignment]
            world.tricks[f"{site.url}/ac-post{one}.html"] = trick
            if "chain" in trick.name:
                chain |= {f"/ac-post{one}.html?buoc={step}": trick.answer for step in range(1, 9)}
        seeds = hostile_seeds(site.url, size=SIZE, patience_s=PATIENCE_S, items=ITEMS)
        site.routes = {**seeds, **routes, "/rss": feed(*(site.url + path for path in routes))}
        site.routes |= chain
        site.routes["/robots.txt"] = changing_robots()
        declared = ["/rss", *(seeds if IS_LONG else SHORT_SEEDS)]
        lines = "".join(
            f'[[seeds]]\nkind = "{"sitemap" if "sitemap" in path else "feed"}"\nurl = "{site.url}{path}"\n'
            for path in declared
        )
        program.add_source(f"ac-{number}", site.url, lines + pace)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    program, world = Program(tmp_path_factory.mktemp("hostile")), World()
    limits = {
        "delay_s": DELAY_S,
        "timeout_s": PATIENCE_S,
        "retries": 0,
        "max_bytes": SIZE,
        "max_seed_bytes": SIZE,
        "backoff_s": 0.1,
    }
    config = "[fetch]\n" + "".join(f"{key} = {value}\n" for key, value in limits.items())
    if not IS_LONG:
        config += "[extraction]\nworkers = 1\n"
    (program.folder / "biengioi.toml").write_text(config, encoding="utf-8")
    with ExitStack() as stack:
        open_papers(program, world, stack)
        began = time.monotonic()
        crawl = program.start("crawl", "--json", "--max-pages", "150")
        watch = Watch(crawl.pid)
        output, world.errors = crawl.communicate(timeout=2 * DEADLINE_S)
        world.wall_s = time.monotonic() - began
        world.cpu_s = watch.cpu_s
        watch.end()
        world.peak_bytes, world.report = watch.peak_bytes, json.loads(output)
    with closing(sqlite3.connect(program.db)) as conn:
        conn.row_factory = sqlite3.Row
        world.pages = {row["url"]: dict(row) for row in conn.execute("SELECT * FROM pages")}
        world.articles = {row["url"]: dict(row) for row in conn.execute("SELECT * FROM articles")}
    yield world
    print(f"\n{world.figures()}")


pytestmark = [pytest.mark.slow, pytest.mark.timeout(3 * DEADLINE_S)]


def test_no_good_article_is_lost(world: World) -> None:
    lost = [url for url in world.stories if world.pages.get(url, {}).get("article_id") is None]
    assert lost == []
    owners = {url: world.articles[url]["source_id"] for url in world.stories if url in world.articles}
    assert owners == {url: world.stories[url] for url in owners}
    good = {id_: part for id_, part in world.report["sources"].items() if id_.startswith("lanh")}
    assert {part["status"] for part in good.values()} == {"done"}


def test_each_hostile_page_has_its_outcome(world: World) -> None:
    strange = {
        trick.name: (page["state"], page["reason"], page["article_id"])
        for url, trick in world.tricks.items()
        if (page := world.pages[url])["state"] == "pending"
        or (trick.is_kept is not None and trick.is_kept != (page["article_id"] is not None))
        or (trick.reasons and page["reason"] not in trick.reasons)
    }
    assert strange == {}
    assert "Traceback" not in world.errors


def test_nobody_takes_anothers_place(world: World) -> None:
    owners = {row["url"]: row["source_id"] for row in world.articles.values()}
    for url, owner in owners.items():
        assert world.stories.get(url, owner) == owner
    for row in world.articles.values():
        claimed = row["canonical_url"]
        assert world.stories.get(claimed, row["source_id"]) == row["source_id"], row["url"]


def test_what_is_kept_has_no_unseen_signs(world: World) -> None:
    for row in world.articles.values():
        signs = {unicodedata.category(one) for one in row["title"] + row["text"].replace("\n", "")}
        assert signs.isdisjoint({"Cc", "Cs"}), row["url"]
        assert not any(one in row["title"] + row["text"] for one in "\u200b\u00ad\u2060\u202e\u2066")


def test_the_numbers_add_up_and_say_how_each_seed_fared(world: World) -> None:
    plain = ("stored", "revised", "unchanged", "duplicate", "near_duplicate", "pending")
    reasons = (world.report["rejected"], world.report["failed"])
    settled = sum(world.report[term] for term in plain) + sum(sum(one.values()) for one in reasons)
    assert world.report["considered"] == settled
    for id_, part in world.report["sources"].items():
        if id_.startswith("ac"):
            seeds = {url.rpartition("/")[2]: outcome for url, outcome in part["seeds"].items()}
            assert seeds["rss"] == "ok"
            assert seeds["rss-bom"] == "too_large"
            assert seeds["rss-cham"] == "timed_out"
            assert seeds.get("rss-vo-tan") in ("too_large", None)
            assert seeds["rss-trang-loi"] != "ok"


def test_it_stays_within_its_memory_and_time_and_no_good_paper_waits(world: World) -> None:
    assert world.peak_bytes < MOST_BYTES
    assert world.wall_s < DEADLINE_S
    assert world.longest_gap_s <= LONGEST_GAP_S
