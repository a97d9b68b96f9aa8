"""The pages and feeds of watches, wherever they stand: what is found, what is new, which feed it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from crawler.alert_config import Alerts, DigestRhythm, Watch
from crawler.errors import NotFoundError, UsageError
from crawler.topic.topic import Topic
from db.service.watches import all_watches
from db.web import watch_pages
from db.web.i18n import languages
from db.web.page import Answer, Site, WebRequest, mark_key
from scheduler.alerts import deliver
from scheduler.message import Notification
from tests.articles import CORE, make_article
from tests.db.web.library import complete
from tests.db.world import World

CHINA = Watch("Trung Quốc", country="CN", digest=DigestRhythm.DAILY)
LAOS = Watch("Lào", "chuyến hàng", country="LA")
ATOM = "{http://www.w3.org/2005/Atom}"


@cache
def site() -> Site:
    return Site(Topic.load(), saved=(CHINA,))


class Channel:
    name = "room"

    def send(self, notification: Notification) -> None:
        """Take it."""


def keep(world: World, *numbers: int) -> None:
    async def crawl() -> None:
        async with world.crawl() as run:
            for number in numbers:
                relevance = CORE if number % 2 else replace(CORE, countries=("LA",))
                await run.keep(make_article(number), relevance=relevance)

    complete(crawl())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three articles on each neighbour, of which two came after the last digest and the last alert."""
    world = World(tmp_path_factory.mktemp("watches"))
    with world.collection() as collection:
        collection.add_watch(LAOS, [CHINA])
    keep(world, 1, 2)
    alerts = Alerts(watch=(CHINA,))
    for hours in (0, 24):
        world.pass_time(hours=hours)
        with world.connection() as conn:
            deliver(conn, [Channel()], alerts, world.now)
    world.pass_time(hours=1)
    keep(world, 3, 4, 5, 6)
    return world


def show(
    world: World, how: Callable[..., Answer], path: str, code: str = "en", slug: str = "", **asked: str
) -> Answer:
    visit = WebRequest(languages()[code], path, asked, world.now, "http://127.0.0.1:8001")
    with world.connection() as conn:
        return how(conn, site=site(), visit=visit, **{"slug": slug} if slug else {})


def test_the_overview_has_the_watches_of_both_homes(world: World) -> None:
    body = show(world, watch_pages.overview, "watches").body
    for slug, name in (("trung-quoc", "Trung Quốc"), ("lao", "Lào")):
        assert f'href="/en/watches/{slug}">{name}</a>' in body
        assert f'href="/en/watches/{slug}?new=1">2</a>' in body
        assert f'href="/en/watches/{slug}.atom"' in body
    assert body.count(">3</a>") == 2
    assert "a digest every day" in body


@pytest.mark.parametrize(
    ("among", "all_", "new"), [(2, "1</a>+", "1</a>+"), (5, "3</a>+", "2</a>"), (6, "3</a>", "2</a>")]
)
def test_of_common_words_the_overview_counts_the_newest_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, among: int, all_: str, new: str
) -> None:
    monkeypatch.setattr(watch_pages, "_COUNTED_AMONG", among)
    body = show(world, watch_pages.overview, "watches").body
    counts = re.findall(r'/en/watches/lao(?:\?new=1)?">(\d+</a>\+?)', body)
    assert counts == [all_, new]
    assert ("kept last" in body) == all_.endswith("+")
    own = show(world, watch_pages.watch, "watches/lao", slug="lao").body
    assert own.count('<article class="card"') == 3


@pytest.mark.parametrize(("slug", "code", "new"), [("trung-quoc", "en", "new"), ("lao", "vi", "mới")])
def test_a_page_marks_what_came_since_it_was_last_told(world: World, slug: str, code: str, new: str) -> None:
    body = show(world, watch_pages.watch, f"watches/{slug}", code, slug).body
    assert body.count('<article class="card"') == 3
    assert body.count(f'<span class="new">{new}</span>') == 2
    for page in ("articles", "timeline", "top", "articles.csv", "articles.parquet"):
        assert re.search(rf'href="/{code}/{page}\?[^"]*country=(CN|LA)"', body), page
    only_new = show(world, watch_pages.watch, f"watches/{slug}", code, slug, new="1").body
    assert only_new.count('<article class="card"') == 2


def test_words_are_marked_and_meant_with_their_marks(world: World) -> None:
    assert "<mark>" in show(world, watch_pages.watch, "watches/lao", slug="lao").body
    with world.collection() as collection:
        other = collection.add_watch(Watch("khác dấu", "chuyên hang"))
        found = {saved.slug: stands for saved, stands in collection.watches([CHINA])}
        assert (found["lao"].article_count, found[other.slug].article_count) == (3, 0)
        collection.remove_watch(other.slug)


