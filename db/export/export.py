"""Articles out of the collection into one file: what is written, and the registry of formats.

Everything that exports reads `FORMATS`: the command line, the web pages, searches. A further format is
a module in crawler/formats/ and its entry here.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from crawler.article import COLUMNS as ALL_COLUMNS
from crawler.article import EXPORTED_NAMES, JSON_COLUMNS, format_instant
from crawler.errors import StorageError
from crawler.formats import wacz
from crawler.formats.atom import EVERYTHING, MEDIA_TYPE, Feed, write_atom
from crawler.formats.parquet import write_parquet
from crawler.formats.spreadsheet import is_csv_of, write_csv
from crawler.ports import Clock
from db.articles.query import COLUMNS, ArticleFilter
from db.export.article_lines import article_lines
from db.export.batches import Order, chosen_ids, read_pages
from db.export.corpus import ZIP_MARK, write_zip
from db.file.atomic_write import atomic_write
from db.file.connection import database_path, read_transaction


@dataclass(frozen=True, slots=True)
class Documents:
    """The articles of one export, in the shape that its format needs; a page is in memory at a time.

    Args:
        ids: of the articles, in the order in which they are written, each once.
        now: aware.
        feed: which one it is, if it is one.
    """

    conn: sqlite3.Connection
    ids: array[int]
    now: datetime
    feed: Feed = EVERYTHING

    def lines(self) -> Iterator[bytes]:
        """Yield each with all that belongs to it, as a line of JSON."""
        return article_lines(self.conn, self.ids)

    def rows(self) -> Iterator[sqlite3.Row]:
        """Yield the exported columns as they are stored."""
        return chain.from_iterable(read_pages(self.conn, self.ids, COLUMNS, list))

    def articles(self) -> Iterator[dict[str, Any]]:
        """Yield the exported columns with their JSON as lists, and `source_name`."""
        return chain.from_iterable(read_pages(self.conn, self.ids, COLUMNS, self._decoded))

    def updated_at(self) -> str:
        """Return when the newest of them was stored; now, if there is none."""
        sql = "SELECT max(fetched_at) FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        with read_transaction(self.conn):
            (latest,) = self.conn.execute(sql, (json.dumps(self.ids.tolist()),)).fetchone()
        return latest or format_instant(self.now)

    def _decoded(self, rows: list[sqlite3.Row]) -> list[dict[str, Any]]:
        """Return rows with their JSON columns as lists; quicker than `query.decoded`, most are empty."""
        names = {row["id"]: row["name"] for row in self.conn.execute("SELECT id, name FROM sources")}
        articles = [dict(row) for row in rows]
        for article in articles:
            for name in JSON_COLUMNS:
                stored = article[name]
                try:
                    article[name] = [] if stored == "[]" else orjson.loads(stored)
                except orjson.JSONDecodeError as error:
                    raise StorageError(
                        f"{name} of article {article['id']} is damaged; see `biengioi verify`."
                    ) from error
            article["source_name"] = names[article["source_id"]]
        return articles


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write articles down.

    Args:
        name: in commands and addresses.
        help: of its command, a sentence.
        media_type: for HTTP.
        suffix: of a file's name, with its dot.
        write: writes the articles, and returns how many.
        is_of_archive: it holds pages as they were, which not every article has.
        is_feed: it holds the newest few; any other holds all.
        order: how the articles of a list are ordered.
        is_ours: says by its beginning and its end whether this may have written a file.
    """

    name: str
    help: str
    media_type: str
    suffix: str
    write: Callable[[Documents, BinaryIO], int]
    is_ours: Callable[[bytes, bytes], bool]
    is_feed: bool = False
    is_of_archive: bool = False
    order: Order = "id"


def _json_lines(documents: Documents, file: BinaryIO) -> int:
    count = 0
    for count, line in enumerate(documents.lines(), start=1):  # noqa: B007 - the last one counts
        file.write(line)
    return count


