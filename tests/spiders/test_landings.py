"""A story whose address leads elsewhere is gone, and what was kept of it stays."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from crawler.page import Page
from spiders.discovery.article_links import looks_like_article
from spiders.outcomes import Landings
from tests.biengioi.program import Program
from tests.biengioi.test_revisit import story
from tests.mockserver import Answer, Site

HOST = "https://bao.example"
ASKED = "/bien-gioi/hai-tinh-hoi-dam-ve-hop-tac-cua-khau-123456.html"


def landed(asked: str, came: str) -> Page:
    absolute = came if "://" in came else HOST + came
    return Page(HOST + asked, absolute, b"", datetime(2026, 11, 21, tzinfo=UTC))


@pytest.mark.parametrize(
    "came",
    [
        "/",
        "/index.html",
        "/trang-chu.htm",
        "https://m.bao.example/",
        "/bien-gioi/",
        "/bien-gioi",
        "/bien-gioi.html",
        "/bien-gioi/index.html",
        "/thoi-su/",
        "/chuyen-muc/bien-gioi-c12.html",
        "/tim-kiem?q=cua+khau",
        "/search/cua-khau.html",
        "/tag/cua-khau.html",
        "/404.html",
        "/thong-bao.aspx",
        "/lien-he",
    ],
)
def test_a_list_the_home_page_and_a_search_are_no_story(came: str) -> None:
    gone = Landings().gone(landed(ASKED, came), looks_like_article)
    assert gone is not None
    assert gone.reason == "gone"
    assert came in gone.detail


@pytest.mark.parametrize(
    "came",
    [
        ASKED,
        f"https://m.bao.example{ASKED}",
        f"https://www.bao.example{ASKED}?ref=1",
        f"{ASKED}/",
        "/bien-gioi/tieu-de-moi-cua-bai-123456.html",
        "/d/123456.aspx",
        "/hai-tinh-hoi-dam-ve-hop-tac-cua-khau-123456.amp",
        "/tin-tuc/hai-tinh-hoi-dam-ve-hop-tac-cua-khau-123456/",
    ],
)
def test_the_storys_own_new_address_is_not_elsewhere(came: str) -> None:
    landings = Landings()
    assert landings.gone(landed(ASKED, came), looks_like_article) is None
    assert landings.first_from == {}


def test_where_another_story_leads_as_well_is_no_story() -> None:
    landings = Landings()
    notice = "/thong-bao/he-thong-dang-duoc-nang-cap-moi-ban-quay-lai-900001.html"
    other = "/kinh-te/xuat-khau-nong-san-qua-cua-khau-tang-654321.html"
    assert landings.gone(landed(ASKED, notice), looks_like_article) is None
    assert landings.gone(landed(ASKED, notice), looks_like_article) is None  # the same story again
    gone = landings.gone(landed(other, notice), looks_like_article)
    assert gone is not None
    assert ASKED in gone.detail


def test_addresses_by_words_alone_are_judged_by_the_papers_rule() -> None:
    came = landed("/tin/gap-go-huu-nghi", "/tin/trao-qua-ban-dan")
    assert Landings().gone(came, looks_like_article) is None  # neither can be told from a section
    assert Landings().gone(came, lambda url: "/tin/" in url) is None
    assert (
        Landings().gone(landed("/tin/gap-go-huu-nghi", "/muc/ban-dan"), lambda url: "/tin/" in url)
        is not None
    )


def test_a_kept_story_that_leads_to_a_section_keeps_its_text_and_history(program: Program) -> None:
    other = "".join(
        f"<p>Tin số {n} về hợp tác biên giới Việt Nam - Trung Quốc tại cửa khẩu.</p>" for n in range(40)
    )
    with Site() as site:
        paths = {status: ASKED.replace("123456", f"123{status}") for status in (301, 302, 308)}
        feed = "".join(
            f"<item><title>Hội đàm</title><link>{site.url}{path}</link></item>" for path in paths.values()
        )
        site.routes = {
            "/rss": Answer(f'<rss version="2.0"><channel>{feed}</channel></rss>', content_type="text/xml"),
            "/bien-gioi/": Answer(f"<html><title>Biên giới</title><body>{other}</body></html>"),
        }
        for status, path in paths.items():
            site.routes[path] = Answer(story(f"Cuộc hội đàm lần thứ {status} kết thúc trong buổi chiều." * 9))
        program.add_source("bao", site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n')
        first = program.run("crawl", "--json").json
        assert first["stored"] + first["near_duplicate"] == 3
        before = [program.run("show", str(id_), "--json").json for id_ in (1, 2, 3)]
        for status, path in paths.items():
            site.routes[path] = Answer("", status, {"Location": "/bien-gioi/"})
        make_due(program)
        report = program.run("crawl", "--json").json
        assert (report["failed"], report["revised"]) == ({"gone": 3}, 0)
        assert [program.run("show", str(id_), "--json").json for id_ in (1, 2, 3)] == before
        for path in paths.values():
            explained = program.run("explain", f"{site.url}{path}", "--json").json
            assert "the section that it stood in" in explained["decisions"][-1]["detail"]
        with closing(sqlite3.connect(program.db)) as conn:
            again = conn.execute("SELECT count(*) FROM pages WHERE next_fetch_at IS NOT NULL").fetchone()
        assert again == (3,)  # a paper that is being mended comes back


def test_a_kept_story_that_leads_to_another_story_is_no_revision(program: Program) -> None:
    new = "/bien-gioi/thong-bao-ve-viec-nang-cap-he-thong-cua-toa-soan-900001.html"
    notice = "".join(
        f"<p>Kính gửi bạn đọc, hệ thống của tòa soạn sẽ được nâng cấp đợt {n}, mong bạn đọc thông cảm.</p>"
        for n in range(12)
    )
    with Site() as site:
        feed = f"<item><title>Hội đàm</title><link>{site.url}{ASKED}</link></item>"
        site.routes = {
            "/rss": Answer(f'<rss version="2.0"><channel>{feed}</channel></rss>', content_type="text/xml"),
            ASKED: Answer(story()),
            new: Answer(
                f"<html><title>Thông báo</title><body><h1>Thông báo của tòa soạn</h1>{notice}</body></html>"
            ),
        }
        program.add_source("bao", site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n')
        program.run("crawl", "--json")
        before = program.run("show", "1", "--json").json
        site.routes[ASKED] = Answer("", 301, {"Location": new})
        make_due(program)
        report = program.run("crawl", "--json").json
        assert (report["failed"], report["revised"]) == ({"gone": 1}, 0)
        assert program.run("show", "1", "--json").json == before


def test_a_kept_story_that_moved_with_its_text_is_edited_under_its_old_address(program: Program) -> None:
    new = "/tin-moi/bi-thu-hai-tinh-gap-nhau-tai-cua-khau-900001.html"
    with Site() as site:
        feed = f"<item><title>Hội đàm</title><link>{site.url}{ASKED}</link></item>"
        site.routes = {
            "/rss": Answer(f'<rss version="2.0"><channel>{feed}</channel></rss>', content_type="text/xml"),
            ASKED: Answer(story()),
            new: Answer(story("Bản tin bổ sung: hai bên hẹn gặp lại vào quý tới.")),
        }
        program.add_source("bao", site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n')
        program.run("crawl", "--json")
        site.routes[ASKED] = Answer("", 301, {"Location": new})
        make_due(program)
        assert program.run("crawl", "--json").json["revised"] == 1


def make_due(program: Program) -> None:
    with closing(sqlite3.connect(program.db)) as conn, conn:
        conn.execute("UPDATE pages SET next_fetch_at = '2026-01-01T00:00:00Z'")
