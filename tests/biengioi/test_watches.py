"""watches and alerts as their users see them: without a configuration, beside one, and with mistakes."""

from __future__ import annotations

from contextlib import closing

import pytest

from db.file.connection import write_transaction
from db.file.opening import open_database
from tests.biengioi.program import Program
from tests.db import messy

CONFIG = '[[alerts.watch]]\nname = "Lào"\nquery = "hợp tác"\ncountry = "LA"\ndigest = "weekly"\n'


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("watches"))
    with closing(open_database(program.db, create=True)) as conn, write_transaction(conn):
        messy.fill(conn, 60)
        conn.execute("UPDATE articles SET text = text || ' Hợp tác.' WHERE id % 3 = 0")
    return program


def test_a_watch_is_added_listed_and_removed_without_a_configuration(program: Program) -> None:
    added = program.run("watches", "add", "hợp  tác", "--name", "Cả ba nước", "--digest", "daily", "--json")
    assert (added.status, added.json["slug"], added.json["query"]) == (0, "ca-ba-nuoc", "hợp tác")
    assert (added.json["digest"], added.json["alert"], added.json["stands_in"]) == ("daily", True, "database")
    (listed,) = program.run("watches", "list", "--json").json
    assert listed["article_count"] == len(program.run("search", "hop tac", "--limit", "99", "--json").json)
    assert listed["article_count"] > 9
    assert listed["new_count"] == 0  # all were there before it
    assert listed["newest_at"]
    head, line = program.run("watches", "list").stdout.splitlines()
    assert head.startswith("name\tfinds\tarticles\tnew")
    assert line.split("\t")[:2] == ["Cả ba nước", "hợp tác"]
    assert program.run("watches", "remove", "cả ba nước").status == 0
    empty = program.run("watches", "list")
    assert "There is no watch" in empty.stderr


def test_those_of_the_configuration_stand_beside_and_say_where(program: Program) -> None:
    file = program.folder / "biengioi.toml"
    file.write_text(CONFIG, encoding="utf-8")
    try:
        program.run("watches", "add", "--country", "KH", "--no-alert")
        listed = program.run("watches", "list", "--json").json
        assert [(one["name"], one["stands_in"]) for one in listed] == [
            ("Lào", "configuration"),
            ("KH", "database"),
        ]
        assert listed[0]["new_count"] == listed[0]["article_count"]
        for words, says in (
            (("remove", "Lào"), "stands in biengioi.toml"),
            (("add", "lào", "--name", "LÀO"), "it stands in the configuration"),
        ):
            refused = program.run("watches", *words)
            assert (refused.status, says in refused.stderr) == (2, True)
    finally:
        file.unlink()
        program.run("watches", "remove", "KH")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Say what to watch"),
        (("--", "-chợ"), "The query says only what to leave out"),
        (('"', "--country", "LA"), "The query has no word"),
        (("chợ", "--place", "lang-sonn"), "did you mean 'lang-son'?"),
        (("chợ", "--source", "khong-co"), "There is no source 'khong-co'"),
        (("chợ", "--name", " "), "A watch needs a name"),
        (("chợ", "--name", "x" * 200), "may have 120 characters"),
        (("chợ", "--digest", "hourly"), "hourly"),
    ],
)
def test_a_mistake_is_one_sentence(program: Program, words: tuple[str, ...], says: str) -> None:
    refused = program.run("watches", "add", *words)
    assert refused.status == 2
    assert says in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert program.run("watches", "list", "--json").json == []


def test_a_test_alert_goes_through_every_channel(program: Program) -> None:
    file = program.folder / "biengioi.toml"
    nobody = '[alerts.smtp]\nhost = "127.0.0.1"\nport = 9\nsender = "a@x.vn"\nto = ["b@x.vn"]\n'
    file.write_text(f'language = "vi"\n[alerts]\ncommand = ["tee", "told.txt"]\n{nobody}', encoding="utf-8")
    try:
        done = program.run("alerts", "test")
        assert done.status == 1
        assert done.stdout.splitlines()[0] == "command: it took the message"
        assert done.stdout.splitlines()[1].startswith("mail: the mail server could not be used")
        assert "Kênh này hoạt động" in (program.folder / "told.txt").read_text(encoding="utf-8")
        answers = program.run("alerts", "test", "--json").json
        assert [(one["channel"], one["is_taken"]) for one in answers] == [("command", True), ("mail", False)]
        file.write_text('[alerts]\ncommand = ["cat"]\n', encoding="utf-8")
        assert program.run("alerts", "test").status == 0
    finally:
        file.unlink()
    refused = program.run("alerts", "test")
    assert (refused.status, len(refused.stderr.splitlines())) == (2, 1)


def test_status_tells_findings_in_the_language_of_the_configuration(program: Program) -> None:
    with closing(open_database(program.db)) as conn, write_transaction(conn):
        conn.execute(
            "INSERT INTO findings (kind, severity, opened_at, seen_at, evidence, advice, facts) VALUES"
            " ('offline', 'error', '2026-11-20T02:00:00Z', '2026-11-20T02:00:00Z', '3 of 4', 'Look.',"
            """ '{"evidence": [{"key": "evidence.offline", "values": {"count": 3, "all": 4}}],"""
            """ "advice": [{"key": "advice.offline", "values": {}}]}')"""
        )
    assert "3 trong 4 nguồn không kết nối được" in program.run("status", BIENGIOI_LANGUAGE="vi").stdout
    english = program.run("status").stdout
    assert "3 of 4 sources could not be reached" in english
    assert program.run("status", "--json").json["findings"][0]["evidence"] == "3 of 4"
