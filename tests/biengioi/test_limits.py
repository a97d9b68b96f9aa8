"""What runs out while the program works: disk, file sizes, descriptors, memory, time in which it is let run.

Whatever it is, the command says so and ends; `verify` passes, and the next run, with enough of it, completes.
LIMITS is how many points each command is stopped at; without it two crawls are.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program, Run, forked
from tests.kill.kinds import Kind, articles, asked, fresh, kinds

POINTS = int(os.environ.get("LIMITS", "0"))
PATIENCE_S = 100.0
KINDS = (
    "crawl",
    "import",
    "export jsonl",
    "export corpus",
    "backup",
    "migration",
    "rebuild of events",
    "maintain",
)
"""What is stopped; the names are those of `./run kill`."""
MEBIBYTE = 1 << 20
LEAST_BYTES = 4096
LIMIT = {"BIENGIOI_SCHEDULE_MIN_FREE_MB": "1"}


@pytest.fixture(scope="module")
def newspapers() -> Iterator[Newspapers]:
    with Newspapers(only=("demo-zce",), first_host=171) as running:
        yield running


def run_limited(program: Program, words: tuple[str, ...], limit: int, value: int) -> Run:
    """Run a command with a limit of setrlimit(2), which its children have, too."""
    environment = program.environment(**LIMIT)
    with forked(program.argv(*words)[4:], program.folder, environment) as (pid, wait):
        resource.prlimit(pid, limit, (value, value))
        return wait(PATIENCE_S)


def size_of(folder: Path) -> int:
    return max((path.stat().st_size for path in folder.rglob("*") if path.is_file()), default=0)


def assert_said(run: Run, trouble: str) -> None:
    assert "Traceback" not in run.stderr, (trouble, run.stderr)
    assert "unexpected error" not in run.stderr, (trouble, run.stderr)


@pytest.mark.skipif(not POINTS, reason="the long form: LIMITS=6")
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("name", KINDS)
def test_a_file_that_may_not_grow_is_told_and_nothing_is_lost(
    newspapers: Newspapers, tmp_path: Path, name: str
) -> None:
    """RLIMIT_FSIZE: each write behind some size fails, of whatever file."""
    (kind,) = [one for one in kinds(newspapers) if one.name == name]
    template = tmp_path / "template"
    template.mkdir()
    kind.make(Program(template))
    program = fresh(tmp_path / "world", template)
    assert program.run(*kind.words, **LIMIT).status == 0
    wanted, most = kind.left(program), size_of(program.folder)
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    for _ in range(POINTS):
        program = fresh(tmp_path / "world", template)
        value = chance.randrange(LEAST_BYTES, most)
        stop_and_go_on(program, kind, wanted, resource.RLIMIT_FSIZE, value, f"{value} bytes, seed {seed}")


@pytest.fixture
def papers(newspapers: Newspapers, program: Program) -> Program:
    newspapers.write_sources(program.sources)
    return program


def assert_whole(program: Program, newspapers: Newspapers) -> None:
    """All passes, and the next crawl brings what an undisturbed one would have brought."""
    if program.db.exists():
        assert program.run("verify").status == 0
    again = program.run("crawl", "--json", **LIMIT)
    assert (again.status, again.json["pending"]) == (0, 0)
    assert len(articles(program)) == len(newspapers.expected)


CRAMPED = {
    "file size": (resource.RLIMIT_FSIZE, (300_000, 40_000, 600_000)),
    "descriptors": (resource.RLIMIT_NOFILE, (24, 12, 16, 20, 28, 32, 40)),
    "memory": (resource.RLIMIT_AS, (150 * MEBIBYTE, 100 * MEBIBYTE, 200 * MEBIBYTE, 400 * MEBIBYTE)),
}
"""What there may be too little of, and how little."""


@pytest.mark.parametrize("what", CRAMPED if POINTS else ["descriptors"])
def test_a_crawl_without_enough_of_something_loses_nothing(
    newspapers: Newspapers, papers: Program, what: str
) -> None:
    limit, values = CRAMPED[what]
    for value in values if POINTS else values[:1]:
        run = run_limited(papers, ("crawl", "--json"), limit, value)
        print(what, value, run.status, run.stderr.splitlines()[-1:])
        if value == values[0]:  # with less even Python's own words are cut short
            assert_said(run, f"{what} {value}")
        assert run.status != 0 or run.json["failed"] == {}, "no page is to blame"
        if papers.db.exists() and papers.db.stat().st_size:
            assert papers.run("verify").status == 0
    assert_whole(papers, newspapers)


@pytest.mark.skipif(not POINTS, reason="the long form: LIMITS=6")
def test_a_crawl_that_is_stopped_and_let_go_on_completes(newspapers: Newspapers, papers: Program) -> None:
    with forked(papers.argv("crawl", "--json")[4:], papers.folder, papers.environment(**LIMIT)) as (
        pid,
        wait,
    ):
        while not asked(papers, "SELECT 1 FROM pages"):
            time.sleep(0.01)
        for _ in range(3):
            time.sleep(0.15)
            os.kill(pid, signal.SIGSTOP)
            time.sleep(0.3)
            os.kill(pid, signal.SIGCONT)
        assert wait(PATIENCE_S).status == 0
    assert len(articles(papers)) == len(newspapers.expected)
    assert papers.run("verify").status == 0


def test_a_copy_of_what_is_on_the_disk_at_any_moment_is_whole(
    newspapers: Newspapers, papers: Program, tmp_path: Path
) -> None:
    """Power loss: the database, its log and the archive as they are while a crawl writes."""
    copies: list[Program] = []
    with forked(papers.argv("crawl", "--json")[4:], papers.folder, papers.environment(**LIMIT)) as (
        pid,
        wait,
    ):
        while not asked(papers, "SELECT 1 FROM pages"):
            time.sleep(0.01)
        for number in range(max(1, POINTS)):
            time.sleep(0.4)
            os.kill(pid, signal.SIGSTOP)  # a disk that loses power stands still, too
            copy = Program(tmp_path / f"copy-{number}")
            shutil.copytree(papers.folder, copy.folder)
            os.kill(pid, signal.SIGCONT)
            copies.append(copy)
        assert wait(PATIENCE_S).status == 0
    for copy in copies:
        assert_whole(copy, newspapers)


def stop_and_go_on(
    program: Program, kind: Kind, wanted: object, limit: int, value: int, trouble: str
) -> None:
    stopped = run_limited(program, kind.words, limit, value)
    assert_said(stopped, trouble)
    print(kind.name, trouble, stopped.status, stopped.stderr.splitlines()[-1:], sep=": ")
    if program.db.exists() and program.db.stat().st_size:
        verified = program.run("verify")
        assert verified.status == 0, (trouble, verified.stdout)
    for name in kind.targets:
        left = program.folder / name
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    again = program.run(*kind.words, **LIMIT)
    assert again.status == 0, (trouble, again.stderr)
    assert kind.left(program) == wanted, trouble
