"""What a backfill stores: the archives alone decide it, not who read them, in which order, or how often."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.owners import Owners
from crawler.archive.task import Batch, Lost, Task
from crawler.config import Config
from crawler.errors import AtWork, LeaseLost
from crawler.reading import PageReader
from crawler.report import RunReport, RunStatus
from crawler.source import Source
from crawler.topic.topic import Topic
from db.articles.backfill_store import BackfillStore
from db.articles.query import ArticleFilter
from db.collection import Collection
from db.file.opening import open_database
from db.upkeep.verify import verify
from scheduler.engines.task_reading import Setup, read_task
from scheduler.engines.tasks import plan
from tests.db.world import START
from tests.warcs import HOST, info, other_page, packed, page_record, record, story_page

PAPER = Source(id="bao-thu", name="Báo", homepage=HOST)
OTHER = Source(id="khac", name="Khác", homepage="https://khac.example")
OWNERS = Owners((PAPER, OTHER))
TOPIC = Topic.load()
SETUP = Setup(PageReader(TOPIC), OWNERS, 1_000_000, Config().extraction)
REVISITS = Config().crawl.revisit_ages


def clock() -> datetime:
    return START


def archive(folder: Path, name: str, records: Sequence[bytes], at: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(packed([info(at), *records]))
    return str(folder / name)


def begin(conn: sqlite3.Connection, reader: str = "one") -> BackfillStore:
    return BackfillStore(conn, OWNERS, clock, reader=reader, revisit_ages=REVISITS)


def backfill(
    conn: sqlite3.Connection, paths: Sequence[str], reader: str = "one", owners: Owners = OWNERS
) -> RunReport:
    """Do what the command does, in this process."""
    store = BackfillStore(conn, owners, clock, reader=reader, revisit_ages=REVISITS)
    for task in store.begin(plan(paths)):
        for batch in read_task(task, replace(SETUP, owners=owners)):
            store.take(batch)
    list(store.store())
    return store.finish()


_ARTICLE = "(SELECT url FROM articles AS other WHERE other.id = {})"
TABLES = {
    "articles": f"SELECT *, {_ARTICLE.format('articles.duplicate_of')} AS of_article FROM articles",
    **{
        name: f"SELECT *, {_ARTICLE.format('article_id')} AS of_article FROM {name}"
        for name in ("revisions", "sightings", "pages", "outlinks")
    },
    "backfill_captures": "SELECT * FROM backfill_captures",
}


def contents(conn: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row, ids aside: what refers to an article says its address."""
    found = {}
    for name, sql in TABLES.items():
        rows = [dict(row) for row in conn.execute(sql)]
        for row in rows:
            for column in ("id", "article_id", "duplicate_of"):
                row.pop(column, None)
        found[name] = sorted((tuple(row.items()) for row in rows), key=repr)
    return found


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "x.db", create=True)) as opened:
        yield opened


def fresh(tmp_path: Path, name: str) -> sqlite3.Connection:
    return open_database(tmp_path / name, create=True)


def versions(conn: sqlite3.Connection, article_id: int = 1) -> list[tuple[str, int]]:
    """When each version was seen first, and which edit it is."""
    found = Collection(conn, clock).versions(article_id)
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    return [
        (one.seen_at[:10], 2 if "lần 2" in one.text else 1 if "lần 1" in one.text else 0) for one in found
    ]


def capture(day: int, edit: int = 0, number: int = 1, host: str = HOST) -> bytes:
    return page_record(
        f"/tin/{number}.html", story_page(number, edit=edit), f"2026-03-{day:02}T00:00:00Z", host
    )


MIXED = [
    [capture(1), capture(2, number=2), page_record("/khac.html", other_page(1)), capture(3, number=3)],
    [capture(5, edit=1), capture(4, number=2, host=OTHER.homepage), capture(6, number=4)],
    [capture(3, edit=2), capture(2, number=3, edit=1), capture(1, number=5, host="https://la.example")],
]


