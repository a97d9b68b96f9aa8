"""From a response or a failed download to an answer: one reader for all spiders."""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.config import CrawlLimits
from crawler.decision import Decision, Kind, Outcome, Rejection
from crawler.page import FrontierEntry, Page
from crawler.source import Source
from spiders.outcomes import HostUnavailable, RequestRefused, answer_of
from spiders.source_crawl import OpenRequests, SourceCrawl
from tests.test_imports import ROOT

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
URL = "https://bao.example/tin-1.html"


def response(status: int, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    meta = {"robots_sitemaps": ("https://bao.example/sitemap.xml",)}
    asked = Request(URL, headers={"If-None-Match": b'"1"'}, meta=meta)
    return Response(f"{URL}?ve", status=status, headers=named, body=b"<p>Tin</p>", request=asked)


def test_a_success_is_a_page_under_the_address_that_was_asked_for() -> None:
    answer = answer_of(
        response(200, ETag='"1"', Last_Modified="Fri, 20 Nov 2026 02:00:00 GMT", Content_Type="text/html"),
        URL,
        NOW,
    )
    assert isinstance(answer.result, Page)
    assert (answer.result.url, answer.result.final_url) == (URL, f"{URL}?ve")
    assert (answer.result.body, answer.result.headers["content-type"]) == (b"<p>Tin</p>", "text/html")
    assert (answer.outcome, answer.http_status, answer.etag) == (Outcome.OK, 200, '"1"')
    assert answer.last_modified == "Fri, 20 Nov 2026 02:00:00 GMT"
    assert answer.robots_sitemaps == ("https://bao.example/sitemap.xml",)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(304, "not_modified"), (403, "blocked"), (404, "not_found"), (503, "server_error")],
)
def test_another_status_says_why_there_is_no_page(status: int, outcome: str) -> None:
    answer = answer_of(response(status, ETag='"1"'), URL, NOW)
    assert answer.result == Decision(Kind.FAILED, outcome, detail=f"HTTP {status}")
    assert (answer.outcome, answer.http_status, answer.etag) == (outcome, status, '"1"')


def test_the_servers_clock_is_read_from_what_it_dates() -> None:
    ahead = NOW + timedelta(seconds=90)
    dated = response(200, Date=ahead.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    assert answer_of(dated, URL, NOW).clock_skew_s == 90
    assert answer_of(response(200), URL, NOW).clock_skew_s is None


def test_a_failed_download_says_why_too() -> None:
    answer = answer_of(Failure(DownloadTimeoutError("too slow")), URL, NOW)
    assert isinstance(answer.result, Decision)
    assert (answer.result.kind, answer.result.reason) == (Kind.FAILED, Outcome.TIMED_OUT)
    assert (answer.outcome, answer.http_status, answer.is_host_unavailable) == ("timed_out", None, False)


def test_a_request_that_we_refused_keeps_its_decision() -> None:
    refusal = Decision.rejected(Rejection.ROBOTS, "Disallow: /")
    assert answer_of(Failure(RequestRefused(refusal)), URL, NOW).result == refusal
    assert answer_of(Failure(HostUnavailable(refusal)), URL, NOW).is_host_unavailable


def test_a_304_that_nobody_asked_for_is_a_failure() -> None:
    asked = Request(URL)
    answer = answer_of(Response(URL, status=304, request=asked), URL, NOW)
    assert (answer.outcome, answer.http_status) == ("bad_response", 304)
    assert answer.result == Decision.failed(Outcome.BAD_RESPONSE, "HTTP 304, which was not asked for")


def test_a_part_that_nobody_asked_for_is_truncated() -> None:
    answer = answer_of(response(206, Content_Range="bytes 0-9/99"), URL, NOW)
    assert (answer.outcome, answer.http_status) == ("truncated", 206)


def test_requests_are_counted_where_they_are_made() -> None:
    requests = OpenRequests(Source("bao", "Báo", "https://bao.example"))
    latin = requests.ask(URL, print, headers={"If-None-Match": 'W/"é"'})
    assert latin.headers["If-None-Match"] == 'W/"é"'.encode("latin-1")  # as the server wrote it
    assert requests.answered()
    first = requests.ask(URL, print, headers={"If-None-Match": '"1"', "If-Modified-Since": None})
    requests.ask(URL, print, max_bytes=10)
    assert first.headers.to_unicode_dict() == {"If-None-Match": '"1"'}
    assert first.callback is first.errback is print
    assert [requests.answered(), requests.answered()] == [False, True]


def test_of_a_list_without_an_end_the_best_are_remembered() -> None:
    crawl = SourceCrawl(Source("bao", "Báo", "https://bao.example"), CrawlLimits(), NOW, budget=5)
    for number in range(3000):
        crawl.enqueue(FrontierEntry(f"{URL}{number}"), (number * 7 % 3000) / 3000, is_left_over=False)
    assert len(crawl.queue) < 120
    best = []
    while more := list(crawl.next_entries()):
        best += more
        crawl.fetching = 0
    assert [(int(one.url.removeprefix(URL)) * 7) % 3000 for one in best] == [2999, 2998, 2997, 2996, 2995]


SPIDERS = ("news", "check", "single_page")


@pytest.mark.parametrize("name", SPIDERS)
def test_no_spider_reads_a_status_or_an_error_itself(name: str) -> None:
    tree = ast.parse((ROOT / "spiders" / f"{name}.py").read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert "answer_of" in names
    assert not names & {"outcome_of_status", "decision_of_error"}
    assert not attributes & {"status", "cb_kwargs"}


def test_no_function_of_the_spiders_has_many_branches() -> None:
    rule = ["--select", "C901", "--config", "lint.mccabe.max-complexity=12", "--isolated"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *rule, str(Path(ROOT, "spiders"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "All checks passed!", done.stdout
