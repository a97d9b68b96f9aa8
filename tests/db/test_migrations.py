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

from db import migrations
from db.connection import open_database
from db.schema import SCHEMA_VERSION
from tests.db.world import World

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
"""DESIGN §5, to the letter."""


@pytest.mark.parametrize("table", FIXED)
def test_the_fixed_columns_are_there(world: World, table: str) -> None:
    names = {row["name"] for row in world.rows(f"PRAGMA table_info({table})")}
    assert set(FIXED[table].split()) <= names


def test_every_table_is_strict_and_every_column_documented(world: World) -> None:
    tables = world.rows(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite_%'"
    )
    assert set(FIXED) < {table["name"] for table in tables}
    for table in tables:
        assert "STRICT" in table["sql"]
        for column in world.rows(f"PRAGMA table_xinfo({table['name']})"):
            line = rf"^  {column['name']} .*-- \S"
            assert re.search(line, table["sql"], re.MULTILINE), f"{table['name']}.{column['name']}"


def test_the_version_counts_the_steps(world: World) -> None:
    with world.connection() as conn:
        assert len(migrations.STEPS.applied(Database(conn))) == SCHEMA_VERSION
        assert not migrations.STEPS.pending(Database(conn))


@pytest.mark.parametrize("end", [RuntimeError, None])
def test_an_interrupted_migration_leaves_an_empty_file_that_works_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: type[Exception] | None
) -> None:
    path = tmp_path / "x.db"

    def interrupt(database: Database) -> None:
        database.execute("CREATE TABLE half (id INTEGER) STRICT")
        if end:
            raise end
        os.kill(os.getpid(), signal.SIGKILL)

    steps: list[Callable[[Database], None]] = [interrupt]
    if end:
        with monkeypatch.context() as patch:
            patch.setattr(migrations.STEPS._migrations[0], "fn", steps[0])
            with pytest.raises(end):
                open_database(path, create=True)
    else:
        pid = os.fork()
        if pid == 0:
            migrations.STEPS._migrations[0].fn = steps[0]
            open_database(path, create=True)
        assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    with closing(open_database(path, create=True)) as conn:
        names = {row["name"] for row in conn.execute("SELECT name FROM sqlite_master")}
        assert "articles" in names
        assert "half" not in names


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
