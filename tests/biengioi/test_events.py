"""events, people, threads and their exports as users run them: in a pipe, as JSON, with wrong input."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from biengioi.output import local_time
from db.file.opening import open_database
from tests.biengioi.program import Program
from tests.db.events.conftest import filled
from tests.db.events.test_door import acts

TEXT = (
    "Chiều 16/5/2024, tại cửa khẩu Tà Lùng, Chủ tịch UBND tỉnh Cao Bằng Lường Văn Khoan hội đàm với Bí thư"
    " Thành ủy Sùng Tả (Trung Quốc) Trương Lục Bình về phối hợp quản lý biên giới. Hai bên ký bản ghi nhớ,"
    " thống nhất duy trì đường dây nóng và luân phiên tổ chức gặp gỡ hằng quý ở khu vực biên giới."
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("events"))
    with closing(open_database(program.db, create=True)) as conn:
        filled(conn, [one for some in acts()[:4] for one in some])
    return program


def test_a_list_in_a_pipe_is_lines_and_says_what_waits(program: Program) -> None:
    done = program.run("events", "--place", "ta-lung-gate")
    head, *lines = done.stdout.splitlines()
    assert head.split("\t") == ["id", "date", "kind", "with", "where", "reports", "title"]
    assert [line.split("\t")[2] for line in lines] == [
        "meeting",
        "infrastructure",
        "infrastructure (planned)",
    ]
    assert "are not read by the present rules" in done.stderr
    rows = program.run("events", "--place", "ta-lung-gate", "--json").json
    assert [str(row["id"]) for row in rows] == [line.split("\t")[0] for line in lines]


def test_where_nothing_matches_that_is_said(program: Program) -> None:
    done = program.run("events", "--kind", "patrol")
    assert (done.status, len(done.stdout.splitlines())) == (0, 1)
    assert "None of 4 events matches." in done.stderr


def test_one_event_one_person_and_one_thread_are_shown(program: Program) -> None:
    meeting = program.run("events", "--kind", "meeting", "--json").json[0]["id"]
    shown = program.run("events", "show", str(meeting)).stdout
    assert "people, đại biểu: 38 “M” [1]; 40 “M” [2]  — the reports differ" in shown
    assert "Trương Lục Bình (CN): Bí thư [1, 2]" in shown
    assert program.run("events", "show", str(meeting), "--json").json["report_count"] == 2
    assert "met\n  Trương Lục Bình (CN), Bí thư: 1" in program.run("people", "luong van khoan").stdout
    assert program.run("people", "khoan", "--json").json[0]["event_count"] == 3
    thread = program.run("threads", "--json").json[0]
    lines = program.run("threads", str(thread["id"])).stdout.splitlines()
    assert ["proposed" in lines[1], "opened" in lines[2]] == [True, True]
    assert program.run("threads", str(thread["id"]), "--json").json["event_count"] == 2


def test_a_correction_is_kept_and_taken_back(program: Program) -> None:
    event = program.run("events", "--kind", "aid", "--json").json[0]["id"]
    assert (
        "aid, held, 2022-02-03; 1 report."
        in program.run("events", "fix", str(event), "date", "2022-02-03").stdout
    )
    said = program.run("events", "show", str(event)).stdout.splitlines()[-1]
    (correction,) = program.run("events", "show", str(event), "--json").json["corrections"]
    assert said.startswith(f"  {local_time(correction['said_at'])}: date 2022-02-03")
    assert program.run("events", "fix", str(event), "drop", "--json").json == {"event_ids": [event]}
    assert program.run("events", "--kind", "aid", "--json").json == []
    assert program.run("events", "--dropped", "--json").json[0]["id"] == event
    assert program.run("events", "fix", str(event), "--undo").status == 0
    assert program.run("events", "--kind", "aid", "--json").json[0]["date_start"] == "2022-02-03"
    assert program.run("events", "fix", str(event), "--undo").status == 0
    assert program.run("events", "--kind", "aid", "--json").json[0]["date_start"] is None


@pytest.mark.parametrize(
    ("call", "status", "said"),
    [
        (("events", "show", "99"), 1, "There is no event 99"),
        (("events", "fix", "99", "drop"), 1, "There is no event 99"),
        (("events", "fix", "1"), 2, "Say what is to be corrected"),
        (("events", "fix", "1", "kind", "--undo"), 2, "Say what is to be corrected"),
        (("events", "fix", "1", "kind"), 2, "takes a value"),
        (("events", "fix", "1", "drop", "now"), 2, "takes no value"),
        (("events", "fix", "1", "kind", "meting"), 2, "did you mean 'meeting'"),
        (("events", "fix", "1", "join", "x"), 2, "is no ID"),
        (("events", "fix", "1", "date", "gestern"), 2, "is no date"),
        (("events", "--kind", "feast"), 2, "feast"),
        (("people", "Nobody"), 1, "No event names"),
        (("threads", "99"), 1, "There is no thread 99"),
        (("export", "events", "x.doc"), 2, "does not say in which format"),
        (("export", "figures", "x.ics"), 2, "no calendar"),
        (("export", "events", "-", "--format", "csv", "--json"), 2, "stdout holds the numbers"),
    ],
)
def test_mistakes_are_one_sentence(program: Program, call: tuple[str, ...], status: int, said: str) -> None:
    done = program.run(*call)
    assert (done.status, done.stdout) == (status, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_exports_name_what_they_wrote_and_never_replace_a_strange_file(program: Program) -> None:
    done = program.run("export", "events", "all.ics", "--json").json
    assert (done["format"], done["count"], done["left_out"]) == ("ics", 2, 2)
    assert program.run("export", "events", "all.ics").status == 0  # its own
    assert "4 events in all.csv." in program.run("export", "events", "all.csv").stdout
    assert program.run("export", "events", "all.csv", "--format", "jsonl").status == 2
    lines = program.run("export", "figures", "-", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["value"] for line in lines] == [38, 40]


def test_a_release_is_the_same_bytes_each_time_and_says_what_changed(program: Program) -> None:
    def files(name: str) -> dict[str, bytes]:
        return {one.name: one.read_bytes() for one in (program.folder / name).rglob("*") if one.is_file()}

    first = program.run("export", "release", "one", "--json").json
    assert (first["is_new"], first["before"], first["rows"]["events"]) == (True, None, 4)
    assert program.run("export", "release", "two").status == 0
    assert files("one") == files("two")
    assert "as it was" in program.run("export", "release", "one").stdout
    assert files("one") == files("two")
    done = program.run("export", "release", "texts", "--with-text", "--since-release", "one", "--json").json
    assert (done["before"], done["rows"]) == (first["version"], first["rows"])
    assert b"lead,text" in files("texts")["articles.csv"].splitlines()[0]
    assert f"Against {first['version']}:" in files("texts")["CHANGES.md"].decode()
    (program.folder / "two" / "data" / "events.csv").write_text("mine", encoding="utf-8")
    done = program.run("export", "release", "two")
    assert (done.status, "data/events.csv" in done.stderr) == (2, True)


def test_imported_texts_are_read_at_once_and_rebuilt_by_word_of_command(tmp_path: Path) -> None:
    program = Program(tmp_path)
    parts = ("https://bao.example/1.html", "Cao Bằng và Sùng Tả hội đàm tại Tà Lùng", TEXT)
    record = "".join(f"{part}\n{'-' * 17}\n" for part in parts)
    (tmp_path / "0.txt").write_text(record, encoding="utf-8")
    assert program.run("import", "0.txt").status == 0
    (event,) = program.run("events", "--json").json
    assert (event["kind"], event["date_start"], event["countries"]) == ("meeting", "2024-05-16", ["CN"])
    done = program.run("events", "rebuild", "--json").json
    assert (done["article_count"], done["event_count"]) == (0, 1)
    done = program.run("events", "rebuild", "--all", "--json").json
    assert (done["article_count"], done["added"], done["removed"], done["changed"]) == (1, 0, 0, 0)
    assert program.run("stats", "--json").json["event_count"] == 1
    assert program.run("forget", "1").status == 0
    assert program.run("events", "--json").json == []
    assert program.run("verify").status == 0
