"""Pages as they were: which are kept, how files go on and end, and that rows and records agree."""

from __future__ import annotations

import asyncio
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from warcio.checker import Checker

from crawler.config import ArchiveLimits, Keep
from crawler.decision import Decision, Rejection
from crawler.formats.warc import pack, unpack
from crawler.page import FrontierEntry
from db.archive import files
from db.archive.checking import damage
from db.archive.records import current_record, read_bytes, records_of
from db.file.connection import write_transaction
from db.upkeep.verify import CheckResult, verify
from tests.articles import make_article
from tests.db.archive.pages import bring, html_of, page_of
from tests.db.world import OTHER, PAPER, World


@pytest.fixture
def world(world: World) -> World:
    world.archive = ArchiveLimits()
    return world


def run(world: World, *edits: tuple[int, int], note: str = "") -> None:
    """A crawl that brings articles, by number and edit."""

    async def scenario() -> None:
        async with world.crawl() as crawl:
            for number, edit in edits:
                await bring(crawl, make_article(number, edit=edit), note=note)

    asyncio.run(scenario())


def folder(world: World) -> Path:
    return files.folder_of(world.path)


def on_disk(world: World) -> list[str]:
    return sorted(path.name for path in folder(world).iterdir()) if folder(world).exists() else []


def checks(world: World) -> dict[str, CheckResult]:
    with world.connection() as conn:
        return {one.check: one for one in verify(conn)}


def assert_whole(world: World) -> None:
    assert {name: one.examples for name, one in checks(world).items() if one.examples} == {}
    checker = Checker(SimpleNamespace(inputs=map(str, sorted(folder(world).iterdir())), verbose=False))
    with redirect_stdout(StringIO()) as said:
        assert checker.process_all() == 0, said.getvalue()
    assert said.getvalue() == ""


def test_a_stored_article_has_its_page(world: World) -> None:
    run(world, (1, 0))
    with world.connection() as conn:
        record = current_record(conn, 1)
        capture = unpack(read_bytes(folder(world), record))
    assert capture.page.body == html_of(make_article(1))
    assert capture.page.fetched_at == world.now
    assert capture.entry.title == "Tin https://bao-thu.example/tin/1.html"
    assert on_disk(world) == [record.file]
    assert_whole(world)


def test_changes_and_sightings_are_kept_and_what_is_unchanged_is_not(world: World) -> None:
    run(world, (1, 0), (2, 0))
    world.pass_time(hours=2)
    run(world, (1, 0), (2, 1), note="quảng cáo khác")

    async def elsewhere() -> None:
        for _ in range(2):
            world.pass_time(hours=2)
            async with world.crawl(PAPER, OTHER) as crawl:
                copy = make_article(1, url="https://bao-hai.example/1.html")
                await bring(crawl, copy, source=OTHER)

    asyncio.run(elsewhere())
    kept = world.rows("SELECT url, article_id FROM page_records ORDER BY id")
    assert [(row["url"][-12:], row["article_id"]) for row in kept] == [
        ("e/tin/1.html", 1),
        ("e/tin/2.html", 2),
        ("e/tin/2.html", 2),
        ("ample/1.html", 1),
    ]
    with world.connection() as conn:
        assert [one.url[-6:] for one in records_of(conn, 1)] == ["1.html", "1.html"]
        assert current_record(conn, 1).url == make_article(1).url
        assert unpack(read_bytes(folder(world), current_record(conn, 2))).page.body == html_of(
            make_article(2, edit=1), note="quảng cáo khác"
        )
    assert_whole(world)


def test_an_article_of_before_gets_its_page_when_it_is_read_again(world: World) -> None:
    world.archive = None
    run(world, (1, 0))
    world.archive = ArchiveLimits()
    world.pass_time(hours=1)
    run(world, (1, 0))
    assert [row["article_id"] for row in world.rows("SELECT * FROM page_records")] == [1]


