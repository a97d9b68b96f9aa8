"""A part of a story that was pasted with the markup of another paper does not take its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.article import Article
from crawler.extraction import extract_article
from crawler.families import load_families
from crawler.page import Page
from tests.crawler.extraction.conftest import LEAD, PARAGRAPHS, portal

Make = Callable[..., Page]
OTHER = (
    "Theo kế hoạch, mỗi quý lãnh đạo hai tỉnh gặp nhau một lần để rà soát việc thực hiện biên bản vừa ký.",
    "Các hộ buôn bán ở chợ vùng biên cho biết lượng khách qua lại đã tăng rõ rệt kể từ khi có lối đi mới.",
)
STORY = (*PARAGRAPHS, *OTHER)


def lines(page: Page) -> tuple[list[str], Article]:
    article = extract_article(page)
    assert isinstance(article, Article), article
    return article.text.split("\n"), article


def around(inner: str) -> str:
    for number, paragraph in enumerate(OTHER, len(PARAGRAPHS)):
        inner = inner.replace(f"@{number}", paragraph)
    return portal(
        '<div class="khung"><h1>@T</h1><div class="ngay">20/11/2026 15:20</div><div class="sapo">@L</div>'
        f'<div class="noidung">{inner}</div></div>'
    )


@pytest.mark.parametrize(
    "opening",
    [
        '<div class="boxdetail mtb10"><div>',
        '<div class="detail-content afcbc-body" data-role="content"><div>',
        '<div class="singular-content"><div>',
        '<div class="article__body zce-content-body cms-body"><div>',
        '<article class="fck_detail"><div>',
        '<div class="__MASTERCMS_CONTENT"><div>',
        '<div id="content-detail"><div>',
        '<div class="the-article-body"><div>',
        '<div class="b-maincontent"><div class="entry">',
        '<div class="bodytext"><div>',
        '<div class="maincontent main-content"><div>',
        '<div class="article-content"><div>',
        '<div class="post-content"><div>',
        '<div class="entry-content"><div itemprop="articleBody">',
        '<div class="bp-detail-text-content"><div>',
        '<div id="newscontents"><div class="content-fck">',
    ],
)
@pytest.mark.parametrize("place", ["@0@1[@2@3]@4", "[@0@1@2]@3@4", "@0@1@2[@3@4]"])
def test_a_pasted_container_is_not_all_of_the_story(page: Make, opening: str, place: str) -> None:
    ending = "</div></article>" if opening.startswith("<article") else "</div></div>"
    inner = "".join(
        opening if sign == "[" else ending if sign == "]" else f"<p>@{sign}</p>" if sign.isdigit() else ""
        for sign in place
    )
    found, _ = lines(page(around(inner)))
    assert found == [LEAD, *STORY]


@pytest.mark.parametrize(
    ("frame", "body"),
    [
        ('<h2 class="detail-sapo" data-role="sapo">@0</h2>', '<div class="afcbc-body" data-role="content">'),
        ('<div class="article__sapo cms-desc">@0</div>', '<div class="article__body cms-body">'),
        ('<p class="chappeau">@0</p>', '<div class="article-content">'),
    ],
)
def test_a_pasted_frame_is_no_evidence_either(page: Make, frame: str, body: str) -> None:
    found, article = lines(page(around(f"{frame}{body}<p>@1</p><p>@2</p></div><p>@3</p><p>@4</p>")))
    assert found == [LEAD, *STORY]
    assert article.family is None


def test_teaser_cards_with_a_familys_class_names_are_no_story(page: Make) -> None:
    card = (
        '<div class="card"><h3><a href="/c/">Khởi công cây cầu treo dân sinh nối hai xã vùng sâu</a></h3>'
        f'<div class="post-content"><p class="post-summary">{OTHER[0]} {OTHER[1]}</p></div></div>'
    )
    content = portal(f'<div class="hot">{card * 3}</div><article><h1>@T</h1><p><b>@L</b></p>@B</article>')
    found, article = lines(page(content))
    assert found == [LEAD, *PARAGRAPHS]
    assert article.family is None


def test_the_papers_own_host_is_evidence(page: Make) -> None:
    zce = load_families()["zce"]
    content = around(
        '<div class="article__body cms-body"><p>@0</p><p>@1</p><p>@2</p><p>@3</p><p>@4</p></div>'
    )
    host = zce.papers[0]
    assert lines(page(content, url=f"https://{host}/tin-post1.vnp"))[1].family == "zce"
    assert lines(page(content))[1].family is None


def test_a_declared_familys_container_is_doubted_too(page: Make) -> None:
    content = around('<p>@0</p><p>@1</p><div class="article__body"><p>@2</p><p>@3</p></div><p>@4</p>')
    article = extract_article(page(content), family="zce")
    assert isinstance(article, Article)
    assert article.text.split("\n") == [LEAD, *STORY]
    assert len(article.warnings) == 1
    assert "of the story around it" in article.warnings[0]
