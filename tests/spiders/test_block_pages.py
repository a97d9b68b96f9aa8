"""Pages that stand in for an article are outcomes, never articles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.block_pages import recognise
from crawler.extraction import Document, read_document, visible_text
from crawler.page import Page
from spiders.demo.newspapers import Newspapers
from tests.articles import make_text
from tests.biengioi.program import Program
from tests.mockserver import Answer, Site

URL = "https://bao.vn/hoi-dam-bien-gioi-12345.html"


def reason(body: str, *, final_url: str = URL, headers: dict[str, str] | None = None) -> str | None:
    headers = {"content-type": "text/html; charset=utf-8", **(headers or {})}
    page = Page(URL, final_url, body.encode(), datetime(2026, 11, 20, tzinfo=UTC), headers=headers)
    document = read_document(page)
    assert isinstance(document, Document)
    decision = recognise(page, document.html, visible_text(document))
    return decision.reason if decision else None


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