@pytest.fixture
def archives(tmp_path: Path) -> list[str]:
    return [
        archive(tmp_path / "warcs", f"{number}.warc.gz", records, f"2026-03-0{number + 1}T00:00:00Z")
        for number, records in enumerate(MIXED)
    ]


def test_the_report_adds_up(conn: sqlite3.Connection, archives: list[str]) -> None:
    report = backfill(conn, archives)
    assert report.adds_up
    assert report.status is RunStatus.DONE
    tally = report.tally
    assert (tally.considered, tally.stored, tally.revised, tally.duplicate) == (13, 4, 3, 1)
    assert tally.rejected == {"no_page": 3, "foreign_host": 1, "off_topic": 1}
    assert report.sources["khac"].tally.considered == 1
    assert [one for one in verify(conn) if one.problem_count] == []


def test_the_order_of_the_files_does_not_matter(tmp_path: Path, archives: list[str]) -> None:
    found = []
    for name, order in (("a.db", archives), ("b.db", archives[::-1])):
        with closing(fresh(tmp_path, name)) as conn:
            backfill(conn, order)
            found.append(contents(conn))
            assert versions(conn) == [("2026-03-01", 0), ("2026-03-03", 2), ("2026-03-05", 1)]
    assert found[0] == found[1]
    swapped = tmp_path / "swapped"
    swapped.mkdir()
    for old, new in zip(archives, archives[::-1], strict=True):
        (swapped / Path(new).name).write_bytes(Path(old).read_bytes())
    with closing(fresh(tmp_path, "c.db")) as conn:
        backfill(conn, [str(swapped)])
        assert contents(conn) == found[0]


LOOKS = [(1, 0), (2, 0), (4, 1), (6, 1), (7, 0)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 1, 3), (3, 4, 0, 2, 1)])
def test_older_archives_may_come_later(tmp_path: Path, order: Sequence[int]) -> None:
    """Each in a backfill of its own."""
    with closing(fresh(tmp_path, "x.db")) as conn:
        for place in order:
            day, edit = LOOKS[place]
            path = archive(
                tmp_path / "warcs", f"{place}.warc.gz", [capture(day, edit)], f"2026-03-0{day}T00:00:00Z"
            )
            assert backfill(conn, [path]).adds_up
        assert versions(conn) == [("2026-03-01", 0), ("2026-03-04", 1), ("2026-03-07", 0)]
        page = conn.execute("SELECT * FROM pages").fetchone()
        assert (page["state"], page["fetched_at"], page["discovered_at"]) == (
            "done", "2026-03-07T00:00:00Z", "2026-03-01T00:00:00Z",
        )  # fmt: skip
        assert [one for one in verify(conn) if one.problem_count] == []


def test_a_second_backfill_reads_nothing(
    conn: sqlite3.Connection, archives: list[str], tmp_path: Path
) -> None:
    backfill(conn, archives)
    before = contents(conn)
    moved = tmp_path / "moved"
    (tmp_path / "warcs").rename(moved)
    store = begin(conn)
    assert store.begin(plan([str(moved)])) == []
    assert list(store.store()) == []
    report = store.finish()
    assert (report.tally.considered, report.tally.known_count) == (0, 13)
    assert contents(conn) == before


def test_another_topic_or_host_reads_again(conn: sqlite3.Connection, archives: list[str]) -> None:
    backfill(conn, archives)
    before = contents(conn)
    report = backfill(conn, archives, reader="two")
    assert (report.tally.considered, report.tally.stored, report.tally.revised) == (13, 0, 0)
    assert report.adds_up
    after = contents(conn)
    assert all(after[name] == before[name] for name in before if name != "pages")


