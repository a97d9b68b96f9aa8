"""Whom a text names as its origin; names and hosts are invented."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from crawler.article import Article
from crawler.extraction import Document, read_document
from crawler.page import Page
from crawler.reach.origins import (
    MOST_HOSTS,
    Outlink,
    OutlinkKind,
    is_never_a_paper,
    leading_away,
    list_outlinks,
    named_origins,
    registrable,
    story_outlinks,
)
from crawler.source import Source


def names(line: str) -> list[str]:
    return [one.name or one.host or "" for one in named_origins([line])]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Theo Báo Suối Bạc, hai bên đã thống nhất mở thêm một phiên chợ.", "Báo Suối Bạc"),
        ("Hai bên sẽ gặp lại sau mùa mưa, theo báo Suối Bạc.", "báo Suối Bạc"),
        ("Báo Người lính biên thùy đưa tin đoàn đã về tới cửa khẩu.", "Báo Người lính biên thùy"),
        ("Theo Tạp chí Rừng núi và biên cương thì đường đã thông.", "Tạp chí Rừng núi và biên cương"),
        ("Theo trang tin điện tử Bến Nước, chợ họp lại từ sáng nay.", "Bến Nước"),
        ("Đài PT-TH Suối Bạc cho biết cầu đã xong.", "Đài PT-TH Suối Bạc"),
        ("Theo báo “Vùng Cao Hôm Nay”, xe hàng đã qua.", "báo Vùng Cao Hôm Nay"),
        ("(Nguồn: suoibac.com.vn)", "suoibac.com.vn"),
        ("Xem thêm tại www.suoibac.vn.", "www.suoibac.vn"),
        ("(Theo TTXVN)", "Thông tấn xã Việt Nam"),
    ],
)
def test_an_origin_is_read_in_sentences_credits_and_hosts(line: str, name: str) -> None:
    assert names(line) == [name]


@pytest.mark.parametrize(
    "line",
    [
        "Theo báo cáo của UBND tỉnh, kim ngạch tăng hai phần ba.",
        "Cơ quan chức năng thông báo Công ty Suối Bạc được mở lại.",
        "Theo báo chí nước bạn, đường đã thông.",
        "Theo Sở Ngoại vụ, đoàn có ba mươi người.",
        "(Theo Sở Ngoại vụ)",
        "Trang phục của bà con hai bản giống nhau.",
        "Gửi về banbientap@suoibac.vn hoặc gọi số máy trực.",
        "Hết quý II.Vn chỉ còn ba điểm.t.la là gõ nhầm.",
        "Bán kính 3.5 km quanh mốc 605.",
        "Đại diện Báo Suối Bạc trao quà cho bà con.",
    ],
)
def test_what_only_sounds_like_one_is_none(line: str) -> None:
    assert names(line) == []


@pytest.mark.parametrize(
    "unit",
    ["Báo Ví Dụ (", "báo A ", "theo   ", "Theo báo ", "(theo ", "a.vn.", " a.vn", "báo Ví Dụ cho biết (x "],
)
def test_lines_of_nothing_else_are_read_in_time_that_grows_with_their_length(unit: str) -> None:
    start = time.process_time()
    for _ in named_origins([unit * (200_000 // len(unit))]):
        pass
    assert time.process_time() - start < 4


def test_a_credit_without_a_word_for_a_paper_may_be_a_person() -> None:
    (one,) = named_origins(["(Theo Lò Văn Pấng)"])
    assert (one.name, one.is_certain) == ("Lò Văn Pấng", False)


def test_the_words_around_a_name_are_shown_and_cut_at_spaces() -> None:
    line = "Mở đầu là một câu rất dài. " * 12 + "Theo Báo Suối Bạc, chợ đã mở. " + "Hết là câu dài nữa. " * 12
    (one,) = named_origins([line])
    assert "Theo Báo Suối Bạc, chợ đã mở." in one.words
    assert one.words.startswith("…")
    assert one.words.endswith("…")
    assert len(one.words) < 200
    assert all(word in line.split() for word in one.words.strip("…").split())


@pytest.mark.parametrize(
    ("host", "registered"),
    [
        ("tin.suoibac.vn", "suoibac.vn"),
        ("tin.suoibac.com.vn", "suoibac.com.vn"),
        ("suoibac.com", "suoibac.com"),
        ("songoaivu.suoibac.gov.vn", "songoaivu.suoibac.gov.vn"),
        ("127.0.0.19", "127.0.0.19"),
    ],
)
def test_what_one_house_has_registered(host: str, registered: str) -> None:
    assert registrable(host) == registered


def test_networks_and_shops_are_no_papers() -> None:
    assert is_never_a_paper("l.facebook.com")
    assert is_never_a_paper("maps.google.com.vn")
    assert not is_never_a_paper("suoibac.vn")


SOURCE = Source("bao-thu", "Báo Thử", "https://baothu.vn")
SENTENCE = "Theo tờ Suối Bạc, hai bên đã thống nhất mở thêm một phiên chợ biên giới."
ARTICLE = Article("https://baothu.vn/a.html", "Tiêu đề", f"Lời dẫn.\n{SENTENCE} Chia sẻ.")


def document(body: str, head: str = "") -> Document:
    page = f"<html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>".encode()
    url = "https://baothu.vn/a.html"
    found = read_document(Page(url, url, page, datetime(2026, 11, 21, tzinfo=UTC)))
    assert isinstance(found, Document)
    return found


def of_story(body: str, head: str = "") -> tuple[Outlink, ...]:
    return story_outlinks(leading_away(document(body, head), SOURCE.owns), ARTICLE)


LINKED = SENTENCE.replace("Suối Bạc", '<a href="http://suoibac.vn/tin?utm_source=x">Suối Bạc</a>')


def test_a_link_in_a_sentence_of_the_text_counts() -> None:
    (one,) = of_story(f"<div><p>{LINKED} Chia sẻ.</p></div>")
    assert one == Outlink(OutlinkKind.STORY, "suoibac.vn", "http://suoibac.vn/tin", "Suối Bạc")


def test_a_credit_counts_that_the_text_does_not_hold() -> None:
    (one,) = of_story('<p>Nguồn: <a href="https://www.suoibac.vn/">Báo Suối Bạc</a></p>')
    assert (one.kind, one.host) == (OutlinkKind.STORY, "suoibac.vn")


def test_furniture_own_links_networks_and_adverts_do_not() -> None:
    assert (
        of_story(
            '<p>Tin khác <a href="https://khac.vn/b.html">một tin khác của một tờ khác, rất dài</a></p>'
            '<p><a href="https://chiase.vn/?u=a">Chia sẻ</a></p>'
            f"<p>{SENTENCE.replace('chợ', '<a href=/cho>chợ</a>')} Chia sẻ.</p>"
            f"<p>{LINKED.replace('suoibac.vn', 'facebook.com')} Chia sẻ.</p>"
            f"<p>{LINKED.replace('<a ', '<a rel=sponsored ')} Chia sẻ.</p>"
        )
        == ()
    )


def test_the_address_that_a_page_calls_the_texts_own_counts_where_it_is_foreign() -> None:
    foreign = '<link rel="canonical" href="https://suoibac.vn/goc.html">'
    (one,) = of_story("<p>…</p>", foreign)
    assert (one.kind, one.url) == (OutlinkKind.CANONICAL, "https://suoibac.vn/goc.html")
    (one,) = of_story("<p>…</p>", '<meta name="original-source" content="https://suoibac.vn/goc.html">')
    assert one.kind is OutlinkKind.CANONICAL
    assert of_story("<p>…</p>", '<link rel="canonical" href="https://m.baothu.vn/a.html">') == ()


def test_of_a_list_page_every_foreign_host_counts_once_and_not_without_end() -> None:
    links = "".join(f'<a href="https://bao{n}.vn/{part}">Báo {n}</a>' for n in range(60) for part in "ab")
    found = list_outlinks(document(f'<footer>{links}<a href="/muc">Mục</a></footer>'), SOURCE.owns)
    assert len(found) == MOST_HOSTS
    assert found[0] == Outlink(OutlinkKind.LIST, "bao0.vn", "https://bao0.vn/a", "Báo 0")
