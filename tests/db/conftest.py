"""Fixtures of the database tests."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from db.file.opening import open_database
from tests.db.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A new database and a clock that stands still."""
    return World(tmp_path)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, to be copied by tests that need many."""
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    with closing(open_database(path, create=True)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path
