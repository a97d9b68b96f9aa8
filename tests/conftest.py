"""Fixtures that all tests share."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.biengioi.program import ROOT, Program

SLOW = (
    "biengioi/", "db/web/", "fuzz/", "replay/", "soak/", "spiders/demo/", "test_one_page.py",
    "test_patterns.py", "test_wheel.py", "crawler/extraction/test_quality.py",
    "crawler/topic/test_names.py", "crawler/topic/test_topic_corpus.py", "crawler/test_reading.py",
    "db/test_concurrency.py", "db/test_locks.py", "db/articles/test_backfill_store.py",
    "db/articles/test_importing.py", "db/articles/test_near_duplicates.py", "db/export/test_export.py",
    "db/export/test_corpus.py", "db/file/test_backup.py", "db/file/test_migrations.py",
    "db/file/test_writer.py", "db/crawl/test_runs.py", "db/upkeep/test_maintenance.py",
    "db/upkeep/test_rescore.py", "db/upkeep/test_verify.py", "scheduler/test_alerts.py",
    "scheduler/engines/", "scheduler/test_child_process.py", "scheduler/test_service.py",
    "spiders/discovery/test_inventory.py",
    "spiders/test_block_pages.py", "spiders/test_extractor.py", "spiders/test_faults.py",
    "spiders/test_hostile_crawl.py",
)  # fmt: skip
"""Folders and files whose tests start processes, servers or a browser, or take seconds each."""


LONGEST = (
    "soak/", "biengioi/test_schedule.py", "biengioi/test_crawl.py", "biengioi/test_hostile.py", "biengioi/",
    "db/web/", "crawler/test_reading.py", "test_patterns.py", "spiders/",
    "crawler/extraction/test_quality.py", "crawler/topic/",
)  # fmt: skip
"""What is begun first, so that no worker has a long file left when the others have nothing."""


def _name(path: Path) -> str:
    return path.relative_to(ROOT / "tests").as_posix()


def _turn(item: pytest.Item) -> int:
    name = _name(item.path)
    return next((turn for turn, one in enumerate(LONGEST) if name.startswith(one)), len(LONGEST))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files of which the quick tests run none unread: to import them all takes a while."""
    is_left_out = config.option.markexpr == "not slow" and collection_path.suffix == ".py"
    return (is_left_out and _name(collection_path).startswith(SLOW)) or None


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Mark what `./run test quick` leaves out, also whatever starts the program; order what is left.

    The marks must be there before pytest looks at `-m`, the order comes after every other plugin's.
    """
    for item in items:
        starts_program = "program" in getattr(item, "fixturenames", ())
        if starts_program or _name(item.path).startswith(SLOW):
            item.add_marker(pytest.mark.slow)
    yield
    items.sort(key=_turn)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test material, or a skip where it is absent (it is never committed)."""
    folder = Path(os.environ.get("BIENGIOI_SHARED", ROOT.parent / "shared"))
    if not (folder / "corpus").is_dir():
        pytest.skip("CORPUS GATES SKIPPED: no shared material here")
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program in an empty folder."""
    return Program(tmp_path)
