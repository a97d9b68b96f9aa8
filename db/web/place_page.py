"""A gate or a province, or a pair across the border: what happened there, figures, threads, silence."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import orjson

from crawler.errors import NotFoundError, UsageError
from crawler.text.normalize import canonical_text
from db.events.query import EventFilter, events, where
from db.web import chart, event_matrix
from db.web.event_list import column_name
from db.web.event_words import amount, span, when
from db.web.home import of_places
from db.web.i18n import Language
from db.web.page import Answer, Site, WebRequest

_LATEST_COUNT = 20
_THREAD_COUNT = 12
_PARTNER_COUNT = 12
_GATE_COUNT = 40
_SERIES_COUNT = 8
_POINT_COUNT = 40
"""Of a series, the latest."""
_LEAST_DRAWN = 3
"""Points of a series that are drawn."""
_MOST_IDS = 3000
"""Events whose figures are looked at, the latest."""
_YEAR_DAYS = 365

_FIGURES = """
SELECT what, value, unit, period, change, is_plan, event_id, article_id, first_day, date_start, date_end
FROM event_figures JOIN events ON events.id = event_id
WHERE event_id IN (SELECT value FROM json_each(?)) ORDER BY first_day, event_id, report_id, number
"""

_THREADS = """
SELECT id, object, event_count, first_day, last_day FROM threads
WHERE id IN (SELECT value FROM json_each(?)) ORDER BY last_day DESC, id DESC
"""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series: of one event, by the first article that gives it."""

    value: float
    text: str
    period: str
    change: str
    is_plan: bool
    event_id: int
    article_id: int
    when: str


