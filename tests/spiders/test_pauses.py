"""A pause that a paper asks for holds for every process and every run, until it is over."""

from __future__ import annotations

import sqlite3
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import pytest

from db.file.opening import open_database
from tests.biengioi.program import Program
from tests.mockserver import Answer, Site
from tests.spiders.test_middlewares import feed, with_feed

BUSY = Answer("", 429, {"Retry-After": "3600"})
FAST = {"BIENGIOI_SCHEDULE_TICK_S": "0.2", "BIENGIOI_SCHEDULE_MIN_FREE_MB": "1"}


def pauses(program: Program) -> list[tuple[str, datetime]]:
    with closing(sqlite3.connect(program.db)) as conn:
        rows = conn.execute("SELECT key, until_at FROM pauses ORDER BY key").fetchall()
    return [(key, datetime.fromisoformat(until)) for key, until in rows]


def end_pauses(program: Program, after_s: float = -1) -> datetime:
    """Let them end now, or in so many seconds."""
    until = (datetime.now(UTC) + timedelta(seconds=after_s)).replace(microsecond=0)
    with closing(sqlite3.connect(program.db)) as conn:
        conn.execute("UPDATE pauses SET until_at = ?", (f"{until:%Y-%m-%dT%H:%M:%SZ}",))
        conn.commit()
    return until


def test_after_a_request_for_a_pause_no_process_asks_before_it_is_over(program: Program) -> None:
    with Site() as site:
        urls = [f"{site.url}/bai-{number}.html" for number in range(6)]
        site.routes["/rss"] = feed(*urls)
        for number in range(6):
            site.routes[f"/bai-{number}.html"] = BUSY
        with_feed(program, "bao", site)
        first = program.run("crawl", "--json").json
        assert first["pending"] == 6
        assert "127.0.0.1 asked for a pause until" in first["sources"]["bao"]["message"]
        ((key, until),) = pauses(program)
        assert key == "127.0.0.1"
        assert timedelta(seconds=3500) < until - datetime.now(UTC) <= timedelta(seconds=3601)

        asked = len(site.requests)
        time.sleep(1)
        again = program.run("crawl", "--json")
        assert again.status == 0
        assert (again.json["considered"], again.json["pending"]) == (6, 6)
        part = again.json["sources"]["bao"]
        assert (part["status"], part["seeds"]) == ("skipped", {f"{site.url}/rss": "paused"})
        assert "127.0.0.1 asked for a pause until" in part["message"]
        said = program.run("crawl", "--dry-run").stdout
        assert "nothing was crawled, because every source asked for a pause" in said
        assert "6 pages left" in said
        check = program.run("sources", "check", "--json")
        assert check.json[0]["seeds"][0]["outcome"] == "paused"
        assert any("asked for a pause until" in one for one in check.json[0]["suggestions"])
        extract = program.run("extract", urls[0])
        assert extract.status == 1
        assert "paused" in extract.stderr
        assert len(site.requests) == asked

        (shown,) = program.run("status", "--json").json["pauses"]
        assert set(shown) == {"key", "asked_at", "until_at", "detail"}
        assert (shown["key"], shown["detail"]) == (key, "HTTP 429, Retry-After: 3600 s")
        assert "pause: 127.0.0.1 asked for a pause until" in program.run("status").stdout
        waits = program.run("explain", urls[0], "--json").json["decisions"][-1]
        assert (waits["kind"], waits["reason"]) == ("pending", "paused")
        assert "127.0.0.1 asked for a pause until" in waits["detail"]

        end_pauses(program)
        for number in range(6):
            site.routes[f"/bai-{number}.html"] = Answer("", 404)
        after = program.run("crawl", "--json").json
        assert after["failed"] == {"not_found": 6}
        assert after["sources"]["bao"]["status"] == "done"
        assert program.run("status", "--json").json["pauses"] == []


