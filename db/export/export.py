"""Articles out of the collection into one file; the formats are in crawler/formats/."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from crawler.article import format_instant
from crawler.article_columns import EXPORTED, JSON_COLUMNS
from crawler.errors import StorageError
from crawler.ports import Clock
from db.articles import query
from db.articles.query import COLUMNS, ArticleFilter
from db.export.batches import Order, read_pages
from db.file.atomic_write import atomic_write
from db.file.connection import database_path, read_transaction

Articles = Iterator[dict[str, Any]]


def export(
    conn: sqlite3.Connection, layout: str, dest: Path | BinaryIO, wanted: ArticleFilter, clock: Clock
) -> int:
    """Write what matches, and return how many articles.

    Args:
        layout: "jsonl", "csv", "parquet" or "atom".
        dest: a file, which is there whole or not at all; or one that is open.

    Raises:
        UsageError: `dest` cannot be written, or the format needs a library that is not installed.
    """
    write = _WRITERS[layout]
    if not isinstance(dest, Path):
        return write(conn, wanted, dest, clock)
    with atomic_write(dest, keep=database_path(conn)) as file:
        return write(conn, wanted, file, clock)


def _json_lines(conn: sqlite3.Connection, wanted: ArticleFilter, file: BinaryIO, _: Clock) -> int:
    from db.export.article_lines import article_lines

    count = 0
    for count, line in enumerate(article_lines(conn, wanted), start=1):  # noqa: B007 - the last one counts
        file.write(line)
    return count


def _csv(conn: sqlite3.Connection, wanted: ArticleFilter, file: BinaryIO, _: Clock) -> int:
    from crawler.formats.spreadsheet import write_csv

    pages = read_pages(conn, wanted, COLUMNS, "id", list)
    return write_csv(COLUMNS.split(", "), chain.from_iterable(pages), file)


def _parquet(conn: sqlite3.Connection, wanted: ArticleFilter, file: BinaryIO, _: Clock) -> int:
    from crawler.formats.parquet import write_parquet

    return write_parquet(EXPORTED, _read(conn, wanted, "id", _decoded), file)


def _atom(conn: sqlite3.Connection, wanted: ArticleFilter, file: BinaryIO, clock: Clock) -> int:
    from crawler.formats.atom import write_atom

    with read_transaction(conn):
        stored = (row["fetched_at"] for row in query.rows(conn, wanted, "fetched_at", "DESC"))
        updated_at = max(stored, default=format_instant(clock()))
    return write_atom(_read(conn, wanted, "newest first", _with_source_name), file, updated_at=updated_at)


_WRITERS: dict[str, Callable[[sqlite3.Connection, ArticleFilter, BinaryIO, Clock], int]] = {
    "jsonl": _json_lines,
    "csv": _csv,
    "parquet": _parquet,
    "atom": _atom,
}


def _read(
    conn: sqlite3.Connection,
    wanted: ArticleFilter,
    order: Order,
    complete: Callable[[sqlite3.Connection, list[sqlite3.Row]], list[dict[str, Any]]],
) -> Articles:
    return chain.from_iterable(read_pages(conn, wanted, COLUMNS, order, partial(complete, conn)))


def _decoded(_: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[dict[str, Any]]:
    """Return rows with their JSON columns as lists; quicker than `query.decoded`, most are empty."""
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
    return articles


def _with_source_name(conn: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[dict[str, Any]]:
    names = {row["id"]: row["name"] for row in conn.execute("SELECT id, name FROM sources")}
    return [{**article, "source_name": names[article["source_id"]]} for article in _decoded(conn, rows)]
