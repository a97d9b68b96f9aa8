"""`biengioi demo`: the first thing a newcomer types."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from urllib.parse import urlsplit

from crawler.article import parse_instant
from db.collection import ArticleFilter, Collection
from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program


def test_the_demo_finds_every_relevant_story_and_says_what_to_type_next(program: Program) -> None:
    run = program.run("--db", "demo.db", "demo", "--no-serve")
    assert run.status == 0, run.stderr
    with Newspapers() as newspapers:
        tellings = [{one.title for one in stories} for stories in newspapers.expected.values()]
        tellings.append({newspapers.publish().title})
    with Collection.open(program.folder / "demo.db") as collection:
        rows = list(collection.list(ArticleFilter(limit=1000)))
        first, second = collection.run(1), collection.run(2)
    titles = [row["title"] for row in rows]
    assert len(titles) == len(tellings)
    assert all(len(told & set(titles)) == 1 for told in tellings)  # of a reprint, whichever came first
    assert first.ended_at is not None
    assert (parse_instant(first.ended_at) - parse_instant(first.started_at)).total_seconds() < 20
    assert (first.tally.stored, second.tally.stored, second.tally.revised) == (len(tellings) - 1, 1, 1)
    assert second.tally.near_duplicate == 1  # what a second paper printed, shortened
    assert first.tally.duplicate == 3  # two reprints of the wire story, and the moved story's old address
    assert "What to type next" in run.stdout
    for command, found in (("diff", "Tin cập nhật"), ("show", "The same story in other words")):
        (number,) = re.findall(rf" {command} (\d+) ", run.stdout)
        assert found in program.run("--db", "demo.db", command, number).stdout
    assert all(row["title"] in run.stdout for row in rows)


def test_the_newspapers_stay_up_until_they_are_told_to_stop(program: Program) -> None:
    demo = program.start("--db", "demo.db", "demo")
    assert demo.stdout is not None
    line = ""
    while "--sources" not in line:
        line = demo.stdout.readline()
        assert line, "the demo ended by itself"
    folder = line.split("--sources ")[1].split()[0]
    time.sleep(0.2)
    again = program.run("--db", "demo.db", "--sources", folder, "crawl", "--json")
    assert again.status == 0
    assert again.json["considered"] == 0
    while "The collection is at " not in line:
        line = demo.stdout.readline()
        assert line, "the demo ended by itself"
    address = urlsplit(line.split("The collection is at ")[1].split()[0])
    for _ in range(200):  # until it serves, nobody has told it how to end well
        with contextlib.suppress(OSError), socket.create_connection((address.hostname, address.port), 1):
            break
        time.sleep(0.1)
    demo.terminate()
    assert demo.wait(10) == 0


def test_a_file_that_is_there_already_is_not_overwritten(program: Program) -> None:
    (program.folder / "mine.db").write_text("quan trọng", encoding="utf-8")
    run = program.run("--db", "mine.db", "demo", "--no-serve")
    assert run.status == 2
    assert "exists already" in run.stderr
    assert (program.folder / "mine.db").read_text("utf-8") == "quan trọng"
