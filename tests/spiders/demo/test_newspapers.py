"""The simulated newspapers: what they print, that it repeats, and how their servers answer."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest
import trafilatura
from lxml import etree, html

from crawler.errors import UsageError
from crawler.identity.urls import canonical_url
from crawler.source import SeedKind, load_source, load_sources
from crawler.text.normalize import canonical_text, content_hash
from spiders.demo.edition import PER_PAGE
from spiders.demo.newspapers import Newspapers
from spiders.demo.papers import SECTIONS, load_papers
from spiders.demo.stories import Manuscript, Story
from tests.spiders.demo.visitor import Answer, ask

NOW = datetime(2026, 3, 2, 5, 40, 30, tzinfo=UTC)
"""Two days into a month: the stories stand in two months, and zce prints two sitemaps."""

FAMILIES = {paper.id: paper.family for paper in load_papers()}


@pytest.fixture
def newspapers() -> Iterator[Newspapers]:
    with Newspapers(now=NOW) as started:
        yield started


@pytest.fixture(scope="module")
def unchanged() -> Iterator[Newspapers]:
    """Newspapers that no test may publish in or edit."""
    with Newspapers(now=NOW) as started:
        yield started


def stories_of(newspapers: Newspapers, source_id: str) -> list[Story]:
    return [story for story in newspapers.stories if story.paper == source_id]


def links(url: str) -> list[str]:
    tree = html.fromstring(ask(url).text)
    found = [urljoin(url, link) for link in tree.xpath("//a/@href | //link[@rel='alternate']/@href")]
    return [link for link in map(canonical_url, found) if link]


def reachable(newspapers: Newspapers, source_id: str, tmp_path: Path) -> set[str]:
    """Return every address that a patient reader of the source's seeds is led to."""
    (tmp_path / f"{source_id}.toml").write_text(newspapers.sources[source_id], encoding="utf-8")
    source = load_source(tmp_path / f"{source_id}.toml")
    found: set[str] = set()
    for seed in source.seeds:
        match seed.kind:
            case SeedKind.FEED:
                found |= {entry.link for entry in feedparser.parse(ask(seed.url).body).entries}
            case SeedKind.SITEMAP | SeedKind.NEWS_SITEMAP:
                found |= sitemap_urls(seed.url)
            case SeedKind.SECTION:
                found |= section_urls(seed.url)
            case _:
                raise AssertionError(seed.kind)
    return found


def sitemap_urls(url: str) -> set[str]:
    body = ask(url).body
    tree = etree.fromstring(gzip.decompress(body) if url.endswith(".gz") else body)
    locations = {str(loc) for loc in tree.xpath("//*[local-name()='loc']/text()")}
    if tree.tag.endswith("sitemapindex"):
        return set().union(*map(sitemap_urls, locations))
    return locations


def section_urls(url: str) -> set[str]:
    """Return the links of a section's list pages, following its pager."""
    pages, found = [url], set[str]()
    for page in pages:
        for link in links(page):
            found.add(link)
            is_pager = re.sub(r"\d+", "", link.removeprefix(url.removesuffix(".htm"))) in (
                "trang-/", "/trang-.htm", "?page=", "&p=", "?p=", "page-/",
            )  # fmt: skip
            if link.startswith(url.removesuffix(".htm")) and is_pager and link not in pages:
                pages.append(link)
    return found


def test_there_is_one_newspaper_per_family_each_on_its_own_address(unchanged: Newspapers) -> None:
    assert set(FAMILIES.values()) == {
        "zce", "ims", "onecms", "mastercms", "yyyymm", "a-id", "content-detail", "nukeviet",
    }  # fmt: skip
    assert {urlsplit(origin).hostname for origin in unchanged.origins.values()} == {
        f"127.0.0.{n}" for n in range(11, 19)
    }


@pytest.mark.parametrize("source_id", FAMILIES)
def test_every_story_is_announced_by_the_seeds_of_its_paper(
    unchanged: Newspapers, source_id: str, tmp_path: Path
) -> None:
    found = reachable(unchanged, source_id, tmp_path)
    for story in stories_of(unchanged, source_id):
        old_url = story.origin + story.old_path if story.old_path else None
        assert story.url in found or old_url in found, story.title


