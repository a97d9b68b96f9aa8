"""The schema: fixed tables and columns, interrupted and concurrent migrations."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from crawler.report import RunStatus
from crawler.text.normalize import canonical_text, content_hash, sketch
from db.articles import near_duplicates
from db.collection import ArticleFilter, Collection
from db.file import migrations
from db.file.connection import prepare_connection
from db.file.opening import open_database
from db.schema import SCHEMA_VERSION, tables
from tests.articles import make_text
from tests.db.earlier_releases import (
    ARTICLES,
    HOSTILE,
    OLD_FONT,
    SECOND_RELEASE,
    make_first_release,
    make_second_release,
)
from tests.db.world import START, World

FIXED = {
    "articles": "id source_id url canonical_url title lead text captions authors section tags image_url"
    " published_at published_precision fetched_at language content_hash duplicate_of topic_score"
    " topic_grade topic_terms countries places",
    "revisions": "id article_id number title lead text content_hash seen_at",
    "sightings": "article_id url source_id title seen_at",
    "pages": "url source_id state outcome reason article_id title topic_score http_status discovered_at"
    " fetched_at next_fetch_at etag last_modified body_hash",
    "sources": "id",
    "runs": "id kind status started_at ended_at report",
    "findings": "id source_id kind severity opened_at seen_at resolved_at evidence advice",
}
"""Columns that people's scripts rely on, to the letter."""


@pytest.mark.parametrize("table", FIXED)
def test_the_fixed_columns_are_there(world: World, table: str) -> None:
    names = {row["name"] for row in world.rows(f"PRAGMA table_info({table})")}
    assert set(FIXED[table].split()) <= names


def test_every_table_is_strict_and_every_column_documented(world: World) -> None:
    """But for virtual tables and what they keep for themselves."""
    tables = world.rows(
        "SELECT name, sql FROM pragma_table_list JOIN sqlite_master USING (name, type)"
        " WHERE type = 'table' AND name NOT LIKE '%sqlite_%'"
    )
    assert set(FIXED) < {table["name"] for table in tables}
    for table in tables:
        assert "STRICT" in table["sql"]
        for column in world.rows(f"PRAGMA table_xinfo({table['name']})"):
            line = rf"^  {column['name']} .*-- \S|, {column['name']} .*/\* \S"  # made so, or added
            assert re.search(line, table["sql"], re.MULTILINE), f"{table['name']}.{column['name']}"


def test_the_version_counts_the_steps(world: World) -> None:
    with world.connection() as conn:
        assert len(migrations.STEPS.applied(Database(conn))) == SCHEMA_VERSION
        assert not migrations.STEPS.pending(Database(conn))


STEPS = migrations.STEPS._migrations


class Interrupted(Exception):
    pass


def interrupt(number: int, *, kill: bool) -> Callable[[Database], None]:
    """The step with that number, which ends after it has done its work."""
    step = STEPS[number].fn

    def interrupted(database: Database) -> None:
        step(database)
        database.execute("CREATE TABLE half (id INTEGER) STRICT")
        if kill:
            os.kill(os.getpid(), signal.SIGKILL)
        raise Interrupted

    return interrupted


def open_interrupted(path: Path, number: int, *, kill: bool, create: bool) -> None:
    """Open a database that wants to be migrated, and be stopped within one of the steps."""
    step = interrupt(number, kill=kill)
    if kill:
        pid = os.fork()
        if pid == 0:
            STEPS[number].fn = step
            open_database(path, create=create)
        assert os.waitpid(pid, 0)[1] == signal.SIGKILL
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(STEPS[number], "fn", step)
        with pytest.raises(Interrupted):
            open_database(path, create=create)


