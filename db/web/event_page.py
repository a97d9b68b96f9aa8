"""One event: who, where, when, what was agreed, each with the sentence that says so; where reports differ."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from crawler.events.event import Part, Span
from db.events import query
from db.events.words import Values, merged_values, read_texts
from db.web.event_words import amount, day, span, stage, when
from db.web.page import Answer, Site, WebRequest, web_address
from db.web.source_names import source_names
from db.web.told import Told, spans_of

_MOST_READ = 12
"""Reports whose sentences are shown; further ones are listed."""
_MOST_REPORTS = 200
SIDES = ("VN", "CN", "LA", "KH")
"""In this order; others after them."""


def event(conn: sqlite3.Connection, site: Site, visit: WebRequest, event_id: int) -> Answer:
    """Return the page of one event."""
    row = query.event(conn, event_id)
    t = visit.language
    told = _told(conn, row)
    names = source_names(conn)
    numbers = {article_id: n for n, article_id in enumerate(_articles(row), start=1)}
    return site.render(
        "event.html",
        visit,
        title=row["title"],
        event=row,
        when=when(t, row),
        sides=_sides(row["people"], row["bodies"]),
        differing=list(_differing(row)),
        sayings=_sayer(told, numbers),
        value_of=lambda name, value: _value(visit, name, value),
        reports=[
            {
                **report,
                "n": numbers[report["article_id"]],
                "source_name": names.get(report["source_id"], report["source_id"]),
                "sentences": told[report["article_id"]].sentences if report["article_id"] in told else (),
                "original": web_address(report["url"]),
            }
            for report in _once(row["reports"])[:_MOST_REPORTS]
        ],
        thread=row["thread"] and _in_thread(visit, row),
        amount=lambda value: amount(t, value),
        span=lambda one: span(t, one),
    )


def _articles(row: Mapping[str, Any]) -> list[int]:
    return list(dict.fromkeys(report["article_id"] for report in row["reports"]))


def _once(reports: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the first report of each article."""
    found: dict[int, Mapping[str, Any]] = {}
    for report in reports:
        found.setdefault(report["article_id"], report)
    return list(found.values())


def _told(conn: sqlite3.Connection, row: Mapping[str, Any]) -> dict[int, Told]:
    """Return what the first reports tell, by article."""
    spans: dict[int, list[Span]] = defaultdict(list)
    for values in merged_values(row):
        for article_id, those in spans_of(values).items():
            spans[article_id] += those
    for report in row["reports"]:
        slots = report["slots"]
        spans[report["article_id"]] += [
            Span(Part(part), start, end)
            for part, start, end in filter(None, (slots["act"], slots.get("date_span")))
        ]
    texts = read_texts(conn, _articles(row)[:_MOST_READ])
    return {id_: Told(id_, one["title"], one["text"], spans[id_]) for id_, one in texts.items()}


def _sides(people: Values, bodies: Values) -> list[tuple[str, Values, Values]]:
    """Return who takes part, side by side: (side, people, bodies)."""
    found = {one["side"] for one in (*people, *bodies)}
    order = [side for side in SIDES if side in found] + sorted(found - set(SIDES))
    return [
        (
            side,
            [one for one in people if one["side"] == side],
            [one for one in bodies if one["side"] == side],
        )
        for side in order
    ]


def _differing(row: Mapping[str, Any]) -> Iterator[tuple[str, str, Values]]:
    """Yield what the reports say differently: (what, of what more exactly, the values)."""
    for name, values in row["said"].items():
        yield name, "", [{**one, "value": one[name]} for one in values]
    for figure in row["figures"]:
        if figure["differ"]:
            about = " ".join(filter(None, (figure["unit"], figure["period"])))
            yield "figure", about, figure["values"]


def _value(visit: WebRequest, name: str, value: object) -> str:
    """Return a value in which reports differ, in the reader's language."""
    t = visit.language
    match name:
        case "kind":
            return t.name("event_kind", str(value))
        case "status":
            return t.name("event_status", str(value))
        case "date" if value:
            return " – ".join(day(t, one) for one in str(value).split("/"))
        case "figure" if isinstance(value, (int, float)):
            return amount(t, value)
    return t("event.not_told")


def _sayer(
    told: Mapping[int, Told], numbers: Mapping[int, int]
) -> Callable[[Mapping[str, Any]], list[tuple[int, str]]]:
    """Return what gives, for a merged value, the reports that say so: (number, anchor of the sentence)."""

    def sayings(value: Mapping[str, Any]) -> list[tuple[int, str]]:
        spans = spans_of([value])
        return [
            (
                numbers[article_id],
                told[article_id].anchor(spans[article_id][0])
                if article_id in told and article_id in spans
                else f"report-{article_id}",
            )
            for article_id in value["article_ids"]
            if article_id in numbers
        ]

    return sayings


def _in_thread(visit: WebRequest, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event's thread as its page shows it: what came before and after, and the whole."""
    t, thread = visit.language, row["thread"]
    ids = [one["id"] for one in thread["events"]]
    at = ids.index(row["id"]) if row["id"] in ids else -1
    near = {
        "before": thread["events"][at - 1] if at > 0 else None,
        "after": thread["events"][at + 1] if 0 <= at < len(ids) - 1 else None,
    }
    return {
        "id": thread["id"],
        "object": thread["object"],
        "count": thread["event_count"],
        "stage": stage(t, row),
        "near": [(name, one, when(t, one), stage(t, one)) for name, one in near.items() if one is not None],
    }
