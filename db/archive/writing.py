"""Writing pages into the archive, within the transactions that keep what was read off them.

What is written is on the disk before its rows are committed. After a kill a file may therefore hold
records that no row speaks of, and never the other way round.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from crawler.article import format_instant
from crawler.config import ArchiveLimits, Keep
from crawler.decision import Decision, Kind
from crawler.errors import StorageError, StorageFull
from crawler.page import FrontierEntry, Page
from crawler.ports import Clock
from db.archive import chain
from db.archive.files import OPEN, SUFFIX, folder_of, is_locked, spellings
from db.file.atomic_write import sync_folder

logger = logging.getLogger(__name__)

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_BRINGS_NEW = (Kind.NEW, Kind.NEAR_DUPLICATE, Kind.REVISED)


class PageArchive:
    """Takes the pages of one process; a `db.file.writer.Companion` of the writer that keeps its rows.

    Args:
        database: beside which the files are.
        clock: the time now.
    """

    def __init__(self, database: Path, limits: ArchiveLimits, clock: Clock) -> None:
        self._folder = folder_of(database)
        self._keep = limits.keep
        self._max_bytes = limits.max_file_mb << 20
        self._clock = clock
        self._file: ArchiveFile | None = None
        self._opened_on: date | None = None
        self._is_mended = False

    def mend(self, conn: sqlite3.Connection) -> None:
        """Close what a killed process left open, once, within the caller's write transaction.

        A crawl that has nothing to write does so too: what is cited is there by its name.
        """
        if not self._is_mended:
            with storage_told(self._folder):
                mend(conn, self._folder)
            self._is_mended = True

    def wants(self, conn: sqlite3.Connection, url: str, decision: Decision) -> bool:
        """Return whether the page is to be kept on which this was decided.

        Where only what is stored counts, that is what brought something new, and the first page of
        each address that shows an article, also where it was stored by a release without an archive.
        """
        if self._keep is not Keep.STORED:
            return self._keep is Keep.ALL
        if decision.kind in _BRINGS_NEW:
            return True
        if decision.kind not in (Kind.DUPLICATE, Kind.UNCHANGED):
            return False
        return not conn.execute(
            "SELECT 1 FROM page_records WHERE article_id = ? AND url = ?", (decision.article_id, url)
        ).fetchone()

    def add(
        self,
        conn: sqlite3.Connection,
        page: Page,
        entry: FrontierEntry,
        article_id: int | None,
        extractor_version: int | None = None,
    ) -> None:
        """Write a page and its row, within the caller's write transaction.

        Args:
            entry: its address in the frontier, and what lists told of it.
            article_id: the article that is on it; None for none.
            extractor_version: by which that was read off it.

        Raises:
            StorageError: the archive cannot be written.
        """
        from crawler.formats.warc import pack  # a library that a crawl which keeps nothing need not load

        packed = pack(page, entry)
        with storage_told(self._folder):
            file = self._file_for(conn, len(packed.data))
            offset = file.append(packed.data)
        file.note(conn)
        inserted = conn.execute(
            "INSERT INTO page_records (url, article_id, fetched_at, file, offset, length, payload_sha256,"
            " warc_id, extractor_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                entry.url,
                article_id,
                format_instant(page.fetched_at),
                file.name,
                offset,
                len(packed.data),
                packed.payload_sha256,
                packed.warc_id,
                extractor_version,
            ),
        )
        conn.execute(
            "INSERT INTO archive_digests (id, day, sha256) VALUES (?, ?, ?)",
            (inserted.fetchone()["id"], file.day, hashlib.sha256(packed.data).hexdigest()),
        )

    def begin(self) -> None:
        """Note where a transaction begins to write."""
        if self._file is not None:
            self._file.begin()

    def sync(self) -> None:
        """Make sure that what a transaction has written is on the disk."""
        if self._file is not None:
            with storage_told(self._folder):
                self._file.sync()

    def undo(self) -> None:
        """Cut off what a transaction has written that is not kept."""
        if self._file is not None:
            with storage_told(self._folder):
                self._file.undo()

    def close(self) -> None:
        """End writing; the file gets its lasting name."""
        if self._file is not None:
            with storage_told(self._folder):
                self._file.close()
            self._file = None

    def _file_for(self, conn: sqlite3.Connection, more_bytes: int) -> ArchiveFile:
        file, now = self._file, self._clock()
        is_same_day = self._opened_on == now.date()
        if file is not None and _is_replaced(conn, file.name):
            file.drop()
            file = None
        if file is not None and is_same_day and file.fits(more_bytes, self._max_bytes):
            return file
        if file is not None:
            file.close()
        self._file = None
        self._opened_on = now.date()
        chain.seal(conn, now)
        day = chain.day_of_writing(conn, now)
        self._folder.mkdir(exist_ok=True)
        mend(conn, self._folder)
        self._file = self._continued(conn, day, more_bytes) or ArchiveFile.make(
            self._folder, day, self._clock
        )
        return self._file

    def _continued(self, conn: sqlite3.Connection, day: str, more_bytes: int) -> ArchiveFile | None:
        """Return a file of the same day to go on with, so that many short crawls make few files."""
        rows = conn.execute(
            "SELECT * FROM archive_files WHERE day = ? AND replaced_at IS NULL ORDER BY name", (day,)
        )
        for row in rows.fetchall():
            path = self._folder / row["name"]
            if not path.exists() or path.stat().st_size != end_of_rows(conn, row["name"]):
                continue  # another process has it, or something is behind its last record
            file = ArchiveFile.take(path, row)
            if file is not None and file.fits(more_bytes, self._max_bytes):
                return file
            if file is not None:
                file.close()
        return None


class ArchiveFile:
    """A file that this process writes to; locked, with `.open` behind its name.

    Args:
        place: its path, with `.open`.
        file: opened for writing.
        end: its length.
    """

    def __init__(
        self, place: Path, file: BinaryIO, day: str, head_length: int, head_sha256: str, end: int
    ) -> None:
        self.name = place.name.removesuffix(OPEN)
        self.day, self.head_length, self.head_sha256 = day, head_length, head_sha256
        self._path, self._file = place, file
        self._end = self._begun_at = end
        self._is_dirty = False

    @classmethod
    def make(cls, folder: Path, day: str, clock: Clock) -> ArchiveFile:
        """Begin a new file, whose first record says what wrote it."""
        from crawler.formats.warc import file_head

        name = f"biengioi-{day}-{token_hex(4)}{SUFFIX}"
        path = folder / f"{name}{OPEN}"
        file = path.open("xb", buffering=0)
        is_locked(file)
        head = file_head(name, f"biengioi {version('biengioi')}", clock())
        made = cls(path, file, day, len(head), hashlib.sha256(head).hexdigest(), 0)
        made.append(head)
        made._begun_at = len(head)
        sync_folder(folder)
        return made

    @classmethod
    def take(cls, path: Path, row: sqlite3.Row) -> ArchiveFile | None:
        """Go on with a file that nobody writes to; None where somebody does after all."""
        file = path.open("r+b", buffering=0)
        if is_locked(file):
            file.close()
            return None
        taken = path.with_name(f"{path.name}{OPEN}")
        path.rename(taken)
        end = file.seek(0, os.SEEK_END)
        return cls(taken, file, row["day"], row["head_length"], row["head_sha256"], end)

    def fits(self, more_bytes: int, max_bytes: int) -> bool:
        """Return whether it may get so much more; an empty one may get anything."""
        return self._end + more_bytes <= max_bytes or self._end == self.head_length

    def note(self, conn: sqlite3.Connection) -> None:
        """Make sure that the file has a row, within the caller's write transaction."""
        conn.execute(
            "INSERT OR IGNORE INTO archive_files (name, day, head_length, head_sha256) VALUES (?, ?, ?, ?)",
            (self.name, self.day, self.head_length, self.head_sha256),
        )

    def append(self, *pieces: bytes) -> int:
        """Write at the end, and return where that was."""
        offset = self._file.seek(self._end)
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[self._file.write(view) :]
            self._end += len(piece)
        self._is_dirty = True
        return offset

    def begin(self) -> None:
        """Note where a transaction begins."""
        self._begun_at = self._end

    def sync(self) -> None:
        """Wait until all is on the disk."""
        if self._is_dirty:
            os.fsync(self._file.fileno())
            self._is_dirty = False

    def undo(self) -> None:
        """Cut off what the transaction wrote."""
        self._file.truncate(self._begun_at)
        self._end = self._begun_at

    def close(self) -> None:
        """End writing; the file gets its lasting name, unless a takedown has removed it."""
        self.sync()
        with suppress(FileNotFoundError):
            self._path.rename(self._path.with_name(self.name))
            sync_folder(self._path.parent)
        self._file.close()

    def drop(self) -> None:
        """Give the file up: another has taken its place, or it is not wanted after all."""
        self._path.unlink(missing_ok=True)
        self._file.close()


