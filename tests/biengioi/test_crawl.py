"""Crawls of the simulated newspapers with the program as its users run it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

import pytest

from crawler.article import LOCAL_ZONE, parse_instant
from db.collection import ArticleFilter, Collection
from spiders.demo.newspapers import Newspapers
from spiders.demo.server import Request
from tests.biengioi.program import Program, Run
from tests.conftest import ROOT
from tests.mockserver import Answer, Route, Site

PAPERS = ("demo-zce", "demo-ims", "demo-a-id")
READING = (
    "trafilatura", "crawler.extraction.article", "crawler.events.extract", "crawler.events.reading",
    "db.events.keeping", "crawler.text.dates", "ahocorasick_rs", "feedparser", "requests", "warcio",
)  # fmt: skip
"""What only a page, a feed or a paper with cookies needs; half of what a crawl's process could import."""


@pytest.fixture
def newspapers(program: Program) -> Iterator[Newspapers]:
    with Newspapers(only=PAPERS) as running:
        running.write_sources(program.sources)
        yield running


@dataclass(frozen=True)
class Crawl:
    """A crawl of all papers into an empty folder, which nobody changes afterwards."""

    program: Program
    newspapers: Newspapers
    run: Run
    requests: tuple[Request, ...]
    """What the papers were asked by that crawl."""


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    """What several tests look at, or copy and go on from."""
    program = Program(tmp_path_factory.mktemp("first"))
    with Newspapers(only=PAPERS) as running:
        running.write_sources(program.sources)
        run = program.run("crawl", "--json")
        assert run.status == 0, run.stderr
        yield Crawl(program, running, run, tuple(running.requests))


@pytest.fixture
def crawled(first: Crawl, program: Program) -> Program:
    """A folder in which that crawl was made."""
    shutil.copytree(first.program.folder, program.folder, dirs_exist_ok=True)
    return program


def stored(program: Program) -> list[dict[str, Any]]:
    with Collection.open(program.db) as collection:
        return list(collection.list(ArticleFilter(limit=1000)))


def adds_up(report: dict[str, Any]) -> bool:
    plain = ("stored", "revised", "unchanged", "duplicate", "near_duplicate", "pending")
    settled = sum(report[term] for term in plain)
    return bool(
        report["considered"] == settled + sum(report["rejected"].values()) + sum(report["failed"].values())
    )


def article_requests(newspapers: Newspapers, since: int = 0) -> list[str]:
    paths = {story.path for story in newspapers.stories}
    return [request.path for request in newspapers.requests[since:] if request.path in paths]


def test_every_relevant_story_is_stored_exactly_once(first: Crawl) -> None:
    program, newspapers = first.program, first.newspapers
    titles = Counter(row["title"] for row in stored(program))
    assert set(titles.values()) == {1}
    by_url = {row["url"] for row in stored(program)}
    with closing(sqlite3.connect(program.db)) as conn:
        by_url |= {url for (url,) in conn.execute("SELECT url FROM sightings")}
    for key, tellings in newspapers.expected.items():
        found = [row for row in stored(program) if row["title"] in {one.title for one in tellings}]
        assert len(found) == 1, key
        assert all({one.url, one.old_path and one.url} & by_url for one in tellings), key
    assert len(titles) == len(newspapers.expected)


def test_every_source_adds_up_and_says_what_it_rejected(first: Crawl) -> None:
    report = first.run.json
    assert set(report["sources"]) == set(PAPERS)
    assert all(adds_up(one) for one in report["sources"].values())
    assert adds_up(report)
    assert report["rejected"]["off_topic"] > 20
    assert report["duplicate"] >= 1  # the wire story that two of these papers print


def test_a_second_crawl_fetches_no_article_again_and_says_so(first: Crawl, crawled: Program) -> None:
    program, newspapers = crawled, first.newspapers
    before, count = len(newspapers.requests), len(stored(program))
    run = program.run("crawl")
    assert run.status == 0
    assert article_requests(newspapers, before) == []
    assert len(newspapers.requests) > before
    assert len(stored(program)) == count
    assert "nothing new" in run.stdout
    report = program.run("runs", "2", "--json").json
    assert report["considered"] == report["stored"] == 0
    assert adds_up(report)


