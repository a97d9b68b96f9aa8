"""A backup is one file that can take the collection's place, whatever happens while it is made."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.errors import StorageBusy, StorageError, UsageError
from db.collection import Collection
from db.file import atomic_write
from db.file.backup import back_up
from db.file.opening import open_database
from db.schema import SCHEMA_VERSION
from tests.articles import make_article
from tests.db.earlier_releases import make_first_release
from tests.db.lock_holder import holding
from tests.db.processes import child
from tests.db.world import World


@pytest.fixture
def filled(world: World) -> World:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            for number in range(5):
                await crawl.keep(make_article(number))

    asyncio.run(scenario())
    return world


def problems(path: Path) -> list[str]:
    with Collection.open(path) as collection:
        return [result.check for result in collection.verify() if result.problem_count]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_backup_is_one_whole_file(filled: World, tmp_path: Path) -> None:
    with filled.connection():  # in use, so that a write-ahead log lies beside it
        assert (tmp_path / "test.db-wal").exists()
        done = back_up(filled.path, tmp_path / "kho.db")
    assert names(tmp_path) == ["kho.db", "test.db"]
    assert (done.path, done.article_count) == (tmp_path / "kho.db", 5)
    assert done.byte_count == (tmp_path / "kho.db").stat().st_size
    assert problems(done.path) == []
    filled.path.unlink()
    done.path.replace(filled.path)  # as the handbook says how to restore it
    assert len(filled.rows("SELECT * FROM articles")) == 5


def test_a_backup_ends_and_is_consistent_while_another_process_writes_without_a_pause(
    filled: World, tmp_path: Path
) -> None:
    counts = []
    with child("write", filled.path, 0) as process:
        time.sleep(0.3)
        for number in range(3):
            began = time.monotonic()
            done = back_up(filled.path, tmp_path / f"{number}.db")
            assert time.monotonic() - began < 10
            with closing(sqlite3.connect(done.path)) as conn:
                counts.append(conn.execute("SELECT count(*) FROM sources WHERE id LIKE '%-_'").fetchone()[0])
            assert problems(done.path) == []
        assert process.poll() is None, "the writer was starved"
        before = len(filled.rows("SELECT id FROM sources"))
        time.sleep(0.3)
        assert len(filled.rows("SELECT id FROM sources")) > before
    assert all(count and count % 2 == 0 for count in counts), "half a transaction was copied"
    assert counts == sorted(set(counts))


def test_copying_in_many_steps_is_still_one_state(
    filled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.file.backup._COPIED_PAGES", 3)
    steps: list[tuple[int, int]] = []

    def write_meanwhile(done: int, total: int) -> None:
        steps.append((done, total))
        with filled.connection() as conn:
            conn.execute("INSERT INTO sources (id, name) VALUES (?, 'later')", (str(len(steps)),))

    done = back_up(filled.path, tmp_path / "kho.db", progress=write_meanwhile)
    assert len(steps) > 10
    assert steps[-1] == (steps[0][1], steps[0][1])
    with closing(sqlite3.connect(done.path)) as conn:
        assert conn.execute("SELECT count(*) FROM sources WHERE name = 'later'").fetchone() == (0,)


def test_an_older_backup_is_replaced(filled: World, tmp_path: Path) -> None:
    target = tmp_path / "kho.db"
    back_up(filled.path, target)
    with filled.connection() as conn:
        conn.execute("DELETE FROM articles WHERE id = 1")
    assert back_up(filled.path, target).article_count == 4
    assert names(tmp_path) == ["kho.db", "test.db"]


def test_a_symbolic_link_is_followed(filled: World, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link.db").symlink_to(tmp_path / "disk" / "kho.db")
    back_up(filled.path, tmp_path / "link.db")
    assert (tmp_path / "link.db").is_symlink()
    assert names(tmp_path / "disk") == ["kho.db"]


def test_the_backup_is_as_private_as_the_collection(filled: World, tmp_path: Path) -> None:
    filled.path.chmod(0o640)
    assert back_up(filled.path, tmp_path / "kho.db").path.stat().st_mode & 0o777 == 0o640


def itself(world: World, folder: Path) -> Path:
    return world.path


def linked(world: World, folder: Path) -> Path:
    (folder / "link.db").symlink_to(world.path)
    return folder / "link.db"


def notes(world: World, folder: Path) -> Path:
    (folder / "notes.txt").write_text("Việc cần làm")
    return folder / "notes.txt"


def foreign(world: World, folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "foreign.db")) as conn:
        conn.execute("CREATE TABLE bookmarks (id INTEGER)")
        conn.commit()
    return folder / "foreign.db"


def folder(world: World, folder: Path) -> Path:
    return folder


def nowhere(world: World, folder: Path) -> Path:
    return folder / "no" / "kho.db"


def in_use(world: World, folder: Path) -> Path:
    back_up(world.path, folder / "kho.db")
    (folder / "kho.db-wal").write_bytes(b"")
    return folder / "kho.db"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (itself, "is the collection itself"),
        (linked, "is the collection itself"),
        (notes, "is no backup of ours"),
        (foreign, "is no backup of ours"),
        (folder, "is no backup of ours"),
        (nowhere, "cannot be written"),
        (in_use, "is in use"),
    ],
)
def test_what_must_not_be_replaced_is_refused_and_left_alone(
    filled: World, tmp_path: Path, make: Callable[[World, Path], Path], words: str
) -> None:
    target = make(filled, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(UsageError, match=words):
        back_up(filled.path, target)
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_there_must_be_something_to_copy(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="There is no database"):
        back_up(tmp_path / "x.db", tmp_path / "kho.db")
    assert names(tmp_path) == []


def test_a_damaged_collection_never_replaces_a_good_backup(filled: World, tmp_path: Path) -> None:
    good = back_up(filled.path, tmp_path / "kho.db").path.read_bytes()
    with filled.connection() as conn:
        size: int = conn.execute("PRAGMA page_size").fetchone()[0]
        page: int = conn.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'articles_by_url'"
        ).fetchone()[0]
    data = bytearray(filled.path.read_bytes())
    data[(page - 1) * size : page * size] = b"\xa5" * size
    filled.path.write_bytes(data)
    with pytest.raises(StorageError, match=r"test\.db is damaged"):
        back_up(filled.path, tmp_path / "kho.db")
    assert (tmp_path / "kho.db").read_bytes() == good
    assert names(tmp_path) == ["kho.db", "test.db"]


def test_who_locks_readers_out_is_waited_for_and_then_named(filled: World, tmp_path: Path) -> None:
    with holding(filled.path, everything=True):
        began = time.monotonic()
        with pytest.raises(StorageBusy):
            back_up(filled.path, tmp_path / "kho.db", busy_timeout_s=0.3)
        assert time.monotonic() - began < 3
        assert names(tmp_path) == ["test.db", "test.db-wal"]  # the log is the other's
    assert back_up(filled.path, tmp_path / "kho.db").article_count == 5


def test_a_killed_backup_leaves_the_old_one_and_its_rest_is_cleared_away(
    filled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "kho.db"
    back_up(filled.path, target)
    good = target.read_bytes()
    monkeypatch.setattr("db.file.backup._COPIED_PAGES", 3)
    pid = os.fork()
    if pid == 0:
        back_up(filled.path, target, progress=lambda done, total: os.kill(os.getpid(), signal.SIGKILL))
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    assert target.read_bytes() == good
    (rest,) = [name for name in names(tmp_path) if name.endswith(".part")]
    back_up(filled.path, target)
    assert rest in names(tmp_path), "another backup may be writing it"
    old = time.time() - atomic_write._LEFT_BEHIND_S - 1
    os.utime(tmp_path / rest, (old, old))
    back_up(filled.path, target)
    assert [name for name in names(tmp_path) if "part" in name] == []


def test_a_backup_does_not_bring_the_collection_up_to_date(tmp_path: Path) -> None:
    path = make_first_release(tmp_path / "old.db")
    done = back_up(path, tmp_path / "kho.db")
    for one in (path, done.path):
        with closing(sqlite3.connect(one)) as conn:
            assert conn.execute("PRAGMA user_version").fetchone() == (1,)
    with closing(open_database(done.path)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
