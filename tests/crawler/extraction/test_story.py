"""What is the story, and what only stands beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.article import Article
from crawler.decision import Rejection
from crawler.extraction import GENERIC, Refused, extract_article
from crawler.page import Page
from tests.crawler.extraction.conftest import LEAD, PARAGRAPHS, TITLE, make_html

Make = Callable[..., Page]
OTHER = "Khởi công cây cầu treo dân sinh nối hai xã vùng sâu"
SAPO = "Công trình được kỳ vọng chấm dứt cảnh người dân phải vượt suối mỗi mùa mưa lũ."


def read(page: Page, **kwargs: str) -> Article:
    article = extract_article(page, **kwargs)
    assert isinstance(article, Article), article
    return article


def lines(page: Page) -> list[str]:
    return read(page).text.split("\n")


@pytest.mark.parametrize(
    "box",
    [
        f'<div class="tin-lien-quan"><h3>Tin liên quan</h3><ul><li><a href="/a">{OTHER}</a></li></ul></div>',
        f'<div class="box"><a href="/a"><img src="/a.jpg"></a><a href="/a">{OTHER}</a><p>{SAPO}</p></div>',
        f'<div class="x"><div><a href="/a">{OTHER}</a></div><p>{SAPO}</p></div>',
        f'<p><a href="/a"><strong>{OTHER}</strong></a></p>',
        f'<p><strong>Xem thêm:</strong> <a href="/a">{OTHER}</a></p>',
        f"<p>&gt;&gt; {OTHER}</p>",
        f'<ul><li><a href="/a">{OTHER}</a></li><li><a href="/b">{OTHER} thứ hai</a></li></ul>',
        '<div class="social-share"><span>Chia sẻ bài viết lên mạng xã hội</span></div>',
        '<div style="display:none">Dòng này không ai nhìn thấy trên trang</div>',
        "<p>Trình duyệt của bạn không hỗ trợ video.</p>",
        "<p>Theo dõi chúng tôi trên mạng xã hội để nhận tin mới nhất.</p>",
        "<aside><p>Độc giả có thể gửi bài cộng tác về hòm thư của tòa soạn.</p></aside>",
        "<form><input value='tìm kiếm'><button>Tìm kiếm trên trang này</button></form>",
        "<script>document.write('quảng cáo không thuộc bài')</script>",
        "<p>1.234 lượt xem</p>",
        "<p>Cập nhật lúc 10:32:15, thứ Hai 23/11</p>",
        "<div>5 phút trước · 12 bình luận · 3 chia sẻ</div>",
        '<div class="quang-cao">Giảm giá năm mươi phần trăm trong tuần này</div>',
    ],
)
def test_boxes_in_the_body_leave_the_text(page: Make, box: str) -> None:
    content = make_html((*PARAGRAPHS[:2], f"</p>{box}<p>", *PARAGRAPHS[2:]))
    assert lines(page(content)) == list(PARAGRAPHS)


@pytest.mark.parametrize(
    "part",
    [
        "<h2>Mở cửa đến 21 giờ</h2>",
        "<p><strong>Mở cửa đến 21 giờ</strong></p>",
        '<div class="notebox"><p>Giờ mở cửa mới chỉ áp dụng cho xe chở hàng đã khai báo trước.</p></div>',
        "<blockquote>Chúng tôi sẵn sàng làm việc cả ngày nghỉ.</blockquote>",
        "<ul><li>Xe chở nông sản được ưu tiên.</li><li>Xe rỗng đi làn riêng.</li></ul>",
        "<table><tr><td>Tháng 10</td><td>120 xe</td></tr><tr><td>Tháng 11</td><td>235 xe</td></tr></table>",
        '<p>Theo <a href="/a">nghị định thư</a> đã ký, hai bên gặp nhau mỗi quý một lần.</p>',
        "<p>Ngày 5/11</p>",
        "<p>Số người bị thương: 12</p>",
        "<p>Hơn 1.200 lượt khách mỗi ngày</p>",
        '<div class="overflow-hidden">Bãi xe mới có sức chứa bốn trăm lượt mỗi ngày.</div>',
        "<p><a name='_GoBack'></a><a name='x'>Bãi xe mới có sức chứa bốn trăm lượt mỗi ngày.</a></p>",
    ],
)
def test_parts_of_the_story_stay(page: Make, part: str) -> None:
    content = make_html((*PARAGRAPHS[:2], f"</p>{part}<p>", *PARAGRAPHS[2:]))
    found = lines(page(content))
    assert found[:2] == list(PARAGRAPHS[:2])
    assert found[-1] == PARAGRAPHS[2]
    assert len(found) > 3


@pytest.mark.parametrize(
    "tail",
    [
        "<h3>Ý kiến bạn đọc</h3><p>Bài viết rất hay, mong cửa khẩu quê tôi ngày càng nhộn nhịp hơn nữa.</p>",
        f'<p>Những tin mới hơn</p><p><a href="/a">{OTHER}</a></p><p>{SAPO}</p>',
        f"<div><strong>Các tin khác</strong></div><div>{OTHER} (21/11)</div>",
        "<p>Bình luận (0)</p><p>Hãy đăng nhập để gửi ý kiến của bạn về bài viết này.</p>",
    ],
)
def test_nothing_after_the_end_of_the_story_is_kept(page: Make, tail: str) -> None:
    assert lines(page(make_html((*PARAGRAPHS, f"</p>{tail}<p>")))) == list(PARAGRAPHS)


@pytest.mark.parametrize(
    ("signature", "authors"),
    [
        ('<p style="text-align:right"><strong>Nguyễn Ví Dụ</strong></p>', ("Nguyễn Ví Dụ",)),
        ("<p><strong>Nguyễn Ví Dụ - Trần Thị Mẫu</strong></p>", ("Nguyễn Ví Dụ", "Trần Thị Mẫu")),
        ("<p>NGUYỄN VÍ DỤ</p>", ("NGUYỄN VÍ DỤ",)),
        ('<div class="author">Nguyễn Ví Dụ (TTXVN)</div>', ("Nguyễn Ví Dụ",)),
        ("<p><em>Bài và ảnh: Nguyễn Ví Dụ</em></p>", ("Nguyễn Ví Dụ",)),
        ('<p align="right">Nguyễn Ví Dụ</p><p align="right">Ảnh: Trần Thị Mẫu</p>', ("Nguyễn Ví Dụ",)),
        ("<p><strong>Nguyễn Ví Dụ</strong></p><p>Theo Reuters</p>", ("Nguyễn Ví Dụ",)),
        ('<p style="text-align:right"><em>Theo TTXVN</em></p>', ("TTXVN",)),
        ("<p>(TTXVN/Vietnam+)</p>", ("TTXVN",)),
        ('<p style="text-align:right"><strong>PV</strong></p>', ()),
        ('<p class="author">Báo Ví Dụ</p>', ()),
    ],
)
def test_the_byline_leaves_the_text_and_names_the_author(
    page: Make, signature: str, authors: tuple[str, ...]
) -> None:
    article = read(page(make_html((*PARAGRAPHS, f"</p>{signature}<p>"))))
    assert article.text.split("\n") == list(PARAGRAPHS)
    assert article.authors == authors


@pytest.mark.parametrize(
    "sentence",
    [
        "Theo ông An, mọi việc đều ổn.",
        "Theo kế hoạch",
        "Theo Bộ Công Thương: đủ hàng.",
        "Ông Hà nói: “Rất mừng!”",
    ],
)
def test_a_short_sentence_near_the_end_is_no_byline(page: Make, sentence: str) -> None:
    assert lines(page(make_html((*PARAGRAPHS, sentence, PARAGRAPHS[0] + " Hết."))))[3] == sentence


def test_a_name_at_the_end_of_the_last_sentence_is_a_byline(page: Make) -> None:
    article = read(page(make_html((*PARAGRAPHS[:2], f"{PARAGRAPHS[2]} <strong>Nguyễn Ví Dụ</strong>"))))
    assert article.text.split("\n") == list(PARAGRAPHS)
    assert article.authors == ("Nguyễn Ví Dụ",)


def test_a_long_list_of_names_at_the_end_is_story(page: Make) -> None:
    names = [f"Nguyễn Văn {name}" for name in ("An", "Bình", "Cường", "Dũng", "Em", "Giang", "Hải")]
    assert lines(page(make_html((*PARAGRAPHS, *names)))) == [*PARAGRAPHS, *names]


@pytest.mark.parametrize(
    "picture",
    [
        "<figure><img src='/a.jpg'><figcaption>Xe chờ thông quan</figcaption></figure>",
        "<table><tr><td><img src='/a.jpg'></td></tr><tr><td>Xe chờ thông quan</td></tr></table>",
        "<p align='center'><img src='/a.jpg'></p><p align='center'>Xe chờ thông quan</p>",
        "<p><img src='/a.jpg'></p><p><em>Xe chờ thông quan</em></p>",
        "<div><img src='/a.jpg'><span class='chu-thich'>Xe chờ thông quan</span></div>",
        "<p><img src='/a.jpg' alt='Xe chờ thông quan'></p><p>Xe chờ thông quan</p>",
        "<div class='wp-caption'><img src='/a.jpg'><p class='wp-caption-text'>Xe chờ thông quan</p></div>",
    ],
)
def test_captions_leave_the_text(page: Make, picture: str) -> None:
    article = read(page(make_html((*PARAGRAPHS[:2], f"</p>{picture}<p>", *PARAGRAPHS[2:]))))
    assert article.text.split("\n") == list(PARAGRAPHS)
    assert article.captions == ("Xe chờ thông quan",)


def test_a_line_with_a_picture_credit_is_a_caption(page: Make) -> None:
    credit = "Xe chờ thông quan trong sáng nay. Ảnh: Nguyễn Ví Dụ"
    article = read(page(make_html((PARAGRAPHS[0], f"<img src='/a.jpg'></p><p>{credit}", *PARAGRAPHS[1:]))))
    assert article.text.split("\n") == list(PARAGRAPHS)
    assert article.captions == (credit,)


def test_a_page_that_sets_all_its_text_in_italics_keeps_it(page: Make) -> None:
    slanted = tuple(f"<img src='/{n}.jpg'></p><p><em>{text}</em>" for n, text in enumerate(PARAGRAPHS))
    assert lines(page(make_html(slanted))) == list(PARAGRAPHS)


def test_text_beside_a_picture_in_a_table_is_story(page: Make) -> None:
    rows = "".join(
        f"<table><tr><td><img src='/a.jpg'></td><td><p>{text}</p></td></tr></table>" for text in PARAGRAPHS
    )
    assert lines(page(make_html((f"</p>{rows}<p>",)))) == list(PARAGRAPHS)


@pytest.mark.parametrize(
    ("line", "head"),
    [
        (f'<h2 class="sapo">{LEAD}</h2>', ""),
        (f'<div class="news-summary"><p>{LEAD}</p></div>', ""),
        (f"<p><strong>{LEAD}</strong></p>", ""),
        (f"<div>{LEAD}</div>", f'<meta name="description" content="{LEAD}">'),
        (f"<div>{LEAD}</div>", f'<meta property="og:description" content="{LEAD[:80]}...">'),
        (f'<h2 class="sapo">(ĐCSVN) - {LEAD}</h2>', ""),
        (f'<h2 class="sapo">GLO - {LEAD}</h2>', ""),
        (f'<h2 class="sapo">VOV.VN - {LEAD}</h2>', ""),
        (f'<h2 class="sapo">(Báo Ví Dụ) – {LEAD}</h2>', ""),
        (f'<h2 class="sapo">{LEAD}<br><a href="/a">&gt;&gt; {OTHER}</a></h2>', ""),
    ],
)
def test_the_lead_is_the_first_line_of_the_text(page: Make, line: str, head: str) -> None:
    article = read(page(make_html(line=line, head=head)))
    assert article.lead == LEAD
    assert article.text.split("\n") == [LEAD, *PARAGRAPHS]


def test_a_place_set_apart_by_style_alone_gets_its_space(page: Make) -> None:
    article = read(page(make_html(line=f'<p class="description"><span>Lào</span>{LEAD}</p>')))
    assert article.lead == f"Lào {LEAD}"


def test_a_description_that_the_page_does_not_show_is_no_lead(page: Make) -> None:
    head = f'<meta name="description" content="{LEAD}">'
    article = read(page(make_html(head=head)))
    assert article.lead is None
    assert article.text.split("\n") == list(PARAGRAPHS)


def test_lead_and_headline_repeated_in_the_body_are_there_once(page: Make) -> None:
    body = (f"</p><h2>{TITLE}</h2><p>20/11/2026 08:30</p><p>{LEAD}</p><p>{PARAGRAPHS[0]}", *PARAGRAPHS[1:])
    article = read(page(make_html(body, line=f'<h2 class="sapo">{LEAD}</h2>')))
    assert article.text.split("\n") == [LEAD, *PARAGRAPHS]


@pytest.mark.parametrize(
    ("head", "heading"),
    [
        ("", f"<h1>{TITLE}</h1>"),
        ("", f'<h1 class="logo">Báo Ví Dụ</h1><h1>{TITLE}</h1>'),
        ("", f'<h1><a href="/">Báo Ví Dụ điện tử</a></h1><div class="title-detail">{TITLE}</div>'),
        (f'<meta property="og:title" content="{TITLE} | Báo Ví Dụ">', ""),
        (f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{TITLE}"}}</script>', ""),
    ],
)
def test_the_headline_is_not_the_papers_name(page: Make, head: str, heading: str) -> None:
    content = make_html(head=head).replace(f"<h1>{TITLE}</h1>", heading)
    content = content.replace(f"<title>{TITLE}", f"<title>{TITLE} - Báo Ví Dụ")
    assert read(page(content)).title == TITLE


def test_a_list_of_stories_is_no_article(page: Make) -> None:
    teasers = "".join(
        f'<div class="item"><a href="/{n}"><img src="/{n}.jpg"></a><h3><a href="/{n}">{OTHER} số {n}</a></h3>'
        f"<p>{SAPO}</p></div>"
        for n in range(20)
    )
    refused = extract_article(page(f"<html><head><title>Thời sự</title></head><body>{teasers}</body></html>"))
    assert isinstance(refused, Refused)
    assert refused.reason is Rejection.NO_TEXT


def test_a_named_family_that_does_not_fit_is_a_warning(page: Make) -> None:
    article = read(page(make_html()), family="zce")
    assert article.text.split("\n") == list(PARAGRAPHS)
    assert article.family is None
    assert article.warnings == ("no layout of family 'zce' fits; read as an unknown page",)


def test_a_body_selector_that_finds_next_to_nothing_is_not_believed(page: Make) -> None:
    stub = '<div class="article__body zce-content-body cms-body"><p>Bài viết đang tải.</p></div>'
    article = read(page(make_html(PARAGRAPHS * 2, after=stub)), family="zce")
    assert PARAGRAPHS[0] in article.text
    assert "đang tải" not in article.text
    assert len(article.warnings) == 1


def test_families_can_be_switched_off(page: Make) -> None:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    content = make_html(head='<meta name="its_publication" content="1793967652">')
    content = content.replace("<article>", '<article class="fck_detail">')
    assert body in content
    assert read(page(content)).family == "vnexpress"
    assert read(page(content), family=GENERIC).family is None


def test_every_field_says_where_it_came_from(page: Make) -> None:
    head = (
        '<script type="application/ld+json">{"@type":"NewsArticle","author":{"name":"Nguyễn Ví Dụ"},'
        '"datePublished":"2026-11-20T08:30:00+07:00"}</script>'
        '<meta name="keywords" content="cửa khẩu, hợp tác">'
    )
    article = read(page(make_html(head=head, line=f'<h2 class="sapo">{LEAD}</h2>')))
    assert article.tags == ("cửa khẩu", "hợp tác")
    assert dict(article.provenance) == {
        "title": "line",
        "lead": "class sapo",
        "text": "trafilatura",
        "authors": "json-ld author",
        "published": "json-ld datePublished",
        "tags": "meta keywords",
    }