@pytest.mark.parametrize("source_id", FAMILIES)
def test_the_home_page_alone_leads_to_every_section_and_feed(unchanged: Newspapers, source_id: str) -> None:
    paper = next(paper for paper in load_papers() if paper.id == source_id)
    origin = unchanged.origins[source_id]
    found = set(links(f"{origin}/"))
    wanted = [*(paper.section_path(name) for name in SECTIONS), *paper.feed_paths().values()]
    assert {origin + path for path in wanted} <= found


@pytest.mark.parametrize("source_id", FAMILIES)
def test_a_list_page_does_not_hold_the_whole_paper(unchanged: Newspapers, source_id: str) -> None:
    stories = {story.url for story in stories_of(unchanged, source_id)}
    paper = next(paper for paper in load_papers() if paper.id == source_id)
    first, second = (unchanged.origins[source_id] + paper.section_path("thoi-su", n) for n in (1, 2))
    assert PER_PAGE <= len(stories & set(links(first))) < len(stories)
    assert stories & set(links(second)) - set(links(first))


@pytest.mark.parametrize("source_id", FAMILIES)
def test_trafilatura_reads_every_paragraph(unchanged: Newspapers, source_id: str) -> None:
    for story in stories_of(unchanged, source_id):
        found = trafilatura.extract(ask(story.url).text, url=story.url, include_comments=False)
        text = canonical_text(found or "")
        for paragraph in story.paragraphs:
            assert canonical_text(paragraph) in text, (story.url, paragraph)


@pytest.mark.parametrize("source_id", FAMILIES)
def test_addresses_match_the_source_files_pattern_and_no_other_page_does(
    unchanged: Newspapers, source_id: str
) -> None:
    pattern = next(paper.url_pattern for paper in load_papers() if paper.id == source_id)
    stories = stories_of(unchanged, source_id)
    assert all(re.search(pattern, story.url) for story in stories)
    known = {story.url for story in stories} | {s.origin + s.old_path for s in stories}
    listed = {
        link
        for page in (unchanged.origins[source_id] + "/", stories[0].url)
        for link in links(page)
        if urlsplit(link).hostname == urlsplit(page).hostname
    }
    assert {link for link in listed if re.search(pattern, link)} <= known


def test_the_source_files_are_valid_full_and_minimal(unchanged: Newspapers, tmp_path: Path) -> None:
    unchanged.write_sources(tmp_path / "full")
    unchanged.write_sources(tmp_path / "minimal", minimal=True)
    full, minimal = load_sources([tmp_path / "full"]), load_sources([tmp_path / "minimal"])
    assert list(full) == list(minimal) == sorted(FAMILIES)
    for source_id, source in full.items():
        assert source.family == FAMILIES[source_id]
        assert source.politeness.delay_s == 0.05
        assert source.seeds
        assert not minimal[source_id].seeds
        assert source.host_names == minimal[source_id].host_names


def test_same_seed_and_now_print_the_same_bytes_and_another_seed_does_not() -> None:
    first, again, other = (printed(seed) for seed in (1, 1, 2))
    assert first == again
    assert first.keys() != other.keys()


def printed(seed: int) -> dict[str, bytes]:
    """Return every body of two papers, without the port that differs from run to run."""
    bodies = {}
    with Newspapers(seed=seed, now=NOW, only=["demo-zce", "demo-nukeviet"]) as newspapers:
        for story in newspapers.stories:
            bodies[story.paper + story.path] = ask(story.url).body
        for source_id, origin in newspapers.origins.items():
            for path in ("/", "/sitemap.xml", "/rss/home.rss", "/news/rss/"):
                bodies[source_id + path] = ask(origin + path).body
        ports = [origin.rpartition(":")[2] for origin in newspapers.origins.values()]
    hidden = re.compile("|".join(ports).encode())
    return {path: hidden.sub(b"PORT", body) for path, body in bodies.items()}


def test_stories_reach_back_days_but_never_five() -> None:
    with Newspapers() as newspapers:
        ages = [datetime.now(UTC) - story.published_at for story in newspapers.stories]
    assert min(ages) > timedelta(0)
    assert timedelta(days=4) < max(ages) < timedelta(days=5)


