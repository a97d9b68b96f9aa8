"""What the pages say is so: of a dead service, a failed crawl, an empty collection, a single article."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from crawler.article import format_instant
from crawler.decision import Decision, Outcome, Rejection
from crawler.finding import FindingKind, Found, Severity
from crawler.reach.coverage import WatchedSources
from crawler.report import SourceStatus
from crawler.sentence import say
from crawler.source import Source
from crawler.topic.topic import Topic
from db.crawl import outcomes
from db.crawl.leases import Owner
from db.crawl.runs import finish_run, start_run
from db.crawl_store import SqliteCrawlStore
from db.file.connection import write_transaction
from db.service.findings import record
from db.upkeep.maintenance import maintain
from db.web import article_list, explain_page, exports, home, run_pages, source_pages
from db.web.i18n import languages
from db.web.page import Answer, Site, WebRequest
from db.web.query_params import Asked
from scheduler.evidence import found
from tests.articles import make_article
from tests.db.web.library import complete
from tests.db.world import OTHER, PAPER, World

DISABLED = Source("bao-tat", "Báo Tắt", "https://bao-tat.example", enabled=False)
UNSEEN = Source("bao-moi", "Báo Mới", "https://bao-moi.example")
DECLARED = {one.id: one for one in (PAPER, OTHER, DISABLED, UNSEEN)}
OFF_TOPIC = 96


@cache
def site() -> Site:
    return Site(Topic.load(), WatchedSources(DECLARED))


def show(
    world: World, page: Callable[..., Answer], path: str = "", code: str = "en", **values: object
) -> Answer:
    """The answer of a page; values that end in ``_id`` are parts of its path, the others parameters."""
    parts = {name: value for name, value in values.items() if name.endswith("_id")}
    asked = {name: str(value) for name, value in values.items() if name not in parts}
    visit = WebRequest(languages()[code], path, asked, world.now)
    with world.connection() as conn:
        return page(conn, site=site(), visit=visit, **parts)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def keep(world: World, *numbers: int) -> None:
    async def crawl() -> None:
        async with world.crawl(PAPER, OTHER) as run:
            for number in numbers:
                await run.keep(make_article(number))

    complete(crawl())


def install_service(world: World, *, beat: timedelta, process: str | None = None) -> None:
    """A service that last ticked so long ago; of this process, which is alive, unless another is named."""
    owner = Owner.this_process()
    at = format_instant(world.now - beat)
    with world.connection() as conn, write_transaction(conn):
        conn.execute(
            "INSERT INTO service VALUES (1, 'service', ?, ?, ?, '0.1.0', ?, ?, 5.0, NULL, ?)",
            (owner.host, owner.pid, process or owner.process_started, at, at, at),
        )
        for source in (PAPER, OTHER):
            conn.execute(
                "INSERT INTO source_schedule (source_id, declared, next_fetch_at, interval_s)"
                " VALUES (?, '', ?, 3600)",
                (source.id, at),
            )


def test_a_killed_service_has_died_everywhere(world: World) -> None:
    keep(world, 1, 2)
    install_service(world, beat=timedelta(hours=3), process="another")
    with world.collection() as collection:
        assert collection.status().health.service == "died"
    for code, died, unwatched in (
        ("en", "the service died", "not watched"),
        ("vi", "dịch vụ đã chết", "theo dõi"),
    ):
        for page in (home.home, source_pages.sources):
            body = show(world, page, code=code).body
            assert died in body
            assert unwatched in body
            assert 'class="well"' not in body
    page = show(world, source_pages.source, source_id=PAPER.id).body
    assert "the service died" in page
    assert "but no service runs" in page
    feed = io.BytesIO()
    visit = WebRequest(languages()["en"], "articles.atom", {}, world.now)
    form = exports.format_of("articles.atom")
    assert form
    with world.connection() as conn:
        exports.write(conn, feed, form=form, asked=Asked.read({}), visit=visit)
    assert "<subtitle>Articles may be missing: the service died.</subtitle>" in feed.getvalue().decode()


def test_a_service_that_ticks_is_well(world: World) -> None:
    keep(world, 1)
    install_service(world, beat=timedelta())
    body = show(world, home.home).body
    assert 'class="well"' in body
    assert "the service runs" in body
    assert "next: " in show(world, source_pages.sources).body


def test_a_crawl_that_died_does_not_go_on(world: World) -> None:
    with world.connection() as conn:
        run = start_run(conn, "crawl", [PAPER], world.clock)
        assert "running" in show(world, run_pages.run, run_id=run.run_id).body
        conn.execute("UPDATE runs SET process_started = 'another'")
    for page in (
        show(world, run_pages.runs),
        show(world, run_pages.run, run_id=run.run_id),
        show(world, source_pages.source, source_id=PAPER.id),
    ):
        assert 'class="state aborted"' in page.body
        assert 'class="state running"' not in page.body


def fail_all(world: World) -> int:
    """A crawl without a network."""
    with world.connection() as conn:
        run = start_run(conn, "crawl", [PAPER, OTHER], world.clock)

        async def crawl() -> None:
            with SqliteCrawlStore(world.path, run, world.clock, busy_timeout_s=5) as store:
                for source in (PAPER, OTHER):
                    await store.open(source)
                    await store.close(source, SourceStatus.FAILED, "None of its seeds could be read.")

        complete(crawl())
        finish_run(conn, run.run_id, world.clock)
    return run.run_id


def test_a_crawl_without_a_network_is_no_success(world: World) -> None:
    run_id = fail_all(world)
    body = show(world, home.home).body
    assert 'class="well"' not in body
    assert re.search(r"failing</span>\s*2 sources", body)
    assert f'href="/en/runs/{run_id}"' in body
    keep(world, 1)
    fail_all(world)
    assert 'class="well"' not in show(world, home.home).body


def test_sources_that_were_never_crawled_or_are_disabled_are_shown_as_such(world: World) -> None:
    keep(world, 1)
    body = show(world, source_pages.sources).body
    panels = re.findall(r'<section class="panel".*?</section>', body, re.DOTALL)
    states = {
        id_: state
        for panel in panels
        for state in re.findall(r'class="state (\w+)"', panel)[:1]
        for id_ in re.findall(r'href="/en/sources/([\w-]+)"', panel)
    }
    assert states == {
        PAPER.id: "well",
        OTHER.id: "well",
        UNSEEN.id: "never_crawled",
        DISABLED.id: "disabled",
    }
    for state, ids in {"disabled": [DISABLED.id], "never_crawled": [UNSEEN.id], "failing": []}.items():
        body = show(world, source_pages.sources, state=state).body
        assert re.findall(r'href="/en/sources/([\w-]+)"', body) == ids
    assert "never crawled" in show(world, source_pages.source, source_id=UNSEEN.id).body


@pytest.mark.parametrize("code", ["vi", "en"])
def test_an_empty_collection_says_how_to_begin(world: World, code: str) -> None:
    body = show(world, home.home, code=code).body
    for command in ("crawl", "schedule", "demo"):
        assert f"<code>biengioi {command}</code>" in body
    assert 'class="strip' not in body
    assert 'class="weekly"' not in body
    assert 'class="well"' not in body
    for page, path in ((article_list.articles, "articles"), (run_pages.runs, "runs")):
        assert f'<a href="/{code}/">' in show(world, page, path, code=code).body.partition("<main")[2]


def bars(body: str) -> list[float]:
    return [float(one) for one in re.findall(r'class="bar [^>]*><rect[^>]* width="([\d.]+)"', body)]


def radii(body: str) -> list[float]:
    wide = body[body.index('<svg class="strip wide') : body.index('<svg class="strip tall')]
    return [float(one) for one in re.findall(r'<circle class="stop"[^>]* r="([\d.]+)"', wide)]


def test_one_article_fills_no_picture_and_equal_ones_are_drawn_alike(world: World) -> None:
    """One article, then two for each of two places."""

    def place(*gates: str) -> str:
        with world.connection() as conn, write_transaction(conn):
            conn.execute(
                "UPDATE articles SET published_at = ?, countries = '[\"CN\"]'", (format_instant(world.now),)
            )
            for number, gate in enumerate(gates, 1):
                conn.execute("UPDATE articles SET places = ? WHERE id = ?", (f'["{gate}"]', number))
        return show(world, home.home).body

    keep(world, 1)
    body = place("huu-nghi-gate")
    assert set(bars(body)) == {0, 20}
    assert 3 < max(radii(body)) < 15
    assert 'data-most="5"' in body
    (sparks,) = re.findall(
        r'class="spark".*?<svg[^>]*>(.*?)</svg>', show(world, source_pages.sources, state="well").body
    )[:1]
    assert max(int(one) for one in re.findall(r' height="(\d+)"', sparks)) < 26 / 2
    keep(world, 2)
    body = place("huu-nghi-gate", "moc-bai-gate")
    assert set(bars(body)) == {0, 20}
    assert len([one for one in radii(body) if one > 6.5]) == 2
    world.pass_time(days=400)
    body = show(world, home.home).body
    assert 'class="weekly"' not in body
    assert "no articles in the last 26 weeks" in body


# --- every number leads to what it counts -------------------------------------------------------


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A run with something of every term, much of it off the topic."""
    world = World(tmp_path_factory.mktemp("crawled"))
    keep(world, 1)
    world.pass_time(hours=3)

    async def crawl() -> None:
        async with world.crawl(PAPER, OTHER) as run:
            await run.keep(make_article(1, title="Tiêu đề đã sửa"))
            for number in (2, 3):
                await run.keep(make_article(number))
            for number in range(OFF_TOPIC):
                source = PAPER if number % 3 else OTHER
                url = f"{source.homepage}/ngoai/{number}.html"
                await run.admit(url, source=source)
                visit = run.visit(
                    url, source, http_status=200, title=f"Tin số {number}", topic_score=number % 40
                )
                await run.store.settle(visit, Decision.rejected(Rejection.OFF_TOPIC, "no term"))
            for number in range(3):
                url = f"{PAPER.homepage}/hong/{number}.html"
                await run.admit(url)
                await run.store.settle(
                    run.visit(url, outcome="timed_out"), Decision.failed(Outcome.TIMED_OUT)
                )
            await run.admit(*(f"{OTHER.homepage}/cho/{number}.html" for number in range(60)), source=OTHER)

    complete(crawl())
    return world


