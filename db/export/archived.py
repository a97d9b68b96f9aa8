"""Pages as they were out of the collection: for replay, and an index over the archive's own files."""

from __future__ import annotations

import logging
import sqlite3
from array import array
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from typing import BinaryIO

from crawler.errors import StorageError
from crawler.formats import cdxj
from crawler.formats.wacz import ReplayPage, write_wacz
from crawler.formats.warc import DamagedRecord, unpack
from db.archive import files
from db.archive.records import Record, read_bytes, records_of
from db.file.connection import read_transaction

logger = logging.getLogger(__name__)


def write_replay(conn: sqlite3.Connection, ids: array[int], file: BinaryIO, now: datetime) -> int:
    """Write all kept pages of these articles as WACZ; return how many articles have one."""
    pages = _Pages(conn, ids)
    write_wacz(
        (page for _, page in pages),
        file,
        title="biengioi",
        software=f"biengioi {version('biengioi')}",
        created=now,
    )
    pages.tell_missing()
    return pages.article_count


def write_index(conn: sqlite3.Connection, ids: array[int], file: BinaryIO) -> int:
    """Write a line for each kept page of these articles as CDXJ; return how many articles have one."""
    pages = _Pages(conn, ids)
    lines = sorted(cdxj.line_of(page.capture, record.file, record.offset) for record, page in pages)
    file.writelines(f"{line}\n".encode() for line in lines)
    pages.tell_missing()
    return pages.article_count


class _Pages:
    """The kept pages of articles, one after the other.

    Attributes:
        article_count: articles so far that have one.
    """

    def __init__(self, conn: sqlite3.Connection, ids: array[int]) -> None:
        self._conn, self._ids = conn, ids
        self.article_count = 0

    def __iter__(self) -> Iterator[tuple[Record, ReplayPage]]:
        folder = files.folder(self._conn)
        for article_id in self._ids:
            with read_transaction(self._conn):
                asked = self._conn.execute("SELECT title FROM articles WHERE id = ?", (article_id,))
                title = next((row["title"] for row in asked), None)
                found = [
                    (record, read_bytes(folder, record)) for record in records_of(self._conn, article_id)
                ]
            self.article_count += bool(found)
            for record, data in found:
                try:
                    yield record, ReplayPage(record.id, title, data, unpack(data))
                except DamagedRecord as error:
                    raise StorageError(f"The page of {record.url} cannot be read: {error}.") from error

    def tell_missing(self) -> None:
        """Say how many articles have no page in the archive."""
        if missing := len(self._ids) - self.article_count:
            logger.warning(
                "biengioi: %d of %d articles are not in it: their pages were not kept.",
                missing,
                len(self._ids),
            )
