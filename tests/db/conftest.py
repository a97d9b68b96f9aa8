"""Fixtures of the database tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.db.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A new database and a clock that stands still."""
    return World(tmp_path)
