"""`biengioi search` as its users run it."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess

import pytest

from tests.articles import make_article
from tests.biengioi.program import Program
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.db.world import World


@pytest.fixture
def filled(program: Program) -> Program:
    """Seven articles of seven border gates; one has a control character in its title."""
    world = World(program.folder)

    async def scenario() -> None:
        async with world.crawl() as crawl:
            for number in range(6):
                await crawl.keep(make_article(number))
            await crawl.keep(make_article(6, title="Cầu \x1b[31m đỏ \x1b[0m qua sông Thia"))

    asyncio.run(scenario())
    world.path.rename(program.db)
    return program


@pytest.mark.parametrize("query", [["cua khau na suong"], ["Cửa", "khẩu", "Nà", "Sương"], ['"NÀ SƯƠNG"']])
def test_json_is_an_array_of_rows_with_snippets(filled: Program, query: list[str]) -> None:
    run = filled.run("search", *query, "--json")
    assert run.status == 0
    (row,) = run.json
    assert row["countries"] == ["CN"]
    shown = [row["snippet"][start:end] for start, end in row["highlights"]]
    assert any("Nà Sương" in one for one in shown)
    assert [row["title"][start:end] for start, end in row["title_highlights"]]
    assert run.stderr == "Articles 1 to 1 of 1.\n"


def test_a_pipe_gets_lines_and_the_rest_is_said_on_stderr(filled: Program) -> None:
    run = filled.run("search", "duong day nong", "--limit", "3", "--order", "newest")
    header, *lines = run.stdout.splitlines()
    assert header.split("\t") == ["id", "published", "source", "grade", "title", "snippet"]
    assert [len(line.split("\t")) for line in lines] == [6, 6, 6]
    assert "\x1b" not in run.stdout
    assert run.stderr == "Articles 1 to 3 of more that match; --offset 3 shows the next.\n"
    rest = filled.run("search", "duong day nong", "--offset", "3", "--order", "newest")
    ids = [line.split("\t")[0] for line in (*lines, *rest.stdout.splitlines()[1:])]
    assert sorted(ids) == list("1234567")
    assert rest.stderr == "Articles 4 to 7 of 7.\n"


def test_on_a_terminal_the_words_stand_out_and_nothing_else_is_obeyed(filled: Program) -> None:
    parent, terminal = pty.openpty()
    subprocess.run(
        filled.argv("search", "cau", "do"),
        cwd=filled.folder,
        env=filled.environment(TERM="xterm"),
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )
    printed = os.read(parent, 100_000).decode()
    os.close(terminal)
    os.close(parent)
    assert "\x1b[33m\x1b[1mCầu\x1b[0m" in printed
    assert "\x1b[31m" not in printed


def test_filters_narrow_a_search(filled: Program) -> None:
    assert filled.run("search", "cửa khẩu", "--country", "LA", "--json").json == []
    run = filled.run("search", "cửa khẩu", "--since", "2026-11-21")
    assert (run.status, run.stderr) == (0, "None of 7 articles matches cửa khẩu --since 2026-11-21.\n")
    assert (
        len(filled.run("search", "đường dây", "--source", "bao-thu", "--grade", "core", "--json").json) == 7
    )


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("", "no word to look for"),
        ('"(*', "no word to look for"),
        ("NOT ao", "only what to leave out"),
        ("k*", "give at least 2 letters"),
        ("ao " * 40, "more than 32 words"),
    ],
)
def test_what_is_no_query_is_answered_in_a_sentence(filled: Program, query: str, part: str) -> None:
    assert_one_sentence(filled.run("search", query), 2, part)
