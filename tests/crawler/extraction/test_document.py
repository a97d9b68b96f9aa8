"""The page parsed once, and what the topic's prefilter sees of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.article import Article
from crawler.extraction import Document, extract_article, read_document, visible_text
from crawler.page import Page
from tests.crawler.extraction.conftest import PARAGRAPHS, TITLE, make_html

Make = Callable[..., Page]


def seen(page: Page) -> str:
    document = read_document(page)
    assert isinstance(document, Document)
    return visible_text(document)


def test_headline_description_and_story_are_seen(page: Make) -> None:
    text = seen(page(make_html(head='<meta name="description" content="Cặp cửa khẩu biên giới">')))
    for part in (TITLE, "Cặp cửa khẩu biên giới", *PARAGRAPHS):
        assert part in text


@pytest.mark.parametrize(
    "boilerplate",
    [
        "<script>var x = 'Campuchia'</script>",
        "<style>.Campuchia{}</style>",
        "<nav>Campuchia</nav>",
        "<footer>Campuchia</footer>",
        "<header><a href='/'>Campuchia</a></header>",
        "<ul><li><a href='/lao'>Lào</a></li><li><a href='/kh'>Campuchia</a></li></ul>",
        "<select><option>Campuchia</option></select>",
    ],
)
def test_furniture_is_not_seen(page: Make, boilerplate: str) -> None:
    assert "Campuchia" not in seen(page(make_html(before=boilerplate)))


def test_a_header_with_the_headline_and_the_lead_is_seen(page: Make) -> None:
    content = make_html().replace(f"<h1>{TITLE}</h1>", f"<header><h1>{TITLE}</h1><p>Ở Campuchia</p></header>")
    assert "Ở Campuchia" in seen(page(content))


def test_a_list_that_belongs_to_the_story_is_seen(page: Make) -> None:
    content = make_html(after="<ul><li>Tuyến qua Campuchia mở lúc 6 giờ</li></ul>")
    assert "Campuchia" in seen(page(content))


def test_every_word_of_an_article_is_seen_before_it_is_extracted(shared: Path, page: Make) -> None:
    missed = {}
    for path in sorted((shared / "corpus/gold").glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        if "forum" in gold["flags"]:
            continue
        one = page(
            (shared / "corpus/html" / gold["file"]).read_bytes(), url="https://bao.example.vn/tin-1.html"
        )
        words = set(seen(one).casefold().split())
        article = extract_article(one)
        assert isinstance(article, Article)
        lost = {word for word in article.text.casefold().split() if word not in words}
        if len(lost) > 0.02 * len(article.text.split()):
            missed[gold["file"]] = lost
    assert missed == {}
