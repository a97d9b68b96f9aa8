"""Exports into one file: everything comes back from every format, nothing runs, nothing is half there."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import sys
import threading
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import pyarrow as pa
import pytest
from pyarrow import parquet

from crawler.article import Precision, Published, format_instant
from crawler.errors import StorageError, UsageError
from crawler.formats.atom import entry_id
from crawler.formats.spreadsheet import safe_cell
from db.articles import search
from db.articles.query import COLUMNS
from db.collection import ArticleFilter
from db.export import batches
from db.export.batches import Order, chosen_ids, read_pages
from db.file.connection import write_transaction
from tests.articles import make_article, make_text
from tests.db.export.test_corpus import crawl, dated, fill
from tests.db.odd_collection import HOSTILE, fill_oddly, put
from tests.db.world import PAPER, World

ATOM = "{http://www.w3.org/2005/Atom}"
ALL = ArticleFilter(include_duplicates=True)
READ = ("jsonl", "csv", "parquet", "atom")
"""The formats that `read` reads."""


def export(world: World, layout: str, wanted: ArticleFilter = ALL) -> bytes:
    with world.collection() as collection:
        file = io.BytesIO()
        collection.export(layout, file, wanted)
    return file.getvalue()


def unquoted(cell: str) -> str:
    """What a reader does who wants a cell of our CSV as it was."""
    return cell[1:] if cell.startswith("'") and safe_cell(cell[1:]) != cell[1:] else cell


def read(layout: str, data: bytes) -> list[dict[str, Any]]:
    """The articles of an export, as a user's own program reads it."""
    match layout:
        case "jsonl":
            return [json.loads(line) for line in data.split(b"\n")[:-1]]
        case "csv":
            csv.field_size_limit(1 << 24)
            rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
            return [{name: unquoted(cell) for name, cell in row.items()} for row in rows]
        case "parquet":
            rows = parquet.read_table(io.BytesIO(data)).to_pylist()
            assert isinstance(rows, list)
            return [as_stored(row) for row in rows]
        case _:
            entries = ElementTree.fromstring(data).findall(f"{ATOM}entry")
            return [
                {"title": one.findtext(f"{ATOM}title"), "lead": one.findtext(f"{ATOM}summary")}
                for one in entries
            ]