def test_relevant_stories_are_long_enough_and_many(unchanged: Newspapers) -> None:
    assert 24 <= len(unchanged.expected) <= 32
    for telling in (story for tellings in unchanged.expected.values() for story in tellings):
        assert 250 <= len(telling.full_text.split()) <= 600, telling.title
        assert not telling.disallowed
    hashes = {content_hash(tellings[0].full_text) for tellings in unchanged.expected.values()}
    assert len(hashes) == len(unchanged.expected)
    assert sum(not story.relevant for story in unchanged.stories) >= 30 + 8


def test_the_wire_story_is_one_text_in_three_settings(unchanged: Newspapers) -> None:
    (tellings,) = (group for group in unchanged.expected.values() if len(group) > 1)
    assert len({story.paper for story in tellings}) == 3
    assert len({story.full_text for story in tellings}) == 3
    assert len({story.title for story in tellings}) == 3
    assert len({content_hash(story.full_text) for story in tellings}) == 1
    everything = " ".join(story.full_text for story in tellings)
    assert "Hoà" in everything
    assert "Hòa" in everything


@pytest.mark.parametrize("source_id", [id_ for id_ in FAMILIES if id_ != "demo-yyyymm"])
def test_an_edit_shows_in_the_page_the_validator_and_the_feed(newspapers: Newspapers, source_id: str) -> None:
    story = next(s for s in stories_of(newspapers, source_id) if not s.disallowed)
    paper = next(paper for paper in load_papers() if paper.id == source_id)
    feed_url = story.origin + paper.feed_home
    page, feed = ask(story.url), ask(feed_url)
    edited = newspapers.edit(story.url)
    assert edited.url == story.url
    assert edited.paragraphs[:-1] == story.paragraphs
    assert ask(story.url).headers["ETag"] != page.headers["ETag"]
    assert edited.paragraphs[-1] in ask(story.url).text
    before, after = feed_updated(feed, story.url), feed_updated(ask(feed_url), story.url)
    assert after > before


def feed_updated(feed: Answer, url: str) -> str:
    return str(next(e.updated for e in feedparser.parse(feed.body).entries if e.link == url))


@pytest.mark.parametrize("source_id", ["demo-zce", "demo-ims", "demo-onecms", "demo-nukeviet"])
def test_an_edit_moves_the_sitemaps_lastmod(newspapers: Newspapers, source_id: str) -> None:
    story = stories_of(newspapers, source_id)[0]
    paper = next(paper for paper in load_papers() if paper.id == source_id)
    local = story.published_at + timedelta(hours=7)
    url = story.origin + (paper.sitemap.format(at=local) or paper.news_sitemap)
    before = lastmod(url, story.url)
    newspapers.edit(story.url)
    assert lastmod(url, story.url) > before


def lastmod(sitemap_url: str, url: str) -> str:
    body = ask(sitemap_url).body
    tree = etree.fromstring(gzip.decompress(body) if sitemap_url.endswith(".gz") else body)
    return str(tree.xpath(f"//*[local-name()='url'][*='{url}']/*[local-name()='lastmod']/text()")[0])


def test_a_title_only_edit_leaves_the_text(newspapers: Newspapers) -> None:
    story = newspapers.stories[0]
    edited = newspapers.edit(story.url, title="Một tiêu đề khác")
    assert (edited.title, edited.full_text) == ("Một tiêu đề khác", story.full_text)
    assert "<title>Một tiêu đề khác - " in ask(story.url).text
    with pytest.raises(KeyError):
        newspapers.edit(story.url + "x")


def test_a_moved_story_answers_at_both_addresses_and_both_are_linked(unchanged: Newspapers) -> None:
    (story,) = (story for story in unchanged.stories if story.old_path)
    old_url = story.origin + story.old_path
    answer = ask(old_url)
    assert (answer.status, answer.headers["Location"]) == (301, story.url)
    paper = next(paper for paper in load_papers() if paper.id == story.paper)
    assert old_url in section_urls(story.origin + paper.section_path(story.section))
    assert story.url in ask(story.origin + paper.feed_section.format(section=story.section)).text


