"""list, show, stats and diff as their users see them: in a pipe, as JSON, on a terminal."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from contextlib import closing
from typing import Any

import pytest

from db.file.opening import open_database
from tests.biengioi.program import Program
from tests.db import messy

LEAD = "Sáng 20/11, hai bên gặp nhau ở cửa khẩu Trà Lĩnh."
BEFORE = f"{LEAD}\nCó 12 xe hàng đi qua.\nHai bên hẹn gặp lại."
NOW = f"{LEAD}\nCó 15 xe hàng đi qua.\nHai bên hẹn gặp lại."


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A collection of six articles: 1 was revised, 3 and 4 repeat 2, 6 has no date."""
    program = Program(tmp_path_factory.mktemp("inspect"))
    conn = open_database(program.db, create=True)
    messy.add_source(conn)
    minute = {"published_at": "2026-11-20T01:30:00Z", "published_precision": "minute"}
    month = {"published_at": "2026-09", "published_precision": "month"}
    about = {"countries": '["CN"]', "places": '["tra-linh-gate"]', "fields": '["meetings"]'}
    messy.insert(conn, **minute, **about, lead=LEAD, text=NOW, title="Gặp gỡ lần hai", topic_grade="core")
    conn.execute(
        "INSERT INTO revisions (article_id, number, title, lead, text, content_hash, seen_at)"
        " VALUES (1, 1, 'Gặp gỡ lần đầu', ?, ?, 'x', '2026-11-20T02:00:00Z')",
        (LEAD, BEFORE),
    )
    messy.insert(conn, **month, countries='["LA"]', title="Bản gốc\x1b[31m")
    messy.insert(conn, **month, duplicate_of=2, title="Bản chép một", source_id="bao-hai")
    messy.insert(conn, **minute, duplicate_of=2, title="Bản chép hai", source_id="bao-hai")
    messy.insert(conn, **month)
    messy.insert(conn)
    conn.close()
    return program


