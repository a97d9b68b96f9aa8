"""Taking pages out of the archive: files are written anew without them, their digests stay in the chain.

New files are complete on the disk before the rows speak of them; the old ones go after the commit. After a
kill in between, either the new ones are unspoken of, or `mend` removes the old ones.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from crawler.identity.urls import canonical_url
from crawler.ports import Clock
from db.archive import files
from db.archive.checking import gaps
from db.archive.writing import ArchiveFile, mend, storage_told

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Unwanted:
    """A file that others have taken the place of.

    Args:
        ranges: offset and length of what was not copied from it.
    """

    name: str
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """Pages that were taken out.

    Args:
        page_count: how many.
        files: those that are to go once this is committed.
        lost_files: those that are not in the folder, and may be elsewhere with such pages in them.
    """

    folder: Path
    page_count: int
    files: tuple[Unwanted, ...]
    lost_files: tuple[str, ...]

    def finish(self) -> None:
        """Remove the old files; called after the commit."""
        with storage_told(self.folder):
            for old in self.files:
                for path in files.spellings(self.folder, old.name):
                    _overwrite(path, old.ranges)
                    path.unlink(missing_ok=True)


def take_out(
    conn: sqlite3.Connection, article_ids: Collection[int], urls: Collection[str], at: str, clock: Clock
) -> Removal:
    """Take out all pages of these articles and addresses, within the caller's write transaction.

    Args:
        at: when they are taken down, as stored.
    """
    folder = files.folder(conn)
    rows = list(_rows(conn, article_ids, urls))
    names = {row["file"] for row in rows}
    lost = {name for name in names if not any(path.exists() for path in files.spellings(folder, name))}
    with storage_told(folder):
        if folder.is_dir():
            mend(conn, folder)
        unwanted = {*urls, *(row["url"] for row in rows)}
        for gap in gaps(conn, folder):
            is_torn = gap.is_of_ours and gap.whole_length < gap.length
            if is_torn or not unwanted.isdisjoint(canonical_url(url) or url for url in gap.urls):
                names.add(gap.file)
        conn.executemany("DELETE FROM page_records WHERE id = ?", ((row["id"],) for row in rows))
        conn.executemany(
            "UPDATE archive_digests SET forgotten_at = ? WHERE id = ?", ((at, row["id"]) for row in rows)
        )
        old = tuple(_rewrite(conn, folder, name, at, clock) for name in sorted(names - lost))
    return Removal(folder, len(rows), old, tuple(sorted(lost)))


def _rows(
    conn: sqlite3.Connection, article_ids: Collection[int], urls: Collection[str]
) -> Iterator[sqlite3.Row]:
    for article_id in article_ids:
        yield from conn.execute("SELECT id, url, file FROM page_records WHERE article_id = ?", (article_id,))
    for url in urls:  # what another article was read off stays
        yield from conn.execute(
            "SELECT id, url, file FROM page_records WHERE url = ? AND article_id IS NULL", (url,)
        )


def _rewrite(conn: sqlite3.Connection, folder: Path, name: str, at: str, clock: Clock) -> Unwanted:
    """Copy what rows speak of into a new file; return what of the old one was not copied."""
    kept = conn.execute(
        "SELECT id, offset, length FROM page_records WHERE file = ? ORDER BY offset", (name,)
    ).fetchall()
    about = conn.execute("SELECT * FROM archive_files WHERE name = ?", (name,)).fetchone()
    with files.opened(folder, name) as old:
        if kept:
            _copy(conn, old, kept, ArchiveFile.make(folder, about["day"], clock))
        size = old.seek(0, os.SEEK_END)
    conn.execute("UPDATE archive_files SET replaced_at = ? WHERE name = ?", (at, name))
    return Unwanted(name, tuple(_between(kept, size)))


def _copy(conn: sqlite3.Connection, old: BinaryIO, kept: Sequence[sqlite3.Row], new: ArchiveFile) -> None:
    try:
        new.note(conn)
        for row in kept:
            offset = new.append(*_pieces(old, row["offset"], row["length"]))
            conn.execute(
                "UPDATE page_records SET file = ?, offset = ? WHERE id = ?", (new.name, offset, row["id"])
            )
        new.close()
    except BaseException:
        new.drop()
        raise


def _between(kept: Sequence[sqlite3.Row], size: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a file that are not kept."""
    end = 0
    for row in kept:
        if row["offset"] > end:
            yield end, row["offset"] - end
        end = row["offset"] + row["length"]
    if size > end:
        yield end, size - end


def _pieces(file: BinaryIO, offset: int, length: int) -> Iterator[bytes]:
    file.seek(offset)
    while length > 0 and (piece := file.read(min(length, _CHUNK_BYTES))):
        yield piece
        length -= len(piece)


def _overwrite(path: Path, ranges: Sequence[tuple[int, int]]) -> None:
    """Put zeros over parts of a file, so that they leave the disk with it, as in the database."""
    try:
        with path.open("r+b", buffering=0) as file:
            for offset, length in ranges:
                file.seek(offset)
                for left in range(length, 0, -_CHUNK_BYTES):
                    file.write(bytes(min(left, _CHUNK_BYTES)))
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
