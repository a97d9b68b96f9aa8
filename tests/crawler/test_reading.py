"""One page read: nothing relevant is lost before it is extracted, and little else gets that far."""

from __future__ import annotations

import gzip
import html
import json
import pickle
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import crawler.extraction.article as extraction
import crawler.reading
from crawler.decision import Decision, Rejection
from crawler.extraction import Refused, extract_article
from crawler.extraction.document import MAX_UNCLOSED, decode, skim
from crawler.extraction.result import Markup
from crawler.page import FrontierEntry, Page
from crawler.reading import PageReader, Reading, Story
from crawler.source import Source
from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic
from spiders.demo.edition import edition
from spiders.demo.papers import load_papers
from spiders.demo.stories import first_edition, load_manuscripts
from tests.crawler.extraction.test_hard_inputs import in_windows_1258
from tests.scale import share

NOW = datetime(2026, 3, 2, 5, 40, tzinfo=UTC)
URL = "https://bao.example.vn/tin-1.html"
SOURCE = Source("bao", "Báo", "https://bao.example.vn")
TOPIC = Topic.load()
READER = PageReader(TOPIC)
ORDINARY = ("Trận chung kết giải bóng chuyền trẻ kéo dài năm hiệp trước một nghìn khán giả. " * 20).strip()
RELEVANT = (
    "Sáng nay, Bộ đội Biên phòng tỉnh Lạng Sơn và lực lượng quản lý biên giới Quảng Tây (Trung Quốc) hội đàm "
    "tại cửa khẩu Hữu Nghị, nhất trí phối hợp tuần tra chung, duy trì đường dây nóng và bảo vệ mốc giới. "
)
MENU = "".join(
    f'<li><a href="/{n}">{name}</a></li>'
    for n, name in enumerate(("Trung Quốc", "Lào", "Campuchia", "Biên giới", "Cửa khẩu", "Hợp tác biên giới"))
)
FURNITURE = {
    "a menu": f"<nav>{MENU}</nav>",
    "a list of links": f"<ul>{MENU}</ul>",
    "a footer": f"<footer><p>{RELEVANT}</p></footer>",
    "a script": f"<script>var next = {json.dumps(RELEVANT)};</script>",
    "a comment": f"<!-- {RELEVANT} -->",
}


def page_of(title: str, paragraphs: list[str], around: str = "", charset: str = "utf-8") -> str:
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    return (
        f'<!doctype html><html><head><meta charset="{charset}"><title>{title}</title></head>'
        f"<body>{around}<article><h1>{title}</h1>{body}</article></body></html>"
    )


def page(body: str | bytes, url: str = URL, content_type: str = "text/html") -> Page:
    body = body if isinstance(body, bytes) else body.encode()
    return Page(url, url, body, NOW, headers={"content-type": content_type})


def read(body: str | bytes, entry: FrontierEntry | None = None) -> Reading:
    return READER(page(body), SOURCE, entry or FrontierEntry(URL))


def text_of(body: str | bytes) -> str:
    markup = decode(page(body))
    assert isinstance(markup, Markup)
    assert skim(markup.utf8) == skim(markup.characters)
    return skim(markup.utf8).text


def rows(path: Path) -> Iterator[dict[str, Any]]:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def decomposed(text: str) -> bytes:
    return unicodedata.normalize("NFD", text).encode()


def as_references(text: str) -> bytes:
    return "".join(one if one.isascii() else f"&#{ord(one)};" for one in text).encode()


def in_capitals(text: str) -> bytes:
    return re.sub(r"(?<=>)[^<>]+", lambda words: words[0].upper(), text).encode()


def in_utf_16(text: str) -> bytes:
    return text.encode("utf-16")


def in_1258(text: str) -> bytes:
    return in_windows_1258(text.replace("utf-8", "windows-1258"))


FORMS = [str.encode, decomposed, as_references, in_capitals, in_utf_16, in_1258]


@pytest.mark.parametrize("form", FORMS)
def test_a_relevant_page_is_read_in_every_spelling(form: Callable[[str], bytes]) -> None:
    reading = read(form(page_of("Hội đàm tại cửa khẩu Hữu Nghị", [RELEVANT, RELEVANT + "Hết."])))
    assert isinstance(reading.result, Story)
    assert reading.result.relevance.grade != Grade.NONE


@pytest.mark.parametrize("form", FORMS)
def test_no_labelled_text_with_a_grade_is_lost_on_a_page(shared: Path, form: Callable[[str], bytes]) -> None:
    lost = []
    for id_, told in share(graded_pages(shared), FORMS.index(form), len(FORMS)):
        try:
            body = form(told)
        except UnicodeEncodeError:  # windows-1258 has not every sign
            continue
        if not TOPIC.may_match(text_of(body)):
            lost.append(id_)
    assert lost == []


@cache
def graded_pages(shared: Path) -> list[tuple[str, str]]:
    """Return the labelled texts that have a grade, by id, as pages."""
    pages = []
    for name in ("labels", "labels_more"):
        for row in rows(shared / "corpus" / "relevance" / f"{name}.jsonl"):
            title, text = row["title"] or "", row["text"] or ""
            if TOPIC.score(title=title, lead=None, text=text).grade != Grade.NONE:
                told = page_of(html.escape(title), [html.escape(one) for one in text.split("\n")])
                pages.append((row["id"], told))
    return pages