def test_a_task_that_was_begun_is_begun_again(tmp_path: Path, archives: list[str]) -> None:
    many = archive(
        tmp_path / "warcs", "many.warc.gz", [capture(7, number=n) for n in range(17)], "2026-02-01T00:00:00Z"
    )
    with closing(fresh(tmp_path, "a.db")) as conn:
        backfill(conn, [*archives, many])
        wanted = contents(conn)
    with closing(fresh(tmp_path, "b.db")) as conn:
        store = begin(conn)
        batches = {task.path: list(read_task(task, SETUP)) for task in store.begin(plan([*archives, many]))}
        assert [one.is_last for one in batches[many]] == [False, True]
        store.take(batches[many][0])  # and its worker dies
        for batch in batches[many]:
            store.take(batch)
        store.take(batches[archives[0]][0])
        store.finish()  # as after Ctrl-C
        report = Collection(conn, clock).run(store.run_id)
        assert report.adds_up
        assert report.status is RunStatus.FAILED
        assert report.tally.pending == 20
        assert (
            report.sources["archive"].message
            == "2 tasks are not read yet; run the command again for the rest"
        )
        assert contents(conn)["articles"] == []
        last = backfill(conn, [*archives, many])
        assert last.adds_up
        assert last.tally.pending == 0
        assert contents(conn) == wanted
        assert [one for one in verify(conn) if one.problem_count] == []


def test_a_lost_task_fails_the_run_and_is_read_next_time(
    conn: sqlite3.Connection, archives: list[str]
) -> None:
    store = begin(conn)
    lost, *rest = store.begin(plan(archives))
    store.take(Lost(lost, "3 workers died of it"))
    for task in rest:
        for batch in read_task(task, SETUP):
            store.take(batch)
    list(store.store())
    report = store.finish()
    assert report.adds_up
    assert report.status is RunStatus.FAILED
    assert report.tally.failed == {"task_lost": 1}
    assert report.sources["archive"].message == f"{lost.name}: 3 workers died of it"
    assert backfill(conn, archives).status is RunStatus.DONE
    assert Collection(conn, clock).run(store.run_id) == report
    assert [one for one in verify(conn) if one.problem_count] == []


def test_one_backfill_at_a_time(conn: sqlite3.Connection, archives: list[str]) -> None:
    store = begin(conn)
    with pytest.raises(AtWork, match="A backfill is at work already"):
        begin(conn)
    conn.execute(
        "UPDATE runs SET status = 'aborted', ended_at = started_at, report = '{}' WHERE id = ?",
        (store.run_id,),
    )
    task = plan(archives)[0]
    with pytest.raises(LeaseLost):
        store.begin([task])


def test_what_waits_in_the_frontier_goes_on_waiting(conn: sqlite3.Connection, archives: list[str]) -> None:
    conn.execute("INSERT INTO sources (id, name) VALUES ('bao-thu', 'Báo')")
    conn.executemany(
        "INSERT INTO pages (url, source_id, state, discovered_at) VALUES (?, 'bao-thu', ?, '2026-03-01')",
        [(f"{HOST}/tin/1.html", "pending"), (f"{HOST}/tin/2.html", "forgotten")],
    )
    report = backfill(conn, archives)
    states = dict(conn.execute("SELECT url, state FROM pages").fetchall())
    assert states[f"{HOST}/tin/1.html"] == "pending"
    assert states[f"{HOST}/tin/2.html"] == "forgotten"
    assert report.tally.rejected["forgotten"] == 1
    assert report.adds_up
    assert conn.execute("SELECT article_id FROM pages WHERE state = 'pending'").fetchone()[0] is not None


def test_a_fresh_capture_is_due_again(tmp_path: Path, conn: sqlite3.Connection) -> None:
    path = archive(tmp_path, "a.warc.gz", [capture(1)], "2026-03-01T00:00:00Z")
    backfill(conn, [path])
    due = conn.execute("SELECT next_fetch_at FROM pages").fetchone()[0]
    assert due == "2026-03-01T01:00:00Z"
    assert timedelta(hours=1) in REVISITS