def test_a_second_poll_costs_one_conditional_request_per_seed(first: Crawl, crawled: Program) -> None:
    newspapers = first.newspapers
    before = len(newspapers.requests)
    crawled.run("crawl", "--json")
    again = [request for request in newspapers.requests[before:] if request.path != "/robots.txt"]
    seeds = sum(text.count("[[seeds]]") for text in newspapers.sources.values())
    assert len(again) == seeds
    assert all("If-None-Match" in request.headers for request in again)
    assert {request.status for request in again} == {304}
    assert len(newspapers.requests) - before == seeds + len(PAPERS)


def test_a_poll_that_finds_nothing_new_imports_nothing_to_read_pages_with(
    first: Crawl, crawled: Program
) -> None:
    program = (
        "import sys; from biengioi.cli import main; import crawler.topic.topic as topic\n"
        "topic.read_topic_file = None\n"  # whoever reads the topic fails
        "if __name__ == '__main__':\n"
        f"    sys.argv = {['biengioi', *crawled.argv('crawl', '--json')[4:]]!r}\n"
        "    try: main()\n"
        "    except SystemExit as end: print('STATUS', end.code)\n"
        f"    print('LOADED', [one for one in {READING!r} if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=crawled.folder,
        env=crawled.environment(),
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-2:] == ["STATUS 0", "LOADED []"], done.stderr


def test_no_page_is_asked_for_twice_in_one_crawl(first: Crawl) -> None:
    asked = Counter((request.host, request.path) for request in first.requests)
    # The moved story is linked under both addresses; the old one leads to the new.
    moved = {story.path for story in first.newspapers.stories if story.old_path}
    assert {path for (_, path), count in asked.items() if count > 1} <= moved


def test_new_and_edited_stories_are_found_by_the_next_crawl(program: Program, newspapers: Newspapers) -> None:
    program.run("crawl", "--json")
    published = newspapers.publish()
    story = next(
        one for one in newspapers.stories if one.relevant and one.paper == "demo-zce" and one != published
    )
    time.sleep(1.5)  # sitemaps know whole seconds: an edit must be later than the fetch it follows
    newspapers.edit(story.url, title="Tiêu đề mới sau khi sửa")
    report = program.run("crawl", "--json").json
    assert (report["stored"], report["revised"]) == (1, 1)
    titles = [row["title"] for row in stored(program)]
    assert published.title in titles
    assert "Tiêu đề mới sau khi sửa" in titles
    assert story.title not in titles
    shown = program.run(
        "show", str(next(r["id"] for r in stored(program) if r["title"].startswith("Tiêu đề mới"))), "--json"
    )
    assert [revision["title"] for revision in shown.json["revisions"]] == [story.title]


def test_max_pages_leaves_the_rest_pending_and_the_next_crawl_takes_it_first(
    program: Program, newspapers: Newspapers
) -> None:
    first = program.run("crawl", "--max-pages", "4", "--json").json
    assert all(adds_up(one) for one in first["sources"].values())
    assert first["pending"] > 0
    assert len(article_requests(newspapers)) == 4 * len(PAPERS)
    second = program.run("crawl", "--json").json
    assert second["pending"] == 0
    assert adds_up(second)
    assert {row["title"] for row in stored(program)} >= {
        tellings[0].title for tellings in newspapers.expected.values() if len(tellings) == 1
    }


def test_a_dry_run_decides_everything_and_writes_nothing(first: Crawl, program: Program) -> None:
    shutil.copytree(first.program.sources, program.sources)
    dry = program.run("crawl", "--dry-run", "--json")
    assert not program.db.exists()
    assert dry.json["run_id"] is None
    assert dry.json["stored"] == first.run.json["stored"] == len(first.newspapers.expected)


def test_a_dry_run_over_a_collection_knows_it_and_leaves_it_as_it_is(crawled: Program) -> None:
    program = crawled
    before = program.db.read_bytes()
    again = program.run("crawl", "--dry-run", "--json")
    assert again.json["considered"] == 0
    assert program.db.read_bytes() == before


