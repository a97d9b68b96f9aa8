"""Events on the command line: JSON lines in, JSON lines out; and measured."""

from __future__ import annotations

import json

from tests.biengioi.program import Program
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.biengioi.test_topic import write_lines

TITLE = "Lạng Sơn và Quảng Tây hội đàm về cửa khẩu thông minh"
TEXT = "Ngày 27/2, tại thành phố Lạng Sơn, Bí thư Tỉnh ủy Lạng Sơn Nông Văn Thử hội đàm với đoàn Trung Quốc."
ROW = {"id": 7, "title": TITLE, "text": TEXT, "date": "2024-02-28"}


def test_extract_gives_a_line_for_each_line(program: Program) -> None:
    rows = (
        ROW,
        {"id": "b", "title": None, "text": "Giá rau giảm nhẹ.", "date": None},
        {"id": None, "text": TEXT},
    )
    run = program.run("events", "extract", write_lines(program.folder, "in.jsonl", *rows))
    assert (run.status, run.stderr) == (0, "")
    first, second, third = map(json.loads, run.stdout.splitlines())
    assert [one["id"] for one in (first, second, third)] == [7, "b", None]
    (event,) = first["events"]
    assert {"kind", "status", "date", "date_end", "countries", "places", "people", "figures"} < set(event)
    assert "act" not in event
    assert (event["kind"], event["date"], event["places"]) == (
        "meeting",
        "2024-02-27",
        ["thành phố Lạng Sơn"],
    )
    assert event["people"] == [{"name": "Nông Văn Thử", "post": "Bí thư Tỉnh ủy Lạng Sơn", "side": "VN"}]
    assert second["events"] == []
    assert third["events"][0]["date"] == "--02-27"


def test_spans_and_bad_lines(program: Program) -> None:
    run = program.run("events", "extract", "--spans", write_lines(program.folder, "in.jsonl", ROW))
    event = json.loads(run.stdout)["events"][0]
    part, start, end = event["people"][0]["spans"][0]
    assert (part, TEXT[start:end]) == ("text", "Nông Văn Thử")
    bad = program.run("events", "extract", write_lines(program.folder, "bad.jsonl", ROW, {**ROW, "date": 5}))
    assert (bad.status, len(bad.stdout.splitlines()), len(bad.stderr.splitlines())) == (2, 1, 1)
    assert "line 2" in bad.stderr


def test_evaluate_measures_the_held_out_third_apart(program: Program) -> None:
    gold = [
        {"id": str(number), "events": [{**json.loads(_answer(program)), "kind": "meeting"}]}
        for number in range(6)
    ]
    texts = [{**ROW, "id": str(number)} for number in range(5)]
    names = write_lines(program.folder, "gold.jsonl", *gold), write_lines(program.folder, "t.jsonl", *texts)
    run = program.run("events", "evaluate", names[0], "--texts", names[1], "--json")
    assert run.status == 0
    assert "1 of 6 articles are left out" in run.stderr
    scores = run.json
    assert scores["missing"] == 1
    assert scores["all"]["articles"] == scores["held_out"]["articles"] + scores["rest"]["articles"] == 5
    assert scores["all"]["main_kind"] == scores["all"]["people"]["f1"] == 1.0
    table = program.run("events", "evaluate", names[0], "--texts", names[1])
    assert table.stdout.splitlines()[0].split("\t") == ["measure", "all", "held out", "rest"]
    nothing = program.run("events", "evaluate", names[0], "--texts", write_lines(program.folder, "e.jsonl"))
    assert_one_sentence(nothing, 2, "No text of the 6 articles", "--texts")


def _answer(program: Program) -> str:
    run = program.run("events", "extract", write_lines(program.folder, "one.jsonl", ROW))
    return json.dumps(json.loads(run.stdout)["events"][0])