def objects(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as conn:
        return dict(conn.execute("SELECT type || ' ' || name, sql FROM sqlite_master"))


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of the first release, by its columns."""
    with closing(sqlite3.connect(path)) as conn, closing(sqlite3.connect(":memory:")) as first:
        for statement in tables.TABLES:
            first.execute(statement)
        columns = first.execute(
            "SELECT tables.name, group_concat(columns.name, ', ') FROM pragma_table_list AS tables,"
            " pragma_table_xinfo(tables.name) AS columns WHERE tables.name NOT LIKE 'sqlite_%' GROUP BY 1"
        )
        return {name: conn.execute(f"SELECT {names} FROM {name}").fetchall() for name, names in columns}


def problems(path: Path) -> dict[str, tuple[str, ...]]:
    with Collection.open(path) as collection:
        return {one.check: one.examples for one in collection.verify() if one.problem_count}


at_each_step = pytest.mark.parametrize("number", range(len(STEPS)), ids=lambda number: STEPS[number].name)


@at_each_step
def test_an_interrupted_birth_leaves_a_file_that_works_next_time(tmp_path: Path, number: int) -> None:
    """Interrupted twice: by an error, and by a kill."""
    path = tmp_path / "x.db"
    for kill in (False, True):
        open_interrupted(path, number, kill=kill, create=True)
        assert "table half" not in objects(path)
    with closing(open_database(path, create=True)):
        pass
    assert problems(path) == {}


@at_each_step
def test_an_interrupted_migration_leaves_the_old_release_and_works_next_time(
    tmp_path: Path, number: int
) -> None:
    """Interrupted twice: by an error, and by a kill."""
    path = make_first_release(tmp_path / "x.db")
    before, rows = objects(path), contents(path)
    for kill in (False, True) if number else ():  # the first step is done already
        open_interrupted(path, number, kill=kill, create=False)
        assert (objects(path), contents(path)) == (before, rows)
        with closing(sqlite3.connect(path)) as conn:
            assert conn.execute("PRAGMA user_version").fetchone() == (1,)
    with closing(open_database(path)):
        pass
    assert contents(path) == rows
    assert problems(path) == {}


@pytest.mark.parametrize("released", range(1, SCHEMA_VERSION + 1))
def test_every_older_schema_becomes_what_a_new_database_is(tmp_path: Path, released: int) -> None:
    """Also those between two releases, which the developers' own databases have."""
    old, new = make_first_release(tmp_path / "old.db"), tmp_path / "new.db"
    with closing(sqlite3.connect(old, isolation_level=None)) as conn:
        prepare_connection(conn)
        stop = STEPS[released].name if released < SCHEMA_VERSION else None
        migrations.STEPS.apply(Database(conn, recursive_triggers=False), stop_before=stop)
        conn.execute(f"PRAGMA user_version = {released}")
    for path in (old, new):
        open_database(path, create=True).close()
    assert objects(old) == objects(new)
    assert problems(old) == {}


def test_other_tools_find_words_in_an_older_file_as_in_a_new_one(tmp_path: Path) -> None:
    """As sqlite-utils and Datasette look for the index of a table; the index itself stays as it was."""
    path = make_first_release(tmp_path / "old.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        prepare_connection(conn)
        migrations.STEPS.apply(Database(conn, recursive_triggers=False), stop_before="m013_search_for_tools")
        conn.execute("PRAGMA writable_schema = ON")  # as schema 12 made it
        conn.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '/* Datasette and sqlite-utils look for'"
            " || ' content=\"articles\" */ ', '') WHERE name = 'search_words'"
        )
        conn.execute("PRAGMA user_version = 12")
    with closing(sqlite3.connect(path)) as conn:
        before = conn.execute("SELECT id, block FROM search_words_data").fetchall()
        assert Database(conn)["articles"].detect_fts() is None  # type: ignore[union-attr]
    open_database(path).close()
    with closing(sqlite3.connect(path)) as conn:
        assert Database(conn)["articles"].detect_fts() == "search_words"  # type: ignore[union-attr]
        (word, id_) = conn.execute(
            "SELECT substr(title, 1, instr(title, ' ') - 1), id FROM articles"
        ).fetchone()
        assert id_ in {row["id"] for row in Database(conn)["articles"].search(word)}  # type: ignore[union-attr]
        assert conn.execute("SELECT id, block FROM search_words_data").fetchall() == before
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    open_database(tmp_path / "new.db", create=True).close()
    assert objects(path) == objects(tmp_path / "new.db")


def test_imported_texts_of_an_older_file_take_part_in_near_duplicates(tmp_path: Path) -> None:
    path = make_first_release(tmp_path / "old.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        prepare_connection(conn)
        migrations.STEPS.apply(
            Database(conn, recursive_triggers=False), stop_before="m014_sketches_of_imports"
        )
        conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES ('import', 'Tệp')")
        conn.execute(
            "INSERT INTO articles (source_id, text, fetched_at, language, content_hash)"
            " VALUES ('import', ?, '2026-11-21T02:00:00Z', 'vi', ?)",
            (make_text(41), content_hash(make_text(41))),
        )
        conn.execute("PRAGMA user_version = 13")
    with closing(open_database(path)) as conn:
        found = near_duplicates.find(conn, make_text(41), sketch(canonical_text(make_text(41))))
        assert [one.percent for one in found] == [100]
    assert problems(path) == {}


def test_the_second_release_becomes_what_a_new_database_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old, new = make_second_release(tmp_path / "old.db"), tmp_path / "new.db"
    before, rows = objects(old), contents(old)
    for kill in (False, True):
        open_interrupted(old, SECOND_RELEASE, kill=kill, create=False)
        assert (objects(old), contents(old)) == (before, rows)
    caplog.clear()
    for path in (old, new):
        open_database(path, create=True).close()
    (said,) = (record.getMessage() for record in caplog.records)
    assert f"bringing {old} up to date (schema 6 to {SCHEMA_VERSION})" in said
    assert (objects(old), contents(old)) == (objects(new), rows)
    assert problems(old) == {}


def test_the_second_release_wrote_one_letter_in_two_ways_and_now_finds_both(tmp_path: Path) -> None:
    path = make_second_release(tmp_path / "x.db")
    letters = "SELECT count(*) FROM search_letters WHERE search_letters MATCH '\"dong dang\"'"
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute(letters).fetchone() == (0,)
    with Collection.open(path, clock=lambda: START) as collection:
        for query in ("dong dang", "Đồng Đăng", "ĐÀO VIÊN", "Ðồng Ðăng", '"đường thông"'):
            assert [row["id"] for row in collection.search(query).rows] == [11], query
        assert collection.show(11)["title"] == OLD_FONT


def test_what_the_first_release_kept_is_found_again(tmp_path: Path) -> None:
    path = make_first_release(tmp_path / "x.db")
    with Collection.open(path, clock=lambda: START) as collection:
        everything = ArticleFilter(include_duplicates=True)
        listed = {row["id"]: row["title"] for row in collection.list(everything)}
        assert set(listed) == set(ARTICLES)
        assert listed[5] == HOSTILE
        assert [row["id"] for row in collection.list(ArticleFilter(country="LA"))] == [6]
        assert [row["id"] for row in collection.list(ArticleFilter(source="import"))] == [2]
        assert [one["number"] for one in collection.show(1)["revisions"]] == [1, 3]
        assert collection.run(1).status is RunStatus.RUNNING
        assert collection.explain("https://bao-thu.example/99.html")["decisions"]


def test_where_papers_had_moved_is_taken_out_of_the_sentences_of_earlier_releases(tmp_path: Path) -> None:
    path = make_first_release(tmp_path / "x.db")
    sentence = 'moved to https://moi.example/a;b; if that is the same paper, add hosts = ["moi.example"]'
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        prepare_connection(conn)
        migrations.STEPS.apply(Database(conn, recursive_triggers=False), stop_before=STEPS[7].name)
        conn.execute("PRAGMA user_version = 7")
        for url, outcome, detail in (("a", "offsite_redirect", sentence), ("b", "not_found", sentence)):
            conn.execute(
                "INSERT INTO seeds (source_id, url, outcome, detail) VALUES ('bao-thu', ?, ?, ?)",
                (url, outcome, detail),
            )
            conn.execute(
                "INSERT INTO decisions (url, source_id, run_id, at, kind, reason, detail)"
                " VALUES (?, 'bao-thu', 1, '2026-11-21T02:00:00Z', 'rejected', ?, ?)",
                (url, outcome, detail),
            )
    with closing(open_database(path)) as conn:
        for table in ("seeds", "decisions"):
            kept = conn.execute(f"SELECT url, redirect_url FROM {table} WHERE url IN ('a', 'b')")
            assert {tuple(row) for row in kept} == {("a", "https://moi.example/a;b"), ("b", None)}


def test_several_may_create_the_same_database_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.db"

    def create(_: int) -> int:
        with closing(open_database(path, create=True)) as conn:
            count: int = conn.execute("SELECT count(*) FROM articles").fetchone()[0]
            return count

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(create, range(16))) == [0] * 16


def test_integrity_is_checked_by_the_database(world: World) -> None:
    with world.connection() as conn, pytest.raises(sqlite3.IntegrityError):
        conn.execute(
            "INSERT INTO pages (url, source_id, state, discovered_at) VALUES ('u', 'nobody', 'pending', 'x')"
        )
