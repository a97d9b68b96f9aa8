"""What a person says of an event is kept as said of its reports, and counts whatever is read later."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date

import pytest

from crawler.errors import NotFoundError, UsageError
from crawler.events.event import EventKind
from crawler.events.report import Report
from db.events import fixing
from db.events.keeping import Found, keep, leave
from db.events.rebuild import lost_corrections
from db.file.connection import write_transaction
from tests.crawler.events.test_joining import ONE
from tests.db.events.conftest import VERSION, add_articles, filled, grouped, keep_reports
from tests.db.world import START

LATER = replace(ONE, date="2024-09-02")


def clock() -> object:
    return START


def three() -> list[Report]:
    """Two of one act, and one of another."""
    return [
        Report(number, number, 0, event, date(2024, 5, 17))
        for number, event in enumerate((ONE, ONE, LATER), start=1)
    ]


def articles(conn: sqlite3.Connection) -> list[list[int]]:
    return sorted(sorted(article_id for article_id, _ in group) for group in grouped(conn).values())


def event_of(conn: sqlite3.Connection, article_id: int) -> sqlite3.Row:
    row: sqlite3.Row = conn.execute(
        "SELECT * FROM events WHERE id = (SELECT event_id FROM event_reports WHERE article_id = ?)",
        (article_id,),
    ).fetchone()
    return row


def read_again(conn: sqlite3.Connection) -> None:
    with write_transaction(conn):
        keep(conn, [Found(one.article_id, (one.event,), "newer") for one in three()])


def test_another_kind_and_another_date_stay(conn: sqlite3.Connection) -> None:
    filled(conn, three())
    event_id = event_of(conn, 1)["id"]
    fixing.set_kind(conn, event_id, "exercise", clock)
    fixing.set_date(conn, event_id, "2024-05-20/2024-05-21", clock)
    for _ in range(2):
        row = event_of(conn, 1)
        assert (row["id"], row["kind"], row["date_start"], row["date_end"], row["report_count"]) == (
            event_id, "exercise", "2024-05-20", "2024-05-21", 2,
        )  # fmt: skip
        read_again(conn)
    fixing.undo(conn, event_id)
    assert event_of(conn, 1)["date_start"] == "2024-05-16"
    assert event_of(conn, 1)["kind"] == "exercise"
    fixing.undo(conn, event_id)
    assert event_of(conn, 1)["kind"] == "meeting"
    with pytest.raises(UsageError, match="Nothing was said about event"):
        fixing.undo(conn, event_id)


def test_a_report_that_comes_later_is_joined_by_the_date_that_was_said(conn: sqlite3.Connection) -> None:
    filled(conn, three()[:1])
    fixing.set_date(conn, event_of(conn, 1)["id"], "2024-07-07", clock)
    moved = Report(4, 4, 0, replace(ONE, date="2024-07-07"), date(2024, 7, 8))
    filled(conn, [moved])
    assert articles(conn) == [[1, 4]]


def test_two_events_are_joined_and_parted(conn: sqlite3.Connection) -> None:
    filled(conn, three())
    first, other = event_of(conn, 1)["id"], event_of(conn, 3)["id"]
    assert fixing.join(conn, other, first, clock).event_ids == (first,)
    read_again(conn)
    assert articles(conn) == [[1, 2, 3]]
    fixing.part(conn, first, 2, clock)
    assert articles(conn) == [[1, 3], [2]]
    read_again(conn)
    assert articles(conn) == [[1, 3], [2]]
    fixing.undo(conn, first)
    fixing.undo(conn, first)
    assert articles(conn) == [[1, 2], [3]]


def test_a_join_outlives_the_article_through_which_it_was_said(conn: sqlite3.Connection) -> None:
    filled(conn, three())
    fixing.join(conn, event_of(conn, 3)["id"], event_of(conn, 1)["id"], clock)
    with write_transaction(conn):
        leave(conn, [1])
        conn.execute("DELETE FROM articles WHERE id = 1")
    assert articles(conn) == [[2, 3]]


def test_an_event_that_is_none_stays_so_when_it_is_reported_again(conn: sqlite3.Connection) -> None:
    filled(conn, three()[:1])
    event_id = event_of(conn, 1)["id"]
    fixing.drop(conn, event_id, clock)
    filled(conn, three()[1:2])
    assert (event_of(conn, 2)["id"], event_of(conn, 2)["is_dropped"]) == (event_id, 1)
    fixing.undo(conn, event_id)
    assert event_of(conn, 2)["is_dropped"] == 0


def test_what_was_said_finds_its_act_again_or_is_told_as_lost(conn: sqlite3.Connection) -> None:
    filled(conn, three())
    event_id = event_of(conn, 3)["id"]
    fixing.set_kind(conn, event_id, "exercise", clock)
    other = replace(ONE, kind=EventKind.OPERATION, date="2024-01-01", act=replace(ONE.act, end=4))
    with write_transaction(conn):
        keep(conn, [Found(3, (other, LATER), VERSION)])
    kinds = {
        row[0]
        for row in conn.execute(
            "SELECT kind FROM events JOIN event_reports ON event_id = events.id WHERE article_id = 3"
        )
    }
    assert kinds == {"operation", "exercise"}
    assert lost_corrections(conn) == []
    with write_transaction(conn):
        keep(conn, [Found(3, (), VERSION)])
    assert len(lost_corrections(conn)) == 1
    with write_transaction(conn):
        leave(conn, [3])
        conn.execute("DELETE FROM articles WHERE id = 3")
    assert conn.execute("SELECT count(*) FROM event_corrections").fetchone()[0] == 0


def test_mistakes_are_told(conn: sqlite3.Connection) -> None:
    with write_transaction(conn):
        add_articles(conn, three())
    keep_reports(conn, three())
    event_id = event_of(conn, 3)["id"]
    with pytest.raises(NotFoundError, match="There is no event 99"):
        fixing.drop(conn, 99, clock)
    with pytest.raises(NotFoundError, match="There is no event 99"):
        fixing.join(conn, event_id, 99, clock)
    with pytest.raises(UsageError, match="joined to itself"):
        fixing.join(conn, event_id, event_id, clock)
    with pytest.raises(NotFoundError, match="Article 1 does not report"):
        fixing.part(conn, event_id, 1, clock)
    with pytest.raises(UsageError, match="nothing to part"):
        fixing.part(conn, event_id, 3, clock)
    for wrong in ("gestern", "2024-02-30", "2024-05-03/2024-05-01", "2024-05-03/2024"):
        with pytest.raises(UsageError, match="is no date"):
            fixing.set_date(conn, event_id, wrong, clock)
    assert conn.execute("SELECT count(*) FROM event_corrections").fetchone()[0] == 0
