"""The headline stands near its story; what every page of a paper has is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.article import Article
from crawler.extraction import extract_article
from crawler.extraction.metadata import is_office
from crawler.page import Page
from tests.crawler.extraction.conftest import LEAD, MENU, PARAGRAPHS, TITLE, portal

Make = Callable[..., Page]
DATE = '<div class="ngay">20/11/2026 15:20</div>'
REST = f'{DATE}<p class="sapo">@L</p>@B'


def read(page: Page, **kwargs: object) -> Article:
    article = extract_article(page, **kwargs)  # type: ignore[arg-type]
    assert isinstance(article, Article), article
    return article


CRUMBS = '<div><a href="/">Trang chủ</a> » <a href="/t">Tin tức</a></div>'
TABLE = f"</td></tr><tr><td>{DATE}</td></tr><tr><td><b>@L</b></td></tr><tr><td>@B</td></tr></table>"
SLOGAN = "<h2>Chung tay xây dựng nông thôn mới giàu đẹp văn minh</h2>"


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Trang chủ", f'<div class="news_title">@T</div>{REST}'),
        ("Chi tiết tin", f'<h1>@T</h1>{DATE}<div class="tomtat"><b>@L</b></div>@B'),
        ("Bài viết", f"{CRUMBS}<h2>@T</h2>{REST}"),
        ("Cổng thông tin điện tử tỉnh Ví Dụ", f"<h3>@T</h3>{DATE}<p><b>@L</b></p>@B"),
        ("Chi tiết tin - Cổng thông tin", f'<span id="ctl_lblTitle" class="Head">@T</span>{REST}'),
        ("UBND HUYỆN VÍ DỤ", f'<h1>UBND HUYỆN VÍ DỤ</h1>{MENU}<h2 class="post-title">@T</h2>{REST}'),
        ("Tin tức - Sở Ví Dụ", f'<h1>Tin tức</h1><p class="tieude"><strong>@T</strong></p>{REST}'),
        ("Báo Ví Dụ điện tử", f"<table><tr><td class='Tieude'><b>@T</b>{TABLE}"),
        ("Xem tin | Trang tin huyện Ví Dụ", f"<h4>@T</h4>{REST}"),
        ("Hoạt động đối ngoại", f"<div><h1>Hoạt động đối ngoại</h1></div><h2>@T</h2>{REST}"),
        ("Pages - chi-tiet-tin", f'<div class="title">@T</div>{REST}'),
        ("Tin mới", f'<h1><a href="/tin-1.html">@T</a></h1>{REST}'),
        ("Tin tức - Cổng thông tin - Sở Ví Dụ", f'<h3 class="title"><span>@T</span></h3>{REST}'),
        ("Bộ Chỉ huy Bộ đội Biên phòng tỉnh - Tin hoạt động", f"<h2><b>@T</b></h2>{REST}"),
        ("Trang thông tin điện tử huyện Ví Dụ", f'{SLOGAN}{MENU}<h3 class="tieu-de">@T</h3>{REST}'),
        ("Ví Dụ Online", f'<p class="title">@T</p>{REST}'),
        ("TrangTin", f'<table><tr><td><span class="TitleNews">@T</span>{TABLE}'),
        ("Sở Ngoại vụ tỉnh Ví Dụ | @T", f"<h1>@T</h1>{REST}"),
        ("@T - Tin Tức - CỔNG THÔNG TIN", f"<h1>@T</h1>{REST}"),
    ],
)
def test_a_title_of_every_page_is_no_headline(page: Make, title: str, body: str) -> None:
    article = read(page(portal(f"<div>{body}</div>", title=title)))
    assert article.title == TITLE
    assert article.text.split("\n")[-3:] == list(PARAGRAPHS)
    og = f'<meta property="og:title" content="{title}">'
    assert read(page(portal(f"<div>{body}</div>", title=title, head=og))).title == TITLE


def test_where_nothing_but_a_generic_title_is_there_is_no_headline(page: Make) -> None:
    assert read(page(portal(f"<div>{REST}</div>", title="Chi tiết tin"))).title is None


def test_an_offices_name_is_better_than_nothing(page: Make) -> None:
    article = read(page(portal(f"<div>{REST}</div>", title="Sở Ngoại vụ tỉnh Ví Dụ")))
    assert article.title == "Sở Ngoại vụ tỉnh Ví Dụ"


def test_what_several_pages_of_a_paper_share_is_no_headline(page: Make) -> None:
    slogan = "Nhịp sống vùng biên hôm nay và ngày mai nối liền hai dải đất"
    content = portal(f'<div><p class="title">@T</p>{REST}</div>', title=slogan)
    content = content.replace("<p class=", f"<h1>{slogan}</h1><p class=", 1)
    assert read(page(content)).title == slogan
    article = read(page(content), shared_titles=[slogan.upper()])
    assert article.title == TITLE
    assert article.provenance["title"] == "above the story"


@pytest.mark.parametrize("tag", ["h1", "h2"])
def test_a_headline_that_says_little_of_its_story_stays(page: Make, tag: str) -> None:
    title = "Nghĩa tình nơi đầu nguồn con suối cạn mùa khô"
    content = portal(f"<div><{tag}>{title}</{tag}>{DATE}<h2>{LEAD.rstrip('.')}</h2>@B</div>", title=title)
    assert read(page(content)).title == title


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Sở Ngoại vụ tỉnh Lạng Sơn", True),
        ("Cổng thông tin điện tử Bộ Ngoại giao", True),
        ("Ban Quản lý Khu kinh tế cửa khẩu Đồng Đăng", True),
        ("Báo Cao Bằng điện tử", True),
        ("Sở Ngoại vụ Lạng Sơn làm việc với đoàn Quảng Tây", False),
        ("Công an hai tỉnh ký kết quy chế phối hợp tuần tra", False),
        ("SỞ NGOẠI VỤ LẠNG SƠN THĂM QUẢNG TÂY", False),
        ("Bộ đội Biên phòng giúp dân gặt lúa", False),
        ("CỔNG THÔNG TIN ĐIỆN TỬ TỈNH LẠNG SƠN", True),
    ],
)
def test_an_offices_name_is_told_from_a_sentence_about_it(text: str, is_one: bool) -> None:
    assert is_office(text) is is_one
