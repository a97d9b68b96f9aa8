"""Each article with all that belongs to it as one line of JSON, made by SQLite itself.

Taking some 4 KB of text apart in Python only to put it together again would cost most of the time
of an export.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from crawler.article import JSON_COLUMNS
from crawler.errors import StorageError
from db.articles.query import COLUMNS
from db.export.batches import read_pages


def _json_object(columns: str, *, json_columns: tuple[str, ...] = ()) -> str:
    values = (
        f"'{one}', json({one})" if one in json_columns else f"'{one}', {one}" for one in columns.split(", ")
    )
    return f"json_object({', '.join(values)})"


_ARTICLE = _json_object(COLUMNS, json_columns=JSON_COLUMNS)
_SIGHTING = _json_object("url, source_id, title, seen_at")
_REVISION = _json_object("number, title, lead, text, content_hash, seen_at, kind")
_OF_PAGE = "WHERE article_id IN (SELECT value FROM json_each(?)) ORDER BY article_id"


def article_lines(conn: sqlite3.Connection, ids: array[int]) -> Iterator[bytes]:
    """Yield articles in the order of `ids`, as crawler/formats/json_lines.py reads them."""
    columns = f"id, source_id, {_ARTICLE}"
    try:
        yield from chain.from_iterable(
            read_pages(conn, ids, columns, lambda rows: _lines(conn, rows), text_factory=bytes)
        )
    except sqlite3.OperationalError as error:
        if "malformed JSON" in str(error):
            raise StorageError(
                "A column that holds JSON is damaged; `biengioi verify` says which."
            ) from error
        raise


def _lines(conn: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[bytes]:
    ids = json.dumps([row["id"] for row in rows])
    sources = dict(conn.execute(f"SELECT id, {_json_object('id, name, homepage')} FROM sources"))  # noqa: S608
    source_ids = {row["id"]: {row["source_id"]} for row in rows}
    sightings: dict[int, list[bytes]] = defaultdict(list)
    revisions: dict[int, list[bytes]] = defaultdict(list)
    for article_id, source_id, sighting in conn.execute(
        f"SELECT article_id, source_id, {_SIGHTING} FROM sightings {_OF_PAGE}, seen_at, url",  # noqa: S608
        (ids,),
    ):
        source_ids[article_id].add(source_id)
        sightings[article_id].append(sighting)
    for article_id, revision in conn.execute(
        f"SELECT article_id, {_REVISION} FROM revisions {_OF_PAGE}, number",  # noqa: S608 - our columns
        (ids,),
    ):
        revisions[article_id].append(revision)
    return [
        b'%b,"sources":[%b],"sightings":[%b],"revisions":[%b]}\n'
        % (
            article[:-1],
            b",".join(sources[one] for one in sorted(source_ids[article_id])),
            b",".join(sightings[article_id]),
            b",".join(revisions[article_id]),
        )
        for article_id, _, article in rows
    ]