def listed(world: World, link: str) -> list[str]:
    """The addresses on all pages of a list of outcomes, from its first to its last."""
    found: list[str] = []
    while link:
        parts = urlsplit(unescape(link))
        run_id = int(parts.path.split("/")[3])
        body = show(
            world, run_pages.pages, f"runs/{run_id}/pages", run_id=run_id, **dict(parse_qsl(parts.query))
        ).body
        found += [
            dict(parse_qsl(urlsplit(unescape(one)).query))["url"]
            for one in re.findall(r'<th scope="row"><a href="([^"]+)"', body)
        ]
        further = re.search(r'rel="next" href="([^"]+)"', body)
        link = further[1] if further else ""
    return found


def test_every_number_of_a_run_leads_to_as_many_pages(crawled: World) -> None:
    body = show(crawled, run_pages.run, "runs/2", run_id=2).body
    tiles = re.findall(r'<strong>([\d,]+)</strong> <a href="([^"]+)"', body)
    cells = [
        (number, link)
        for link, number in re.findall(r'<td class="count"[^>]*><a href="([^"]+)">([\d,]+)</a>', body)
    ]
    assert len(tiles) >= 5
    assert len(cells) > 8
    for number, link in (*tiles, *cells):
        addresses = listed(crawled, link)
        waiting = 60 if "kind" not in link and "source=bao-thu" not in link else 0
        assert len(addresses) == len(set(addresses)) == int(number.replace(",", "")) - waiting, link


