"""What stands in the archive: its records by article, and each one read again."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.errors import NotFoundError, StorageError
from db.archive import files

if TYPE_CHECKING:
    from crawler.formats.warc import Capture


@dataclass(frozen=True, slots=True)
class Record:
    """One page in the archive: a row of `page_records` with the digest of its bytes."""

    id: int
    url: str
    article_id: int | None
    fetched_at: str
    file: str
    offset: int
    length: int
    payload_sha256: str
    warc_id: str
    extractor_version: int | None
    sha256: str

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.file}, byte {self.offset}"


_SELECT = """
SELECT id, url, article_id, fetched_at, file, offset, length, payload_sha256, warc_id, extractor_version,
 sha256
FROM page_records JOIN archive_digests USING (id)
"""


def has_record(conn: sqlite3.Connection, article_id: int) -> bool:
    """Return whether the page that an article as it stands was read off is kept."""
    found = conn.execute(
        "SELECT 1 FROM articles JOIN page_records ON article_id = articles.id"
        " AND page_records.url = articles.url WHERE articles.id = ?",
        (article_id,),
    )
    return found.fetchone() is not None


def current_record(conn: sqlite3.Connection, article_id: int) -> Record:
    """Return the page that an article as it stands was read off.

    Raises:
        NotFoundError: there is no such article, or its page was not kept.
    """
    article = conn.execute("SELECT url FROM articles WHERE id = ?", (article_id,)).fetchone()
    if article is None:
        raise NotFoundError(f"There is no article {article_id}; `biengioi list` shows what there is.")
    row = conn.execute(
        f"{_SELECT} WHERE article_id = ? AND url = ? ORDER BY id DESC LIMIT 1", (article_id, article["url"])
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"The page of article {article_id} was not kept: it was imported, or stored without an archive"
            ' (archive.keep = "none", or before there was one).'
        )
    return Record(*row)


def record(conn: sqlite3.Connection, record_id: int) -> Record | None:
    """Return the record with that id; None where it was taken out."""
    row = conn.execute(f"{_SELECT} WHERE id = ?", (record_id,)).fetchone()
    return Record(*row) if row else None


def records_of(conn: sqlite3.Connection, article_id: int) -> list[Record]:
    """Return all pages that showed an article, in the order in which they were written."""
    rows = conn.execute(f"{_SELECT} WHERE article_id = ? ORDER BY id", (article_id,))
    return [Record(*row) for row in rows]


def records_in(conn: sqlite3.Connection, file: str) -> Iterator[Record]:
    """Yield the records of a file in the order of their places."""
    for row in conn.execute(f"{_SELECT} WHERE file = ? ORDER BY offset", (file,)):
        yield Record(*row)


def read_bytes(folder: Path, record: Record) -> bytes:
    """Return a record's bytes, as they were written.

    Raises:
        StorageError: the file is missing, too short or changed.
    """
    with files.opened(folder, record.file) as file:
        file.seek(record.offset)
        data = file.read(record.length)
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise StorageError(
            f"The page of {record.url} in {folder / record.file} is damaged (byte {record.offset});"
            " put the file back from a copy of the archive."
        )
    return data


def read_capture(folder: Path, record: Record) -> Capture:
    """Return the page that stands in a record.

    Raises:
        StorageError: the file is missing or damaged.
    """
    from crawler.formats.warc import DamagedRecord, unpack  # a library that `list` need not load

    try:
        return unpack(read_bytes(folder, record))
    except DamagedRecord as error:
        raise StorageError(f"The page of {record.url} cannot be read: {error}.") from error
