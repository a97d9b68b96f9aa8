"""Sitemaps as they are found: other name spaces, broken files, text, feeds, thousands of entries."""

from __future__ import annotations

import gzip
import io
import time
from datetime import UTC, datetime, timedelta

import pytest

from crawler.config import FetchLimits
from crawler.page import Page
from crawler.source import Seed, SeedKind, Source
from spiders.discovery import sitemap
from spiders.discovery.article_links import looks_like_article
from spiders.discovery.listing import Listing
from spiders.discovery.seed_page import read_seed
from spiders.discovery.sitemap_parts import MAX_PARTS, choose, newest_first, ordered

NOW = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCE = Source(id="bao", name="Báo", homepage="https://bao.vn")
HERE = "https://bao.vn/sitemap.xml"
STORY = "https://bao.vn/thong-quan-tro-lai-o-cua-khau-12345.html"
LOC = f"<loc>{STORY}</loc>"
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" '
    'xmlns:video="http://www.google.com/schemas/sitemap-video/1.1" '
    'xmlns:xhtml="http://www.w3.org/1999/xhtml" xmlns:la="https://bao.vn/rieng"'
)


def read(body: str | bytes, kind: SeedKind = SeedKind.SITEMAP) -> Listing:
    data = body.encode() if isinstance(body, str) else body
    return read_seed(
        Page(HERE, HERE, data, NOW),
        SOURCE,
        Seed(kind, HERE),
        is_article=looks_like_article,
        section_rule=None,
        not_before=NOW - 7 * DAY,
        now=NOW,
        limits=FetchLimits(),
    )


def urls(listing: Listing) -> list[str]:
    return [one.url for one in listing.candidates]


def urlset(*entries: str) -> str:
    return f"<urlset {SPACES}>{''.join(f'<url>{one}</url>' for one in entries)}</urlset>"


FOREIGN = [
    "<image:image><image:loc>https://bao.vn/anh/1.jpg</image:loc><image:title>TTXVN</image:title></image:image>",
    (
        "<video:video><video:title>Clip</video:title><video:publication_date>2019-01-01</video:publication_date>"
        "<video:player_loc>https://bao.vn/player</video:player_loc></video:video>"
    ),
    '<xhtml:link rel="alternate" hreflang="en" href="https://bao.vn/en"/>',
    "<la:loc>https://bao.vn/khac</la:loc><la:lastmod>2019-01-01</la:lastmod><la:title>Khác</la:title>",
    "<la:news><la:x>1</la:x></la:news><xhtml:title>Khác</xhtml:title>",
]


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("is_first", [True, False])
def test_children_of_another_name_space_say_nothing(foreign: str, is_first: bool) -> None:
    own = f"{LOC}<lastmod>2026-11-19</lastmod>"
    news = (
        "<news:news><news:publication_date>2026-11-19T08:00:00+07:00</news:publication_date>"
        "<news:title>Thông quan trở lại</news:title></news:news>"
    )
    (plain,) = read(urlset(foreign + own if is_first else own + foreign)).candidates
    assert (plain.url, plain.title, plain.published) == (STORY, None, None)
    assert plain.changed_at is None  # a bare day is no instant
    (told,) = read(urlset(foreign + own + news if is_first else own + news + foreign)).candidates
    assert (told.url, told.title) == (STORY, "Thông quan trở lại")
    assert told.published is not None
    assert told.published.at == "2026-11-19T01:00:00Z"


@pytest.mark.parametrize(
    "document",
    [
        f"<urlset><urlset><url>{LOC}</url></urlset></urlset>",
        f"<sitemapindex><urlset><url>{LOC}</url></urlset></sitemapindex>",
        f"<xml><urlset><url>{LOC}</url></urlset></xml>",
        (
            f'<sm:urlset xmlns:sm="http://www.google.com/schemas/sitemap/0.84"><sm:url><sm:loc>{STORY}</sm:loc>'
            "</sm:url></sm:urlset>"
        ),
        f"<URLSET><URL><LOC>{STORY}</LOC></URL></URLSET>",
        f"<br />\n<b>Warning</b>: foreach() in <b>/map.php</b><br />\n<?xml version='1.0'?>{urlset(LOC)}",
        f"\ufeff\n\n<?xml version='1.0' encoding='utf-16'?>{urlset(LOC)}",
        urlset(f"<loc>\n  <![CDATA[ {STORY} ]]>\n</loc>"),
        urlset(LOC + "<news:news><news:title>A &#55357;&#56832; &#1114112; B</news:title></news:news>"),
        urlset(f"{LOC}<title>&ecirc;&nope;</title>"),
        urlset(LOC).replace("</urlset>", "<url><loc>https://bao.vn/cut"),
    ],
)
def test_odd_documents_are_read(document: str) -> None:
    assert urls(read(document))[0] == STORY


