"""The pages as people use them, in a real browser: the walk, no foreign request, no barrier, no trap."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from crawler.finding import FindingKind, Found, Severity
from crawler.source import Source
from db.service.findings import record
from tests.articles import CORE, make_article, make_text
from tests.db.web.conftest import serving
from tests.db.web.library import complete
from tests.db.world import World
from tests.scale import share

PAGES = (
    "/vi/", "/en/", "/vi/articles", "/en/articles?q=cua+khau&country=LA", "/en/articles?q=%22",
    "/vi/articles/{revised}", "/en/articles/{revised}/changes", "/en/sources", "/vi/sources/{source}",
    "/vi/runs", "/en/runs/4", "/vi/nothing", "/vi/runs/4/pages?kind=rejected",
    "/vi/events", "/en/events?begun=2026-05", "/vi/events/{event}", "/en/places/tra-linh-gate",
    "/vi/people/Hoàng Văn Thử", "/en/threads", "/vi/threads/1", "/en/articles?since=31/12/2026",
    "/en/explain?url={url}", "/data?sql=selec", "/en/watches",
)  # fmt: skip


class Watched:
    """A page, and everything that it did which no page of ours may do."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self._note(f"error: {error}"))
        page.on("dialog", lambda dialog: (self._note(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: self._check(request.url))

    def _note(self, complaint: str) -> None:
        # The browser reports the status of an error page that was asked for as an error of the page.
        if "the server responded with a status of 4" not in complaint:
            self.complaints.append(complaint)

    def _check(self, url: str) -> None:
        if urlsplit(url).hostname not in ("127.0.0.1", None):
            self._note(f"request: {url}")


@pytest.fixture
def watched(browser: Browser, site: str) -> Iterator[Watched]:
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900}, locale="vi-VN")
    found = Watched(context.new_page())
    yield found
    context.close()
    assert found.complaints == []


@pytest.fixture(scope="module")
def names(library: World) -> dict[str, str]:
    revised = library.rows("SELECT article_id FROM revisions LIMIT 1")[0]["article_id"]
    source = library.rows("SELECT id FROM sources ORDER BY id LIMIT 1")[0]["id"]
    url = library.rows("SELECT url FROM decisions WHERE reason = 'off_topic' LIMIT 1")[0]["url"]
    event = library.rows("SELECT event_id FROM event_people WHERE name = 'Hoàng Văn Thử'")[0]["event_id"]
    return {"event": str(event), "revised": str(revised), "source": source, "url": url}


def test_the_walk(watched: Watched, names: dict[str, str]) -> None:
    """Home → station → list → article → diff → search without diacritics → facet → feed."""
    page = watched.page
    page.goto("/")
    expect(page).to_have_url(re.compile("/vi/$"))
    expect(page.locator("svg.weekly-plot rect:not([height='0'])").first).to_be_visible()

    station = page.locator("svg.strip.wide a.gate:not(.none)").first
    label = station.get_attribute("aria-label") or ""
    station.locator("circle.stop").click()
    expect(page.locator("p.total strong")).to_have_text(label.rpartition(": ")[2])

    title = page.locator("article.card h2 a").first
    words = title.inner_text()
    title.click()
    expect(page.locator("h1")).to_have_text(words)
    assert page.locator(".story .body p").count() > 1

    page.goto(f"/vi/articles/{names['revised']}")
    page.get_by_role("link", name="So sánh các bản").click()
    expect(page.locator("ins").first).to_be_visible()

    page.get_by_role("searchbox").fill("hoi dam")
    page.get_by_role("searchbox").press("Enter")
    marks = page.locator("article.card mark", has_text=re.compile("hội đàm", re.IGNORECASE))
    expect(marks.first).to_be_visible()
    before = page.locator("p.total strong").inner_text()

    choice = page.locator("section.facet a").first
    count = choice.locator(".count").inner_text()
    choice.click()
    expect(page.locator("p.total strong")).to_have_text(f"{count} bài")
    assert page.locator(".chosen li").count() == 2
    assert before != ""

    feed = page.request.get(page.locator('link[type="application/atom+xml"]').get_attribute("href") or "")
    assert feed.status == 200
    assert "<entry" in feed.text()


