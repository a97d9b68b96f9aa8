"""Events as JSON that keeps everything, the places of their words too; and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

_LISTS: Mapping[str, type] = {
    "places": Place,
    "people": Person,
    "bodies": Body,
    "agreements": Agreement,
    "figures": Figure,
    "objects": NamedObject,
}
_SPANS = ("act", "date_span", "span", "post_span")


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
    values = _known(Event, slots)
    for name, kind in _LISTS.items():
        values[name] = tuple(_made(kind, one) for one in values.get(name, ()))
    values["kind"], values["status"] = EventKind(values["kind"]), EventStatus(values["status"])
    values["countries"] = tuple(values["countries"])
    return Event(**values)


def _made(kind: type, table: Mapping[str, Any]) -> Any:
    values = _known(kind, table)
    if "spans" in values:
        values["spans"] = tuple(_span(one) for one in values["spans"])
    return kind(**values)


def _known(kind: Any, table: Mapping[str, Any]) -> dict[str, Any]:
    names = [field.name for field in fields(kind)]
    values = {name: table[name] for name in names if name in table}
    return {
        name: _span(value) if name in _SPANS and value is not None else value
        for name, value in values.items()
    }


def _span(values: Iterable[Any]) -> Span:
    part, start, end = values
    return Span(Part(part), start, end)
