"""Which of several times of a page is believed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.article import Article, Precision
from crawler.extraction import extract_article
from crawler.page import Page
from tests.crawler.extraction.conftest import make_html

Make = Callable[..., Page]


def published(page: Page) -> tuple[str, Precision] | None:
    article = extract_article(page)
    assert isinstance(article, Article)
    return article.published and (article.published.at, article.published.precision)


def meta(value: str) -> str:
    return f'<meta property="article:published_time" content="{value}">'


def ld(value: str) -> str:
    return f'<script type="application/ld+json">{{"@type":"NewsArticle","datePublished":"{value}"}}</script>'


def html(head: str = "", line: str = "") -> str:
    return make_html(head=head, line=f'<div class="date">{line}</div>' if line else "")


@pytest.mark.parametrize(
    ("head", "line", "stored"),
    [
        (meta("2026-11-20T08:30:15+07:00"), "20/11/2026 08:30", "2026-11-20T01:30:15Z"),
        (meta("2026-11-20T08:30:15+08:00"), "20/11/2026 08:30", "2026-11-20T01:30:15Z"),
        (meta("2026-11-20T08:30:15+00:00"), "20/11/2026 08:30", "2026-11-20T01:30:15Z"),
        (meta("2026-11-20T01:30:15Z"), "20/11/2026 08:30", "2026-11-20T01:30:15Z"),
        (meta("2026-11-20T08:30:15+08:00"), "", "2026-11-20T01:30:15Z"),
        (meta("2026-11-20T01:30:15Z"), "", "2026-11-20T01:30:15Z"),
        (meta("2026-11-20T08:30:15") + ld("2026-11-20T08:30:00+07:00"), "", "2026-11-20T01:30:15Z"),
        (meta("2026-11-20T08:30:15+00:00") + ld("2026-11-20T08:30:00+07:00"), "", "2026-11-20T01:30:15Z"),
        (meta("2026-11-20T09:45:00+07:00"), "20/11/2026 08:30", "2026-11-20T01:30:00Z"),
        (meta("2026-11-20T08:30:00+07:00"), "Cập nhật 20/11/2026 11:00", "2026-11-20T01:30:00Z"),
        ("", "Cập nhật 20/11/2026 11:00", "2026-11-20T04:00:00Z"),
        (meta("2026-11-20T08:30:00+07:00"), "12/03/2019 10:00", "2026-11-20T01:30:00Z"),
        (meta("2026-11-20T08:30:15+07:00"), "20/11/2026", "2026-11-20T01:30:15Z"),
        (meta("2026-11-20T00:00:00+07:00") + ld("2026-11-20T08:30:00+07:00"), "", "2026-11-20T01:30:00Z"),
        (meta("2026-11-20T00:00:00+07:00"), "", "2026-11-20"),
        (meta("2027-11-20T08:30:00+07:00"), "", None),
        (meta("2027-11-20T08:30:00+07:00"), "20/11/2026 08:30", "2026-11-20T01:30:00Z"),
        (meta("2026-11-22T09:30:00+00:00"), "", "2026-11-22T02:30:00Z"),
        (meta("rác"), "", None),
    ],
    ids=[
        "metadata add the seconds", "+08:00 with the clock of Viet Nam", "+00:00 with the clock of Viet Nam",
        "the same instant in UTC", "+08:00 alone", "UTC alone", "no zone", "one zone disagrees with another",
        "the visible line wins", "a line of updating gives way", "a line of updating is better than nothing",
        "a line of another day is another story's", "a bare day is completed", "midnight is completed",
        "midnight alone is a day", "the future is refused", "the future is replaced",
        "the future in UTC is the past in Viet Nam", "no date at all",
    ],
)  # fmt: skip
def test_the_rule_of_times(page: Make, head: str, line: str, stored: str | None) -> None:
    found = published(page(html(head, line)))
    assert (found and found[0]) == stored


def test_todays_date_in_the_header_is_no_publication(page: Make) -> None:
    before = '<header><span class="date">Chủ nhật, 22/11/2026</span></header>'
    assert published(page(make_html(before=before))) is None


def test_the_address_is_the_last_resort(page: Make) -> None:
    url = "https://bao.example.vn/tin-20261119101112123.htm"
    assert published(page(make_html(), url=url)) == ("2026-11-19", Precision.DAY)
    assert published(page(html(line="20/11/2026 08:30"), url=url)) == (
        "2026-11-20T01:30:00Z",
        Precision.MINUTE,
    )


def test_it_is_said_where_the_time_came_from(page: Make) -> None:
    article = extract_article(page(html(meta("2026-11-20T08:30:15+07:00"), "20/11/2026 08:30")))
    assert isinstance(article, Article)
    assert article.provenance["published"] == "line '20/11/2026 08:30', meta article:published_time"