def test_the_bars_of_the_chart_lead_to_their_lists(watched: Watched) -> None:
    page = watched.page
    page.goto("/en/")
    bar = page.locator("svg.weekly-plot a:has(rect:visible)").last  # a week without articles has none
    shown = bar.locator("title").text_content() or ""
    bar.locator("rect").click()
    expect(page.locator("p.total strong")).to_have_text(re.compile(rf"^{shown.rpartition(': ')[2]} article"))


@pytest.mark.parametrize(("scheme", "width", "number"), [("light", 1280, 0), ("dark", 390, 1)])
def test_no_page_has_a_barrier(
    watched: Watched, names: dict[str, str], scheme: Literal["light", "dark"], width: int, number: int
) -> None:
    """Usually each page is looked at in light or in the dark, with ``SCALE=full`` in both."""
    page = watched.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    rules = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
        "resultTypes": ["violations"],
    }
    found = []
    for address in share(PAGES, number, 2):
        page.goto(address.format(**names))
        for violation in Axe().run(page, options=rules).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                where = [node["html"][:160] for node in violation["nodes"][:3]]
                found.append((address, violation["id"], where))
    assert found == [], json.dumps(found, indent=1, ensure_ascii=False)


# Two slanting names overlap when neither their own direction nor that across it keeps them apart.
OVERLAPPING_NAMES = """() => {
  const box = (text) => {
    const own = text.getBBox(), matrix = text.getScreenCTM();
    const corners = [[0, 0], [own.width, 0], [0, own.height], [own.width, own.height]];
    return corners.map(([x, y]) => new DOMPoint(own.x + x, own.y + y).matrixTransform(matrix));
  };
  // The ink of a line is lower than its box, which has room for any script.
  const ink = 0.72;
  const texts = [...document.querySelectorAll("svg.strip.wide .gate-name")].map((text) => {
    const [topLeft, topRight, left, right] = box(text);
    const length = Math.hypot(right.x - left.x, right.y - left.y);
    const along = { x: (right.x - left.x) / length, y: (right.y - left.y) / length };
    const height = Math.hypot(left.x - topLeft.x, left.y - topLeft.y);
    const across = { x: -along.y, y: along.x };
    const at = (point, way) => point.x * way.x + point.y * way.y;
    return { name: text.textContent, svg: text.ownerSVGElement, along: [at(left, along), at(right, along)],
             across: [at(left, across) - height * ink, at(left, across)] };
  });
  const meet = (a, b) => a[0] < b[1] && b[0] < a[1];
  const overlap = (a, b) => a.svg === b.svg && meet(a.along, b.along) && meet(a.across, b.across);
  const overlapping = (a, n) => texts.slice(n + 1).filter((b) => overlap(a, b)).map((b) => [a.name, b.name]);
  return texts.flatMap(overlapping);
}"""


def test_no_two_names_of_the_strip_overlap(watched: Watched) -> None:
    for path in ("/vi/", "/vi/?division=merged"):
        watched.page.goto(path)
        assert watched.page.locator("svg.strip.wide .gate-name").count() > 80
        assert watched.page.evaluate(OVERLAPPING_NAMES) == []