def test_what_is_no_watch_or_no_page_of_one_is_said(world: World) -> None:
    with pytest.raises(NotFoundError):
        show(world, watch_pages.watch, "watches/khong", slug="khong")
    with pytest.raises(UsageError):
        show(world, watch_pages.watch, "watches/lao", slug="lao", page="0")


def test_each_watch_has_a_feed_of_its_own(world: World) -> None:
    feeds = {}
    for slug in ("trung-quoc", "lao"):
        answer = show(world, watch_pages.feed, f"watches/{slug}.atom", slug=slug)
        feed = ElementTree.fromstring(answer.body.encode())
        link = feed.find(f"{ATOM}link[@rel='self']")
        assert link is not None
        assert link.get("href") == f"http://127.0.0.1:8001/en/watches/{slug}.atom"
        assert len(feed.findall(f"{ATOM}entry")) == 3
        feeds[feed.findtext(f"{ATOM}id")] = feed.findtext(f"{ATOM}title")
    assert feeds == {
        "tag:biengioi,2026:watch:Trung%20Qu%E1%BB%91c": "biengioi: Trung Quốc",
        "tag:biengioi,2026:watch:L%C3%A0o": "biengioi: Lào",
    }


def test_a_hostile_name_is_only_text(world: World) -> None:
    name = "<script>alert(1)</script> \u202e"
    with world.collection() as collection:
        slug = collection.add_watch(Watch(name, country="KH")).slug
    assert re.fullmatch("[a-z0-9-]+", slug)
    for body in (
        show(world, watch_pages.overview, "watches").body,
        show(world, watch_pages.watch, f"watches/{slug}", slug=slug).body,
        show(world, watch_pages.feed, f"watches/{slug}.atom", slug=slug).body,
    ):
        assert "<script>alert" not in body
    with world.collection() as collection:
        collection.remove_watch(name)


def test_names_that_differ_in_marks_alone_have_pages_of_their_own(tmp_path: Path) -> None:
    world = World(tmp_path)
    declared = [Watch(name, country="LA") for name in ("Lào", "lao", "???", "Láo")]
    with world.connection() as conn:
        slugs = [saved.slug for saved in all_watches(conn, declared)]
        assert [saved.slug for saved in all_watches(conn, declared)] == slugs
    assert slugs[0] == "lao"
    assert len(set(slugs)) == 4
    assert all(re.fullmatch("[a-z0-9-]+", slug) for slug in slugs)


def test_a_name_is_given_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.collection() as collection:
        collection.add_watch(LAOS)
        for twin in ("Lào", "LÀO ", "La\u0300o"):
            with pytest.raises(UsageError, match="already"):
                collection.add_watch(Watch(twin, country="LA"))
        with pytest.raises(UsageError, match="stands in the configuration"):
            collection.add_watch(Watch("trung quốc", country="CN"), [CHINA])
        with pytest.raises(UsageError, match="stands in the file x"):
            collection.remove_watch("Trung Quốc", [CHINA], "the file x")
        with pytest.raises(UsageError, match="did you mean 'Lào'"):
            collection.remove_watch("Làoo")
        assert [saved.is_declared for saved, _ in collection.watches([CHINA, LAOS])] == [True, True]


def test_a_removed_watch_is_forgotten_and_begins_anew(world: World, tmp_path: Path) -> None:
    other = World(tmp_path)
    other.now = world.now
    other.pass_time(minutes=1)
    with world.connection() as source, other.connection() as copy:
        source.backup(copy)
    with other.collection() as collection:
        assert collection.remove_watch("lào") == "Lào"
        collection.add_watch(LAOS)
        stands = {saved.slug: stands for saved, stands in collection.watches([])}["lao"]
    assert (stands.article_count, stands.new_count, stands.told_at) == (3, 0, other.now)
    assert other.rows("SELECT 1 FROM notices WHERE about LIKE '% Lào'") == []


def test_a_watch_that_was_never_told_is_all_new(world: World) -> None:
    with world.collection() as collection:
        never = Watch("mọi bài")
        (stands,) = (stands for saved, stands in collection.watches([never]) if saved.watch is never)
    assert (stands.article_count, stands.new_count, stands.told_at) == (6, 6, None)


def test_the_key_of_a_mark_is_the_articles_address(world: World) -> None:
    first, second = world.rows("SELECT * FROM articles ORDER BY id LIMIT 2")
    assert mark_key(first) == mark_key({**first, "id": 99, "content_hash": "x"}) != mark_key(second)