def on_a_terminal(program: Program, *arguments: str) -> str:
    """What a command shows on a terminal, stderr included."""
    ours, theirs = os.openpty()
    environment = program.environment(COLUMNS="100", TERM="xterm-256color")
    with subprocess.Popen(
        program.argv(*arguments), cwd=program.folder, env=environment, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # Linux: the last one who writes has closed
            pass
        assert process.wait(60) == 0
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def plain(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


def test_a_list_is_paged_and_leaves_copies_out_unless_asked(program: Program) -> None:
    def ids(*options: str) -> list[int]:
        return [row["id"] for row in program.run("list", "--json", *options).json]

    assert ids() == [1, 5, 2, 6]
    assert ids("--copies") == [4, 1, 5, 3, 2, 6]
    assert ids("--limit", "2", "--offset", "1") == [5, 2]
    assert ids("--place", "tra-linh-gate", "--field", "meetings", "--copies") == [1]
    assert ids("--offset", "9") == []


def test_a_terminal_is_told_what_comes_next(program: Program) -> None:
    assert on_a_terminal(program, "list", "--limit", "2").splitlines()[-1] == "2 of 4; next: --offset 2"
    last = on_a_terminal(program, "list", "--limit", "2", "--offset", "2", "--copies").splitlines()[-1]
    assert last == "3 to 4 of 6; next: --offset 4"
    assert on_a_terminal(program, "list", "--offset", "2").splitlines()[-1] == "3 to 4 of 4"
    assert (
        on_a_terminal(program, "list", "--offset", "7").splitlines()[-1]
        == "There are only 4; lower --offset 7."
    )
    assert " of " not in program.run("list", "--limit", "2").stderr


def test_statistics_in_a_pipe_are_one_line_each(program: Program) -> None:
    lines = program.run("stats").stdout.splitlines()
    assert lines[0] == "by\tid\tname\tarticles"
    assert set(lines[1:]) == {
        "sources\tbao-thu\tBáo bao-thu\t4",
        "months\t\twithout a date\t1",
        "months\t2026-09\t2026-09\t2",
        "months\t2026-11\t2026-11\t1",
        "countries\tCN\tTrung Quốc\t1",
        "countries\tLA\tLào\t1",
        "places\ttra-linh-gate\tTrà Lĩnh\t1",
        "fields\tmeetings\tmeetings\t1",
        "grades\tcore\tcore\t1",
    }


def test_statistics_as_json(program: Program) -> None:
    document = program.run("stats", "--json").json
    assert list(document) == [
        "article_count", "copy_count", "sources", "months", "countries", "places", "fields", "grades",
        "event_count", "event_kinds",
    ]  # fmt: skip
    assert (document["article_count"], document["copy_count"]) == (4, 2)
    assert document["places"] == [{"id": "tra-linh-gate", "name": "Trà Lĩnh", "article_count": 1}]
    assert program.run("stats", "--json", "--copies", "--source", "bao-hai").json["article_count"] == 2


def test_statistics_on_a_terminal_are_charts_without_gaps(program: Program) -> None:
    shown = plain(on_a_terminal(program, "stats"))
    assert shown.startswith("4 articles; 2 more repeat another one\n")
    september, october, november = re.findall(r"^  2026-\d\d +(█*) (\d+)$", shown, re.MULTILINE)
    assert (october, november[1]) == (("", "0"), "1")
    assert len(september[0]) == 2 * len(november[0]) > 20
    assert "months (the others, 1, with --json)" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_no_article_is_no_chart(program: Program) -> None:
    assert plain(on_a_terminal(program, "stats", "--country", "KH")).strip() == (
        "None of 6 articles matches --country KH.\n0 articles; 0 more repeat another one"
    )


def test_a_diff_in_a_pipe_marks_words_as_git_does(program: Program) -> None:
    assert program.run("diff", "1").stdout.splitlines() == [
        "Article 1: version 1 (2026-11-20 09:00) → version 2 (2026-11-20 09:00)",
        "",
        "title",
        "Gặp gỡ lần [-đầu-]{+hai+}",
        "",
        "text",
        LEAD,
        "Có [-12-]{+15+} xe hàng đi qua.",
        "Hai bên hẹn gặp lại.",
    ]


def test_a_diff_can_go_back(program: Program) -> None:
    assert "Gặp gỡ lần [-hai-]{+đầu+}" in program.run("diff", "1", "--rev", "2", "1").stdout


def test_a_diff_as_json_is_the_whole_text(program: Program) -> None:
    document = program.run("diff", "1", "--json").json
    assert document["from"] == {"number": 1, "seen_at": "2026-11-20T02:00:00Z", "kind": "edited"}
    assert list(document["fields"]) == ["title", "lead", "text"]
    text = document["fields"]["text"]
    assert "".join(one["text"] for one in text if one["op"] != "insert") == BEFORE
    assert "".join(one["text"] for one in text if one["op"] != "delete") == NOW


def test_a_diff_on_a_terminal_is_coloured(program: Program) -> None:
    shown = on_a_terminal(program, "diff", "1")
    assert re.search(r"\x1b\[[0-9;]*31[0-9;]*m(\x1b\[[0-9;]*m)*12\x1b\[0m", shown)
    assert "[-" not in shown
    assert "Có 1215 xe hàng đi qua." in plain(shown)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["diff", "2"], "Article 2 has not changed since it was first seen."),
        (["diff", "1", "--rev", "1", "3"], "Article 1 has no version 3; it has 1, 2."),
        (["diff", "99"], "There is no article 99; `biengioi list` shows what there is."),
        (["show", "99"], "There is no article 99; `biengioi list` shows what there is."),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(
    program: Program, arguments: list[str], sentence: str
) -> None:
    run = program.run(*arguments)
    assert (run.status, run.stdout, run.stderr) == (1, "", f"biengioi: {sentence}\n")


def test_a_copy_shows_the_original_and_the_other_copies(program: Program) -> None:
    others = program.run("show", "3", "--json").json["duplicates"]
    assert [(one["id"], one["duplicate_of"]) for one in others] == [(2, None), (4, 2)]
    shown = program.run("show", "3").stdout
    assert "  2  2026-09  bao-thu  Bản gốc [31m  (the original)\n" in shown
    assert "  4  2026-11-20 08:30  bao-hai  Bản chép hai\n" in shown


def test_places_are_shown_by_name_and_id_and_earlier_versions_lead_to_the_diff(program: Program) -> None:
    shown = program.run("show", "1").stdout
    assert "Trung Quốc (CN), Trà Lĩnh (tra-linh-gate)" in shown
    assert "Earlier versions (biengioi diff 1 shows what changed)" in shown
    assert "  1  2026-11-20 09:00  Gặp gỡ lần đầu" in shown


def test_the_views_work_in_any_sqlite(program: Program) -> None:
    with closing(sqlite3.connect(f"file:{program.db}?mode=ro", uri=True)) as conn:

        def ask(sql: str) -> list[Any]:
            return conn.execute(sql).fetchall()

        assert ask("SELECT * FROM articles_by_month") == [
            ("2026-11", "bao-thu", 1),
            ("2026-09", "bao-thu", 2),
            ("", "bao-thu", 1),
        ]
        assert [row[0] for row in ask("SELECT * FROM latest")] == [1, 5, 2, 6]
        newest = ask("SELECT published, source, countries FROM latest LIMIT 1")
        assert newest == [("2026-11-20 08:30", "Báo bao-thu", "CN")]
        health = ask(
            "SELECT newest_published_at, pending_count FROM source_health WHERE name = 'Báo bao-hai'"
        )
        assert health == [("2026-11-20T01:30:00Z", 0)]


def test_a_merged_province_is_found_by_either_name_and_shown_in_either_division(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    program = Program(tmp_path_factory.mktemp("division"))
    with closing(open_database(program.db, create=True)) as conn:
        messy.add_source(conn)
        for year, place in (("2023", "ha-giang"), ("2026", "tuyen-quang")):
            messy.insert(
                conn,
                title=year,
                published_at=f"{year}-05-01T01:30:00Z",
                published_precision="minute",
                places=f'["{place}"]',
                evidence=f'[{{"id": "{place}", "sentence": "Cửa khẩu Thanh Thủy.", "words": "Thanh Thủy",'
                ' "derived_from": "thanh-thuy-ha-giang-gate"}]',
            )
        conn.commit()
    for place in ("ha-giang", "tuyen-quang"):
        assert [row["title"] for row in program.run("list", "--place", place, "--json").json] == [
            "2026",
            "2023",
        ]
    for division, expected in (("former", "ha-giang"), ("merged", "tuyen-quang")):
        rows = program.run("list", "--json", "--division", division).json
        assert [row["places"] for row in rows] == [[expected]] * 2
        (counted,) = program.run("stats", "--json", "--division", division).json["places"]
        assert (counted["id"], counted["article_count"]) == (expected, 2)
    assert [row["places"] for row in program.run("list", "--json").json] == [["tuyen-quang"], ["ha-giang"]]
    assert "Hà Giang (follows from Thanh Thủy): Cửa khẩu Thanh Thủy." in program.run("show", "1").stdout


def test_two_texts_are_compared_by_number_or_file(program: Program) -> None:
    (program.folder / "bai.txt").write_text(NOW, encoding="utf-8")
    shown = program.run("compare", "1", "bai.txt", "--json").json
    assert (shown["relation"], shown["differs"]) == ("same", [])
    assert shown["words"]["a"] == shown["words"]["b"] == shown["shared"]
    assert "fewer than 40 words" in program.run("compare", "1", "2").stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [("999", "no article 999"), ("khong-co.txt", "neither the number"), ("anh.jpg", "UTF-8")],
)
def test_what_cannot_be_compared_is_said(program: Program, name: str, said: str) -> None:
    (program.folder / "anh.jpg").write_bytes(b"\xff\xd8\xff\xe0" * 40)
    done = program.run("compare", "1", name)
    assert done.status in (1, 2)
    assert said in done.stderr