def test_a_news_title_with_half_an_emoji_is_not_lost() -> None:
    news = "<news:news><news:title>Mở cửa khẩu &#55357;&#56832; &#55357;</news:title></news:news>"
    (one,) = read(urlset(LOC + news), SeedKind.NEWS_SITEMAP).candidates
    assert one.title == "Mở cửa khẩu 😀 \ufffd"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Thông quan \n  trở lại", "Thông quan trở lại"),
        ("\x7f", None),
        ("&amp;quot;Mở cửa&amp;quot;", '"Mở cửa"'),
    ],
)
def test_a_news_title_is_one_line_without_what_nobody_sees(written: str, kept: str | None) -> None:
    news = f"<news:news><news:title>{written}</news:title></news:news>"
    (one,) = read(urlset(LOC + news), SeedKind.NEWS_SITEMAP).candidates
    assert one.title == kept


def test_undeclared_prefixes_mean_what_they_usually_do() -> None:
    body = (
        f"<urlset><url>{LOC}<news:news><news:title>Tin</news:title></news:news>"
        "<image:image><image:loc>https://bao.vn/anh/1.jpg</image:loc></image:image></url></urlset>"
    )
    (one,) = read(body, SeedKind.NEWS_SITEMAP).candidates
    assert (one.url, one.title) == (STORY, "Tin")


def test_what_stands_behind_the_gzip_stream_is_ignored_and_all_its_members_are_read() -> None:
    whole = urlset(LOC).encode()
    packed = gzip.compress(whole[:50]) + gzip.compress(whole[50:])
    for behind in (b"", b"\n<!-- cached -->", b"\x00" * 512):
        assert urls(read(packed + behind)) == [STORY]
    assert "ends too early" in read(packed[:-4]).problem
    assert "broken" in read(b"\x1f\x8b" + b"rubbish" * 9).problem
    many = io.BytesIO()
    for _ in range(2000):
        many.write(gzip.compress(b" "))
    assert urls(read(many.getvalue() + packed)) == [STORY]


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\r", "\n\n"])
def test_a_text_sitemap_is_a_list_of_addresses(separator: str) -> None:
    other = "https://bao.vn/lien-he"
    assert urls(read(f"\ufeff{separator.join((STORY, other))}{separator}")) == [STORY]
    assert urls(read(f"{STORY}{separator}{other}".encode("utf-16"))) == [STORY]


def test_a_feed_is_a_sitemap_too() -> None:
    rss = f"<rss version='2.0'><channel><item><title>Tin</title><link>{STORY}</link></item></channel></rss>"
    entry = f"<entry><title>Tin</title><link href='{STORY}'/></entry>"
    atom = f"<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>"
    for document in (rss, atom):
        assert [(one.url, one.title) for one in read(document).candidates] == [(STORY, "Tin")]


@pytest.mark.parametrize(
    "body",
    [
        f"<!DOCTYPE html><html><body>{STORY}<pre>{urlset(LOC)}</pre></body></html>",
        f"Không tìm thấy.\n{STORY}\nHãy thử lại.",
        "",
    ],
)
def test_a_page_that_quotes_a_sitemap_is_none(body: str) -> None:
    listing = read(body)
    assert listing.problem
    assert listing.failure is not None


def test_of_more_entries_than_there_is_room_for_the_latest_are_kept_and_the_rest_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def entry(number: int, lastmod: str) -> str:
        return f"<loc>https://bao.vn/thong-quan-tro-lai-o-cua-khau-{number}.html</loc>{lastmod}"

    monkeypatch.setattr(sitemap, "MAX_OFFERED", 100)
    count = 110
    old = [entry(n, "<lastmod>2019-01-01</lastmod>") for n in range(10_000, 10_000 + count)]
    listing = read(urlset(*old, LOC))
    assert (urls(listing), listing.unread) == ([STORY], "")
    dated = [entry(n, f"<lastmod>2026-11-{15 + n % 2}</lastmod>") for n in range(10_000, 10_000 + count)]
    listing = read(urlset(*dated, f"{LOC}<lastmod>2026-11-20</lastmod>"))
    assert len(listing.candidates) == 100
    assert listing.candidates[-1].url == STORY
    assert listing.unread == f"11 of {count + 1} addresses of {HERE} were not read"
    bare = [entry(n, "") for n in range(10_000, 10_000 + count)]
    listing = read(urlset(LOC, *bare, LOC))
    assert (urls(listing)[0], urls(listing)[-1]) == (STORY, STORY)
    assert listing.unread


