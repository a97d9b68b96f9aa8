"""The service as its users run it: real processes, real signals, newspapers that behave and that do not."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import psutil
import pytest

from crawler.article import LOCAL_ZONE
from db.collection import ArticleFilter, Collection
from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program
from tests.biengioi.test_terminal import Screen
from tests.mockserver import Answer, Request, Site
from tests.scale import count

PAPERS = ("demo-zce", "demo-nukeviet", "demo-yyyymm")
FAST = {"BIENGIOI_SCHEDULE_TICK_S": "0.2", "BIENGIOI_SCHEDULE_MIN_FREE_MB": "1"}


@pytest.fixture(scope="module")
def newspapers() -> Iterator[Newspapers]:
    with Newspapers(only=PAPERS, first_host=41) as running:
        yield running


def rows(db: Path, sql: str) -> list[dict[str, Any]]:
    if not db.exists():
        return []
    with closing(sqlite3.connect(db, timeout=10)) as conn:
        conn.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in conn.execute(sql)]
        except sqlite3.OperationalError:
            return []  # the tables are not there yet


def wait_until(condition: Callable[[], object], timeout_s: float = 40) -> None:
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


@contextmanager
def service(program: Program, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A running service; at the end it and everything it started must be gone."""
    assert program.sources.is_dir(), "else it would watch the real newspapers"
    log = (program.folder / "service.log").open("a")
    process = subprocess.Popen(
        program.argv("schedule"),
        cwd=program.folder,
        env=program.environment(**FAST | environment),
        stdout=log,
        stderr=log,
        text=True,
    )
    try:
        wait_until(lambda: rows(program.db, f"SELECT pid FROM service WHERE pid = {process.pid}"))
        yield process
    finally:
        family = family_of(process.pid)
        process.kill()
        process.wait()
        log.close()
        _, alive = psutil.wait_procs(family, timeout=15)
        assert alive == [], "children outlived the service"


