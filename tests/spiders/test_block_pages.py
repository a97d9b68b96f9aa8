"""Pages that stand in for an article are outcomes, never articles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.block_pages import recognise
from crawler.decision import Decision
from crawler.extraction import Document, read_document, visible_text
from crawler.page import Page
from spiders.demo.newspapers import Newspapers
from tests.articles import make_text
from tests.biengioi.program import Program
from tests.mockserver import Answer, Site

URL = "https://bao.vn/hoi-dam-bien-gioi-12345.html"


def reason(body: str, *, final_url: str = URL, headers: dict[str, str] | None = None) -> str | None:
    decision = recognised(body, final_url=final_url, headers=headers)
    return decision.reason if decision else None


def recognised(body: str, *, final_url: str = URL, headers: dict[str, str] | None = None) -> Decision | None:
    headers = {"content-type": "text/html; charset=utf-8", **(headers or {})}
    page = Page(URL, final_url, body.encode(), datetime(2026, 11, 20, tzinfo=UTC), headers=headers)
    document = read_document(page)
    assert isinstance(document, Document)
    return recognise(page, document.html, visible_text(document))


def page(title: str, text: str = "") -> str:
    return f"<html><head><title>{title}</title></head><body><div>{text}</div></body></html>"


SHELL = '<html><title>Báo</title><body><div id="app"></div><script src="/a.js"></script></body></html>'
COOKIE = '<html><body><script>document.cookie="D1N=abc";location.reload();</script></body></html>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (page("Just a moment..."), "blocked"),
        (page("Attention Required! | Cloudflare", "Sorry, you have been blocked"), "blocked"),
        (page("Xác minh", "Vui lòng nhập CAPTCHA để tiếp tục"), "blocked"),
        (page("Báo", "Vui lòng đăng nhập để đọc bài viết này."), "blocked"),
        (SHELL, "blocked"),
        (COOKIE, "blocked"),
        (page("Không tìm thấy trang"), "soft_404"),
        (page("Báo", "Bài viết không tồn tại hoặc đã bị xóa."), "soft_404"),
        (page("Thông báo", "Hệ thống đang bảo trì, mời bạn quay lại sau."), "soft_404"),
        (page("Tin vắn", "Sáng nay hai bên họp bàn."), None),
        (page("Lỗi 404 là gì?", make_text(1) * 4), None),
    ],
)
def test_what_a_page_says_of_itself(body: str, expected: str | None) -> None:
    assert reason(body) == expected


@pytest.mark.parametrize(
    "markup",
    [
        '<meta http-equiv="refresh" content="0;url=/vi/">',
        "<META HTTP-EQUIV=Refresh CONTENT='5; URL=/vi/'>",
        """<meta content="0; url='/vi/'" http-equiv="refresh">""",
        "<meta http-equiv=refresh content=0;url=/vi/>",
        '<meta http-equiv="refresh" content="1.5 , /vi/">',
        '<meta http-equiv="refresh" content="0;url=https://bao.vn/vi/&amp;x">',
        '<script>window.location.href = "/vi/";</script>',
        "<script>location='/vi/'</script>",
        "<script>top.location.replace( '/vi/' )</script>",
        '<script>document.location.assign("https://bao.vn/vi/")</script>',
    ],
)
def test_a_page_that_only_sends_on_names_its_target(markup: str) -> None:
    decision = recognised(f"<html><head>{markup}</head><body></body></html>")
    assert decision is not None
    assert decision.reason == "bad_redirect"
    assert "https://bao.vn/vi/" in decision.detail


@pytest.mark.parametrize(
    "markup",
    [
        '<meta http-equiv="refresh" content="390">',
        '<meta http-equiv="refresh" content="300;url=https://bao.vn/hoi-dam-bien-gioi-12345.html">',
        '<meta http-equiv="content-type" content="text/html; charset=utf-8">',
        "<meta " * 9_000,
        "<script>if (location.href == '/vi/') { go() }</script>",
    ],
)
def test_a_page_that_stays_is_not_taken_for_one_that_sends_on(markup: str) -> None:
    assert (
        recognised(f"<html><head>{markup}</head><body><p>Sáng nay hai bên họp bàn.</p></body></html>") is None
    )


def test_a_story_that_reloads_itself_elsewhere_is_a_story() -> None:
    markup = '<meta http-equiv="refresh" content="900;url=/">'
    assert recognised(f"<html><head>{markup}</head><body><p>{make_text(1)}</p></body></html>") is None


@pytest.mark.parametrize(
    "body",
    [
        '<html><head><meta http-equiv="refresh" content="0;url=/hoi-dam-bien-gioi-12345.html"></head></html>',
        page("Báo", "Please enable cookies."),
        page("Báo", "Vui lòng bật cookie trong trình duyệt để tiếp tục."),
    ],
)
def test_a_cookie_wall_names_the_cookie_and_the_key(body: str) -> None:
    decision = recognised(body, headers={"set-cookie": "phien=abc=1; Path=/"})
    assert decision is not None
    assert decision.reason == "blocked"
    assert "the cookie phien: write cookies = true under [fetch]" in decision.detail


def test_a_cookie_that_only_a_script_sets_is_named() -> None:
    decision = recognised(COOKIE)
    assert decision is not None
    assert decision.detail.endswith("needs JavaScript to set the cookie D1N")


def test_an_article_address_that_leads_home_is_gone() -> None:
    assert reason(page("Trang chủ", make_text(1)), final_url="https://bao.vn/") == "soft_404"


def test_a_header_may_say_it_outright() -> None:
    assert reason(page("Báo", make_text(1)), headers={"cf-mitigated": "challenge"}) == "blocked"


def test_no_page_of_the_simulated_newspapers_is_taken_for_one(program: Program) -> None:
    with Newspapers(only=["demo-nukeviet", "demo-onecms"]) as newspapers:
        newspapers.write_sources(program.sources)
        assert program.run("crawl", "--json").json["failed"] == {}


def test_a_crawl_books_them_and_says_so_of_a_seed(program: Program) -> None:
    with Site() as site:
        url = f"{site.url}/hoi-dam-bien-gioi-12345.html"
        item = f'<rss version="2.0"><channel><item><link>{url}</link></item></channel></rss>'
        site.routes = {
            "/rss": Answer(item, content_type="text/xml"),
            "/hoi-dam-bien-gioi-12345.html": Answer(page("Just a moment...")),
            "/muc": Answer(page("Attention Required! | Cloudflare")),
            "/atom": Answer(page("Không tìm thấy trang")),
        }
        seeds = "".join(
            f'[[seeds]]\nkind = "{kind}"\nurl = "{site.url}/{path}"\n'
            for kind, path in (("feed", "rss"), ("section", "muc"), ("feed", "atom"))
        )
        program.add_source("bao", site.url, seeds)
        report = program.run("crawl", "--json").json
        assert report["failed"] == {"blocked": 1}
        assert set(report["sources"]["bao"]["seeds"].values()) == {"ok", "blocked", "soft_404"}
        assert report["stored"] == 0