def test_a_published_story_appears_in_feed_list_and_sitemap(newspapers: Newspapers) -> None:
    before = set(newspapers.expected)
    story = newspapers.publish()
    assert story.relevant
    assert set(newspapers.expected) == before | {story.key}
    assert ask(story.url).status == 200
    assert story.url in ask(f"{story.origin}/rss/home.rss").text
    assert story.url in links(f"{story.origin}/")
    assert story.url in sitemap_urls(f"{story.origin}/sitemap.xml")
    assert story.published_at >= NOW


def test_held_back_stories_run_out_but_any_manuscript_can_be_published(
    newspapers: Newspapers,
) -> None:
    held_back = [newspapers.publish(), newspapers.publish()]
    assert len({story.key for story in held_back}) == 2
    with pytest.raises(LookupError, match="held back"):
        newspapers.publish()
    own = Manuscript(title="Tin & ảnh <mới>", lead="Lời dẫn.", text="Một đoạn.\nHai đoạn.")
    story = newspapers.publish(own, source_id="demo-nukeviet")
    assert story.path.startswith("/news/thoi-su/tin-anh-moi-")
    assert "Tin &amp; ảnh &lt;mới&gt;" in ask(story.url).text


def test_robots_names_the_sitemap_and_forbids_the_one_story_that_is_linked(
    unchanged: Newspapers,
) -> None:
    (story,) = (story for story in unchanged.stories if story.disallowed)
    robots = ask(f"{story.origin}/robots.txt")
    assert robots.headers["Content-Type"].startswith("text/plain")
    assert "Disallow: /noi-bo/" in robots.text
    assert f"Sitemap: {story.origin}/sitemap.xml" in robots.text
    assert story.path.startswith("/noi-bo/")
    assert story.url in section_urls(f"{story.origin}/thoi-su")


