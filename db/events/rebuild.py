"""Reading articles for events again: those that were never read, or by other rules.

Texts are read outside transactions, by worker processes where there are many, and kept in short ones, so
that a crawl beside is not held up. Each article is read as a whole: after a kill, running again does
what is left.
"""

from __future__ import annotations

import multiprocessing
import signal
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any

from crawler.article import Precision, Published
from crawler.errors import StorageError
from crawler.events.event import Event
from crawler.events.reading import read_events, rules_version
from db.events import rows, sayings
from db.events.keeping import HAS_EVENTS, Found, keep, leave
from db.file.connection import database_path, storage_errors, write_transaction

_BATCH_COUNT = 100
"""Articles that are read, and kept, together."""
_FEW_COUNT = 400
"""So many articles are read sooner here than a worker process starts."""


@dataclass(frozen=True, slots=True)
class _Text:
    """An article as it is read.

    Args:
        content_hash: of its text, by which a later change is seen.
    """

    article_id: int
    title: str | None
    text: str
    published: Published | None
    content_hash: str


_Read = list[tuple[_Text, tuple[Event, ...]]]


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What reading articles again changed.

    Args:
        article_count: articles that were read.
        event_count: events that there are now; before: that there were.
        added, removed: events that are there now, and were before, alone.
        changed: events with another kind, date or number of reports.
        lost_correction_count: what people said of acts that are not found any more.
    """

    article_count: int
    event_count: int
    event_count_before: int
    added: int
    removed: int
    changed: int
    lost_correction_count: int

    def to_json(self) -> dict[str, int]:
        """Return the numbers by name."""
        return asdict(self)


def rebuild(
    conn: sqlite3.Connection,
    say: Callable[[str], None],
    *,
    everything: bool = False,
    worker_count: int = 2,
    read: Callable[[str | None, str, Published | None], tuple[Event, ...]] = read_events,
) -> Rebuild:
    """Read all articles that were not read by the present rules, and return what that changed.

    Args:
        say: told how far it is.
        everything: read those too that were.
        read: what reads an article; a worker must be able to import it.
    """
    before = _events(conn)
    if everything:
        with write_transaction(conn):
            conn.execute("UPDATE event_readings SET version = ''")
    count = catch_up(conn, say, other_rules=True, worker_count=worker_count, read=read)
    after = _events(conn)
    return Rebuild(
        article_count=count,
        event_count=len(after),
        event_count_before=len(before),
        added=len(after.keys() - before.keys()),
        removed=len(before.keys() - after.keys()),
        changed=sum(after[id_] != values for id_, values in before.items() if id_ in after),
        lost_correction_count=len(lost_corrections(conn)),
    )


def catch_up(
    conn: sqlite3.Connection,
    say: Callable[[str], None] = lambda _: None,
    *,
    other_rules: bool = False,
    worker_count: int = 2,
    read: Callable[[str | None, str, Published | None], tuple[Event, ...]] = read_events,
) -> int:
    """Read the articles that were not read as they are, and return how many.

    Args:
        other_rules: also those that were read by other rules.
    """
    with storage_errors(database_path(conn)):
        _leave_ungraded(conn)
        total = unread_count(conn, other_rules=other_rules)
        batches = _batches(conn, other_rules=other_rules)
        count = 0
        with _Readers(worker_count if total > _FEW_COUNT else 0, read) as readers:
            for batch in readers.read(batches):
                _keep(conn, batch)
                count += len(batch)
                say(f"reading for events: {count:,} of {total:,} articles")
    return count


_UNREAD = (
    f"FROM articles LEFT JOIN event_readings ON article_id = articles.id WHERE {HAS_EVENTS}"
    " AND (version IS NULL OR (?1 AND version <> ?2))"
)


def unread_count(conn: sqlite3.Connection, *, other_rules: bool = False) -> int:
    """Return how many articles are to be read."""
    found = conn.execute(f"SELECT count(*) {_UNREAD}", (other_rules, rules_version()))
    count: int = found.fetchone()[0]
    return count


def _batches(conn: sqlite3.Connection, *, other_rules: bool) -> Iterator[list[_Text]]:
    last = 0
    while found := conn.execute(
        "SELECT articles.id, title, text, published_at, published_precision, content_hash"
        f" {_UNREAD} AND articles.id > ?3 ORDER BY articles.id LIMIT ?4",
        (other_rules, rules_version(), last, _BATCH_COUNT),
    ).fetchall():
        last = found[-1]["id"]
        yield [
            _Text(
                row["id"],
                row["title"],
                row["text"],
                Published(row["published_at"], Precision(row["published_precision"]))
                if row["published_at"]
                else None,
                row["content_hash"],
            )
            for row in found
        ]


def _keep(conn: sqlite3.Connection, batch: _Read) -> None:
    with write_transaction(conn):
        now = {
            row["id"]: (row["title"], row["content_hash"])
            for row in conn.execute(
                "SELECT id, title, content_hash FROM articles WHERE id IN (SELECT value FROM json_each(?))",
                (rows.as_json([text.article_id for text, _ in batch]),),
            )
        }
        keep(
            conn,
            [
                Found(text.article_id, events, rules_version())
                for text, events in batch
                if now.get(text.article_id) == (text.title, text.content_hash)
            ],
        )


def _leave_ungraded(conn: sqlite3.Connection) -> None:
    asked = conn.execute(
        "SELECT article_id FROM event_readings JOIN articles ON articles.id = article_id"  # noqa: S608
        f" WHERE NOT ifnull({HAS_EVENTS}, 0)"
    )
    if ids := [row[0] for row in asked]:
        with write_transaction(conn):
            leave(conn, ids)


def _events(conn: sqlite3.Connection) -> dict[int, tuple[Any, ...]]:
    with storage_errors(database_path(conn)):
        return {
            row[0]: tuple(row)
            for row in conn.execute("SELECT id, kind, date_start, date_end, report_count FROM events")
        }


def lost_corrections(conn: sqlite3.Connection) -> list[int]:
    """Return the ids of corrections whose act is not found any more."""
    corrections = sayings.read(conn)
    articles = {act.article_id for one in corrections for act in (one.act, one.other) if act}
    said = sayings.apply(corrections, rows.kept(conn, "article_id", articles))
    return [one.id for one in said.lost]


class _Readers:
    """Worker processes that read; they end with this one, however it ends.

    Args:
        count: 0 reads here.
    """

    def __init__(
        self, count: int, read: Callable[[str | None, str, Published | None], tuple[Event, ...]]
    ) -> None:
        self._read = read
        context = multiprocessing.get_context("spawn")
        self._lines: dict[Connection, multiprocessing.process.BaseProcess] = {}
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, read), daemon=True)
            process.start()
            theirs.close()
            self._lines[ours] = process

    def __enter__(self) -> _Readers:
        return self

    def __exit__(self, *_: object) -> None:
        for line, process in self._lines.items():
            line.close()
            process.terminate()
            process.join()

    def read(self, batches: Iterable[list[_Text]]) -> Iterator[_Read]:
        """Yield what is read, in the order in which it is done."""
        if not self._lines:
            for batch in batches:
                yield _read_all(batch, self._read)
            return
        try:
            yield from self._read_there(iter(batches))
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise StorageError(
                "A process that reads articles ended; run `biengioi events rebuild` again to go on."
            ) from error

    def _read_there(self, waiting: Iterator[list[_Text]]) -> Iterator[_Read]:
        busy = set[Connection]()
        for line, batch in zip(self._lines, islice(waiting, len(self._lines)), strict=False):
            line.send(batch)
            busy.add(line)
        while busy:
            ready = set(wait(list(busy)))
            for line in [one for one in busy if one in ready]:
                done = line.recv()
                busy.discard(line)
                for batch in islice(waiting, 1):
                    line.send(batch)
                    busy.add(line)
                yield done


def _read_all(
    batch: Iterable[_Text], read: Callable[[str | None, str, Published | None], tuple[Event, ...]]
) -> _Read:
    return [(one, read(one.title, one.text, one.published)) for one in batch]


def _work(line: Connection, read: Callable[[str | None, str, Published | None], tuple[Event, ...]]) -> None:
    """Read what comes until nobody is there any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            line.send(_read_all(line.recv(), read))
