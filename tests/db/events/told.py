"""Texts that say their events outright, and what reads them: for tests that are not about reading."""

from __future__ import annotations

import json
from collections.abc import Sequence

from crawler.article import Published
from crawler.events.event import Event
from crawler.events.slots import from_slots, to_slots


def text_of(events: Sequence[Event]) -> str:
    """Return a text that tells these events."""
    return json.dumps([to_slots(event, "", "") for event in events], ensure_ascii=False)


def read_told(_title: str | None, text: str, _published: Published | None) -> tuple[Event, ...]:
    """Return the events of a text that says them; of any other none."""
    return tuple(from_slots(one) for one in json.loads(text)) if text.startswith("[") else ()


def read_fewer(title: str | None, text: str, published: Published | None) -> tuple[Event, ...]:
    """The same by other rules, which find no people."""
    from dataclasses import replace

    return tuple(replace(event, people=()) for event in read_told(title, text, published))