def test_validators_are_honoured(unchanged: Newspapers) -> None:
    url = unchanged.origins["demo-ims"] + "/rss/home.rss"
    first = ask(url)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert first.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    for asked in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"other", W/{etag}'},
        {"If-Modified-Since": modified},
    ):
        answer = ask(url, asked)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"] == etag
    for asked in (
        {"If-None-Match": '"other"', "If-Modified-Since": modified},
        {"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert ask(url, asked).status == 200


def test_every_request_is_logged_with_who_asked(newspapers: Newspapers) -> None:
    origin = newspapers.origins["demo-a-id"]
    ask(f"{origin}/?utm_source=x", {"User-Agent": "reader"})
    ask(f"{origin}/nowhere", method="HEAD")
    home, missing = newspapers.requests
    assert (home.host, home.path, home.user_agent, home.status) == (
        "127.0.0.16", "/?utm_source=x", "reader", 200,
    )  # fmt: skip
    assert (missing.path, missing.status) == ("/nowhere", 404)
    assert missing.at >= home.at


def test_a_sitemap_is_gzipped_and_zce_months_are_not_padded(unchanged: Newspapers) -> None:
    zce, onecms = (unchanged.origins[id_] for id_ in ("demo-zce", "demo-onecms"))
    index = ask(f"{zce}/sitemap.xml").text
    assert f"{zce}/sitemaps/news-2026-2.xml" in index
    assert f"{zce}/sitemaps/news-2026-3.xml" in index
    packed = ask(f"{onecms}/sitemap-article-2026.xml.gz")
    assert packed.headers["Content-Type"] == "application/gzip"
    assert gzip.decompress(packed.body).startswith(b"<?xml")


def test_dates_are_written_as_each_family_writes_them(unchanged: Newspapers) -> None:
    feeds = {
        "demo-zce": ("/rss/home.rss", r"\w{3}, \d\d \w{3} 2026 \d\d:\d\d:\d\d \+07:00"),
        "demo-ims": ("/rss/home.rss", r"\w{3}, \d\d \w{3} 2026 \d\d:\d\d:\d\d \+07"),
        "demo-mastercms": ("/rss_feed/", r"0[23]/\d\d/2026 \d\d:\d\d:\d\d [AP]M"),
        "demo-a-id": ("/rss/news/trang-chu.rss", r"\w{3}, \d\d \w{3} 26 \d\d:\d\d:\d\d \+0700"),
        "demo-nukeviet": ("/news/rss/", r"\w{3}, \d\d \w{3} 2026 \d\d:0[23]:\d\d GMT"),
    }
    for source_id, (path, form) in feeds.items():
        dates = re.findall("<pubDate>(.*)</pubDate>", ask(unchanged.origins[source_id] + path).text)
        assert dates
        assert all(re.fullmatch(form, date) for date in dates), dates[0]


def test_nukeviet_keeps_its_traps(unchanged: Newspapers) -> None:
    story = stories_of(unchanged, "demo-nukeviet")[3]
    page = ask(story.url).text
    published = re.search(r'article:published_time" content="([^"]+)"', page)
    assert published
    assert re.fullmatch(r"2026-\d\d-\d\d\+07\d\d:\d\d:\d\d", published[1])
    assert "Những tin cũ hơn" in page
    assert '"@type": "NewsArticle"' not in page
    (copy_path,) = story.copy_paths
    copy = ask(story.origin + copy_path)
    assert copy_path.startswith("/news/print/")
    assert story.paragraphs[0] in unescape(copy.text)


def test_structured_data_is_valid_json(unchanged: Newspapers) -> None:
    story = stories_of(unchanged, "demo-onecms")[0]
    (data,) = html.fromstring(ask(story.url).text).xpath("//script[@type='application/ld+json']")
    assert json.loads(data.text)["headline"] == story.title


def test_nothing_is_loaded_from_anywhere_else(unchanged: Newspapers) -> None:
    for origin in unchanged.origins.values():
        for link in links(f"{origin}/"):
            host = urlsplit(link).hostname or ""
            assert host.startswith("127.0.0.") or host.endswith(".example"), link


def test_a_taken_port_is_a_sentence_and_leaves_nothing_listening(unchanged: Newspapers) -> None:
    port = int(unchanged.origins["demo-ims"].rpartition(":")[2])
    with pytest.raises(UsageError, match=rf"127\.0\.0\.12:{port}"):
        Newspapers(now=NOW, port=port, only=["demo-zce", "demo-ims"]).__enter__()
    with Newspapers(now=NOW, port=port, only=["demo-zce"]) as again:
        assert ask(again.origins["demo-zce"] + "/").status == 200


def test_a_deleted_story_is_gone_from_its_address_and_from_every_list(newspapers: Newspapers) -> None:
    story = stories_of(newspapers, "demo-ims")[0]
    assert ask(story.url).status == 200
    newspapers.delete(story.url)
    assert ask(story.url).status == 404
    assert story.url not in links(f"{newspapers.origins['demo-ims']}/")


def test_a_refusing_paper_refuses_everything_until_it_recovers(newspapers: Newspapers) -> None:
    home = f"{newspapers.origins['demo-zce']}/"
    newspapers.refuse("demo-zce", HTTPStatus.FORBIDDEN)
    assert ask(home).status == 403
    newspapers.refuse("demo-zce", None)
    assert ask(home).status == 200


def test_a_moved_paper_redirects_for_good_and_serves_the_same_paths(newspapers: Newspapers) -> None:
    old = stories_of(newspapers, "demo-ims")[0]
    origin = newspapers.move("demo-ims", "127.0.0.99")
    answer = ask(old.url)
    assert (answer.status, answer.headers["Location"]) == (301, origin + old.path)
    assert ask(origin + old.path).status == 200


def test_a_redesigned_paper_keeps_its_addresses_and_words(newspapers: Newspapers) -> None:
    story = stories_of(newspapers, "demo-zce")[0]
    before = ask(story.url).text
    newspapers.redesign("demo-zce", "ims")
    after = ask(story.url).text
    assert after != before
    assert story.paragraphs[0] in unescape(after)


def test_a_told_clock_dates_what_is_published() -> None:
    now = [NOW]
    with Newspapers(only=["demo-zce"], clock=lambda: now[0]) as newspapers:
        now[0] += timedelta(days=3)
        assert newspapers.publish().published_at == NOW + timedelta(days=3)
