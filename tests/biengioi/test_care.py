"""What is somebody's is not taken away, and what is empty or wrong says why."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from db.collection import Collection
from db.export.export import FORMATS
from db.file.access import is_in_use
from db.file.opening import open_database
from tests.biengioi.program import Program
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.db.export.test_corpus import record


@pytest.fixture
def filled(program: Program) -> Program:
    return filled_with_three(program, "bao")


def filled_with_three(program: Program, source_id: str) -> Program:
    """Import three articles and declare a source that cannot be reached."""
    for number in range(3):
        (program.folder / f"{number}.txt").write_bytes(record(number, url=f"https://bao.example/{number}"))
    with Collection.open(program.db, create=True) as collection:
        collection.import_paths([program.folder / f"{number}.txt" for number in range(3)])
    program.add_source(source_id, "http://127.0.0.1:9/")
    return program


@pytest.mark.parametrize("layout", FORMATS)
def test_an_export_replaces_only_what_an_export_wrote(filled: Program, layout: str) -> None:
    mine = filled.folder / "mine"
    mine.write_text("quan trọng\n", encoding="utf-8")
    assert_one_sentence(filled.run("export", layout, "mine"), 2, "mine", "--force")
    assert mine.read_text("utf-8") == "quan trọng\n"
    assert filled.run("export", layout, "mine", "--force").status == 0
    assert filled.run("export", layout, "mine").status == 0  # its own
    mine.write_bytes(b"")
    assert filled.run("export", layout, "mine").status == 0


def test_a_table_that_somebody_has_worked_on_is_not_replaced(filled: Program) -> None:
    table = filled.folder / "table.csv"
    assert filled.run("export", "csv", "table.csv").status == 0
    head, rest = table.read_bytes().split(b"\r\n", 1)
    table.write_bytes(head + b",nhan xet\r\n" + rest)
    assert_one_sentence(filled.run("export", "csv", "table.csv"), 2, "table.csv")
    assert b"nhan xet" in table.read_bytes()


@pytest.mark.parametrize(
    "command", ["export csv link", "export corpus link", "sources export link --format csv"]
)
def test_an_export_follows_no_link(filled: Program, command: str) -> None:
    target = filled.folder / "there"
    (filled.folder / "link").symlink_to(target)
    assert_one_sentence(filled.run(*command.split()), 2, "link is a link", "--force")
    assert not os.path.lexists(target)
    if "corpus" in command:
        target.mkdir()
    assert filled.run(*command.split(), "--force").status == 0
    assert (filled.folder / "link").is_symlink()
    assert target.exists()


def test_lists_of_sources_replace_only_such_lists(filled: Program) -> None:
    for name in ("nguon.csv", "nguon.opml"):
        (filled.folder / name).write_text("của tôi", encoding="utf-8")
        assert_one_sentence(filled.run("sources", "export", name), 2, name)
        assert filled.run("sources", "export", name, "--force").status == 0
        assert filled.run("sources", "export", name).status == 0


def test_a_database_that_is_open_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(open_database(path, create=True)) as conn:
        conn.execute("SELECT count(*) FROM articles").fetchone()
        assert is_in_use(path)
    assert not is_in_use(path)


def test_a_second_demo_leaves_the_first_one_its_database(program: Program) -> None:
    database = program.folder / "biengioi-demo.db"
    with Collection.open(database, create=True) as collection:
        assert collection.counts()["article_count"] == 0
        before = database.stat().st_ino
        assert_one_sentence(program.run("demo", "--no-serve"), 2, "biengioi-demo.db is in use", "--db")
        assert collection.counts()["article_count"] == 0
    assert database.stat().st_ino == before


@pytest.mark.parametrize(
    "command",
    [
        "crawl ba",
        "list --source ba",
        "search x --source ba",
        "stats --source ba",
        "export csv out --source ba",
    ]
    + [f"sources {name} ba" for name in ("show", "check", "enable", "disable")],
)
def test_an_unknown_source_is_the_same_everywhere(filled: Program, command: str) -> None:
    assert_one_sentence(filled.run(*command.split()), 2, "There is no source 'ba'; did you mean 'bao'?")
    assert not (filled.folder / "out").exists()


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("list --country LA", "None of 3 articles matches --country LA."),
        ("list --source bao", "None of 3 articles matches --source bao."),
        ("list --offset 7", "There are only 3; lower --offset 7."),
        ("search tàu ngầm --grade core", "None of 3 articles matches tàu ngầm --grade core."),
        ("stats --since 2031-01-01", "None of 3 articles matches --since 2031-01-01."),
        ("export csv out --until 1999-01-01", "None of 3 articles matches --until 1999-01-01."),
        ("runs", "No crawl so far; `biengioi crawl` makes one."),
    ],
)
def test_an_empty_answer_says_why(filled: Program, command: str, why: str) -> None:
    run = filled.run(*command.split())
    assert run.status == 0
    assert why in run.stderr


def test_an_empty_collection_says_how_to_fill_it(program: Program) -> None:
    with Collection.open(program.db, create=True):
        pass
    run = program.run("list", "--json")
    assert (run.status, run.json) == (0, [])
    assert "`biengioi crawl`" in run.stderr


def test_status_works_beside_a_broken_configuration(filled: Program) -> None:
    (filled.folder / "biengioi.toml").write_text("[crawl]\nmax_pages = -1\n", encoding="utf-8")
    assert_one_sentence(filled.run("list"), 2, "biengioi.toml: crawl.max_pages: must be from 0")
    run = filled.run("status")
    assert run.status == 1
    assert "configuration: biengioi.toml: crawl.max_pages: must be from 0" in run.stdout
    assert "database: " in run.stdout
    assert "crawl.max_pages" in filled.run("status", "--json").json["configuration"]["problem"]


def test_an_unknown_variable_is_a_warning(filled: Program) -> None:
    run = filled.run("list", "--json", BIENGIOI_CRAWL_MAX_PAGE="3")
    assert len(json.loads(run.stdout)) == 3
    assert (
        run.stderr.count("BIENGIOI_CRAWL_MAX_PAGE sets nothing; did you mean BIENGIOI_CRAWL_MAX_PAGES?") == 1
    )
