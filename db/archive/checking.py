"""Whether the archive is whole: every file there, every byte as it was written, every row with its record."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from crawler.errors import StorageError
from db.archive import files
from db.archive.records import Record, records_in

QUICK_DAYS = 7
"""Days whose records are read again where the archive is only looked through."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a file of which no row speaks.

    Args:
        is_of_ours: whether there is a row for the file.
        urls: the addresses that whole records in it name.
        whole_length: bytes of whole records at its beginning.
    """

    file: str
    is_of_ours: bool
    offset: int
    length: int
    whole_length: int
    urls: tuple[str, ...]


def damage(conn: sqlite3.Connection, *, is_quick: bool = False) -> Iterator[str]:
    """Yield a sentence for every record and file that is not as it was written.

    Args:
        is_quick: read again only what the last `QUICK_DAYS` days wrote; of the rest only whether the
            files are there, and long enough.
    """
    folder = files.folder(conn)
    newest = conn.execute("SELECT max(day) FROM archive_files").fetchone()[0]
    since = (date.fromisoformat(newest) - timedelta(days=QUICK_DAYS)).isoformat() if newest else ""
    rows = conn.execute("SELECT * FROM archive_files WHERE replaced_at IS NULL ORDER BY name").fetchall()
    if rows and not folder.is_dir():
        yield f"The archive's folder {folder} is missing."
        rows = []
    for row in rows:
        try:
            with files.opened(folder, row["name"]) as file:
                yield from _file_damage(conn, row, file, is_quick=is_quick and row["day"] < since)
        except StorageError as error:
            yield str(error)
    for row in conn.execute(
        "SELECT id, url FROM page_records LEFT JOIN archive_digests USING (id)"
        " WHERE day IS NULL OR forgotten_at IS NOT NULL"
    ):
        yield f"Row {row['id']} of page_records ({row['url']}) is not in the chain."
    for row in conn.execute(
        "SELECT id, day FROM archive_digests WHERE forgotten_at IS NULL"
        " AND id NOT IN (SELECT id FROM page_records)"
    ):
        yield f"Row {row['id']} of page_records, written on {row['day']}, is gone without a takedown."


def _file_damage(
    conn: sqlite3.Connection, row: sqlite3.Row, file: BinaryIO, *, is_quick: bool
) -> Iterator[str]:
    name = row["name"]
    size = file.seek(0, 2)
    head = _piece(file, 0, row["head_length"])
    if hashlib.sha256(head).hexdigest() != row["head_sha256"]:
        yield f"{name}, byte 0: its first record is not as it was written."
    for record in records_in(conn, name):
        if record.offset + record.length > size:
            yield f"{record.place}: the page of {record.url} is missing; the file ends before it does."
        elif not is_quick and (problem := _record_damage(file, record)):
            yield f"{record.place}: the page of {record.url} {problem}."


def _record_damage(file: BinaryIO, record: Record) -> str:
    """Return what is wrong with a record, in words; empty for nothing."""
    from crawler.formats.warc import DamagedRecord, unpack  # a library that `list` need not load

    data = _piece(file, record.offset, record.length)
    if hashlib.sha256(data).hexdigest() != record.sha256:
        return "is not as it was written"
    try:
        capture = unpack(data)
    except DamagedRecord as error:
        return f"cannot be read: {error}"
    if capture.page.url != record.url or capture.warc_id != record.warc_id:
        return "is that of another address or record than its row says"
    if hashlib.sha256(capture.page.body).hexdigest() != record.payload_sha256:
        return "has another payload_sha256 than its row says"
    return ""


def _piece(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


def gaps(conn: sqlite3.Connection, folder: Path) -> Iterator[Gap]:
    """Yield the parts of all files of the folder of which no row speaks, such as after a kill."""
    spoken_of = dict(conn.execute("SELECT file, sum(length) FROM page_records GROUP BY file").fetchall())
    heads = dict(conn.execute("SELECT name, head_length FROM archive_files").fetchall())
    for name in files.names(folder):
        with files.opened(folder, name) as file:
            if file.seek(0, 2) == heads.get(name, 0) + spoken_of.get(name, 0):
                continue
        known = conn.execute(
            "SELECT 0 AS offset, head_length AS length FROM archive_files WHERE name = ?1"
            " UNION ALL SELECT offset, length FROM page_records WHERE file = ?1 ORDER BY offset",
            (name,),
        ).fetchall()
        with files.opened(folder, name) as file:
            end = 0
            for row in known:
                if row["offset"] > end:
                    yield _gap(file, name, end, row["offset"], is_of_ours=True)
                end = max(end, row["offset"] + row["length"])
            if (size := file.seek(0, 2)) > end:
                yield _gap(file, name, end, size, is_of_ours=bool(known))


def _gap(file: BinaryIO, name: str, start: int, end: int, *, is_of_ours: bool) -> Gap:
    from crawler.formats.warc import target_uris, whole_members

    whole = start
    urls: dict[str, None] = {}
    for offset, length, beginning in whole_members(file, start):
        if offset + length > end:
            break
        whole = offset + length
        urls.update(dict.fromkeys(target_uris(beginning)))
    return Gap(name, is_of_ours, start, end - start, whole - start, tuple(urls))


def unspoken(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield a sentence for every part of a file of which no row speaks; they are harmless."""
    folder = files.folder(conn)
    for gap in gaps(conn, folder):
        if files.is_written_to(folder, gap.file):
            continue  # its rows are committed in a moment
        what = f"records of {', '.join(gap.urls)}" if gap.urls else "no whole record of a page"
        yield (
            f"{gap.file}, byte {gap.offset}: {gap.length} bytes of which no row speaks"
            f" ({what}; {gap.length - gap.whole_length} bytes are no whole record)."
        )
