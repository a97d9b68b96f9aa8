"""Corpus folders out and in: byte for byte, added to and never renumbered, whole after a kill."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.article import Article, Precision, Published
from crawler.errors import UsageError
from crawler.formats.corpus import RULE
from crawler.source import IMPORT
from crawler.text.normalize import content_hash
from db.articles.importing import ImportReport
from db.articles.keeping import keep
from db.collection import ArticleFilter, Collection
from db.export.corpus import CorpusReport
from db.export.corpus_folder import CorpusFolder
from db.file.connection import write_transaction
from db.file.opening import open_database
from tests.articles import make_article, make_text
from tests.db.odd_collection import make_copy
from tests.db.processes import ROOT
from tests.db.world import PAPER, World

URL = "https://bao-khac.example/Tin-Cu/1.html?utm_source=rss"


def record(number: int = 0, url: str = URL, title: str = "Nhịp cầu hữu nghị") -> bytes:
    body = make_text(number).replace("\n", " ")
    return f"{url}\n{RULE}\n{title}\n{RULE}\n{body}\n{RULE}\n".encode()


def write(folder: Path, **files: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / f"{name}.txt").write_bytes(data)
    return folder


def contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*.txt"))]


def names(folder: Path) -> list[str]:
    return [path.name for path in sorted(folder.glob("*.txt"))]


def manifest(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_record_comes_back_byte_for_byte(world: World, tmp_path: Path) -> None:
    files = write(tmp_path / "in", a=record(0), b=record(1, url="", title=""))
    with world.collection() as collection:
        assert collection.import_paths([files]) == ImportReport(stored=2)
        assert collection.export_corpus(tmp_path / "out" / "here", "record") == CorpusReport(2, 2, 0, 0)
        rows = [collection.show(id_) for id_ in (1, 2)]
    assert contents(tmp_path / "out" / "here") == [record(0), record(1, url="", title="")]
    assert names(tmp_path / "out" / "here") == [
        f"{number:03}_{row['content_hash'][:16]}.txt" for number, row in enumerate(rows)
    ]
    first, second = rows
    assert (first["source_id"], first["url"], first["title"]) == ("import", URL, "Nhịp cầu hữu nghị")
    assert (first["language"], first["topic_score"], first["topic_grade"]) == ("vi", None, None)
    assert [one["url"] for one in first["sightings"]] == [URL.partition("?")[0]]
    assert (second["url"], second["title"], second["sightings"]) == (None, None, [])


def test_a_plain_text_comes_back_without_its_furniture(world: World, tmp_path: Path) -> None:
    tail = "\nTác giả: N.S\nÝ kiến bạn đọc\nNhững tin mới hơn\nNhững tin cũ hơn"
    files = write(tmp_path / "in", a=(make_text(0) + tail).encode())
    with world.collection() as collection:
        collection.import_paths([files / "a.txt"])
        collection.export_corpus(tmp_path / "out", "plain")
    assert contents(tmp_path / "out") == [make_text(0).encode()]


def test_the_seeds_of_the_project_survive(world: World, tmp_path: Path, shared: Path) -> None:
    (plain,) = (shared / "seeds").glob("000_*.txt")
    (as_record,) = (shared / "seeds").glob("003_*.txt")
    with world.collection() as collection:
        assert collection.import_paths([plain, as_record]).stored == 2
        collection.export_corpus(tmp_path / "plain", "plain")
        collection.export_corpus(tmp_path / "record", "record")
        hashes = [row["content_hash"] for row in collection.list()]
    assert contents(tmp_path / "record")[1] == as_record.read_bytes()
    assert contents(tmp_path / "plain")[0] == b"\n".join(plain.read_bytes().split(b"\n")[:-4])
    assert [one[:16] for one in hashes] == ["7c60ca1013fc2e32", "2e6b9783096f7a47"]


def test_the_same_text_twice_is_counted_and_kept_once(world: World, tmp_path: Path) -> None:
    other_address = record(0, url="https://bao-hai.example/x", title="Tên khác")
    files = write(tmp_path / "in", a=record(0), b=other_address)
    with world.collection() as collection:
        assert collection.import_paths([files]) == ImportReport(stored=1, duplicate=1)
        assert collection.import_paths([files]) == ImportReport(duplicate=2)
        assert len(collection.show(1)["sightings"]) == 2
        (entry,) = collection.explain(URL)["decisions"]
        assert (entry["reason"], entry["article_id"]) == ("imported", 1)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (record(5).replace(b"\n", b"\r\n"), "carriage return"),
        (b"\xef\xbb\xbf" + record(5), "byte order mark"),
        (record(5)[:-1], "must end with one line end"),
        (record(5).replace(b"Nh", b"\xff"), "not UTF-8"),
    ],
)
def test_one_malformed_file_is_named_and_nothing_is_stored(
    world: World, tmp_path: Path, bad: bytes, words: str
) -> None:
    files = write(tmp_path / "in", a=record(0), b=bad, c=record(2))
    with world.collection() as collection:
        with pytest.raises(UsageError, match=words) as caught:
            collection.import_paths([files])
        assert str(caught.value).startswith(f"{files / 'b.txt'} ")
        assert collection.counts()["article_count"] == 0


def test_a_missing_file_and_an_empty_folder_are_named(world: World, tmp_path: Path) -> None:
    with world.collection() as collection:
        with pytest.raises(UsageError, match=r"no\.txt cannot be read"):
            collection.import_paths([tmp_path / "no.txt"])
        (tmp_path / "empty").mkdir()
        with pytest.raises(UsageError, match=r"empty holds no \.txt and no \.jsonl"):
            collection.import_paths([tmp_path / "empty"])


def test_a_crawl_never_changes_an_imported_record_nor_an_import_a_crawled_article(
    world: World, tmp_path: Path
) -> None:
    crawled = make_article(3, published=Published("2026-11-20", Precision.DAY))
    files = write(tmp_path / "in", a=record(0, url=str(crawled.url)))

    async def crawl() -> None:
        async with world.crawl(PAPER) as run:
            await run.keep(crawled)

    with world.collection() as collection:
        collection.import_paths([files])
        asyncio.run(crawl())
        assert collection.import_paths([files]) == ImportReport(duplicate=1)
        assert [row["text"] for row in collection.list()] == [
            crawled.text,
            make_text(0).replace("\n", " "),
        ]
        assert collection.export_corpus(tmp_path / "out", "record", ArticleFilter(source="import")).count == 1
    assert contents(tmp_path / "out") == [record(0, url=str(crawled.url))]


def test_what_was_taken_down_is_not_imported_again(world: World, tmp_path: Path) -> None:
    files = write(tmp_path / "in", a=record(0))
    with world.collection() as collection:
        collection.import_paths([files])
        collection.forget(1)
        write(files, b=record(1))  # another text under the same address
        assert collection.import_paths([files]) == ImportReport(forgotten=2)


def test_an_export_is_ordered_by_publication_and_leaves_duplicates_out(world: World, tmp_path: Path) -> None:
    days = {1: "2026-11-20", 2: "2026-11-18", 3: "2026-11-19"}

    async def crawl() -> None:
        async with world.crawl() as run:
            for number, day in days.items():
                await run.keep(make_article(number, published=Published(day, Precision.DAY)))
        world.pass_time(hours=1)
        async with world.crawl() as run:
            await run.keep(make_article(3, text=make_text(1)))

    asyncio.run(crawl())
    with world.collection() as collection:
        assert collection.export_corpus(tmp_path / "out", "plain").count == 2
    assert names(tmp_path / "out") == [
        f"{number:03}_{content_hash(make_text(story))[:16]}.txt" for number, story in enumerate((2, 1))
    ]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def crawl(world: World, *articles: Article) -> None:
    async def scenario() -> None:
        async with world.crawl() as run:
            for article in articles:
                await run.keep(article)

    world.pass_time(hours=1)
    asyncio.run(scenario())


def dated(number: int, day: str, **changes: Any) -> Article:
    return make_article(number, published=Published(day, Precision.DAY), **changes)


def test_the_manifest_says_what_every_file_is(world: World, out: Path) -> None:
    crawl(world, dated(1, "2026-11-20"), dated(2, "2026-11-19"))
    with world.collection() as collection:
        collection.export_corpus(out, "plain", ArticleFilter(include_duplicates=True))
    first, second = manifest(out)
    assert first == {
        "file": names(out)[0],
        "id": 2,
        "content_hash": content_hash(make_text(2)),
        "sha256": hashlib.sha256(make_text(2).encode()).hexdigest(),
        "url": "https://bao-thu.example/tin/2.html",
        "source_id": "bao-thu",
        "published_at": "2026-11-19",
        "format": "plain",
    }
    assert second["file"].startswith("001_")


def test_run_again_it_adds_what_is_new_behind_what_is_there(world: World, out: Path) -> None:
    everything_wanted = ArticleFilter(include_duplicates=True)
    crawl(world, dated(1, "2026-11-20"), dated(3, "2026-11-18"))
    with world.collection() as collection:
        collection.export_corpus(out, "record", everything_wanted)
        before = everything(out)
        assert collection.export_corpus(out, "record", everything_wanted) == CorpusReport(2, 0, 0, 0)
        assert everything(out) == before
    crawl(world, dated(5, "2026-11-19"), dated(6, "2026-11-17"))
    with world.collection() as collection:
        report = collection.export_corpus(out, "record", everything_wanted)
    assert report == CorpusReport(4, 2, 0, 0)
    hashes = [content_hash(make_text(number))[:16] for number in (3, 1, 6, 5)]
    assert names(out) == [f"{number:03}_{one}.txt" for number, one in enumerate(hashes)]
    assert [line["file"] for line in manifest(out)] == names(out)
    assert before.items() - {("manifest.jsonl", before["manifest.jsonl"])} <= everything(out).items()


def test_a_revised_article_takes_the_place_of_what_it_said(world: World, out: Path) -> None:
    crawl(world, dated(1, "2026-11-18"), dated(3, "2026-11-20"))
    with world.collection() as collection:
        collection.export_corpus(out, "record")
        old, other = names(out)
    crawl(world, dated(1, "2026-11-18", edit=1))
    with world.collection() as collection:
        assert collection.export_corpus(out, "record") == CorpusReport(2, 0, 1, 0)
    assert names(out) == [f"000_{content_hash(make_text(1, edit=1))[:16]}.txt", other]
    assert old not in {line["file"] for line in manifest(out)}
    crawl(world, dated(1, "2026-11-18", edit=1, title="Chỉ đổi tên"))
    with world.collection() as collection:
        assert collection.export_corpus(out, "record").replaced_count == 1
    assert b"\nCh\xe1\xbb\x89 \xc4\x91\xe1\xbb\x95i t\xc3\xaan\n" in contents(out)[0]
    assert len(manifest(out)) == 2


def test_what_was_taken_down_leaves_the_folder_and_its_number_stays_free(world: World, out: Path) -> None:
    crawl(world, dated(1, "2026-11-18"), dated(3, "2026-11-20"))
    with world.collection() as collection:
        collection.export_corpus(out, "plain")
        kept = names(out)[1]
        collection.forget(1)
    crawl(world, dated(5, "2026-11-21"))
    with world.collection() as collection:
        report = collection.export_corpus(out, "plain")
        assert report == CorpusReport(2, 1, 0, 1)
        assert "1 removed, as taken down" in report.summary(out)
    assert names(out) == [kept, f"002_{content_hash(make_text(5))[:16]}.txt"]
    assert [line["id"] for line in manifest(out)] == [2, 3]


def test_what_does_not_match_this_time_stays(world: World, out: Path) -> None:
    crawl(world, dated(1, "2026-11-18"), dated(3, "2026-11-20"))
    with world.collection() as collection:
        collection.export_corpus(out, "plain")
        before = everything(out)
        report = collection.export_corpus(out, "plain", ArticleFilter(since=date(2026, 11, 19)))
    assert report == CorpusReport(1, 0, 0, 0)
    assert everything(out) == before


def test_files_that_are_gone_or_empty_are_written_again(world: World, out: Path) -> None:
    crawl(world, dated(1, "2026-11-18"), dated(3, "2026-11-20"))
    with world.collection() as collection:
        collection.export_corpus(out, "plain")
        before = everything(out)
        (out / names(out)[0]).unlink()
        (out / names(out)[0]).write_bytes(b"")  # as after a power cut
        collection.export_corpus(out, "plain")
    assert everything(out) == before


def test_nothing_else_in_the_folder_is_touched(world: World, out: Path) -> None:
    crawl(world, dated(1, "2026-11-18"))
    out.mkdir()
    notes = out / "ghi-chep.md"
    notes.write_text("của người dùng")
    with world.collection() as collection:
        with pytest.raises(UsageError, match=r"holds other files \(ghi-chep\.md\)"):
            collection.export_corpus(out, "plain")
        assert list(out.iterdir()) == [notes]
        with pytest.raises(UsageError, match="cannot be written"):
            collection.export_corpus(notes, "plain")
        notes.rename(out / "000_0123456789abcdef.txt")  # named like ours, and in no manifest
        with pytest.raises(UsageError, match="holds other files"):
            collection.export_corpus(out, "plain")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{}\n", "line 2 is not a line of a manifest"),
        (b"\xff\n", "line 2 is not a line of a manifest"),
        (b'{"id": "1"}\n', "line 2 is not a line"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused(world: World, out: Path, line: bytes, words: str) -> None:
    crawl(world, dated(1, "2026-11-18"))
    with world.collection() as collection:
        collection.export_corpus(out, "plain")
        (out / "manifest.jsonl").open("ab").write(line)
        before = everything(out)
        with pytest.raises(UsageError, match=words):
            collection.export_corpus(out, "plain")
    assert everything(out) == before


def test_a_manifest_cannot_name_a_file_outside_the_folder(world: World, tmp_path: Path) -> None:
    crawl(world, dated(1, "2026-11-18"))
    out = tmp_path / "out"
    with world.collection() as collection:
        collection.export_corpus(out, "plain")
        (claim,) = manifest(out)
        (tmp_path / "mine.txt").write_text("giữ lại")
        (out / "manifest.jsonl").write_text(json.dumps({**claim, "file": "../mine.txt"}) + "\n")
        with pytest.raises(UsageError, match="names a file that no export writes"):
            collection.export_corpus(out, "plain")
    assert (tmp_path / "mine.txt").exists()


def test_another_format_or_collection_is_never_mixed_in(world: World, tmp_path: Path) -> None:
    crawl(world, dated(1, "2026-11-18"))
    out = tmp_path / "out"
    (tmp_path / "b").mkdir()
    other = World(tmp_path / "b")
    crawl(other, dated(2, "2026-11-18"))
    with world.collection() as collection, other.collection() as foreign:
        collection.export_corpus(out, "plain")
        before = everything(out)
        with pytest.raises(UsageError, match="holds a corpus in the format plain"):
            collection.export_corpus(out, "record")
        with pytest.raises(UsageError, match="the corpus of another collection"):
            foreign.export_corpus(out, "plain")
    assert everything(out) == before


def test_two_exports_into_one_folder_wait_for_each_other(world: World, tmp_path: Path) -> None:
    crawl(world, dated(1, "2026-11-18"))
    with (
        world.connection() as conn,
        CorpusFolder(conn, tmp_path / "out", "plain"),
        world.collection() as collection,
        pytest.raises(UsageError, match="Another export writes into"),
    ):
        collection.export_corpus(tmp_path / "out", "plain")


def test_an_export_that_is_killed_is_resumed(world: World, tmp_path: Path) -> None:
    fill(world, 1200)
    wanted = ArticleFilter(include_duplicates=True)
    with world.collection() as collection:
        collection.export_corpus(tmp_path / "whole", "record", wanted)
        for number, file_count in enumerate((1, 300, 700)):
            out = tmp_path / str(number)
            kill_export(world, out, file_count)
            written = len(names(out))
            report = collection.export_corpus(out, "record", wanted)
            assert (report.count, written + report.added_count + report.replaced_count) == (1200, 1200)
            assert everything(out) == everything(tmp_path / "whole")


def kill_export(world: World, out: Path, file_count: int) -> None:
    """Export in a process of its own and kill it once there are so many files."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "biengioi",
        "--db",
        str(world.path),
        "export",
        "corpus",
        "--copies",
    ]
    with subprocess.Popen([*command, str(out)], cwd=ROOT) as process:
        while process.poll() is None and (not out.exists() or len(list(out.iterdir())) < file_count):
            time.sleep(0.001)
        process.kill()


