"""Which links of a page are articles, and what is learned from that."""

from __future__ import annotations

import time

import pytest

from spiders.discovery.article_shape import ArticleShape, find_articles, learn
from spiders.discovery.links import Link, read_links
from tests.spiders.discovery.paper import HEADLINES, HOME, PAPER, SLUGS, document, menu, story_list


def links_of(body: str) -> tuple[Link, ...]:
    return read_links(document(body), PAPER.owns).links


def paths(body: str) -> set[str]:
    return {url.removeprefix("https://bao.vn") for url in find_articles(links_of(body), HOME)}


MANNERS = {
    "a number": "/{slug}-41{n}376.html",
    "a number after a word": "/xa-hoi/{slug}-post41{n}376.html",
    "a time": "/xa-hoi/{slug}-2026112008{n}534455.htm",
    "a time without leading zeros": "/{slug}-100261120{n}8534.htm",
    "a number of its own": "/xa-hoi/{slug}/72{n}205.html",
    "a number and an underscore": "/xa-hoi/{slug}_72{n}205.html",
    "a number in front": "/tin/41{n}84-{slug}.html",
    "a number in a folder": "/20261120051446{n}79p0c1019/{slug}.htm",
    "folders of a month": "/xa-hoi/2026/11/{slug}",
    "a month and a token": "/xa-hoi/202611/{slug}-{n}f2a1bc/",
    "a token": "/thoi-su/{slug}-51YnY{n}XDR.html",
    "a small number": "/vi/news/tin/{slug}-30{n}.html",
    "words alone": "/{slug}.htm",
    "words alone in a folder": "/tin-tuc/trong-tinh/{slug}/",
    "a parameter": "/Detail.aspx?id=10184{n}",
    "NukeViet 4": "/vi/news/Thong-tin-doi-ngoai/{slug}-31{n}.html",
    "NukeViet 4 without rewriting": "/index.php/tin-tuc/doi-ngoai/{slug}-139{n}.html",
    "NukeViet 3": "/?language=vi&nv=news&op=Doi-ngoai/{slug}-12{n}",
    "Joomla": "/index.php?option=com_content&view=article&id=78{n}:{slug}&catid=12",
    "Joomla with addresses of words": "/index.php/tin-doi-ngoai/78{n}-{slug}",
    "Joomla with an ending": "/tin-tuc/786{n}-{slug}.html",
    "Liferay": "/web/guest/doi-ngoai/-/asset_publisher/Ab1cD2/content/{slug}",
    "Liferay by words": "/vi/w/{slug}",
    "WebCenter": "/webcenter/portal/ubnd/pages_tin-tuc/chi-tiet?dDocName=PORTAL52749{n}",
    "Drupal": "/node/3266{n}",
    "Drupal by words": "/vi/{slug}",
    "Drupal without rewriting": "/?q=node/3266{n}",
    "WordPress": "/?p=6147{n}",
    "WordPress by day": "/2026/11/1{n}/{slug}/",
    "Plone": "/vi/nr040807104143/ns26112007{n}054",
    "SharePoint": "/doingoai/Lists/TinTuc/View_Detail.aspx?ItemID=55{n}",
    "SharePoint by item": "/SitePages/BanTin.aspx?item=55{n}",
    "a parameter among others": "/default.aspx?ID1=1&ZID1=24&ID8=13420{n}",
    "a number after a letter": "/{slug}/c/320244{n}8.epi",
    "three numbers": "/tin-tuc-su-kien/{slug}/144-300-1269{n}.kdbm",
    "a number after a word of its own": "/vi/bai-viet/1841{n}",
}


@pytest.mark.parametrize("manner", MANNERS.values(), ids=MANNERS.keys())
def test_articles_are_told_by_how_they_are_made(manner: str) -> None:
    stories = [manner.format(slug=slug, n=n) for n, slug in enumerate(SLUGS)]
    body = menu() + story_list(stories) + '<footer><a href="/gioi-thieu.html">Giới thiệu</a></footer>'
    assert paths(body) == set(stories)


@pytest.mark.parametrize("manner", MANNERS.values(), ids=MANNERS.keys())
def test_what_was_learned_on_one_page_holds_on_another(manner: str) -> None:
    stories = [manner.format(slug=slug, n=n) for n, slug in enumerate(SLUGS)]
    shape = learn(links_of(menu() + story_list(stories)), HOME)
    assert shape is not None
    later = manner.format(slug="khanh-thanh-cau-moi-bac-qua-song-bien", n=7)
    assert shape.matches(f"https://bao.vn{later}")
    for path in (
        "/",
        "/thoi-su",
        "/xa-hoi/",
        "/kinh-te.htm",
        "/lien-he.html",
        "/tag/cua-khau-tan-thanh-moi-12345.html",
        "/index.php?option=com_content&view=category&id=12:tin-doi-ngoai",
        "/?language=vi&nv=news&op=Doi-ngoai",
        "/web/guest/doi-ngoai/-/asset_publisher/Ab1cD2",
        "/vi/nr040807104143",
        "/taxonomy/term/326",
        "/doingoai/Lists/TinTuc/AllItems.aspx?ID=5501",
    ):
        assert not shape.matches(f"https://bao.vn{path}")
    assert ArticleShape(shape.pattern) == shape


