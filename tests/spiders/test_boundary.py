"""Whatever is thrown on the way of an answer is an outcome of it, and no error of the run."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.decision import Decision, Kind, Outcome
from crawler.errors import LeaseLost, StorageFull
from spiders.outcomes import answer_of, unread
from tests.biengioi.program import Program, Run
from tests.biengioi.test_revisit import story
from tests.mockserver import Answer, Site, sites
from tests.spiders.sabotage import KINDS
from tests.test_imports import ROOT

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DOWNLOAD = (
    "handler",
    "host-rules",
    "pauses-before",
    "robots",
    "address-guard",
    "compression-before",
    "compression",
    "redirects",
    "pauses",
    "answer",
)
READING = ("landings", "document", "extractor", "store")


ENOUGH = {"BIENGIOI_FETCH_RETRIES": "0", "BIENGIOI_CRAWL_MAX_REQUESTS_PER_HOST": "5000"}


def run(program: Program, *arguments: str) -> Run:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tests.spiders.sabotage", "--sources", str(program.sources), *arguments],
        cwd=program.folder,
        env=program.environment(PYTHONPATH=str(ROOT), **ENOUGH),
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "unexpected" not in done.stderr, done.stderr
    return Run(done.returncode, done.stdout, done.stderr)


def marked(*stages: str, ending: str) -> list[str]:
    return [f"/hong-{stage}-{number}{ending}" for stage in stages for number in range(len(KINDS))]


def feed(site: Site, *paths: str) -> Answer:
    items = "".join(f"<item><title>Tin {path}</title><link>{site.url}{path}</link></item>" for path in paths)
    return Answer(f'<rss version="2.0"><channel>{items}</channel></rss>', content_type="text/xml")


def seed(site: Site, *paths: str) -> str:
    return "".join(f'[[seeds]]\nkind = "feed"\nurl = "{site.url}{path}"\n' for path in paths)


def test_a_page_that_makes_anything_raise_has_failed_and_the_others_are_kept(program: Program) -> None:
    bad = marked(*DOWNLOAD, *READING, ending=".html")
    with Site() as site:
        site.routes = {path: Answer(story(path)) for path in (*bad, "/lanh-1.html")}
        site.routes["/rss"] = feed(site, *bad, "/lanh-1.html")
        program.add_source("bao", site.url, seed(site, "/rss"))
        crawl = run(program, "crawl", "--json", "--max-pages", "5000")
        assert crawl.json["failed"] == {
            "bad_response": len(DOWNLOAD) * len(KINDS),
            "extraction_failed": len(READING) * len(KINDS),
        }
        assert (crawl.json["stored"], crawl.json["pending"]) == (1, 0)
        assert crawl.json["considered"] == len(bad) + 1
        assert (crawl.status, crawl.json["status"]) == (0, "done")
        explained = program.run("explain", f"{site.url}/hong-redirects-12.html", "--json").json
        assert "unknown encoding: x-cuneiform" in explained["decisions"][0]["detail"]
        with closing(sqlite3.connect(program.db)) as conn:
            waiting = conn.execute(
                "SELECT count(*) FROM pages WHERE state = 'failed' AND next_fetch_at > ?",
                (datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),),
            )
            assert waiting.fetchone() == (len(bad),)


def test_a_seed_that_makes_anything_raise_is_named_and_the_others_are_read(program: Program) -> None:
    bad = marked(*DOWNLOAD, "seed", ending=".rss")
    with Site() as site:
        site.routes = {path: feed(site) for path in (*bad, *marked("check", ending=".rss"))}
        site.routes |= {"/lanh-1.html": Answer(story("/lanh")), "/rss": feed(site, "/lanh-1.html")}
        program.add_source("bao", site.url, seed(site, *bad, "/rss"))
        program.add_source("kiem", site.url, seed(site, *marked(*DOWNLOAD, "check", ending=".rss"), "/rss"))
        crawl = run(program, "crawl", "bao", "--json")
        part = crawl.json["sources"]["bao"]
        answers = {f"{site.url}{path}": "bad_response" for path in bad}
        assert part["seeds"] == answers | {f"{site.url}/rss": "ok"}
        assert (crawl.status, part["status"], part["stored"]) == (0, "done", 1)
        assert "unknown encoding: x-cuneiform" in part["message"]
        check = run(program, "sources", "check", "kiem")
        for stage in (*DOWNLOAD, "check"):
            lines = [
                line for line in check.stdout.splitlines() if f"hong-{stage}-12.rss: bad_response" in line
            ]
            assert len(lines) == 1
            assert "unknown encoding: x-cuneiform" in lines[0]


def test_a_home_page_that_makes_anything_raise_ends_its_paper_only(program: Program) -> None:
    with Site("127.0.0.1") as bad, Site("127.0.0.2") as good:
        for path in marked("handler", "home", ending="/")[4::15]:
            bad.routes[path] = Answer("<html><title>Báo</title></html>")
            program.add_source(f"hong{path.count('a')}", f"{bad.url}{path}")
        good.routes = {"/rss": feed(good, "/lanh-1.html"), "/lanh-1.html": Answer(story("/lanh"))}
        program.add_source("lanh", good.url, seed(good, "/rss"))
        parts = run(program, "crawl", "--json").json["sources"]
        assert (parts["lanh"]["status"], parts["lanh"]["stored"]) == ("done", 1)
        assert len(parts) == 3
        for id_, part in parts.items():
            if id_ != "lanh":
                assert part["status"] == "failed"
                assert set(part["seeds"].values()) == {"bad_response"}
                assert "no attribute 'lower'" in part["message"]


def test_a_robots_txt_that_nobody_can_read_is_named(program: Program) -> None:
    files = [
        Answer(b"User-agent: *", headers={"Content-Encoding": "gzip"}),
        Answer(b"User-agent: *", headers={"Content-Encoding": "br"}),
        Answer(b"User-agent: *\nDisallow: /a", 206),
        Answer("", 301, {"Location": "http://[::1"}),
    ]
    with sites(len(files)) as papers:
        for number, (site, robots) in enumerate(zip(papers, files, strict=True)):
            site.routes = {"/robots.txt": robots, "/rss": feed(site, "/lanh-1.html")}
            seed = f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n'
            program.add_source(f"bao-{number}", site.url, seed)
        crawl = program.run("crawl", "--json")
        asked = [site.paths for site in papers]
        check = program.run("sources", "check")
    *unread, broken = (crawl.json["sources"][f"bao-{number}"] for number in range(len(files)))
    assert broken["status"] == "done"  # RFC 9309 §2.3.1.3: a redirect to no address means that there is none
    for site, paths, report in zip(papers, asked, unread, strict=False):
        assert report["status"] == "failed"
        assert f"{site.url}/robots.txt" in report["message"]
        assert f"{site.url}/robots.txt" in check.stdout
        assert "/rss" not in paths


def test_errors_of_storage_are_nobodys_answer() -> None:
    for error in (StorageFull("no space"), LeaseLost("taken over")):
        with pytest.raises(type(error)):
            answer_of(Failure(error), "https://bao.example/1", NOW)
        with pytest.raises(type(error)):
            unread(error)


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": b"\x01\x02", "Last-Modified": b"\x00"},
        {"Date": b"Mon, 01 Jan 99999999999999999999 00:00:00 GMT"},
        {"Date": b"Fri, 01 Jan 0001 00:00:00 +2359", "Age": b"9" * 400},
        {"Date": b"Sat, 21 Nov 2026 02:00:00 GMT", "Age": b"9" * 19},
        {"Date": b"\xff\xfe", "Age": b"-1"},
        {"Content-Type": b"text/html; charset=\xff\x00", "Content-Encoding": b"\xc3\xa9"},
    ],
)
def test_odd_headers_are_left_out(headers: dict[str, bytes]) -> None:
    url = "https://bao.example/1"
    response = Response(url, headers=headers, body=b"<p>Tin", request=Request(url))
    answer = answer_of(response, url, NOW)
    assert answer.outcome == Outcome.OK
    assert (answer.etag, answer.last_modified, answer.clock_skew_s) == (None, None, None)


def test_the_words_of_an_error_are_one_harmless_line() -> None:
    decision = unread(AssertionError("một\nhai \x1b[31m"))
    assert decision == Decision(Kind.FAILED, "bad_response", detail="the answer could not be read (một)")
    assert "\x1b" not in unread(ValueError("\x1b[31m đỏ " * 99)).detail
    assert len(unread(ValueError("dài " * 999)).detail) < 300
    unread(ValueError("\ud83d")).detail.encode()
