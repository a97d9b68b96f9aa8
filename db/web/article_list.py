"""Articles by any filter or search, with what they can be narrowed to: what every picture leads to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from crawler.errors import UsageError
from db.export.export import FORMATS
from db.web import counts
from db.web.facets import facets
from db.web.i18n import Language
from db.web.page import Answer, Site, WebRequest, web_address
from db.web.query_params import DAYS, FACETS, Asked
from db.web.results import Result, find
from db.web.source_names import source_names


def cards(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return articles as lists show them, with the names of their sources."""
    return [{**row, "source_name": names.get(row["source_id"], row["source_id"])} for row in rows]


def articles(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the page of what the address asks for; of what cannot be asked, what is wrong with it."""
    asked, problems = Asked.read_what_can_be(visit.parameters)
    t = visit.language
    names = source_names(conn)
    found = Result([], False, 0, False, {})
    if not problems:
        try:
            found = find(conn, asked, visit.today, visit.division)
        except UsageError as error:
            if asked.query is None:
                raise
            problems["q"] = error
    typed = {name: visit.parameters[name] for name in problems if name in visit.parameters}
    parameters = asked.parameters() | typed
    return site.render(
        "articles.html",
        visit,
        status=400 if problems else 200,
        title=t("search.title", query=asked.query) if asked.query else t("articles.title"),
        asked=asked,
        typed=typed,
        chosen=[
            {"kind": kind, "label": text, "without": visit.here(**{kind: None, "page": None})}
            for kind, text in conditions(site, t, asked, names)
        ],
        kept={name: value for name, value in parameters.items() if name not in ("q", "page")},
        kept_without_days={name: value for name, value in parameters.items() if name not in (*DAYS, "page")},
        articles=cards(found.articles, names),
        total=found.total,
        total_text=t.count("articles.more_than" if found.is_cut else "articles.count", found.total),
        orders=[
            (t(f"articles.by_{order}"), visit.here(order=order, page=None), order is asked.in_order)
            for order in asked.orders
        ],
        timeline_link=visit.url("timeline", **parameters),
        place_link=visit.url(f"places/{asked.wanted.place}") if asked.wanted.place in site.places else None,
        cut_note=t("articles.cut", n=t.number(found.total)) if found.is_cut else None,
        problems=[t.problem(error) for error in problems.values()],
        is_backwards=bool(
            asked.wanted.since and asked.wanted.until and asked.wanted.since > asked.wanted.until
        ),
        is_empty=not found.articles and not counts.all_articles(conn),
        address=web_address(asked.query),
        newer=visit.here(page=asked.page - 1 if asked.page > 2 else None) if asked.page > 1 else None,
        older=visit.here(page=asked.page + 1) if found.has_more else None,
        facets=facets(found.counts, asked, visit, lambda kind, value: label(site, t, names, kind, value)),
        formats=FORMATS.values(),
        export_link=lambda name: visit.url(f"articles.{name}", **parameters),
    )


def conditions(site: Site, t: Language, asked: Asked, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return each condition: the name of its parameter, and its value in words."""
    words = {
        "q": asked.query,
        **{
            kind: label(site, t, names, kind, value)
            for kind in FACETS
            if (value := getattr(asked.wanted, kind))
        },
        "since": asked.wanted.since and t.day(asked.wanted.since),
        "until": asked.wanted.until and t.day(asked.wanted.until),
        "copies": t("facet.with_copies") if asked.wanted.include_duplicates else None,
    }
    return [(kind, text) for kind, text in words.items() if text]


def label(site: Site, t: Language, names: Mapping[str, str], kind: str, value: str) -> str:
    """Return what a value of a facet is called."""
    match kind:
        case "source":
            return names.get(value, value)
        case "place":
            return site.place_name(value)
        case _:
            return t.name(kind, value)
