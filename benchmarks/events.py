"""Invented events of the benchmarks' articles, by the hundred thousand: no rules read them, so that is quick.

Every part is there: few people in very many events and many in one, figures that come again, things that
link events over years. Three articles of four report one; every third event has several reports.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import islice
from random import Random

from crawler.events.event import (
    Agreement,
    Body,
    Event,
    EventKind,
    EventStatus,
    Figure,
    NamedObject,
    Part,
    Person,
    Place,
    Span,
)  # fmt: skip
from crawler.events.merging import outline
from crawler.events.report import Report
from crawler.events.slots import to_slots
from crawler.topic.gazetteer import Gazetteer
from crawler.topic.gazetteer import Place as GazetteerPlace
from db.events import rows
from db.file.connection import write_transaction

_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Lương", "Bế", "Nông")
_MIDDLES = ("Văn", "Thị", "Hữu", "Đức", "Minh", "Quốc", "Xuân", "Thanh")
_GIVEN = ("An", "Bình", "Cường", "Dũng", "Giang", "Hà", "Khoan", "Lâm", "Nam", "Phúc", "Quang", "Sơn", "Tú")
_POSTS = ("Chủ tịch UBND tỉnh", "Phó Chủ tịch UBND tỉnh", "Bí thư Tỉnh ủy", "Chỉ huy trưởng", "Đồn trưởng")
_BODIES = ("UBND tỉnh", "Bộ Chỉ huy BĐBP tỉnh", "Chi cục Hải quan", "Sở Ngoại vụ")
_FIGURES = (("vehicles", "xe"), ("trade", "USD"), ("people", "đại biểu"), ("goods", "tấn"))
_KINDS = tuple(EventKind)
_AT_ONCE_COUNT = 500

_ARTICLES = """
SELECT id, source_id, title, text, substr(published_at, 1, 10) AS day, countries, places FROM articles
WHERE id > ? ORDER BY id LIMIT ?
"""


@cache
def _places() -> Mapping[str, GazetteerPlace]:
    return Gazetteer.load().places


def invented(article: sqlite3.Row, act: int) -> Event:
    """Return the event with the number `act` as an article of the same country and places tells it."""
    random = Random(act)
    span = Span(Part.TEXT, 0, min(12, len(article["text"])))
    countries = tuple(json.loads(article["countries"]))
    places = _places()
    day = date.fromisoformat(article["day"]) - timedelta(days=random.randrange(3))
    sides = ("VN", "VN", *countries)
    key = random.randrange(1500)
    objects = (
        (NamedObject(f"cầu Số {key}", f"bridge {key}", span, None, random.choice(("begun", "opened", None))),)
        if act % 12 == 0
        else ()
    )
    return Event(
        random.choice(_KINDS),
        EventStatus.PLANNED if act % 9 == 0 else EventStatus.HELD,
        span,
        day.isoformat() if act % 15 else f"{day:%Y-%m}",
        None,
        span,
        countries,
        tuple(Place(places[id_].name, span, id_) for id_ in json.loads(article["places"]) if id_ in places),
        tuple(
            Person(_name(random), random.choice(_POSTS), random.choice(sides), (span,), span)
            for _ in range(random.randrange(4))
        ),
        tuple(Body(random.choice(_BODIES), "VN", span) for _ in range(random.randrange(2))),
        (Agreement(f"Bản ghi nhớ số {act}", span),) if act % 7 == 0 else (),
        tuple(
            Figure(what, float(random.randrange(1, 5000)), unit, span)
            for what, unit in random.sample(_FIGURES, random.randrange(3))
        ),
        objects,
    )


def _name(random: Random) -> str:
    """Return one of a thousand names; the first ones are met most often."""
    number = int(1040 * random.random() ** 2)
    family, rest = divmod(number, len(_MIDDLES) * len(_GIVEN))
    middle, given = divmod(rest, len(_GIVEN))
    return f"{_FAMILIES[family % len(_FAMILIES)]} {_MIDDLES[middle]} {_GIVEN[given]}"


def fill_events(conn: sqlite3.Connection) -> None:
    """Let the articles of a collection report events, written as `db.events.keeping` writes them."""
    waiting = _groups(conn)
    while groups := list(islice(waiting, _AT_ONCE_COUNT)):
        with write_transaction(conn):
            for act, articles in groups:
                _write(conn, act, articles)
    with write_transaction(conn):
        _link(conn)


def _groups(conn: sqlite3.Connection) -> Iterator[tuple[int, list[sqlite3.Row]]]:
    """Yield the articles of each event, with the number of the event."""
    last, act = 0, 0
    while articles := conn.execute(_ARTICLES, (last, 5000)).fetchall():
        last = articles[-1]["id"]
        those = [one for one in articles if one["day"] and len(one["day"]) == 10 and one["id"] % 4]
        while those:
            act += 1
            count = 1 + (act % 3 == 0) + (act % 10 == 0) * 2
            yield act, those[:count]
            del those[:count]


def _write(conn: sqlite3.Connection, act: int, articles: Sequence[sqlite3.Row]) -> None:
    event = invented(articles[0], act)
    reports = []
    for article in articles:
        slots = rows.as_json(to_slots(event, article["title"], article["text"]))
        made = conn.execute(
            "INSERT INTO event_reports (article_id, number, slots) VALUES (?, 0, ?) RETURNING id",
            (article["id"], slots),
        )
        reports.append(
            Report(made.fetchone()[0], article["id"], 0, event, date.fromisoformat(article["day"]), ())
        )
    told = outline(reports)
    values = {
        **{
            name: getattr(told, name)
            for name in ("kind", "status", "date_start", "date_end", "date_precision")
        },
        **{name: getattr(told, name) for name in ("first_day", "last_day")},
        **{name: rows.as_json(getattr(told, name)) for name in ("countries", "places", "provinces")},
        "title": articles[0]["title"] or "",
        "report_count": len(reports),
        "source_count": len({one["source_id"] for one in articles}),
    }
    made = conn.execute(
        f"INSERT INTO events ({', '.join(values)}) VALUES ({', '.join('?' * len(values))}) RETURNING id",
        list(values.values()),
    )
    event_id = made.fetchone()[0]
    conn.executemany(
        "UPDATE event_reports SET event_id = ? WHERE id = ?", [(event_id, one.id) for one in reports]
    )
    rows.write_values(conn, [(one, event_id) for one in reports])


def _link(conn: sqlite3.Connection) -> None:
    """Make a thread of each thing that several events name."""
    conn.execute(
        "INSERT INTO threads (object, key, places, countries, event_count, first_day, last_day)"
        " SELECT max(name), event_objects.key, max(places), max(countries), count(DISTINCT events.id),"
        " min(first_day), max(last_day) FROM event_objects JOIN events ON events.id = event_id"
        " GROUP BY event_objects.key HAVING count(DISTINCT events.id) > 1"
    )
    conn.execute(
        "UPDATE events SET thread_id = (SELECT threads.id FROM event_objects JOIN threads USING (key)"
        " WHERE event_id = events.id) WHERE id IN (SELECT event_id FROM event_objects)"
    )
