"""Many reports of one act, told as one: what they agree in, who says what, where they differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crawler.events.event import Event, EventStatus, Span
from crawler.events.profile import (
    body_key,
    named_provinces,
    person_key,
    place_ids,
    place_name,
    provinces_of,
)
from crawler.events.report import Report
from crawler.events.times import Known, When, when
from crawler.text.normalize import canonical_text

MAX_PLACES = 8
"""Ids of places that an event is listed under."""

_PRECISION = {
    Known.DAY: "day",
    Known.DAY_OF_YEAR: "day",
    Known.MONTH: "month",
    Known.MONTH_OF_YEAR: "month",
    Known.YEAR: "year",
}
_MOST_EXACT = (Known.DAY, Known.DAY_OF_YEAR, Known.MONTH, Known.YEAR, Known.MONTH_OF_YEAR)


@dataclass(frozen=True, slots=True)
class Outline:
    """An event as it stands in a list.

    Args:
        first_day, last_day: the days that it may have been; where its date or year is not told, the day of
            its first report; '' where that is not known either.
        places: gazetteer ids of where it was.
        provinces: those on both sides that it concerns: of its places, then of who takes part.
        main: the report that tells it best: the main event of the article that came first.
    """

    kind: str
    status: str
    date_start: str | None
    date_end: str | None
    date_precision: str | None
    first_day: str
    last_day: str
    countries: tuple[str, ...]
    places: tuple[str, ...]
    provinces: tuple[str, ...]
    main: Report


def outline(reports: Sequence[Report]) -> Outline:
    """Return what an event's reports come to: what most of them say, of equals the first."""
    ordered = sorted(reports, key=_rank)
    events = [one.event for one in ordered]
    dated = _dated(ordered)
    time = when(dated, None) if dated else None
    days = _days(time, ordered)
    places = list(dict.fromkeys(id_ for one in events for id_ in place_ids(one)))
    return Outline(
        kind=_commonest(one.kind.value for one in events),
        status=_status(events),
        date_start=dated.date if dated else None,
        date_end=dated.date_end if dated and dated.date_end != dated.date else None,
        date_precision=_PRECISION.get(time.known) if time else None,
        first_day=days[0],
        last_day=days[1],
        countries=tuple(dict.fromkeys(code for one in events for code in one.countries)),
        places=tuple(places[:MAX_PLACES]),
        provinces=tuple(dict.fromkeys((*provinces_of(places), *_of_parties(events)))),
        main=ordered[0],
    )


def _rank(report: Report) -> tuple[int, date, int]:
    return min(report.number, 1), report.published or date.max, report.article_id


def _of_parties(events: Iterable[Event]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id_ for one in events for id_ in named_provinces(one)))


def _status(events: Iterable[Event]) -> str:
    was_held = any(one.status is EventStatus.HELD for one in events)
    return (EventStatus.HELD if was_held else EventStatus.PLANNED).value


def _commonest(values: Iterable[str]) -> str:
    return Counter(values).most_common(1)[0][0]  # of equals the one that came first


def _dated(ordered: Sequence[Report]) -> Event | None:
    """Return an event with the date that most of the most exact reports have."""
    by_known: dict[Known, list[Event]] = defaultdict(list)
    for one in ordered:
        by_known[when(one.event, None).known].append(one.event)
    for known in _MOST_EXACT:
        if events := by_known.get(known):
            ((best, _),) = Counter((one.date, one.date_end) for one in events).most_common(1)
            return next(one for one in events if (one.date, one.date_end) == best)
    return None


def _days(time: When | None, ordered: Sequence[Report]) -> tuple[str, str]:
    if time and time.first and time.last and time.known in (Known.DAY, Known.MONTH, Known.YEAR):
        return time.first.isoformat(), time.last.isoformat()
    published = min((one.published for one in ordered if one.published), default=None)
    day = published.isoformat() if published else ""
    return day, day