def test_a_torn_line_of_the_manifest_is_cut_off(world: World, out: Path) -> None:
    crawl(world, dated(1, "2026-11-18"), dated(3, "2026-11-20"))
    with world.collection() as collection:
        collection.export_corpus(out, "plain")
        before = everything(out)
        torn = before["manifest.jsonl"][:-40]
        (out / "manifest.jsonl").write_bytes(torn)
        (out / names(out)[1]).unlink()  # claimed before it is written, and not yet claimed
        (out / "next.part").write_bytes(b"half")
        collection.export_corpus(out, "plain")
    assert everything(out) == before


def test_a_folder_comes_back_in_the_order_of_its_numbers_and_only_undamaged(
    world: World, tmp_path: Path
) -> None:
    fill(world, 1003)
    (tmp_path / "b").mkdir()
    other = World(tmp_path / "b")
    with world.collection() as collection, other.collection() as empty:
        collection.export_corpus(tmp_path / "out", "record", ArticleFilter(include_duplicates=True))
        damaged = tmp_path / "out" / names(tmp_path / "out")[-1]
        good = damaged.read_bytes()
        damaged.write_bytes(good.replace(b"Ng\xc3\xa0y", b"Ngay"))
        with pytest.raises(UsageError, match=r"is not what manifest\.jsonl says"):
            empty.import_paths([tmp_path / "out"])
        damaged.unlink()
        with pytest.raises(UsageError, match="is missing"):
            empty.import_paths([tmp_path / "out"])
        with pytest.raises(UsageError, match="import its folder"):
            empty.import_paths([tmp_path / "out" / "manifest.jsonl"])
        assert empty.counts()["article_count"] == 0
        damaged.write_bytes(good)
        assert empty.import_paths([tmp_path / "out"]).stored == 1003
        empty.export_corpus(tmp_path / "again", "record")
    assert names(tmp_path / "again") == names(tmp_path / "out")
    assert contents(tmp_path / "again") == contents(tmp_path / "out")