@pytest.mark.parametrize(("keep", "count"), [(Keep.STORED, 0), (Keep.ALL, 1)])
def test_refused_pages_are_kept_where_all_are(world: World, keep: Keep, count: int) -> None:
    world.archive = ArchiveLimits(keep)
    article = make_article(3)

    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.admit(article.url or "")
            await crawl.store.settle(
                crawl.visit(article.url or "", page=page_of(article, world.now)),
                Decision.rejected(Rejection.OFF_TOPIC),
            )

    asyncio.run(scenario())
    kept = world.rows("SELECT article_id, extractor_version FROM page_records")
    assert kept == [{"article_id": None, "extractor_version": None}] * count
    assert len(on_disk(world)) == count


def test_short_crawls_go_on_in_one_file_of_the_day(world: World) -> None:
    for number in range(3):
        run(world, (number, 0))
    assert len(on_disk(world)) == 1
    world.pass_time(days=1)
    run(world, (4, 0))
    assert len(on_disk(world)) == 2
    assert_whole(world)


def test_a_large_file_gets_no_more(world: World) -> None:
    world.archive = ArchiveLimits(max_file_mb=0)  # smaller than any record: each has a file of its own
    run(world, (1, 0), (2, 0), (3, 0))
    assert len(on_disk(world)) == 3
    assert_whole(world)


