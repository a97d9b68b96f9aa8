"""Events to take home: whatever the list of events shows, in the formats of db/export/events.py."""

from __future__ import annotations

import sqlite3
from typing import BinaryIO

from db.events.query import EventFilter, where
from db.export.events import EVENT_FORMATS, EventFormat, export_events
from db.web.exports import Sent


def format_of(path: str) -> EventFormat | None:
    """Return the format that an address asks for ("events.ics"); None for the address of a page."""
    return next((one for one in EVENT_FORMATS.values() if path == f"events.{one.name}"), None)


def sent_as(form: EventFormat) -> Sent:
    """Return as what a format of events is sent."""
    return Sent(form.media_type, f"biengioi-events.{form.name}")


def write(conn: sqlite3.Connection, file: BinaryIO, *, form: EventFormat, wanted: EventFilter) -> None:
    """Write all events that are asked for into `file`.

    Raises:
        UsageError: the words are no query.
    """
    where(wanted)  # what is wrong with the words is known before the first byte
    export_events(conn, "events", form.name, file, wanted)