def test_no_saved_page_with_a_graded_story_is_lost(shared: Path) -> None:
    lost = []
    for path in sorted((shared / "corpus").glob("*/*/*.html")):
        body = path.read_bytes()
        article = extract_article(page(body))
        if isinstance(article, Refused):
            continue
        verdict = TOPIC.score(title=article.title, lead=article.lead, text=article.text)
        if verdict.grade != Grade.NONE and not isinstance(read(body).result, Story):
            lost.append(str(path))
    assert lost == []


def test_no_relevant_page_of_the_demo_is_lost() -> None:
    papers = load_papers()
    manuscripts = load_manuscripts(papers, 2026)
    count = 0
    for paper in papers:
        origin = "http://127.0.0.11"
        own = [one for one in manuscripts if one.paper == paper.id]
        stories = first_edition(paper, origin, own, 2026, NOW)
        printed = edition(paper, origin, stories, NOW, {})
        for story in stories:
            answer = printed.get(story.url.removeprefix(origin))
            if story.relevant and not story.held_back and answer and answer.body:
                assert TOPIC.may_match(text_of(answer.body)), story.title
                count += 1
    assert count > 20


@pytest.mark.parametrize("furniture", FURNITURE)
def test_a_page_whose_furniture_names_every_neighbour_is_not_extracted(
    furniture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawler.reading, "document_of", None)  # whoever calls it fails
    reading = read(page_of("Trận chung kết", [ORDINARY], FURNITURE[furniture]))
    assert isinstance(reading.result, Decision)
    assert reading.result.reason == Rejection.OFF_TOPIC
    assert reading.titles == ("Trận chung kết",)
    assert reading.topic_score == 0


def test_few_ordinary_articles_are_extracted(shared: Path) -> None:
    background = islice(rows(shared / "corpus" / "relevance" / "background.jsonl.gz"), 500)
    passed = [
        TOPIC.may_match(text_of(page_of(html.escape(row["title"]), [html.escape(row["text"])])))
        for row in background
    ]
    assert sum(passed) / len(passed) <= 0.03


def test_a_title_that_only_a_list_tells_is_looked_at() -> None:
    told = FrontierEntry(URL, "Lạng Sơn và Quảng Tây (Trung Quốc) hội đàm về cửa khẩu biên giới")
    assert isinstance(read(page_of("", [ORDINARY]), told).result, Story)


def test_a_page_that_brought_an_article_is_read_again_whatever_it_says() -> None:
    assert isinstance(read(page_of("Tin", [ORDINARY]), FrontierEntry(URL, is_kept=True)).result, Story)


def test_of_a_story_that_is_off_topic_no_more_is_read_than_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    title, text = (
        "Chung kết bóng chuyền trẻ",
        "Vận động viên đội Lạng Sơn và đội Quảng Tây (Trung Quốc) gặp nhau.",
    )
    body = page_of(title, [ORDINARY, ORDINARY + " Hết.", text])
    whole = read(body, FrontierEntry(URL, is_kept=True))
    assert isinstance(whole.result, Story)
    assert whole.result.refusal is not None
    monkeypatch.setattr(extraction, "read_authors", None)  # whoever goes on fails
    found = read(body)
    assert found.result == whole.result.refusal
    assert replace(found, result=whole.result) == whole
    with pytest.raises(TypeError):
        read(page_of("Hội đàm tại cửa khẩu Hữu Nghị", [RELEVANT, RELEVANT + "Hết."]))


def test_a_title_that_several_pages_have_is_no_headline() -> None:
    told = FrontierEntry(URL, "Hội đàm biên phòng tại cửa khẩu")
    body = page_of("Báo Ví Dụ điện tử", [RELEVANT, RELEVANT + "Hết."])
    reading = READER(page(body), SOURCE, told, frozenset({"Báo Ví Dụ điện tử"}))
    assert isinstance(reading.result, Story)
    assert reading.result.article.title == told.title


def test_a_reader_and_what_it_gives_can_be_sent_to_another_process() -> None:
    body = page_of("Hội đàm tại cửa khẩu Hữu Nghị", [RELEVANT, RELEVANT + "Hết."])
    reader = pickle.loads(pickle.dumps(READER))
    reading = reader(page(body), SOURCE, FrontierEntry(URL))
    assert pickle.loads(pickle.dumps(reading)) == read(body)


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * (MAX_UNCLOSED - 10),
        "<div>" * 400_000,
        "<ul><li>" * (MAX_UNCLOSED // 2 - 10),
        "<ul><li><a href=x>a</a></li></ul>" * 20_000,
    ],
    ids=["deep", "deeper", "nested lists", "many lists"],
)
def test_no_page_of_tags_holds_a_worker_up(body: str) -> None:
    began = time.process_time()
    assert isinstance(read(f"<html><body>{body}chữ").result, Decision)
    assert time.process_time() - began < 20
