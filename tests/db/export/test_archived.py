"""Pages as they were in one file for replay tools, and an index over the archive's own files."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import logging
import zipfile
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.config import ArchiveLimits
from db.archive import files
from db.collection import ArticleFilter
from tests.articles import make_article
from tests.db.archive.pages import html_of
from tests.db.archive.test_writing import run
from tests.db.world import World

ALL = ArticleFilter(include_duplicates=True)


@pytest.fixture
def world(world: World) -> World:
    """Two articles with their pages, one of them edited, and one without a page."""
    world.archive = ArchiveLimits()
    run(world, (1, 0), (2, 0))
    world.pass_time(hours=1)
    run(world, (2, 1))
    world.archive = None
    run(world, (3, 0))
    return world


def lines_of(data: bytes) -> list[str]:
    return data.decode().splitlines()


def assert_found(lines: list[str], archives: dict[str, bytes]) -> list[bytes]:
    """Every line leads to the page that it names; return what stands there."""
    bodies = []
    for line in lines:
        about = json.loads(line.split(" ", 2)[2])
        at, length = int(about["offset"]), int(about["length"])
        data = archives[about["filename"]][at : at + length]
        for record in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
            assert record.rec_headers.get_header("WARC-Target-URI") == about["url"]
            assert record.rec_headers.get_header("WARC-Payload-Digest") == about["digest"]
            bodies.append(record.content_stream().read())
    assert len(bodies) == len(lines)
    return bodies


PAGES = {html_of(make_article(1)), html_of(make_article(2)), html_of(make_article(2, edit=1))}


def test_a_file_for_replay_has_pages_index_and_list(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dest = tmp_path / "all.wacz"
    with caplog.at_level(logging.WARNING), world.collection() as collection:
        assert collection.export("wacz", dest, ALL) == 2
    assert "1 of 3 articles are not in it: their pages were not kept." in caplog.text
    with zipfile.ZipFile(dest) as package:
        assert package.testzip() is None
        parts = {name: package.read(name) for name in package.namelist()}
        assert package.getinfo("archive/biengioi.warc.gz").compress_type == zipfile.ZIP_STORED
    about = json.loads(parts["datapackage.json"])
    assert (about["profile"], about["wacz_version"]) == ("data-package", "1.1.1")
    listed = {one["path"]: (one["bytes"], one["hash"]) for one in about["resources"]}
    assert listed == {
        name: (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")
        for name, data in parts.items()
        if not name.startswith("datapackage")
    }
    assert json.loads(parts["datapackage-digest.json"])["hash"] == (
        f"sha256:{hashlib.sha256(parts['datapackage.json']).hexdigest()}"
    )
    index = lines_of(gzip.decompress(parts["indexes/index.cdx.gz"]))
    assert index == sorted(index)
    assert set(assert_found(index, {"biengioi.warc.gz": parts["archive/biengioi.warc.gz"]})) == PAGES
    head, *pages = map(json.loads, lines_of(parts["pages/pages.jsonl"]))
    assert head["format"] == "json-pages-1.0"
    assert [(page["url"], page["ts"]) for page in pages] == [
        (make_article(1).url, "2026-11-21T02:00:00Z"),
        (make_article(2).url, "2026-11-21T02:00:00Z"),
        (make_article(2).url, "2026-11-21T03:00:00Z"),
    ]


def test_only_what_is_asked_for_is_in_it(world: World) -> None:
    file = io.BytesIO()
    with world.collection() as collection:
        assert collection.export("wacz", file, ArticleFilter(source="bao-khac")) == 0
    with zipfile.ZipFile(file) as package:
        assert len(lines_of(package.read("pages/pages.jsonl"))) == 1


def test_an_index_leads_into_the_archive(world: World) -> None:
    file = io.BytesIO()
    with world.collection() as collection:
        assert collection.export("cdxj", file, ALL) == 2
    folder = files.folder_of(world.path)
    archives = {name: (folder / name).read_bytes() for name in files.names(folder)}
    assert set(assert_found(lines_of(file.getvalue()), archives)) == PAGES
