"""Events by any filter: as a picture over time, as a month's calendar, as a list; and as a feed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from crawler.article import format_instant
from crawler.errors import UsageError
from crawler.formats.atom_events import EventEntry, events_feed
from db.events.query import EventFilter, events, resolved
from db.export.events import EVENT_FORMATS, event_rows
from db.web import event_calendar, event_matrix
from db.web.event_counts import EventCounts, all_events, event_counts
from db.web.event_params import CHOICES, EventsAsked
from db.web.event_words import when
from db.web.facets import Choice, Facet
from db.web.i18n import Language
from db.web.page import Answer, Site, WebRequest
from db.web.query_params import DAYS, PAGE_COUNT
from db.web.scale import end_of_scale

FEED_COUNT = 50
"""Events of a feed; whoever reads it asks again."""

_CALENDAR_COUNT = 400
"""Events of a month that its calendar looks at."""
_LONGEST_DAYS = 31
"""An event that began so long before a month may still be on its first days."""
_ATOM = "application/atom+xml; charset=utf-8"


def events_page(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the page of the events that the address asks for; of what cannot be asked, what is wrong."""
    asked, problems = EventsAsked.read_what_can_be(visit.parameters)
    t, wanted = visit.language, asked.wanted
    found: EventCounts | None = None
    if not problems:
        try:
            wanted = resolved(conn, wanted)
            found = event_counts(conn, wanted)
        except UsageError as error:
            problems["q"] = error
    typed = {name: visit.parameters[name] for name in problems if name in visit.parameters}
    parameters = asked.parameters() | typed
    offset = (asked.page - 1) * PAGE_COUNT
    rows = [*events(conn, replace(wanted, limit=PAGE_COUNT + 1, offset=offset))] if found else []
    return site.render(
        "events.html",
        visit,
        status=400 if problems else 200,
        title=t("events.title"),
        asked=asked,
        typed=typed,
        chosen=_chosen(site, visit, asked),
        kept={name: value for name, value in parameters.items() if name not in (*DAYS, "begun", "q", "page")},
        months=by_month(t, rows[:PAGE_COUNT]),
        total=found.total if found else 0,
        problems=[t.problem(error) for error in problems.values()],
        is_empty=not rows and not all_events(conn),
        matrix=event_matrix.lay_out(found.months) if found and not asked.month else None,
        undated_count=sum(n for (_, month), n in found.months.items() if not month) if found else 0,
        cell_link=lambda kind, begun: visit.here(kind=kind, begun=begun, page=None),
        column_link=lambda begun: visit.here(begun=begun, page=None),
        column_name=lambda begun: column_name(t, begun),
        calendar=_calendar(conn, visit, asked, wanted) if found and asked.month else None,
        this_month=visit.here(begun=f"{visit.today:%Y-%m}", since=None, until=None, page=None),
        facets=_facets(site, visit, asked, found) if found else [],
        newer=visit.here(page=asked.page - 1 if asked.page > 2 else None) if asked.page > 1 else None,
        older=visit.here(page=asked.page + 1) if len(rows) > PAGE_COUNT else None,
        formats=EVENT_FORMATS,
        export_link=lambda name: visit.url(f"events.{name}", **parameters),
        when=when,
    )


