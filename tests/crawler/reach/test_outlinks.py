"""Where a page leads to beyond its paper."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.article import Article
from crawler.extraction import Document, read_document
from crawler.page import Page
from crawler.reach.outlinks import (
    MOST_HOSTS,
    Outlink,
    OutlinkKind,
    leading_away,
    list_outlinks,
    story_outlinks,
)
from crawler.source import Source

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
