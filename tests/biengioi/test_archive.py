"""The archive of a real crawl: whole after kills, read by other programs, the same articles off it again."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from warcio.checker import Checker

from biengioi.crawling import CrawlRequest, open_job
from biengioi.progress import LogProgress
from crawler.config import ArchiveLimits, Config, Keep
from crawler.source import Source
from crawler.topic.topic import Topic
from db.archive.files import folder_of
from db.crawl_store import SqliteCrawlStore
from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program
from tests.biengioi.test_bad_input import assert_one_sentence

KILL_COUNT = int(os.environ.get("ARCHIVE_KILLS", "2"))
"""Kills while pages are written."""


@pytest.fixture(scope="module")
def newspapers() -> Iterator[Newspapers]:
    with Newspapers(only=("demo-zce", "demo-nukeviet")) as running:
        yield running


@pytest.fixture(scope="module")
def crawled(newspapers: Newspapers, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A crawl that was killed while it wrote, several times, and then run to its end."""
    program = Program(tmp_path_factory.mktemp("killed"))
    newspapers.write_sources(program.sources)
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    moments = random.Random(seed)
    for _ in range(KILL_COUNT):
        kill_while_writing(program, moments.uniform(0, 0.4))
        check_files(program)
    done = program.run("crawl", "--json")
    assert done.status == 0, done.stderr
    return program


def kill_while_writing(program: Program, delay_s: float) -> None:
    """Kill a crawl a moment after it has begun, or gone on with, a file of the archive."""
    crawl = program.start("crawl", "--json")
    until = time.monotonic() + 60
    while crawl.poll() is None and not list(folder_of(program.db).glob("*.open")):
        assert time.monotonic() < until
        time.sleep(0.005)
    time.sleep(delay_s)
    workers = psutil.Process(crawl.pid).children(recursive=True) if crawl.poll() is None else []
    crawl.send_signal(signal.SIGKILL)
    crawl.communicate()
    psutil.wait_procs(workers, timeout=10)


def check_files(program: Program) -> None:
    """No row without its record: read back as it is, before anything is mended."""
    checked = program.run("verify", "--json").json
    assert checked["ok"], checked


def rows(program: Program, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(program.db)) as conn:
        return conn.execute(sql).fetchall()


def test_every_article_has_its_page_after_kills(newspapers: Newspapers, crawled: Program) -> None:
    assert rows(crawled, "SELECT count(*) FROM articles") == [(len(newspapers.expected),)]
    without = (
        "SELECT id FROM articles WHERE NOT EXISTS (SELECT 1 FROM page_records WHERE article_id = articles.id)"
    )
    assert rows(crawled, without) == []
    check_files(crawled)
    assert not list(folder_of(crawled.db).glob("*.open"))


def test_another_program_finds_no_fault(crawled: Program) -> None:
    paths = sorted(map(str, folder_of(crawled.db).iterdir()))
    with redirect_stdout(StringIO()) as said:
        assert Checker(SimpleNamespace(inputs=paths, verbose=False)).process_all() == 0, said.getvalue()


def test_the_archive_gives_the_same_articles(crawled: Program) -> None:
    report = crawled.run("reextract", "--dry-run", "--json").json
    (count,) = rows(crawled, "SELECT count(*) FROM articles")[0]
    assert (report["read_count"], report["unchanged_count"], report["fields"]) == (count, count, {})


def test_a_page_goes_to_a_pipe_and_nowhere_else(crawled: Program) -> None:
    run = crawled.run("show", "1", "--html")
    assert run.status == 0
    assert run.stdout.startswith("<!DOCTYPE html>")
    assert_one_sentence(crawled.run("show", "1", "--html", "--json"), 2, "leave --html or --json away")
    assert_one_sentence(crawled.run("show", "999", "--html"), 1, "There is no article 999")


def test_a_citation_on_the_command_line(crawled: Program) -> None:
    cited = crawled.run("cite", "1", "--json").json
    assert cited["evidence"]["file"] in {path.name for path in folder_of(crawled.db).iterdir()}
    assert cited["content_hash"] in crawled.run("cite", "1").stdout
    assert crawled.run("cite", "1", "--format", "ris").stdout.startswith("TY  - NEWS")
    assert_one_sentence(crawled.run("cite", "999"), 1, "There is no article 999")


def test_status_and_backup_speak_of_it(crawled: Program) -> None:
    size = sum(path.stat().st_size for path in folder_of(crawled.db).iterdir())
    assert crawled.run("status", "--json").json["database"]["archive_bytes"] == size
    backup = crawled.run("backup", "kho.db", "--json").json
    assert backup["archive"]["byte_count"] == size
    assert "are not in it: copy" in " ".join(crawled.run("backup", "kho.db").stdout.split())


@pytest.mark.parametrize(
    ("is_dry", "keep", "is_archived"),
    [(False, Keep.STORED, True), (False, Keep.ALL, True), (False, Keep.NONE, False), (True, Keep.ALL, False)],
)
def test_dry_runs_and_keep_none_have_no_archive(
    tmp_path: Path, is_dry: bool, keep: Keep, is_archived: bool
) -> None:
    source = Source("bao", "Báo", "http://127.0.0.1:9/")
    config = Config(archive=ArchiveLimits(keep))
    asked = CrawlRequest(tmp_path / "x.db", config, [source], LogProgress(), Topic.load(), dry_run=is_dry)
    with open_job(asked) as (job, finish):
        assert isinstance(job.store, SqliteCrawlStore)
        assert (job.store._archive is not None) == is_archived
        finish()


def test_a_word_that_keep_does_not_know_is_told(program: Program) -> None:
    assert_one_sentence(program.run("crawl", BIENGIOI_ARCHIVE_KEEP="some"), 2, "unknown value 'some'")


def test_the_archive_is_of_its_database(tmp_path: Path) -> None:
    assert folder_of(tmp_path / "biengioi.db") == tmp_path / "biengioi-archive"


def test_backfilled_into_an_empty_database_it_is_the_same(crawled: Program, tmp_path: Path) -> None:
    new = str(tmp_path / "new.db")
    done = crawled.run("--db", new, "backfill", str(folder_of(crawled.db)), "--json")
    assert done.status == 0, done.stderr
    assert done.json["failed"] == {}

    def exported(*database: str) -> dict[str, bytes]:
        found = {}
        for layout in ("record", "plain"):
            folder = tmp_path / layout / str(len(database))
            assert crawled.run(*database, "export", "corpus", str(folder), "--format", layout).status == 0
            files = (one for one in folder.iterdir() if one.suffix == ".txt")
            found.update({f"{layout}/{one.name}": one.read_bytes() for one in files})
        return found

    assert exported("--db", new) == exported()
    columns = (
        "content_hash, url, topic_grade, topic_score, places, countries, published_at, duplicate_of IS NULL"
    )
    sql = f"SELECT {columns} FROM articles ORDER BY content_hash"
    with closing(sqlite3.connect(new)) as conn:
        assert conn.execute(sql).fetchall() == rows(crawled, sql)
