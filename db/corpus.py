"""Corpus folders into the collection and out of it; the formats are in crawler/extraction/corpus.py."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from crawler.article import Article, format_instant
from crawler.decision import Kind
from crawler.errors import UsageError
from crawler.extraction.corpus import (
    CorpusRecord,
    decode_corpus,
    file_name,
    read_corpus,
    write_plain,
    write_record,
)
from crawler.ports import Clock
from db import articles, query
from db.connection import read_transaction, write_transaction

WRITERS: dict[str, Callable[[CorpusRecord], str]] = {"record": write_record, "plain": write_plain}
"""Format name → what writes it."""

_PART = ".part"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of imported files.

    Args:
        stored: new articles.
        duplicate: texts that were in the collection already.
        forgotten: texts that were taken down, and are not kept.
    """

    stored: int = 0
    duplicate: int = 0
    forgotten: int = 0

    def to_json(self) -> dict[str, int]:
        """Return the numbers by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def summary(self) -> str:
        """Return the numbers in a sentence."""
        total = self.stored + self.duplicate + self.forgotten
        parts = f"{self.stored} stored, {self.duplicate} already there"
        return f"{total} files: {parts}{f', {self.forgotten} taken down' if self.forgotten else ''}."


def import_paths(conn: sqlite3.Connection, paths: Iterable[Path], clock: Clock) -> ImportReport:
    """Take corpus files, and the ``.txt`` files of folders, into the collection word for word.

    All files are read before the first is stored, and all are stored in one transaction: either
    everything is in or nothing.

    Raises:
        UsageError: a file is missing or malformed; it is named, and nothing was stored.
    """
    texts = [_article(_read(path)) for path in _files(paths)]
    seen_at = format_instant(clock())
    with write_transaction(conn):
        conn.execute(
            "INSERT OR IGNORE INTO sources (id, name) VALUES (?, 'Imported files')", (articles.IMPORT,)
        )
        kinds = [articles.keep(conn, articles.IMPORT, text, None, None, seen_at).kind for text in texts]
    return ImportReport(
        stored=kinds.count(Kind.NEW),
        duplicate=kinds.count(Kind.DUPLICATE),
        forgotten=kinds.count(Kind.REJECTED),
    )


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*.txt"))
            if not found:
                raise UsageError(f"{path} holds no .txt file.")
            yield from found
        else:
            yield path


def _read(path: Path) -> CorpusRecord:
    try:
        return read_corpus(decode_corpus(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    except UsageError as error:
        raise UsageError(f"{path} {error}") from error


def _article(record: CorpusRecord) -> Article:
    return Article(url=record.url, title=record.title, text=record.text)


def export_corpus(conn: sqlite3.Connection, dest: Path, layout: str, wanted: query.ArticleFilter) -> int:
    """Write one file per article into the folder `dest`, and return how many.

    The folder is made if need be. One that holds anything that this export would not write is
    refused, so that two corpora are never mixed; the same export may be repeated into it.

    Args:
        layout: "record" or "plain".

    Raises:
        UsageError: the folder holds something else, or cannot be written.
    """
    write = WRITERS[layout]
    try:
        with read_transaction(conn):
            names = dict(_names(conn, wanted))
            _claim(dest, set(names.values()))
            for row in query.rows(conn, wanted, "id, url, title, text", "ASC"):
                record = CorpusRecord(row["url"], row["title"], row["text"])
                _replace(dest / names[row["id"]], write(record).encode())
    except OSError as error:
        raise UsageError(f"{error.filename or dest} cannot be written ({error.strerror}).") from error
    return len(names)


def _names(conn: sqlite3.Connection, wanted: query.ArticleFilter) -> Iterator[tuple[int, str]]:
    for number, row in enumerate(query.rows(conn, wanted, "id, content_hash", "ASC")):
        yield row["id"], file_name(number, row["content_hash"])


def _claim(dest: Path, names: set[str]) -> None:
    dest.mkdir(parents=True, exist_ok=True)
    ours = names | {Path(name).with_suffix(_PART).name for name in names}  # of an export cut short
    others = sorted(one.name for one in dest.iterdir() if one.name not in ours)
    if others:
        raise UsageError(f"{dest} holds other files ({others[0]}); choose an empty folder.")


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_suffix(_PART)
    part.write_bytes(data)
    part.replace(path)
