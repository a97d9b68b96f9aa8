"""Opening: what is refused stays untouched, what is ours is brought up to date."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.errors import StorageBusy, StorageError
from db.file.backup import copy_database
from db.file.connection import read_transaction, write_transaction
from db.file.opening import open_database
from db.schema import APPLICATION_ID, SCHEMA_VERSION
from tests.db.processes import child


def ours(path: Path) -> None:
    open_database(path, create=True).close()


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("CREATE TABLE bookmarks (id INTEGER)")
        conn.commit()


def text_file(path: Path) -> None:
    path.write_text("Danh sách việc cần làm trong tuần này của tòa soạn.\n" * 9)


def short_file(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0")


def newer(path: Path) -> None:
    ours(path)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def truncated(path: Path) -> None:
    ours(path)
    path.write_bytes(path.read_bytes()[:20_000])


def scrambled(path: Path) -> None:
    ours(path)
    data = bytearray(path.read_bytes())
    data[100:4096] = b"\xff" * 3996
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign, "another program"),
        (text_file, "not a database"),
        (short_file, "not a database"),
        (newer, "newer biengioi"),
        (truncated, "damaged"),
        (scrambled, "damaged"),
    ],
)
@pytest.mark.parametrize("create", [False, True])
def test_what_is_refused_is_named_and_left_untouched(
    tmp_path: Path, make: Callable[[Path], None], words: str, create: bool
) -> None:
    path = tmp_path / "a file.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(StorageError, match=words) as caught:
        open_database(path, create=create)
    assert str(path) in str(caught.value)
    assert caught.value.exit_status == 2
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a folder"):
        open_database(tmp_path, create=True)


def test_a_missing_folder_is_named_not_made(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"folder of .* does not exist"):
        open_database(tmp_path / "no" / "x.db", create=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [None, b""])
def test_reading_where_there_is_no_database_says_what_to_run_and_makes_none(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageError, match=r"There is no database at .* run `biengioi crawl` first"):
        open_database(path)
    assert not path.exists() or path.read_bytes() == b""


def test_a_new_or_empty_file_becomes_ours(tmp_path: Path) -> None:
    path = tmp_path / "tên có dấu %20 ?.db"
    path.touch()
    with closing(open_database(path, create=True)) as conn:
        pragmas = {
            name: conn.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                "application_id",
                "user_version",
                "journal_mode",
                "foreign_keys",
                "synchronous",
                "busy_timeout",
            )
        }
    assert pragmas == {
        "application_id": APPLICATION_ID,
        "user_version": SCHEMA_VERSION,
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 10_000,
    }
    assert list(tmp_path.iterdir()) == [path]


def test_opening_a_current_database_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    ours(path)
    before = path.read_bytes()
    open_database(path).close()
    open_database(path, create=True).close()
    assert path.read_bytes() == before


def fail_after_insert(conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO sources (id, name) VALUES ('a', 'A')")
    raise ZeroDivisionError


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "x.db", create=True)) as conn:
        with pytest.raises(ZeroDivisionError), write_transaction(conn):
            fail_after_insert(conn)
        with write_transaction(conn):
            conn.execute("INSERT INTO sources (id, name) VALUES ('b', 'B')")
        with read_transaction(conn):
            assert [row["id"] for row in conn.execute("SELECT id FROM sources")] == ["b"]


def test_a_lock_of_another_process_is_waited_for_and_then_named(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    ours(path)
    with child("hold_lock", path, 1.0), closing(open_database(path, busy_timeout_s=0.1)) as conn:
        with pytest.raises(StorageBusy, match="locked by another process") as caught, write_transaction(conn):
            pass
        assert caught.value.exit_status == 3
        conn.execute("PRAGMA busy_timeout = 5000")
        with write_transaction(conn):
            pass


def test_bugs_are_not_dressed_up_as_storage_errors(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "x.db", create=True)) as conn:
        with pytest.raises(sqlite3.OperationalError, match="no such table"), write_transaction(conn):
            conn.execute("SELECT * FROM missing")
        with pytest.raises(sqlite3.IntegrityError), write_transaction(conn):
            conn.execute("INSERT INTO seeds (source_id, url) VALUES ('nobody', 'x')")


def test_damage_deep_in_a_file_is_an_error_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    ours(path)
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    with (
        pytest.raises(StorageError, match="restore a backup"),
        closing(open_database(path)) as conn,
        read_transaction(conn),
    ):
        conn.execute("SELECT * FROM articles ORDER BY published_at").fetchall()


def test_a_copy_of_a_database_in_use_is_complete(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "x.db", create=True)) as conn:
        with write_transaction(conn):
            conn.execute("INSERT INTO sources (id, name) VALUES ('a', 'A')")
        copy_database(tmp_path / "x.db", tmp_path / "copy.db")
    with closing(open_database(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM sources").fetchone()[0] == 1


def test_a_second_connection_does_not_cost_the_first_its_locks(tmp_path: Path) -> None:
    """Without them the next process that leaves deletes the log, and what is committed later is lost."""
    path = tmp_path / "test.db"
    insert = "INSERT INTO gaps (from_at, to_at, reason) VALUES ('', '', 'died')"
    look = (
        f"import sqlite3; c = sqlite3.connect({str(path)!r}); print(*c.execute('SELECT count(*) FROM gaps'))"
    )

    def visitor() -> str:
        return subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True).stdout

    with closing(open_database(path, create=True)) as first:
        with write_transaction(first):
            first.execute(insert)
        open_database(path).close()
        assert visitor() == "(1,)\n"
        with write_transaction(first):
            first.execute(insert)
        assert visitor() == "(2,)\n"


@pytest.mark.parametrize(("other_s", "count"), [(0.0, 30), (0.04, 10), (0.25, 6)])
def test_a_process_that_writes_without_a_pause_starves_nobody(
    tmp_path: Path, other_s: float, count: int
) -> None:
    path = tmp_path / "x.db"
    ours(path)
    waits_s = []
    with child("write", path, other_s) as other, closing(open_database(path, busy_timeout_s=20)) as conn:
        for number in range(count):
            began = time.monotonic()
            with write_transaction(conn):
                waits_s.append(time.monotonic() - began)
                conn.execute("INSERT INTO sources (id, name) VALUES (?, 'x')", (f"mine-{number}",))
        assert other.poll() is None
    assert max(waits_s) < 4
