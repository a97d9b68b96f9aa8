"""A takedown leaves no trace of a page in any file, and the chain still fits."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import pytest

from crawler.config import ArchiveLimits, Keep
from crawler.decision import Decision, Rejection
from crawler.formats.warc import pack, unpack
from crawler.page import FrontierEntry
from db.archive import files, removal
from db.archive.records import current_record, read_bytes
from tests.articles import make_article
from tests.db.archive.pages import bring, html_of, page_of
from tests.db.archive.test_writing import assert_whole, checks, folder, on_disk, run
from tests.db.world import World


@pytest.fixture
def world(world: World) -> World:
    world.archive = ArchiveLimits()
    return world


def traces(world: World, *words: str) -> list[str]:
    """The files, as they are and unpacked, in which one of the words stands."""
    found = []
    for path in sorted(one for one in world.path.parent.rglob("*") if one.is_file()):
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data += gzip.decompress(data)
        found += [path.name for word in words if word.encode() in data]
    return found


def sentence(number: int, edit: int = 0) -> str:
    """What only this version of an article says."""
    return make_article(number, edit=edit).text.split("\n")[-1 if edit else 1]


def test_no_file_holds_the_text_of_what_was_taken_down(world: World) -> None:
    run(world, (1, 0), (2, 0), (3, 0))
    world.pass_time(days=1)
    run(world, (2, 1))
    assert len(traces(world, sentence(2))) > 2
    with world.collection() as collection:
        removed = collection.forget(2)
    assert removed.page_count == 2
    assert "2 pages left the archive, whose files were written anew" in "\n".join(removed.lines())
    assert traces(world, sentence(2), sentence(2, 1), make_article(2).url or "") == [world.path.name], (
        "the address alone"
    )
    assert len(on_disk(world)) == 1, "the second file held nothing else"
    with world.connection() as conn:
        for number, id_ in ((1, 1), (3, 3)):
            page = unpack(read_bytes(folder(world), current_record(conn, id_))).page
            assert page.body == html_of(make_article(number))
    forgotten = world.rows("SELECT id FROM archive_digests WHERE forgotten_at IS NOT NULL")
    assert [row["id"] for row in forgotten] == [2, 4]
    world.pass_time(days=1)
    run(world, (4, 0))
    assert_whole(world)


def test_a_page_that_was_refused_goes_by_its_address(world: World) -> None:
    world.archive = ArchiveLimits(Keep.ALL)
    article = make_article(3)
    assert article.url

    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(article.url or "")
            visit = crawl.visit(article.url or "", page=page_of(article, world.now))
            await crawl.store.settle(visit, Decision.rejected(Rejection.OFF_TOPIC))

    asyncio.run(scenario())
    assert traces(world, sentence(3)) != []
    with world.collection() as collection:
        assert collection.forget(article.url).page_count == 1
    assert traces(world, sentence(3)) == []


def test_a_page_without_a_row_goes_too(world: World) -> None:
    run(world, (1, 0), (2, 0))
    page = page_of(make_article(2), world.now, note="vừa sửa")
    (path,) = folder(world).iterdir()
    with path.open("ab") as file:
        file.write(pack(page, FrontierEntry(page.url)).data)
    with world.collection() as collection:
        collection.forget(2)
    assert traces(world, sentence(2), "vừa sửa") == []
    assert_whole(world)


def test_a_file_of_another_program_stays(world: World) -> None:
    run(world, (1, 0))
    foreign = folder(world) / "elsewhere.warc.gz"
    foreign.write_bytes(gzip.compress(b"WARC/1.0\r\nWARC-Type: warcinfo\r\n\r\n"))
    with world.collection() as collection:
        collection.forget(1)
    assert on_disk(world) == [foreign.name]


def test_a_crawl_at_work_goes_on_in_another_file(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await bring(crawl, make_article(1))
            await bring(crawl, make_article(2))
            with world.collection() as collection:
                assert collection.forget(1).page_count == 1
            await bring(crawl, make_article(3))
            with world.collection() as collection:
                collection.forget(3)

    asyncio.run(scenario())
    assert traces(world, sentence(1), sentence(3)) == []
    with world.connection() as conn:
        assert current_record(conn, 2).file in on_disk(world)
    assert_whole(world)


def test_a_takedown_is_done_where_a_file_is_elsewhere(world: World) -> None:
    run(world, (1, 0))
    (path,) = folder(world).iterdir()
    path.unlink()
    folder(world).rmdir()
    with world.collection() as collection:
        removed = collection.forget(1)
    assert f"{path.name} held such a page and is not in the archive's folder" in "\n".join(removed.lines())
    assert world.rows("SELECT * FROM page_records") == []


class Killed(BaseException):
    pass


@pytest.mark.parametrize("moment", ["take_out", "finish"])
def test_a_takedown_that_is_killed_is_whole_or_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Before the commit nothing has happened; after it, the next look at the archive does the rest."""
    run(world, (1, 0), (2, 0))
    from db.upkeep import takedown

    def killed(*arguments: object) -> None:
        if moment == "take_out":
            removal.take_out(*arguments)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patch, world.collection() as collection:
        patch.setattr(
            *((takedown, "take_out") if moment == "take_out" else (removal.Removal, "finish")), killed
        )
        with pytest.raises(Killed):
            collection.forget(1)
    assert checks(world)["archive"].problem_count == 0
    with world.collection() as collection:
        if moment == "take_out":
            collection.forget(1)
        else:
            collection.forget(2)
    assert traces(world, sentence(1)) == []
    assert checks(world)["archive"].problem_count == 0


def test_traces_are_seen_where_there_are_any(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(b"mot cau"))
    assert traces(world, "mot cau") == ["a.warc.gz"]
    assert files.names(tmp_path) == ["a.warc.gz"]
