"""Articles are read again where nobody read them as they are, or by other rules; workers help with many."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from crawler.events.event import Event
from crawler.events.reading import rules_version
from crawler.events.report import Report
from db.events import rebuild
from db.file.connection import write_transaction
from tests.crawler.events.invented import invented
from tests.crawler.events.test_joining import ONE, joined
from tests.db.events.conftest import add_articles, grouped
from tests.db.events.told import read_fewer, read_told, text_of


def tell(conn: sqlite3.Connection, reports: Sequence[Report]) -> None:
    """Make articles whose texts say their events."""
    with write_transaction(conn):
        add_articles(conn, reports)
        conn.executemany(
            "UPDATE articles SET text = ? WHERE id = ?",
            ((text_of([one.event]), one.article_id) for one in reports),
        )


def quiet(_: str) -> None:
    pass


def one() -> Report:
    return Report(1, 1, 0, ONE, date(2024, 5, 17))


def test_all_that_was_never_read_is_read_by_workers_as_it_would_be_here(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "_FEW_COUNT", 10)
    reports = [one for some in invented()[:30] for one in some]
    tell(conn, reports)
    said: list[str] = []
    done = rebuild.rebuild(conn, said.append, worker_count=2, read=read_told)
    assert {frozenset(id_ for id_, _ in group) for group in grouped(conn).values()} == joined(reports)
    assert (done.article_count, done.event_count_before, done.added) == (len(reports), 0, done.event_count)
    assert said[-1] == f"reading for events: {len(reports)} of {len(reports)} articles"
    again = rebuild.rebuild(conn, quiet, read=read_told)
    assert (again.article_count, again.added, again.removed, again.changed) == (0, 0, 0, 0)
    ids = grouped(conn)
    everything = rebuild.rebuild(conn, quiet, everything=True, worker_count=0, read=read_told)
    assert (everything.article_count, everything.added, everything.removed, everything.changed) == (
        len(reports), 0, 0, 0,
    )  # fmt: skip
    assert grouped(conn) == ids


def test_other_rules_say_what_they_change(conn: sqlite3.Connection) -> None:
    tell(conn, [one(), Report(2, 2, 0, replace(ONE, bodies=()), date(2024, 5, 18))])
    rebuild.rebuild(conn, quiet, read=read_told)
    assert len(grouped(conn)) == 1
    done = rebuild.rebuild(conn, quiet, everything=True, read=read_fewer)
    assert (done.event_count_before, done.event_count, done.added, done.removed, done.changed) == (
        1,
        2,
        1,
        0,
        1,
    )
    assert conn.execute("SELECT count(*) FROM event_people").fetchone()[0] == 0


def test_what_ended_in_the_middle_goes_on_where_it_was(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "_BATCH_COUNT", 4)
    reports = [one for some in invented()[:8] for one in some]
    tell(conn, reports)

    class Stop(Exception):
        pass

    def stop(said: str) -> None:
        if "8 of" in said:
            raise Stop

    with pytest.raises(Stop):
        rebuild.rebuild(conn, stop, read=read_told)
    assert conn.execute("SELECT count(*) FROM event_readings").fetchone()[0] == 8
    assert rebuild.rebuild(conn, quiet, read=read_told).article_count == len(reports) - 8


def test_a_change_of_text_or_date_has_an_article_read_again(conn: sqlite3.Connection) -> None:
    tell(conn, [one()])
    assert rebuild.catch_up(conn, read=read_told) == 1
    assert rebuild.catch_up(conn, read=read_told) == 0
    assert conn.execute("SELECT version FROM event_readings").fetchone()[0] == rules_version()
    for change in ("title = 'Khác'", "text = '[]'", "published_at = '2024-06-01'"):
        with write_transaction(conn):
            conn.execute(f"UPDATE articles SET {change}")
        assert rebuild.catch_up(conn, read=read_told) == 1, change
    assert grouped(conn) == {}


def test_an_article_that_lost_its_grade_leaves(conn: sqlite3.Connection) -> None:
    tell(conn, [one()])
    rebuild.catch_up(conn, read=read_told)
    with write_transaction(conn):
        conn.execute("UPDATE articles SET topic_grade = 'none'")
    assert rebuild.catch_up(conn, read=read_told) == 0
    assert grouped(conn) == {}
    assert conn.execute("SELECT count(*) FROM event_readings").fetchone()[0] == 0


def test_what_changes_while_it_is_read_is_left_to_who_changed_it(conn: sqlite3.Connection) -> None:
    tell(conn, [one()])

    def meanwhile(title: str | None, text: str, published: object) -> tuple[Event, ...]:
        with write_transaction(conn):
            conn.execute("UPDATE articles SET title = 'Khác'")
        return read_told(title, text, None)

    rebuild.catch_up(conn, read=meanwhile)
    assert grouped(conn) == {}
