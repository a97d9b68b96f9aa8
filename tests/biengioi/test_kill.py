"""A crawl that is killed at any moment and run again ends like one that was left alone."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from db.collection import ArticleFilter, Collection
from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program

PAPERS = ("demo-zce", "demo-nukeviet", "demo-yyyymm")
KILL_POINTS = 4
"""`./run kill` has as many as one likes."""


@pytest.fixture(scope="module")
def newspapers() -> Iterator[Newspapers]:
    with Newspapers(only=PAPERS) as running:
        yield running


def articles(db: Path) -> set[tuple[str, str]]:
    with Collection.open(db) as collection:
        return {(row["content_hash"], row["title"]) for row in collection.list(ArticleFilter(limit=1000))}


@pytest.fixture(scope="module")
def undisturbed(
    newspapers: Newspapers, tmp_path_factory: pytest.TempPathFactory
) -> tuple[set[tuple[str, str]], float]:
    """What an undisturbed crawl stores, and how long it takes, in seconds."""
    program = Program(tmp_path_factory.mktemp("undisturbed"))
    newspapers.write_sources(program.sources)
    began = time.monotonic()
    # Started as those that are killed are: else the kills would come while Python still starts.
    crawl = program.start("crawl", "--json")
    crawl.communicate(timeout=110)
    assert crawl.returncode == 0
    return articles(program.db), time.monotonic() - began


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_articles_are_those_of_an_undisturbed_run(
    newspapers: Newspapers, undisturbed: tuple[set[tuple[str, str]], float], tmp_path: Path
) -> None:
    expected, duration_s = undisturbed
    assert len(expected) == len(newspapers.expected)
    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)
    aborted_count = 0
    for number in range(KILL_POINTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        program = Program(folder)
        newspapers.write_sources(program.sources)
        kill_after(program, moments.uniform(0.2, duration_s))
        again = program.run("crawl", "--json")
        trouble = f"kill point {number} of seed {seed}: {again.stderr}"
        assert again.status == 0, trouble
        assert again.json["pending"] == 0, trouble
        assert not [one for one in again.json["sources"].values() if one["status"] != "done"], trouble
        assert articles(program.db) == expected, trouble
        runs = program.run("runs", "--json").json
        assert {run["status"] for run in runs} <= {"aborted", "done"}, trouble
        aborted_count += sum(run["status"] == "aborted" for run in runs)
        for run in runs:
            assert run["considered"] == settled_count(run), trouble
        with closing(sqlite3.connect(program.db)) as conn:
            assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",), trouble
    assert aborted_count >= KILL_POINTS // 4, "the kills came too early to prove anything"


def kill_after(program: Program, delay_s: float) -> None:
    """Start a crawl, kill it without warning, and see its workers end with it."""
    crawl = program.start("crawl", "--json")
    try:
        crawl.communicate(timeout=delay_s)
    except subprocess.TimeoutExpired:
        workers = psutil.Process(crawl.pid).children(recursive=True)
        os.kill(crawl.pid, signal.SIGKILL)
        crawl.communicate()
        _, alive = psutil.wait_procs(workers, timeout=10)
        assert alive == [], "extraction workers outlived the crawl"


def settled_count(run: dict[str, object]) -> int:
    plain = ("stored", "revised", "unchanged", "duplicate", "near_duplicate", "pending")
    counts = [run[term] for term in plain]
    for reasons in (run["rejected"], run["failed"]):
        assert isinstance(reasons, dict)
        counts += reasons.values()
    return sum(count for count in counts if isinstance(count, int))


def test_sigterm_ends_a_crawl_in_good_order(newspapers: Newspapers, tmp_path: Path) -> None:
    program = Program(tmp_path)
    newspapers.write_sources(program.sources)
    crawl = program.start("crawl", "--json")
    time.sleep(1.2)
    crawl.terminate()
    crawl.communicate(timeout=15)
    again = program.run("crawl", "--json")
    assert again.status == 0
    assert all(run["considered"] == settled_count(run) for run in program.run("runs", "--json").json)
