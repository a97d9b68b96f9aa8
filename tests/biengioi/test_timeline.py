"""timeline, top and orders as their users see them: in a pipe, as JSON, with wrong input."""

from __future__ import annotations

from contextlib import closing

import pytest

from db.file.connection import write_transaction
from db.file.opening import open_database
from tests.biengioi.program import Program
from tests.db import messy


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("timeline"))
    with closing(open_database(program.db, create=True)) as conn, write_transaction(conn):
        messy.fill(conn, 60)
        conn.execute("UPDATE articles SET text = text || ' Hợp tác.' WHERE id % 3 = 0")
    return program


def test_a_timeline_counts_what_the_list_counts(program: Program) -> None:
    document = program.run("timeline", "hop tac", "ban tin", "--by", "month", "--json").json
    assert document["by"] == "month"
    assert [one["query"] for one in document["queries"]] == ["hop tac", "ban tin"]
    for bucket in document["buckets"]:
        days = ("--since", bucket["since"], "--until", bucket["until"])
        rows = program.run("search", "hop tac", *days, "--limit", "1000", "--json").json
        assert bucket["counts"][0] == len(rows)
        assert bucket["shares"][0] == pytest.approx(
            len(rows) / bucket["kept_count"] if bucket["kept_count"] else 0, abs=1e-5
        )
        if bucket["counts"][0] and len(rows) < 3:
            break
    for one, number in zip(document["queries"], (0, 1), strict=True):
        shown = sum(bucket["counts"][number] for bucket in document["buckets"])
        assert shown + one["undated_count"] + one["earlier_count"] == one["article_count"]


def test_in_a_pipe_a_timeline_is_lines(program: Program) -> None:
    done = program.run("timeline", "hop tac", "--by", "month", "--normalised")
    head, *lines = done.stdout.splitlines()
    assert head.split("\t") == ["month", "hop tac", "all"]
    assert lines[-1].split("\t")[0] == "2026-11"
    assert all(line.split("\t")[1].endswith("%") for line in lines)
    assert "without a date are in no row" in done.stderr


def test_top_says_of_how_many(program: Program) -> None:
    document = program.run("top", "hop", "tac", "--json").json
    assert document["article_count"] == document["read_count"] == 17
    assert set(document) >= {"words", "places", "sources", "authors"}
    assert "of the result and in" in program.run("top", "--country", "LA").stderr


def test_where_nothing_stands_out_that_is_said(program: Program) -> None:
    done = program.run("top", "hop", "OR", "tac", "OR", "ban", "--copies")
    rows = done.stdout.splitlines()[1:]
    assert ("Nothing stands out" in done.stderr) is (not rows)
    whole = program.run("top", "--copies")  # all against none
    assert whole.stdout.splitlines()[1:] == []
    assert "Nothing stands out" in whole.stderr


def test_lists_and_searches_have_the_oldest_first(program: Program) -> None:
    for command in (["list"], ["search", "hop tac"]):
        newest, oldest = (
            [row["id"] for row in program.run(*command, "--order", order, "--limit", "99", "--json").json]
            for order in ("newest", "oldest")
        )
        assert len(newest) > 10
        assert oldest == newest[::-1]


def test_nothing_found_says_why(program: Program) -> None:
    for command in ("timeline", "top"):
        done = program.run(command, "khong-he-co", "--country", "LA")
        assert (done.status, len(done.stdout.splitlines())) == (0, 1)  # the names of the columns
        assert done.stderr.strip() == "None of 60 articles matches khong-he-co --country LA."


@pytest.mark.parametrize(
    "arguments",
    [("timeline", "a", "b", "c", "d"), ("timeline", "-- -x"), ("timeline", "--by", "year"), ("top", "()")],
)
def test_what_cannot_be_counted_is_one_sentence(program: Program, arguments: tuple[str, ...]) -> None:
    done = program.run(*arguments)
    assert done.status == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