@dataclass(frozen=True, slots=True)
class FigureSeries:
    """Figures of one thing in one unit, in order of time.

    Args:
        drawn: the chart of its points; None where they are too few.
        left_out: earlier points that are not shown.
    """

    what: str
    unit: str
    points: tuple[Point, ...]
    drawn: chart.Chart | None
    left_out: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What one pass over the events of a place finds."""

    ids: list[int]
    months: Counter[tuple[str, str]]
    threads: Counter[int]
    places: Counter[str]
    provinces: Counter[str]


def place(conn: sqlite3.Connection, site: Site, visit: WebRequest, place_id: str) -> Answer:
    """Return the page of a place, of a pair of places where the address names another beside.

    Raises:
        NotFoundError: the gazetteer has no such place.
        UsageError: it has none that would stand beside.
    """
    beside = visit.parameters.get("beside") or None
    if place_id not in site.places:
        raise NotFoundError(f"There is no place {place_id}.")
    if beside and beside not in site.places:
        raise UsageError(f"There is no place {beside}.", key="place")
    here = site.places[place_id]
    wanted = (
        EventFilter(country=place_id)
        if here.kind == "country"
        else EventFilter(place=place_id, beside=beside)
    )
    found = _look(conn, wanted)
    rows = [*events(conn, replace(wanted, limit=_LATEST_COUNT))]
    t = visit.language
    since = visit.days_ago(_YEAR_DAYS - 1)
    articles = of_places(conn, [place_id], since, date.max) if here.kind != "country" else {}
    silences = site.silences.of(conn, site.places, articles, visit.now) if articles else {}
    question = wanted.question()
    return site.render(
        "place.html",
        visit,
        title=" – ".join(site.place_name(id_) for id_ in (place_id, beside) if id_),
        place=here,
        beside=beside and site.places[beside],
        around=[
            (name, site.places[id_])
            for name in ("province", "neighbour", "counterpart", "merged_into")
            if (id_ := getattr(here, name)) and id_ in site.places
        ],
        events=rows,
        total=found.months.total(),
        events_link=visit.url("events", **question),
        articles_link=None if beside else visit.url("articles", **question),
        year_link=visit.url("articles", place=place_id, since=since),
        year_count=articles.get(place_id, 0),
        silence=None if beside else silences.get(place_id),
        matrix=event_matrix.lay_out(found.months),
        cell_link=lambda kind, begun: visit.url("events", **question, kind=kind, begun=begun),
        column_link=lambda begun: visit.url("events", **question, begun=begun),
        column_name=lambda begun: column_name(t, begun),
        undated_count=sum(count for (_, month), count in found.months.items() if not month),
        partners=_partners(site, here.id, found.provinces) if not beside else [],
        gates=[] if beside else [
            (site.places[id_], count)
            for id_, count in found.places.most_common()
            if id_ in site.places and site.places[id_].kind == "gate" and id_ != place_id
        ][:_GATE_COUNT],
        series=list(_series(conn, visit, found.ids)),
        threads=_threads(conn, [id_ for id_, _ in found.threads.most_common(_THREAD_COUNT)]),
        width=chart.WIDTH_PX,
        height=chart.HEIGHT_PX,
        amount=lambda value: amount(t, value),
        when=when,
        span=lambda one: span(t, one),
    )  # fmt: skip


def _look(conn: sqlite3.Connection, wanted: EventFilter) -> _Found:
    condition, values = where(wanted)
    asked = conn.execute(
        "SELECT id, kind, substr(first_day, 1, 7), thread_id, places, provinces FROM events NOT INDEXED"  # noqa: S608
        f" WHERE {condition} ORDER BY first_day DESC, id DESC",
        values,
    )
    asked.row_factory = None  # tuples are quicker than sqlite3.Row, of which there may be very many
    rows = asked.fetchall()
    return _Found(
        [row[0] for row in rows[:_MOST_IDS]],
        Counter(row[1:3] for row in rows),
        Counter(row[3] for row in rows if row[3] is not None),
        _members(row[4] for row in rows),
        _members(row[5] for row in rows),
    )


def _members(lists: Iterable[str]) -> Counter[str]:
    """Return how often each id is in lists of them; the same few lists come again and again."""
    found: Counter[str] = Counter()
    for text, count in Counter(lists).items():
        for id_ in orjson.loads(text):
            found[id_] += count
    return found


def _threads(conn: sqlite3.Connection, ids: Sequence[int]) -> list[sqlite3.Row]:
    return conn.execute(_THREADS, (orjson.dumps(list(ids)).decode(),)).fetchall()


def _partners(site: Site, place_id: str, provinces: Counter[str]) -> list[tuple[str, int]]:
    """Return the provinces on the other side that events here concern, most often first."""
    here = site.places[place_id]
    if here.kind not in ("province", "abroad-province"):
        return []
    return [
        (id_, count)
        for id_, count in provinces.most_common()
        if id_ in site.places and site.places[id_].is_abroad != here.is_abroad
    ][:_PARTNER_COUNT]


def _series(conn: sqlite3.Connection, visit: WebRequest, ids: Sequence[int]) -> Iterator[FigureSeries]:
    """Yield the figures that events give again and again, those with most points first."""
    t = visit.language
    same_unit = cache(canonical_text)
    given: dict[tuple[str, str], list[sqlite3.Row]] = {}
    seen: set[tuple[object, ...]] = set()
    for row in conn.execute(_FIGURES, (orjson.dumps(list(ids)).decode(),)):
        key = row["what"], same_unit(row["unit"])
        once = (*key, row["event_id"], row["value"])
        if once not in seen:
            seen.add(once)
            given.setdefault(key, []).append(row)
    again = {key: those for key, those in given.items() if len({one["event_id"] for one in those}) > 1}
    for key, those in sorted(again.items(), key=lambda one: (-len(one[1]), one[0]))[:_SERIES_COUNT]:
        shown = tuple(_point(t, row) for row in map(dict, those[-_POINT_COUNT:]))
        values = [max(0.0, one.value) for one in shown]
        drawn = (
            chart.lay_out([values], is_whole=False) if len(shown) >= _LEAST_DRAWN and any(values) else None
        )
        yield FigureSeries(key[0], those[0]["unit"], shown, drawn, len(those) - len(shown))


def _point(t: Language, row: Mapping[str, Any]) -> Point:
    return Point(
        row["value"],
        amount(t, row["value"]),
        row["period"] or "",
        row["change"] or "",
        bool(row["is_plan"]),
        row["event_id"],
        row["article_id"],
        when(t, row),
    )