def family_of(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def open_ports(process: psutil.Process) -> list[Any]:
    """What of a process anybody could connect to."""
    with suppress(psutil.NoSuchProcess):
        return [
            one
            for one in process.net_connections("inet")
            if one.status == psutil.CONN_LISTEN or not one.raddr
        ]
    return []


def crawls_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The service's direct children."""
    return psutil.Process(process.pid).children()


def articles(db: Path) -> set[tuple[str, str]]:
    with Collection.open(db) as collection:
        return {(row["content_hash"], row["title"]) for row in collection.list(ArticleFilter(limit=1000))}


def all_done(program: Program, count: int) -> bool:
    sql = "SELECT source_id FROM source_schedule WHERE ended_at IS NOT NULL AND fresh_count IS NOT NULL"
    return len(rows(program.db, sql)) == count


# --- once, and for long ------------------------------------------------------------------------------


def test_once_crawls_what_is_due_and_then_nothing_is(newspapers: Newspapers, tmp_path: Path) -> None:
    program = Program(tmp_path)
    newspapers.write_sources(program.sources)
    first = program.run("schedule", "--once", "--json", **FAST)
    assert first.status == 0, first.stderr
    says = r"^([\d-]{10} [\d:]{8}) INFO All times of this log are those of Viet Nam \(UTC\+7\)\.$"
    begun = re.search(says, first.stderr, re.MULTILINE)
    assert begun is not None
    now = datetime.now(LOCAL_ZONE).replace(tzinfo=None)
    assert timedelta() <= now - datetime.fromisoformat(begun[1]) < timedelta(minutes=10)
    assert re.search(r"due again at [\d-]{10} [\d:]{8}$", first.stderr, re.MULTILINE)
    assert first.json["sources"] == dict.fromkeys(PAPERS, "done")
    assert len(articles(program.db)) == len(newspapers.expected)
    (run,) = program.run("runs", "--json").json
    assert (run["kind"], run["status"]) == ("schedule", "done")
    second = program.run("schedule", "--once", **FAST)
    assert (second.status, second.stdout) == (0, "0 sources were due.\n")


def test_once_says_by_its_status_that_a_source_failed(tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.add_source("bao-hong", "http://127.0.0.49:9")
    once = program.run("schedule", "--once", **FAST)
    assert once.status == 1
    assert once.stdout == "1 source was due, 1 failed: bao-hong.\n"
    shown = Screen(program, 80).shown("schedule", "--once")  # where no table tells how it goes
    assert "All times of this log are those of Viet Nam" in shown


def findings_of(program: Program) -> list[str]:
    run = program.run("schedule", "--once", BIENGIOI_FETCH_RETRIES="0", **FAST)
    assert run.status == 1, run.stderr
    return [one["kind"] for one in program.run("status", "--json").json["findings"]]


def test_three_papers_whose_servers_fail_are_no_sign_of_a_broken_network(tmp_path: Path) -> None:
    failing, silent = Program(tmp_path / "failing"), Program(tmp_path / "silent")
    with ExitStack() as running:
        for number in range(3):
            site = running.enter_context(Site(f"127.0.0.{61 + number}"))
            site.routes = {"/rss": Answer("", 500)}
            for program in (failing, silent):
                program.folder.mkdir(exist_ok=True)
                seed = f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n'
                program.add_source(f"bao-{number}", site.url, seed)
        assert "offline" not in findings_of(failing)
    assert findings_of(silent) == ["offline"]  # now nobody listens there


def test_the_new_host_of_a_paper_that_moved_travels_to_the_finding_as_a_field(tmp_path: Path) -> None:
    program = Program(tmp_path)
    with Site("127.0.0.64") as site:
        site.routes = {"/rss": Answer("", 301, {"Location": "http://127.0.0.65:9/rss;a"})}
        program.add_source("bao", site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n')
        assert findings_of(program) == ["moved"]
    (seed,) = rows(program.db, "SELECT outcome, redirect_url FROM seeds")
    assert seed == {"outcome": "offsite_redirect", "redirect_url": "http://127.0.0.65:9/rss;a"}
    (finding,) = rows(program.db, "SELECT evidence, advice FROM findings")
    assert finding["evidence"].endswith("moved to http://127.0.0.65:9/rss;a.")
    assert 'hosts = ["127.0.0.65"]' in finding["advice"]


def test_a_service_crawls_again_and_finds_what_is_new(tmp_path: Path) -> None:
    program = Program(tmp_path)
    with Newspapers(only=PAPERS[:1], first_host=45) as newspapers:
        newspapers.write_sources(program.sources)
        path = program.sources / f"{PAPERS[0]}.toml"
        path.write_text(path.read_text() + '\n[schedule]\nevery = "2s"\nmin_every = "1s"\nmax_every = "3s"\n')
        with service(program):
            wait_until(lambda: all_done(program, 1))
            before = len(articles(program.db))
            time.sleep(1.5)  # sitemaps and HTTP know whole seconds
            newspapers.publish(source_id=PAPERS[0])
            wait_until(lambda: len(articles(program.db)) == before + 1)


# --- signals -----------------------------------------------------------------------------------------


@contextmanager
def slow_paper(host: str, articles: int = 50) -> Iterator[Site]:
    """A paper with so many pages, each of which takes a second."""

    def page(request: Request, handler: BaseHTTPRequestHandler) -> Answer:
        time.sleep(1.0)
        return Answer("<html><title>Tin</title><p>Một tin ngắn về thời tiết hôm nay.</p>")

    with Site(host) as site:
        items = "".join(
            f"<item><title>Tin số {n} về cửa khẩu biên giới</title>"
            f"<link>{site.url}/tin-{n}-bai-100{n}.html</link></item>"
            for n in range(articles)
        )
        feed = f"<?xml version='1.0'?><rss version='2.0'><channel><title>x</title>{items}</channel></rss>"
        site.routes["/rss"] = Answer(feed, content_type="application/rss+xml; charset=utf-8")
        site.routes["/robots.txt"] = Answer("", 404)
        for n in range(articles):
            site.routes[f"/tin-{n}-bai-100{n}.html"] = page
        yield site


def add_slow(program: Program, site: Site, more: str = "") -> None:
    seeds = f"[[seeds]]\nkind = 'feed'\nurl = '{site.url}/rss'\n"
    program.add_source("bao-cham", site.url, f"{seeds}{more}\n[politeness]\ndelay_s = 0.01\n")


def test_sigterm_stops_in_good_order_within_fifteen_seconds(tmp_path: Path) -> None:
    program = Program(tmp_path)
    with ExitStack() as stack:
        site = stack.enter_context(slow_paper("127.0.0.46"))
        add_slow(program, site)
        process = stack.enter_context(service(program))
        wait_until(lambda: len(site.requests) > 4)
        family = family_of(process.pid)
        began = time.monotonic()
        process.terminate()
        assert process.wait(20) == 0
        assert time.monotonic() - began < 15
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []
        (run,) = program.run("runs", "--json").json
        assert run["status"] == "failed"
        assert run["considered"] == settled_count(run)
        assert run["pending"] > 30
        assert rows(program.db, "SELECT * FROM leases") == []
        (standing,) = rows(program.db, "SELECT next_fetch_at, started_at FROM source_schedule")
        assert standing["next_fetch_at"] <= standing["started_at"], "it is due when the service is back"


def settled_count(run: dict[str, Any]) -> int:
    plain = ("stored", "revised", "unchanged", "duplicate", "near_duplicate", "pending")
    return sum(run[term] for term in plain) + sum((*run["rejected"].values(), *run["failed"].values()))


def test_a_killed_service_takes_its_children_along_and_its_lock_is_free_at_once(tmp_path: Path) -> None:
    program = Program(tmp_path)
    with slow_paper("127.0.0.47") as site:
        add_slow(program, site)
        with service(program) as process:
            wait_until(lambda: len(site.requests) > 4)
            family = family_of(process.pid)
            assert family
            process.kill()
            _, alive = psutil.wait_procs(family, timeout=5)
            assert alive == []
        with service(program):
            wait_until(lambda: rows(program.db, "SELECT id FROM runs WHERE id = 2"))
            statuses = [row["status"] for row in rows(program.db, "SELECT status FROM runs ORDER BY id")]
            assert statuses == ["aborted", "running"]


def test_a_child_ends_when_the_services_pipe_closes(tmp_path: Path) -> None:
    program = Program(tmp_path)
    with slow_paper("127.0.0.48") as site:
        add_slow(program, site)
        child = subprocess.Popen(
            [*program.argv()[:4], "--supervised", *program.argv("crawl", "--json")[4:]],
            cwd=program.folder,
            env=program.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        wait_until(lambda: len(site.requests) > 3)
        assert child.stdin
        child.stdin.close()
        family = family_of(child.pid)
        assert child.wait(15) == 1
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []
        child.stdout.close()  # type: ignore[union-attr]
        child.stderr.close()  # type: ignore[union-attr]
    assert rows(program.db, "SELECT status FROM runs") == [{"status": "failed"}]


def test_a_stopped_service_shows_in_the_status_and_goes_on_afterwards(tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.sources.mkdir()
    with service(program) as process:
        assert program.run("status").status == 0
        process.send_signal(signal.SIGSTOP)
        time.sleep(4)
        silent = program.run("status", "--json")
        process.send_signal(signal.SIGCONT)
        assert (silent.status, silent.json["service"]["state"]) == (1, "silent")
        wait_until(lambda: rows(program.db, "SELECT reason FROM gaps"))
        assert program.run("status", "--json").json["service"]["gaps"][0]["reason"] == "asleep"


# --- crawls that go wrong ------------------------------------------------------------------------------


def test_a_paper_that_never_ends_is_cut_at_the_deadline_and_the_others_go_on(
    newspapers: Newspapers, tmp_path: Path
) -> None:
    program = Program(tmp_path)
    newspapers.write_sources(program.sources)
    with slow_paper("127.0.0.50") as site:
        add_slow(program, site)
        with service(program, BIENGIOI_SCHEDULE_DEADLINE="12s") as process:
            wait_until(lambda: all_done(program, 3))
            family = [psutil.Process(process.pid), *family_of(process.pid)]
            assert len(family) > 1
            assert [one for each in family for one in open_ports(each)] == []
            done = rows(program.db, "SELECT status FROM runs")
            assert done == [{"status": "running"}], "the quick ones did not wait for the slow one"
            sql = "SELECT ended_at FROM source_schedule WHERE source_id = 'bao-cham' AND ended_at IS NOT NULL"
            wait_until(lambda: rows(program.db, sql))
        (run,) = rows(program.db, "SELECT id, status FROM runs")
        assert run["status"] == "failed"
        (part,) = rows(program.db, "SELECT * FROM run_sources WHERE source_id = 'bao-cham'")
        assert part["status"] == "unfinished"
        assert part["pending_count"] > 30
        assert rows(program.db, "SELECT * FROM leases") == []


def test_a_child_killed_from_outside_is_a_failed_run_and_is_tried_again_alone(tmp_path: Path) -> None:
    program = Program(tmp_path)
    with slow_paper("127.0.0.51") as site:
        add_slow(program, site)
        with service(program) as process:
            wait_until(lambda: len(site.requests) > 3)
            (crawl,) = crawls_of(process)
            family = crawl.children(recursive=True)
            crawl.kill()
            wait_until(lambda: rows(program.db, "SELECT id FROM runs WHERE status = 'failed'"))
            _, alive = psutil.wait_procs(family, timeout=5)
            assert alive == []
        (part,) = rows(program.db, "SELECT status, message FROM run_sources")
        assert "it was killed by SIGKILL" in part["message"]
        (standing,) = rows(program.db, "SELECT lost_count, failure_weight FROM source_schedule")
        assert standing == {"lost_count": 1, "failure_weight": 1.0}


# --- files, clocks, neighbours ---------------------------------------------------------------------------


def test_source_files_are_followed_while_it_runs(newspapers: Newspapers, tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.sources.mkdir()
    with service(program):
        newspapers.write_sources(program.sources)
        broken = program.sources / "bao-hong.toml"
        broken.write_text("id = [")
        wait_until(lambda: all_done(program, 3))
        watched = {row["source_id"] for row in rows(program.db, "SELECT source_id FROM source_schedule")}
        assert watched == set(PAPERS)
        (program.sources / f"{PAPERS[0]}.toml").unlink()
        (program.sources / f"{PAPERS[1]}.toml").write_text("id = [")
        gone = f"SELECT 1 FROM source_schedule WHERE source_id = '{PAPERS[0]}'"
        wait_until(lambda: not rows(program.db, gone))
        assert rows(program.db, gone.replace(PAPERS[0], PAPERS[1]))
    log = (program.folder / "service.log").read_text()
    assert "bao-hong.toml: is not valid TOML" in log
    assert "Its last good version stays in use." in log


def test_a_crawl_by_hand_beside_the_service_is_normal(newspapers: Newspapers, tmp_path: Path) -> None:
    program = Program(tmp_path)
    newspapers.write_sources(program.sources)
    with service(program):
        by_hand = program.run("crawl", "--json")
        assert by_hand.status == 0, by_hand.stderr
        wait_until(lambda: rows(program.db, "SELECT DISTINCT status FROM runs") == [{"status": "done"}])
    assert len(articles(program.db)) == len(newspapers.expected)


def test_a_second_service_is_refused(tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.sources.mkdir()
    with service(program) as process:
        for arguments in (["schedule"], ["schedule", "--once"]):
            second = program.run(*arguments)
            assert second.status == 3
            assert f"process {process.pid}" in second.stderr


FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@pytest.mark.skipif(not FAKETIME.exists(), reason="libfaketime is not installed")
def test_a_clock_that_is_set_back_does_not_stop_the_ticks(tmp_path: Path) -> None:
    """APScheduler alone would wait until the old time comes round again."""
    program = Program(tmp_path)
    program.sources.mkdir()
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    faked = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    beat = "SELECT beat_at FROM service"
    with service(program, **faked):
        real = rows(program.db, beat)[0]["beat_at"]
        (tmp_path / "set-back").write_text("-8h\n")
        (tmp_path / "set-back").replace(clock)  # at once: a half-written file is another time
        wait_until(lambda: rows(program.db, beat)[0]["beat_at"] < real, timeout_s=20)
        wait_until(lambda: rows(program.db, "SELECT * FROM gaps WHERE to_at < from_at"), timeout_s=20)
        assert {gap["reason"] for gap in rows(program.db, "SELECT * FROM gaps")} == {"clock"}
        before = rows(program.db, beat)[0]["beat_at"]
        wait_until(lambda: rows(program.db, beat)[0]["beat_at"] > before, timeout_s=20)


def test_an_idle_service_costs_next_to_nothing(tmp_path: Path) -> None:
    """With the tick and the number of sources that a desk has: under 0.5 % of a processor."""
    program = Program(tmp_path)
    for number in range(100):
        program.add_source(
            f"bao-{number}", f"http://bao-{number}.example", '[schedule]\ncron = "0 0 1 1 *"\n'
        )
    # Without space no crawl is started, so that the plans can be moved to a time when nothing is due.
    with service(program, BIENGIOI_SCHEDULE_MIN_FREE_MB="999999999"):
        wait_until(lambda: len(rows(program.db, "SELECT 1 FROM source_schedule")) == 100)
    with closing(sqlite3.connect(program.db)) as conn:
        conn.execute(
            "UPDATE source_schedule SET next_fetch_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+2 days')"
        )
        conn.commit()
    tick_s = 0.5
    with service(program, BIENGIOI_SCHEDULE_TICK_S=str(tick_s)) as process:
        time.sleep(2)
        this = psutil.Process(process.pid)
        began, used = time.monotonic(), sum(this.cpu_times()[:2])
        time.sleep(6)
        share = (sum(this.cpu_times()[:2]) - used) / (time.monotonic() - began)
    assert share * tick_s / 5.0 < 0.005, f"{share:.2%} with a tick of {tick_s} s"


# --- killed at any moment ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_killing_the_service_or_its_children_at_any_moment_loses_nothing(
    newspapers: Newspapers, tmp_path: Path
) -> None:
    """`./run kill` kills the service and everything else more often (tests/kill/)."""
    kills = count(5, 20)
    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)
    program = Program(tmp_path)
    newspapers.write_sources(program.sources)
    stray: list[psutil.Process] = []
    for number in range(kills):
        trouble = f"kill {number} of seed {seed}"
        with closing(sqlite3.connect(program.db)) as conn:
            if number:
                conn.execute("UPDATE source_schedule SET next_fetch_at = '2020-01-01T00:00:00Z'")
                conn.commit()
        with service(program) as process:
            time.sleep(moments.uniform(0.0, 2.5))
            stray += family_of(process.pid)
            victims = [process.pid, *(child.pid for child in crawls_of(process))]
            os.kill(moments.choice(victims), signal.SIGKILL)
            time.sleep(moments.uniform(0.0, 0.5))
        with closing(sqlite3.connect(program.db)) as conn:
            assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",), trouble
    _, alive = psutil.wait_procs(stray, timeout=10)
    assert alive == []
    with closing(sqlite3.connect(program.db)) as conn:
        conn.execute("UPDATE source_schedule SET next_fetch_at = '2020-01-01T00:00:00Z'")
        conn.commit()
    last = program.run("schedule", "--once", "--json", **FAST)
    assert last.status == 0, last.stderr
    hit = rows(program.db, "SELECT id FROM runs WHERE status IN ('aborted', 'failed')")
    assert len(hit) >= kills // 5, "the kills came too early to prove anything"
    assert len(articles(program.db)) == len(newspapers.expected), f"seed {seed}"
    for run in program.run("runs", "--json", "--limit", "1000").json:
        assert run["status"] != "running"
        assert run["considered"] == settled_count(run), run
    assert rows(program.db, "SELECT * FROM leases") == []


def test_a_crawl_ends_before_its_disk_is_full_and_the_next_one_goes_on(
    newspapers: Newspapers, tmp_path: Path
) -> None:
    program = Program(tmp_path)
    newspapers.write_sources(program.sources)
    cut = program.run("crawl", "--json", PAPERS[0], BIENGIOI_SCHEDULE_MIN_FREE_MB="999999999")
    assert (cut.status, cut.json["status"]) == (1, "failed")
    assert cut.json["sources"][PAPERS[0]]["status"] == "unfinished"
    assert "a fifth of schedule.min_free_mb" in cut.stderr
    assert cut.json["considered"] == settled_count(cut.json)
    status = program.run("status", BIENGIOI_SCHEDULE_MIN_FREE_MB="999999999")
    assert "No crawl is started with less than 999999999 MB" in status.stdout
    again = program.run("crawl", "--json", PAPERS[0], **FAST)
    assert (again.status, again.json["pending"]) == (0, 0)
    assert articles(program.db)


def test_a_full_disk_stops_the_crawls_and_not_the_service(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no file system may be mounted here")
    program = Program(disk)
    program.sources.mkdir()
    try:
        with service(program) as process:
            filler = disk / "filler"
            with suppress(OSError):
                filler.write_bytes(b"x" * 4_000_000)
            time.sleep(5)
            assert process.poll() is None
            assert program.run("status").status == 1
            filler.unlink()
            before = rows(program.db, "SELECT beat_at FROM service")
            wait_until(lambda: rows(program.db, "SELECT beat_at FROM service") != before)
            assert program.run("verify").status == 0
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)