def test_what_is_off_topic_is_listed_with_score_and_title(crawled: World) -> None:
    body = show(crawled, run_pages.pages, "runs/2/pages", run_id=2, kind="rejected", reason="off_topic").body
    assert f"{OFF_TOPIC} addresses" in body
    assert len(re.findall(r'<span lang="vi">Tin số \d+</span>', body)) == 50
    assert re.search(r'<td class="count" data-label="Topic score">\d+</td>', body)


def test_any_address_is_explained(crawled: World) -> None:
    url = f"{PAPER.homepage}/ngoai/7.html"
    for typed in (url, url.removeprefix("https://"), f"  {url}#here"):
        page = show(crawled, explain_page.address, "explain", url=typed)
        assert page.status == 200
        for word in ("off topic", "no term", "Tin số 7", "HTTP 200", "7/100", 'href="/en/runs/2"'):
            assert word in page.body
    kept = show(crawled, explain_page.address, "explain", url=make_article(2).url)
    assert 'href="/en/articles/2"' in kept.body
    waits = show(crawled, explain_page.address, "explain", url=f"{OTHER.homepage}/cho/1.html")
    assert "waits to be fetched" in waits.body
    unknown = show(crawled, explain_page.address, "explain", url=f"{UNSEEN.homepage}/x.html")
    assert unknown.status == 404
    assert UNSEEN.name in unknown.body
    assert f'value="{UNSEEN.homepage}/x.html"' in unknown.body
    assert show(crawled, explain_page.address, "explain").status == 200


