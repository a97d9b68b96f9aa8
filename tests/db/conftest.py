"""Fixtures of the database tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.db.world import World, blank


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A new database and a clock that stands still."""
    return World(tmp_path)


@pytest.fixture(scope="session", name="blank")
def blank_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, to be copied by tests that need many."""
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    path.write_bytes(blank())
    return path
