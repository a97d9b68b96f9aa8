"""What the commands ask of a collection's events, behind one door."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crawler.ports import Clock
from db.articles.query import ArticleFilter
from db.events import people, query
from db.events.query import EVERY_EVENT, EventFilter
from db.events.words import put_words
from db.file.connection import read_transaction

if TYPE_CHECKING:
    from db.events.fixing import Fixed
    from db.events.rebuild import Rebuild

__all__ = ["EventFilter", "Events"]


class Events:
    """The events of an open database.

    Every method raises StorageError (StorageBusy) with a sentence for the user when the database cannot be
    used (stays locked).
    """

    def __init__(self, conn: sqlite3.Connection, clock: Clock) -> None:
        self._conn = conn
        self._clock = clock

    def list(self, wanted: EventFilter = EVERY_EVENT) -> Iterator[dict[str, Any]]:
        """Yield the events that match, the latest first."""
        with read_transaction(self._conn):
            yield from query.events(self._conn, wanted)

    def matching_count(self, wanted: EventFilter = EVERY_EVENT) -> int:
        """Return how many events match, whatever the filter's limit."""
        with read_transaction(self._conn):
            return query.event_count(self._conn, wanted)

    def kinds_reported(self, wanted: ArticleFilter) -> dict[str, int]:
        """Return how many events the articles that match report, by kind."""
        with read_transaction(self._conn):
            return query.kinds_reported(self._conn, wanted)

    def show(self, event_id: int) -> dict[str, Any]:
        """Return an event with its reports, what they agree in and differ in, and the words that say so."""
        with read_transaction(self._conn):
            event = query.event(self._conn, event_id)
            put_words(self._conn, event)
            return event

    def told_by(self, article_id: int) -> Sequence[Mapping[str, Any]]:
        """Return the events that an article reports, its main one first."""
        from db.events.told import told_by

        with read_transaction(self._conn):
            return told_by(self._conn, article_id).events

    def people(self, name: str) -> Sequence[dict[str, Any]]:
        """Return who has a name: posts over time, whom they met and when."""
        with read_transaction(self._conn):
            return people.people(self._conn, name)

    def threads(self) -> Sequence[dict[str, Any]]:
        """Return the threads, those with the latest event first."""
        with read_transaction(self._conn):
            return [*query.threads(self._conn)]

    def thread(self, thread_id: int) -> dict[str, Any]:
        """Return a thread with its events in order."""
        with read_transaction(self._conn):
            return query.thread(self._conn, thread_id)

    def unread_count(self) -> int:
        """Return how many articles were not read for events by the present rules."""
        from db.events.rebuild import unread_count  # the reading, which lists need not load

        with read_transaction(self._conn):
            return unread_count(self._conn, other_rules=True)

    def rebuild(self, say: Callable[[str], None], *, everything: bool = False) -> Rebuild:
        """Read the articles that were not read by the present rules, or all."""
        from db.events.rebuild import rebuild

        return rebuild(self._conn, say, everything=everything)

    def catch_up(self) -> int:
        """Read the articles that were not read as they are now, and return how many."""
        from db.events.rebuild import catch_up

        return catch_up(self._conn)

    def set_kind(self, event_id: int, kind: str) -> Fixed:
        """Say of what kind an event is."""
        from db.events import fixing

        return fixing.set_kind(self._conn, event_id, kind, self._clock)

    def set_date(self, event_id: int, date: str) -> Fixed:
        """Say when an event was."""
        from db.events import fixing

        return fixing.set_date(self._conn, event_id, date, self._clock)

    def join(self, event_id: int, other_id: int) -> Fixed:
        """Say that two events are one."""
        from db.events import fixing

        return fixing.join(self._conn, event_id, other_id, self._clock)

    def part(self, event_id: int, article_id: int) -> Fixed:
        """Say that an article reports another event than the one that it was counted to."""
        from db.events import fixing

        return fixing.part(self._conn, event_id, article_id, self._clock)

    def drop(self, event_id: int) -> Fixed:
        """Say that an event is none."""
        from db.events import fixing

        return fixing.drop(self._conn, event_id, self._clock)

    def undo(self, event_id: int) -> Fixed:
        """Take back what was said last of an event."""
        from db.events import fixing

        return fixing.undo(self._conn, event_id)
