"""The lead without labels and picture notes; captions in cells; tags of JSON-LD."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.article import Article
from crawler.extraction import extract_article
from crawler.page import Page
from tests.crawler.extraction.conftest import LEAD, PARAGRAPHS, portal

Make = Callable[..., Page]
NOTE = "Xe chở nông sản chờ qua lối mới"


def read(page: Page) -> Article:
    article = extract_article(page)
    assert isinstance(article, Article), article
    return article


def led(lead: str, body: str = "<div class='bodytext'>@B</div>", head: str = "") -> str:
    return portal(
        f"<div class='news'><h1>@T</h1><p class='time'>20/11/2026 15:20</p>{lead}{body}</div>", head=head
    )


@pytest.mark.parametrize(
    "lead",
    [
        '<div class="lr-summary-post"><span>BNEWS</span> @L</div>',
        '<h2 class="sapo"><strong>TTXVN</strong> @L</h2>',
        '<div class="summary"><span class="brand">VOV.VN - </span>@L</div>',
        "<p><strong>(Chinhphu.vn) - @L</strong></p>",
        '<div class="header-news">@L</div>',
        '<div class="mt"><p>@L</p></div>',
    ],
)
def test_a_label_in_front_of_the_lead_is_taken_off(page: Make, lead: str) -> None:
    article = read(page(led(lead)))
    assert article.lead == LEAD
    assert article.text.split("\n") == [LEAD, *PARAGRAPHS]


@pytest.mark.parametrize(
    "lead",
    [
        f'<div id="hometext"><div id="imghome"><img src="/h.jpg"><p><em>{NOTE}</em></p></div>@L</div>',
        f'<div class="hometext"><div><img src="/h.jpg"><p class="imgalt">{NOTE}</p></div>@L</div>',
        f'<div id="hometext"><img src="/h.jpg"><br><em>{NOTE}</em><br>@L</div>',
        f'<div class="sapo"><figure><img src="/h"><figcaption>{NOTE}</figcaption></figure><p>@L</p></div>',
    ],
)
@pytest.mark.parametrize("head", ["", '<meta name="generator" content="NukeViet v3.4">'])
def test_a_picture_and_its_note_in_the_leads_node_are_no_lead(page: Make, lead: str, head: str) -> None:
    article = read(page(led(lead, head=head)))
    assert article.lead == LEAD
    assert article.captions == (NOTE,)
    assert article.text.split("\n") == [LEAD, *PARAGRAPHS]


def test_a_bare_line_in_a_pictures_cell_is_a_caption(page: Make) -> None:
    rows = f"<tr><td><a href='/a.jpg'><br><img src='/a.jpg'></a>{NOTE}</td></tr><tr><td><p>@0</p></td></tr>"
    body = f"<div><table>{rows}<tr><td><div><p>@1<br><br>@2</p></div></td></tr></table></div>"
    article = read(page(led("", body)))
    assert article.captions == (NOTE,)
    assert article.text.split("\n") == list(PARAGRAPHS)


@pytest.mark.parametrize("keywords", ['["cửa khẩu", "hợp tác"]', '"cửa khẩu, hợp tác"'])
@pytest.mark.parametrize("wrap", ['{{"@type":"NewsArticle",{}}}', '{{"@graph":[{{"@type":"Article",{}}}]}}'])
def test_tags_of_json_ld_are_tags(page: Make, keywords: str, wrap: str) -> None:
    story = wrap.format(f'"headline":"x","keywords":{keywords}')
    script = f'<script type="application/ld+json">{story}</script>'
    assert read(page(led('<p class="sapo">@L</p>', head=script))).tags == ("cửa khẩu", "hợp tác")


@pytest.mark.parametrize("address", ["/tag/a.htm", "/tu-khoa/a-1.html", "/tags/a", "/?tag=a"])
def test_links_to_tags_below_the_story_are_tags(page: Make, address: str) -> None:
    tags = f'<div class="tags"><a href="{address}">#cửa khẩu</a> <a href="{address}2">#hợp tác</a></div>'
    other = '<section><h2>Đọc tiếp</h2><h3><a href="/x.htm">Một tin khác hẳn ở vùng biên</a></h3></section>'
    article = read(page(led('<p class="sapo">@L</p>', f"<main>@B</main>{tags}{other}")))
    assert article.tags == ("cửa khẩu", "hợp tác")
    assert article.text.split("\n") == [LEAD, *PARAGRAPHS]
