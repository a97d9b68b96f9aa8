"""The first page: the border as a strip, what is new, what is busy, what needs attention."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crawler.reach.coverage import State
from db.articles import query
from db.articles.query import ArticleFilter
from db.service.status import read_health
from db.web import counts, strip
from db.web.article_list import cards
from db.web.event_counts import all_events
from db.web.page import Answer, Site, WebRequest
from db.web.scale import end_of_scale
from db.web.source_names import source_names
from db.web.source_pages import findings

_LATEST_COUNT = 8
_PLACE_COUNT = 12
_FINDING_COUNT = 4
_WEEK_COUNT = 26
_YEAR_DAYS = 365

LAST_RUN = "SELECT id, status, ended_at FROM runs WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Activity:
    """How often a place is named, this month so far and in the month before."""

    id: str
    country: str
    now: int
    before: int


def home(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the first page; of an empty collection the one that says how to begin."""
    health = read_health(conn, visit.now, site.watch.sources)
    names = source_names(conn)
    open_ones = findings(health, visit.language)
    article_count = counts.all_articles(conn)
    shared = {
        "title": "",
        "health": health,
        "findings": open_ones[:_FINDING_COUNT],
        "finding_count": len(open_ones),
        "last_run": conn.execute(LAST_RUN).fetchone(),
        "article_count": article_count,
    }
    if not article_count:
        return site.render("begin.html", visit, **shared)
    year_since = visit.days_ago(_YEAR_DAYS - 1)
    border = site.border
    if visit.division == "merged":
        border = strip.since_the_mergers(border, site.topic.gazetteer)
    shown = strip.place_ids(border, site.topic.gazetteer)
    by_place = of_places(conn, shown, year_since, date.max)
    silences = site.silences.of(conn, site.places, by_place, visit.now)
    empty = {silences[id_].state for id_ in shown if not by_place[id_]}
    lines = strip.wide(border, site.topic.gazetteer, by_place)
    tall_lines = strip.tall(border, site.topic.gazetteer, by_place)
    month_since = visit.today.replace(day=1)
    last_month = (month_since - timedelta(days=1)).replace(day=1)
    places = busiest(conn, site, month_since, last_month)
    weeks = counts.weeks(conn, visit.today, _WEEK_COUNT)
    week_since = visit.days_ago(6)
    return site.render(
        "home.html",
        visit,
        **shared,
        event_count=all_events(conn),
        week_count=counts.by_value(conn, "all", [""], week_since, date.max)[""],
        week_since=week_since,
        lines=lines,
        tall_lines=tall_lines,
        silences=silences,
        silent_states=[state for state in State if state in empty],
        place_link=lambda id_: visit.url("articles", place=id_, since=year_since),
        division=visit.division or "former",
        division_link=lambda division: visit.here(division=division if division == "merged" else None),
        line_name=lambda country: visit.language(f"strip.line.{country}"),
        strip_width=strip.WIDTH_PX,
        strip_height=strip.HEIGHT_PX,
        slant=strip.SLANT,
        tall_width=strip.TALL_WIDTH_PX,
        tall_height=strip.tall_height(tall_lines),
        year_since=year_since,
        latest=cards(query.articles(conn, ArticleFilter(limit=_LATEST_COUNT)), names),
        places=places,
        most_places=end_of_scale(count for one in places for count in (one.now, one.before)),
        month_since=month_since,
        last_month=last_month,
        last_month_until=month_since - timedelta(days=1),
        weeks=weeks,
        most_of_a_week=end_of_scale(sum(week.counts.values()) for week in weeks),
        countries=counts.COUNTRIES,
    )


def of_places(conn: sqlite3.Connection, ids: Sequence[str], since: date, until: date) -> dict[str, int]:
    """Return how many articles of some days are found under each place."""
    named = counts.by_value(conn, "place", ids, since, until)
    return query.place_counts(conn, ArticleFilter(since=since, until=until), ids, named)


def busiest(conn: sqlite3.Connection, site: Site, month_since: date, last_month: date) -> list[Activity]:
    """Return the places that are named most this month, then those of the last."""
    ids = [place.id for place in site.places.values() if place.kind != "country"]
    now = of_places(conn, ids, month_since, date.max)
    before = of_places(conn, ids, last_month, month_since - timedelta(days=1))
    ranked = sorted(ids, key=lambda id_: (-now[id_], -before[id_], id_))
    return [
        Activity(id_, site.places[id_].countries[0], now[id_], before[id_])
        for id_ in ranked[:_PLACE_COUNT]
        if now[id_] or before[id_]
    ]
