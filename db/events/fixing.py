"""What a person says of an event: kept as said of its reports, and applied at once and at every rebuild."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crawler.article import format_instant
from crawler.errors import NotFoundError, UsageError
from crawler.events.corrections import Act, Said, pick
from crawler.events.profile import profile
from crawler.events.times import is_date
from crawler.ports import Clock
from db.events import rows, sayings
from db.events.keeping import regroup
from db.events.rows import Kept
from db.file.connection import write_transaction


@dataclass(frozen=True, slots=True)
class Fixed:
    """The events that the reports of a corrected event are in now, the corrected one's id first."""

    event_ids: tuple[int, ...]


def set_kind(conn: sqlite3.Connection, event_id: int, kind: str, clock: Clock) -> Fixed:
    """Say of what kind an event is."""
    return _say(conn, event_id, lambda own: _each(conn, own, Said.KIND, clock, kind))


def set_date(conn: sqlite3.Connection, event_id: int, date: str, clock: Clock) -> Fixed:
    """Say when an event was.

    Args:
        date: a day, a month or a year, or two with a slash between.

    Raises:
        UsageError: it is none.
    """
    first, _, last = date.partition("/")
    if not is_date(first) or (last and (not is_date(last) or last < first or len(last) != len(first))):
        raise UsageError(f"{date!r} is no date; write YYYY-MM-DD, or two of them with a slash between.")
    return _say(conn, event_id, lambda own: _each(conn, own, Said.DATE, clock, date))


def drop(conn: sqlite3.Connection, event_id: int, clock: Clock) -> Fixed:
    """Say that an event is none; lists leave it out, with whatever else reports it."""
    return _say(conn, event_id, lambda own: _each(conn, own, Said.DROP, clock))


def join(conn: sqlite3.Connection, event_id: int, other_id: int, clock: Clock) -> Fixed:
    """Say that two events are one; the lower id stays."""
    if event_id == other_id:
        raise UsageError("An event cannot be joined to itself.")

    def say(own: Sequence[Kept]) -> Sequence[Kept]:
        others = _reports(conn, other_id)
        pairs: list[tuple[Act, Act | None]] = [(one.act, others[0].act) for one in own]
        pairs += [(own[0].act, other.act) for other in others[1:]]
        sayings.write(conn, format_instant(clock()), Said.JOIN, pairs)
        return others

    return _say(conn, event_id, say)


def part(conn: sqlite3.Connection, event_id: int, article_id: int, clock: Clock) -> Fixed:
    """Say that what an article reports is another event than the one that it was counted to."""

    def say(own: Sequence[Kept]) -> Sequence[Kept]:
        parted = [one for one in own if one.report.article_id == article_id]
        if not parted:
            raise NotFoundError(
                f"Article {article_id} does not report event {event_id};"
                f" `biengioi events show {event_id}` lists those that do."
            )
        if len(parted) == len(own):
            raise UsageError(
                f"Article {article_id} alone reports event {event_id}; there is nothing to part."
            )
        pairs: list[tuple[Act, Act | None]] = [
            (one.act, other.act) for one in parted for other in own if other not in parted
        ]
        sayings.write(conn, format_instant(clock()), Said.PART, pairs)
        return ()

    return _say(conn, event_id, say)


def undo(conn: sqlite3.Connection, event_id: int) -> Fixed:
    """Take back what was said last of an event.

    Raises:
        UsageError: nothing was.
    """

    def say(own: Sequence[Kept]) -> Sequence[Kept]:
        about = sayings.read(conn, {one.report.article_id for one in own})
        acts = [one.act for one in rows.kept(conn, "article_id", {one.report.article_id for one in own})]
        own_acts = {one.act for one in own}
        chosen = [
            one.id
            for one in about
            if any(act is not None and pick(act, acts) in own_acts for act in (one.act, one.other))
        ]
        if not chosen:
            raise UsageError(f"Nothing was said about event {event_id}; there is nothing to take back.")
        (saying,) = conn.execute(
            "SELECT saying FROM event_corrections WHERE id = ?", (max(chosen),)
        ).fetchone()
        gone = conn.execute(
            "DELETE FROM event_corrections WHERE saying = ? RETURNING article_id, other_article_id", (saying,)
        ).fetchall()
        named = {id_ for row in gone for id_ in row if id_ is not None}
        return rows.kept(conn, "article_id", named)

    return _say(conn, event_id, say)


def _each(
    conn: sqlite3.Connection, own: Sequence[Kept], said: Said, clock: Clock, value: str | None = None
) -> Sequence[Kept]:
    sayings.write(conn, format_instant(clock()), said, [(one.act, None) for one in own], value)
    return ()


def _say(conn: sqlite3.Connection, event_id: int, say: Callable[[Sequence[Kept]], Sequence[Kept]]) -> Fixed:
    """Keep what is said of an event's reports, and find the events of all that it concerns anew."""
    with write_transaction(conn):
        own = _reports(conn, event_id)
        concerned = [*own, *say(own)]
        ids = {one.report.id for one in concerned}
        rows.write_keys(conn, (profile(one.report) for one in concerned))
        regroup(conn, ids)
        now = {one.event_id for one in rows.kept(conn, "id", ids) if one.event_id is not None}
    return Fixed(tuple(sorted(now, key=lambda id_: (id_ != event_id, id_))))


def _reports(conn: sqlite3.Connection, event_id: int) -> list[Kept]:
    found = rows.kept(conn, "event_id", [event_id])
    if not found:
        raise NotFoundError(f"There is no event {event_id}; `biengioi events` lists what there is.")
    return found