def test_since_asks_for_nothing_older(program: Program, newspapers: Newspapers) -> None:
    days = sorted({story.published_at for story in newspapers.stories})
    since = days[len(days) // 2].astimezone(LOCAL_ZONE).date()
    report = program.run("crawl", "--since", since.isoformat(), "--json").json
    assert adds_up(report)
    assert report["older_count"] > 0
    rows = stored(program)
    assert 0 < len(rows) < len(newspapers.expected)
    published = [row["published_at"] for row in rows if row["published_at"]]
    days_only = [date.fromisoformat(at) for at in published if len(at) == len("2026-12-01")]  # at midnight
    instants = [parse_instant(at).astimezone(LOCAL_ZONE).date() for at in published if "T" in at]
    assert len(days_only) + len(instants) == len(published)
    assert min((*days_only, *instants)) >= since


def test_the_most_promising_titles_are_fetched_first(program: Program, newspapers: Newspapers) -> None:
    program.run("crawl", "demo-ims")
    stories = {one.path: one for one in newspapers.stories if one.paper == "demo-ims"}
    order = [stories[path].relevant for path in article_requests(newspapers)]
    relevant = [place for place, is_relevant in enumerate(order) if is_relevant]
    ordinary = [place for place, is_relevant in enumerate(order) if not is_relevant]
    assert median(relevant) < median(ordinary) / 2


def test_a_gate_skips_pages_by_their_titles_and_says_so(program: Program, newspapers: Newspapers) -> None:
    path = program.sources / "demo-ims.toml"
    path.write_text(path.read_text("utf-8") + '\n[fetch]\ntitles = "gate"\n', encoding="utf-8")
    report = program.run("crawl", "demo-ims", "--json").json
    stories = {one.path: one for one in newspapers.stories if one.paper == "demo-ims"}
    fetched = [stories[path] for path in article_requests(newspapers)]
    assert adds_up(report)
    assert len(fetched) < len(stories)
    assert {one.title for one in stories.values() if one.relevant} <= {one.title for one in fetched}
    skipped = next(one for path, one in stories.items() if one not in fetched)
    trail = program.run("explain", skipped.url, "--json").json
    assert trail["decisions"][-1]["reason"] == "off_topic"
    assert "title" in trail["decisions"][-1]["detail"]


def archive(day: date) -> str:
    """An article address of the Dân trí form, which carries its day."""
    return f"/hai-ben-hoi-dam-ve-cua-khau-{day:%Y%m%d}080054340.htm"


def test_since_walks_a_section_back_beyond_the_usual_window(program: Program) -> None:
    today = datetime.now(LOCAL_ZONE).date()
    with Site() as site:
        for number in range(1, 6):
            links = "".join(
                f'<a href="{archive(today - timedelta(days=5 * (number - 1) + n))}">Hội đàm về cửa khẩu</a>'
                for n in range(5)
            )
            pager = f'<a rel="next" href="/muc/trang-{number + 1}.htm">sau</a>' if number < 5 else ""
            path = "/muc" if number == 1 else f"/muc/trang-{number}.htm"
            site.routes[path] = Answer(f"<html><body><ul>{links}</ul>{pager}</body></html>")
        rule = "[article]\nurl_pattern = '-\\d{17}\\.htm$'\n"
        program.add_source("bao", site.url, f'[[seeds]]\nkind = "section"\nurl = "{site.url}/muc"\n{rule}')
        plain = program.run("crawl", "--json").json
        assert plain["considered"] == 8
        assert plain["older_count"] > 0
        since = (today - timedelta(days=20)).isoformat()
        report = program.run("crawl", "--since", since, "--json").json
        assert report["considered"] == 21 - 8
        assert report["known_count"] >= 8


def test_an_endless_chain_of_sitemaps_ends(program: Program) -> None:
    with Site() as site:
        for number in range(100):
            child = f"<sitemap><loc>{site.url}/sitemap-{number + 1}.xml</loc></sitemap>"
            index = Answer(f"<sitemapindex>{child}</sitemapindex>", content_type="text/xml")
            site.routes[f"/sitemap-{number}.xml"] = index
        program.add_source(
            "bao", site.url, f'[[seeds]]\nkind = "sitemap"\nurl = "{site.url}/sitemap-0.xml"\n'
        )
        assert program.run("crawl", "--json").status == 0
        assert len([path for path in site.paths if path.startswith("/sitemap")]) <= 5


def test_only_the_named_source_is_crawled(program: Program, newspapers: Newspapers) -> None:
    report = program.run("crawl", "demo-ims", "--json").json
    assert set(report["sources"]) == {"demo-ims"}
    assert {request.host for request in newspapers.requests} == {"127.0.0.12"}


def test_a_forgotten_story_never_comes_back(program: Program, newspapers: Newspapers) -> None:
    program.run("crawl", "--json")
    victim = next(row for row in stored(program) if row["source_id"] == "demo-zce")
    assert program.run("forget", str(victim["id"])).status == 0
    assert program.run("show", str(victim["id"])).status == 1
    before = len(newspapers.requests)
    newspapers.edit(victim["url"], title="Bài này đã bị gỡ")
    program.run("crawl", "--json")
    assert newspapers.requests[before:]
    assert victim["url"].rpartition("/")[2] not in " ".join(article_requests(newspapers, before))
    leading = victim["text"][:60].encode()
    assert leading not in program.db.read_bytes()
    assert victim["title"] not in {row["title"] for row in stored(program)}


def test_a_source_with_nothing_but_a_home_page_works(program: Program) -> None:
    with Newspapers(only=["demo-zce"]) as newspapers:
        newspapers.write_sources(program.sources, minimal=True)
        run = program.run("crawl", "--json", BIENGIOI_CRAWL_MAX_PAGES="4")
        assert run.status == 0, run.stderr
        assert run.json["considered"] >= 10
        assert adds_up(run.json)


def test_a_page_without_articles_is_not_silent(program: Program) -> None:
    with Site() as site:
        site.routes["/"] = Answer("<html><body><h1>Đang bảo trì</h1></body></html>")
        program.add_source("bao", site.url)
        run = program.run("crawl")
        assert "no article address was found" in run.stdout
        assert "nothing new" in run.stdout


def test_without_a_contact_a_crawl_of_the_world_says_so(program: Program) -> None:
    with Site() as site:
        program.add_source("gan", site.url)
        assert "contact" not in program.run("crawl", "--dry-run").stderr
    program.add_source("xa", "https://bao.invalid")
    assert "no `contact`" in program.run("crawl", "--dry-run").stderr
    assert "no `contact`" not in program.run("crawl", "--dry-run", BIENGIOI_CONTACT="a@example.org").stderr


def test_scrapy_itself_can_run_the_spider(program: Program, newspapers: Newspapers) -> None:
    (program.folder / "scrapy.cfg").write_bytes((ROOT / "scrapy.cfg").read_bytes())
    environment = program.environment(BIENGIOI_SOURCES=str(program.sources))
    scrapy = [sys.executable, "-m", "scrapy"]
    listed = subprocess.run(
        [*scrapy, "list"], cwd=program.folder, env=environment, capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == ["news"]
    assert not program.db.exists()
    subprocess.run(
        [*scrapy, "crawl", "news", "-a", "source=demo-ims"],
        cwd=program.folder,
        env=environment,
        capture_output=True,
        check=True,
    )
    report = program.run("runs", "1", "--json").json
    assert report["status"] == "done"
    assert report["stored"] > 0


def behind(gate: threading.Event) -> Route:
    """A home page that comes when the gate is opened."""

    def wait(*_: object) -> Answer:
        gate.wait(20)
        return Answer('<html><body><a href="/hai-ben-hoi-dam-so-12345.html">Hội đàm</a></body></html>')

    return wait


def test_a_database_that_stays_locked_ends_the_crawl_with_status_3(program: Program) -> None:
    gate = threading.Event()
    with Site() as site:
        site.routes["/"] = behind(gate)
        program.add_source("bao", site.url)
        (program.folder / "biengioi.toml").write_text("[storage]\nbusy_timeout_s = 0.5\n", encoding="utf-8")
        crawl = program.start("crawl", "--json")
        while "/" not in site.paths:
            time.sleep(0.05)
        with closing(sqlite3.connect(program.db, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            gate.set()
            _, errors = crawl.communicate(timeout=30)
            other.execute("ROLLBACK")
        assert crawl.returncode == 3
        assert errors.strip().splitlines()[-1].startswith("biengioi: ")
        assert "locked" in errors
        assert program.run("crawl", "--json").status == 0
        assert {run["status"] for run in program.run("runs", "--json").json} == {"aborted", "done"}


def test_a_source_that_another_crawl_holds_is_skipped(program: Program) -> None:
    gate = threading.Event()
    with Site() as site:
        site.routes["/"] = behind(gate)
        program.add_source("bao", site.url)
        first = program.start("crawl", "--json")
        while "/" not in site.paths:
            time.sleep(0.05)
        second = program.run("crawl", "--json")
        gate.set()
        first.communicate()
        assert second.status == 0
        assert second.json["sources"]["bao"]["status"] == "skipped"
        assert str(first.pid) in second.json["sources"]["bao"]["message"]
