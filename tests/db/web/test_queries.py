"""What the pages ask of the database: an index for every question, one state of it for every page."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from itertools import count

import httpx
import pytest

from benchmarks.stories import tell
from crawler.alert_config import Watch
from crawler.topic.topic import Topic
from db.file.connection import prepare_connection, write_transaction
from db.file.opening import open_database
from db.web import (
    article_list,
    article_page,
    edit_pages,
    event_list,
    event_page,
    explain_page,
    home,
    person_page,
    place_page,
    run_pages,
    source_pages,
    thread_pages,
    timeline_page,
    watch_pages,
)
from db.web.i18n import languages
from db.web.page import Answer, Site, WebRequest
from tests.db.web.conftest import serving
from tests.db.web.library import build
from tests.db.web.test_pages import number, total
from tests.db.world import World

SMALL = {"sources", "source_schedule", "seeds", "runs", "service", "watches"}
"""Tables with a row for each paper, its seeds, crawl or saved search, which a page may read as a whole."""

INDEXES = {"article_facets", "article_counts"}
"""Tables that are nothing but their key (WITHOUT ROWID): what indexes are for others."""

PAGES: dict[str, tuple[Callable[..., Answer], dict[str, object], dict[str, str]]] = {
    "home": (home.home, {}, {}),
    "list": (article_list.articles, {}, {}),
    "list of a place": (article_list.articles, {}, {"place": "cheng-gate", "since": "2026-01-01"}),
    "list of a source": (article_list.articles, {}, {"source": "bao-song-thia", "page": "2"}),
    "list of much": (
        article_list.articles,
        {},
        {"country": "CN", "field": "meetings", "grade": "core", "until": "2026-10-01"},
    ),
    "list with copies": (
        article_list.articles,
        {},
        {"copies": "1", "since": "2026-01-01", "until": "2026-12-31"},
    ),
    "search": (article_list.articles, {}, {"q": "cua khau"}),
    "search with marks": (article_list.articles, {}, {"q": "hội đàm", "country": "LA", "page": "2"}),
    "article": (article_page.article, {"article_id": 1}, {}),
    "changes": (article_page.changes, {"article_id": 1}, {}),
    "events": (event_list.events_page, {}, {}),
    "events of a month": (
        event_list.events_page,
        {},
        {"begun": "2026-05", "country": "CN", "kind": "meeting"},
    ),
    "events of a place": (event_list.events_page, {}, {"place": "tra-linh-gate", "q": "hội đàm"}),
    "feed of events": (event_list.feed, {}, {"since": "2026-01-01"}),
    "event": (event_page.event, {"event_id": 1}, {}),
    "place": (place_page.place, {"place_id": "tra-linh-gate"}, {}),
    "pair of places": (place_page.place, {"place_id": "cao-bang"}, {"beside": "quang-tay"}),
    "person": (person_page.person, {"name": "Hoàng Văn Thử"}, {}),
    "threads": (thread_pages.threads, {}, {}),
    "thread": (thread_pages.thread, {"thread_id": 1}, {}),
    "timeline": (timeline_page.timeline_page, {}, {"q": "cua khau", "q2": "hội đàm", "country": "LA"}),
    "timeline of all": (timeline_page.timeline_page, {}, {"copies": "1"}),
    "what stands out": (timeline_page.top_page, {}, {"q": "cua khau", "since": "2026-01-01"}),
    "edits": (edit_pages.edits, {}, {}),
    "watches": (watch_pages.overview, {}, {}),
    "watch": (watch_pages.watch, {"slug": "hoi-dam"}, {}),
    "what is new of a watch": (watch_pages.watch, {"slug": "lao"}, {"new": "1"}),
    "feed of a watch": (watch_pages.feed, {"slug": "lao"}, {}),
    "sources": (source_pages.sources, {}, {}),
    "source": (source_pages.source, {"source_id": "bao-song-thia"}, {}),
    "runs": (run_pages.runs, {}, {}),
    "run": (run_pages.run, {"run_id": 1}, {}),
    "pages of a run": (run_pages.pages, {"run_id": 1}, {"kind": "rejected", "reason": "off_topic"}),
    "pages that wait": (run_pages.pages, {"run_id": 1}, {"kind": "pending"}),
    "an address": (explain_page.address, {}, {"url": "https://bao-song-thia.example/khac/1.html"}),
}


@cache
def shared_site() -> Site:
    saved = (Watch("hội đàm", "hội đàm", country="LA"), Watch("Lào", country="LA", grade="core"))
    return Site(Topic.load(), saved=saved)


def visit(parameters: dict[str, str]) -> WebRequest:
    return WebRequest(languages()["en"], "articles", parameters, datetime.now(UTC))


def scans(conn: sqlite3.Connection, statement: str) -> Iterator[str]:
    """Every step of a statement that reads a table, not an index, from one end to the other."""
    for row in conn.execute(f"EXPLAIN QUERY PLAN {statement}"):
        step = row["detail"]
        scan = re.fullmatch(r"SCAN (\w+)", step)
        if scan and scan[1] not in SMALL | INDEXES:
            yield step


@pytest.mark.parametrize("name", PAGES)
def test_every_question_of_a_page_uses_an_index(library: World, name: str) -> None:
    page, arguments, parameters = PAGES[name]
    asked: list[str] = []
    with library.connection() as conn:
        conn.set_trace_callback(asked.append)
        page(conn, site=shared_site(), visit=visit(parameters), **arguments)
        conn.set_trace_callback(None)
        # FTS5 asks its own tables too ('main'.'search_words_config').
        questions = {one for one in asked if one.startswith("SELECT") and " FROM 'main'." not in one}
        assert questions
        found = {question: list(scans(conn, question)) for question in questions}
    assert [(steps, question) for question, steps in found.items() if steps] == []


def test_the_plan_shows_a_scan_where_there_is_one(library: World) -> None:
    with library.connection() as conn:
        assert list(scans(conn, "SELECT count(*) FROM articles WHERE lead = 'x'"))
        assert not list(scans(conn, "SELECT * FROM articles WHERE id = 1"))


def test_no_two_numbers_of_a_page_contradict_each_other_while_a_crawl_writes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    world = build(tmp_path_factory.mktemp("busy"), 60)
    stop = threading.Event()
    written = count()

    def write() -> None:
        with closing(open_database(world.path)) as conn:
            source = conn.execute("SELECT id FROM sources").fetchone()["id"]
            for serial in count(10_000):
                if stop.is_set():
                    return
                with write_transaction(conn):
                    for part in range(5):
                        _insert(conn, source, serial * 10 + part)
                next(written)

    writer = threading.Thread(target=write)
    with (
        serving(world.path) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=20) as client,
    ):
        writer.start()
        try:
            totals = []
            for _ in range(12):
                page = client.get("/en/articles").text
                totals.append(total(page))
                sources = page[page.index('id="facet-source"') : page.index('id="facet-year"')]
                counts = map(number, re.findall(r'<span class="count">([\d,]+)', sources))
                assert sum(counts) == totals[-1]
        finally:
            stop.set()
            writer.join()
    assert next(written) > 3
    assert totals[-1] > totals[0]
    assert totals == sorted(totals)


def _insert(conn: sqlite3.Connection, source: str, serial: int) -> None:
    story = tell(str(serial), serial)
    conn.execute(
        "INSERT INTO articles (source_id, title, text, published_at, published_precision, fetched_at,"
        " language, content_hash, countries, places) VALUES (?, ?, ?, ?, 'second', ?, 'vi', ?, ?, '[]')",
        (
            source,
            story.title,
            story.text,
            "2026-11-01T00:00:00Z",
            "2026-11-01T00:00:00Z",
            f"{serial:064}",
            f'["{story.country}"]',
        ),
    )


def test_a_connection_of_the_pages_cannot_write(library: World) -> None:
    with closing(sqlite3.connect(f"{library.path.as_uri()}?mode=ro", uri=True)) as conn:
        prepare_connection(conn)
        with pytest.raises(sqlite3.OperationalError):
            conn.execute("DELETE FROM articles")
