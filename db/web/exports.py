"""Results to take home: CSV, JSON lines or an Atom feed of whatever a list or a search shows.

A result may be the whole collection, so it is written by a thread of its own while it is sent, in no
more memory than one piece; a reader who goes away or stops reading ends it.
"""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any, BinaryIO

from datasette import Response
from datasette.database import Database

from crawler.article import format_instant
from crawler.formats.atom import write_atom
from crawler.formats.spreadsheet import write_csv
from crawler.text.query import parse_query
from db.articles.query import COLUMNS, ArticleFilter
from db.articles.search import RANKED_AMONG, Order, search
from db.export.export import export
from db.file.connection import prepare_connection
from db.web.article_list import cards
from db.web.page import WebRequest
from db.web.query_params import Asked
from db.web.source_names import source_names

LAYOUTS = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/jsonl; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
}
"""Format → its media type."""

FEED_COUNT = 50
"""Articles of a feed; whoever reads it asks again."""

_BATCH = 500
_PIECE = 64 * 1024
_PATIENCE_S = 60.0
"""How long a reader may take for one piece."""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Job = Callable[[sqlite3.Connection, BinaryIO], None]


def write(conn: sqlite3.Connection, file: BinaryIO, *, layout: str, asked: Asked, visit: WebRequest) -> None:
    """Write what is asked for into `file`: all of a list, the best of a search, the newest for a feed.

    Raises:
        UsageError: the words are no query.
    """
    if asked.query is None:
        wanted = replace(asked.wanted, limit=FEED_COUNT if layout == "atom" else None)
        export(conn, layout, file, wanted, lambda: visit.now)
        return
    parse_query(asked.query)  # a fault in it must be known before the first byte
    if layout == "atom":
        wanted = replace(asked.wanted, limit=FEED_COUNT)
        hits = search(conn, asked.query, wanted, Order.NEWEST, today=visit.today).rows
        latest = max((row["fetched_at"] for row in hits), default=format_instant(visit.now))
        write_atom(cards(hits, source_names(conn)), file, updated_at=latest)
    elif layout == "csv":
        columns = COLUMNS.split(", ")
        rows = _best(conn, asked.query, asked.wanted, visit)
        write_csv(columns, ([_cell(row[name]) for name in columns] for row in rows), file)
    else:
        file.writelines(
            json.dumps(row, ensure_ascii=False).encode() + b"\n"
            for row in _best(conn, asked.query, asked.wanted, visit)
        )


def _best(
    conn: sqlite3.Connection, text: str, wanted: ArticleFilter, visit: WebRequest
) -> Iterator[dict[str, Any]]:
    """Yield the hits of a search, best first, as many as are ranked."""
    for offset in range(0, RANKED_AMONG, _BATCH):
        page = search(conn, text, replace(wanted, limit=_BATCH, offset=offset), today=visit.today).rows
        for row in page:
            yield {name: row[name] for name in COLUMNS.split(", ")}
        if len(page) < _BATCH:
            return


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


async def stream(
    job: Job,
    database: Database,
    slots: asyncio.Semaphore,
    layout: str,
    receive: Receive,
    send: Send,
) -> Response | None:
    """Send what `job` writes while it writes it; refuse when every slot is taken."""
    if slots.locked():
        return Response.text("Other results are being sent; try again in a minute.\n", status=503)
    async with slots:
        await _send_all(job, database, layout, receive, send)
    return None


async def _send_all(job: Job, database: Database, layout: str, receive: Receive, send: Send) -> None:
    loop = asyncio.get_running_loop()
    pipe = _Pipe(loop)

    def work() -> None:
        try:
            with closing(database.connect()) as conn, io.BufferedWriter(pipe, _PIECE) as file:
                prepare_connection(conn)
                conn.execute("PRAGMA query_only = ON")
                job(conn, file)
        finally:
            pipe.end()

    executor = ThreadPoolExecutor(1, thread_name_prefix="export")
    writing = loop.run_in_executor(executor, work)
    leaving = asyncio.create_task(_leave(receive, pipe))
    try:
        piece = await pipe.pieces.get()
        if piece is None:
            await writing  # raises what went wrong before the first piece, while a page can still say so
        await send({"type": "http.response.start", "status": 200, "headers": _headers(layout)})
        while piece is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await pipe.pieces.get()
        try:
            await writing
        except (BrokenPipeError, TimeoutError):
            return  # the reader has left
        await send({"type": "http.response.body", "body": b""})
    finally:
        pipe.is_broken = True
        leaving.cancel()
        executor.shutdown(wait=False)


def _headers(layout: str) -> list[tuple[bytes, bytes]]:
    place = "inline" if layout == "atom" else "attachment"
    return [
        (b"content-type", LAYOUTS[layout].encode()),
        (b"content-disposition", f'{place}; filename="biengioi.{layout}"'.encode()),
    ]


async def _leave(receive: Receive, pipe: _Pipe) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    pipe.is_broken = True


class _Pipe(io.RawIOBase):
    """A file whose pieces go to the event loop, no faster than they are sent; None ends them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=2)
        self.is_broken = False
        self._loop = loop

    def writable(self) -> bool:
        """Return that it is made for writing."""
        return True

    def write(self, data: Any) -> int:
        """Hand one piece over.

        Raises:
            BrokenPipeError: the reader has left.
            TimeoutError: the reader has stopped reading.
        """
        if self.is_broken:
            raise BrokenPipeError("the reader has left")
        piece = bytes(data)
        asyncio.run_coroutine_threadsafe(self.pieces.put(piece), self._loop).result(_PATIENCE_S)
        return len(piece)

    def end(self) -> None:
        """Say that there is no more."""
        if not self.is_broken:
            asyncio.run_coroutine_threadsafe(self.pieces.put(None), self._loop).result(_PATIENCE_S)
