"""Mistakes of the user: one sentence that names the file and the key, exit 2, nothing lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.biengioi.program import Program, Run


def assert_one_sentence(run: Run, status: int, *parts: str) -> None:
    assert run.status == status, run
    assert run.stdout == ""
    assert "Traceback" not in run.stderr
    lines = run.stderr.strip().splitlines()
    assert len(lines) == 1, run.stderr
    assert lines[0].startswith("biengioi: ")
    for part in parts:
        assert part in lines[0], lines[0]


@pytest.fixture
def demo(program: Program) -> Program:
    program.add_source("bao", "http://127.0.0.1:9/")
    return program


def test_an_unknown_source_id(demo: Program) -> None:
    assert_one_sentence(demo.run("crawl", "boa"), 2, "There is no source 'boa'", "did you mean 'bao'?")


def test_a_missing_folder_of_sources(program: Program) -> None:
    run = program.run("--sources", "nirgends", "crawl")
    assert_one_sentence(run, 2, "nirgends", "not a folder of source files")


def test_a_missing_configuration_file(demo: Program) -> None:
    assert_one_sentence(demo.run("--config", "nirgends.toml", "crawl"), 2, "nirgends.toml", "cannot be read")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('id = "bao"\nname = "B"\nhomepage = "http://x.vn"\ndelay = 3', ("bao.toml", "delay", "unknown key")),
        ('id = "bao"\nname = "B"', ("bao.toml", "homepage", "missing")),
        ('id = "bao"\nname = 3\nhomepage = "http://x.vn"', ("bao.toml", "name", "must be text")),
        ("id = ", ("bao.toml", "not valid TOML")),
        ('id = "bao"\nname = "B"\nhomepage = "x.vn"', ("bao.toml", "not an http or https address")),
        (
            'id = "bao"\nname = "B"\nhomepage = "http://x.vn"\n[[seeds]]\nkind = "rss"\nurl = "http://x.vn/r"',
            ("bao.toml", "seeds[0].kind", "unknown value 'rss'"),
        ),
    ],
)
def test_an_invalid_source_file(demo: Program, text: str, parts: tuple[str, ...]) -> None:
    (demo.sources / "bao.toml").write_text(text, encoding="utf-8")
    assert_one_sentence(demo.run("crawl"), 2, *parts)
    assert not demo.db.exists()


def test_a_bad_date(demo: Program) -> None:
    assert_one_sentence(demo.run("crawl", "--since", "20/11/2026"), 2, "--since", "YYYY-MM-DD")
    assert_one_sentence(demo.run("list", "--until", "2026-13-01"), 2, "--until", "YYYY-MM-DD")


def test_a_misspelt_folder_or_file_is_no_service_without_papers_and_no_empty_collection(
    program: Program,
) -> None:
    (program.folder / "biengioi-demo.db").touch()
    assert_one_sentence(program.run("list"), 2, "biengioi.db", "another file with --db: biengioi-demo.db")
    for words in (("schedule", "--once"), ("crawl",)):
        assert_one_sentence(program.run("--sources", "surces", *words), 2, "surces: is not a folder")


def test_an_unknown_command_or_option(program: Program) -> None:
    assert_one_sentence(program.run("crawel"), 2, "'crawel'", "did you mean 'crawl'?")
    assert_one_sentence(program.run("crawl", "--hurry"), 2, "--hurry")


READING = [
    ["list"],
    ["show", "1"],
    ["runs"],
    ["explain", "http://x.vn/a"],
    ["forget", "1"],
    ["export", "corpus", "out"],
    ["backup", "kho"],
    ["verify"],
    ["maintain"],
]


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_no_database_yet(program: Program, arguments: list[str]) -> None:
    assert_one_sentence(program.run(*arguments), 2, "biengioi.db", "biengioi crawl")
    assert not program.db.exists()


@pytest.mark.parametrize("arguments", [*READING, ["crawl"], ["import", "one.txt"]], ids=" ".join)
@pytest.mark.parametrize("kind", ["folder", "text", "foreign"])
def test_what_is_not_our_database_is_left_alone(demo: Program, arguments: list[str], kind: str) -> None:
    (demo.folder / "one.txt").write_text("Một đoạn văn.", encoding="utf-8")
    before = make_wrong_database(demo.db, kind)
    assert_one_sentence(demo.run(*arguments), 2, "biengioi.db")
    if kind == "folder":
        assert list(demo.db.iterdir()) == []
    else:
        assert demo.db.read_bytes() == before
        assert sorted(path.name for path in demo.folder.glob("biengioi.db*")) == ["biengioi.db"]


def make_wrong_database(path: Path, kind: str) -> bytes:
    if kind == "folder":
        path.mkdir()
        return b""
    if kind == "text":
        path.write_text("đây không phải cơ sở dữ liệu " * 100, encoding="utf-8")
    else:
        conn = sqlite3.connect(path)
        conn.execute("CREATE TABLE notes (text)")
        conn.commit()
        conn.close()
    return path.read_bytes()


def test_nothing_under_an_id_is_exit_1(program: Program) -> None:
    (program.folder / "one.txt").write_text("Một đoạn văn.", encoding="utf-8")
    assert program.run("import", "one.txt").status == 0
    assert_one_sentence(program.run("show", "99"), 1, "99")
    assert_one_sentence(program.run("runs", "99"), 1, "99")
    assert_one_sentence(program.run("explain", "http://x.vn/a"), 1, "http://x.vn/a")
    assert_one_sentence(program.run("explain", "REJECTED"), 2, "'REJECTED' is no address of a page")
    assert_one_sentence(program.run("explain", "--reason", "of_topic"), 2, "did you mean 'off_topic'")


def test_a_malformed_import_names_the_file_and_imports_nothing(program: Program) -> None:
    good = "http://x.vn/a\n-----------------\nTiêu đề\n-----------------\nMột đoạn.\n-----------------\n"
    (program.folder / "good.txt").write_text(good, encoding="utf-8")
    (program.folder / "bad.txt").write_text(
        good.replace("Một đoạn.\n-----------------\n", ""), encoding="utf-8"
    )
    assert_one_sentence(program.run("import", "good.txt", "bad.txt"), 2, "bad.txt")
    assert not program.db.exists() or program.run("list", "--json").json == []


def test_a_topic_that_cannot_be_read(demo: Program) -> None:
    run = demo.run("crawl", BIENGIOI_TOPIC_FILE="nirgends.toml")
    assert_one_sentence(run, 2, "nirgends.toml")


def test_a_closed_pipe_makes_no_noise(program: Program) -> None:
    (program.folder / "one.txt").write_text("Một đoạn văn.", encoding="utf-8")
    program.run("import", "one.txt")
    listing = program.start("list")
    assert listing.stdout is not None
    listing.stdout.close()
    listing.wait(10)
    assert listing.stderr is not None
    assert listing.stderr.read() == ""


@pytest.mark.parametrize(
    ("number", "why"), [(str(2**63), "is not in the range"), ("9" * 5000, "is not a valid integer")]
)
@pytest.mark.parametrize(
    "command", ["show", "runs", "diff", "forget", "topic explain", "list --limit", "search hội --offset"]
)
def test_a_number_that_no_table_holds(demo: Program, command: str, number: str, why: str) -> None:
    assert_one_sentence(demo.run(*command.split(), number), 2, why)
