"""Kills at any moment, full disks, read-only files: the collection stays whole and goes on."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.stories import stories
from db.collection import ArticleFilter, Collection
from tests.biengioi.program import Program, Run
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.db.earlier_releases import ARTICLES, add_stories, make_first_release
from tests.db.processes import ROOT

STORY_COUNT = 600
TOTAL = STORY_COUNT + len(ARTICLES)
ROUNDS = 2
"""Of each command; `./run kill` has as many as one likes."""
EVERYTHING = ArticleFilter(include_duplicates=True)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the first release with enough in it that everything takes a while."""
    path = make_first_release(tmp_path_factory.mktemp("old") / "biengioi.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        add_stories(conn, STORY_COUNT)
    return path


@pytest.fixture(scope="module")
def full(old: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, brought up to date."""
    path = tmp_path_factory.mktemp("full") / "biengioi.db"
    shutil.copy(old, path)
    Collection.open(path).close()
    return path


def assert_in_order(path: Path, trouble: str = "") -> None:
    with Collection.open(path) as collection:
        assert [result for result in collection.verify() if result.problem_count] == [], trouble
        assert sum(1 for _ in collection.list(EVERYTHING)) == TOTAL, trouble


def kill_at_random(program: Program, *arguments: str) -> Iterator[str]:
    """Kill a command at moments of its undisturbed duration, each time from the same beginning.

    Yields:
        What to say when something is wrong.
    """
    before = {path.name for path in program.folder.iterdir()}
    shutil.copy(program.db, program.folder.with_suffix(".before"))
    began = time.monotonic()
    assert program.run(*arguments).status == 0
    duration_s = time.monotonic() - began
    for path in program.folder.iterdir():
        if path.name not in before:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)
    for number in range(ROUNDS):
        shutil.copy(program.folder.with_suffix(".before"), program.db)
        process = program.start(*arguments)
        time.sleep(duration_s * moments.uniform(0.25, 0.95))  # before that Python itself starts
        process.send_signal(signal.SIGKILL)
        process.communicate()
        yield f"{arguments}, kill {number} of seed {seed}"


@pytest.mark.slow
def test_a_killed_migration_is_done_by_the_next_command(program: Program, old: Path) -> None:
    shutil.copy(old, program.db)
    for trouble in kill_at_random(program, "runs"):
        assert program.run("runs").status == 0, trouble
        assert_in_order(program.db, trouble)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [["verify", "--repair"], ["maintain"], ["events", "rebuild"]], ids=" ".join
)
def test_killed_housekeeping_leaves_all_in_order(program: Program, full: Path, command: list[str]) -> None:
    shutil.copy(full, program.db)
    for trouble in kill_at_random(program, *command):
        assert_in_order(program.db, trouble)


@pytest.mark.slow
def test_a_killed_backup_is_no_file_or_a_whole_one(program: Program, full: Path) -> None:
    shutil.copy(full, program.db)
    target = program.folder / "kho.db"
    for trouble in kill_at_random(program, "backup", "kho.db"):
        if target.exists():
            assert_in_order(target, trouble)
            target.unlink()
        assert program.run("backup", "kho.db").status == 0, trouble
        assert_in_order(target, trouble)
        assert_in_order(program.db, trouble)
        target.unlink()


@pytest.mark.slow
def test_a_killed_export_is_no_file_or_a_whole_one(program: Program, full: Path) -> None:
    shutil.copy(full, program.db)
    target = program.folder / "all.jsonl"
    assert program.run("export", "jsonl", "whole.jsonl").status == 0
    count = (program.folder / "whole.jsonl").read_bytes().count(b"\n")
    for trouble in kill_at_random(program, "export", "jsonl", "all.jsonl"):
        if target.exists():
            assert target.read_bytes().count(b"\n") == count, trouble
            target.unlink()
        assert program.run("export", "jsonl", "all.jsonl").status == 0, trouble
        assert target.read_bytes().count(b"\n") == count, trouble
        target.unlink()
    assert_in_order(program.db)


@pytest.mark.slow
def test_a_killed_corpus_is_completed_by_the_next_export(program: Program, full: Path) -> None:
    shutil.copy(full, program.db)
    folder = program.folder / "corpus"
    assert program.run("export", "corpus", "whole").status == 0
    whole = texts_of(program.folder / "whole")
    for trouble in kill_at_random(program, "export", "corpus", "corpus"):
        assert program.run("export", "corpus", "corpus").status == 0, trouble
        assert texts_of(folder) == whole, trouble
        shutil.rmtree(folder)
    assert_in_order(program.db)


def texts_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.txt")}


@pytest.mark.slow
def test_a_killed_crawl_loses_nothing_and_the_next_completes_it(tmp_path: Path) -> None:
    path, go = tmp_path / "biengioi.db", tmp_path / "go"
    Collection.open(path, create=True).close()
    go.touch()
    command = [sys.executable, "-m", "tests.db.processes", "ingest", str(path), "bao-mot", "400", str(go)]
    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)
    for number in range(ROUNDS):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            time.sleep(moments.uniform(0, 0.5))
            process.kill()
        with Collection.open(path) as collection:
            bad = [result for result in collection.verify() if result.problem_count]
        assert bad == [], f"kill {number} of seed {seed}"
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with Collection.open(path) as collection:
        assert [result for result in collection.verify() if result.problem_count] == []
        assert sum(1 for _ in collection.list(EVERYTHING)) == 400
        assert collection.counts()["pending_count"] == 0


# --- no space -----------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes, or a skip where none may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount(folder, "size=2m"):
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=False)


def mount(folder: Path, options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def long_texts(folder: Path) -> Path:
    """Write texts into 50 files, whose words and letters need far more than two megabytes."""
    folder.mkdir()
    told = [story.text for story in stories(400)]
    for number in range(0, len(told), 8):
        (folder / f"{number}.txt").write_text("\n".join(told[number : number + 8]), encoding="utf-8")
    return folder


def test_an_import_onto_a_full_disk_says_so_and_succeeds_with_space(
    program: Program, small_disk: Path
) -> None:
    texts = long_texts(program.folder / "texts")
    db = ("--db", str(small_disk / "biengioi.db"))
    assert program.run(*db, "import", str(one_text(program.folder))).status == 0
    refused = program.run(*db, "import", str(texts))
    assert refused.status == 2
    *waits, said = refused.stderr.splitlines()
    assert all(line.startswith("biengioi: importing … ") for line in waits)
    assert "disk is full; free some space" in said
    assert program.run(*db, "verify").status == 0
    assert len(program.run(*db, "list", "--json").json) == 1
    assert mount(small_disk, "remount,size=99m")
    assert program.run(*db, "import", str(texts)).status == 0
    assert program.run(*db, "verify").status == 0


def one_text(folder: Path) -> Path:
    path = folder / "one.txt"
    path.write_text("Một đoạn văn ngắn về chợ phiên vùng biên.", encoding="utf-8")
    return path


@pytest.mark.parametrize("command", [["backup"], ["export", "jsonl"]], ids=" ".join)
def test_what_does_not_fit_leaves_nothing_behind(
    program: Program, full: Path, small_disk: Path, command: list[str]
) -> None:
    shutil.copy(full, program.db)
    (small_disk / "filler").write_bytes(b"x" * 1_400_000)
    target = small_disk / "target"
    assert_one_sentence(program.run(*command, str(target)), 2, str(target))
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    assert_in_order(program.db)


# --- no permission ------------------------------------------------------------------------------

_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2


def obey_permissions() -> None:
    """Make root obey the bits of a file's mode from its next program on (capabilities(7))."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
                os._exit(77)


def run_obeying(program: Program, *arguments: str) -> Run:
    done = subprocess.run(
        program.argv(*arguments),
        cwd=program.folder,
        env=program.environment(),
        capture_output=True,
        text=True,
        preexec_fn=obey_permissions,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("this root cannot give up its rights")
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def guarded(program: Program, full: Path) -> Iterator[Program]:
    """A collection in a folder of its own, whose rights are given back at the end."""
    folder = program.folder / "kho"
    folder.mkdir()
    shutil.copy(full, folder / "biengioi.db")
    one_text(program.folder)
    yield program
    folder.chmod(0o755)


DB = ("--db", "kho/biengioi.db")


def test_a_read_only_file_is_named_and_can_still_be_read(guarded: Program) -> None:
    (guarded.folder / "kho" / "biengioi.db").chmod(0o444)
    assert_one_sentence(run_obeying(guarded, *DB, "import", "one.txt"), 2, "is read-only", "permissions")
    assert run_obeying(guarded, *DB, "list").status == 0


def test_a_read_only_folder_is_named(guarded: Program) -> None:
    (guarded.folder / "kho").chmod(0o555)
    assert_one_sentence(run_obeying(guarded, *DB, "import", "one.txt"), 2, "kho/biengioi.db")
    assert_one_sentence(run_obeying(guarded, "--db", "kho/new.db", "import", "one.txt"), 2, "kho/new.db")


def test_an_unreadable_file_is_named(guarded: Program) -> None:
    (guarded.folder / "kho" / "biengioi.db").chmod(0)
    assert_one_sentence(run_obeying(guarded, *DB, "list"), 2, "kho/biengioi.db")


def test_a_backup_into_a_read_only_folder_is_refused(guarded: Program) -> None:
    (guarded.folder / "shut").mkdir(mode=0o555)
    assert_one_sentence(
        run_obeying(guarded, *DB, "backup", "shut/kho.db"), 2, "shut/kho.db", "cannot be written"
    )


# --- damage -------------------------------------------------------------------------------------


def test_verify_names_the_damage_and_the_way_out(program: Program, full: Path) -> None:
    shutil.copy(full, program.db)
    with closing(sqlite3.connect(program.db)) as conn:
        conn.execute("UPDATE articles SET content_hash = 'x' || id WHERE id < 20")
        conn.commit()
    run = program.run("verify")
    assert run.status == 1
    assert "WRONG  content hashes: " in run.stdout
    assert "Restore a backup." in run.stdout
    assert "ok     references" in run.stdout
    report = program.run("verify", "--json")
    assert (report.status, report.json["ok"]) == (1, False)
    (bad,) = [check for check in report.json["checks"] if check["problem_count"]]
    assert (bad["check"], len(bad["examples"])) == ("content hashes", 10)


def test_a_file_that_is_overwritten_while_it_is_open_is_damage(full: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    shutil.copy(full, path)
    with Collection.open(path) as collection:
        assert collection.counts()["article_count"]
        path.write_bytes(os.urandom(path.stat().st_size))
        results = list(collection.verify())
    assert [result.check for result in results if result.problem_count]


def test_the_commands_answer_in_json(program: Program, full: Path) -> None:
    shutil.copy(full, program.db)
    assert program.run("verify", "--json").json["ok"] is True
    assert program.run("maintain", "--json").json.keys() == {"decision_count", "run_count", "is_checkpointed"}
    backup = program.run("backup", "kho.db", "--json").json
    assert backup["article_count"] == TOTAL
    assert Path(backup["path"]).stat().st_size == backup["byte_count"]