def test_a_zip_holds_the_files_of_a_new_folder(world: World, out: Path, tmp_path: Path) -> None:
    crawl(world, dated(1, "2026-11-18"), dated(3, "2026-11-20"), dated(2, "2026-11-19"))
    with world.collection() as collection:
        collection.export_corpus(out, "record")
        for name in ("one.zip", "two.zip"):
            with (tmp_path / name).open("wb") as file:
                assert collection.export("zip", file, ArticleFilter()) == 3
    with ZipFile(tmp_path / "one.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: (out / name).read_bytes() for name in names(out)
        }
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def fill(world: World, count: int) -> None:
    """Store many articles quickly."""
    with world.connection() as conn, write_transaction(conn):
        conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES ('bao-thu', 'Báo Thử')")
        for number in range(count):
            text = f"Ngày chợ phiên thứ {number}."
            conn.execute(
                "INSERT INTO articles (source_id, url, title, text, language, fetched_at, content_hash)"
                " VALUES ('bao-thu', ?, 'Tin', ?, 'vi', '2026-11-21T02:00:00Z', ?)",
                (f"https://bao-thu.example/{number}", text, content_hash(text)),
            )


_WORDS = st.sampled_from(
    ["biên giới", "Cửa khẩu", "hoà bình", "–", "“chung”", "10 km²", "quý báu", "đ", "😀", "-"]
)
_PARAGRAPHS = st.lists(st.lists(_WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=3)


@settings(max_examples=20, deadline=None)
@given(bodies=st.lists(_PARAGRAPHS, min_size=1, max_size=6), layout=st.sampled_from(["record", "plain"]))
def test_what_is_exported_is_imported_and_exported_as_the_same_bytes(
    blank: Path, bodies: list[list[str]], layout: str
) -> None:
    with TemporaryDirectory() as folder:
        first, second = (make_copy(blank, Path(folder) / name) for name in ("a.db", "b.db"))
        with closing(open_database(first)) as conn, write_transaction(conn):
            conn.execute("INSERT INTO sources (id, name) VALUES ('import', 'Imported files')")
            for number, paragraphs in enumerate(bodies):
                article = make_article(number, text="\n".join(paragraphs), lead=None, title=paragraphs[0])
                keep(conn, IMPORT, article, None, None, "2026-11-21T02:00:00Z")
        one, two = Path(folder, "one"), Path(folder, "two")
        with Collection.open(first) as collection:
            collection.export_corpus(one, layout)
        with Collection.open(second) as collection:
            collection.import_paths([one])
            collection.export_corpus(two, layout)
        assert names(one) == names(two)
        assert contents(one) == contents(two)