def _is_replaced(conn: sqlite3.Connection, name: str) -> bool:
    """Whether a takedown has put another file in the place of one."""
    row = conn.execute("SELECT replaced_at FROM archive_files WHERE name = ?", (name,)).fetchone()
    return row is not None and row["replaced_at"] is not None


def mend(conn: sqlite3.Connection, folder: Path) -> None:
    """Close the files that processes left open which ended without warning, and say what was cut off.

    Within the caller's write transaction, in which no other process writes to the archive.
    """
    for path in sorted(folder.glob(f"*{SUFFIX}{OPEN}")):
        with path.open("r+b") as file:
            if is_locked(file):
                continue
            name = path.name.removesuffix(OPEN)
            end = whole_end(file, end_of_rows(conn, name))
            left = file.seek(0, os.SEEK_END) - end
            if left > 0:
                file.truncate(end)
                os.fsync(file.fileno())
                logger.warning(
                    "biengioi: %s ended within a record, as after a kill; its last %d bytes were cut off.",
                    path.with_name(name), left,
                )  # fmt: skip
            path.rename(path.with_name(name))
    for (name,) in conn.execute("SELECT name FROM archive_files WHERE replaced_at IS NOT NULL").fetchall():
        for path in spellings(folder, name):
            path.unlink(missing_ok=True)


def end_of_rows(conn: sqlite3.Connection, name: str) -> int:
    """Return how many bytes of a file are spoken of by rows."""
    end: int = conn.execute(
        "SELECT coalesce((SELECT max(offset + length) FROM page_records WHERE file = ?1),"
        " (SELECT head_length FROM archive_files WHERE name = ?1), 0)",
        (name,),
    ).fetchone()[0]
    return end


def whole_end(file: BinaryIO, start: int) -> int:
    """Return where the last whole record of a file ends, of those from `start` on."""
    from crawler.formats.warc import whole_members

    end = start
    for offset, length, _ in whole_members(file, start):
        end = offset + length
    return end


@contextmanager
def storage_told(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses into a sentence."""
    try:
        yield
    except OSError as error:
        kind = StorageFull if error.errno in _NO_SPACE else StorageError
        raise kind(f"The archive in {folder} cannot be written ({error.strerror}).") from error
