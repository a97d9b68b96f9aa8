"""Topics on the command line: scoring, explaining, measuring, choosing articles, judging all again."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.topic.topic import Topic
from spiders.demo.newspapers import Newspapers
from tests.articles import make_article
from tests.biengioi.program import Program, Run
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.db.world import World

TITLE = "Lạng Sơn và Quảng Tây hội đàm về cửa khẩu thông minh"
LEAD = "Hai bên thống nhất nâng cấp cặp cửa khẩu Hữu Nghị - Hữu Nghị Quan, phía bạn là Trung Quốc."
TEXT = f"{LEAD}\nĐồn biên phòng hai nước tiếp tục tuần tra song phương trên biên giới."
DULL = "Giá rau ở chợ đầu mối giảm nhẹ sau lễ, tiểu thương cho biết."

ONLY_NEWS_OF_SHIPS = """
name = "ships"
[terms.ships]
phrases = ["tàu ngầm"]
points = 10
field = "ships"
"""


def write_lines(folder: Path, name: str, *rows: Any) -> str:
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    (folder / name).write_text(text, encoding="utf-8")
    return name


def test_score_gives_a_line_for_each_line(program: Program) -> None:
    rows = (
        {"id": 7, "title": TITLE, "lead": LEAD, "text": TEXT},
        {"id": "b", "title": None, "text": DULL},
        {"id": None, "title": TITLE, "summary": LEAD},
    )
    run = program.run("topic", "score", write_lines(program.folder, "in.jsonl", *rows))
    assert (run.status, run.stderr) == (0, "")
    first, second, third = map(json.loads, run.stdout.splitlines())
    assert [one["id"] for one in (first, second, third)] == [7, "b", None]
    assert (first["grade"], second["grade"], third["grade"]) == ("core", "none", "core")
    assert first["score"] >= 75
    assert first["countries"] == ["CN"]
    assert "huu-nghi-gate" in first["places"]
    assert "trade-customs" in first["fields"]
    assert set(first["terms"][0]) == {"term", "zone", "weight"}
    assert {one["id"] for one in first["evidence"]} == {*first["countries"], *first["places"]}
    assert (first["truncated"], second["terms"]) == (False, [])


def test_score_answers_each_line_before_the_next_is_written(program: Program) -> None:
    running = subprocess.Popen(
        program.argv("topic", "score", "-"),
        cwd=program.folder,
        env=program.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert running.stdin is not None
    assert running.stdout is not None
    for number in range(3):
        running.stdin.write(f"{json.dumps({'id': number, 'title': TITLE, 'text': TEXT})}\n")
        running.stdin.flush()
        assert json.loads(running.stdout.readline())["id"] == number
    running.stdin.close()
    assert running.wait(10) == 0


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (b"{", "JSON"),
        (b"[1]", "JSON object"),
        (b'{"id": 1, "title": "a"}', "text must be text"),
        (b'{"title": "a", "text": "b"}', "id"),
        (b'{"id": 1, "title": 3, "text": "b"}', "title"),
        (b'{"id": 1, "title": "a", "text": "b", "lead": ["c"]}', "lead"),
        (b'{"id": 1, "title": "\xff", "text": "b"}', "UTF-8"),
        (b"[" * 100_000, "JSON"),
    ],
)
def test_a_bad_line_is_named_by_its_number_after_what_came_before_it(
    program: Program, line: bytes, part: str
) -> None:
    good = json.dumps({"id": 1, "title": None, "text": DULL}).encode()
    (program.folder / "in.jsonl").write_bytes(good + b"\r\n\r\n" + line + b"\n" + good)
    run = program.run("topic", "score", "in.jsonl")
    assert len(run.stdout.splitlines()) == 1
    assert_one_sentence(Run(run.status, "", run.stderr), 2, "in.jsonl: line 3", part)


def test_files_that_cannot_be_read(program: Program) -> None:
    (program.folder / "half.jsonl.gz").write_bytes(gzip.compress(b"{}\n" * 1000)[:-20])
    (program.folder / "a.txt").write_text("-----------------\n", encoding="utf-8")
    write_lines(program.folder, "labels.jsonl", {"id": "a", "title": "", "text": DULL, "label": 9})
    for arguments, parts in {
        ("score", "nirgends.jsonl"): ("nirgends.jsonl", "cannot be read"),
        ("explain", "nirgends.txt"): ("nirgends.txt", "cannot be read"),
        ("explain", "a.txt"): ("a.txt",),
        ("evaluate", "nirgends.jsonl"): ("nirgends.jsonl", "cannot be read"),
        ("evaluate", "labels.jsonl"): ("labels.jsonl", "line 1", "label must be 0, 1 or 2"),
        ("evaluate", "half.jsonl.gz"): ("half.jsonl.gz",),
        ("score", "--topic", "nirgends.toml", "labels.jsonl"): ("nirgends.toml", "cannot be read"),
    }.items():
        assert_one_sentence(program.run("topic", *arguments), 2, *parts)
    assert_one_sentence(program.run("topic", "explain", "4"), 2, "biengioi.db")


def test_another_topic_decides_where_it_is_given(program: Program) -> None:
    (program.folder / "ships.toml").write_text(ONLY_NEWS_OF_SHIPS, encoding="utf-8")
    lines = write_lines(program.folder, "in.jsonl", {"id": 1, "title": TITLE, "text": "Tàu ngầm cập cảng."})
    given = json.loads(program.run("topic", "score", "--topic", "ships.toml", lines).stdout)
    assert given["fields"] == ["ships"]
    configured = program.run("topic", "score", lines, BIENGIOI_TOPIC_FILE="ships.toml").stdout
    assert json.loads(configured) == given
    stronger = program.run("topic", "score", "--topic", "ships.toml", lines, BIENGIOI_TOPIC_FILE="no.toml")
    assert json.loads(stronger.stdout) == given
    assert json.loads(program.run("topic", "score", lines).stdout)["fields"] != given["fields"]


@pytest.fixture
def kept(program: Program) -> Program:
    """A collection with one article that the built-in topic judged."""
    article = make_article(title=TITLE, lead=LEAD, text=f"{TEXT}\n{make_article().text}")

    async def scenario() -> None:
        world = World(program.folder)
        async with world.crawl() as crawl:
            relevance = Topic.load().score(title=article.title, lead=article.lead, text=article.text)
            await crawl.keep(article, relevance=relevance)

    asyncio.run(scenario())
    (program.folder / "test.db").rename(program.db)
    return program


def test_explain_marks_every_term_in_a_pipe_and_gives_its_share(kept: Program) -> None:
    run = kept.run("topic", "explain", "1")
    assert run.status == 0, run.stderr
    assert run.stdout.startswith("topic score 99 (core)")
    assert "[border_talks, consensus: hội đàm]" in run.stdout
    rows = [line.split("\t") for line in run.stdout.splitlines() if "\ttitle\t" in line]
    assert float({term: share for term, _, share in rows}["consensus"]) > 0
    document = kept.run("topic", "explain", "1", "--json").json
    joined = "".join(part["text"] for part in document["segments"])
    assert joined.startswith(TITLE)
    assert make_article().text.partition("\n")[0] in joined
    found = {term["term"] for term in document["terms"]}
    assert {term for part in document["segments"] for term in part["terms"]} <= found
    assert (document["id"], document["grade"]) == (1, "core")


def test_explain_is_coloured_on_a_terminal(kept: Program) -> None:
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        kept.argv("topic", "explain", "1"),
        cwd=kept.folder,
        env=kept.environment(TERM="xterm", COLUMNS="120"),
        stdout=inside,
    ) as running:
        os.close(inside)
        shown = b"".join(iter(lambda: read_some(terminal), b"")).decode()
        assert running.wait(10) == 0
    os.close(terminal)
    assert "\x1b[32m\x1b[1mhội đàm\x1b[0m" in shown
    assert "[consensus:" not in shown


def read_some(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other end is closed
        return b""


@pytest.mark.parametrize("name", ["page.html", "record.txt", "plain.txt"])
def test_explain_reads_saved_pages_and_corpus_files(program: Program, name: str) -> None:
    rule = "-" * 17
    body = f"{TEXT}\n{make_article().text}"
    paragraphs = "".join(f"<p>{line}</p>" for line in body.split("\n"))
    content = {
        "page.html": f"<html><head><meta charset='utf-8'><title>{TITLE}</title></head><body><h1>{TITLE}</h1>"
        f"<article>{paragraphs}</article></body></html>",
        "record.txt": f"https://bao.example/a\n{rule}\n{TITLE}\n{rule}\n{LEAD}\n{rule}\n",
        "plain.txt": f"{TITLE}\n{TEXT}",
    }
    (program.folder / name).write_text(content[name], encoding="utf-8")
    document = program.run("topic", "explain", name, "--json").json
    assert document["grade"] == "core"
    assert document["title"] == (None if name == "plain.txt" else TITLE)


def test_evaluate_measures_a_topic(program: Program) -> None:
    rows = [
        {"id": "a", "title": TITLE, "text": TEXT, "label": 2},
        {"id": "b", "title": "Giá rau", "text": DULL, "label": 0},
        {"id": "c", "title": "Giá rau", "text": DULL, "label": 1},
    ]
    labels = write_lines(program.folder, "labels.jsonl", *rows)
    with gzip.open(program.folder / "background.jsonl.gz", "wt", encoding="utf-8") as file:
        for number in range(4):
            file.write(json.dumps({"id": number, "title": "Giá rau", "summary": DULL}) + "\n")
        file.write(json.dumps({"id": 9, "title": TITLE, "text": TEXT}) + "\n")
    arguments = ("topic", "evaluate", labels, "--background", "background.jsonl.gz")
    document = program.run(*arguments, "--json").json
    assert document["kept"] == {
        "flagged_count": 1, "positive_count": 2, "right_count": 1,
        "precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3),
    }  # fmt: skip
    assert document["core"]["f1"] == 1.0
    assert document["confusion"]["related"] == {"core": 0, "related": 0, "none": 1}
    assert [(one["id"], one["label"], one["grade"]) for one in document["errors"]] == [("c", 1, "none")]
    assert document["flags_per_10000"] == 2000
    shown = program.run(*arguments)
    assert shown.status == 0
    assert "0.667" in shown.stdout
    assert "2000.0" in shown.stdout
    assert program.run("topic", "evaluate", labels, "--json").json["flags_per_10000"] is None


def test_a_term_that_counts_nothing_is_said_so(program: Program) -> None:
    silent = f'{ONLY_NEWS_OF_SHIPS}[terms.boats]\nphrases = ["thuyền"]\n'
    (program.folder / "ships.toml").write_text(silent, encoding="utf-8")
    lines = write_lines(program.folder, "in.jsonl", {"id": 1, "title": "Thuyền", "text": "Thuyền thúng."})
    run = program.run("topic", "score", "--topic", "ships.toml", lines)
    assert run.status == 0
    assert len(run.stdout.splitlines()) == 1
    assert "gives no points to boats" in run.stderr


def test_show_gives_fields_and_the_sentence_for_each_place(kept: Program) -> None:
    shown = kept.run("show", "1").stdout
    assert "trade-customs" in shown
    assert any("Quảng Tây" in line and line.endswith(TITLE) for line in shown.splitlines())
    document = kept.run("show", "1", "--json").json
    assert "trade-customs" in document["fields"]
    assert {"id": "quang-tay", "sentence": TITLE} in document["evidence"]


def test_articles_are_chosen_by_field_and_place(kept: Program) -> None:
    for chosen, count in {
        ("--field", "trade-customs"): 1,
        ("--field", "tourism"): 0,
        ("--place", "quang-tay"): 1,
        ("--place", "ha-tinh"): 0,
    }.items():
        assert len(kept.run("list", *chosen, "--json").json) == count
    assert kept.run("export", "corpus", "out", "--field", "tourism", "--json").json["count"] == 0
    assert kept.run("export", "corpus", "out", "--field", "trade-customs", "--json").json["count"] == 1


def test_an_unknown_place_or_field_is_said_so(program: Program) -> None:
    for arguments, part in {
        ("--place", "quang-tayy"): "did you mean 'quang-tay'?",
        ("--place", "Quảng Tây"): "did you mean 'quang-tay'?",
        ("--place", "CN"): "no place 'CN'",
        ("--field", "trade"): "unknown field 'trade'",
        ("--field", "tourisms"): "did you mean 'tourism'?",
    }.items():
        assert_one_sentence(program.run("list", *arguments), 2, arguments[0], part)
    assert_one_sentence(program.run("export", "corpus", "out", "--place", "x-y"), 2, "--place")
    (program.folder / "ships.toml").write_text(ONLY_NEWS_OF_SHIPS, encoding="utf-8")
    run = program.run("list", "--field", "tourism", BIENGIOI_TOPIC_FILE="ships.toml")
    assert_one_sentence(run, 2, "known are ships")


@pytest.fixture
def newspapers(program: Program) -> Iterator[Newspapers]:
    with Newspapers(only=("demo-zce",)) as running:
        running.write_sources(program.sources)
        yield running


def test_a_collection_follows_its_topic_there_and_back(program: Program, newspapers: Newspapers) -> None:
    (program.folder / "ships.toml").write_text(ONLY_NEWS_OF_SHIPS, encoding="utf-8")
    assert program.run("crawl", "--json").json["stored"] == len(newspapers.expected)
    titles = sorted(row["title"] for row in program.run("list", "--json").json)

    would = program.run("rescore", "--topic", "ships.toml", "--dry-run", "--json").json
    assert (would["dry_run"], len(would["leaving"]), would["refetch"]) == (True, len(titles), [])
    assert sorted(row["title"] for row in program.run("list", "--json").json) == titles

    refused = program.run("rescore", "--topic", "ships.toml")
    assert (refused.status, "more than a tenth" in refused.stderr) == (2, True)
    assert_one_sentence(program.run("rescore", "--topic", "ships.toml", "--json"), 2, "--yes")
    assert sorted(row["title"] for row in program.run("list", "--json").json) == titles
    shown = program.run("rescore", "--topic", "ships.toml", "--yes")
    assert shown.status == 0, shown.stderr
    assert f"{len(titles)} articles leave" in shown.stdout
    assert all(title in shown.stdout for title in titles)
    assert shown.stdout.index("articles leave") < shown.stdout.index("Done")
    assert program.run("list", "--json").json == []
    assert program.run("crawl", "--topic", "ships.toml", "--json").json["considered"] == 0

    back = program.run("rescore", "--json").json
    wanted = [one["title"] for one in back["refetch"]]
    assert set(titles) <= set(wanted)
    report = program.run("crawl", "--json").json
    assert report["considered"] == len(wanted)
    assert sorted(row["title"] for row in program.run("list", "--json").json) == titles
    again = program.run("rescore", "--json").json
    assert (again["grades"], again["leaving"], again["refetch"]) == ({}, [], [])


def test_a_crawl_with_a_topic_that_cannot_be_read_makes_no_database(program: Program) -> None:
    program.add_source("bao", "http://127.0.0.1:9/")
    assert_one_sentence(program.run("crawl", "--topic", "nirgends.toml"), 2, "nirgends.toml")
    assert_one_sentence(program.run("rescore", "--topic", "nirgends.toml"), 2, "nirgends.toml")
    assert_one_sentence(program.run("rescore"), 2, "biengioi.db", "biengioi crawl")
    assert not program.db.exists()


def test_extract_asks_the_topic_that_is_given(program: Program) -> None:
    (program.folder / "ships.toml").write_text(ONLY_NEWS_OF_SHIPS, encoding="utf-8")
    paragraphs = "".join(f"<p>{line} Tàu ngầm cập cảng.</p>" for line in make_article().text.split("\n"))
    (program.folder / "page.html").write_text(
        f"<html><meta charset='utf-8'><title>Tin</title><body><h1>Tin</h1><article>{paragraphs}</article>",
        encoding="utf-8",
    )
    document = program.run("extract", "page.html", "--topic", "ships.toml", "--json").json
    assert (document["topic_grade"], document["fields"]) == ("core", ["ships"])
    assert set(document) >= {"topic_score", "topic_terms", "countries", "places", "evidence"}
