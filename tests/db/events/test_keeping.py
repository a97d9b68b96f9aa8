"""Events follow the articles: what comes, changes and leaves; an event's id stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest

from crawler.events.event import Event, EventKind, EventStatus, Figure, NamedObject, Place
from crawler.events.report import Report
from db.events.check import check
from db.events.keeping import Found, keep, leave
from db.file.connection import write_transaction
from db.file.opening import open_database
from tests.crawler.events.invented import HERE, invented
from tests.crawler.events.test_joining import ONE, joined
from tests.db.events.conftest import VERSION, add_articles, filled, grouped, keep_reports
from tests.db.web import told_events


@pytest.fixture(scope="module")
def reports() -> Sequence[Report]:
    """A part of the invented acts, with their twins."""
    acts = invented()
    return [one for some in (*acts[:60], *acts[-40:]) for one in some]


def test_events_are_those_of_the_pure_rule_in_whatever_order_articles_come(
    conn: sqlite3.Connection, tmp_path: Path, reports: Sequence[Report]
) -> None:
    filled(conn, reports)
    wanted = joined(reports)
    assert {frozenset(id_ for id_, _ in group) for group in grouped(conn).values()} == wanted
    with closing(open_database(tmp_path / "other.db", create=True)) as other:
        filled(other, Random(7).sample(reports, len(reports)))
        assert {frozenset(id_ for id_, _ in group) for group in grouped(other).values()} == wanted


def test_an_event_keeps_its_id_when_reports_come_and_when_all_is_read_again(
    conn: sqlite3.Connection, reports: Sequence[Report]
) -> None:
    with write_transaction(conn):
        add_articles(conn, reports)
    keep_reports(conn, reports[::2])
    before = grouped(conn)
    keep_reports(conn, reports[1::2])
    after = grouped(conn)
    kept = [event_id for event_id in before if event_id in after]
    assert len(kept) >= 0.9 * len(before)  # some turn out to be one with another
    assert sum(before[event_id] <= after[event_id] for event_id in kept) >= 0.95 * len(kept)
    ids = dict(conn.execute("SELECT id, event_id FROM event_reports").fetchall())
    keep_reports(conn, reports)
    assert grouped(conn) == after
    assert dict(conn.execute("SELECT id, event_id FROM event_reports").fetchall()) == ids
    many = [Found(one.article_id, (one.event,), "newer") for one in reports]
    with write_transaction(conn):
        keep(conn, many)
    assert grouped(conn) == after
    assert {row[0] for row in conn.execute("SELECT DISTINCT version FROM event_readings")} == {"newer"}


def two() -> list[Report]:
    return [Report(1, 1, 0, ONE, date(2024, 5, 17)), Report(2, 2, 0, ONE, date(2024, 5, 18))]


def test_a_change_of_an_article_changes_its_events(conn: sqlite3.Connection) -> None:
    filled(conn, two())
    (event_id,) = grouped(conn)
    elsewhen = replace(ONE, date="2024-09-02")
    with write_transaction(conn):
        keep(conn, [Found(2, (elsewhen,), VERSION)])
    assert sorted(map(len, grouped(conn).values())) == [1, 1]
    assert (1, 0) in grouped(conn)[event_id]
    with write_transaction(conn):
        keep(conn, [Found(2, (), VERSION)])
    assert grouped(conn) == {event_id: frozenset({(1, 0)})}
    row = conn.execute("SELECT report_count, title FROM events").fetchone()
    assert tuple(row) == (1, "Tin số 1")


def test_an_act_is_the_same_when_another_is_found_before_it(conn: sqlite3.Connection) -> None:
    filled(conn, two()[:1])
    (event_id,) = grouped(conn)
    other = replace(ONE, kind=EventKind.OPERATION, date="2024-03-03", act=replace(HERE, end=3))
    with write_transaction(conn):
        keep(conn, [Found(1, (other, ONE), VERSION)])
    assert grouped(conn)[event_id] == {(1, 1)}
    assert len(grouped(conn)) == 2


def rows_of_events(conn: sqlite3.Connection) -> dict[str, int]:
    tables = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'event%'")
    return {name: conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in tables.fetchall()}


def test_nothing_is_left_of_an_article_that_leaves(conn: sqlite3.Connection) -> None:
    full = replace(
        ONE,
        figures=(Figure("people", 38, "đại biểu", HERE),),
        objects=(NamedObject("cầu Lũng Vài II", "bridge:lung vai 2", HERE),),
    )
    filled(conn, [replace(one, event=full) for one in two()])
    with write_transaction(conn):
        leave(conn, [1])
        conn.execute("DELETE FROM articles WHERE id = 1")
    assert conn.execute("SELECT report_count, title FROM events").fetchall()[0][:] == (1, "Tin số 2")
    with write_transaction(conn):  # even where nobody says that it leaves
        conn.execute("DELETE FROM articles WHERE id = 2")
    assert set(rows_of_events(conn).values()) == {0}


def test_only_graded_articles_and_imports_have_events(conn: sqlite3.Connection) -> None:
    with write_transaction(conn):
        add_articles(conn, two())
        conn.execute("UPDATE articles SET topic_grade = 'none' WHERE id = 1")
        conn.execute("INSERT INTO sources (id, name) VALUES ('import', 'Tệp')")
        conn.execute("UPDATE articles SET topic_grade = NULL, source_id = 'import' WHERE id = 2")
    keep_reports(conn, two())
    assert list(grouped(conn).values()) == [frozenset({(2, 0)})]


def test_a_thread_is_what_became_of_one_thing(conn: sqlite3.Connection) -> None:
    """The third of its events leaves, then the second: of one event there is no thread."""
    place = Place("cửa khẩu Tà Lùng", HERE, "ta-lung-gate")

    def stage(number: int, day: str, said: str) -> Report:
        thing = NamedObject("cầu Tà Lùng II", "bridge:talun 2", HERE, stage=said)
        event = Event(
            EventKind.INFRASTRUCTURE,
            EventStatus.HELD,
            HERE,
            day,
            countries=("CN",),
            places=(place,),
            objects=(thing,),
        )
        return Report(number, number, 0, event, date.fromisoformat(day))

    stages = [
        stage(1, "2019-03-02", "proposed"), stage(2, "2021-06-09", "begun"), stage(3, "2024-01-18", "opened"),
    ]  # fmt: skip
    filled(conn, stages)
    thread = conn.execute(
        "SELECT id, object, event_count, first_day, last_day, places FROM threads"
    ).fetchone()
    assert tuple(thread)[1:5] == ("cầu Tà Lùng II", 3, "2019-03-02", "2024-01-18")
    assert "ta-lung-gate" in thread["places"]
    told = conn.execute("SELECT stage FROM events WHERE thread_id = ? ORDER BY first_day", (thread["id"],))
    assert [row[0] for row in told] == ["proposed", "begun", "opened"]
    with write_transaction(conn):
        leave(conn, [3])
    assert conn.execute("SELECT id, event_count FROM threads").fetchall()[0][:] == (thread["id"], 2)
    with write_transaction(conn):
        leave(conn, [2])
    assert conn.execute("SELECT count(*) FROM threads").fetchone()[0] == 0
    assert conn.execute("SELECT thread_id, stage FROM events").fetchone()[:] == (None, None)


def test_events_are_listed_under_their_places_whatever_becomes_of_them(conn: sqlite3.Connection) -> None:
    def listed() -> dict[int, set[tuple[str, str]]]:
        found: dict[int, set[tuple[str, str]]] = {}
        for place_id, first_day, event_id in conn.execute("SELECT * FROM event_areas"):
            found.setdefault(event_id, set()).add((place_id, first_day))
        return found

    told_events.add_articles(conn)
    before = listed()
    assert ("tra-linh-gate", "2026-05-17") in before[1]
    assert {place_id for place_id, _ in before[1]} == {"tra-linh-gate", "cao-bang", "quang-tay"}
    with write_transaction(conn):
        conn.execute("UPDATE events SET first_day = '2026-05-18', places = '[]' WHERE id = 1")
        conn.execute("UPDATE events SET is_dropped = 1 WHERE id = 2")
    assert listed() == {**before, 1: {("cao-bang", "2026-05-18"), ("quang-tay", "2026-05-18")}}
    with write_transaction(conn):
        leave(conn, [1, 2])
    assert 1 not in listed()
    assert not [*check(conn)]
    conn.execute("DELETE FROM event_areas WHERE place_id = 'cao-bang'")
    conn.execute("INSERT INTO event_areas VALUES ('nowhere', '', 2)")
    assert [*check(conn)] == [
        "Event 2 is listed under nowhere, where it is not.",
        "Event 2 is not listed under cao-bang.",
    ]