def index(*names: str) -> list[str]:
    body = "".join(f"<sitemap><loc>https://bao.vn/{name}</loc></sitemap>" for name in names)
    return [
        seed.url.removeprefix("https://bao.vn/") for seed in read(f"<sitemapindex>{body}</sitemapindex>").more
    ]


def test_an_index_that_does_not_say_when_is_read_from_both_ends() -> None:
    assert index("a.xml", "b.xml", "c.xml", "d.xml", "e.xml") == ["e.xml", "a.xml", "d.xml", "b.xml", "c.xml"]
    assert index("a.xml", "a.xml") == ["a.xml"]


def test_names_that_bear_a_month_say_when() -> None:
    names = ["sitemap-2025-12.xml", "sitemap-2026-11.xml", "sitemap-2024-01.xml", "sitemap-2026-2.xml"]
    assert index(*names) == [
        "sitemap-2026-11.xml", "sitemap-2026-2.xml", "sitemap-2025-12.xml", "sitemap-2024-01.xml",
    ]  # fmt: skip
    assert index("post-20261119.xml", "post-20261120.xml")[0] == "post-20261120.xml"
    assert ordered([("", "https://bao.vn/2026-11/a.xml"), ("2026-11-18", "https://bao.vn/b.xml")])[
        0
    ].endswith("b.xml")


PARTS = tuple(Seed(SeedKind.SITEMAP, f"https://bao.vn/{n}.xml") for n in range(100))


def test_a_small_index_is_read_whole() -> None:
    choice = choose(PARTS[:MAX_PARTS], {one.url: NOW for one in PARTS}, NOW, 7 * DAY)
    assert choice.chosen == PARTS[:MAX_PARTS]


def test_of_a_large_index_every_part_has_its_turn_and_the_first_have_it_always() -> None:
    read_at: dict[str, datetime] = {}
    left = []
    for crawl in range(6):
        now = NOW + crawl * timedelta(minutes=30)
        choice = choose(PARTS, read_at, now, 7 * DAY)
        assert len(choice.chosen) <= MAX_PARTS
        assert PARTS[0] in choice.chosen
        left.append(choice.unread_count)
        read_at |= {one.url: now for one in choice.chosen}
    assert left == [70, 50, 30, 10, 0, 0]
    assert len(read_at) == len(PARTS)
    assert len(choose(PARTS, read_at, NOW + DAY, 7 * DAY).chosen) == 10  # nothing else is due
    later = choose(PARTS, read_at, NOW + 8 * DAY, 7 * DAY)
    assert [one.url for one in later.chosen[10:]] == [one.url for one in PARTS[10:30]]
    assert later.unread_count == 0


def test_an_archive_is_read_further() -> None:
    assert choose(PARTS, {}, NOW, 7 * DAY, limit=500).chosen == PARTS


def test_sitemaps_named_after_news_go_first() -> None:
    names = (
        "chuyen-muc.xml",
        "sitemap-1.xml",
        "anh.xml",
        "google-news.xml",
        "sitemap-1.xml",
        "post_sitemap2.xml",
    )
    assert [one.rpartition("/")[2] for one in newest_first(f"https://bao.vn/{name}" for name in names)] == [
        "google-news.xml", "post_sitemap2.xml", "sitemap-1.xml", "chuyen-muc.xml", "anh.xml",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "unit", ["<a ", "<a", "<", "<a b='", '<a b="c" ', "<url", "<url><loc", "<a></b ", "<?a ", "<!--"]
)
def test_tags_without_end_are_read_in_time_that_grows_with_their_number(unit: str) -> None:
    """libxml2 looks for the end of each tag through all that is left of the file."""
    body = f"<urlset {SPACES}><url>{LOC}</url><url><loc>{unit * (600_000 // len(unit))}</loc></url></urlset>"
    start = time.process_time()
    listing = read(body)
    assert time.process_time() - start < 6
    assert urls(listing) == [STORY]


def test_a_sign_that_is_no_tag_costs_nothing() -> None:
    title = "Giá giảm: 5 < 10 < 15 đồng"
    news = f"<news:publication_date>2026-11-20</news:publication_date><news:title>{title}</news:title>"
    listing = read(urlset(f"{LOC}<news:news>{news}</news:news>"), SeedKind.NEWS_SITEMAP)
    assert [one.title for one in listing.candidates] == [title]
