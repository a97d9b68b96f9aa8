"""What feeds, sitemaps and section pages offer, good ones and bad ones."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta

import pytest

from crawler.config import FetchLimits
from crawler.extraction import Document, read_document
from crawler.page import Page
from crawler.source import Seed, SeedKind, Source
from spiders.discovery.article_links import article_rule, looks_like_article
from spiders.discovery.feed import read_feed
from spiders.discovery.home_seeds import home_seeds, written_out
from spiders.discovery.listing import Listing
from spiders.discovery.pager import next_page
from spiders.discovery.section import read_section
from spiders.discovery.seed_page import read_seed

NOW = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
SOURCE = Source(id="bao", name="Báo", homepage="https://bao.vn", hosts=("tin.bao.vn",))
FEED_URL = "https://bao.vn/rss/home.rss"


def page(body: str | bytes, url: str = FEED_URL, content_type: str = "") -> Page:
    data = body.encode() if isinstance(body, str) else body
    return Page(url, url, data, NOW, headers={"content-type": content_type} if content_type else {})


def rss(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{"".join(items)}</channel></rss>'


def item(link: str, more: str = "") -> str:
    return f"<item><link>{link}</link>{more}</item>"


def feed(*items: str) -> Listing:
    return read_feed(page(rss(*items)), SOURCE, NOW)


def urls(listing: Listing) -> list[str]:
    return [one.url for one in listing.candidates]


def test_feed_items_come_with_title_and_date() -> None:
    listing = feed(
        item(
            "https://bao.vn/hoi-dam-1.html",
            "<title>Hội đàm &amp;amp; ký kết</title><pubDate>Fri, 20 Nov 2026 08:30:00 +0700</pubDate>",
        )
    )
    (candidate,) = listing.candidates
    assert candidate.title == "Hội đàm & ký kết"
    assert candidate.published is not None
    assert candidate.published.at == "2026-11-20T01:30:00Z"
    assert candidate.found_on == FEED_URL


@pytest.mark.parametrize(
    "date", ["Fri, 20 Nov 2026 08:30:00 +07", "11/20/2026 8:30:00 AM", "Fri, 20 Nov 26 08:30:00 +0700"]
)
def test_the_dates_that_feedparser_loses(date: str) -> None:
    (candidate,) = feed(item("https://bao.vn/a-1.html", f"<pubDate>{date}</pubDate>")).candidates
    assert candidate.published is not None
    assert candidate.published.at == "2026-11-20T01:30:00Z"


def test_feed_links_are_made_absolute_cleaned_and_kept_at_home() -> None:
    listing = feed(
        item("/tin/a-1.html?utm_source=rss"),
        item("https://tin.bao.vn/b-2.html#x"),
        item("https://www.bao.vn/c-3.html"),
        item("https://quangcao.example/d-4.html"),
        item("https://bao.vn.example/e-5.html"),
        item("javascript:alert(1)"),
    )
    assert urls(listing) == [
        "https://bao.vn/tin/a-1.html", "https://tin.bao.vn/b-2.html", "https://www.bao.vn/c-3.html",
    ]  # fmt: skip
    assert listing.offsite_count == 3


@pytest.mark.parametrize(
    "body", ["<html><body>Trang không tồn tại</body></html>", "", "{}", "\x00\x01", "<rss", "chào"]
)
def test_what_is_no_feed_says_so(body: str) -> None:
    assert read_feed(page(body), SOURCE, NOW).problem


def test_an_empty_feed_is_a_feed() -> None:
    assert feed() == Listing()


def test_a_feed_declared_utf16_that_is_utf8_is_read() -> None:
    body = rss(item("https://bao.vn/a-1.html", "<title>Cửa khẩu</title>"))
    listing = read_feed(page(body.replace("?>", ' encoding="utf-16"?>', 1)), SOURCE, NOW)
    assert [one.title for one in listing.candidates] == ["Cửa khẩu"]


ITEM = item("https://bao.vn/a-1.html", "<title>Cửa khẩu {}</title>")


def titles(body: bytes | str, content_type: str = "") -> list[str | None]:
    return [one.title for one in read(body, SeedKind.FEED, content_type=content_type).candidates]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("&#55357;&#56832;", "Cửa khẩu 😀"),
        ("&#xD83D;&#xDE00;", "Cửa khẩu 😀"),
        ("&amp;#55357;", "Cửa khẩu \ufffd"),
        ("&#55357; mới", "Cửa khẩu \ufffd mới"),
        ("&#56832;&#55357;", "Cửa khẩu \ufffd\ufffd"),
        ("&#1114112;", "Cửa khẩu \ufffd"),
        ("&#99999999999999999999;", "Cửa khẩu \ufffd"),
        ("&#xFFFFFFFFFF;", "Cửa khẩu \ufffd"),
        ("&#00000000000000000273;ông", "Cửa khẩu đông"),
        ("&#0;&#1;&#11;&#31;mới", "Cửa khẩu mới"),
        ("&#xFFFE;mới", "Cửa khẩu mới"),
        ("\x0bmới\ufffe", "Cửa khẩu mới"),
    ],
)
def test_a_reference_to_no_character_spoils_its_title_at_worst(written: str, title: str) -> None:
    body = rss(ITEM.format(written), item("https://bao.vn/b-2.html", "<title>Đồng Văn</title>"))
    assert titles(body) == [title, "Đồng Văn"]


def test_one_bad_byte_costs_one_character() -> None:
    body = rss(*[ITEM.format(f"số {n} được mở") for n in range(20)]).encode()
    for bad in (b"\xe1", b"\xff", b"\x92"):
        found = titles(body.replace("số 7".encode(), b"s" + bad + b" 7"))
        assert found[6] == "Cửa khẩu số 6 được mở"
        assert len(found) == 20


@pytest.mark.parametrize(
    "declared", ["utf-16", "UTF-16LE", "utf-32", "windows-1252", "iso-8859-1", "không-có"]
)
@pytest.mark.parametrize("padding", ["", " "])
def test_what_a_feed_says_of_its_encoding_does_not_spoil_utf8(declared: str, padding: str) -> None:
    body = rss(ITEM.format("Đồng Văn")).replace("?>", f" encoding='{declared}'?>", 1) + padding
    assert titles(body) == ["Cửa khẩu Đồng Văn"]
    assert titles(body, f"text/xml; charset={declared}") == ["Cửa khẩu Đồng Văn"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_feeds_in_other_encodings_are_read(encoding: str) -> None:
    body = rss(ITEM.format("Đồng Văn")).replace("?>", " encoding='utf-8'?>", 1)
    assert titles(body.encode(encoding)) == ["Cửa khẩu Đồng Văn"]


def test_a_feed_may_be_a_gzip_file() -> None:
    packed = gzip.compress(rss(ITEM.format("mới")).encode())
    assert titles(packed, "application/gzip") == ["Cửa khẩu mới"]
    assert titles(packed + b"\n<!-- cached -->") == ["Cửa khẩu mới"]
    assert "unpacks to more than" in read(gzip.compress(b"a" * 200_000), SeedKind.FEED).problem


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("5% &lt; 10% và &gt; 15%", "5% < 10% và > 15%"),
        ("5% &amp;lt; 10% và &amp;gt; 15%", "5% < 10% và > 15%"),
        ("<![CDATA[x<y và y>z]]>", "x<y và y>z"),
        ("<![CDATA[<b>Hội</b> đàm <font color='red'>mới</font><br/>nhất <!-- x -->]]>", "Hội đàm mớinhất"),
        ("&lt;a href='/x'&gt;Hội đàm&lt;/a&gt;", "Hội đàm"),
        ("<![CDATA[<img src='a.jpg'\n alt='>'>Hội đàm]]>", "'>Hội đàm"),
        ("<![CDATA[<<Hội đàm>>]]>", "<<Hội đàm>>"),
    ],
)
def test_signs_of_comparison_are_no_tags(written: str, title: str) -> None:
    body = rss(item("https://bao.vn/a-1.html", f"<title>{written}</title>"))
    assert titles(body) == [title]


def test_addresses_of_a_feed_may_have_letters_of_any_alphabet() -> None:
    entries = "".join(
        f"<entry><title>a</title><link href='{link}'/></entry>"
        for link in (
            "https://bao.vn/hội-đàm.html",
            "/hội-đàm.html",
            "https://bao.vn/h%E1%BB%99i-%C4%91%C3%A0m.html",
        )
    )
    listing = feed_of(f"<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>")
    assert urls(listing) == ["https://bao.vn/h%E1%BB%99i-%C4%91%C3%A0m.html"] * 3


def feed_of(body: str) -> Listing:
    return read_feed(page(body), SOURCE, NOW)


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">' + "".join(
    f'<!ENTITY {chr(99 + n)} "{f"&{chr(98 + n)};" * 10}">' for n in range(8)
)
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize(("doctype", "entity"), [(BOMB, "&j;"), (XXE, "&e;")])
def test_entities_are_neither_expanded_nor_fetched(doctype: str, entity: str) -> None:
    body = rss(item(f"https://bao.vn/a-1.html?{entity}", f"<title>{entity}</title>"))
    listing = read_feed(page(body.replace("<rss", f"{doctype}]><rss", 1)), SOURCE, NOW)
    assert all("root:" not in str(one) and len(str(one)) < 2000 for one in listing.candidates)
    sitemap = f"{doctype}]><urlset><url><loc>https://bao.vn/{entity}</loc></url></urlset>"
    listing = read(sitemap, SeedKind.NEWS_SITEMAP)
    assert all("root:" not in str(one) and len(str(one)) < 2000 for one in listing.candidates)


def read(
    body: str | bytes, kind: SeedKind = SeedKind.SITEMAP, max_bytes: int = 100_000, content_type: str = ""
) -> Listing:
    url = "https://bao.vn/sitemap.xml"
    return read_seed(
        page(body, url, content_type),
        SOURCE,
        Seed(kind, url),
        is_article=looks_like_article,
        section_rule=None,
        not_before=NOW - timedelta(days=7),
        now=NOW,
        limits=FetchLimits(max_seed_bytes=max_bytes),
    )


def url_entry(loc: str, lastmod: str = "") -> str:
    return f"<url><loc>{loc}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</url>"


SITEMAP = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"


def test_a_sitemap_offers_recent_articles_only() -> None:
    listing = read(
        SITEMAP.format(
            url_entry("https://bao.vn/tin/tuan-tra-song-phuong-post123.html", "2026-11-19T10:00:00+07:00")
            + url_entry("https://bao.vn/tin/tuan-tra-nam-ngoai-post99.html", "2025-11-19")
            + url_entry("https://bao.vn/lien-he", "2026-11-19")
            + url_entry("https://noi-khac.example/mot-hai-ba-bon-post5.html", "2026-11-19")
        )
    )
    assert urls(listing) == ["https://bao.vn/tin/tuan-tra-song-phuong-post123.html"]
    assert listing.candidates[0].changed_at == datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
    assert listing.offsite_count == 1


def test_a_news_sitemap_offers_everything_with_titles() -> None:
    news = (
        "<url><loc>https://bao.vn/a</loc><n:news xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>"
        "<n:publication><n:name>Báo</n:name></n:publication><n:title>Thông quan</n:title>"
        "<n:publication_date>2026-11-20T08:00:00+07:00</n:publication_date></n:news></url>"
    )
    (candidate,) = read(SITEMAP.format(news), SeedKind.NEWS_SITEMAP).candidates
    assert candidate.title == "Thông quan"
    assert candidate.published is not None
    assert candidate.published.at == "2026-11-20T01:00:00Z"


def test_an_index_leads_to_its_recent_children_newest_first() -> None:
    children = "".join(
        f"<sitemap><loc>https://{host}/{name}.xml</loc><lastmod>{day}</lastmod></sitemap>"
        for host, name, day in [
            ("bao.vn", "cu", "2024-01-01"),
            ("bao.vn", "truoc", "2026-11-18"),
            ("bao.vn", "nay", "2026-11-20"),
            ("noi-khac.example", "la", "2026-11-20"),
            ("bao.vn", "sitemap", "2026-11-20"),
        ]
    )
    listing = read(f"<sitemapindex>{children}</sitemapindex>")
    assert [seed.url for seed in listing.more] == ["https://bao.vn/nay.xml", "https://bao.vn/truoc.xml"]


def test_gzip_is_known_by_its_content_and_bounded() -> None:
    packed = gzip.compress(SITEMAP.format(url_entry("https://bao.vn/mot-hai-ba-bon-post5.html")).encode())
    assert len(read(packed).candidates) == 1
    assert "unpacks to more than" in read(gzip.compress(b"a" * 200_000)).problem
    assert "broken" in read(packed[:-12]).problem


@pytest.mark.parametrize("body", ["", "<html><body>Lỗi</body></html>", "chào", "<urlset"])
def test_what_is_no_sitemap_says_so(body: str) -> None:
    listing = read(body)
    assert listing.problem or not listing.candidates


def section(body: str, url: str) -> Document:
    document = read_document(page(f"<html><body>{body}</body></html>", url, "text/html; charset=utf-8"))
    assert isinstance(document, Document)
    return document


def test_a_section_offers_its_articles_once_with_their_best_title() -> None:
    url = "https://bao.vn/bien-gioi"
    links = """<a href="/tuan-tra-song-phuong-dot-ba-12345.html"><img></a>
        <a href="/tuan-tra-song-phuong-dot-ba-12345.html">Tuần tra song phương đợt ba</a>
        <a href="/bien-gioi">Biên giới</a> <a href="/lien-he.html">Liên hệ</a>
        <a href="https://noi-khac.example/mot-hai-ba-bon-12345.html">Nơi khác</a>
        <a href="/tag/mot-hai-ba-bon-12345.html">nhãn</a><a href="/print/mot-hai-ba-bon-12345.html">in</a>"""
    seed = Seed(SeedKind.SECTION, url)
    listing = read_section(section(links, url), SOURCE, seed, is_article=article_rule(SOURCE))
    assert [(one.url, one.title) for one in listing.candidates] == [
        ("https://bao.vn/tuan-tra-song-phuong-dot-ba-12345.html", "Tuần tra song phương đợt ba")
    ]
    assert listing.offsite_count == 1


@pytest.mark.parametrize(
    ("here", "link", "there"),
    [
        ("/bien-gioi", '<a href="/bien-gioi/trang-2.htm">2</a>', "/bien-gioi/trang-2.htm"),
        ("/bien-gioi/", '<a rel="next" href="/bien-gioi/page-2/">»</a>', "/bien-gioi/page-2/"),
        ("/kinh-doanh", '<a href="/kinh-doanh-p2">2</a><a href="/kinh-doanh-p3">3</a>', "/kinh-doanh-p2"),
        ("/tin?page=2", '<a href="/tin?page=1">1</a><a href="/tin?page=3">Trang sau</a>', "/tin?page=3"),
        ("/tin", '<a rel="next nofollow" href="/tin/2">»</a>', "/tin/2"),
        ("/tin", '<link rel="NEXT" href="/tin/2"><a rel="nextcloud" href="/x">x</a>', "/tin/2"),
        ("/tin", '<a href="/the-thao/p2">2</a>', None),
        ("/tin", "<p>hết</p>", None),
    ],
)
def test_the_next_page_of_a_list(here: str, link: str, there: str | None) -> None:
    url = f"https://bao.vn{here}"
    found = next_page(section(link, url), SOURCE, url)
    assert found == (f"https://bao.vn{there}" if there else None)


def test_a_home_page_without_seeds_leads_to_its_feeds_sections_and_sitemaps() -> None:
    url = "https://bao.vn/"
    html = """<html><head><link rel="alternate" type="application/rss+xml" href="/rss/home.rss"></head>
        <body><nav><a href="/chinh-tri">Chính trị</a><a href="/the-gioi">Thế giới</a>
        <a href="/lien-he">Liên hệ</a></nav></body>"""
    sitemaps = ("https://bao.vn/sitemap.xml", "https://noi-khac.example/sitemap.xml")
    found = home_seeds(page(html, url, "text/html"), SOURCE, sitemaps, NOW - timedelta(days=7))
    assert [(seed.kind.value, seed.url) for seed in found] == [
        ("feed", FEED_URL),
        ("sitemap", "https://bao.vn/sitemap.xml"),
        ("section", "https://bao.vn/chinh-tri"),
        ("section", "https://bao.vn/the-gioi"),
    ]


def test_the_usual_places_are_guessed_only_where_a_home_page_names_none() -> None:
    found = home_seeds(page("<html><body><p>Báo</p>", "https://bao.vn/"), SOURCE, (), NOW)
    kinds = {seed.kind for seed in found}
    assert {SeedKind.FEED, SeedKind.SITEMAP} <= kinds
    assert not [seed for seed in found if "{" in seed.url]


def test_dated_sitemaps_are_written_out_for_the_days_wanted() -> None:
    template = Seed(SeedKind.SITEMAP, "https://bao.vn/sitemaps/news-{YYYY}-{M}.xml")
    written = written_out([template], date(2026, 9, 28), date(2026, 11, 20))
    assert [seed.url.rpartition("/")[2] for seed in written] == [
        "news-2026-11.xml", "news-2026-10.xml", "news-2026-9.xml",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/khai-mac-hoi-cho-cua-khau-post976641.html", True),
        ("/khai-mac-hoi-cho-cua-khau-20260307080054340.htm", True),
        ("/kinh-te/202611/khai-mac-hoi-cho-cua-khau-3f2a1bc/", True),
        ("/xa-hoi/hop-tac-bien-gioi-a12345.html", True),
        ("/chinh-tri", False),
        ("/chinh-tri-xa-hoi.htm", False),
        ("/lien-he.html", False),
        ("/tag/hop-tac-bien-gioi-viet-nam-trung-quoc-12345.html", False),
        ("/node/326", True),
        ("/vi/bai-viet/18417", True),
        ("/khai-mac-hoi-cho-cua-khau/c/4042385.epi", True),
        ("/tin/khai-mac-hoi-cho-cua-khau/144-300-12691.kdbm", True),
        ("/Phongsu/4189.html", True),
        ("/?p=614725", True),
        ("/index.php?option=com_content&view=article&id=5786:hoi-cho", True),
        ("/index.php?option=com_content&view=category&id=5786:hoi-cho", False),
        ("/?nv=news&op=doi-ngoai/khai-mac-hoi-cho-cua-khau-1212", True),
        ("/?nv=news&op=doi-ngoai", False),
        ("/?page_id=614725", False),
        ("/?cat=614725", False),
        ("/SitePages/BanTin.aspx?item=551", True),
        ("/SitePages/BanTin.aspx?catid=551", False),
        ("/chi-tiet?dDocName=PORTAL527491", True),
        ("/web/tin/-/asset_publisher/Ab1cD2/content/hoi-cho", True),
        ("/web/tin/-/asset_publisher/Ab1cD2", False),
        ("/vi/nr040807104143/ns180912150029", True),
        ("/vi/nr040807104143", False),
        ("/taxonomy/term/32667", False),
        ("/tin-tuc/page/312", False),
        ("/2011/06/", False),
        ("/ch%C3%ADnh-tr%E1%BB%8B", False),
        ("/786-hoi-cho-cua-khau-khai-mac.html", True),
        ("/12-tin-tuc-su-kien", False),
    ],
)
def test_the_usual_shape_of_an_article_address(path: str, expected: bool) -> None:
    assert looks_like_article(f"https://bao.vn{path}") is expected


@pytest.mark.parametrize("lastmod", ["2099-01-01", "hôm qua", "0000-00-00", "2026-13-45T99:99:99Z"])
def test_a_wrong_lastmod_neither_hides_nor_refreshes_an_article(lastmod: str) -> None:
    (candidate,) = read(
        SITEMAP.format(url_entry("https://bao.vn/mot-hai-ba-bon-post5.html", lastmod))
    ).candidates
    assert candidate.changed_at is None


def test_a_feed_with_one_item_many_times_and_rubbish_between() -> None:
    twice = item("https://bao.vn/a-1.html", "<guid>1</guid><title>\u0007Tin <b>đậm</b></title>")
    listing = feed(twice, "<item/>", "<item><link></link></item>", twice)
    assert urls(listing) == ["https://bao.vn/a-1.html"] * 2  # the frontier takes an address once
    assert {one.title for one in listing.candidates} == {"Tin đậm"}
