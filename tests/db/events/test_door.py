"""What is asked of a collection's events: lists, one as a whole, people, threads, files; behind locks."""

from __future__ import annotations

import csv
import inspect
import io
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from pyarrow import parquet

from crawler.errors import NotFoundError, StorageBusy, UsageError
from crawler.events.event import Event, EventKind, EventStatus, Figure, NamedObject, Person, Place
from crawler.events.profile import gazetteer
from crawler.events.report import Report
from db.articles.query import ArticleFilter
from db.collection import Collection
from db.events.door import EventFilter, Events
from db.file.connection import write_transaction
from db.file.opening import open_database
from tests.crawler.events.invented import HERE, Inventor
from tests.crawler.events.test_joining import ONE
from tests.db.events.conftest import filled
from tests.db.lock_holder import holding
from tests.db.world import START

BUDGET_S = 0.3
SLACK_S = 2.5


def acts() -> list[list[Report]]:
    """Two tellings that differ, a bridge in two stages, an undated one, one of Laos, and invented ones."""
    gate = Place("cửa khẩu Tà Lùng", HERE, "ta-lung-gate")
    meeting = replace(
        ONE,
        places=(gate,),
        people=(
            Person("Lường Văn Khoan", "Chủ tịch UBND tỉnh Cao Bằng", "VN", (HERE,)),
            Person("Trương Lục Bình", "Bí thư", "CN", (HERE,)),
        ),
        figures=(Figure("people", 38, "đại biểu", HERE),),
    )
    other = replace(
        meeting,
        kind=EventKind.AGREEMENT,
        date="2024-05-17",
        figures=(Figure("people", 40, "đại biểu", HERE),),
    )
    bridge = Event(
        EventKind.INFRASTRUCTURE, EventStatus.PLANNED, HERE, "2019-03", None, None, ("CN",), (gate,),
        (Person("Lường Văn Khoan", "Phó Chủ tịch UBND tỉnh Cao Bằng", "VN", (HERE,)),),
        objects=(NamedObject("cầu Tà Lùng II", "bridge:talun 2", HERE, stage="proposed"),),
    )  # fmt: skip
    opened = replace(
        bridge, date="2023-08-09", date_end="2023-08-10", status=EventStatus.HELD,
        objects=(NamedObject("cầu Tà Lùng 2", "bridge:talun 2", HERE, stage="opened"),),
    )  # fmt: skip
    undated = replace(ONE, date=None, countries=("LA",), people=(), bodies=(), kind=EventKind.AID)
    told = [[meeting, other], [bridge], [opened], [undated]]
    reports, number = [], 0
    for events in told:
        those = []
        for event in events:
            number += 1
            day = date.fromisoformat((event.date or "2022-02-02").ljust(10, "x").replace("xxx", "-01"))
            those.append(Report(number, number, 0, event, day + timedelta(days=1)))
        reports.append(those)
    inventor = Inventor(4)
    inventor.article_count = number
    return reports + [inventor.reports(inventor.act(), 2) for _ in range(12)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is only ever read, or copied."""
    path = tmp_path_factory.mktemp("events") / "events.db"
    with closing(open_database(path, create=True)) as conn:
        filled(conn, [one for some in acts() for one in some])
        with write_transaction(conn):
            conn.execute(
                "UPDATE articles SET fields = '[\"meetings\"]', text = 'Hội đàm cấp tỉnh.' WHERE id < 3"
            )
    return path


@pytest.fixture
def collection(path: Path) -> Iterator[Collection]:
    with Collection.open(path, clock=lambda: START) as collection:
        yield collection


@pytest.fixture
def events(collection: Collection) -> Events:
    return collection.events


def ids(events: Events, **wanted: Any) -> list[int]:
    return [row["id"] for row in events.list(EventFilter(**wanted))]


def only(events: Events, **wanted: Any) -> dict[str, Any]:
    (row,) = events.list(EventFilter(**wanted))
    return row


def test_a_list_is_in_order_and_counts_what_it_has(events: Events) -> None:
    rows = list(events.list())
    assert [row["first_day"] for row in rows] == sorted((row["first_day"] for row in rows), reverse=True)
    assert events.matching_count() == len(rows) > 12
    assert ids(events, limit=3, offset=2) == [row["id"] for row in rows[2:5]]
    assert {*rows[0]} >= {"id", "kind", "countries", "places", "report_count", "thread_id"}
    assert isinstance(rows[0]["countries"], list)


def test_filters_choose_what_rows_say(events: Events) -> None:
    rows = list(events.list())
    since, until = date(2021, 6, 1), date(2022, 6, 30)
    chosen = [
        row["id"]
        for row in rows
        if row["last_day"] >= since.isoformat() and "" < row["first_day"] <= until.isoformat()
    ]
    assert ids(events, since=since, until=until) == chosen != []
    for country in ("CN", "LA", "KH"):
        assert ids(events, country=country) == [row["id"] for row in rows if country in row["countries"]]
    for kind in EventKind:
        assert ids(events, kind=kind.value) == [row["id"] for row in rows if row["kind"] == kind]
    for place in ("ta-lung-gate", "cao-bang", "quang-tay"):
        wanted = [row["id"] for row in rows if place in (*row["places"], *row["provinces"])]
        assert ids(events, place=place) == wanted != []
    assert ids(events, kind="other", country="KH") == []


def test_what_is_dated_by_its_month_was_on_any_day_of_it(events: Events) -> None:
    bridge = only(events, kind="infrastructure", person="luong van khoan", until=date(2019, 3, 5))
    assert (bridge["date_start"], bridge["date_precision"], bridge["first_day"], bridge["last_day"]) == (
        "2019-03", "month", "2019-03-01", "2019-03-31",
    )  # fmt: skip
    assert bridge["id"] in ids(events, since=date(2019, 3, 31))
    assert bridge["id"] not in ids(events, since=date(2019, 4, 1), until=date(2020, 1, 1))


def test_what_has_no_date_is_listed_by_its_first_report(events: Events) -> None:
    row = only(events, kind="aid", until=date(2022, 3, 1), since=date(2022, 2, 1), country="LA")
    assert (row["date_start"], row["date_precision"]) == (None, None)
    assert row["first_day"] == row["last_day"]


def test_people_are_found_without_marks_and_by_a_part_of_their_name(events: Events) -> None:
    assert ids(events, person="Lường Văn Khoan") == ids(events, person="luong van khoan") != []
    assert set(ids(events, person="khoan")) >= set(ids(events, person="luong van khoan"))
    assert ids(events, person="khoa") == []


def test_field_and_words_are_those_of_the_articles(events: Events) -> None:
    (meeting,) = ids(events, field="meetings")
    assert ids(events, query="hội đàm cấp tỉnh") == [meeting]
    assert ids(events, query='"cấp tỉnh"', field="trade-customs") == []
    with pytest.raises(UsageError):
        list(events.list(EventFilter(query="*")))


def test_an_event_says_who_says_what_and_where_they_differ(events: Events) -> None:
    event = events.show(*ids(events, field="meetings"))
    assert [one["article_id"] for one in event["reports"]] == [1, 2]
    (post,) = event["people"][0]["posts"]
    assert (post["post"], post["article_ids"]) == ("Chủ tịch UBND tỉnh Cao Bằng", [1, 2])
    (place,) = event["places"]
    assert (len(place["spans"]), place["words"]) == (2, [None, None])  # the texts are others now
    (figure,) = event["figures"]
    assert ([value["value"] for value in figure["values"]], figure["differ"]) == ([38, 40], True)
    assert [value["article_ids"] for value in figure["values"]] == [[1], [2]]
    assert {one["kind"] for one in event["said"]["kind"]} == {"meeting", "agreement"}
    assert event["reports"][0]["slots"]["people"][0]["spans"] == [["text", 0, 1]]
    with pytest.raises(NotFoundError, match="There is no event 999"):
        events.show(999)


def test_a_person_has_posts_over_time_and_met_others(events: Events) -> None:
    (person,) = events.people("luong van khoan")
    assert [post["post"] for post in person["posts"]] == [
        "Phó Chủ tịch UBND tỉnh Cao Bằng", "Chủ tịch UBND tỉnh Cao Bằng",
    ]  # fmt: skip
    assert [(one["name"], one["side"], one["event_count"]) for one in person["met"]] == [
        ("Trương Lục Bình", "CN", 1)
    ]
    assert person["event_count"] == len(person["events"]) == 3
    with pytest.raises(NotFoundError, match="No event names"):
        events.people("Không Ai Cả")
    with pytest.raises(NotFoundError):
        events.people(" ")


def test_a_thread_is_its_events_in_order(events: Events) -> None:
    found = [one for one in events.threads() if one["key"] == "bridge:talun 2"]
    thread = events.thread(found[0]["id"])
    assert [one["stage"] for one in thread["events"]] == ["proposed", "opened"]
    assert (thread["object"], thread["event_count"], thread["countries"]) == ("cầu Tà Lùng 2", 2, ["CN"])
    with pytest.raises(NotFoundError, match="There is no thread 999"):
        events.thread(999)


def test_events_are_counted_by_the_articles_that_report_them(events: Events) -> None:
    assert sum(events.kinds_reported(ArticleFilter()).values()) == events.matching_count()
    assert sum(events.kinds_reported(ArticleFilter(field="meetings")).values()) == 1


def exported(collection: Collection, what: str, layout: str, wanted: EventFilter | None = None) -> bytes:
    file = io.BytesIO()
    done = collection.export_events(what, layout, file, wanted or EventFilter())
    assert done.count + done.left_out > 0
    return file.getvalue()


def test_every_format_has_the_same_events(collection: Collection) -> None:
    rows = [json.loads(line) for line in exported(collection, "events", "jsonl").splitlines()]
    assert [row["id"] for row in rows] == ids(collection.events)
    table = list(csv.DictReader(io.StringIO(exported(collection, "events", "csv").decode("utf-8-sig"))))
    assert [int(row["id"]) for row in table] == [row["id"] for row in rows]
    assert [json.loads(row["people"]) for row in table] == [row["people"] for row in rows]
    columns = parquet.read_table(io.BytesIO(exported(collection, "events", "parquet"))).to_pylist()
    assert columns == rows
    assert {len(row["articles"]) for row in rows} == {1, 2}


def test_figures_are_a_row_for_each_article(collection: Collection) -> None:
    rows = [json.loads(line) for line in exported(collection, "figures", "jsonl").splitlines()]
    told = [
        (row["article_id"], row["value"])
        for row in rows
        if row["unit"] == "đại biểu" and row["article_id"] < 3
    ]
    assert sorted(told) == [(1, 38), (2, 40)]
    assert parquet.read_table(io.BytesIO(exported(collection, "figures", "parquet"))).num_rows == len(rows)
    with pytest.raises(UsageError, match="no calendar"):
        exported(collection, "figures", "ics")


def test_a_calendar_has_each_day_and_the_same_ids_every_time(collection: Collection) -> None:
    data = exported(collection, "events", "ics")
    assert data == exported(collection, "events", "ics")
    entries = {str(one["uid"]): one for one in Calendar.from_ical(data).walk("VEVENT")}
    dated = [row for row in collection.events.list() if row["date_precision"] == "day"]
    assert entries.keys() == {f"event-{row['id']}@biengioi" for row in dated}
    bridge = only(collection.events, kind="infrastructure", person="luong van khoan", since=date(2023, 1, 1))
    entry = entries[f"event-{bridge['id']}@biengioi"]
    assert (entry["dtstart"].dt, entry["dtend"].dt) == (date(2023, 8, 9), date(2023, 8, 11))
    done = collection.export_events("events", "ics", io.BytesIO(), EventFilter())
    assert done.left_out == collection.events.matching_count() - len(dated) > 0


def test_exports_are_chosen_as_lists_are(collection: Collection) -> None:
    wanted = EventFilter(country="LA")
    rows = [json.loads(line) for line in exported(collection, "events", "jsonl", wanted).splitlines()]
    assert [row["id"] for row in rows] == ids(collection.events, country="LA")


READING: dict[str, Callable[[Events], Any]] = {
    "list": lambda events: list(events.list()),
    "matching_count": lambda events: events.matching_count(),
    "kinds_reported": lambda events: events.kinds_reported(ArticleFilter()),
    "show": lambda events: events.show(1),
    "told_by": lambda events: events.told_by(1),
    "people": lambda events: events.people("khoan"),
    "threads": lambda events: events.threads(),
    "thread": lambda events: events.thread(events.threads()[0]["id"]),
    "unread_count": lambda events: events.unread_count(),
}
WRITING: dict[str, Callable[[Events], Any]] = {
    "rebuild": lambda events: events.rebuild(print, everything=True),
    "catch_up": lambda events: events.rebuild(print, everything=True) and events.catch_up(),
    "set_kind": lambda events: events.set_kind(1, "aid"),
    "set_date": lambda events: events.set_date(1, "2024-01-01"),
    "join": lambda events: events.join(1, 2),
    "part": lambda events: events.part(1, 2),
    "drop": lambda events: events.drop(1),
    "undo": lambda events: events.undo(1),
}


def test_every_method_has_a_case() -> None:
    methods = {name for name, _ in inspect.getmembers(Events, inspect.isroutine) if not name.startswith("_")}
    assert READING.keys() | WRITING.keys() == methods


@pytest.fixture
def copied(path: Path, tmp_path: Path) -> Path:
    shutil.copy(path, tmp_path / "copy.db")
    return tmp_path / "copy.db"


def test_reading_does_not_wait_for_a_writer(copied: Path) -> None:
    with holding(copied), Collection.open(copied, busy_timeout_s=BUDGET_S) as collection:
        for read in READING.values():
            read(collection.events)


def test_writing_waits_for_its_budget_and_says_so(copied: Path) -> None:
    with holding(copied), Collection.open(copied, busy_timeout_s=BUDGET_S) as collection:
        for name, write in WRITING.items():
            began = time.monotonic()
            with pytest.raises(StorageBusy, match="locked by another process"):
                write(collection.events)
            assert BUDGET_S * 0.9 <= time.monotonic() - began < BUDGET_S + SLACK_S, name


def problems(collection: Collection) -> list[str]:
    """What verify finds wrong with the events."""
    (result,) = [one for one in list(collection.verify()) if one.check == "events"]
    return list(result.examples)


def test_what_forget_removes_is_in_no_event_and_no_file(copied: Path) -> None:
    named = "Trương Lục Bình"
    with Collection.open(copied, clock=lambda: START) as collection:
        (meeting,) = ids(collection.events, field="meetings")
        collection.events.set_kind(meeting, "exercise")
        for person in collection.events.people(named):
            for event in person["events"]:
                for report in collection.events.show(event["id"])["reports"]:
                    collection.forget(report["article_id"])
        assert meeting not in ids(collection.events)
        assert problems(collection) == []
        with pytest.raises(NotFoundError):
            collection.events.people(named)
    everything = b"".join(file.read_bytes() for file in copied.parent.iterdir())
    assert named.encode() not in everything
    assert "Lường Văn Khoan".encode() in everything


DAMAGES = {
    "UPDATE events SET report_count = 9 WHERE id = 1": "says that it has 9 reports",
    "UPDATE threads SET event_count = 7": "says that it has 7 events",
    "UPDATE event_people SET event_id = 5 WHERE report_id = 1": "under another event or article",
    "DELETE FROM event_figures WHERE report_id = 1": "event_figures does not hold what report 1 says",
    "UPDATE event_reports SET slots = '{}' WHERE id = 1": "is damaged",
    "UPDATE articles SET topic_grade = 'none' WHERE id = 1": "which has no grade",
    "INSERT INTO events SELECT 99, kind, status, NULL, NULL, NULL, '', '', '[]', '[]', '[]', '', 0, 0, NULL,"
    " NULL, NULL, 0 FROM events WHERE id = 1": "Event 99 has no report",
}


@pytest.mark.parametrize("statement", DAMAGES)
def test_verify_finds_what_disagrees(copied: Path, statement: str) -> None:
    with closing(open_database(copied)) as conn:
        conn.executescript(statement)
    with Collection.open(copied) as collection:
        (result,) = [one for one in list(collection.verify()) if one.check == "events"]
    assert DAMAGES[statement] in " ".join(result.examples)
    assert "events rebuild --all" in result.advice


def test_the_gazetteer_has_what_these_tests_name() -> None:
    known: Sequence[str] = ("ta-lung-gate", "cao-bang", "quang-tay")
    assert all(id_ in gazetteer().places for id_ in known)
