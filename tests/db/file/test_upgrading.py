"""Updates of the tables: what they cost is told before, and the way back that is documented leads back."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.errors import StorageError
from db.collection import ArticleFilter, Collection
from db.file import connection, migrations, upgrading
from db.file.opening import open_database
from db.file.upgrading import cost_of, kept_copies
from db.schema import SCHEMA_VERSION
from tests.db.earlier_releases import (
    ARTICLES,
    SECOND_RELEASE,
    add_stories,
    make_first_release,
    make_second_release,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of an earlier release, as it lies on the disk."""
    path = make_second_release(tmp_path_factory.mktemp("older") / "biengioi.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def old(older: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(older, tmp_path / "biengioi.db"))


def dump(path: Path) -> tuple[int, list[str]]:
    """The schema's version, and everything in the file as SQL."""
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute("PRAGMA user_version").fetchone()[0], list(conn.iterdump())


def way_back() -> str:
    """What the documentation says to type."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    section = page.split("\n### Going back\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return str(block)


def test_the_documented_way_back_leads_to_the_database_as_it_was(old: Path) -> None:
    before = dump(old)
    with Collection.open(old) as collection:
        collection.forget(1)  # something that only the newer one knows
    assert dump(old) != before
    (copy,) = kept_copies(old)
    assert (copy.name, dump(copy)) == (f"biengioi-schema-{SECOND_RELEASE}.db", before)
    lines = [line for line in way_back().splitlines() if not re.match(r"(biengioi|pip|systemctl) ", line)]
    assert [line.split()[0] for line in lines] == ["mv", "rm", "mv"]
    subprocess.run(["sh", "-euc", "\n".join(lines)], cwd=old.parent, check=True)
    assert dump(old) == before
    assert kept_copies(old) == []
    with Collection.open(old.parent / "biengioi-newer.db") as collection:  # nothing is thrown away
        assert len(list(collection.list(ArticleFilter(include_duplicates=True)))) == len(ARTICLES) - 1
    with Collection.open(old) as collection:  # and the update may be tried again
        assert collection.show(1)
    assert dump(*kept_copies(old)) == before


@pytest.mark.parametrize(
    ("version", "make"), [(1, make_first_release), (SECOND_RELEASE, make_second_release)], ids=["1", "6"]
)
def test_what_it_costs_is_told_before_and_holds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, version: int, make: Callable[[Path], Path]
) -> None:
    old = make(tmp_path / "biengioi.db")
    with closing(sqlite3.connect(old, isolation_level=None)) as conn:
        connection.prepare_connection(conn)
        add_stories(conn, 60)
    size = old.stat().st_size
    with closing(open_database(old)):
        used = sum(file.stat().st_size for file in tmp_path.iterdir())  # with the log
        assert used - size <= cost_of(version, size).needed_mb * 1_000_000
    (said,) = [record.getMessage() for record in caplog.records]
    assert f"schema {version} to {SCHEMA_VERSION}" in said
    assert "this takes some seconds. A copy of it as it is (" in said
    assert said.endswith(f" MB) is kept as biengioi-schema-{version}.db.")
    caplog.clear()
    open_database(old).close()
    assert (caplog.records, len(kept_copies(old))) == ([], 1), "once"


def test_costs_grow_with_the_file_and_with_what_is_to_be_done() -> None:
    assert cost_of(1, 10**9).needed_mb > cost_of(6, 10**9).needed_mb > cost_of(6, 10**8).needed_mb > 100
    assert cost_of(6, 10**9).duration_s > 10 * cost_of(SCHEMA_VERSION - 1, 10**9).duration_s
    told = [cost_of(6, size).told for size in (10**6, 10**8, 10**9)]
    assert told == ["some seconds", "up to a minute", "about 6 minutes"]


def test_without_room_for_a_copy_nothing_is_changed(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = old.read_bytes()
    monkeypatch.setattr(upgrading, "free_mb", lambda _: 0.5)
    with pytest.raises(StorageError, match=r"needs about \d+ MB beside it, .* 0 MB are free"):
        open_database(old)
    assert (old.read_bytes(), kept_copies(old)) == (before, [])


def test_where_a_copy_cannot_be_kept_nothing_is_changed(old: Path) -> None:
    before = dump(old)
    (old.parent / f"biengioi-schema-{SECOND_RELEASE}.db").write_text("notes of mine")
    with pytest.raises(StorageError, match=r"a copy of it as it is cannot be kept: .* is no backup of ours"):
        open_database(old)
    assert dump(old) == before


def test_who_waited_for_another_update_keeps_no_copy_of_what_is_new(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It saw the older schema, and gets the lock when the other one is done."""
    cost = upgrading.cost_of_file

    def late(path: Path, version: int) -> upgrading.Cost:
        told = cost(path, version)
        monkeypatch.setattr(migrations, "cost_of_file", cost)
        open_database(path).close()
        return told

    monkeypatch.setattr(migrations, "cost_of_file", late)
    before = dump(old)
    open_database(old).close()
    assert dump(*kept_copies(old)) == before


def test_a_new_collection_has_no_copy(tmp_path: Path) -> None:
    open_database(tmp_path / "x.db", create=True).close()
    assert [path.name for path in tmp_path.iterdir()] == ["x.db"]


def test_a_takedown_names_the_copies_that_may_still_hold_the_text(old: Path) -> None:
    with Collection.open(old) as collection:
        said = list(collection.forget(1).lines())
    (name,) = [copy.name for copy in kept_copies(old)]
    assert f"{name}, the copy from before an update, may still hold it: delete that file." in said
