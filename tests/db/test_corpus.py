"""Import and export: byte for byte, all or nothing, nothing overwritten."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crawler.article import Precision, Published
from crawler.errors import UsageError
from crawler.extraction.corpus import RULE
from crawler.identity.content import content_hash
from db.collection import ArticleFilter, ImportReport
from tests.articles import make_article, make_text
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
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def test_a_record_comes_back_byte_for_byte(world: World, tmp_path: Path) -> None:
    files = write(tmp_path / "in", a=record(0), b=record(1, url="", title=""))
    with world.collection() as collection:
        assert collection.import_paths([files]) == ImportReport(stored=2)
        assert collection.export_corpus(tmp_path / "out" / "here", "record") == 2
        rows = [collection.show(id_) for id_ in (1, 2)]
    assert contents(tmp_path / "out" / "here") == [record(0), record(1, url="", title="")]
    assert [path.name for path in sorted((tmp_path / "out" / "here").iterdir())] == [
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
        with pytest.raises(UsageError, match=r"empty holds no \.txt file"):
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
        assert collection.export_corpus(tmp_path / "out", "record", ArticleFilter(source="import")) == 1
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
        assert collection.export_corpus(tmp_path / "out", "plain") == 2
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == [
        f"{number:03}_{content_hash(make_text(story))[:16]}.txt" for number, story in enumerate((2, 1))
    ]


def test_an_export_is_repeatable_and_never_mixed_with_anything_else(world: World, tmp_path: Path) -> None:
    with world.collection() as collection:
        collection.import_paths([write(tmp_path / "in", a=record(0))])
        out = tmp_path / "out"
        collection.export_corpus(out, "record")
        before = contents(out)
        (part,) = (path.with_suffix(".part") for path in out.iterdir())
        part.write_bytes(b"an export that was killed")
        assert collection.export_corpus(out, "record") == 1
        assert contents(out) == before
        (out / "ghi-chep.md").write_text("của người dùng")
        with pytest.raises(UsageError, match=r"holds other files \(ghi-chep\.md\)"):
            collection.export_corpus(out, "plain")
        with pytest.raises(UsageError, match="cannot be written"):
            collection.export_corpus(out / "ghi-chep.md", "plain")
    assert set(contents(out)) == {*before, "của người dùng".encode()}