def merged(reports: Sequence[Report]) -> dict[str, Any]:
    """Return the slots of an event's reports as JSON types, each value with the articles that give it.

    People are `{name, side, posts: [{post, article_ids, spans}], article_ids, spans}`; figures
    `{what, unit, period, values: [{value, change, is_plan, article_ids, spans}], differ}`, where `differ`
    says that articles contradict each other; bodies, places and agreements `{name, article_ids, spans}` and
    more; `said` has the kinds, statuses and dates in which they differ. `spans` are where the words stand,
    each `[article_id, part, start, end]`.
    """
    ordered = sorted(reports, key=_rank)
    return {
        "people": _people(ordered),
        "bodies": _named(
            (one, body.name, {"side": body.side}, " ".join(sorted(body_key(body.name))), body.span)
            for one in ordered
            for body in one.event.bodies
        ),
        "places": _named(
            (one, place.name, {"id": place.id}, place.id or place_name(place.name), place.span)
            for one in ordered
            for place in one.event.places
        ),
        "agreements": _named(
            (one, paper.name, {}, canonical_text(paper.name), paper.span)
            for one in ordered
            for paper in one.event.agreements
        ),
        "figures": _figures(ordered),
        "said": _said(ordered),
    }


def _people(reports: Sequence[Report]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for report in reports:
        for person in report.event.people:
            one = found.setdefault(
                person_key(person), {"name": person.name, "side": person.side, "posts": [], **_nobody_yet()}
            )
            _add(one, report, person.spans[0])
            if person.post:
                said = next(
                    (post for post in one["posts"] if post["post"].casefold() == person.post.casefold()), None
                )
                if said is None:
                    one["posts"].append(said := {"post": person.post, **_nobody_yet()})
                _add(said, report, person.post_span)
    return list(found.values())


def _named(values: Iterable[tuple[Report, str, dict[str, Any], str, Span]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for report, name, more, key, span in values:
        one = found.setdefault(key, {"name": name, **more, **_nobody_yet()})
        _add(one, report, span)
    return list(found.values())


def _figures(reports: Sequence[Report]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for report in reports:
        for figure in report.event.figures:
            key = figure.what, canonical_text(figure.unit), canonical_text(figure.period or "")
            one = found.setdefault(
                key, {"what": figure.what, "unit": figure.unit, "period": figure.period, "values": []}
            )
            said = next((value for value in one["values"] if value["value"] == figure.value), None)
            if said is None:
                said = {
                    "value": figure.value,
                    "change": figure.change,
                    "is_plan": figure.is_plan,
                    **_nobody_yet(),
                }
                one["values"].append(said)
            _add(said, report, figure.span)
    for one in found.values():
        one["differ"] = _contradict([set(value["article_ids"]) for value in one["values"]])
    return list(found.values())


def _contradict(sides: Sequence[set[int]]) -> bool:
    """Whether two values are never told by one article: that one may count two things in one unit."""
    return any(one.isdisjoint(other) for number, one in enumerate(sides) for other in sides[:number])


def _said(reports: Sequence[Report]) -> dict[str, list[dict[str, Any]]]:
    """Return kinds, statuses and dates with who says them, of those in which reports differ."""
    values: dict[str, dict[str | None, dict[str, Any]]] = {"kind": {}, "status": {}, "date": {}}
    for report in reports:
        event = report.event
        for name, value, span in (
            ("kind", event.kind.value, event.act),
            ("status", event.status.value, event.act),
            ("date", "/".join(filter(None, (event.date, event.date_end))) or None, event.date_span),
        ):
            _add(values[name].setdefault(value, {name: value, **_nobody_yet()}), report, span)
    return {name: list(said.values()) for name, said in values.items() if len(said) > 1}


def _nobody_yet() -> dict[str, list[Any]]:
    return {"article_ids": [], "spans": []}


def _add(value: dict[str, Any], report: Report, span: Span | None) -> None:
    """Note that a report says so, and where."""
    if report.article_id not in value["article_ids"]:
        value["article_ids"].append(report.article_id)
        if span is not None:
            value["spans"].append([report.article_id, *span.to_json()])