def test_every_page_fits_every_screen(watched: Watched, names: dict[str, str]) -> None:
    """On a phone nothing has to be pushed sideways, in a table either, and with everything opened."""
    page = watched.page
    for address in PAGES:
        page.goto(address.format(**names), wait_until="domcontentloaded")
        for width in (1920, 1280, 820, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for width in (390, 360):
            page.set_viewport_size({"width": width, "height": 780})
            cut = page.eval_on_selector_all(
                ".scroll, main, body",
                "found => found.filter(one => one.scrollWidth > one.clientWidth).map(one => one.className)",
            )
            assert cut == [], (address, width)


def test_on_a_phone_the_filters_come_before_the_articles(watched: Watched) -> None:
    page = watched.page
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto("/vi/articles")
    days = page.locator("form.days").bounding_box()
    card = page.locator("article.card").first.bounding_box()
    assert days
    assert card
    assert days["y"] + days["height"] < card["y"] < 780
    expect(page.locator(".facet").first).to_be_hidden()
    page.locator("a.to-filters").click()
    page.locator(".facet a").first.click()
    expect(page.locator(".chosen li")).to_have_count(1)
    expect(page.locator(".facet").first).to_be_hidden()


def test_the_keyboard_reaches_the_content_first(watched: Watched) -> None:
    page = watched.page
    page.goto("/vi/articles")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_everything_is_there_without_scripts(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/vi/")
    assert page.locator("svg.strip.wide a").count() > 100
    page.locator("figure.weekly summary").click()
    expect(page.locator("figure.weekly td a").first).to_be_visible()
    page.locator('input[name="q"]').fill("cua khau")
    page.locator(".find button").click()
    expect(page.locator("article.card").first).to_be_visible()
    context.close()


def test_the_console_of_datasette_works_under_its_policy(watched: Watched) -> None:
    page = watched.page
    page.goto("/data?sql=select+id,+title+from+articles+limit+3")
    expect(page.locator(".CodeMirror")).to_be_visible()
    assert page.locator("table tbody tr").count() == 3
    page.goto("/data/articles")
    expect(page.locator("table.rows-and-columns")).to_be_visible()


# --- hostile content ----------------------------------------------------------------------------

SCRIPT = "<script>alert('a')</script><img src=x onerror=alert('b')><svg onload=alert('c')>"
HOSTILE = {
    "markup": {
        "title": f"Tin {SCRIPT}",
        "authors": (SCRIPT,),
        "tags": (SCRIPT,),
        "captions": (SCRIPT,),
        "section": SCRIPT,
        "lead": None,
        "text": f"{SCRIPT}\n{make_text(1)}",
    },
    "escapes out of attributes": {
        "title": "\"'><script>alert(1)</script>",
        "authors": ("' onfocus='alert(1)",),
    },
    "entities": {
        "title": "&lt;script&gt;alert(1)&lt;/script&gt;",
        "lead": None,
        "text": f"&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt;\n{make_text(2)}",
    },
    "templates": {"title": "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7} %s %(x)s {0}", "authors": ("{{ config }}",)},
    "script address": {"url": "javascript:alert(document.domain)//bao-thu.example/tin/x.html"},
    "data address": {"url": "data:text/html,<script>alert(1)</script>"},
    "address with markup": {"url": 'https://bao-thu.example/"><script>alert(1)</script>'},
    "backwards": {"title": "Tin \u202egnol\u202c \u2066abc \u200f", "authors": ("\u202eevil",)},
    "terminal": {"title": "\x1b[31mđỏ\x1b[0m \x07 \x00x \x9b2J", "authors": ("\x1b]0;x\x07",)},
    "a megabyte": {"title": "Dài " * 250_000},
    "one long word": {"title": "x" * 5_000, "authors": ("y" * 5_000,)},
    "end of everything": {
        "title": "</title></textarea></script>]]></style><!--",
        "authors": ("</textarea>",),
    },
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, World]]:
    """A server of a collection in which nothing is what it should be; article n is the n-th kind."""
    world = World(tmp_path_factory.mktemp("hostile"))
    source = Source("bao-thu", f"Báo {SCRIPT}\u202e", "https://bao-thu.example")

    async def fill() -> None:
        async with world.crawl(source) as crawl:
            for number, changes in enumerate(HOSTILE.values()):
                plain = {name: value for name, value in changes.items() if name != "url"}
                await crawl.keep(make_article(number, **plain), source=source, relevance=CORE)
        world.pass_time(hours=3)
        async with world.crawl(source) as crawl:
            for number, changes in enumerate(HOSTILE.values()):
                plain = {name: value for name, value in changes.items() if name != "url"}
                article = make_article(number, **plain)
                edited = replace(article, text=f"{article.text}\nThêm {SCRIPT}")
                await crawl.keep(edited, source=source, relevance=CORE)

    complete(fill())
    with world.connection() as conn:
        for number, changes in enumerate(HOSTILE.values(), start=1):
            if "url" in changes:
                conn.execute("UPDATE articles SET url = ? WHERE id = ?", (changes["url"], number))
                conn.execute("UPDATE sightings SET url = ? WHERE article_id = ?", (changes["url"], number))
        conn.execute("UPDATE sources SET homepage = 'javascript:alert(1)'")
        conn.execute(
            "UPDATE articles SET countries = json_array(?1, 'CN'), places = json_array(?1),"
            " fields = json_array(?1)",
            (SCRIPT,),
        )
        record(conn, [Found("bao-thu", FindingKind.SILENT, Severity.ERROR, SCRIPT, f"`{SCRIPT}`")], world.now)
    with serving(world.path) as address:
        yield address, world


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_content_is_only_text(browser: Browser, hostile: tuple[str, World], kind: str) -> None:
    address, _ = hostile
    number = list(HOSTILE).index(kind) + 1
    context = browser.new_context(base_url=address)
    watched = Watched(context.new_page())
    page = watched.page
    pages = [
        f"/vi/articles/{number}", f"/en/articles/{number}/changes", "/vi/", "/en/articles", "/vi/sources",
        "/vi/sources/bao-thu", "/en/runs/1", "/en/runs/1/pages",
        "/vi/explain?url=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/data?sql=%3C/textarea%3E%3Cscript%3Ealert(1)", "/data/sources?_sort=%22%3E%3Cscript%3E",
        "/vi/articles?since=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/en/articles?q=%3Cscript%3Ealert(1)%3C/script%3E+tin",
        "/vi/articles?place=%3Cscript%3Ealert(1)%3C/script%3E&source=%22%3E%3Cscript%3E",
        "/vi/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/vi/sources/%3Cimg%20src=x%20onerror=alert(1)%3E",
        f"/data/articles/{number}", "/data/sources",
    ]  # fmt: skip
    for path in pages[: 2 if number > 1 else None] + pages[-2:-1]:
        page.goto(path)
        assert page.locator("main script, main img, section.content script").count() == 0, path
        assert page.locator("svg[onload], [onerror], [onfocus]").count() == 0, path
        for href in page.eval_on_selector_all(
            "a[href]", "links => links.map(link => new URL(link.getAttribute('href'), location).href)"
        ):
            assert urlsplit(href).scheme in ("http", "https"), (path, href)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b\x9b]", page.inner_text("body")), path
        if path.startswith(("/vi", "/en")):
            assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path
            assert len(page.content()) < 400_000, path
    for path in (f"/vi/articles/{number}/citation.txt", f"/vi/articles/{number}/plain.txt"):
        answer = page.request.get(path)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        page.goto(path)
        assert page.locator("script, img").count() == 0
    assert watched.complaints == []
    context.close()


