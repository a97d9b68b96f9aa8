"""`topic label`: real articles and refused pages are asked about, on a terminal and in a pipe."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import pty
import re
import resource
import select
import signal
import subprocess
import termios
import time
from typing import Any

import pytest

from crawler.decision import Decision, Rejection
from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic
from tests.articles import COFFEE, make_article, make_text
from tests.biengioi.program import Program, Run
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.biengioi.test_topic import write_lines
from tests.db.world import World

KEPT = (
    "Cà phê và cà phê rang",
    "Cà phê " * 4 + "được mùa",
    "Cà phê " * 30 + "và chỉ cà phê",  # nobody doubts it
)
REFUSED = ("Cà phê sáng ở phố núi", "Giá rau giảm nhẹ", "Trà và cà phê cuối tuần")
REFUSED_URL = "https://bao-thu.example/bo/{}.html"


@pytest.fixture
def doubtful(program: Program) -> Program:
    """A collection of three articles and three refused pages; of each two are in doubt."""
    (program.folder / "coffee.toml").write_text(COFFEE, encoding="utf-8")
    (program.folder / "biengioi.toml").write_text('[topic]\nfile = "coffee.toml"\n', encoding="utf-8")
    topic = Topic.load(program.folder / "coffee.toml")

    async def scenario() -> None:
        world = World(program.folder)
        async with world.crawl() as crawl:
            for number, title in enumerate(KEPT):
                article = make_article(
                    number, title=title, text=make_text(number) + "\nCà phê." * 40 * number
                )
                verdict = topic.score(title=article.title, lead=article.lead, text=article.text)
                assert verdict.grade is not Grade.NONE
                await crawl.keep(article, relevance=verdict)
            for number, title in enumerate(REFUSED):
                article = make_article(number + 10, title=title, url=REFUSED_URL.format(number))
                verdict = topic.score(title=title, lead=article.lead, text=article.text)
                refusal = Decision.rejected(Rejection.OFF_TOPIC)
                await crawl.keep(article, relevance=verdict, refusal=refusal)

    asyncio.run(scenario())
    (program.folder / "test.db").rename(program.db)
    return program


def label(program: Program, keys: str, *options: str, most_bytes: int = resource.RLIM_INFINITY) -> Run:
    """Give the answers, a line each; no file of the program may become larger than `most_bytes`."""
    done = subprocess.run(
        program.argv("topic", "label", *options),
        cwd=program.folder,
        env=program.environment(),
        input="".join(f"{key}\n" for key in keys.split()),
        capture_output=True,
        text=True,
        timeout=110,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )
    return Run(done.returncode, done.stdout, done.stderr)


def lines(program: Program, name: str = "labels.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (program.folder / name).read_text(encoding="utf-8").splitlines()]


def asked(program: Program, *options: str) -> list[dict[str, Any]]:
    run = program.run("topic", "label", "--json", *options)
    assert run.status == 0, run.stderr
    found: list[dict[str, Any]] = run.json
    return found


def test_what_is_in_doubt_is_listed_and_nothing_is_written(doubtful: Program) -> None:
    found = asked(doubtful)
    assert {one["title"] for one in found} == {*KEPT[:2], REFUSED[0], REFUSED[2]}
    assert set(found[0]) == {"id", "kind", "stratum", "source", "url", "title"}
    by_title = {one["title"]: one for one in found}
    page = by_title[REFUSED[0]]
    assert page["id"] == hashlib.sha256(REFUSED_URL.format(0).encode()).hexdigest()[:16]
    assert (page["kind"], page["url"], page["source"]) == ("headline", REFUSED_URL.format(0), "bao-thu")
    article = by_title[KEPT[1]]
    row = next(row for row in doubtful.run("list", "--json").json if row["title"] == KEPT[1])
    assert (article["id"], article["kind"]) == (row["content_hash"][:16], "article")
    assert asked(doubtful, "--limit", "1") == found[:1]
    assert not (doubtful.folder / "labels.jsonl").exists()


def test_labels_are_written_line_by_line_and_not_asked_again(doubtful: Program) -> None:
    first = asked(doubtful)
    run = label(doubtful, "2 ?1 q")
    assert (run.status, run.stderr) == (0, "")
    assert "2 labelled (1 core, 1 related, 0 none); 2 more are in doubt." in run.stdout
    written = lines(doubtful)
    assert [(one["id"], one["label"], one["doubt"]) for one in written] == [
        (first[0]["id"], 2, False),
        (first[1]["id"], 1, True),
    ]
    assert [one["id"] for one in asked(doubtful)] == [one["id"] for one in first[2:]]
    rest = label(doubtful, "0 0")
    assert "2 labelled" in rest.stdout
    assert lines(doubtful)[:2] == written
    assert {one["id"] for one in lines(doubtful)} == {one["id"] for one in first}
    done = label(doubtful, "")
    assert_one_sentence(done, 0, "of 1 texts without a label the topic doubts none")
    for one in lines(doubtful):
        assert bool(one["text"]) == (one["kind"] == "article")


def test_the_file_is_what_evaluate_reads(doubtful: Program) -> None:
    assert label(doubtful, "1 1 1 1").status == 0
    document = doubtful.run("topic", "evaluate", "labels.jsonl", "--json").json
    assert document["kept"]["positive_count"] == 4
    titles = {one["title"] for one in document["errors"]}
    assert titles == {REFUSED[0], REFUSED[2], KEPT[1], *titles}


def test_back_takes_the_last_label_out_of_the_file_and_skipped_ones_stay(doubtful: Program) -> None:
    first = asked(doubtful)
    run = label(doubtful, "b 2 1 b b 0 s b s 2 q")
    assert run.status == 0, run.stderr
    assert "This is the first." in run.stdout
    assert [(one["id"], one["label"]) for one in lines(doubtful)] == [
        (first[0]["id"], 0),
        (first[2]["id"], 2),
    ]
    assert "2 labelled (1 core, 0 related, 1 none)" in run.stdout
    assert {one["id"] for one in asked(doubtful)} == {first[1]["id"], first[3]["id"]}


def test_other_keys_are_said_and_more_shows_the_rest(doubtful: Program) -> None:
    run = label(doubtful, "3 12 ?? m q", "--limit", "1")
    assert [f"'{key}' is none of" in run.stdout for key in ("3", "12", "??")] == [True] * 3
    assert not (doubtful.folder / "labels.jsonl").exists()
    assert "0 labelled; 4 more are in doubt." in run.stdout
    assert "labels.jsonl" not in run.stdout


def test_a_doubt_may_stand_on_a_line_of_its_own(doubtful: Program) -> None:
    label(doubtful, "? 1 ?0")
    assert [(one["label"], one["doubt"]) for one in lines(doubtful)] == [(1, True), (0, True)]


def test_the_reader_does_not_see_what_the_topic_thinks(doubtful: Program) -> None:
    run = label(doubtful, "s s s s")
    assert not any(word in run.stdout for word in ("score", "near_related", "near_core", "title_against"))
    assert "judge the title alone" in run.stdout
    assert REFUSED_URL.format(0) in run.stdout


def read_until(terminal: int, pattern: str) -> None:
    shown = ""
    while not re.search(pattern, shown, re.DOTALL):
        assert select.select([terminal], [], [], 30)[0], f"{pattern!r} is not in {shown}"
        shown += os.read(terminal, 65536).decode(errors="replace")


def test_on_a_terminal_one_key_is_enough_and_an_interrupt_loses_nothing(doubtful: Program) -> None:
    first = asked(doubtful)
    terminal, inside = pty.openpty()
    running = subprocess.Popen(
        doubtful.argv("topic", "label"),
        cwd=doubtful.folder,
        env=doubtful.environment(TERM="xterm"),
        stdin=inside,
        stdout=inside,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it
    )
    os.close(inside)
    try:
        for number, keys in enumerate(("?2", "1"), start=1):
            read_until(terminal, f"{number} of 4 .* > ")
            os.write(terminal, keys.encode())
        read_until(terminal, "3 of 4 .* > ")
        os.write(terminal, b"\x1b[B")  # an arrow is no "b"
        read_until(terminal, "is none of.* > ")
        os.write(terminal, b"\x03")
        read_until(terminal, r"2 labelled \(1 core, 1 related, 0 none\); 2 more are in doubt\.")
        assert running.wait(20) == 130
    finally:
        running.kill()
        running.wait(20)
    os.close(terminal)
    assert [(one["id"], one["label"], one["doubt"]) for one in lines(doubtful)] == [
        (first[0]["id"], 2, True),
        (first[1]["id"], 1, False),
    ]


def test_a_killed_process_loses_no_answer(doubtful: Program) -> None:
    running = subprocess.Popen(
        doubtful.argv("topic", "label"),
        cwd=doubtful.folder,
        env=doubtful.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    assert running.stdin is not None
    running.stdin.write(b"2\n")
    running.stdin.flush()
    path = doubtful.folder / "labels.jsonl"
    until = time.monotonic() + 30
    while time.monotonic() < until and not (path.exists() and path.read_bytes().endswith(b"\n")):
        time.sleep(0.02)
    second = label(doubtful, "1")
    assert_one_sentence(second, 2, "Somebody labels into labels.jsonl")
    running.send_signal(signal.SIGKILL)
    running.wait(10)
    running.stdin.close()
    assert [one["label"] for one in lines(doubtful)] == [2]


@pytest.mark.parametrize("cut", [1, 30, None])
def test_a_line_that_was_cut_off_is_mended(doubtful: Program, cut: int | None) -> None:
    assert label(doubtful, "2 1").status == 0
    path = doubtful.folder / "labels.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] if cut == 1 else whole[: whole.index(b"\n") + 1 + (cut or 10)])
    label(doubtful, "0", "--limit", "1")
    assert [one["label"] for one in lines(doubtful)] == ([2, 1, 0] if cut == 1 else [2, 0])


def test_files_that_are_no_labels_are_left_alone(doubtful: Program) -> None:
    folder = doubtful.folder
    (folder / "notes.txt").write_text("Ghi chép", encoding="utf-8")
    (folder / "texts.jsonl").write_text('{"id": 1, "title": "a", "text": "b"}\n', encoding="utf-8")
    for options, parts in {
        ("--output", "notes.txt"): ("notes.txt: line 1", "--output"),
        ("--output", "texts.jsonl"): ("texts.jsonl: line 1", "label"),
        ("--output", "biengioi.db"): ("biengioi.db: line 1",),
        ("--output", "no/such.jsonl"): ("no/such.jsonl cannot be written",),
        ("--output", "."): ("no file that lines could be added to",),
        ("--output", "/dev/full"): ("/dev/full", "no file"),
        ("--output", "labels.jsonl.gz"): ("without .gz",),
    }.items():
        before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        assert_one_sentence(label(doubtful, "1", *options), 2, *parts)
        after = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        assert after == before
    shown = doubtful.run("topic", "label", "--json", "--output", "notes.txt")
    assert_one_sentence(shown, 2, "notes.txt: line 1")


def test_a_full_disk_is_one_sentence_and_half_a_line_is_mended(doubtful: Program) -> None:
    before = {"id": "long", "label": 0, "text": "a" * 1_000_000}  # longer than the database
    path = doubtful.folder / write_lines(doubtful.folder, "labels.jsonl", before)
    size = path.stat().st_size
    run = label(doubtful, "1 1 1", most_bytes=size + 100)
    assert run.status == 2
    assert "labels.jsonl cannot be written (File too large)" in run.stderr
    assert "Traceback" not in run.stderr
    assert path.stat().st_size == size + 100
    assert label(doubtful, "2").status == 0
    assert [one["label"] for one in lines(doubtful)] == [0, 2]


def test_where_there_is_nothing_to_label_it_says_why(program: Program, doubtful: Program) -> None:
    everything = "\n".join(json.dumps({"id": one["id"], "label": 0}) for one in asked(doubtful))
    (program.folder / "labels.jsonl").write_text(f"{everything}\n", encoding="utf-8")
    assert_one_sentence(label(doubtful, ""), 0, "of 1 texts without a label the topic doubts none")
    program.db.unlink()
    World(program.folder)
    (program.folder / "test.db").rename(program.db)
    assert_one_sentence(label(program, ""), 0, "Nothing left to label", "labels.jsonl", "biengioi crawl")
    assert_one_sentence(
        label(program, "", "--output", "new.jsonl"), 0, "neither an article", "biengioi crawl"
    )
    assert not (program.folder / "new.jsonl").exists()
    program.db.unlink()
    assert_one_sentence(label(program, ""), 2, "biengioi.db")
    assert program.run("topic", "label", "--json").status == 2


def test_of_very_many_texts_it_says_that_not_all_were_looked_at(program: Program) -> None:
    from db.articles import unlabelled

    (program.folder / "coffee.toml").write_text(COFFEE, encoding="utf-8")
    (program.folder / "biengioi.toml").write_text('[topic]\nfile = "coffee.toml"\n', encoding="utf-8")
    texts = program.folder / "texts"
    texts.mkdir()
    for number in range(unlabelled.READ_COUNT + 1):
        (texts / f"{number}.txt").write_text(make_text(number), encoding="utf-8")
    assert program.run("import", "texts").status == 0
    run = program.run("topic", "label", "--json", "--limit", "1")
    assert run.status == 0
    assert "only 1,000 texts were looked at" in run.stderr
