"""What a home page alone tells: feeds, sitemaps, sections in the order of interest."""

from __future__ import annotations

import pytest

from spiders.discovery.home import alternate_feeds, read_feed_index, read_home, well_known_seeds
from tests.spiders.discovery.paper import HOME, PAPER, SLUGS, document, menu, story_list

HEAD = """<link rel="alternate" type="application/rss+xml" href="/rss/home.rss">
<link rel="alternate" type="application/rss+xml" href="https://noi-khac.example/rss">
<link rel="alternate" hreflang="en" href="/en/"><link rel="sitemap" href="/sitemap.xml">"""


def test_sections_come_in_the_order_of_interest_without_what_is_none() -> None:
    stories = story_list(f"/{slug}-41{n}376.html" for n, slug in enumerate(SLUGS))
    more = (
        '<nav><a href="/ban-doc">Bạn đọc</a><a href="/rss">RSS</a><a href="/kinh-te/trang-2.htm">2</a></nav>'
    )
    home = read_home(document(menu() + stories + more), PAPER)
    assert [section.title for section in home.sections] == ["Biên giới", "Thời sự", "Kinh tế", "Bạn đọc"]
    assert home.sections[0].url == "https://bao.vn/bien-gioi"


def test_interest_is_in_whole_words() -> None:
    home = read_home(document('<a href="/lao-cai">Lào Cai</a><a href="/lao-dong">Lao động</a>'), PAPER)
    assert [section.title for section in home.sections] == ["Lào Cai"]


def test_feeds_and_sitemaps_of_the_head_and_of_the_page() -> None:
    links = (
        '<a href="/rss/thoi-su.rss">RSS</a><a href="/rss">Các kênh RSS</a><a href="/sitemap-tin.xml.gz">x</a>'
    )
    home = read_home(document(links, head=HEAD), PAPER)
    assert home.feeds == ("https://bao.vn/rss/home.rss", "https://bao.vn/rss/thoi-su.rss")
    assert home.feed_indexes == ("https://bao.vn/rss",)
    assert home.sitemaps == ("https://bao.vn/sitemap.xml", "https://bao.vn/sitemap-tin.xml.gz")


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="Alternate" type="application/rss+xml" href="/tin/">',
        '<link rel="alternate nofollow" type="application/rss+xml" href="/tin/">',
        '<link rel="home\n ALTERNATE" type="Application/RSS+XML; charset=utf-8" href="/tin/">',
        '<link rel="alternate" type=" application/atom+xml " href=" /tin/ ">',
        "<LINK REL=alternate TYPE=application/rdf+xml HREF=/tin/>",
        '<link rel="feed" href="/tin/">',
        '<a rel="alternate" type="application/atom+xml" href="/tin/">Atom</a>',
    ],
)
def test_a_feed_is_advertised_in_any_spelling_that_html_knows(link: str) -> None:
    assert alternate_feeds(document("<p>Báo</p>", head=link), PAPER) == ["https://bao.vn/tin/"]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" hreflang="en" href="/en/">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed">',
        '<link rel="alternate stylesheet" type="application/rss+xml" href="/x">',
        '<link rel="alternates" type="application/rss+xml" href="/x">',
        '<link rel="alternate" type="application/rss+xml">',
    ],
)
def test_other_links_advertise_no_feed(link: str) -> None:
    assert alternate_feeds(document("<p>Báo</p>", head=link), PAPER) == []


def test_an_index_of_feeds_gives_them_with_their_names() -> None:
    page = document(
        '<a href="/">Trang chủ</a><a href="/rss/the-gioi-209.rss">Thế giới</a>'
        '<a href="https://bao.vn/rss/news/quang-tay.rss">Quảng Tây</a><a href="/rss/thoi-su">Thời sự</a>'
        '<a href="https://noi-khac.example/a.rss">x</a>',
        "https://bao.vn/rss",
    )
    assert [(link.url.removeprefix(HOME), link.title) for link in read_feed_index(page, PAPER)] == [
        ("rss/the-gioi-209.rss", "Thế giới"),
        ("rss/news/quang-tay.rss", "Quảng Tây"),
        ("rss/thoi-su", "Thời sự"),
    ]


def test_well_known_places_are_on_the_home_host() -> None:
    seeds = well_known_seeds("https://www.bao.vn/")
    assert {seed.kind.value for seed in seeds} == {"feed", "news_sitemap", "sitemap"}
    assert all(seed.url.startswith("https://www.bao.vn/") for seed in seeds)
