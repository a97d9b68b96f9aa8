"""Events as JSON that keeps everything, the places of their words too; and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

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
)

Slots = dict[str, Any]
"""An event as JSON types; a span is ``[part, start, end]``."""

_PARTS = {part.value: part for part in Part}


def to_slots(event: Event, title: str | None, text: str) -> Slots:
    """Return an event with its spans, and in `words` those that name the act."""
    whole = title or "" if event.act.part is Part.TITLE else text
    return {**_table(event), "words": whole[event.act.start : event.act.end]}


def _table(one: Any) -> Slots:
    return {field.name: _value(getattr(one, field.name)) for field in fields(one)}


def _value(value: Any) -> Any:
    match value:
        case Span():
            return value.to_json()
        case tuple():
            return [_value(one) for one in value]
        case EventKind() | EventStatus():
            return value.value
        case Place() | Person() | Body() | Agreement() | Figure() | NamedObject():
            return _table(value)
    return value


def from_slots(slots: Mapping[str, Any]) -> Event:
    """Return the event of its slots; a later version's slots lose what this one does not know.

    Raises:
        ValueError, KeyError, TypeError: they are not those of an event.
    """
    return Event(
        kind=EventKind(slots["kind"]),
        status=EventStatus(slots["status"]),
        act=_span(slots["act"]),
        date=slots["date"],
        date_end=slots["date_end"],
        date_span=_span_or_none(slots["date_span"]),
        countries=tuple(slots["countries"]),
        places=tuple(Place(one["name"], _span(one["span"]), one["id"]) for one in slots["places"]),
        people=tuple(_person(one) for one in slots["people"]),
        bodies=tuple(Body(one["name"], one["side"], _span(one["span"])) for one in slots["bodies"]),
        agreements=tuple(Agreement(one["name"], _span(one["span"])) for one in slots["agreements"]),
        figures=tuple(_figure(one) for one in slots["figures"]),
        objects=tuple(_object(one) for one in slots["objects"]),
    )


def _person(one: Mapping[str, Any]) -> Person:
    spans = tuple(map(_span, one["spans"]))
    return Person(one["name"], one["post"], one["side"], spans, _span_or_none(one["post_span"]))


def _figure(one: Mapping[str, Any]) -> Figure:
    span = _span(one["span"])
    return Figure(one["what"], one["value"], one["unit"], span, one["period"], one["change"], one["is_plan"])


def _object(one: Mapping[str, Any]) -> NamedObject:
    return NamedObject(one["name"], one["key"], _span(one["span"]), one["edition"], one["stage"])


def _span_or_none(values: Sequence[Any] | None) -> Span | None:
    return None if values is None else _span(values)


def _span(values: Sequence[Any]) -> Span:
    return Span(_PARTS[values[0]], values[1], values[2])
