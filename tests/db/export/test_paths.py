"""No id, title or address becomes a path: what is written lies where it was asked for."""

from __future__ import annotations

import asyncio
import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from biengioi.context import Context
from biengioi.registry import write_source
from crawler.config import ArchiveLimits
from crawler.errors import BiengioiError, UsageError
from crawler.identity.urls import canonical_url
from db.collection import Collection
from tests.articles import make_article
from tests.db.archive.pages import bring
from tests.db.world import World

TITLES = [
    "../../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows\\x",
    "a\0b",
    "con",
    "..",
    "~/.ssh/id",
    "-rf",
    "x" * 5000,
]
IDS = ["../x", "..", "/etc/x", "a/b", "a\0b", "A", "", ".x", "x" * 65, "a\nb", "%2e%2e"]
NAME = re.compile(r"\d{3,}_[0-9a-f]{16}\.txt")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Articles whose titles, tags and addresses are paths, with their pages."""
    world = World(tmp_path_factory.mktemp("paths"))
    world.archive = ArchiveLimits()

    async def scenario() -> None:
        async with world.crawl() as crawl:
            for number, title in enumerate(TITLES):
                url = canonical_url(f"https://bao-thu.example/..%2f..%2f{number}/..;/etc/passwd")
                await bring(crawl, make_article(number, url=url, title=title, tags=(title,), section=title))

    asyncio.run(scenario())
    return world


def files(folder: Path) -> set[str]:
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}


def test_files_of_a_corpus_are_named_by_number_and_hash(world: World, tmp_path: Path) -> None:
    with Collection.open(world.path, clock=world.clock) as collection:
        collection.export_corpus(tmp_path / "corpus", "record")
    names = files(tmp_path)
    assert len(names) == len(TITLES) + 1
    assert {name for name in names if not NAME.fullmatch(name.removeprefix("corpus/"))} == {
        "corpus/manifest.jsonl"
    }


def test_members_of_archives_have_names_of_ours(world: World) -> None:
    members = {}
    with Collection.open(world.path, clock=world.clock) as collection:
        for layout in ("zip", "wacz"):
            written = BytesIO()
            collection.export(layout, written)
            members[layout] = zipfile.ZipFile(written).namelist()
    texts = [name for name in members["zip"] if name.endswith(".txt")]
    assert len(texts) == len(TITLES)
    assert all(NAME.fullmatch(name.rpartition("/")[2]) for name in texts)
    for name in (*members["zip"], *members["wacz"]):
        assert re.fullmatch(r"(?:[a-z0-9][\w.-]*/)*[a-z0-9][\w.-]*", name), name
    assert len(members["wacz"]) < 10, "the pages are in one file"


def test_files_of_the_archive_are_named_by_day(world: World) -> None:
    names = files(world.path.with_name("test-archive"))
    assert names
    assert all(re.fullmatch(r"[\w-]+\.warc\.gz(?:\.open)?", name) for name in names)


@pytest.mark.parametrize("id_", IDS)
def test_an_id_that_is_a_path_is_no_source(tmp_path: Path, id_: str) -> None:
    context = Context(None, None, tmp_path / "sources")
    text = f'id = {id_!r}\nname = "x"\nhomepage = "https://x.example"\n'
    with pytest.raises((BiengioiError, OSError, ValueError)):
        write_source(context, id_, text)
    assert files(tmp_path) == set()


def test_a_manifest_that_is_a_link_is_not_written_through(world: World, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "mine").touch()
    (tmp_path / "corpus" / "manifest.jsonl").symlink_to(tmp_path / "mine")
    with (
        Collection.open(world.path, clock=world.clock) as collection,
        pytest.raises(UsageError, match="is a link"),
    ):
        collection.export_corpus(tmp_path / "corpus", "record")
    assert (tmp_path / "mine").read_bytes() == b""
