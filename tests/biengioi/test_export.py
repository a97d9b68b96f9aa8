"""Export and import from the command line: files, pipes, numbers, kills, and mistakes."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from db.collection import ArticleFilter, Collection
from db.export.export import FORMATS
from db.file.connection import write_transaction
from db.file.opening import open_database
from tests.biengioi.program import Program
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.db.export.test_corpus import fill, record
from tests.db.world import World


@pytest.fixture
def filled(program: Program) -> Program:
    """The program with a small collection, made by importing."""
    for number in range(3):
        (program.folder / f"{number}.txt").write_bytes(record(number, url=f"https://bao.example/{number}"))
    assert program.run("import", *(f"{number}.txt" for number in range(3))).status == 0
    return program


@pytest.mark.parametrize("layout", FORMATS)
def test_each_format_writes_its_file_and_says_so(filled: Program, layout: str) -> None:
    run = filled.run("export", layout, "out", "--json", "--source", "import")
    is_of_archive = FORMATS[layout].is_of_archive  # which imported texts are not in
    assert run.json == {"dest": "out", "format": layout, "count": 0 if is_of_archive else 3}
    assert ("3 of 3 articles are not in it" in run.stderr) == is_of_archive
    assert (filled.folder / "out").exists()


def test_a_pipe_gets_what_a_file_would(filled: Program) -> None:
    assert filled.run("export", "jsonl", "out").stdout == "3 articles in out.\n"
    run = filled.run("export", "jsonl", "-")
    assert run.stdout.encode() == (filled.folder / "out").read_bytes()
    assert run.stderr == "3 articles in -.\n"


def test_every_format_holds_what_a_search_finds(filled: Program) -> None:
    filters = ("--source", "import", "--until", "2030-01-01")
    query = filled.run("list", "--json").json[0]["text"].split()[3]
    found = {row["id"] for row in filled.run("search", query, "--json").json}
    assert found
    for layout in (*FORMATS, "corpus"):
        run = filled.run("export", layout, f"{layout}.out", "--json", "--query", query)
        is_of_archive = layout in FORMATS and FORMATS[layout].is_of_archive
        assert run.json["count"] == (0 if is_of_archive else len(found))
        run = filled.run("export", layout, f"{layout}.none", "--json", "--query", query, *filters)
        assert run.json["count"] == 0  # imported records have no date


def test_a_corpus_folder_reports_what_changed(filled: Program) -> None:
    run = filled.run("export", "corpus", "out", "--json")
    assert run.json == {
        "dest": "out",
        "format": "record",
        "count": 3,
        "added_count": 3,
        "replaced_count": 0,
        "removed_count": 0,
    }
    assert filled.run("export", "corpus", "out").stdout == "3 articles in out: 0 new.\n"


def test_what_is_imported_is_judged(program: Program) -> None:
    text = "Cửa khẩu Tà Lùng thông quan hàng hóa với Trung Quốc.\nHai bên họp bàn hợp tác qua biên giới."
    (program.folder / "1.txt").write_text(text, encoding="utf-8")
    program.run("import", "1.txt")
    (row,) = program.run("list", "--json").json
    assert row["topic_score"] > 0
    assert (row["topic_grade"], row["countries"]) == ("core", ["CN"])
    assert "ta-lung-gate" in row["places"]


def test_a_feed_is_short_when_asked(filled: Program) -> None:
    assert filled.run("export", "atom", "-", "--limit", "2").stdout.count("<entry>") == 2


def test_what_is_exported_is_imported_elsewhere(filled: Program) -> None:
    filled.run("export", "jsonl", "all.jsonl")
    run = filled.run("--db", "other.db", "import", "all.jsonl", "--json")
    assert run.json == {"stored": 3, "duplicate": 0, "forgotten": 0, "revised": 0, "older": 0}
    filled.run("--db", "other.db", "export", "jsonl", "again.jsonl")
    assert (filled.folder / "again.jsonl").read_bytes() == (filled.folder / "all.jsonl").read_bytes()


def test_keys_of_a_newer_program_are_one_warning_on_stderr(filled: Program) -> None:
    filled.run("export", "jsonl", "all.jsonl")
    lines = [json.loads(line) for line in (filled.folder / "all.jsonl").read_text("utf-8").splitlines()]
    newer = "".join(json.dumps({**line, "mau\x1b[31m": 1}) + "\n" for line in lines)
    for name in ("newer.jsonl", "again.jsonl"):
        (filled.folder / name).write_text(newer, encoding="utf-8")
    run = filled.run("--db", "other.db", "import", "newer.jsonl", "again.jsonl", "--json")
    assert (run.status, run.json["stored"], run.json["duplicate"]) == (0, 3, 3)
    assert run.stderr.count("\n") == run.stderr.count("mau") == 1
    assert "\x1b" not in run.stderr


def test_mistakes_are_one_sentence(filled: Program) -> None:
    assert_one_sentence(filled.run("export", "jsonl", "-", "--json"), 2, "give a file instead of -")
    for layout in (*FORMATS, "corpus"):
        assert_one_sentence(
            filled.run("export", layout, "out", "--query", '""'), 2, "has no word to look for"
        )
        assert not (filled.folder / "out").exists()
    assert_one_sentence(filled.run("export", "csv", "."), 2, "is a folder")
    assert_one_sentence(filled.run("export", "csv", "biengioi.db"), 2, "is the collection itself")
    assert_one_sentence(filled.run("export", "csv", "no/where.csv"), 2, "cannot be written")
    (filled.folder / "bad.jsonl").write_text('{"id": 1}\n')
    assert_one_sentence(filled.run("import", "bad.jsonl"), 2, "bad.jsonl: line 1 is no article of an export")


def test_a_reader_that_stops_early_is_no_failure_worth_a_trace(program: Program) -> None:
    fill(World(program.folder), 3000)
    command = program.argv("--db", "test.db", "export", "jsonl", "-")
    with subprocess.Popen(
        command, cwd=program.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=program.environment()
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b'{"id":1,')
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 1


@pytest.mark.parametrize("layout", ["jsonl", "csv"])
def test_a_killed_export_leaves_the_file_of_before(program: Program, layout: str) -> None:
    fill(World(program.folder), 2000)
    dest = program.folder / "out"
    dest.write_text("hôm qua")
    arguments = ["--db", "test.db", "export", layout, "out", "--copies", "--force"]
    export = program.start(*arguments)
    while not (parts := [path for path in program.folder.glob(".out.*.part") if size(path)]):
        assert export.poll() is None
        time.sleep(0.001)
    export.kill()
    export.communicate()
    assert dest.read_text() == "hôm qua"
    assert parts
    assert program.run(*arguments).status == 0
    assert dest.stat().st_size > 100_000


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def test_a_killed_import_stores_nothing_and_can_be_repeated(program: Program) -> None:
    fill(World(program.folder), 800)
    with Collection.open(program.folder / "test.db") as collection:
        collection.export("jsonl", program.folder / "all.jsonl", ArticleFilter(include_duplicates=True))
    open_database(program.db, create=True).close()
    importing = program.start("import", "all.jsonl")
    log = program.folder / "biengioi.db-wal"
    while size(log) < 100_000:  # what does not fit into memory is in the log, uncommitted
        assert importing.poll() is None
        time.sleep(0.005)
    importing.kill()
    importing.communicate()
    with Collection.open(program.db) as collection:
        kept = collection.counts()["article_count"]
    assert kept in (0, 800)  # on a busy machine the kill may come after the commit
    assert json.loads(program.run("import", "all.jsonl", "--json").stdout)["stored"] == 800 - kept


def test_a_hostile_title_never_reaches_a_terminal(filled: Program) -> None:
    with closing(open_database(filled.db)) as conn, write_transaction(conn):
        conn.execute("UPDATE articles SET title = char(27) || '[31m'")
    terminal, stdout = os.openpty()
    done = subprocess.run(
        filled.argv("export", "csv", "-"),
        cwd=filled.folder,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    os.close(stdout)
    assert b"goes to a file or a pipe" in done.stderr
    with pytest.raises(OSError, match="Input/output error"):  # nothing was written before it was closed
        os.read(terminal, 1)
    os.close(terminal)