def test_hostile_content_is_only_text_in_feeds(hostile: tuple[str, World], browser: Browser) -> None:
    from xml.etree import ElementTree

    address, _ = hostile
    request = browser.new_context(base_url=address).request
    for path in ("/vi/articles.atom", "/vi/articles.atom?q=tin"):
        feed = ElementTree.fromstring(request.get(path).body())
        hrefs = [link.get("href") or "" for link in feed.iter("{http://www.w3.org/2005/Atom}link")]
        assert hrefs
        assert all(re.match("https?://", href) for href in hrefs)
    for row in request.get("/vi/articles.csv").text().splitlines():
        assert not row.startswith(("=", "+", "-", "@"))


def test_the_picture_of_a_printed_article_has_the_article_alone(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    page.goto("/vi/articles/1")
    page.emulate_media(media="print")
    expect(page.locator("header.top")).to_be_hidden()
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator(".story .body")).to_be_visible()


def test_marks_stay_in_the_readers_browser(watched: Watched) -> None:
    """Star by keyboard, read, filter, in both languages and in the dark; nothing but pages is asked for."""
    page = watched.page
    requests: list[str] = []
    page.on("request", lambda request: requests.append(f"{request.method} {urlsplit(request.url).path}"))
    page.emulate_media(color_scheme="dark")
    page.goto("/vi/articles")
    stars = page.get_by_role("button", name="Gắn sao")
    expect(stars).to_have_count(25)
    stars.first.focus()
    page.keyboard.press("Enter")
    expect(stars.first).to_have_attribute("aria-pressed", "true")
    page.locator("article.card h2 a").nth(1).click()
    expect(page.locator("article.story").get_by_role("button", name="đã đọc")).to_have_attribute(
        "aria-pressed", "true"
    )

    page.goto("/en/articles")
    cards = page.locator("article.card:visible")
    expect(cards.nth(0).get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")
    expect(cards.nth(1).get_by_text("read", exact=True)).to_be_visible()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
    assert [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")] == []
    group = page.get_by_role("group", name="Which articles of this page are shown")
    group.get_by_role("button", name="Starred").click()
    expect(cards).to_have_count(1)
    expect(group.get_by_text("1 of the 25 on this page")).to_be_visible()
    group.get_by_role("button", name="Unread").click()
    expect(cards).to_have_count(24)
    group.get_by_role("button", name="All").click()
    expect(cards).to_have_count(25)
    assert not {
        one for one in requests if not re.fullmatch(r"GET /((vi|en)/articles(/\d+)?|static/[\w./-]+)", one)
    }
    assert page.context.cookies() == []
