"""Pages that break other readers: each gives the article, or a reason."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trafilatura
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.article import Article
from crawler.decision import Rejection
from crawler.extraction import Document, Refused, extract_article, read_document, visible_text
from crawler.extraction.document import decode
from crawler.extraction.result import Markup
from crawler.page import Page
from tests.crawler.extraction.conftest import ADDRESS, NOW, PARAGRAPHS, TITLE, make_html

Make = Callable[..., Page]
TEXT = "\n".join(PARAGRAPHS)
UNDECLARED = make_html().replace('<meta charset="utf-8">', "")


def read(page: Page) -> Article:
    article = extract_article(page)
    assert isinstance(article, Article), article
    return article


def refusal(page: Page) -> Refused:
    refused = extract_article(page)
    assert isinstance(refused, Refused), refused
    return refused


def in_windows_1258(text: str) -> bytes:
    """Encode Vietnamese as the old code page has it: base letter, then the tone mark."""
    encoded = b""
    for char in text:
        try:
            encoded += char.encode("cp1258")
        except UnicodeEncodeError:
            marks = unicodedata.normalize("NFD", char)
            tones = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
            base = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tones))
            encoded += (base + "".join(tones)).encode("cp1258")
    return encoded


@pytest.mark.parametrize("depth", [260, 1000, 1900])
def test_text_under_many_nested_tags_is_whole(page: Make, depth: int) -> None:
    assert read(page(make_html(before="<div>" * depth, after="</div>" * depth))).text == TEXT


def test_absurdly_deep_nesting_is_refused_at_once(page: Make) -> None:
    assert refusal(page(make_html(before="<div>" * 100_000))).reason is Rejection.NO_TEXT


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (in_windows_1258(make_html().replace('"utf-8"', '"windows-1258"')), "text/html"),
        (in_windows_1258(UNDECLARED), "text/html; charset=windows-1258"),
        (in_windows_1258(UNDECLARED), "text/html"),
        (in_windows_1258(make_html().replace('"utf-8"', '"iso-8859-1"')), "text/html; charset=iso-8859-1"),
        (make_html().encode("utf-16"), "text/html"),
        (make_html().encode("utf-16-le"), "text/html; charset=utf-16"),
        (make_html().encode("utf-16-be"), "text/html"),
        (make_html().encode("utf-8-sig"), "text/html"),
        (make_html().replace('"utf-8"', '"utf-16"').encode(), "text/html; charset=utf-16"),
        (make_html().encode(), "text/html; charset=windows-1252"),
        (unicodedata.normalize("NFD", make_html()).encode(), "text/html"),
        (make_html().replace("<!doctype html>", '<?xml version="1.0" encoding="utf-16"?>').encode(), ""),
    ],
    ids=[
        "windows-1258 by meta", "windows-1258 by header", "windows-1258 undeclared", "called latin-1",
        "utf-16 with mark", "utf-16-le without mark", "utf-16-be undeclared", "utf-8 with mark",
        "utf-8 called utf-16", "utf-8 called windows-1252", "decomposed letters", "xml declaration",
    ],
)  # fmt: skip
def test_every_encoding_gives_the_same_article(page: Make, content: bytes, content_type: str) -> None:
    article = read(page(content, content_type=content_type))
    assert article.title == TITLE
    assert article.text == TEXT


@pytest.mark.parametrize("separator", ["a - ", "a | ", "a: "])
def test_a_title_of_nothing_but_separators_is_read_at_once(page: Make, separator: str) -> None:
    title = separator * 60_000
    head = f'<meta property="og:title" content="{title}">'
    content = make_html(head=head).replace(f"<title>{TITLE}", f"<title>{title}")
    assert read(page(content)).text == TEXT


ENGLISH = (
    "The pair of border gates will stay open for two hours longer – until 9 pm – the province’s office said."
)
CHINESE = "越南谅山省与中国广西壮族自治区就延长口岸通关时间达成一致，双方将增设两条专用通道。"
RUSSIAN = "Две провинции договорились продлить работу пограничного перехода на два часа в день."


@pytest.mark.parametrize(
    ("sentence", "encoding", "meta", "content_type"),
    [
        (ENGLISH, "cp1252", "windows-1252", "text/html"),
        (ENGLISH, "cp1252", "iso-8859-1", "text/html"),
        (ENGLISH, "cp1252", "", "text/html; charset=windows-1252"),
        (ENGLISH, "cp1252", "utf-8", "text/html"),
        (ENGLISH, "cp1252", "", "text/html"),
        (CHINESE, "gbk", "gb2312", "text/html"),
        (CHINESE, "gb18030", "gbk", "text/html"),
        (CHINESE, "gbk", "", "text/html; charset=GBK"),
        (CHINESE, "gbk", "", "text/html"),
        (RUSSIAN, "cp1251", "windows-1251", "text/html"),
    ],
)
def test_a_declared_charset_wins_where_it_loses_less(
    page: Make, sentence: str, encoding: str, meta: str, content_type: str
) -> None:
    declared = f'<meta charset="{meta}">' if meta else ""
    content = f"<html><head>{declared}<title>x</title></head><body>{f'<p>{sentence}</p>' * 12}</body></html>"
    found = decode(page(content.encode(encoding), content_type=content_type))
    assert isinstance(found, Markup)
    assert found.characters.count(sentence) == 12
    assert found.utf8 == found.characters.encode()


@pytest.mark.parametrize(
    "reference",
    [
        "&#11;",
        "&#12;",
        "&#28;",
        "&#31;",
        "&#2;",
        "&#xb;",
        "&#x1F;",
        "&#xFFFE;",
        "&#65535;",
        "&#xD800;",
        "&#0;",
        "&#x110000;",
        "&#9999999999;",
        "&#11",
    ],
)
def test_a_reference_to_no_character_costs_nothing_but_itself(page: Make, reference: str) -> None:
    article = extract_article(page(make_html((PARAGRAPHS[0], f"{PARAGRAPHS[1]}{reference}", PARAGRAPHS[2]))))
    assert isinstance(article, Article)
    assert article.text.split("\n") == list(PARAGRAPHS)


def test_a_reference_below_160_is_that_of_windows(page: Make) -> None:
    text = PARAGRAPHS[1].replace(",", " &#150;")
    article = extract_article(page(make_html((PARAGRAPHS[0], text, PARAGRAPHS[2]))))
    assert isinstance(article, Article)
    assert article.text.split("\n")[1] == PARAGRAPHS[1].replace(",", " –")


def test_a_page_encoded_twice_is_refused(page: Make) -> None:
    twice = make_html(PARAGRAPHS * 3).encode().decode("latin-1")
    assert refusal(page(twice)).reason is Rejection.BAD_ENCODING


def test_too_many_undecodable_characters_are_refused(page: Make) -> None:
    lost = make_html(PARAGRAPHS * 3).encode("ascii", "replace").replace(b"?", b"\xff")
    assert refusal(page(lost)).reason is Rejection.BAD_ENCODING


def test_a_few_undecodable_bytes_cost_only_themselves(page: Make) -> None:
    content = make_html().encode() + b"<!-- \xff\xfe -->"
    assert read(page(content)).text == TEXT


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"%PDF-1.7 \x00\x01", "application/pdf"),
        (b"%PDF-1.7 \x00\x01", "text/html"),
        (b'{"a": 1}', "text/html"),
        (b"", "text/html"),
        (make_html().encode(), "image/png"),
        (b"<?xml version='1.0'?><rss><channel><title>Tin</title></channel></rss>", "text/xml"),
        (b"<urlset><url><loc>https://a.example.vn/</loc></url></urlset><p>", "application/xml"),
    ],
)
def test_what_is_no_page_is_called_so(page: Make, content: bytes, content_type: str) -> None:
    assert refusal(page(content, content_type=content_type)).reason is Rejection.NOT_HTML


def test_a_page_over_the_size_limit_is_refused(page: Make) -> None:
    assert refusal(page(b"<html>" + b" " * (8 * 1024 * 1024))).reason is Rejection.TOO_LONG


def test_more_text_than_an_article_has_is_refused(page: Make) -> None:
    assert refusal(page(make_html(PARAGRAPHS * 1200))).reason is Rejection.TOO_LONG


LINK = '<li><a href="/tin-{n}.html">Hai tỉnh họp bàn về đường qua cửa khẩu</a></li>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "".join(LINK.format(n=n) for n in range(4_000))),
        ("", f"<div>{''.join(LINK.format(n=n) for n in range(4_000))}</div>"),
        ("", "".join(f'<a href="/{n}"><img src="x"></a><a href="/{n}">Tin số {n}</a>' for n in range(3_000))),
        ("<ul>" * 1_500, "</ul>" * 1_500),
        ("<div class='related'>" * 1_500, ""),
        (
            "",
            "<h1>" * 1_200
            + "<h1>Cửa khẩu kéo dài giờ thông quan cho nông sản trong mùa thu hoạch.</h1>" * 1_200,
        ),
    ],
    ids=[
        "links",
        "links in a box",
        "pictures that link",
        "lists in lists",
        "boxes in boxes",
        "headings in headings",
    ],
)
def test_the_time_for_a_page_does_not_grow_with_the_square_of_its_parts(
    page: Make, before: str, after: str
) -> None:
    html = page(make_html(before=before, after=after))
    start = time.process_time()
    document = read_document(html)
    assert isinstance(document, Document)
    visible_text(document)
    extract_article(html)
    assert time.process_time() - start < 8


def test_headings_around_a_page_are_not_read_once_for_each(page: Make) -> None:
    took_s = []
    for tag in ("h2", "h1"):  # the headline is looked for in one kind alone
        html = page(make_html(before=f"<{tag}>" * 1_900))
        start = time.process_time()
        extract_article(html)
        took_s.append(time.process_time() - start)
    assert took_s[1] < 4 * took_s[0]


@pytest.mark.parametrize("one", ["<a href='/x'>Thông quan {}</a>", "<p>Thông quan {}</p>", "<q>Lời {}</q>"])
def test_thousands_of_links_or_paragraphs_under_a_thousand_tags_are_refused(page: Make, one: str) -> None:
    many = "".join(map(one.format, range(2_000)))
    found = refusal(page(make_html(before="<div>" * 1_500 + many)))
    assert found.reason is Rejection.NO_TEXT
    assert "links and paragraphs in nested tags" in found.detail


@pytest.mark.parametrize(
    ("line", "box"), [("<div>Thông quan 00:12</div>", "div"), ("<td>Thông quan, 00:12</td>", "table")]
)
@pytest.mark.parametrize(("count", "asked"), [(500, [True, False]), (9_500, [True])])
def test_what_takes_time_with_the_square_of_the_lines_is_not_asked_about_thousands(
    page: Make, monkeypatch: pytest.MonkeyPatch, line: str, box: str, count: int, asked: list[bool]
) -> None:
    is_fast: list[bool] = []

    def bare_extraction(*args: Any, fast: bool, **kwargs: Any) -> Any:
        is_fast.append(fast)
        return ask(*args, fast=fast, **kwargs)

    ask = trafilatura.bare_extraction
    monkeypatch.setattr(trafilatura, "bare_extraction", bare_extraction)
    before = f"<{box}>{line * count}</{box}><div class='comments'>"
    extract_article(page(make_html(before=before, after="</div>")))
    assert is_fast == asked


@pytest.mark.parametrize(
    ("opened", "closed"), [("<table><tr><td>", "</td></tr></table>"), ("<article>", "</article>")]
)
def test_tables_in_tables_and_articles_in_articles_are_refused_at_once(
    page: Make, opened: str, closed: str
) -> None:
    assert refusal(page(make_html(before=opened * 120))).reason is Rejection.NO_TEXT
    assert read(page(make_html(before=opened * 20, after=closed * 20))).text == TEXT


def test_a_page_of_nothing_but_lines_is_refused_at_once(page: Make) -> None:
    start = time.process_time()
    assert refusal(page("<p>a</p>" * 50_000)).reason is Rejection.TOO_LONG
    assert time.process_time() - start < 4
    assert isinstance(read(page(make_html(after="<p>a</p>" * 5_000))), Article)


def test_nul_and_lone_surrogates_do_not_reach_the_text(page: Make) -> None:
    article = read(
        page(make_html().replace("kiểm dịch", "kiểm\x00 dịch").replace("Trước đó", "Trước \ud800đó"))
    )
    assert "\x00" not in article.text
    assert article.text.encode()
    assert "kiểm dịch và hải quan" in article.text


SAID = '"datePublished":"2026-11-20T08:30:00+07:00"'
AUTHOR = '"author":{"@type":"Person","name":"Lê Thị Ví Dụ"}'


@pytest.mark.parametrize(
    "block",
    [
        f'{{"@type":"NewsArticle","headline":"Nói "thẳng" nói thật",{SAID},{AUTHOR},}}',
        f'[{{"@type":"WebSite","name":"Báo"}},{{"@type":["NewsArticle"],{SAID},{AUTHOR}}}]',
        f'{{"@graph":[{{"@type":"Organization","name":"Báo"}},{{"@type":"Article",{SAID},{AUTHOR}}}]}}',
        f'{{"@type":"NewsArticle",\n"description":"hai\ndòng",{SAID},{AUTHOR}}};',
    ],
    ids=["raw quotes", "array", "graph", "line break and semicolon"],
)
def test_json_ld_is_read_however_it_is_written(page: Make, block: str) -> None:
    head = f'<script type="application/ld+json">{block}</script>'
    article = read(page(make_html(head=head)))
    assert article.published is not None
    assert article.published.at == "2026-11-20T01:30:00Z"
    assert article.authors == ("Lê Thị Ví Dụ",)


@pytest.mark.parametrize(
    "block", ["", "{", "null", "[[[[", '"text"', "{" * 5000, '{"@type": 7, "author": [null, 3]}']
)
def test_json_ld_that_says_nothing_is_no_harm(page: Make, block: str) -> None:
    head = f'<script type="application/ld+json">{block}</script>'
    assert read(page(make_html(head=head))).text == TEXT


def test_a_canonical_address_on_another_paper_is_ignored(page: Make) -> None:
    head = (
        '<link rel="canonical" href="https://khac.example.com/tin-1.html">'
        '<meta property="og:url" content="https://khac.example.com/tin-1.html">'
    )
    assert read(page(make_html(head=head))).canonical_url is None


def test_a_canonical_address_on_the_same_paper_is_kept(page: Make) -> None:
    head = '<link rel="canonical" href="/tin-1.html?utm_source=x#y">'
    assert read(page(make_html(head=head))).canonical_url == "https://bao.example.vn/tin-1.html"


@pytest.mark.slow
def test_a_title_of_a_megabyte_is_cut(page: Make) -> None:
    article = read(page(make_html(title="Cửa khẩu " * 120_000)))
    assert article.title is not None
    assert len(article.title) <= 600
    assert article.text == TEXT


def test_a_title_encoded_twice_is_decoded(page: Make) -> None:
    title = "Gặp gỡ &amp;quot;hữu nghị&amp;quot; trên biên giới"
    assert read(page(make_html(title=title))).title == 'Gặp gỡ "hữu nghị" trên biên giới'


def test_a_title_in_a_page_of_markup_stays_text(page: Make) -> None:
    article = read(page(make_html(title="Hợp tác &lt;script&gt;alert(1)&lt;/script&gt; biên giới")))
    assert article.title == "Hợp tác <script>alert(1)</script> biên giới"
    assert article.text == TEXT


SAVED = sorted((Path(__file__).parent / "fixtures").glob("*/*/page.html"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SAVED), st.integers(0, 6000), st.integers(0, 400), st.binary(max_size=40))
def test_a_damaged_page_gives_an_article_or_a_reason(path: Path, at: int, cut: int, garbage: bytes) -> None:
    whole = path.read_bytes()
    body = whole[:at] + garbage + whole[at + cut :]
    result = extract_article(Page(ADDRESS, ADDRESS, body, NOW))
    assert isinstance(result, Article | Refused)


@pytest.mark.parametrize(
    ("part", "hidden"),
    [
        ("<html", "<html hidden"),
        ("<body", '<body style="display:none"'),
        ("</title>", "</title><link ><class=x>"),
    ],
)
def test_a_page_that_hides_all_of_itself_gives_an_article_or_a_reason(
    page: Make, part: str, hidden: str
) -> None:
    """What is shown by a script later, or stands in an element of the head that was never closed."""
    styles = '<link rel="stylesheet" href="/wp-content/themes/bao/style.css">'
    content = make_html(head=styles).replace("<article>", '<article class="td-post-content">')
    assert read(page(content)).family == "wordpress"
    assert isinstance(extract_article(page(content.replace(part, hidden))), Article | Refused)


@pytest.mark.parametrize("address", ["http://[bad", "javascript:alert(1)", "http://a b/", "ftp://x/y"])
def test_addresses_nobody_can_read_are_left_out(page: Make, address: str) -> None:
    head = (
        f'<link rel="canonical" href="{address}"><meta property="og:image" content="{address}">'
        f'<meta property="og:url" content="{address}">'
    )
    body = f'<a href="{address}">Liên kết</a>'
    article = read(page(make_html(head=head, before=body, after=body)))
    assert article.image_url is None
    assert article.canonical_url is None