def test_pages_are_found_by_their_key(crawled: World) -> None:
    """Without an offset, a sort or a scan, whatever is chosen."""
    asked: list[str] = []
    with crawled.connection() as conn:
        conn.set_trace_callback(asked.append)
        for chosen in (
            {},
            {"source_id": PAPER.id},
            {"kind": "rejected"},
            {"kind": "rejected", "reason": "off_topic"},
        ):
            after = outcomes.decided(conn, 2, limit=10, **chosen).after
            if after:
                outcomes.decided(conn, 2, limit=10, after=after, **chosen)
        first = outcomes.waiting(conn, [PAPER.id, OTHER.id], limit=10)
        assert first.after
        outcomes.waiting(conn, [PAPER.id, OTHER.id], limit=10, after=first.after)
        conn.set_trace_callback(None)
        assert len(asked) > 6
        for question in asked:
            steps = [row["detail"] for row in conn.execute(f"EXPLAIN QUERY PLAN {question}")]
            assert all(step.startswith("SEARCH") for step in steps), (question, steps)
            assert "OFFSET" not in question


def test_waiting_pages_with_and_without_a_time_are_all_listed(crawled: World, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "copy.db")) as conn, crawled.connection() as source:
        source.backup(conn)
        conn.row_factory = sqlite3.Row
        conn.execute(
            "UPDATE pages SET next_fetch_at = '2026-11-2' || (length(url) % 3) WHERE url LIKE '%/cho/%4.html'"
        )
        conn.execute("UPDATE pages SET state = 'pending' WHERE url LIKE '%/hong/%'")
        found: list[str] = []
        after: outcomes.Key | None = outcomes.FIRST_WAITING
        while after:
            stretch = outcomes.waiting(conn, [OTHER.id, PAPER.id, "none"], after=after, limit=7)
            found += [row["url"] for row in stretch.rows]
            after = stretch.after
    assert len(found) == len(set(found)) == 63


def test_the_details_of_an_old_run_are_said_to_be_gone(crawled: World, tmp_path: Path) -> None:
    world = World(tmp_path)
    with closing(sqlite3.connect(world.path)) as conn, crawled.connection() as source:
        source.backup(conn)
    for world_, said in ((crawled, False), (world, True)):
        if said:
            with world.connection() as conn:
                maintain(conn, world.now + timedelta(days=900), timedelta(days=365), lambda _: None)
        body = show(world_, run_pages.pages, "runs/1/pages", run_id=1).body
        assert ("This crawl is old" in body) is said


def test_findings_are_told_in_the_language_of_the_page(world: World) -> None:
    """Those that have only words, from an older release, as they were written down."""
    keep(world, 1)
    gap = say("evidence.silent", gap=timedelta(hours=9), last=world.now)
    advice = say("advice.silent", id=PAPER.id, homepage=PAPER.homepage)
    with world.connection() as conn:
        record(
            conn,
            [
                found(PAPER.id, FindingKind.SILENT, Severity.WARNING, gap, advice),
                Found(None, FindingKind.LOW_DISK, Severity.ERROR, "5 MB are free.", "Free space."),
            ],
            world.now,
        )
    for page in (home.home, source_pages.sources):
        vietnamese, english = (unescape(show(world, page, code=code).body) for code in ("vi", "en"))
        assert '<p lang="vi">Không có gì mới trong 9 giờ' in vietnamese
        assert '<p lang="en">Nothing new for 9 hours' in english
        assert '<p lang="en">5 MB are free.</p>' in vietnamese
        assert "<code>biengioi sources check bao-thu</code>" in vietnamese
        assert f">{PAPER.name}</a>" in vietnamese
