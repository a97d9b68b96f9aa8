"""Politeness, host rules and the address guard, against real servers on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import pytest
from scrapy.http import Response

from spiders.middlewares.address_guard import Addresses
from spiders.middlewares.pauses import pause_wanted
from spiders.outcomes import RequestRefused
from tests.biengioi.program import Program
from tests.mockserver import Answer, Site, sites

FEED = '<?xml version="1.0"?><rss version="2.0"><channel><title>Báo</title>{items}</channel></rss>'


def feed(*urls: str) -> Answer:
    items = "".join(f"<item><title>Tin {url}</title><link>{url}</link></item>" for url in urls)
    return Answer(FEED.format(items=items), content_type="application/rss+xml")


def with_feed(program: Program, id_: str, site: Site, more: str = "") -> None:
    program.add_source(id_, site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n{more}')


def test_robots_txt_is_read_once_and_obeyed(program: Program) -> None:
    with Site() as site:
        site.routes["/robots.txt"] = Answer("User-agent: *\nDisallow: /kin/", content_type="text/plain")
        site.routes["/rss"] = feed(f"{site.url}/kin/bai-viet-1.html", f"{site.url}/mo/bai-viet-2.html")
        with_feed(program, "bao", site)
        run = program.run("crawl", "--json")
        assert run.status == 0, run.stderr
        assert run.json["rejected"] == {"robots": 1}
        assert run.json["failed"] == {"not_found": 1}
        assert site.paths.count("/robots.txt") == 1
        assert "/kin/bai-viet-1.html" not in site.paths
        explained = program.run("explain", f"{site.url}/kin/bai-viet-1.html", "--json").json
        assert [(one["kind"], one["reason"]) for one in explained["decisions"]] == [("rejected", "robots")]


def test_a_failing_robots_txt_forbids_and_a_missing_one_allows(program: Program) -> None:
    cases = {404: True, 403: True, 500: False, 503: False}
    with sites(len(cases)) as papers:
        for site, status in zip(papers, cases, strict=True):
            site.routes = {"/robots.txt": Answer("", status), "/rss": feed()}
            with_feed(program, f"bao-{status}", site)
        reports = program.run("crawl", "--json").json["sources"]
        assert {status: "/rss" in site.paths for site, status in zip(papers, cases, strict=True)} == cases
    assert {status: reports[f"bao-{status}"]["status"] == "done" for status in cases} == cases


def test_crawl_delay_is_kept_between_requests(program: Program) -> None:
    with Site() as site:
        site.routes["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 3", content_type="text/plain")
        site.routes["/rss"] = feed(f"{site.url}/mot-1.html", f"{site.url}/hai-2.html")
        with_feed(program, "bao", site)
        program.run("crawl", "--json")
        times = [request.at for request in site.requests if request.path != "/robots.txt"]
        assert len(times) == 3
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert min(gaps) >= 2.99


def test_a_crawl_delay_of_a_day_skips_the_host_instead_of_blocking_the_run(program: Program) -> None:
    with Site() as site:
        site.routes["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 86400", content_type="text/plain")
        with_feed(program, "bao", site)
        run = program.run("crawl", "--json")
        assert run.status == 1
        assert run.json["sources"]["bao"]["seeds"] == {f"{site.url}/rss": "robots"}
        assert site.paths == ["/robots.txt"]


def test_a_request_for_a_pause_stops_the_source_and_keeps_the_rest_pending(program: Program) -> None:
    with Site() as site:
        urls = [f"{site.url}/bai-{number}.html" for number in range(6)]
        site.routes["/rss"] = feed(*urls)
        for number in range(6):
            site.routes[f"/bai-{number}.html"] = Answer("", 429, {"Retry-After": "3600"})
        with_feed(program, "bao", site)
        run = program.run("crawl", "--json")
        assert run.json["pending"] == 6
        assert len([path for path in site.paths if path.startswith("/bai-")]) <= 2
        assert "pause" in run.json["sources"]["bao"]["message"]


def test_a_short_pause_is_kept_by_the_whole_paper_and_then_the_page_is_asked_again(program: Program) -> None:
    with Site("127.0.0.1") as site:
        urls = [f"{site.url}/bai-{number}.html" for number in range(5)]
        site.routes["/rss"] = feed(*urls)
        answers = iter([Answer("", 429, {"Retry-After": "5"})])
        for number in range(5):
            site.routes[f"/bai-{number}.html"] = lambda *_: next(answers, Answer("", 404))
        with_feed(program, "bao", site)
        run = program.run("crawl", "--json")
        assert run.json["failed"] == {"not_found": 5}
        assert run.json["pending"] == 0
        times = [request.at for request in site.requests]
        refused = next(n for n, request in enumerate(site.requests) if request.path.startswith("/bai-"))
        assert times[refused + 1] - times[refused] >= 4.99
        assert max(Counter(site.paths).values()) == 2


def test_a_pause_that_is_named_as_a_date_is_kept(program: Program) -> None:
    with Site() as site:
        site.routes["/rss"] = feed(f"{site.url}/bai-1.html")
        until: list[datetime] = []

        def busy_once(*_: object) -> Answer:
            if until:
                return Answer("", 404)
            until.append(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3))
            return Answer("", 503, {"Retry-After": format_datetime(until[0], usegmt=True)})

        site.routes["/bai-1.html"] = busy_once
        with_feed(program, "bao", site)
        program.run("crawl", "--json")
        assert len(site.times("/bai-1.html")) == 2
        assert datetime.now(UTC) >= until[0]


@pytest.mark.parametrize(
    ("value", "low_s", "high_s"),
    [
        ("5", 5, 5),
        ("0", 0, 0),
        ("317100", 86_400, 86_400),
        ("99999999999999999999", 86_400, 86_400),
        ("Fri, 20 Nov 2026 05:00:30 GMT", 30, 30),
        ("Fri, 20 Nov 2020 05:00:30 GMT", 10, 15),
        ("-3", 10, 15),
        ("bald", 10, 15),
        ("", 10, 15),
    ],
)
def test_what_a_retry_after_means(value: str, low_s: float, high_s: float) -> None:
    now = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
    pause_s = pause_wanted(Response("http://bao.vn/", 429, {"Retry-After": value}), 10.0, now)
    assert pause_s is not None
    assert low_s <= pause_s <= high_s
    assert pause_wanted(Response("http://bao.vn/", 200, {"Retry-After": value}), 10.0, now) is None


def test_two_sources_on_one_host_share_one_pace(program: Program) -> None:
    with Site() as site:
        for id_ in ("mot", "hai"):
            site.routes[f"/{id_}.rss"] = feed(*(f"{site.url}/{id_}-{n}.html" for n in range(3)))
            program.add_source(
                id_,
                site.url,
                f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/{id_}.rss"\n[politeness]\ndelay_s = 0.3\n',
            )
        report = program.run("crawl", "--json").json
        assert report["failed"] == {"not_found": 6}
        times = [request.at for request in site.requests if request.path != "/robots.txt"]
        # A busy machine may notice one request late, and the next one in time: the whole keeps the pace,
        # and two paces side by side would leave gaps of next to nothing.
        assert times[-1] - times[0] >= 0.3 * (len(times) - 1) - 0.1
        assert min(later - earlier for earlier, later in pairwise(times)) >= 0.15


def test_a_host_is_asked_for_one_page_at_a_time(program: Program) -> None:
    open_now, most = 0, 0
    lock = threading.Lock()

    def slow(*_: object) -> Answer:
        nonlocal open_now, most
        with lock:
            open_now += 1
            most = max(most, open_now)
        time.sleep(0.1)
        with lock:
            open_now -= 1
        return Answer("", 404)

    with Site() as site:
        site.routes["/rss"] = feed(*(f"{site.url}/bai-{n}.html" for n in range(6)))
        site.routes |= {f"/bai-{n}.html": slow for n in range(6)}
        with_feed(program, "bao", site, "[politeness]\ndelay_s = 0.0\n")
        assert program.run("crawl", "--json").json["failed"] == {"not_found": 6}
        assert most == 1


def test_the_request_budget_of_a_host_ends_its_part_of_the_run(program: Program) -> None:
    with Site() as site:
        site.routes["/rss"] = feed(*(f"{site.url}/bai-{n}.html" for n in range(9)))
        with_feed(program, "bao", site)
        report = program.run("crawl", "--json", BIENGIOI_CRAWL_MAX_REQUESTS_PER_HOST="5").json
        assert len(site.requests) == 5
        assert report["pending"] == 6
        assert "5 requests were sent" in report["sources"]["bao"]["message"]


def test_cookies_are_sent_back_only_where_a_source_asks_for_it(program: Program) -> None:
    with sites(2) as papers:
        for site, wanted in zip(papers, ("true", "false"), strict=True):
            site.routes["/rss"] = replace(feed(f"{site.url}/bai-1.html"), headers={"Set-Cookie": "phien=1"})
            with_feed(program, f"bao-{wanted}", site, f"[fetch]\ncookies = {wanted}\n")
        program.run("crawl", "--json")
        sent = [r.headers.get("Cookie") for site in papers for r in site.requests if r.path == "/bai-1.html"]
        assert sent == ["phien=1", None]


def test_a_redirect_is_followed_at_home_and_refused_abroad(program: Program) -> None:
    with Site("127.0.0.1") as home, Site("127.0.0.2") as abroad:
        home.routes["/rss"] = feed(f"{home.url}/cu-1.html", f"{home.url}/di-2.html")
        home.routes["/cu-1.html"] = Answer("", 301, {"Location": "/moi-1.html"})
        home.routes["/moi-1.html"] = Answer("<p>xin chào</p>")
        home.routes["/di-2.html"] = Answer("", 301, {"Location": f"{abroad.url}/"})
        with_feed(program, "bao", home)
        run = program.run("crawl", "--json")
        assert "/moi-1.html" in home.paths
        assert abroad.requests == []
        assert run.json["rejected"]["offsite_redirect"] == 1
        assert run.json["considered"] == 2
        detail = program.run("explain", f"{home.url}/di-2.html", "--json").json["decisions"][0]["detail"]
        assert 'hosts = ["127.0.0.2"]' in detail


def test_a_redirect_never_leaves_http(program: Program) -> None:
    targets = ("file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/html,x")
    with sites(len(targets)) as papers:
        for number, (site, target) in enumerate(zip(papers, targets, strict=True)):
            site.routes["/rss"] = feed(f"{site.url}/bai-1.html")
            site.routes["/bai-1.html"] = Answer("", 302, {"Location": target})
            with_feed(program, f"bao-{number}", site)
        reports = program.run("crawl", "--json").json["sources"].values()
    assert len(reports) == len(targets)
    for report in reports:
        assert report["failed"] == {"bad_redirect": 1} or report["rejected"] == {"offsite_redirect": 1}


def test_a_redirect_loop_ends(program: Program) -> None:
    with Site() as site:
        site.routes["/rss"] = feed(f"{site.url}/bai-1.html")
        site.routes["/bai-1.html"] = Answer("", 302, {"Location": "/bai-1.html"})
        with_feed(program, "bao", site)
        assert program.run("crawl", "--json").json["failed"] == {"redirect_loop": 1}
        assert site.paths.count("/bai-1.html") <= 6


def test_links_to_other_hosts_are_counted_and_not_fetched(program: Program) -> None:
    with Site("127.0.0.1") as site, Site("127.0.0.3") as other:
        site.routes["/rss"] = feed(f"{other.url}/quang-cao-1.html")
        with_feed(program, "bao", site)
        report = program.run("crawl", "--json").json
        assert (report["considered"], report["offsite_count"]) == (0, 1)
        assert other.requests == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost.localdomain"])
def test_an_address_in_disguise_is_refused(host: str) -> None:
    """Only an address written plainly, or localhost, is somebody's explicit wish."""
    with pytest.raises(RequestRefused) as refused:
        asyncio.run(Addresses(5.0).lookup(host))
    assert refused.value.decision.reason in ("private_address", "dns_failed")


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "127.0.0.1",
    ],
)
def test_no_name_may_lead_to_a_private_network(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS is the one thing that cannot be had here, so its answer is put in."""
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: answer)
    with pytest.raises(RequestRefused) as refused:
        asyncio.run(Addresses(5.0).lookup("bao.example"))
    assert refused.value.decision.reason == "private_address"


@pytest.mark.parametrize(
    ("code", "outcome"), [(socket.EAI_NONAME, "dns_failed"), (socket.EAI_AGAIN, "dns_silent")]
)
def test_a_missing_name_is_another_thing_than_a_silent_resolver(
    code: int, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise socket.gaierror(code, "không có")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(RequestRefused) as refused:
        asyncio.run(Addresses(5.0).lookup("bao.example"))
    assert refused.value.decision.reason == outcome


def test_robots_files_as_they_come(program: Program) -> None:
    files = {
        "bom": b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /kin/\r",
        "line-ends": b"User-agent: *\rDisallow: /kin/\n",
        "wildcard": b"user-agent:*\ndisallow:/*/bai-viet\nallow: /mo/bai-viet-2",
        "long-comment": b"# " + b"x" * 400_000 + b"\nUser-agent: *\nDisallow: /kin/",
        "12-mb": b"User-agent: *\nDisallow: /kin/\n" + b"# x\n" * 3_000_000,
        "our-name": b"User-agent: biengioi\nDisallow: /kin/\nUser-agent: *\nAllow: /",
    }
    with sites(len(files)) as papers:
        for site, (name, robots) in zip(papers, files.items(), strict=True):
            site.routes["/robots.txt"] = Answer(robots, content_type="text/plain")
            site.routes["/rss"] = feed(f"{site.url}/kin/bai-viet-1.html", f"{site.url}/mo/bai-viet-2.html")
            with_feed(program, name, site)
        reports = program.run("crawl", "--json").json["sources"]
        for site, name in zip(papers, files, strict=True):
            assert "/kin/bai-viet-1.html" not in site.paths, name
            assert reports[name]["rejected"] == {"robots": 1} or reports[name]["status"] == "failed", name
            if reports[name]["rejected"]:
                assert "/mo/bai-viet-2.html" in site.paths, name


def test_robots_files_that_forbid_no_article(program: Program) -> None:
    files = {
        "html": b"<html><body>Disallow nothing</body></html>",
        "empty": b"",
        "rubbish": b"\xff\xfe\x00\x01",
        "queries-only": b"User-agent: *\nDisallow: /?",
    }
    with sites(len(files)) as papers:
        for site, (name, robots) in zip(papers, files.items(), strict=True):
            site.routes = {"/robots.txt": Answer(robots), "/rss": feed(f"{site.url}/bai-viet-1.html")}
            with_feed(program, name, site)
        reports = program.run("crawl", "--json").json["sources"]
    assert [reports[name]["failed"] for name in files] == [{"not_found": 1}] * len(files)


def test_a_robots_txt_that_moved_to_another_host_forbids_nothing(program: Program) -> None:
    with Site("127.0.0.1") as site, Site("127.0.0.2") as abroad:
        site.routes["/robots.txt"] = Answer("", 301, {"Location": f"{abroad.url}/robots.txt"})
        site.routes["/rss"] = feed()
        with_feed(program, "bao", site)
        assert program.run("crawl", "--json").status == 0
        assert abroad.requests == []


def test_robots_rules_may_change_between_runs(program: Program) -> None:
    with Site() as site:
        site.routes["/rss"] = feed(f"{site.url}/bai-1.html")
        with_feed(program, "bao", site)
        program.run("crawl")
        site.routes["/robots.txt"] = Answer("User-agent: *\nDisallow: /", content_type="text/plain")
        before = len(site.requests)
        assert program.run("crawl", "--json").status == 1
        assert [request.path for request in site.requests[before:]] == ["/robots.txt"]


def test_a_name_is_looked_up_once_so_that_a_second_answer_cannot_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter(["93.184.215.14", "127.0.0.1"])
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 0))]
    )

    async def twice() -> tuple[Sequence[str], Sequence[str]]:
        addresses = Addresses(5.0)
        return await addresses.lookup("bao.example"), await addresses.lookup("bao.example")

    assert asyncio.run(twice()) == (("93.184.215.14",), ("93.184.215.14",))


def test_a_name_that_leads_to_a_private_address_is_refused(program: Program, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\nreal = socket.getaddrinfo\n"
        "def fake(host, *rest, **more):\n"
        "    return real('127.0.0.1' if host == 'noi-bo.example' else host, *rest, **more)\n"
        "socket.getaddrinfo = fake\n"
    )
    with Site() as site:
        port = site.url.rpartition(":")[2]
        program.add_source("bao", f"http://noi-bo.example:{port}")
        run = program.run("crawl", "--json", PYTHONPATH=str(tmp_path))
        assert run.status == 1
        assert set(run.json["sources"]["bao"]["seeds"].values()) == {"private_address"}
        assert site.requests == []


def test_the_user_agent_carries_the_contact(program: Program) -> None:
    with Site() as site:
        with_feed(program, "bao", site)
        program.run("crawl", "--json", BIENGIOI_CONTACT="mailto:ban-doc@example.org")
        agents = {request.headers["User-Agent"] for request in site.requests}
        assert agents == {f"biengioi/{version('biengioi')} (+mailto:ban-doc@example.org)"}
