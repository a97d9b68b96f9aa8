"""Our JSON lines back into a collection: whole, once, in any order, all or nothing."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import random
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.article import JSON_COLUMNS, Precision, Published
from crawler.errors import UsageError
from crawler.formats.corpus import CorpusRecord, write_plain, write_record
from crawler.formats.json_lines import read_json_line
from crawler.text.normalize import canonical_text, content_hash, sketch
from crawler.topic.topic import Topic
from db.articles import near_duplicates
from db.articles.importing import ImportReport
from db.collection import ArticleFilter, Collection
from db.file.connection import write_transaction
from db.file.opening import open_database
from tests.articles import make_article, make_text
from tests.db.export.test_corpus import crawl, dated
from tests.db.odd_collection import HOSTILE, fill_oddly, make_copy
from tests.db.world import OTHER, PAPER, START, World

ALL = ArticleFilter(include_duplicates=True)


@pytest.fixture
def other(tmp_path: Path) -> World:
    """A second, empty collection."""
    (tmp_path / "other").mkdir()
    return World(tmp_path / "other")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "all.jsonl"


def export(world: World, file: Path) -> list[dict[str, Any]]:
    """Export everything, and return it line by line."""
    with world.collection() as collection:
        collection.export("jsonl", file, ALL)
    return [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]


def take_in(world: World, *paths: Path) -> ImportReport:
    with world.collection() as collection:
        return collection.import_paths(paths)


def write(file: Path, lines: list[dict[str, Any]]) -> Path:
    file.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines), encoding="utf-8")
    return file


def hashed(line: dict[str, Any], text: str) -> dict[str, Any]:
    return {**line, "text": text, "content_hash": content_hash(text)}


def problems(world: World) -> list[str]:
    with world.collection() as collection:
        return [example for check in collection.verify() for example in check.examples]


def test_a_messy_collection_comes_back_byte_for_byte(
    world: World, other: World, file: Path, tmp_path: Path
) -> None:
    fill_oddly(world, tmp_path)
    lines = export(world, file)
    assert any(line["duplicate_of"] for line in lines)
    assert any(len(line["revisions"]) > 1 for line in lines)
    assert any(len(line["sightings"]) > 1 for line in lines)
    assert take_in(other, file) == ImportReport(stored=len(lines))
    again = tmp_path / "again.jsonl"
    export(other, again)
    assert again.read_bytes() == file.read_bytes()
    tables = "articles", "revisions", "sightings"
    for table in tables:
        sql = f"SELECT * FROM {table} ORDER BY 1, 2, 3"
        assert world.rows(sql) == other.rows(sql)
    assert problems(other) == []


@pytest.mark.parametrize("layout", ["record", "plain"])
def test_imported_records_are_judged_and_grouped_and_come_back_whole(
    world: World, file: Path, tmp_path: Path, layout: str
) -> None:
    """Two of them tell one story, and a third a story that a paper prints too."""
    crawl(world, make_article(6, published=Published("2026-11-20", Precision.DAY)))
    folder = tmp_path / "in"
    folder.mkdir()
    stories = [make_text(3), f"{make_text(3)}\nMột câu thêm ở cuối bài.", f"{make_text(6)}\nMột câu nữa."]
    records = [
        CorpusRecord(f"https://cu.example/{number}", "Tên", text) for number, text in enumerate(stories)
    ]
    if layout == "plain":
        records = [CorpusRecord(None, None, record.text) for record in records]
    written = {(write_record if layout == "record" else write_plain)(record) for record in records}
    for number, text in enumerate(sorted(written)):
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    topic = Topic.load()
    with world.collection() as collection:
        assert collection.import_paths([folder], topic).stored == 3
        rows = [row for row in collection.list(ALL) if row["source_id"] == "import"]
        assert sum(row["duplicate_of"] is not None for row in rows) == 2
        assert {row["duplicate_of"] for row in rows} >= {1}
        for row in rows:
            said = topic.score(title=row["title"], lead=None, text=row["text"])
            assert said.score > 0
            assert (row["topic_score"], row["topic_grade"]) == (said.score, said.grade)
            assert (row["places"], row["fields"]) == (list(said.places), list(said.fields))
        listed = list(collection.list(ArticleFilter(source="import")))
        assert len(listed) == 1
        collection.export_corpus(tmp_path / "all", layout)
        collection.export_corpus(tmp_path / "out", layout, ArticleFilter(source="import"))
        out = io.BytesIO()
        assert collection.export("jsonl", out, ArticleFilter(source="import")) == 3
    for name, count in (("out", 3), ("all", 4)):
        came = [path.read_text("utf-8") for path in (tmp_path / name).glob("*.txt")]
        assert len(came) == count
        assert set(came) >= written
    assert problems(world) == []


def test_a_line_that_says_nothing_of_the_topic_stays_so(
    world: World, other: World, file: Path, tmp_path: Path
) -> None:
    """As earlier releases wrote them: an export of it is the same line, and its copies are found."""
    (tmp_path / "1.txt").write_text(make_text(3), encoding="utf-8")
    take_in(world, tmp_path / "1.txt")
    export(world, file)
    with other.collection() as collection:
        collection.import_paths([file], Topic.load())
    again = tmp_path / "again.jsonl"
    assert [line["topic_grade"] for line in export(other, again)] == [None]
    assert again.read_bytes() == file.read_bytes()
    crawl(other, make_article(1, text=f"{make_text(3)}\nMột câu thêm ở cuối bài.", published=None))
    assert [line["duplicate_of"] for line in export(other, again)] == [None, 1]
    assert problems(other) == []


def test_what_was_packed_is_unpacked(world: World, other: World, file: Path, tmp_path: Path) -> None:
    crawl(world, dated(1, "2026-11-20"))
    export(world, file)
    packed = tmp_path / "all.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert take_in(other, packed).stored == 1
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(UsageError, match=r"all\.jsonl\.gz cannot be read"):
        take_in(other, packed)


def test_the_order_of_the_lines_does_not_matter(
    world: World, other: World, file: Path, tmp_path: Path
) -> None:
    fill_oddly(world, tmp_path)
    lines = export(world, file)
    before = file.read_bytes()
    random.Random(7).shuffle(lines)
    take_in(other, write(file, lines))
    export(other, file)
    assert file.read_bytes() == before


def test_what_is_there_is_never_stored_twice(world: World, file: Path, tmp_path: Path) -> None:
    fill_oddly(world, tmp_path)
    lines = export(world, file)
    before = file.read_bytes()
    assert take_in(world, file) == ImportReport(duplicate=len(lines))
    export(world, file)
    assert file.read_bytes() == before
    assert problems(world) == []


def test_where_ids_are_taken_new_ones_are_given_and_references_follow(
    world: World, other: World, file: Path, tmp_path: Path
) -> None:
    fill_oddly(world, tmp_path)
    lines = export(world, file)
    crawl(other, *(dated(number, "2026-11-20") for number in (60, 63, 66)))
    report = take_in(other, file)
    assert report == ImportReport(stored=len(lines))
    with other.collection() as collection:
        rows = {row["content_hash"]: row for row in collection.list(ALL)}
        hashes = {row["id"]: row["content_hash"] for row in rows.values()}
        by_id = {line["id"]: line for line in lines}
        assert len(rows) == len(lines) + 3
        for line in lines:
            row = rows[line["content_hash"]]
            original = line["duplicate_of"] and by_id[line["duplicate_of"]]["content_hash"]
            assert (row["duplicate_of"] and hashes[row["duplicate_of"]]) == original
            shown = collection.show(row["id"])
            assert (shown["sightings"], shown["revisions"]) == (line["sightings"], line["revisions"])
    assert problems(other) == []


def test_ids_of_forgotten_articles_are_not_given_to_others(world: World, other: World, file: Path) -> None:
    crawl(world, dated(1, "2026-11-20"))
    export(world, file)
    crawl(other, dated(60, "2026-11-20"))
    with other.collection() as collection:
        collection.forget(1)
        collection.import_paths([file])
        assert [row["id"] for row in collection.list(ALL)] == [2]


def test_what_was_taken_down_stays_out(world: World, other: World, file: Path) -> None:
    crawl(world, dated(1, "2026-11-20"), dated(3, "2026-11-20"))
    crawl(world, dated(3, "2026-11-20", edit=1), dated(5, "2026-11-20"))
    export(world, file)
    crawl(other, dated(1, "2026-11-20"), dated(60, "2026-11-19", text=make_text(3)))
    with other.collection() as collection:
        collection.forget(1)  # by its text
        collection.forget(2)  # the text that the other article had before
        assert collection.import_paths([file]) == ImportReport(stored=2, forgotten=1)
        texts = [row["text"] for row in collection.list(ALL)]
        assert sorted(texts) == sorted([make_text(3, edit=1), make_text(5)])
        revisions = [one for row in collection.list(ALL) for one in collection.show(row["id"])["revisions"]]
    assert revisions == []


def test_the_newer_text_of_an_address_wins(world: World, other: World, file: Path, tmp_path: Path) -> None:
    crawl(world, dated(1, "2026-11-20"))
    other.now += timedelta(hours=5)
    crawl(other, dated(1, "2026-11-20", edit=1))
    export(world, file)
    export(other, tmp_path / "newer.jsonl")
    assert take_in(other, file) == ImportReport(older=1)
    assert take_in(world, tmp_path / "newer.jsonl") == ImportReport(revised=1)
    with world.collection() as collection, other.collection() as newer:
        assert collection.show(1)["text"] == newer.show(1)["text"] == make_text(1, edit=1)
        assert [one["text"] for one in collection.show(1)["revisions"]] == [make_text(1)]
        assert "older than here" in ImportReport(older=1).summary()
    assert problems(world) == []


def test_a_second_source_of_a_text_becomes_a_sighting(world: World, other: World, file: Path) -> None:
    crawl(world, dated(1, "2026-11-20"))

    async def reprint() -> None:
        async with other.crawl(OTHER) as run:
            await run.keep(make_article(1, url="https://bao-hai.example/1.html"), source=OTHER)

    asyncio.run(reprint())
    export(world, file)
    assert take_in(other, file) == ImportReport(duplicate=1)
    with other.collection() as collection:
        assert [one["source_id"] for one in collection.show(1)["sightings"]] == ["bao-hai", "bao-thu"]


def test_copies_whose_original_is_not_there_stand_for_themselves(
    world: World, other: World, file: Path, tmp_path: Path
) -> None:
    fill_oddly(world, tmp_path)
    lines = [line for line in export(world, file) if line["duplicate_of"]]
    assert take_in(other, write(file, lines)).stored == len(lines)
    assert other.rows("SELECT 1 FROM articles WHERE duplicate_of IS NOT NULL") == []


def test_chains_and_circles_of_copies_are_resolved(world: World, other: World, file: Path) -> None:
    """An export is read page by page, so an article may change sides while it is written."""
    crawl(
        world,
        *(dated(number, "2026-11-20", text=f"{number} {make_text(number)}") for number in range(0, 9, 2)),
    )
    lines = export(world, file)
    for line, original in zip(lines, (2, 3, 4, 1, 5), strict=True):
        line["duplicate_of"] = original
    take_in(other, write(file, lines))
    rows = other.rows("SELECT id, duplicate_of FROM articles")
    (original,) = (row["id"] for row in rows if row["duplicate_of"] is None and row["id"] != 5)
    assert {row["duplicate_of"] for row in rows if row["id"] not in (original, 5)} == {original}
    assert problems(other) == []


def test_several_exports_and_corpora_come_in_together(
    world: World, other: World, file: Path, tmp_path: Path
) -> None:
    crawl(world, dated(1, "2026-11-20"), dated(3, "2026-11-20"))
    folder = tmp_path / "folder"
    with world.collection() as collection:
        collection.export("jsonl", folder.parent / "all.jsonl", ALL)
        collection.export_corpus(folder / "corpus", "plain", ALL)
    file.rename(folder / "all.jsonl")
    assert take_in(other, folder) == ImportReport(stored=2, duplicate=2)


BREAKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "is not JSON": lambda line: "{" + json.dumps(line),
    "is not a JSON object": lambda line: json.dumps([line]),
    "is no article of an export: text is missing": lambda line: {
        k: v for k, v in line.items() if k != "text"
    },
    "content_hash that is not that of its text": lambda line: {**line, "text": "khác"},
    "has a text that no export writes; it must be text": lambda line: {**line, "text": 7},
    "has a id that": lambda line: {**line, "id": 0},
    "it must be a number from 1": lambda line: {**line, "id": 1 << 60},
    "has a url that": lambda line: {**line, "url": "javascript:alert(1)"},
    "has a tags that": lambda line: {**line, "tags": [1]},
    "has a evidence that": lambda line: {**line, "evidence": [{"id": "CN"}]},
    "has a topic_grade that": lambda line: {**line, "topic_grade": "good"},
    "has a topic_score that": lambda line: {**line, "topic_score": 101},
    "published_at that is no day": lambda line: {
        **line,
        "published_precision": "day",
        "published_at": "2026-13-01",
    },
    "published_at that is no minute": lambda line: {
        **line,
        "published_precision": "minute",
        "published_at": None,
    },
    "published_at that is no precision": lambda line: {**line, "published_precision": None},
    "has a fetched_at that": lambda line: {**line, "fetched_at": "2026-11-21T25:00:00Z"},
    "has sightings that are no objects": lambda line: {**line, "sightings": ["x"]},
    "sightings.seen_at is missing": lambda line: {**line, "sightings": [{"url": "x", "source_id": "y"}]},
    "the source 'bao-thu', which is not among": lambda line: {**line, "sources": []},
    "two revisions with one number": lambda line: {**line, "revisions": [revision(), revision()]},
    "the id 1 of an earlier line": lambda line: hashed({**line, "id": 1}, "Một bài khác hẳn."),
}


def revision() -> dict[str, Any]:
    return hashed({"number": 1, "seen_at": "2026-11-21T02:00:00Z"}, "Bản cũ.")


@pytest.mark.parametrize("words", BREAKS)
def test_a_line_that_does_not_fit_is_named_and_nothing_is_stored(
    blank: Path, file: Path, tmp_path: Path, words: str
) -> None:
    good = {
        "id": 1, "source_id": "bao-thu", "fetched_at": "2026-11-21T02:00:00Z", "language": "vi",
        "published_at": "2026-11-20", "published_precision": "day", "tags": ["a"],
        "sources": [{"id": "bao-thu", "name": "Báo Thử"}],
    }  # fmt: skip
    bad = BREAKS[words](hashed({**good, "id": 2}, make_text(3)))
    lines = [hashed(good, make_text(1)), bad]
    file.write_text(
        "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines),
        encoding="utf-8",
    )
    with Collection.open(make_copy(blank, tmp_path / "b.db")) as collection:
        with pytest.raises(UsageError) as caught:
            collection.import_paths([file])
        assert str(caught.value).startswith(f"{file}: line 2 ")
        assert words in str(caught.value)
        assert str(caught.value).endswith(".")
        assert collection.counts()["article_count"] == 0


@pytest.mark.parametrize(
    "line", [b'"\\ud800"', b"\xff\xfe", b"nan", b"[" * 100_000, b'{"id":' + b"9" * 400 + b"}"]
)
def test_what_is_no_line_of_ours_is_one_sentence(line: bytes) -> None:
    with pytest.raises(UsageError, match=r"^(is|has) .*\.$"):
        read_json_line(line)


def test_keys_of_a_newer_program_are_left_out_and_named_once(
    world: World, other: World, file: Path, tmp_path: Path
) -> None:
    fill_oddly(world, tmp_path)
    lines = export(world, file)
    before = file.read_bytes()
    for line in lines:
        line["colour"] = {"r": 1}
        line["published_day"] = "2026-11-20"  # the table has it, and no export
        for one in line["sightings"]:
            one["rank"] = None
    report = take_in(other, write(file, lines))
    assert report.stored == len(lines)
    assert report.unknown_keys == {"colour", "published_day", "sightings.rank"}
    assert "unknown_keys" not in report.to_json()
    warning = report.warning()
    assert warning is not None
    assert "colour, published_day, sightings.rank." in warning
    export(other, file)
    assert file.read_bytes() == before
    assert take_in(other, file).warning() is None


def test_very_many_unknown_keys_are_a_short_warning() -> None:
    warning = ImportReport(
        unknown_keys=frozenset(f"{number:03}{'x' * 5000}" for number in range(500))
    ).warning()
    assert warning is not None
    assert warning.startswith("Left out what this version does not know: 000xxx")
    assert "and 490 more" in warning
    assert len(warning) < 600


# --- any collection -----------------------------------------------------------------------------

_TEXTS = st.one_of(
    st.sampled_from([text[:50] for text in HOSTILE]),
    st.text(st.characters(codec="utf-8"), max_size=30),
)
_DATES = st.sampled_from(
    [(None, None), ("2026-11", "month"), ("2026-11-20", "day"), ("2026-11-20T01:30:00Z", "second")]
)
_NUMBERS = st.integers(0, 9)
_ARTICLES = st.fixed_dictionaries(
    {
        "texts": st.lists(_TEXTS, min_size=1, max_size=4, unique_by=content_hash),
        "source": st.sampled_from(["bao-thu", "bao-hai", "import"]),
        "title": st.none() | _TEXTS,
        "list": st.lists(_TEXTS, max_size=3),
        "date": _DATES,
        "score": st.none() | st.integers(0, 100),
        "weight": st.floats(allow_nan=False, allow_infinity=False),
        "seen": st.lists(_NUMBERS, max_size=3, unique=True),
        "copy_of": st.none() | _NUMBERS,
    }
)


@settings(max_examples=25, deadline=None)
@given(articles=st.lists(_ARTICLES, max_size=8))
def test_any_collection_comes_back_byte_for_byte(blank: Path, articles: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        first, second = (make_copy(blank, folder / one) for one in ("a.db", "b.db"))
        with closing(open_database(first)) as conn, write_transaction(conn):
            conn.executemany(
                "INSERT INTO sources (id, name, homepage) VALUES (?, ?, ?)",
                [("bao-thu", "Báo Thử", PAPER.homepage), ("bao-hai", "", None), ("import", "=1", None)],
            )
            store(conn, articles)
        with Collection.open(first) as collection:
            collection.export("jsonl", folder / "one.jsonl", ALL)
        with Collection.open(second) as collection:
            collection.import_paths([folder / "one.jsonl"])
            collection.export("jsonl", folder / "two.jsonl", ALL)
        assert (folder / "one.jsonl").read_bytes() == (folder / "two.jsonl").read_bytes()


def store(conn: Any, articles: list[dict[str, Any]]) -> None:
    """Store drawn articles; each text belongs to one of them, and a copy is never of a copy."""
    known: set[str] = set()
    originals: list[int] = []
    for number, drawn in enumerate(articles):
        texts = [text for text in drawn["texts"] if content_hash(text) not in known]
        known.update(map(content_hash, texts))
        if not texts:
            continue
        text, *older = texts
        row: dict[str, Any] = dict.fromkeys(JSON_COLUMNS, json.dumps(drawn["list"], ensure_ascii=False))
        row |= {
            "topic_terms": json.dumps([{"term": "a", "zone": "text", "weight": drawn["weight"]}]),
            "evidence": "[]",
            "source_id": drawn["source"],
            "url": f"https://bao-thu.example/{number}",
            "title": drawn["title"],
            "text": text,
            "content_hash": content_hash(text),
            "published_at": drawn["date"][0],
            "published_precision": drawn["date"][1],
            "fetched_at": f"{START:%Y-%m-%dT%H:%M:%SZ}",
            "language": "vi",
            "topic_score": drawn["score"],
            "duplicate_of": originals[drawn["copy_of"] % len(originals)]
            if originals and drawn["copy_of"] is not None
            else None,
        }
        marks = ", ".join(f":{name}" for name in row)
        inserted = conn.execute(f"INSERT INTO articles ({', '.join(row)}) VALUES ({marks}) RETURNING id", row)
        (id_,) = inserted.fetchone()
        if row["duplicate_of"] is None:
            originals.append(id_)
        near_duplicates.index(conn, id_, sketch(canonical_text(text)))
        conn.executemany(
            "INSERT INTO revisions (article_id, number, text, content_hash, seen_at)"
            " VALUES (?, ?, ?, ?, '2026-11-20T00:00:00Z')",
            [(id_, place, one, content_hash(one)) for place, one in enumerate(older, start=1)],
        )
        conn.executemany(
            "INSERT INTO sightings (article_id, url, source_id, title, seen_at)"
            " VALUES (?, ?, 'bao-hai', ?, '2026-11-20T00:00:00Z')",
            [
                (id_, url, drawn["title"])
                for url in {row["url"], *(f"https://bao-hai.example/{one}" for one in drawn["seen"])}
            ],
        )


def test_a_line_without_sightings_is_seen_at_its_address(blank: Path, file: Path, tmp_path: Path) -> None:
    line = {
        "id": 1, "source_id": "bao-thu", "fetched_at": "2026-11-21T02:00:00Z", "language": "vi",
        "url": "https://bao-thu.example/1.html#x", "sources": [{"id": "bao-thu", "name": "Báo Thử"}],
    }  # fmt: skip
    write(file, [hashed(line, make_text(1))])
    with Collection.open(make_copy(blank, tmp_path / "b.db")) as collection:
        collection.import_paths([file])
        (sighting,) = collection.show(1)["sightings"]
        later = {**hashed(line, make_text(2)), "fetched_at": "2026-11-22T02:00:00Z"}
        assert collection.import_paths([write(file, [later])]) == ImportReport(revised=1)
        assert collection.show(1)["published_at"] is None
    assert sighting == {
        "url": "https://bao-thu.example/1.html",
        "source_id": "bao-thu",
        "title": None,
        "seen_at": "2026-11-21T02:00:00Z",
    }
