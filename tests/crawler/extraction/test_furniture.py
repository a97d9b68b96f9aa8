"""Lines, boxes and layers that papers put around a story, into it, and over it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.article import Article
from crawler.extraction import extract_article
from crawler.page import Page
from tests.crawler.extraction.conftest import LEAD, MENU, PARAGRAPHS, TITLE, portal

Make = Callable[..., Page]
OTHER = "Khởi công cây cầu treo dân sinh nối hai xã vùng sâu"
STORY = [LEAD, *PARAGRAPHS]
COOKIES = (
    "Trang này dùng cookie để đo lưu lượng truy cập và nhớ lựa chọn của bạn. Cookie cần thiết luôn bật; "
    "cookie thống kê chỉ bật khi bạn đồng ý. "
)


def read(page: Page) -> Article:
    article = extract_article(page)
    assert isinstance(article, Article), article
    return article


def furnished(*, above: str = "", inside: str = "", below: str = "") -> str:
    return portal(
        f'<main><article><h1>@T</h1><div class="time">20/11/2026 15:20</div>{above}<p class="sapo">@L</p>'
        f'<div class="nd"><p>@0</p>{inside}<p>@1</p><p>@2</p></div>{below}</article></main>'
    )


@pytest.mark.parametrize(
    "piece",
    [
        "<p>Theo dõi Báo Ví Dụ trên Zalo, Facebook và YouTube để cập nhật tin mới nhất</p>",
        "<p><em>Bạn đọc có thể theo dõi chúng tôi trên kênh Telegram</em></p>",
        "<p>Follow us on Facebook and YouTube for more news.</p>",
        "<p><b><i>* Mời quý độc giả theo dõi chương trình trên <a href='/t'>Truyền hình</a>!</i></b></p>",
        "<p>Mời bạn đọc xem thêm các tin về vùng biên trong ngày ở đầu trang</p>",
        "<p>Tham gia nhóm Zalo của chúng tôi để nhận tin sớm nhất mỗi ngày</p>",
        '<div class="video-js vjs-skin"><span>Trình phát Video</span><p>Kết thúc cửa sổ.</p></div>',
        '<div class="jwplayer jw-reset"><span>Phát lại video</span><div>00:00 / 02:31</div></div>',
        '<div class="plyr plyr--full-ui"><span>Tắt tiếng</span></div>',
        "<div>Bấm để nghe</div><div>0:00 / 3:12</div>",
        "<p>Chia sẻ Facebook Zalo Sao chép liên kết</p>",
        "<div><a href='#'>In trang</a> <a href='#'>Gửi email</a> <span>Cỡ chữ</span></div>",
        '<div class="notification"><p>Xem giải bóng đá trên truyền hình trả tiền</p></div>',
        "<div>Cập nhật lúc 15 giờ 20 phút, ngày 20 tháng 11 năm 2026 (GMT+7) | Lượt xem: 1.204</div>",
        "<div><p>Tóm tắt bài viết bằng AI</p><ul><li>Cửa khẩu mở thêm hai giờ mỗi ngày.</li></ul></div>",
        "<div class='e'><p>Bạn cảm thấy thế nào về bài viết này?</p><span>Vui</span><span>Buồn</span></div>",
        "<div class='r'><h4>Bài viết có hữu ích không?</h4><span>Có</span> <span>Không</span></div>",
        f"<div class='q'><p><b>Có thể bạn quan tâm</b></p><p><a href='/n-1.html'>{OTHER}</a></p></div>",
        f"<div class='q'><h3>Đọc tiếp</h3><p><a href='/n-1.html'>{OTHER}</a></p></div>",
        "<div><a href='/x-1.html'>Đọc tiếp</a></div>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["inside", "below"])
def test_what_is_no_story_leaves_it_and_the_rest_stays(page: Make, piece: str, place: str) -> None:
    assert read(page(furnished(**{place: piece}))).text.split("\n") == STORY


@pytest.mark.parametrize(
    "part",
    [
        "<p>Theo dõi diễn biến mực nước, hai bên tổ chức trực ban ngày đêm.</p>",
        "<p>Tổng biên tập hai tờ báo cùng ký vào biên bản ghi nhớ chiều nay.</p>",
        "<p>15:20</p>",
        "<p>Tóm tắt lại, ba việc sẽ làm ngay trong tháng tới.</p>",
        "<p>Chia sẻ với bà con, ông Mẫu nói sẽ sửa đường trong năm nay.</p>",
    ],
)
def test_a_sentence_that_begins_like_furniture_stays(page: Make, part: str) -> None:
    assert len(read(page(furnished(inside=part))).text.split("\n")) == len(STORY) + 1


@pytest.mark.parametrize(
    "imprint",
    [
        "<p>Cơ quan chủ quản: Tỉnh ủy Ví Dụ</p><p>Tổng biên tập: Trần Mẫu</p><p>Điện thoại: 000.000</p>",
        "<div>Địa chỉ: số 1 đường Ví Dụ</div><div>Email: a@example.vn</div><div>Giấy phép số 1/GP-TTĐT</div>",
        "<p>Bản quyền thuộc về Trang thông tin. Ghi rõ nguồn khi đăng lại.</p>",
        "<p>© 2026 Báo Ví Dụ. Chịu trách nhiệm nội dung: Trần Mẫu. Thiết kế bởi Ví Dụ.</p>",
    ],
)
def test_an_imprint_inside_main_is_no_story(page: Make, imprint: str) -> None:
    assert read(page(furnished(below=f'<div class="x">{imprint}</div>'))).text.split("\n") == STORY


@pytest.mark.parametrize(
    "layer",
    [
        '<div class="cookie-consent">{}</div>',
        '<div id="onetrust-banner">{}</div>',
        '<div role="dialog">{}</div>',
        "<dialog open>{}</dialog>", "<div id='tb2'>{}</div>", "<section class='x'><div>{}</div></section>",
    ],
)  # fmt: skip
def test_a_cookie_notice_longer_than_the_item_is_no_story(page: Make, layer: str) -> None:
    notice = layer.format(f"<p>{COOKIES * 3}</p><p>{COOKIES * 2}</p><button>Chấp nhận</button>")
    article = read(
        page(portal(f"<h1>@T</h1><p class='time'>20/11/2026 15:20</p><p>{LEAD}</p>", menu=notice + MENU))
    )
    assert article.text == LEAD


def test_a_story_about_cookies_is_one(page: Make) -> None:
    body = (
        f"<article><h1>@T</h1><p>{COOKIES * 2}</p><p>{COOKIES}</p><p>@0</p></article><button>Đồng ý</button>"
    )
    assert read(page(portal(body))).text.startswith(COOKIES.strip())


@pytest.mark.parametrize(
    ("heading", "teasers"),
    [
        ("h1", '<div class="it"><a href="/n-{n}.html">{other}</a><p>{text}</p></div>'),
        ("h2", '<div class="it"><h3><a href="/n-{n}.html">{other}</a></h3><p>{text}</p></div>'),
    ],
)
def test_an_item_shorter_than_the_teasers_below_it_stands_alone(
    page: Make, heading: str, teasers: str
) -> None:
    below = "".join(
        teasers.format(n=n, other=f"{OTHER} số {n}", text=f"{PARAGRAPHS[n]} {LEAD}") for n in range(3)
    )
    item = f"<p>{TITLE}, theo thông báo phát đi chiều nay của cơ quan quản lý cửa khẩu hai bên.</p>"
    content = portal(
        f"<div><div><{heading}>@T</{heading}><p>20/11/2026 15:20</p>{item}</div><div>{below}</div></div>"
    )
    head = '<meta property="article:published_time" content="2026-11-20T15:20:00+07:00">'
    assert read(page(content.replace("</head>", f"{head}</head>"))).text == item[3:-4]


@pytest.mark.parametrize(
    "wall",
    [
        "Bạn đã đọc hết phần miễn phí. Đăng nhập hoặc mua gói thuê bao để đọc tiếp bài viết này.",
        "Đây là nội dung dành riêng cho thuê bao. Vui lòng đăng nhập.",
        "Subscribe to continue reading this story.",
    ],
)
def test_a_pay_wall_leaves_the_text_and_a_warning(page: Make, wall: str) -> None:
    article = read(
        page(furnished(below=f'<div class="box"><p>{wall}</p><a href="/login">Đăng nhập</a></div>'))
    )
    assert article.text.split("\n") == STORY
    assert article.warnings == ("the page says that the rest of the story is for subscribers",)


def test_a_story_that_calls_itself_not_free_has_a_warning(page: Make) -> None:
    head = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":"False"}</script>'
    assert len(read(page(furnished().replace("</head>", f"{head}</head>"))).warnings) == 1
    assert read(page(furnished())).warnings == ()


SAID = "Chủ tịch xã nói bà con hai bên vẫn qua lại thăm thân vào mỗi phiên chợ, nay có thêm hai giờ để về."


@pytest.mark.parametrize(
    "name", ["comment", "ykien", "box-tin-moi", "share", "relation", "tags", "suggest-quote"]
)
@pytest.mark.parametrize("tag", ["p", "blockquote"])
def test_a_paragraph_between_paragraphs_is_told_whatever_its_name(page: Make, name: str, tag: str) -> None:
    piece = f'<{tag} class="{name}">{SAID}</{tag}>'
    assert SAID in read(page(furnished(inside=piece))).text


@pytest.mark.parametrize(
    "piece",
    [
        f"<p class='relate'><a href='/n-1.html'>{OTHER} và một bến thuyền mới cho bà con đi chợ</a></p>",
        f"<div class='comment'><p>{SAID}</p></div>",
        f"<p class='ykien' style='display:none'>{SAID}</p>",
        f"<aside><p>{SAID}</p></aside>",
    ],
)
def test_a_box_between_paragraphs_is_none(page: Make, piece: str) -> None:
    assert read(page(furnished(inside=piece))).text == "\n".join(STORY)


def test_a_paragraph_of_such_a_name_behind_the_story_is_none(page: Make) -> None:
    html = furnished().replace(
        f"<p>{PARAGRAPHS[2]}</p>", f"<p>{PARAGRAPHS[2]}</p><p class='comment'>{SAID}</p>"
    )
    assert read(page(html)).text == "\n".join(STORY)