def by_month(t: Language, rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return events, which come in order of time, under the names of their months."""
    groups = groupby(rows, key=lambda row: row["first_day"][:7])
    return [(column_name(t, month) if month else t("date.unknown"), list(those)) for month, those in groups]


def column_name(t: Language, begun: str) -> str:
    """Return what a month or a year is called."""
    try:
        return t.month(date.fromisoformat(f"{begun}-01")) if len(begun) == len("YYYY-MM") else begun
    except ValueError:
        return begun


def _chosen(site: Site, visit: WebRequest, asked: EventsAsked) -> list[dict[str, str]]:
    """Return each condition in words, with the address without it."""
    t, wanted = visit.language, asked.wanted
    words = {
        "q": wanted.query,
        **{name: _label(site, t, name, value) for name in CHOICES if (value := getattr(wanted, name))},
        "since": wanted.since and t.day(wanted.since),
        "until": wanted.until and t.day(wanted.until),
        "begun": wanted.begun and column_name(t, wanted.begun),
    }
    return [
        {"kind": name, "label": text, "without": visit.here(**{name: None, "page": None})}
        for name, text in words.items()
        if text
    ]


def _label(site: Site, t: Language, name: str, value: str) -> str:
    match name:
        case "place" | "beside":
            return site.place_name(value)
        case "kind":
            return t.name("event_kind", value)
        case "country" | "field":
            return t.name(name, value)
    return value


def _facets(site: Site, visit: WebRequest, asked: EventsAsked, found: EventCounts) -> list[Facet]:
    """Return what the events can be narrowed to; of what is chosen only the choice."""
    shown = []
    for name, counts in (("country", found.countries), ("kind", found.kinds)):
        chosen = getattr(asked.wanted, name)
        choices = [
            Choice(
                value,
                _label(site, visit.language, name, value),
                count,
                visit.here(**{name: None if value == chosen else value, "page": None}),
                value == chosen,
            )
            for value, count in counts.most_common()
            if chosen is None or value == chosen
        ]
        shown.append(Facet(name, tuple(choices), (), end_of_scale(one.count for one in choices)))
    years = [
        Choice(
            year,
            year,
            found.years[year],
            visit.here(begun=None if year == asked.wanted.begun else year, since=None, until=None, page=None),
            year == asked.wanted.begun,
        )
        for year in sorted(found.years, reverse=True)
        if not (asked.month or asked.wanted.since or asked.wanted.until)
    ]
    shown.append(
        Facet("year", tuple(years[:10]), tuple(years[10:]), end_of_scale(one.count for one in years))
    )
    return [facet for facet in shown if facet.choices]


def _calendar(
    conn: sqlite3.Connection, visit: WebRequest, asked: EventsAsked, wanted: EventFilter
) -> dict[str, Any]:
    """Return the month that is asked for, as its calendar shows it."""
    month = asked.month
    assert month is not None
    before, after = event_calendar.neighbours(month)
    since = month - timedelta(days=_LONGEST_DAYS)
    until = (after or month) - timedelta(days=1)
    during = replace(wanted, begun=None, since=month, until=until, limit=_CALENDAR_COUNT)
    rows = [row for row in events(conn, during) if row["first_day"] >= since.isoformat()]
    return {
        "name": visit.language.month(month),
        "weeks": event_calendar.weeks(month, rows[::-1]),
        "before": visit.here(begun=f"{before:%Y-%m}", page=None) if before else None,
        "after": visit.here(begun=f"{after:%Y-%m}", page=None) if after else None,
        "day_link": lambda day: visit.here(begun=None, since=day, until=day, page=None),
    }


def feed(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the events that the address asks for as an Atom feed, the latest first."""
    asked = EventsAsked.read(visit.parameters)
    t = visit.language
    rows = [*event_rows(conn, replace(asked.wanted, limit=FEED_COUNT))]
    question = asked.parameters()
    parts = [value if name == "q" else f"{name} {value}" for name, value in question.items()]
    entries = [
        EventEntry(
            row,
            visit.url(f"events/{row['id']}"),
            f"{t.name('event_kind', row['kind'])} · {when(t, row)}",
            [site.place_name(place) for place in row["places"]],
        )
        for row in rows
    ]
    body = events_feed(
        entries,
        question=question,
        title=" · ".join([f"{t('site.name')}: {t('events.title')}", *parts]),
        language=t.code,
        self_link=visit.origin + visit.here(),
        updated_at=max((row["stored_at"] or "" for row in rows), default="") or format_instant(visit.now),
    )
    return Answer(body, content_type=_ATOM)