def test_two_crawls_at_once_write_two_files(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl(PAPER) as one, world.crawl(OTHER) as two:
            for number in range(3):
                await bring(one, make_article(number))
                article = make_article(10 + number, url=f"https://bao-hai.example/{number}.html")
                await bring(two, article, source=OTHER)
                assert [name.endswith(".open") for name in on_disk(world)] in ([True], [True, True])

    asyncio.run(scenario())
    assert len(on_disk(world)) == 2
    assert_whole(world)


def test_what_is_not_committed_is_cut_off_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await bring(crawl, make_article(1))
            await crawl.admit(make_article(2).url or "")
            size = sum(path.stat().st_size for path in folder(world).iterdir())
            archive = crawl.store._archive
            assert archive

            def full_disk() -> None:
                raise OSError(28, "No space left on device")

            with monkeypatch.context() as patch:
                patch.setattr(archive._file, "sync", full_disk)
                with pytest.raises(Exception, match="No space left"):
                    await bring(crawl, make_article(2))
            assert sum(path.stat().st_size for path in folder(world).iterdir()) == size
            await bring(crawl, make_article(2))

    asyncio.run(scenario())
    assert world.rows("SELECT count(*) AS n FROM page_records") == [{"n": 2}]
    assert_whole(world)


def leave_torn(world: World, tail: bytes) -> Path:
    """A file as a kill leaves it: open, with something behind the last record that a row speaks of."""
    run(world, (1, 0))
    (path,) = folder(world).iterdir()
    torn = path.rename(path.with_name(f"{path.name}.open"))
    with torn.open("ab") as file:
        file.write(tail)
    return torn


def test_a_torn_tail_is_cut_off_and_told(world: World, caplog: pytest.LogCaptureFixture) -> None:
    whole = leave_torn(world, b"")
    size = whole.stat().st_size
    with whole.open("rb") as file:
        half = file.read()[-200:-20]
    with whole.open("ab") as file:
        file.write(half)
    assert checks(world)["archive"].problem_count == 0
    assert "180 bytes are no whole record" in checks(world)["archive without rows"].examples[0]
    run(world, (2, 0))
    assert "ended within a record, as after a kill; its last 180 bytes were cut off." in caplog.text
    assert len(on_disk(world)) == 1, "the mended file is gone on with"
    assert (folder(world) / on_disk(world)[0]).stat().st_size > size
    assert_whole(world)


def test_a_crawl_that_writes_nothing_closes_what_a_killed_one_left_open(world: World) -> None:
    torn = leave_torn(world, b"half a record")
    run(world)
    assert on_disk(world) == [torn.name.removesuffix(".open")]
    assert_whole(world)


def test_whole_records_without_rows_stay_and_are_told_and_harmless(world: World) -> None:
    page = page_of(make_article(7), world.now)
    leave_torn(world, pack(page, FrontierEntry(page.url)).data)
    run(world, (2, 0))
    found = checks(world)
    assert found["archive"].problem_count == found["archive without rows"].problem_count == 0
    assert f"records of {page.url}; 0 bytes are no whole record" in found["archive without rows"].examples[0]
    assert len(on_disk(world)) == 2


def test_what_a_crawl_is_just_writing_is_not_told(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            await bring(crawl, make_article(1))
            (path,) = folder(world).iterdir()
            with path.open("ab") as file:
                file.write(b"as in the middle of a transaction")
            assert checks(world)["archive without rows"].examples == ()
            await bring(crawl, make_article(2))

    asyncio.run(scenario())


def test_an_archive_that_cannot_be_written_ends_the_crawl_with_a_sentence(world: World) -> None:
    folder(world).write_text("no folder", encoding="utf-8")

    async def scenario() -> None:
        async with world.crawl() as crawl:
            with pytest.raises(Exception, match=r"The archive in .*test-archive cannot be written"):
                await bring(crawl, make_article(1))

    asyncio.run(scenario())
    assert world.rows("SELECT * FROM articles") == []


def test_every_changed_byte_is_found_and_named(world: World) -> None:
    run(world, (1, 0), (2, 0))
    (path,) = folder(world).iterdir()
    data = path.read_bytes()
    places = {row["offset"]: row["url"] for row in world.rows("SELECT offset, url FROM page_records")}
    with world.connection() as conn:
        for at in range(0, len(data), 11):
            changed = bytearray(data)
            changed[at] ^= 1
            path.write_bytes(changed)
            (problem,) = damage(conn)
            offset = max((one for one in places if one <= at), default=0)
            assert f"{path.name}, byte {offset}:" in problem
            assert places.get(offset, "first record") in problem


@pytest.mark.parametrize("is_quick", [False, True])
def test_a_missing_or_short_file_is_found(world: World, is_quick: bool) -> None:
    run(world, (1, 0), (2, 0))
    (path,) = folder(world).iterdir()
    data = path.read_bytes()
    path.write_bytes(data[:-5])
    with world.connection() as conn:
        (problem,) = damage(conn, is_quick=is_quick)
        assert f"the page of {make_article(2).url} is missing; the file ends before it does" in problem
        path.unlink()
        (problem,) = damage(conn, is_quick=is_quick)
        assert "is missing; put it back from a copy" in problem


def test_the_quick_look_reads_only_what_is_new_again(world: World) -> None:
    run(world, (1, 0))
    (old,) = folder(world).iterdir()
    world.pass_time(days=30)
    run(world, (2, 0))
    data = bytearray(old.read_bytes())
    data[-30] ^= 1
    old.write_bytes(data)
    with world.connection() as conn:
        assert list(damage(conn, is_quick=True)) == []
        assert len(list(damage(conn))) == 1


def test_the_chain_is_sealed_day_by_day_and_its_first_break_is_named(world: World) -> None:
    for _ in range(3):
        run(world, (world.now.day, 0), (world.now.day + 10, 0))
        world.pass_time(days=1)
    run(world, (1, 0))
    days = world.rows("SELECT day, record_count FROM archive_days ORDER BY day")
    assert [tuple(row.values()) for row in days] == [("2026-11-21", 2), ("2026-11-22", 2), ("2026-11-23", 2)]
    assert checks(world)["archive chain"].examples == ()
    with world.connection() as conn, write_transaction(conn):
        conn.execute("UPDATE archive_digests SET sha256 = ? WHERE id = 3", ("0" * 64,))
    assert checks(world)["archive chain"].examples == (
        "2026-11-22 is the first day that does not fit what was sealed.",
    )


def test_a_row_that_went_without_a_takedown_is_found(world: World) -> None:
    run(world, (1, 0))
    with world.connection() as conn, write_transaction(conn):
        conn.execute("DELETE FROM page_records")
    assert "is gone without a takedown" in checks(world)["archive"].examples[0]
