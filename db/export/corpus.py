"""Articles as a folder, or a ZIP, of text files; the two formats are in crawler/formats/corpus.py."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipInfo

from crawler.errors import UsageError
from crawler.formats.corpus import CorpusRecord, file_name, write_plain, write_record
from crawler.formats.zipped import zip_into
from db.articles.query import ArticleFilter
from db.export.batches import chosen_ids, read_pages
from db.export.corpus_folder import CorpusFolder

WRITERS: dict[str, Callable[[CorpusRecord], str]] = {"record": write_record, "plain": write_plain}
"""Format name → what writes it."""

ZIP_MARK = b"biengioi corpus"
"""The comment of a ZIP of records: what a later export may replace."""
_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""What a ZIP takes for none."""
_COLUMNS = "id, source_id, url, title, text, content_hash, published_at"


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """What an export made of a folder.

    Args:
        count: articles that match; each has its file now.
        added_count: of these, how many had none before.
        replaced_count: of these, how many had one that said something else.
        removed_count: files of articles that were taken down since.
    """

    count: int
    added_count: int
    replaced_count: int
    removed_count: int

    def to_json(self) -> dict[str, int]:
        """Return the numbers by name."""
        return asdict(self)

    def summary(self, dest: Path) -> str:
        """Return the numbers in a sentence."""
        parts = [f"{self.added_count} new"]
        parts += [f"{self.replaced_count} replaced"] if self.replaced_count else []
        parts += [f"{self.removed_count} removed, as taken down"] if self.removed_count else []
        return f"{self.count} articles in {dest}: {', '.join(parts)}."


def export_corpus(
    conn: sqlite3.Connection, dest: Path, layout: str, wanted: ArticleFilter, query: str | None = None
) -> CorpusReport:
    """Write one file per article into the folder `dest`, which is made if need be.

    Run again into the same folder it adds what is new behind what is there: a file never changes its
    number. A revised article gets its new text in the place of the old one; the file of one that was
    taken down goes. What is there and does not match stays. An export that was killed is resumed.
    Imported texts are records: those that match are all there, also those that repeat another article.

    Args:
        layout: "record" or "plain".
        query: words that they must say too.

    Raises:
        UsageError: the folder holds anything else, belongs to another collection or format, or
            cannot be written; `query` is none.
    """
    write = WRITERS[layout]
    count = added = replaced = 0
    try:
        ids = chosen_ids(conn, replace(wanted, include_records=True), "oldest first", query)
        with CorpusFolder(conn, dest, layout) as folder:
            removed = folder.remove_forgotten()
            for page in read_pages(conn, ids, _COLUMNS, list):
                texts = ((row, write(_record(row)).encode()) for row in page)
                new_count, changed_count = folder.keep(texts)
                count, added, replaced = count + len(page), added + new_count, replaced + changed_count
    except OSError as error:
        raise UsageError(f"{error.filename or dest} cannot be written ({error.strerror}).") from error
    return CorpusReport(count, added, replaced, removed)


def write_zip(conn: sqlite3.Connection, ids: array[int], file: BinaryIO) -> int:
    """Write the records of articles as text files of one ZIP, and return how many.

    They are named as in a folder made anew of the same articles; the same articles give the same bytes.

    Args:
        ids: in the order of the files' numbers.
        file: need not be seekable.
    """
    count = 0
    with zip_into(file, ZIP_DEFLATED) as archive:
        for page in read_pages(conn, ids, _COLUMNS, list):
            for count, row in enumerate(page, start=count + 1):  # noqa: B020 - it goes on
                member = ZipInfo(file_name(count - 1, row["content_hash"]), _NO_TIME)
                member.compress_type = ZIP_DEFLATED
                archive.writestr(member, write_record(_record(row)).encode())
        archive.comment = ZIP_MARK
    return count


def _record(row: sqlite3.Row) -> CorpusRecord:
    return CorpusRecord(row["url"], row["title"], row["text"])
