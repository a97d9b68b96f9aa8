"""Reading many articles a page at a time, each page in a short transaction of its own.

An export may take an hour. One transaction around it would keep every page of the write-ahead log
that is written meanwhile (sqlite.org/wal.html §2.3), and what `forget` removes. So what is chosen is
looked up once, and each article is as it was when its page was read.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Literal, TypeVar

from crawler.source import IMPORT
from db.articles import query as lists
from db.articles import search
from db.articles.query import ArticleFilter
from db.file.connection import read_transaction

PAGE_COUNT = 500
PAGE_CHARS = 4_000_000
"""At most so many articles, or so much of their text, are in memory at a time."""

Order = Literal["id", "oldest first", "newest first"]
"""By id an article is read the quickest; by publication, those without a date are the oldest."""

_FORGIVING = partial(str, encoding="utf-8", errors="replace")
"""Reads what other programs have stored as broken UTF-8 instead of failing over it."""

T = TypeVar("T")


def chosen_ids(
    conn: sqlite3.Connection, wanted: ArticleFilter, order: Order, query: str | None = None
) -> array[int]:
    """Return the ids of what matches, in eight bytes each.

    Imported texts are records: who asks for them, by their source, gets also those that repeat another
    article.

    Args:
        query: words that they must say too; then what is ordered "id" comes best first.

    Raises:
        UsageError: `query` is none.
    """
    if wanted.source == IMPORT:
        wanted = replace(wanted, include_records=True)
    with read_transaction(conn):
        if query is None:
            ids = array("q", lists.ids(conn, wanted, "DESC" if order == "newest first" else "ASC"))
            return array("q", sorted(ids)) if order == "id" else ids
        by = search.Order.NEWEST if order == "newest first" else search.Order.RELEVANCE
        ids = array("q", search.hit_ids(conn, query, wanted, by))
        return lists.oldest_first(conn, ids) if order == "oldest first" else ids


def read_pages(
    conn: sqlite3.Connection,
    ids: array[int],
    columns: str,
    complete: Callable[[list[sqlite3.Row]], list[T]],
    text_factory: Callable[[bytes], str | bytes] = _FORGIVING,
) -> Iterator[list[T]]:
    """Yield articles in the order of `ids`, a page at a time; no transaction is open while one is used.

    Args:
        ids: each once; what is gone by now is left out.
        columns: of `articles`, `id` among them.
        complete: makes of a page's rows what is yielded, within the page's transaction.
        text_factory: what stored text becomes.
    """
    start = 0
    while start < len(ids):
        with read_transaction(conn), _texts_as(conn, text_factory):
            asked = ids[start : start + PAGE_COUNT]
            rows, read_count = _read_page(conn, asked, columns)
            page = complete(rows)
        start += read_count
        yield page


@contextmanager
def _texts_as(conn: sqlite3.Connection, text_factory: Callable[[bytes], str | bytes]) -> Iterator[None]:
    before = conn.text_factory
    conn.text_factory = text_factory
    try:
        yield
    finally:
        conn.text_factory = before


def _read_page(conn: sqlite3.Connection, ids: array[int], columns: str) -> tuple[list[sqlite3.Row], int]:
    """Return the rows of the first ids, as many as memory is for, and how many ids that were.

    Some may be gone since.
    """
    rows: list[sqlite3.Row] = []
    char_count = 0
    # A cross join keeps its order: article after article as they are asked for (sqlite.org/optoverview.html).
    sql = f"SELECT {columns} FROM (SELECT value FROM json_each(?)) CROSS JOIN articles ON id = value"  # noqa: S608
    for row in conn.execute(sql, (json.dumps(ids.tolist()),)):
        rows.append(row)
        char_count += sum(len(value) for value in row if isinstance(value, (str, bytes)))
        if char_count >= PAGE_CHARS:
            return rows, ids.index(row["id"]) + 1
    return rows, len(ids)
