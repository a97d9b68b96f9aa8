"""What a simulated working week must come to (tests/soak/week.py lives through it)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.soak.week import TROUBLES, Window

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

INTERVAL_H = 2.0
"""The longest interval of the papers' source files."""

BUDGET = 80
"""Requests that one paper may get in one hour: its seeds, robots.txt, news and revisits."""


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("week")
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.week", str(folder)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("BIENGIOI_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    lived: dict[str, Any] = json.loads(done.stdout)
    return lived


def test_every_story_is_stored_once(week: dict[str, Any]) -> None:
    assert week["published"] > 90
    assert week["missing"] == []
    assert week["twice"] == []
    assert week["deleted_kept"] == [True, True]
    assert week["adds_up"]


def test_stories_are_fresh(week: dict[str, Any]) -> None:
    assert week["median_wait_h"] <= INTERVAL_H
    assert week["polls"] > 120


def test_edits_are_revisions_and_nothing_else_is(week: dict[str, Any]) -> None:
    assert week["edits"]
    assert week["revisions"] == week["edits"]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: f"{one.kind}-{one.begins}")
def test_each_trouble_is_found_and_resolved_in_time(week: dict[str, Any], trouble: Window) -> None:
    found = [
        one
        for one in week["findings"]
        if (one["kind"], one["source_id"]) == (trouble.kind, trouble.source_id)
        and trouble.begins <= one["opened"] <= trouble.ends
    ]
    assert len(found) == 1, week["findings"]
    assert trouble.begins < found[0]["opened"] <= trouble.found_by
    assert found[0]["resolved"] is not None
    assert trouble.ends <= found[0]["resolved"] <= trouble.resolved_by


def test_nothing_else_is_found(week: dict[str, Any]) -> None:
    assert len(week["findings"]) == len(TROUBLES), week["findings"]


def test_no_paper_is_asked_too_often(week: dict[str, Any]) -> None:
    assert week["busiest_hour"] <= BUDGET
