"""Verification finds every kind of disagreement, says what to do, and repairs what is derived."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crawler.decision import Decision, Outcome
from db.file.opening import open_database
from db.upkeep.repair import DERIVED, repair
from db.upkeep.verify import CHECKS, CheckResult, verify
from tests.articles import make_article
from tests.db.world import OTHER, PAPER, World

RESTORE = "Restore a backup."


@pytest.fixture
def filled(world: World) -> World:
    """Two runs: articles, a revision, a copy, a failure, a page that waits."""

    async def scenario() -> None:
        async with world.crawl(PAPER, OTHER) as crawl:
            for number in range(4):
                await crawl.keep(make_article(number))
            await crawl.keep(make_article(3, url="https://bao-hai.example/3.html"), source=OTHER)
            await crawl.admit("https://bao-thu.example/cho", "https://bao-thu.example/hong")
            await crawl.store.settle(
                crawl.visit("https://bao-thu.example/hong", outcome="timed_out"),
                Decision.failed(Outcome.TIMED_OUT),
            )
        world.pass_time(hours=2)
        async with world.crawl(PAPER) as crawl:
            await crawl.keep(make_article(0, edit=1))

    asyncio.run(scenario())
    return world


def check(world: World) -> dict[str, CheckResult]:
    with world.connection() as conn:
        return {result.check: result for result in verify(conn)}


def test_a_database_in_order_passes_every_check(filled: World) -> None:
    results = check(filled)
    assert list(results) == [one.name for one in CHECKS]
    assert {(one.problem_count, one.examples, one.advice) for one in results.values()} == {(0, (), "")}


def test_an_empty_database_is_in_order(world: World) -> None:
    assert {one.problem_count for one in check(world).values()} == {0}


DAMAGE = [
    ("DROP INDEX articles_by_url", "the tables", "The index articles_by_url is missing."),
    (
        "DROP INDEX pages_by_state; CREATE INDEX pages_by_state ON pages(state)",
        "the tables",
        "The index pages_by_state is not as this program makes it.",
    ),
    ("DELETE FROM sources WHERE id = 'bao-hai'", "references", "a row of sources that is not there"),
    ("UPDATE articles SET tags = '{}' WHERE id = 2", "columns", "tags of article 2 is no JSON array."),
    ("UPDATE articles SET authors = '[' WHERE id = 2", "columns", "authors of article 2 is no JSON array."),
    (
        "UPDATE articles SET published_at = '2026-11' WHERE id = 3",
        "columns",
        "published_at of article 3 is no minute.",
    ),
    (
        "UPDATE articles SET published_precision = NULL WHERE id = 3",
        "columns",
        "published_at of article 3 is no date.",
    ),
    ("UPDATE articles SET text = text || 'x' WHERE id = 4", "content hashes", "The text of article 4 is not"),
    (
        "UPDATE revisions SET text = text || 'x'",
        "content hashes",
        "The text of version 1 of article 1 is not what its content hash says.",
    ),
    (
        "UPDATE articles SET duplicate_of = id - 1 WHERE id > 2",
        "duplicates",
        "Article 4 repeats article 3, which itself repeats article 2.",
    ),
    (
        "UPDATE articles SET duplicate_of = id WHERE id = 2",
        "duplicates",
        "Article 2 repeats article 2, which itself repeats article 2.",
    ),
    ("DELETE FROM sightings WHERE article_id = 1", "sightings", "Article 1 has an address and no sighting."),
    (
        "INSERT INTO forgotten SELECT content_hash, fetched_at FROM articles WHERE id = 1",
        "takedowns",
        "Article 1 has a text that was taken down.",
    ),
    ("DELETE FROM article_facets WHERE article_id = 2", "facets and counts", "Article 2 is missing under"),
    ("DELETE FROM near_sketches WHERE article_id = 2", "near-duplicate index", "Article 2 has no sketch"),
    ("DELETE FROM search_letters_data WHERE id > 10", "search indexes", "search_letters"),
    ("UPDATE runs SET report = '{' WHERE id = 1", "runs", "The report of run 1 is damaged"),
    ("UPDATE runs SET report = '[]' WHERE id = 1", "runs", "The report of run 1 is damaged"),
    ("UPDATE runs SET report = NULL WHERE id = 1", "runs", "The report of run 1 is damaged"),
    (
        "DELETE FROM decisions WHERE kind = 'failed'",
        "runs",
        "The report of run 1 is not what its rows say.",
    ),
    (
        "UPDATE runs SET status = 'failed' WHERE id = 2",
        "runs",
        "The report of run 2 is not what its rows say.",
    ),
]


@pytest.mark.parametrize(("sql", "where", "words"), DAMAGE)
def test_what_disagrees_is_found_and_named(filled: World, sql: str, where: str, words: str) -> None:
    with closing(sqlite3.connect(filled.path)) as conn:  # a foreign tool: no foreign keys
        for statement in sql.split("; "):
            conn.execute(statement)
        conn.commit()
    results = check(filled)
    result = results[where]
    assert result.problem_count
    assert words in "\n".join(result.examples)
    assert result.advice


def test_numbers_that_do_not_add_up_are_found_where_only_the_report_is_left(filled: World) -> None:
    (row,) = filled.rows("SELECT report FROM runs WHERE id = 1")
    report = json.loads(row["report"])
    report["sources"]["bao-thu"]["considered"] += 1
    with filled.connection() as conn:
        conn.execute("UPDATE runs SET report = ? WHERE id = 1", (json.dumps(report),))
        conn.execute("DELETE FROM run_sources WHERE run_id = 1")
    assert check(filled)["runs"].examples == ("The numbers of run 1 do not add up.",)


def test_at_most_ten_examples_stand_for_many(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            for number in range(25):
                await crawl.keep(make_article(number))

    asyncio.run(scenario())
    with world.connection() as conn:
        conn.execute("UPDATE articles SET content_hash = 'x' || id")
    result = check(world)["content hashes"]
    assert (result.problem_count, len(result.examples)) == (25, 10)
    assert result.advice == RESTORE


def overwrite_page(path: Path, index: str) -> None:
    with closing(open_database(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size: int = conn.execute("PRAGMA page_size").fetchone()[0]
        page: int = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (index,)).fetchone()[0]
    data = bytearray(path.read_bytes())
    data[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(data)


def test_a_damaged_page_is_found_and_does_not_stop_the_other_checks(filled: World) -> None:
    overwrite_page(filled.path, "articles_by_url")
    results = check(filled)
    assert results["the file"].problem_count
    assert results["the file"].advice == RESTORE
    assert results["runs"].problem_count == 0
    assert list(results) == [one.name for one in CHECKS]


def test_a_damaged_table_makes_its_checks_fail_instead_of_the_command(filled: World) -> None:
    overwrite_page(filled.path, "revisions")
    results = check(filled)
    assert results["content hashes"].problem_count
    assert "damaged" in results["content hashes"].examples[-1]


def test_users_may_add_tables_of_their_own(filled: World) -> None:
    with filled.connection() as conn:
        conn.execute("CREATE TABLE notes (article_id INTEGER, note TEXT)")
        conn.execute("CREATE VIEW my_articles AS SELECT id, title FROM articles")
        conn.execute("ANALYZE")
    assert {one.problem_count for one in check(filled).values()} == {0}


def contents(world: World) -> dict[str, object]:
    """Every row of every table but those inside a full-text index, whose layout may differ."""
    names = [
        row["name"]
        for row in world.rows("PRAGMA table_list")
        if row["type"] in ("table", "view") and not row["name"].startswith("sqlite_")
    ]
    return {name: sorted(map(repr, world.rows(f"SELECT * FROM {name}"))) for name in names}


def test_a_repair_changes_nothing_where_all_is_well(filled: World) -> None:
    before = contents(filled)
    with filled.connection() as conn:
        repair(conn)
    assert contents(filled) == before
    assert {one.problem_count for one in check(filled).values()} == {0}


@pytest.mark.parametrize("part", DERIVED, ids=lambda part: part.__name__.rpartition(".")[2])
def test_what_is_derived_is_made_anew(filled: World, part: object) -> None:
    before = contents(filled)
    tables = [
        row["name"]
        for row in filled.rows("PRAGMA table_list")
        if any(f"TABLE {row['name']} " in statement for statement in part.STATEMENTS)  # type: ignore[attr-defined]
    ]
    with filled.connection() as conn:
        for name in tables:
            conn.execute(f"DROP TABLE {name}")
    if tables:
        assert check(filled)["the tables"].problem_count
    with filled.connection() as conn:
        repair(conn)
    assert contents(filled) == before
    assert {one.problem_count for one in check(filled).values()} == {0}


def test_what_a_killed_check_left_behind_is_removed_and_what_a_running_one_uses_is_not(filled: World) -> None:
    folder = filled.path.parent
    killed, running = folder / ".verify-killed", folder / ".verify-running"
    for one in (killed, running):
        one.mkdir()
        (one / "copy.db").write_bytes(b"half")
    handle = os.open(running, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert not any(result.problem_count for result in check(filled).values())
        assert sorted(folder.glob(".verify-*")) == [running]
    finally:
        os.close(handle)
