"""Which of several times of a page is believed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.article import Article, Precision
from crawler.extraction import extract_article
from crawler.page import Page
from tests.crawler.extraction.conftest import MENU, make_html, portal

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


def told_by(line: str, head: str = "", above: str = "", below: str = "", menu: str = MENU) -> str:
    body = f'{above}<div class="detail"><h1>@T</h1>{line}<p class="sapo">@L</p><div>@B</div>{below}</div>'
    return portal(body, head=head, menu=menu)


EDITED = (
    '<meta property="article:published_time" content="2026-11-21T09:00:00+07:00">'
    '<meta property="article:modified_time" content="2026-11-21T09:00:00+07:00">'
)


@pytest.mark.parametrize(
    ("line", "stored"),
    [
        ("<div>Ví Dụ - 16:20, 20/11/2026</div>", "2026-11-20T09:20:00Z"),
        ("<p>VÍ DỤ | 20/11/2026 16:20</p>", "2026-11-20T09:20:00Z"),
        ('<div class="author">Ví Dụ <time>20/11/2026 16:20</time></div>', "2026-11-20T09:20:00Z"),
        ("<div>Tác giả: Ví Dụ - Ngày đăng: 20/11/2026 16:20</div>", "2026-11-20T09:20:00Z"),
        ("<div>Thời sự • 16:20 20/11/2026 • 88 lượt xem</div>", "2026-11-20T09:20:00Z"),
        ("<div>(Thứ sáu, 20/11/2026-4:20 PM)</div>", "2026-11-20T09:20:00Z"),
        ("<p>Lạng Sơn, ngày 20 tháng 11 năm 2026</p>", "2026-11-20"),
        ('<span class="posted-on">20 Tháng Mười Một, 2026</span>', "2026-11-20"),
        ("<p>Đăng lúc 16:20 | 20-11-2026 | Đã xem: 123</p>", "2026-11-20T09:20:00Z"),
        ("<dl><dd>Được đăng ngày Thứ Sáu, 20 Tháng 11 2026 16:20</dd></dl>", "2026-11-20T09:20:00Z"),
        ("<p>Cập nhật: 21/11/2026 09:00 | Đăng: 20/11/2026 16:20</p>", "2026-11-20T09:20:00Z"),
        ('<time datetime="2026-11-20T16:20:05+07:00">2 ngày trước</time>', "2026-11-20T09:20:05Z"),
        ('<span class="time">2 ngày trước</span>', "2026-11-20"),
        ('<p class="note"><a href="/x">20/11/2026 - 16:20</a></p>', "2026-11-20T09:20:00Z"),
    ],
)  # fmt: skip
def test_the_line_below_the_headline_tells_the_time(page: Make, line: str, stored: str) -> None:
    found = published(page(told_by(line)))
    assert found is not None
    assert found[0] == stored


@pytest.mark.parametrize(
    "line",
    [
        '<div class="date">Đăng ngày 20/11/2026 16:20 (cập nhật 21/11/2026 09:00)</div>',
        "<p>Đăng: 20/11/2026 16:20</p>",
        "<p>Xuất bản lúc 16:20 ngày 20/11/2026</p>",
    ],
)
def test_the_first_time_shown_beats_that_of_an_edit(page: Make, line: str) -> None:
    assert published(page(told_by(line, EDITED))) == ("2026-11-20T09:20:00Z", Precision.MINUTE)
    edited = (
        '{"@type":"NewsArticle","datePublished":"2026-11-21T09:00:00","dateModified":"2026-11-21T09:00:00"}'
    )
    script = f'<script type="application/ld+json">{edited}</script>'
    assert published(page(told_by(line, script))) == ("2026-11-20T09:20:00Z", Precision.MINUTE)


@pytest.mark.parametrize(
    "clock",
    [
        "Chủ nhật, ngày 22/11/2026", "Thứ bảy, 21/11/2026 - 08:27",
        "Thứ Sáu, ngày 23 tháng 08 năm 2019, 09:25:27", "Hôm nay: 22/11/2026 10:00", "22/11/2026 09:58",
        "Thứ Tư, 04/03/2020 09:11",
    ],
)  # fmt: skip
def test_a_clock_is_no_publication_be_it_of_now_or_of_years_ago(page: Make, clock: str) -> None:
    for above, menu in (
        ("", f'<div class="top">{clock}</div>{MENU}'),
        ("", f"<header><span class='date'>{clock}</span></header>{MENU}"),
        (f'<div class="bar"><span id="clock">{clock}</span></div>', MENU),
        (f'<span class="current-time">{clock}</span>', MENU),
    ):
        assert published(page(told_by("", above=above, menu=menu))) is None
        found = published(page(told_by("<p>20/11/2026 16:20</p>", above=above, menu=menu)))
        assert found == ("2026-11-20T09:20:00Z", Precision.MINUTE)


def test_an_icon_of_a_clock_is_none(page: Make) -> None:
    line = '<p class="time"><i class="fa fa-clock"></i> 20/11/2026 16:20</p>'
    assert published(page(told_by(line))) == ("2026-11-20T09:20:00Z", Precision.MINUTE)


def test_a_date_between_navigation_and_headline_is_the_storys(page: Make) -> None:
    above = '<div class="issue">20/11/2026 16:20</div>'
    assert published(page(told_by("", above=above))) == ("2026-11-20T09:20:00Z", Precision.MINUTE)


def test_a_date_below_the_story_is_read_and_leaves_the_text(page: Make) -> None:
    content = told_by("", below='<p class="ngay">(Ngày đăng: 20/11/2026 16:20)</p>')
    assert published(page(content)) == ("2026-11-20T09:20:00Z", Precision.MINUTE)
    article = extract_article(page(content))
    assert isinstance(article, Article)
    assert "Ngày đăng" not in article.text


def test_a_month_in_the_address_gives_way_to_any_day(page: Make) -> None:
    url = "https://bao.example.vn/thoi-su/202611/tin-5f3a2b1/"
    assert published(page(told_by(""), url=url)) == ("2026-11", Precision.MONTH)
    below = "<p>(Ngày đăng: 20/11/2026)</p>"
    assert published(page(told_by("", below=below), url=url)) == ("2026-11-20", Precision.DAY)


def test_a_guessed_day_is_marked(page: Make) -> None:
    below = '<abbr class="published" title="2026-11-19T08:00:00+07:00">thứ Năm</abbr>'
    article = extract_article(page(told_by("", below=below)))
    assert isinstance(article, Article)
    assert article.published is not None
    assert (article.published.at, article.published.precision) == ("2026-11-19", Precision.DAY)
    assert article.provenance["published"] == "guessed by htmldate"


@pytest.mark.parametrize("stamp", ["2026-11-22T10:00:00+07:00", "1985-02-03T08:00:00+07:00"])
def test_a_guess_of_today_or_before_the_web_is_none(page: Make, stamp: str) -> None:
    assert published(page(told_by("", below=f'<abbr class="published" title="{stamp}">x</abbr>'))) is None