def as_stored(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a Parquet file with its times as the table has them."""
    at, precision = row["published_at"], row["published_precision"]
    published = at and Published.from_datetime(at, Precision(precision))
    assert row["published_day"] == (published.local_day if at and precision != "month" else None)
    return {
        **row,
        "published_at": published and published.at,
        "fetched_at": format_instant(row["fetched_at"]),
    }


def put_all(world: World, *texts: str) -> None:
    with world.connection() as conn, write_transaction(conn):
        conn.execute("INSERT INTO sources (id, name) VALUES (?, ?)", (PAPER.id, PAPER.name))
        for number, text in enumerate(texts):
            put(conn, number, text)


FORBIDDEN_IN_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0x7F, 0xA0)])


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """One article for each hostile text, as every format gives them back."""
    world = World(tmp_path_factory.mktemp("hostile"))
    put_all(world, *HOSTILE)
    found = {layout: read(layout, export(world, layout)) for layout in READ}
    found["atom"].reverse()  # the newest, here the last, comes first
    return found


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=lambda number: ascii(HOSTILE[number][:12]))
@pytest.mark.parametrize("layout", READ)
def test_hostile_text_comes_back_from_every_format(
    hostile: dict[str, list[dict[str, Any]]], layout: str, number: int
) -> None:
    article, text = hostile[layout][number], HOSTILE[number]
    match layout:
        case "csv":
            wanted = text.translate(CONTROLS)
        case "atom":
            wanted = text.translate(FORBIDDEN_IN_XML).replace("\r\n", "\n").replace("\r", "\n")
        case _:
            wanted = text
    if layout == "atom":
        assert article["title"] == wanted or (not text and "Ngày làm việc" in article["title"])
        return
    assert article["title"] == wanted
    assert article["lead"] == wanted[:1000]
    assert article["text"].endswith(make_text(100 + number))
    if layout != "csv":
        assert article["tags"] == [text[:1000], "hai"]


def test_no_cell_begins_as_a_formula_does(world: World) -> None:
    put_all(world, *HOSTILE)
    rows = list(csv.reader(io.StringIO(export(world, "csv").decode("utf-8-sig"), newline="")))
    assert rows[0] == COLUMNS.split(", ")
    cells = [cell for row in rows[1:] for cell in row]
    assert not [cell for cell in cells if cell.strip().startswith(tuple("=+-@＝＋－＠"))]
    assert not [cell for cell in cells if cell.startswith(("\t", "\r", "\n"))]


def test_broken_utf_8_is_replaced_where_text_is_made_of_it(world: World) -> None:
    put_all(world, "Tên")
    with world.connection() as conn, write_transaction(conn):
        conn.execute(
            "UPDATE articles SET section = CAST(x'61eda080ff62' AS TEXT)"
        )  # a lone surrogate, and none
    for layout in ("csv", "parquet"):
        (article,) = read(layout, export(world, layout))
        assert article["section"] == "a\ufffd\ufffd\ufffd\ufffdb"
    assert read("atom", export(world, "atom"))


def test_every_format_holds_the_same_articles(world: World, tmp_path: Path) -> None:
    fill_oddly(world, tmp_path)
    with world.collection() as collection:
        rows = {row["id"]: row for row in collection.list(ALL)}
    assert len(rows) > 30
    for layout in ("jsonl", "parquet"):
        found = read(layout, export(world, layout))
        assert [one["id"] for one in found] == sorted(rows)
        for one in found:
            row = rows[one["id"]]
            one["evidence"] = [
                {name: value for name, value in piece.items() if value is not None}
                for piece in one["evidence"]  # Parquet has every key in every struct
            ]
            assert {name: one[name] for name in row} == row
    assert [int(one["id"]) for one in read("csv", export(world, "csv"))] == sorted(rows)
    assert [one["title"] for one in read("atom", export(world, "atom"))[:2]] == [
        row["title"] for row in list(rows.values())[:2]
    ]


def test_parquet_has_moments_and_days(world: World) -> None:
    crawl(
        world,
        make_article(0, published=Published("2026-11-20T18:30:00Z", Precision.MINUTE)),
        make_article(3, published=Published("2026-11-19", Precision.DAY)),
        make_article(6, published=Published("2026-11", Precision.MONTH)),
        make_article(9, published=None),
    )
    table = parquet.read_table(io.BytesIO(export(world, "parquet")))
    moment = pa.timestamp("us", "UTC")
    wanted = {"published_at": moment, "published_day": pa.date32(), "fetched_at": moment}
    assert {name: table.schema.field(name).type for name in wanted} == wanted
    assert table.select(["published_at", "published_day"]).to_pylist() == [
        {"published_at": datetime(2026, 11, 20, 18, 30, tzinfo=UTC), "published_day": date(2026, 11, 21)},
        {"published_at": datetime(2026, 11, 18, 17, tzinfo=UTC), "published_day": date(2026, 11, 19)},
        {"published_at": datetime(2026, 10, 31, 17, tzinfo=UTC), "published_day": None},
        {"published_at": None, "published_day": None},
    ]


def test_a_damaged_date_is_an_error_that_names_its_article(world: World) -> None:
    fill(world, 2)
    with world.connection() as conn, write_transaction(conn):
        conn.execute("UPDATE articles SET published_at = '20/11', published_precision = 'day' WHERE id = 2")
    with pytest.raises(StorageError, match="date of article 2 is damaged"):
        export(world, "parquet")


def test_a_search_is_exported_whole_with_the_best_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More hits than are ranked: the others follow, and none is missing or there twice."""
    monkeypatch.setattr(search, "RANKED_AMONG", 3)
    fill(world, 12)
    with world.connection() as conn, write_transaction(conn):
        conn.execute("UPDATE articles SET title = 'Chợ phiên', published_at = NULL WHERE id <> 5")
        conn.execute("UPDATE articles SET title = 'Cửa khẩu' WHERE id = 11")
        conn.execute("UPDATE articles SET text = text || ' phienban' WHERE id <> 5")
        conn.execute("UPDATE articles SET title = 'phienban' WHERE id = 11")
    with world.collection() as collection:
        found = {}
        for layout in ("jsonl", "csv", "parquet"):
            file = io.BytesIO()
            assert collection.export(layout, file, ALL, "phienban") == 11
            found[layout] = [int(one["id"]) for one in read(layout, file.getvalue())]
        assert sorted(found["jsonl"]) == [1, 2, 3, 4, *range(6, 13)]
        assert found["jsonl"][0] == 11
        assert found["jsonl"] == found["csv"] == found["parquet"]
        file = io.BytesIO()
        assert collection.export("jsonl", file, ArticleFilter(until=date(2030, 1, 1)), "phienban") == 0


def test_a_feed_of_a_search_holds_its_newest(world: World) -> None:
    crawl(world, dated(1, "2026-11-18"), dated(3, "2026-11-20"), dated(5, "2026-11-19"))
    with world.connection() as conn, write_transaction(conn):
        conn.execute(
            "UPDATE articles SET text = text || ' phienban' WHERE title <> ?", (make_article(3).title,)
        )
    file = io.BytesIO()
    with world.collection() as collection:
        assert collection.export("atom", file, ArticleFilter(limit=1), "phienban") == 1
    assert [one["title"] for one in read("atom", file.getvalue())] == [make_article(5).title]


def test_a_corpus_of_a_search_has_the_oldest_first(world: World, tmp_path: Path) -> None:
    crawl(world, dated(1, "2026-11-20"), dated(3, "2026-11-18"), dated(5, "2026-11-19"))
    with world.connection() as conn, write_transaction(conn):
        conn.execute(
            "UPDATE articles SET text = text || ' phienban' WHERE title <> ?", (make_article(5).title,)
        )
    with world.collection() as collection:
        assert collection.export_corpus(tmp_path / "out", "record", query="phienban").count == 2
    texts = [path.read_text("utf-8") for path in sorted((tmp_path / "out").glob("*.txt"))]
    assert [text.split("\n")[2] for text in texts] == [make_article(3).title, make_article(1).title]


def test_a_line_holds_all_that_belongs_to_an_article(world: World, tmp_path: Path) -> None:
    fill_oddly(world, tmp_path)
    lines = read("jsonl", export(world, "jsonl"))
    with world.collection() as collection:
        for line in lines:
            shown = collection.show(line["id"])
            assert {name: shown[name] for name in ("sightings", "revisions")} == {
                name: line[name] for name in ("sightings", "revisions")
            }
    assert {one["id"]: one for line in lines for one in line["sources"]} == {
        row["id"]: row for row in world.rows("SELECT id, name, homepage FROM sources")
    }


def test_filters_choose_as_for_a_list(world: World, tmp_path: Path) -> None:
    fill_oddly(world, tmp_path)
    wanted = ArticleFilter(source="bao-thu", since=date(2026, 11, 20), grade="core")
    with world.collection() as collection:
        listed = sorted(row["id"] for row in collection.list(wanted))
    assert [line["id"] for line in read("jsonl", export(world, "jsonl", wanted))] == listed
    assert all(
        line["duplicate_of"] is None for line in read("jsonl", export(world, "jsonl", ArticleFilter()))
    )


def test_a_feed_is_what_rfc_4287_asks_for(world: World) -> None:
    crawl(
        world,
        make_article(0, published=Published("2026-11-20T01:30:00Z", Precision.MINUTE), authors=()),
        make_article(3, published=Published("2026-11-19", Precision.DAY), title="A & <b>B</b>"),
        make_article(6, published=None, authors=("Lò Thị Mẩy", "Vàng A Sò")),
    )
    data = export(world, "atom")
    feed = feedparser.parse(data)
    assert not feed.bozo
    assert feed.feed.updated == "2026-11-21T03:00:00Z"
    newest, dated_, undated = feed.entries
    assert newest.id == "tag:bao-thu.example,2026:/tin/0.html"
    assert (newest.published, newest.author) == ("2026-11-20T01:30:00Z", "Báo Thử")
    assert newest.link == "https://bao-thu.example/tin/0.html"
    assert newest.summary == make_text(0).partition("\n")[0]
    assert newest.content[0].value.count("<p>") == 4
    assert "trade-customs" in [tag.term for tag in newest.tags]
    assert (dated_.published, dated_.title_detail.value) == ("2026-11-19T00:00:00+07:00", "A & <b>B</b>")
    assert "published" not in undated
    assert [one.name for one in undated.authors] == ["Lò Thị Mẩy", "Vàng A Sò"]
    for entry in ElementTree.fromstring(data).findall(f"{ATOM}entry"):
        assert [len(entry.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]


def test_each_feed_is_one_of_its_own(world: World) -> None:
    """A reader that follows two of them must not take them for one."""
    crawl(world, dated(1, "2026-11-18"))

    def feed_of(wanted: ArticleFilter, query: str | None = None) -> Any:
        file = io.BytesIO()
        with world.collection() as collection:
            collection.export("atom", file, wanted, query)
        return feedparser.parse(file.getvalue()).feed

    since = date(2026, 1, 1)
    asked = [
        (ArticleFilter(), None), (ArticleFilter(), "cửa khẩu"), (ArticleFilter(country="LA"), None),
        (ArticleFilter(place="tra-linh-gate", since=since), None), (ALL, None),
        (ArticleFilter(until=since), None),
    ]  # fmt: skip
    feeds = [feed_of(*one) for one in asked]
    assert len({feed.id for feed in feeds}) == len({feed.title for feed in feeds}) == len(asked)
    assert (feeds[0].id, feeds[0].title) == ("tag:biengioi,2026:articles", "biengioi")
    assert feeds[1].title == "biengioi: cửa khẩu"
    assert feeds[3].title == "biengioi: place tra-linh-gate · since 2026-01-01"
    assert [feed_of(*one).id for one in asked] == [feed.id for feed in feeds]
    assert feed_of(ArticleFilter(limit=3)).id == feeds[0].id
    assert not [link for feed in feeds for link in feed.get("links", ()) if link.rel == "self"]


def test_a_feed_holds_the_newest_and_may_be_empty(world: World) -> None:
    assert feedparser.parse(export(world, "atom")).feed.updated == "2026-11-21T02:00:00Z"
    crawl(world, dated(1, "2026-11-18"), dated(3, "2026-11-20"), dated(5, "2026-11-19"))
    titles = [one["title"] for one in read("atom", export(world, "atom", ArticleFilter(limit=2)))]
    assert titles == [make_article(3).title, make_article(5).title]


@pytest.mark.parametrize(
    ("url", "id_"),
    [
        ("https://bao-thu.example/a-1.html", "tag:bao-thu.example,2026:/a-1.html"),
        ("https://bao-thu.example/?id=7&p=2", "tag:bao-thu.example,2026:/?id=7&p=2"),
        ("https://báo.example/đường", "tag:xn--bo-mia.example,2026:/%C4%91%C6%B0%E1%BB%9Dng"),
        ("javascript:alert(1)", "tag:biengioi,2026:ff"),
        (None, "tag:biengioi,2026:ff"),
    ],
)
def test_an_entry_has_the_same_id_in_every_collection(url: str | None, id_: str) -> None:
    assert entry_id({"url": url, "source_id": "bao-thu", "content_hash": "ff"}) == id_
    assert entry_id({"url": url, "source_id": "import", "content_hash": "ff"}) == "tag:biengioi,2026:ff"


def test_an_address_is_written_as_feeds_may_have_it(world: World) -> None:
    put_all(world, "Tên")
    with world.connection() as conn, write_transaction(conn):
        conn.execute("UPDATE articles SET url = 'https://bao.vn/hội đàm|1.html'")
    assert b'href="https://bao.vn/h%E1%BB%99i%20%C4%91%C3%A0m%7C1.html"' in export(world, "atom")


def test_a_scripted_address_is_never_a_link(world: World) -> None:
    put_all(world, "Tên")
    with world.connection() as conn, write_transaction(conn):
        conn.execute("UPDATE articles SET url = 'javascript:alert(1)'")
    assert b"javascript" not in export(world, "atom")


@pytest.mark.parametrize("order", ["id", "oldest first", "newest first"])
@pytest.mark.parametrize("limit", [None, 1, 5, 100])
def test_pages_hold_every_article_once_and_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch, order: Order, limit: int | None
) -> None:
    monkeypatch.setattr(batches, "PAGE_COUNT", 3)
    monkeypatch.setattr(batches, "PAGE_CHARS", 1200)
    days = ("2026-11-20", None, "2026-11-18", "2026-11-20", None, "2026-11", "2026-11-20", "2026-11-21")
    fill(world, len(days))
    with world.connection() as conn, write_transaction(conn):
        for id_, day in enumerate(days, start=1):
            precision = day and ("month" if len(day) == 7 else "day")
            conn.execute(
                "UPDATE articles SET published_at = ?, published_precision = ? WHERE id = ?",
                (day, precision, id_),
            )
    ids = sorted(range(1, len(days) + 1), key=lambda id_: (days[id_ - 1] or "", id_))
    ids = ids[::-1] if order == "newest first" else ids
    chosen = ArticleFilter(include_duplicates=True, limit=limit)
    with world.connection() as conn:
        read_ = read_pages(conn, chosen_ids(conn, chosen, order), "id, published_at, text", list)
        found = [[row["id"] for row in page] for page in read_]
    assert {len(page) for page in found} <= {1, 2, 3}
    wanted = sorted(ids[:limit]) if order == "id" else ids[:limit]
    assert [id_ for page in found for id_ in page] == wanted


def test_what_is_forgotten_meanwhile_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PAGE_COUNT", 2)
    fill(world, 5)
    with world.connection() as conn, world.collection() as collection:
        reading = read_pages(conn, chosen_ids(conn, ALL, "id"), "id", list)
        found = [row["id"] for row in next(reading)]
        assert collection.forget(4).is_purged
        assert [*found, *(row["id"] for page in reading for row in page)] == [1, 2, 3, 5]


def test_writers_are_not_held_up_and_the_log_stays_small(world: World, tmp_path: Path) -> None:
    """An export whose reader is slow, and a crawl that stores far more than the log may hold meanwhile."""
    fill(world, 1100)
    log = world.path.with_name("test.db-wal")

    class SlowPipe(io.RawIOBase):
        line_count = 0

        def write(self, line: Any) -> int:
            if self.line_count == 0:
                store(world, 4000)
            self.line_count += 1
            return len(line)

    with world.collection() as collection:
        pipe = SlowPipe()
        collection.export("jsonl", pipe, ALL)  # type: ignore[arg-type]
    assert pipe.line_count == 1100
    assert not log.exists() or log.stat().st_size < 8 << 20


def store(world: World, count: int) -> None:
    """Write many articles, one transaction for each hundred."""
    with world.connection() as conn:
        conn.execute("PRAGMA busy_timeout = 0")  # a writer that has to wait fails
        for start in range(0, count, 100):
            with write_transaction(conn):
                for number in range(start, start + 100):
                    conn.execute(
                        "INSERT INTO articles (source_id, text, language, fetched_at, content_hash)"
                        " VALUES ('bao-thu', ?, 'vi', '2026-11-21T02:00:00Z', ?)",
                        (f"{number} {'x' * 4000}", f"{number:064}"),
                    )


@pytest.mark.parametrize("layout", ["jsonl", "csv", "parquet"])
def test_memory_does_not_grow_with_the_collection(world: World, layout: str) -> None:
    put_all(world, "Tên")
    with world.connection() as conn:
        conn.execute("BEGIN")  # which leaves the indexes for later
        conn.executemany(
            "INSERT INTO articles (source_id, text, language, fetched_at, content_hash)"
            " VALUES ('bao-thu', ?, 'vi', '2026-11-21T02:00:00Z', ?)",
            ((f"{number} " + "x" * 1_000_000, f"{number:064}") for number in range(30)),
        )
        conn.execute("COMMIT")
    export(world, layout, ArticleFilter(until=date(2000, 1, 1)))  # imports what it needs
    with world.collection() as collection, Path(os.devnull).open("wb") as file:
        tracemalloc.start()
        try:
            collection.export(layout, file, ALL)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 20 << 20


def test_a_file_is_there_whole_or_not_at_all(world: World, tmp_path: Path) -> None:
    fill(world, 3)
    dest = tmp_path / "out.csv"
    dest.write_text("die Datei von gestern")
    with world.connection() as conn, write_transaction(conn):
        conn.execute("UPDATE articles SET tags = 'kaputt' WHERE id = 3")
    before = sorted(tmp_path.iterdir())
    with world.collection() as collection:
        for layout in ("jsonl", "parquet", "atom"):
            with pytest.raises(StorageError, match="biengioi verify"):
                collection.export(layout, dest, ALL)
            assert dest.read_text() == "die Datei von gestern"
        assert sorted(path for path in tmp_path.iterdir() if not path.name.startswith("test.db")) == [dest]
        assert collection.export("csv", dest, ALL) == 3
    assert dest.read_bytes().startswith(b"\xef\xbb\xbfid,")
    assert dest in before


def test_what_a_killed_export_left_is_cleared_away_in_time(world: World, tmp_path: Path) -> None:
    fill(world, 1)
    old, new = tmp_path / ".out.csv.0a1b2c3d.part", tmp_path / ".out.csv.4e5f6071.part"
    for part in (old, new):
        part.write_text("nửa chừng")
    os.utime(old, (0, 0))
    with world.collection() as collection:
        collection.export("csv", tmp_path / "out.csv", ALL)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_link_keeps_pointing_to_its_file(world: World, tmp_path: Path) -> None:
    fill(world, 1)
    (tmp_path / "there").mkdir()
    (tmp_path / "feed.xml").symlink_to(tmp_path / "there" / "feed.xml")
    with world.collection() as collection:
        collection.export("atom", tmp_path / "feed.xml", ALL)
    assert (tmp_path / "feed.xml").is_symlink()
    assert (tmp_path / "there" / "feed.xml").stat().st_size > 500


def test_a_named_pipe_is_written_to_and_stays(world: World, tmp_path: Path) -> None:
    fill(world, 2)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    with world.collection() as collection:
        collection.export("jsonl", pipe, ALL)
    reader.join(10)
    assert len(received[0].splitlines()) == 2
    assert pipe.is_fifo()


def test_what_must_not_be_replaced_is_not(world: World, tmp_path: Path) -> None:
    fill(world, 1)
    with world.collection() as collection:
        for name in ("test.db", "test.db-wal"):
            with pytest.raises(UsageError, match="is the collection itself"):
                collection.export("jsonl", tmp_path / name, ALL)
        with pytest.raises(UsageError, match="is a folder"):
            collection.export("jsonl", tmp_path, ALL)
        with pytest.raises(UsageError, match="cannot be written"):
            collection.export("jsonl", tmp_path / "no" / "where.jsonl", ALL)
        assert collection.counts()["article_count"] == 1


def test_parquet_without_its_library_is_said_in_a_sentence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with (
        world.collection() as collection,
        pytest.raises(UsageError, match=r"pip install 'biengioi\[parquet\]'"),
    ):
        collection.export("parquet", io.BytesIO(), ALL)


def test_a_sqlite_error_is_not_taken_for_a_damaged_column(world: World) -> None:
    fill(world, 1)
    with world.connection() as conn, write_transaction(conn):
        conn.execute("DROP TABLE revisions")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        export(world, "jsonl")