def test_a_seed_that_asks_for_a_pause_spares_the_other_seeds_in_the_same_run(program: Program) -> None:
    with Site() as site:
        seeds = "".join(f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/{n}.rss"\n' for n in range(8))
        for number in range(8):
            site.routes[f"/{number}.rss"] = BUSY
        program.add_source("bao", site.url, f"{seeds}\n[politeness]\ndelay_s = 0.2\n")
        run = program.run("crawl", "--json")
        assert run.status == 1
        assert len(site.paths) == 2  # one of them robots.txt
        outcomes = sorted(run.json["sources"]["bao"]["seeds"].values())
        assert outcomes == ["paused"] * 7 + ["throttled"]
        assert "asked for a pause until" in run.json["sources"]["bao"]["message"]
        program.run("crawl")
        assert len(site.paths) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_robots_txt_may_ask_for_a_pause_too(program: Program, status: int) -> None:
    with Site() as site:
        site.routes["/robots.txt"] = Answer("", status, {"Retry-After": "317100"})
        site.routes["/rss"] = feed()
        with_feed(program, "bao", site)
        assert program.run("crawl").status == 1
        ((_, until),) = pauses(program)
        assert timedelta(hours=23) < until - datetime.now(UTC) <= timedelta(days=1, seconds=1)
        assert program.run("crawl").status == 0
        assert site.paths == ["/robots.txt"]


def test_what_a_check_is_told_holds_for_the_next_crawl(program: Program) -> None:
    open_database(program.db, create=True).close()
    with Site() as site:
        site.routes["/rss"] = BUSY
        with_feed(program, "bao", site)
        assert program.run("sources", "check").status == 1
        asked = len(site.requests)
        assert program.run("crawl", "--json").json["sources"]["bao"]["status"] == "skipped"
        assert len(site.requests) == asked


def test_the_rest_of_a_short_pause_is_waited_for(program: Program) -> None:
    with Site() as site:
        site.routes["/rss"] = BUSY
        with_feed(program, "bao", site)
        program.run("crawl")
        site.requests.clear()
        site.routes["/rss"] = feed(f"{site.url}/bai-1.html")
        until = end_pauses(program, after_s=6)
        run = program.run("crawl", "--json")
        assert run.json["sources"]["bao"]["status"] == "done"
        assert run.json["failed"] == {"not_found": 1}
        waited = datetime.now(UTC) - timedelta(seconds=time.monotonic() - site.requests[0].at)
        assert waited >= until


def test_a_pause_is_one_papers_and_the_others_go_on(program: Program) -> None:
    with ExitStack() as running:
        busy, quiet = (running.enter_context(Site(f"127.0.0.{host}")) for host in (71, 72))
        busy.routes["/rss"] = BUSY
        quiet.routes["/rss"] = feed(f"{quiet.url}/bai-1.html")
        with_feed(program, "ban", busy)
        seeds = (f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n' for site in (quiet, busy))
        program.add_source("hai-nha", quiet.url, "".join(seeds))
        program.run("crawl", "ban")
        asked = len(busy.requests)
        run = program.run("crawl", "--json")
        assert run.json["sources"]["ban"]["status"] == "skipped"
        part = run.json["sources"]["hai-nha"]
        assert (part["status"], part["failed"]) == ("done", {"not_found": 1})
        assert part["seeds"] == {f"{quiet.url}/rss": "ok", f"{busy.url}/rss": "paused"}
        assert "127.0.0.71 asked for a pause until" in part["message"]
        assert len(busy.requests) == asked


def test_the_service_puts_a_paper_off_until_its_pause_is_over(program: Program) -> None:
    with Site() as site:
        site.routes["/rss"] = BUSY
        with_feed(program, "bao", site)
        program.run("crawl")
        asked = len(site.requests)
        once = program.run("schedule", "--once", **FAST)
        assert (once.status, once.stdout) == (0, "0 sources were due.\n")
        status = program.run("status", "--json").json
        assert status["sources"][0]["next_fetch_at"] == status["pauses"][0]["until_at"]
        assert status["sources"][0]["failure_count"] == 1
        assert len(site.requests) == asked
