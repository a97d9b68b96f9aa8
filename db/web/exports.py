"""Results to take home: whatever a list or a search shows, in the formats of db/export/export.py.

A result may be the whole collection, so it is written by a thread of its own while it is sent, in no
more memory than one piece; a reader who goes away or stops reading ends it.
"""

from __future__ import annotations

import asyncio
import io
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from datasette import Response
from datasette.database import Database

from crawler.formats.atom import Feed
from db.export.batches import chosen_ids
from db.export.export import FORMATS, Documents, Format
from db.file.connection import prepare_connection
from db.service.health import Health, SourceState
from db.service.status import read_health
from db.web.i18n import Language
from db.web.page import WebRequest
from db.web.query_params import Asked

FEED_COUNT = 50
"""Articles of a feed; whoever reads it asks again."""

_PIECE_BYTES = 64 * 1024
_PATIENCE_S = 60.0
"""How long a reader may take for one piece."""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Job = Callable[[sqlite3.Connection, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """As what a file is sent.

    Args:
        is_shown: a browser shows it, or hands it to a reader of feeds; any other it saves.
    """

    media_type: str
    file_name: str
    is_shown: bool = False


def sent_as(form: Format) -> Sent:
    """Return as what a format of articles is sent."""
    return Sent(form.media_type, f"biengioi{form.suffix}", form.is_feed)


def format_of(path: str) -> Format | None:
    """Return the format that an address asks for ("articles.csv"); None for the address of a page."""
    return next((one for one in FORMATS.values() if path == f"articles.{one.name}"), None)


def write(
    conn: sqlite3.Connection,
    file: BinaryIO,
    *,
    form: Format,
    asked: Asked,
    visit: WebRequest,
) -> None:
    """Write what is asked for into `file`: all of a list or search, the newest for a feed.

    Raises:
        UsageError: the words are no query; known before the first byte.
    """
    wanted = replace(asked.wanted, limit=FEED_COUNT if form.is_feed else None)
    ids = chosen_ids(conn, wanted, form.order, asked.query)
    question = asked.parameters()
    note = warning(visit.language, read_health(conn, visit.now)) if form.is_feed else ""
    feed = Feed(question, visit.origin + visit.url(visit.path, **question), note)
    form.write(Documents(conn, ids, visit.now, feed), file)


def warning(language: Language, health: Health) -> str:
    """Return what a feed says of itself: why less comes than should; nothing where all is well."""
    lost = [language(f"service_state.{health.service}")] if health.service.is_lost else []
    failing = health.counts.get(SourceState.FAILING, 0)
    lost += [language.count("feed.failing", failing)] if failing else []
    return language("feed.warning", what="; ".join(lost)) if lost else ""


async def stream(
    job: Job,
    database: Database,
    slots: asyncio.Semaphore,
    sent: Sent,
    receive: Receive,
    send: Send,
    *,
    busy: str,
) -> Response | None:
    """Send what `job` writes while it writes it; refuse with `busy` when every slot is taken."""
    if slots.locked():
        return Response.text(f"{busy}\n", status=503)
    async with slots:
        await _send_all(job, database, sent, receive, send)
    return None


async def _send_all(job: Job, database: Database, sent: Sent, receive: Receive, send: Send) -> None:
    loop = asyncio.get_running_loop()
    pipe = _Pipe(loop)

    def work() -> None:
        try:
            with closing(database.connect()) as conn, io.BufferedWriter(pipe, _PIECE_BYTES) as file:
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
        await send({"type": "http.response.start", "status": 200, "headers": _headers(sent)})
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


def _headers(sent: Sent) -> list[tuple[bytes, bytes]]:
    place = "inline" if sent.is_shown else "attachment"
    return [
        (b"content-type", sent.media_type.encode()),
        (b"content-disposition", f'{place}; filename="{sent.file_name}"'.encode()),
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
