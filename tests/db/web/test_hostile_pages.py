"""Every page of a collection in which nothing is what it should be: markup, directions and schemes are text.

The pages are those of the plugin: a new one without an address here fails. They are read without a
browser; what one does with them is in test_browser.py.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawler.alert_config import Watch
from crawler.errors import NotFoundError
from crawler.finding import FindingKind, Found, Severity
from crawler.text.normalize import fold
from crawler.topic.topic import Topic
from db.file.connection import Connection, write_transaction
from db.file.opening import open_database
from db.service.findings import record
from db.web.i18n import languages
from db.web.page import Answer, Site, WebRequest
from db.web.plugin import PAGES
from tests.articles import CORE, make_article
from tests.db.web.told_events import TALES, add_articles
from tests.db.world import PAPER, START, World

SCRIPT = "<script>alert('a')</script><img src=x onerror=alert('b')><svg/onload=alert(1)>"
WORDS = f"\"' onfocus=alert(1) {SCRIPT}\u202e\u2066đảo\x00\x1b[31m\x9b \u200b]]> {{{{7*7}}}} {'x' * 3000}"
"""What a page may have left in any field."""
ADDRESSES = (
    "javascript:alert(1)//bao.example/a",
    "data:text/html,<script>",
    "vbscript:x",
    "//bao.example/\"'><b>",
)
WATCH = Watch(WORDS[:200].replace("\0", ""), "chuyến hàng", country="LA")
HARMFUL = re.compile("[\u202a-\u202e\u2066-\u2069\x00\x1b\x9b\u200b]")
MOST_CHARS = 600_000

VALUES = {
    "": [""],
    "articles": ["articles", "articles?q=chuy%E1%BA%BFn&order=newest"],
    "events": ["events", "events?kind=meeting&month=2026-06"],
    r"events\.atom": ["events.atom"],
    "threads": ["threads"],
    "timeline": ["timeline?q=chuy%E1%BA%BFn"],
    "top": ["top?q=chuy%E1%BA%BFn", "top"],
    "watches": ["watches"],
    "edits": ["edits"],
    r"edits\.atom": ["edits.atom"],
    "sources": ["sources"],
    "runs": ["runs"],
    "explain": ["explain?url=https://bao-thu.example/tin/1.html"],
}
"""What to ask for of the pages whose address is fixed."""


@cache
def site() -> Site:
    return Site(Topic.load(), saved=(WATCH,))


def hostile(path: Path) -> World:
    """Fill a collection in ordinary ways, then put hostile words into every text of every table."""
    world = World(path)

    async def crawl() -> None:
        async with world.crawl() as run:
            for number in range(4):
                await run.keep(
                    make_article(number, title=WORDS, authors=(WORDS,), tags=(WORDS,)), relevance=CORE
                )
        world.pass_time(hours=3)
        async with world.crawl() as run:
            for number in range(4):
                edited = make_article(number, edit=1, title=f"{WORDS} nữa")
                await run.keep(replace(edited, text=f"{edited.text}\nThêm {WORDS}"), relevance=CORE)

    asyncio.run(crawl())
    with world.connection() as conn:
        add_articles(conn, TALES)
        record(conn, [Found(PAPER.id, FindingKind.SILENT, Severity.ERROR, WORDS, WORDS)], world.now)
        with write_transaction(conn):
            poison(conn)
    return world


def poison(conn: Connection) -> None:
    """Put hostile words wherever a text is free; kinds, dates and keys stay, or nothing would be found."""
    texts = {
        "articles": ("title", "lead", "section", "canonical_url", "image_url"),
        "revisions": ("title", "lead"),
        "events": ("title",),
        "event_people": ("name", "post"),
        "event_bodies": ("name",),
        "event_agreements": ("text",),
        "event_figures": ("unit", "words"),
        "event_objects": ("name",),
        "threads": ("name",),
        "sources": ("name", "last_error"),
        "run_sources": ("message",),
        "decisions": ("detail",),
        "pages": ("title",),
    }
    for table, columns in texts.items():
        known = {row["name"] for row in conn.execute(f"PRAGMA table_info({table})")}
        for column in set(columns) & known:
            conn.execute(f"UPDATE {table} SET {column} = ?", (WORDS,))
    conn.execute("UPDATE articles SET countries = json_array(?1, 'CN'), fields = json_array(?1)", (WORDS,))
    for number, address in enumerate(ADDRESSES, start=1):
        conn.execute("UPDATE articles SET url = ? WHERE id = ?", (address, number))
        conn.execute("UPDATE sightings SET url = ? WHERE article_id = ?", (address, number))
    name = WORDS.replace("/", "")[:150]  # an address holds no more of it
    conn.execute("UPDATE event_people SET name = ?, folded = ?", (name, " ".join(fold(name).split())))
    conn.execute("UPDATE sources SET homepage = 'javascript:alert(1)'")


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    world = hostile(tmp_path_factory.mktemp("hostile"))
    with closing(open_database(world.path)) as conn:
        yield conn


def numbered(conn: Connection, pattern: str) -> Iterator[str]:
    """Addresses for a pattern with a name or a number in it: those of what the collection holds."""
    tables = {
        "article_id": "SELECT id FROM articles ORDER BY id LIMIT 6",
        "event_id": "SELECT id FROM events LIMIT 3",
        "thread_id": "SELECT id FROM threads LIMIT 2",
        "run_id": "SELECT id FROM runs LIMIT 2",
        "source_id": "SELECT 'bao-thu'",
        "place_id": "SELECT 'cao-bang' UNION SELECT 'tra-linh-gate'",
        "name": "SELECT DISTINCT name FROM event_people LIMIT 2",
    }
    (name,) = set(re.findall(r"\?P<(\w+)>", pattern)) - {"layout"}
    if name == "slug":
        from db.service.watches import all_watches

        found = [saved.slug for saved in all_watches(conn, [WATCH])]
    else:
        found = [str(row[0]) for row in conn.execute(tables[name])]
    assert found, pattern
    for one in found:
        address = re.sub(rf"\(\?P<{name}>.*?\)", lambda _, one=one: one, pattern, count=1)  # type: ignore[misc]
        layouts = re.search(r"\(\?P<layout>(.*?)\)", address)
        for layout in layouts[1].split("|") if layouts else [""]:
            yield re.sub(r"\(\?P<layout>.*?\)", layout, address).replace("\\", "")


def ask(conn: Connection, pattern: str, asked: str) -> Answer:
    parts = urlsplit(asked) if pattern in VALUES else None
    path = parts.path if parts else asked
    found = re.fullmatch(pattern, path)
    assert found, (pattern, path)
    numbers = {
        name: int(value) if name.endswith("_id") and value.isdecimal() else value
        for name, value in found.groupdict().items()
    }
    parameters = dict(one.split("=", 1) for one in parts.query.split("&") if one) if parts else {}
    visit = WebRequest(languages()["vi"], path, parameters, START, "http://127.0.0.1:8001")
    return dict(PAGES)[pattern](conn, site=site(), visit=visit, **numbers)


def wrong_in_html(body: str) -> Iterator[str]:
    """What a page holds that it must not."""
    tree = LexborHTMLParser(body)
    for node in tree.css("script"):
        if not (node.attributes.get("src") or "").startswith("/static/"):
            yield f"a script: {node.html}"
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            if name.startswith("on") or name in ("style", "srcdoc", "formaction"):
                yield f"{node.tag} {name}={value}"
            if name in ("href", "src", "action", "xlink:href") and value:
                scheme = value.strip().partition(":")[0].casefold() if ":" in value.split("/")[0] else ""
                if scheme not in ("", "http", "https") or value.startswith("//"):
                    yield f"{node.tag} {name}={value[:80]}"
    for tag in ("img", "iframe", "object", "embed", "base", "meta[http-equiv]"):
        if tree.css(tag):
            yield tag
    if found := HARMFUL.search(tree.body.text() if tree.body else ""):
        yield f"{found[0]!r} in the text"


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in PAGES], ids=lambda pattern: pattern or "home")
def test_a_page_shows_hostile_words_as_words(conn: Connection, pattern: str) -> None:
    asked = VALUES[pattern] if pattern in VALUES else list(numbered(conn, pattern))
    for one in asked:
        try:
            answer = ask(conn, pattern, one)
        except NotFoundError:
            assert "page" in pattern, "no page was kept as it was"
            continue
        body = answer.body if isinstance(answer.body, str) else answer.body.decode()
        assert len(body) < MOST_CHARS, one
        if answer.content_type.startswith("text/html"):
            assert list(wrong_in_html(body)) == [], one
        elif "xml" in answer.content_type:
            for element in ElementTree.fromstring(body).iter():
                assert re.match(r"https?://|/vi/|$", element.attrib.get("href", "")), element.attrib
                assert element.tag.startswith("{http://www.w3.org/2005/Atom}"), element.tag
        else:
            assert answer.content_type.startswith("text/plain")


def test_the_words_are_on_the_pages(conn: Connection) -> None:
    """Else nothing was tried."""
    for pattern, asked in (
        ("edits", "edits"),
        ("watches", "watches"),
        ("sources", "sources"),
        ("articles", "articles"),
    ):
        body = str(ask(conn, pattern, asked).body)
        assert "alert(&#39;a&#39;)" in body, pattern
        assert pattern in ("watches", "sources") or "{{7*7}}" in body, "a template was run"
    assert len(list(wrong_in_html(f"<html><body><a href='javascript:x'>{SCRIPT}</a></body></html>"))) >= 4
