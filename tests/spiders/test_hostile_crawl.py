"""A crawl of papers of which some mean harm: nothing of the good ones is lost, and none of them waits.

HOSTILE is the number of papers; `./run hostile` sets 40, of which 12 are hostile.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import pytest

from tests.biengioi.program import Program, forked
from tests.hostile.tricks import Trick, article, changing_robots, feed, hostile_seeds, tricks
from tests.mockserver import Answer, Site
from tests.watching import Watch

PAPERS = int(os.environ.get("HOSTILE", "2"))
IS_LONG = PAPERS >= 10
HOSTILE_SHARE = 0.3
DELAY_S = 1.0 if IS_LONG else 0.05
"""Of every paper."""
PATIENCE_S = 12.0 if IS_LONG else 1.0
SIZE = 8 * 1024 * 1024 if IS_LONG else 300_000
"""Bytes of the largest page, and here of the largest seed."""
STORIES = 60 if IS_LONG else 4
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
    crawl_bytes: int = 0
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
            f" {self.peak_bytes / 2**20:.0f} MB at most (the crawl's own"
            f" process {self.crawl_bytes / 2**20:.0f} MB),"
            f" longest gap at a good paper {self.longest_gap_s:.2f} s over its delay"
        )


def open_papers(program: Program, world: World, stack: ExitStack) -> None:
    hostile_count = max(1, round(PAPERS * HOSTILE_SHARE))
    for number in range(PAPERS - hostile_count):
        site = stack.enter_context(Site(f"127.0.2.{number + 1}"))
        pages = {f"/tin-post{one}.html": article(number * STORIES + one) for one in range(STORIES)}
        site.routes = {path: Answer(page) for path, page in pages.items()}
        site.routes["/rss"] = feed(*(site.url + path for path in pages))
        world.good.append(site)
        world.stories |= dict.fromkeys((site.url + path for path in pages), f"lanh-{number}")
        declare(program, f"lanh-{number}", site.url, ["/rss"])
    victim = next(iter(world.stories))
    if IS_LONG:  # else their streams would keep the good papers' threads from answering
        ours, theirs = get_context("spawn").Pipe()
        server = get_context("spawn").Process(target=serve, args=(theirs, hostile_count, victim), daemon=True)
        server.start()
        stack.callback(server.kill)
        urls = ours.recv()
    else:
        urls = [stack.enter_context(hostile_site(number, victim)).url for number in range(hostile_count)]
    for number, url in enumerate(urls):
        pages = {url + path: trick for path, trick in hostile_pages(number, victim).items()}
        world.tricks |= pages
        world.stories |= dict.fromkeys((url + path for path in good_pages(number)), f"ac-{number}")
        seeds = hostile_seeds(url, size=SIZE, patience_s=PATIENCE_S, items=ITEMS)
        declare(program, f"ac-{number}", url, ["/rss", *(seeds if IS_LONG else SHORT_SEEDS)])


def declare(program: Program, id_: str, url: str, seeds: list[str]) -> None:
    lines = "".join(
        f'[[seeds]]\nkind = "{"sitemap" if "sitemap" in path else "feed"}"\nurl = "{url}{path}"\n'
        for path in seeds
    )
    program.add_source(id_, url, f"{lines}[politeness]\ndelay_s = {DELAY_S}\n")


def hostile_pages(number: int, victim: str) -> dict[str, Trick]:
    """The tricks of one hostile paper, by path."""
    told = tricks(100_000 * (number + 1), size=SIZE, patience_s=PATIENCE_S, victim=victim)
    return {f"/ac-post{one}.html": trick for one, trick in enumerate(told) if IS_LONG or trick.name in SHORT}


def good_pages(number: int) -> dict[str, Answer]:
    """The stories that stand among them."""
    return {f"/lanh-post{one}.html": Answer(article(100_000 * (number + 1) + 900 + one)) for one in range(6)}


def hostile_site(number: int, victim: str) -> Site:
    site, good = Site(f"127.0.3.{number + 1}"), good_pages(number)
    pages = hostile_pages(number, victim)
    site.routes = hostile_seeds(site.url, size=SIZE, patience_s=PATIENCE_S, items=ITEMS)
    site.routes |= good
    for path, trick in pages.items():
        site.routes[path] = trick.answer
        if "chain" in trick.name:
            site.routes |= {f"{path}?buoc={step}": trick.answer for step in range(1, 9)}
    site.routes["/rss"] = feed(*(site.url + path for path in (*pages, *good)))
    site.routes["/robots.txt"] = changing_robots()
    return site


def serve(connection: Connection, count: int, victim: str) -> None:
    """Be the servers of so many hostile papers, and say where they are."""
    with ExitStack() as stack:
        connection.send([stack.enter_context(hostile_site(one, victim)).url for one in range(count)])
        threading.Event().wait()


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
        words = program.argv("crawl", "--json", "--max-pages", "150")[4:]
        with forked(words, program.folder, program.environment()) as (pid, wait), Watch(pid) as watch:
            crawl = wait(2 * DEADLINE_S)
        world.wall_s = time.monotonic() - began
        world.cpu_s, world.errors = watch.cpu_s, crawl.stderr
        world.peak_bytes, world.crawl_bytes = watch.peak_bytes, watch.first_bytes
        world.report = crawl.json
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
            assert seeds.get("rss-vo-tan") in ("too_large", "timed_out", None)
            assert seeds["rss-trang-loi"] != "ok"


def test_it_stays_within_its_memory_and_time_and_no_good_paper_waits(world: World) -> None:
    assert world.peak_bytes < MOST_BYTES
    assert world.wall_s < DEADLINE_S
    if IS_LONG:  # a few requests on a busy machine say nothing
        assert world.longest_gap_s <= LONGEST_GAP_S
