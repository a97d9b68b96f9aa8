"""Who wrote it, and what on a byline is nobody's name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.article import Article
from crawler.extraction import extract_article
from crawler.page import Page
from tests.crawler.extraction.conftest import LEAD, PARAGRAPHS, portal

Make = Callable[..., Page]
RIGHT = '<p style="text-align:right"><strong>{}</strong></p>'


def read(page: Page) -> Article:
    article = extract_article(page)
    assert isinstance(article, Article), article
    return article


def signed(line: str = "", below: str = "", head: str = "") -> str:
    body = f'<article><h1>@T</h1>{line}<p class="sapo">@L</p><div class="nd">@B{below}</div></article>'
    return portal(body, head=head)


def ld(author: str) -> str:
    story = f'{{"@type":"NewsArticle","author":{{"name":"{author}"}}}}'
    return f'<script type="application/ld+json">{story}</script>'


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("<div>Nguyễn Ví Dụ - 16:20, 20/11/2026</div>", ("Nguyễn Ví Dụ",)),
        ("<div>VÍ DỤ | 20/11/2026 16:20</div>", ("VÍ DỤ",)),
        ("<div>Nguyễn Ví Dụ - Thứ sáu, 20/11/2026, 16:20 (GMT+7)</div>", ("Nguyễn Ví Dụ",)),
        ("<div>Tác giả: Nguyễn Ví Dụ - Ngày đăng: 20/11/2026 16:20</div>", ("Nguyễn Ví Dụ",)),
        ("<div>Ngày đăng: 20/11/2026 - Lượt xem: 12 - Tác giả: Nguyễn Ví Dụ</div>", ("Nguyễn Ví Dụ",)),
        ('<div class="author">Nguyễn Ví Dụ <time>20/11/2026 16:20</time></div>', ("Nguyễn Ví Dụ",)),
        ('<div class="author-wrap"><time class="author-time">Chủ nhật, 22/11/2026 - 09:00</time></div>', ()),
        ('<div class="author-time">Thứ ba | Tin tức | 20/11/2026 16:20</div>', ()),
        ('<div class="author">Ban Biên tập</div>', ()),
        ('<div class="author">Cổng thông tin điện tử</div>', ()),
        ('<div class="author">Đồn Biên phòng Ví Dụ</div>', ()),
        ('<div class="author">Ảnh: Trần Thị Mẫu</div>', ()),
        ('<div class="author">VÍ DỤ, ảnh: TRẦN MẪU</div>', ("VÍ DỤ",)),
        ('<div class="author-box"><a href="/tac-gia/a">Ví Dụ</a> <span>Follow</span></div>', ("Ví Dụ",)),
        ("<div>By Nguyen Vi Du | 20/11/2026 16:20</div>", ("Nguyen Vi Du",)),
        ('<div class="byline">By Nguyen Vi Du and Tran Mau</div>', ("Nguyen Vi Du", "Tran Mau")),
        ("<div>Viết bởi Nguyễn Ví Dụ</div>", ("Nguyễn Ví Dụ",)),
        ('<div class="author">T Trần Hải Đăng 16:20, 20/11/2026</div>', ("Trần Hải Đăng",)),
        ('<div class="author"><b>K</b> <b>Trần Khôi</b> <i>16:20</i></div>', ("Trần Khôi",)),
        ('<div class="author">By Nguyen Vi Du Updated at 9:38 pm Nov 20, 2026</div>', ("Nguyen Vi Du",)),
        ("<dl><dd>Viết bởi Super User</dd></dl>", ()),
        ("<div>Tin tức | 20/11/2026 16:20</div>", ()),
    ],
)  # fmt: skip
def test_a_line_above_the_story_names_the_author(page: Make, line: str, authors: tuple[str, ...]) -> None:
    article = read(page(signed(line)))
    assert article.authors == authors
    assert article.text.split("\n") == [LEAD, *PARAGRAPHS]


@pytest.mark.parametrize(
    ("below", "authors"),
    [
        (RIGHT.format("Nguyễn Ví Dụ (Đồn Biên phòng Mẫu)"), ("Nguyễn Ví Dụ",)),
        (RIGHT.format("Nguyễn Ví Dụ - Đồn Biên phòng Mẫu"), ("Nguyễn Ví Dụ",)),
        ("<p>Bài: Nguyễn Ví Dụ - Ảnh: Trần Mẫu - Đồ họa: Lê Thử</p>", ("Nguyễn Ví Dụ",)),
        ("<div><p>Nội dung: Ví Dụ</p><p>Ảnh: Trần Mẫu</p><p>Thiết kế: Lê Thử</p></div>", ("Ví Dụ",)),
        ("<div><p>Thực hiện: Ví Dụ</p><p>Ảnh: Trần Mẫu</p><p>Kỹ thuật: Lê Thử</p></div>", ("Ví Dụ",)),
        (RIGHT.format("Ảnh: Trần Mẫu"), ()),
    ],
)  # fmt: skip
def test_credits_below_the_story_leave_it(page: Make, below: str, authors: tuple[str, ...]) -> None:
    article = read(page(signed(below=below)))
    assert article.authors == authors
    assert article.text.split("\n") == [LEAD, *PARAGRAPHS]


def test_a_line_on_the_right_that_names_nobody_is_story(page: Make) -> None:
    below = '<p style="text-align:right">Hẹn gặp lại ở cửa khẩu</p>' + f"<p>{PARAGRAPHS[0]} Hết.</p>" * 2
    assert "Hẹn gặp lại ở cửa khẩu" in read(page(signed(below=below))).text


def test_a_name_that_two_places_confirm_goes_first(page: Make) -> None:
    line = '<div class="author">Trần Thị Mẫu</div>'
    name = "Nguyễn Ví Dụ"
    assert read(page(signed(line, f"<p><em>{name}</em></p>", ld(name)))).authors == (name,)
    assert read(page(signed(line, head=ld("Admin")))).authors == ("Trần Thị Mẫu",)
    assert read(page(signed("", f"<p><strong>{name}</strong></p>", ld("Admin")))).authors == (name,)
