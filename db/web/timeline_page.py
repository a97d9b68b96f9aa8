"""Queries over time, side by side, and what stands out in a result against the rest."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from crawler.buckets import Bucket, Grain
from crawler.errors import UsageError
from crawler.text.keyness import Standout
from db.articles.standouts import KINDS, top
from db.articles.timeline import Series, Timeline, timeline
from db.web import chart
from db.web.article_list import label
from db.web.i18n import Language
from db.web.page import Answer, Site, WebRequest
from db.web.query_params import DAYS, Asked
from db.web.source_names import source_names

_QUERY_NAMES = ("q", "q2", "q3")
_NOTHING = Timeline(Grain.MONTH, (), (), ())


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of the chart and its table.

    Args:
        text: as the reader reads it: a count, or a share.
        link: to the list that it counts.
    """

    text: str
    link: str


def timeline_page(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the timeline of the queries that the address names; of one that is none, what is wrong."""
    typed = {name: visit.parameters.get(name, "") for name in _QUERY_NAMES}
    read = [Asked.read_what_can_be({"q": text}) for text in typed.values()]
    queries = [one.query for one, _ in read if one.query]
    others = {name: value for name, value in visit.parameters.items() if name not in _QUERY_NAMES}
    asked, wrong = Asked.read_what_can_be(others)
    problems = [*(error for _, errors in read for error in errors.values()), *wrong.values()]
    is_share = visit.parameters.get("normalised") == "1"
    found = _NOTHING
    try:
        grain = _grain(visit)
        if not problems:
            found = timeline(conn, queries, asked.wanted, grain, today=visit.today)
    except UsageError as error:
        problems.append(error)
    values = [one.shares(found.kept) if is_share else one.counts for one in found.series]
    filters = {name: value for name, value in asked.parameters().items() if name != "order"}
    t = visit.language
    return site.render(
        "timeline.html",
        visit,
        status=400 if problems else 200,
        title=t("timeline.title"),
        typed=typed,
        wrong=wrong,
        days={name: visit.parameters.get(name, "") for name in DAYS},
        hidden={name: value for name, value in filters.items() if name not in ("since", "until")},
        problems=[t.problem(error) for error in problems],
        grains=list(Grain),
        grain=found.grain,
        is_share=is_share,
        series=[_described(visit, filters, one) for one in found.series],
        names=[_named(t, bucket) for bucket in found.buckets],
        cells=[
            [
                Cell(
                    _text(t, values[number][bucket], is_share=is_share),
                    _link(visit, filters, asked, one.query, when),
                )
                for number, one in enumerate(found.series)
            ]
            for bucket, when in enumerate(found.buckets)
        ],
        kept=[
            Cell(t.number(count), _link(visit, _copies(filters), asked, None, when))
            for count, when in zip(found.kept, found.buckets, strict=True)
        ],
        chart=chart.lay_out(values, is_whole=not is_share),
        tick=lambda value: _text(t, value, is_share=is_share),
        width=chart.WIDTH_PX,
        height=chart.HEIGHT_PX,
    )


def _grain(visit: WebRequest) -> Grain | None:
    text = visit.parameters.get("by")
    if not text:
        return None
    try:
        return Grain(text)
    except ValueError:
        names = ", ".join(Grain)
        raise UsageError(f"by must be one of {names}.", key="one_of", name="by", names=names) from None


def _described(visit: WebRequest, filters: dict[str, str], one: Series) -> dict[str, Any]:
    """Return a series as the legend shows it, with what its buckets do not hold."""
    t = visit.language
    notes = [
        t.count(f"timeline.{name}", count)
        for name, count in (("undated", one.undated_count), ("earlier", one.earlier_count))
        if count
    ]
    return {
        "label": one.query or t("timeline.everything"),
        "is_query": one.query is not None,
        "total": t.count("articles.count", one.article_count),
        "link": visit.url("articles", **filters, q=one.query),
        "top": visit.url("top", **filters, q=one.query),
        "notes": notes,
    }


def _copies(filters: dict[str, str]) -> dict[str, str]:
    """Return what chooses all articles that a share is a share of."""
    return {name: value for name, value in filters.items() if name == "copies"}


def _link(visit: WebRequest, filters: dict[str, str], asked: Asked, query: str | None, bucket: Bucket) -> str:
    """Return the address of the list of one bucket, within the days that are chosen already."""
    since = max(bucket.since, asked.wanted.since or bucket.since)
    until = min(bucket.until, asked.wanted.until or bucket.until)
    days = {"since": since.isoformat(), "until": until.isoformat()}
    return visit.url("articles", **{**filters, "q": query, **days})


def _named(t: Language, bucket: Bucket) -> str:
    match bucket.grain:
        case Grain.DAY:
            return t.day(bucket.since)
        case Grain.WEEK:
            return f"{t.day(bucket.since)} – {t.day(bucket.until)}"
        case Grain.MONTH:
            return t.month(bucket.since)


def _text(t: Language, value: float, *, is_share: bool) -> str:
    if not is_share:
        return t.number(value)
    return f"{_decimal(t, 100 * value, 0 if value >= 0.1 or not value else 1 if value >= 0.01 else 2)} %"


def _decimal(t: Language, value: float, places: int) -> str:
    text = f"{value:.{places}f}"
    return text.replace(".", ",") if t.code == "vi" else text


def top_page(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return what stands out in the result that the address asks for."""
    asked = Asked.read(visit.parameters)
    t = visit.language
    names = source_names(conn)
    found, problem = None, ""
    try:
        found = top(conn, asked.query, asked.wanted)
    except UsageError as error:
        problem = t.problem(error)
    filters = replace(asked, order=None).parameters()
    return site.render(
        "top.html",
        visit,
        status=400 if problem else 200,
        title=t("top.title"),
        asked=asked,
        problem=problem,
        found=found,
        result_link=visit.url("articles", **filters),
        result_label=asked.query or t("timeline.everything"),
        kinds=[
            (
                kind,
                [
                    (one, _name(site, t, names, kind, one), _list_of(visit, filters, kind, one))
                    for one in ones
                ],
            )
            for kind in KINDS
            if (ones := found.found[kind] if found else ())
        ],
        decimal=partial(_decimal, t),
        share=lambda count, all_: _text(t, count / all_ if all_ else 0, is_share=True),
    )


def _name(site: Site, t: Language, names: dict[str, str], kind: str, one: Standout) -> str:
    return one.term if kind in ("word", "author") else label(site, t, names, kind, one.term)


def _list_of(visit: WebRequest, filters: dict[str, str], kind: str, one: Standout) -> str | None:
    """Return the address of the articles of the result that have a term; None where no list chooses by it."""
    match kind:
        case "word":
            asked = filters.get("q")
            phrase = f'"{one.term}"'
            return visit.url("articles", **{**filters, "q": f"({asked}) {phrase}" if asked else phrase})
        case "place" | "source":
            return visit.url("articles", **{**filters, kind: one.term})
        case _:
            return None