def _csv(documents: Documents, file: BinaryIO) -> int:
    return write_csv(EXPORTED_NAMES, documents.rows(), file)


def _parquet(documents: Documents, file: BinaryIO) -> int:
    return write_parquet(ALL_COLUMNS, documents.articles(), file)


def _atom(documents: Documents, file: BinaryIO) -> int:
    return write_atom(documents.articles(), file, feed=documents.feed, updated_at=documents.updated_at())


def _zip(documents: Documents, file: BinaryIO) -> int:
    return write_zip(documents.conn, documents.ids, file)


def _wacz(documents: Documents, file: BinaryIO) -> int:
    from db.export.archived import write_replay  # a library of its own

    return write_replay(documents.conn, documents.ids, file, documents.now)


def _cdxj(documents: Documents, file: BinaryIO) -> int:
    from db.export.archived import write_index

    return write_index(documents.conn, documents.ids, file)


_ALL = (
    Format(
        "csv",
        "Write a table for spreadsheets; no cell of it is run as a formula.",
        "text/csv; charset=utf-8; header=present",
        ".csv",
        _csv,
        lambda head, _: is_csv_of(EXPORTED_NAMES, head),
    ),
    Format(
        "jsonl",
        "Write one JSON object per line with all that belongs to an article; `import` reads it.",
        "application/jsonl; charset=utf-8",
        ".jsonl",
        _json_lines,
        lambda head, _: head.startswith(b'{"id":') and b'"source_id":' in head,
    ),
    Format(
        "parquet",
        "Write a table for data frames and query engines.",
        "application/vnd.apache.parquet",
        ".parquet",
        _parquet,
        lambda head, tail: head.startswith(b"PAR1") and b"content_hash" in tail,
    ),
    Format(
        "atom",
        "Write the newest articles as a feed (Atom 1.0).",
        f"{MEDIA_TYPE}; charset=utf-8",
        ".atom",
        _atom,
        lambda head, _: b"<generator>biengioi</generator>" in head,
        is_feed=True,
        order="newest first",
    ),
    Format(
        "zip",
        "Write a text file for each article, numbered by publication, into one ZIP.",
        "application/zip",
        ".zip",
        _zip,
        lambda head, tail: head.startswith(b"PK") and tail.endswith(ZIP_MARK),
        order="oldest first",
    ),
    Format(
        "wacz",
        "Write the pages as they were for replay tools (WACZ 1.1.1).",
        wacz.MEDIA_TYPE,
        ".wacz",
        _wacz,
        lambda head, tail: head.startswith(b"PK") and tail.endswith(wacz.OURS),
        is_of_archive=True,
    ),
    Format(
        "cdxj",
        "Write an index of the pages as they were, in the archive's own files (CDXJ).",
        "text/x-cdxj; charset=utf-8",
        ".cdxj",
        _cdxj,
        lambda head, _: b' {"url":"' in head and b'"filename":"biengioi-' in head,
        is_of_archive=True,
    ),
)

FORMATS = {one.name: one for one in _ALL}
"""Each writes one file; a corpus is a folder, and db/export/corpus.py writes it."""


def export(
    conn: sqlite3.Connection,
    name: str,
    dest: Path | BinaryIO,
    wanted: ArticleFilter,
    clock: Clock,
    query: str | None = None,
) -> int:
    """Write what matches in the format of that name, and return how many articles.

    Args:
        dest: a file, which is there whole or not at all; or one that is open.
        query: words that they must say too.

    Raises:
        UsageError: `dest` cannot be written, `query` is none, or the format needs a library that is not
            installed.
    """
    chosen = FORMATS[name]
    feed = Feed(wanted.question(query))
    documents = Documents(conn, chosen_ids(conn, wanted, chosen.order, query), clock(), feed)
    if not isinstance(dest, Path):
        return chosen.write(documents, dest)
    with atomic_write(dest, keep=database_path(conn)) as file:
        return chosen.write(documents, file)