def test_damage_and_types_are_told_apart(tmp_path: Path, conn: sqlite3.Connection) -> None:
    records = [
        record(f"{HOST}/1", b"GET / HTTP/1.1\r\n\r\n", kind="request"),
        record(f"{HOST}/2", b"HTTP/1.1 200 OK\r\n\r\n", kind="revisit"),
        record(f"{HOST}/3", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"),
        record(f"{HOST}/4", b"khong co trang thai"),
        page_record("/5", story_page(1), at="hom qua"),
        record("dns:bao-thu.example", b"1.2.3.4"),
    ]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(packed(records) + b"\x1f\x8b\x08khong phai")
    report = backfill(conn, [str(path)])
    assert report.sources["bao-thu"].tally.rejected == {"no_page": 1, "revisit_record": 1, "not_html": 1}
    assert report.sources["bao-thu"].tally.failed == {"bad_response": 1, "damaged": 1}
    assert report.sources["archive"].tally.rejected == {"no_page": 1}
    assert report.sources["archive"].tally.failed == {"damaged": 1}
    assert report.adds_up


def test_batches_of_a_task_are_the_same_each_time(archives: list[str]) -> None:
    task: Task = plan(archives)[0]
    first: list[Batch] = list(read_task(task, SETUP))
    assert first == list(read_task(task, SETUP))


def test_what_was_taken_down_leaves_no_text_that_waits(conn: sqlite3.Connection, archives: list[str]) -> None:
    backfill(conn, archives[:1])
    again = begin(conn, "two")
    for task in again.begin(plan(archives)):
        for batch in read_task(task, SETUP):
            again.take(batch)
    again.finish()
    Collection(conn, clock).forget(f"{HOST}/tin/2.html")
    waiting = {row["url"]: row["document"] for row in conn.execute("SELECT * FROM backfill_captures")}
    assert [url for url, document in waiting.items() if not document] == [
        f"{HOST}/tin/2.html", "https://khac.example/tin/2.html",
    ]  # fmt: skip
    report = backfill(conn, archives, "two")
    assert report.tally.rejected == {"forgotten": 2}
    assert report.adds_up
    assert [one for one in verify(conn) if one.problem_count] == []


def test_papers_that_nobody_declared(conn: sqlite3.Connection, archives: list[str]) -> None:
    backfill(conn, archives)
    report = backfill(conn, archives, "any", Owners((PAPER, OTHER), any_host=True))
    assert report.sources["la_example"].tally.stored == 1
    assert report.tally.stored == 1
    row = conn.execute("SELECT * FROM sources WHERE id = 'la_example'").fetchone()
    assert (row["name"], row["homepage"]) == ("la.example", "https://la.example/")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_tasks_read_apart_and_imported_in_any_order_are_the_same(
    tmp_path: Path, archives: list[str], order: Sequence[int]
) -> None:
    with closing(fresh(tmp_path, "whole.db")) as conn:
        backfill(conn, archives)
        wanted = contents(conn)
    lines = []
    for place in order:
        lines.append(tmp_path / f"{place}.jsonl")
        with closing(fresh(tmp_path, f"{place}.db")) as conn:
            backfill(conn, [archives[place]])
            Collection(conn, clock).export("jsonl", lines[-1], ArticleFilter(include_duplicates=True))
    with closing(fresh(tmp_path, "imported.db")) as conn:
        Collection(conn, clock).import_paths(lines, TOPIC)
        found = contents(conn)
        # Which paper's address stands for a text that two have is decided by the first one imported.
        assert {(row["title"], row["content_hash"]) for row in map(dict, found["articles"])} == {
            (row["title"], row["content_hash"]) for row in map(dict, wanted["articles"])
        }
        assert found["revisions"] == wanted["revisions"]
        assert {(row["url"], row["seen_at"]) for row in map(dict, found["sightings"])} == {
            (row["url"], row["seen_at"]) for row in map(dict, wanted["sightings"])
        }
        Collection(conn, clock).import_paths(lines, TOPIC)
        assert contents(conn) == found
        assert [one for one in verify(conn) if one.problem_count] == []