HOSTILE = {
    "a calendar": [("/2026/11/20/", "20"), ("/2026/11/", "Tháng 11"), ("/lich/2026/11/20.html", "20")],
    "tags": [("/tag/cua-khau-bac-phong-sinh-12345.html", "cửa khẩu Bắc Phong Sinh quê tôi đây")],
    "numbered tags": [("/tu-khoa/cua-khau-quoc-te-tag350587.html", "cửa khẩu quốc tế hữu nghị đường bộ")],
    "topics": [("/hop-tac-vung-bien-t18.htm", "Hợp tác vùng biên giữa hai tỉnh bạn")],
    "events": [("/event/le-hoi-van-hoa-vung-bien-8379.htm", "Lễ hội văn hóa vùng biên năm nay")],
    "logins": [("/dang-nhap?next=/a-bao-cao-dai-ky-12345.html", "Đăng nhập để đọc tiếp bài này")],
    "scripts": [("javascript:void(0)", "Xem thêm những tin mới nhất hôm nay")],
    "mail": [("mailto:toasoan@bao.vn", "Gửi thư cho tòa soạn báo của chúng tôi")],
    "copies": [
        ("/print/hoi-cho-thuong-mai-411376.html", "In bài Hội chợ thương mại ở cửa khẩu"),
        ("/hoi-cho-thuong-mai-411376.amp", "Hội chợ thương mại khai mạc ở cửa khẩu"),
        ("/hoi-cho-thuong-mai-khai-mac-411376.html?print=1", "In bài Hội chợ thương mại ở đây"),
    ],
    "files": [("/tai-lieu/van-ban-huong-dan-thi-hanh-411376.pdf", "Văn bản hướng dẫn thi hành mới ban hành")],
    "the house": [("/chinh-sach-bao-mat.html", "Chính sách bảo mật của báo chúng tôi đây")],
    "comments": [("/hoi-cho-thuong-mai-khai-mac-411376.html?commentid=9", "Hội chợ thương mại: 9 ý kiến")],
    "another paper": [("https://noi-khac.example/hoi-cho-thuong-mai-411376.html", HEADLINES[0])],
    "pages of a list": [("/kinh-te/trang-12345.htm", "2")],
}  # fmt: skip


@pytest.mark.parametrize("others", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_looks_a_little_like_an_article(others: list[tuple[str, str]]) -> None:
    stories = [f"/{slug}-41{n}376.html" for n, slug in enumerate(SLUGS)]
    more = "".join(f'<p><a href="{href}">{words}</a></p>' for href, words in others)
    assert paths(menu() + story_list(stories) + more) == set(stories)


def test_a_market_on_a_host_of_its_own_is_no_news() -> None:
    stories = [f"/tin/20261120/{slug}/72{n}205.html" for n, slug in enumerate(SLUGS)]
    offers = "".join(
        f'<li><a href="https://cho.bao.vn/nha-dat/ban-nha-mat-tien-gan-cho-{n}_17612{n}.html">'
        "Bán nhà mặt tiền gần chợ trung tâm</a></li>"
        for n in range(40)
    )
    page = document(story_list(stories) + offers)
    links = read_links(page, lambda url: "bao.vn" in url).links
    assert len(links) == 46
    assert find_articles(links, HOME) == {f"https://bao.vn{path}" for path in stories}


def test_an_edition_on_a_host_of_its_own_is_news_when_it_is_made_alike() -> None:
    stories = [f"/{slug}-2026112008{n}534455.htm" for n, slug in enumerate(SLUGS)]
    film = "https://video.bao.vn/hai-tinh-tuan-tra-chung-doc-duong-bien-286938.htm"
    links = read_links(document(story_list([*stories, film])), lambda url: "bao.vn" in url).links
    assert film in find_articles(links, HOME)


def test_a_page_without_news_has_none() -> None:
    assert find_articles(links_of(menu()), HOME) == frozenset()
    assert learn(links_of(menu()), HOME) is None
    assert learn([], HOME) is None


def test_a_shape_stops_fitting_when_the_paper_changes_its_addresses() -> None:
    before = links_of(story_list(f"/{slug}-41{n}376.html" for n, slug in enumerate(SLUGS)))
    after = links_of(story_list(f"/tin/{slug}-post41{n}376.htm" for n, slug in enumerate(SLUGS)))
    shape = learn(before, HOME)
    assert shape is not None
    assert shape.fit(before, HOME) == 1.0
    assert shape.fit(after, HOME) == 0.0
    assert shape.fit(links_of(menu()), HOME) == 1.0


def test_a_paper_with_two_manners_is_learned_with_both() -> None:
    pages = [
        links_of(story_list(f"/{slug}-41{n}376.html" for n, slug in enumerate(SLUGS))),
        links_of(story_list(f"/anh/{slug}/72{n}205.htm" for n, slug in enumerate(SLUGS))),
    ]
    shape = learn([link for page in pages for link in page], HOME)
    assert shape is not None
    assert shape.matches("https://bao.vn/khanh-thanh-cau-moi-bac-qua-song-511376.html")
    assert shape.matches("https://bao.vn/anh/khanh-thanh-cau-moi/815205.htm")


def test_a_stored_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a regular expression"):
        ArticleShape("(")


def test_scraped_letters_never_act_as_a_pattern() -> None:
    stories = [f"/{slug}+41{n}376.html" for n, slug in enumerate(SLUGS)]
    shape = learn(links_of(story_list(stories)), HOME)
    assert shape is not None
    assert shape.matches("https://bao.vn/khanh-thanh-cau-moi+511376.html")
    assert not shape.matches("https://bao.vn/khanh-thanh-cau-moi-511376.html")


def test_the_time_for_a_page_grows_with_its_links_and_not_with_their_square() -> None:
    def seconds(count: int) -> float:
        page = document(
            menu() + story_list(f"/tin/hop-tac-qua-cua-khau-{100000 + n}.html" for n in range(count))
        )
        attempts = []
        for _ in range(3):  # the best of them: a collection of garbage weighs more on the short one
            start = time.process_time()
            assert len(find_articles(read_links(page, PAPER.owns).links, HOME)) == count
            attempts.append(time.process_time() - start)
        return min(attempts)

    assert seconds(4000) < 8 * seconds(1000)
