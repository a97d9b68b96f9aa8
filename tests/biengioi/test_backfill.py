"""`biengioi backfill` as its users run it: archives in, numbers that add up, whatever is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.biengioi.program import Program
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.db.articles.test_backfill_store import contents
from tests.warcs import HOST, info, other_page, packed, page_record, story_page

KILLS = int(os.environ.get("BACKFILL_KILLS", "2"))
"""Of workers, and half as many of the driver; `BACKFILL_KILLS=40` is the long form."""
FILES = 3
STORIES = 6
NEW_HOST = "https://moi.example"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path)
    program.add_source("bao-thu", HOST)
    write_archives(tmp_path / "warcs")
    return program


def write_archives(folder: Path) -> None:
    folder.mkdir()
    for file in range(FILES):
        at = f"2026-03-0{file + 1}T00:00:00Z"
        stories = [page_record(f"/{one}.html", story_page(one, edit=file), at) for one in range(STORIES)]
        others = [page_record(f"/khac/{file}/{one}.html", other_page(one), at) for one in range(20)]
        foreign = [page_record(f"/{one}.html", other_page(one), at, NEW_HOST) for one in range(5)]
        (folder / f"{file}.warc.gz").write_bytes(packed([info(at), *stories, *others, *foreign]) + b"rac")


def rows(program: Program) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(program.db)) as conn:
        conn.row_factory = sqlite3.Row
        return contents(conn)


def terms(report: dict[str, Any]) -> int:
    single = ("stored", "revised", "unchanged", "duplicate", "near_duplicate", "pending")
    reasons = [*report["rejected"].values(), *report["failed"].values()]
    return sum(report[one] for one in single) + sum(reasons)


def test_a_backfill_is_a_run_like_any_other(program: Program) -> None:
    done = program.run("backfill", "warcs/*.gz", "--json")
    assert (done.status, done.stderr) == (0, "")
    report = done.json
    assert report["kind"] == "backfill"
    assert report["considered"] == terms(report) == FILES * (STORIES + 20 + 5 + 2)
    assert (report["stored"], report["revised"]) == (STORIES, (FILES - 1) * STORIES)
    assert report["failed"] == {"damaged": FILES}
    assert program.run("runs", "1", "--json").json == report
    assert program.run("verify").status == 0
    assert len(program.run("show", "1", "--json").json["revisions"]) == FILES - 1
    again = program.run("backfill", "warcs")
    assert again.status == 0
    assert "all 99 records were read before" in again.stdout
    explained = program.run("explain", f"{HOST}/1.html", "--json").json
    assert [one["kind"] for one in explained["decisions"]] == ["revised"]


def test_standard_input_is_an_archive(program: Program) -> None:
    def fed(data: bytes) -> subprocess.CompletedProcess[bytes]:
        argv = program.argv("backfill", "-", "--json")
        return subprocess.run(
            argv, cwd=program.folder, env=program.environment(), input=data, capture_output=True, timeout=100
        )

    done = fed((program.folder / "warcs" / "0.warc.gz").read_bytes())
    assert json.loads(done.stdout)["stored"] == STORIES
    refused = fed(b"<html>")
    assert (refused.returncode, refused.stderr) == (
        2,
        b"biengioi: What comes on standard input is no WARC file.\n",
    )


def test_a_task_is_a_job_elsewhere(program: Program) -> None:
    listed = program.run("backfill", "warcs", "--task-list").stdout.splitlines()
    tasks = [json.loads(line)["task"] for line in listed]
    assert len(tasks) == FILES
    (program.folder / "hosts.txt").write_text("# mine\nmoi.example\n", encoding="utf-8")
    done = program.run("backfill", "--task", tasks[0], "--hosts", "hosts.txt")
    assert (done.status, done.stderr) == (0, "")
    assert not program.db.exists()
    (program.folder / "0.jsonl").write_text(done.stdout, encoding="utf-8")
    assert program.run("import", "0.jsonl", "--json").json["stored"] == STORIES
    refused: list[list[str]] = [
        ["backfill"],
        ["backfill", "warcs", "--task", "x#0-1"],
        ["backfill", "--task", "x"],
        ["backfill", "--task", tasks[0], "--json"],
        ["backfill", "warcs", "--hosts", "x", "--any-host"],
        ["backfill", "warcs", "--hosts", "khong-co.txt"],
        ["backfill", "warcs", "--hosts", "0.jsonl"],
        ["backfill", "khong-co"],
    ]
    for words in refused:
        assert_one_sentence(program.run(*words), 2, "")


def workers_of(driver: psutil.Process) -> Iterator[psutil.Process]:
    """Its workers, which are forked from the process that it started for that."""
    for server in driver.children():
        yield from server.children()


def kill_some(
    driver: subprocess.Popen[str],
    chance: random.Random,
    worker_count: int,
    gap_s: tuple[float, float] = (0.05, 0.4),
) -> int:
    """Kill so many of its workers, or as many as it lives to have; return how many.

    Args:
        gap_s: between two kills, at least and at most.
    """
    process, left = psutil.Process(driver.pid), worker_count
    while left and driver.poll() is None:
        time.sleep(chance.uniform(*gap_s))
        try:
            for worker in list(workers_of(process))[:1]:
                worker.kill()
                left -= 1
        except psutil.NoSuchProcess:
            break
    return worker_count - left


def test_killed_at_any_moment_and_run_again_it_is_the_same(program: Program) -> None:
    chance = random.Random(11)
    program.run("backfill", "warcs")
    wanted = rows(program)
    program.db.unlink()
    for _ in range(max(1, KILLS // 2)):
        driver = program.start("backfill", "warcs")
        time.sleep(chance.uniform(0.6, 3.0))
        kill_some(driver, chance, KILLS // 8)
        driver.kill()
        driver.communicate()
    driver = program.start("backfill", "warcs", "--json")
    kill_some(driver, chance, min(KILLS, 2 * FILES))
    out, err = driver.communicate(timeout=100)
    assert out, (driver.returncode, err)
    last = json.loads(out)
    assert terms(last) == last["considered"]
    while last["status"] != "done":
        last = program.run("backfill", "warcs", "--json").json
    assert rows(program) == wanted
    assert program.run("verify").status == 0
    assert program.run("backfill", "warcs", "--json").json["considered"] == 0


def test_ctrl_c_ends_it_soon_with_its_numbers(program: Program) -> None:
    (program.folder / "warcs" / "lon.warc.gz").write_bytes(
        packed(page_record(f"/lon/{one}.html", story_page(one)) for one in range(400))
    )
    driver = program.start("backfill", "warcs", "--json")
    time.sleep(4.0)
    began = time.monotonic()
    os.kill(driver.pid, signal.SIGINT)
    out, err = driver.communicate(timeout=20)
    assert time.monotonic() - began < 4.0  # two seconds, and what a loaded machine adds
    assert driver.returncode == 1
    report = json.loads(out)
    assert report["status"] == "failed"
    assert report["considered"] == terms(report)
    assert "the same command reads the rest" in err
