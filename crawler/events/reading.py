"""An article read for events: all that the worker does, and by which rules."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from crawler.article import Precision, Published
from crawler.events.event import Event
from crawler.events.objects import with_objects

_RULES = (Path(__file__).parent, Path(__file__).parent.parent / "topic")
"""Whose code and data decide what is found, and which reports are of one act."""
_VERSION_CHARS = 16
"""Of the hash, in hex."""


def read_events(title: str | None, text: str, published: Published | None) -> tuple[Event, ...]:
    """Return the events that an article reports, the main one first, with the objects that they share."""
    from crawler.events.extract import extract_events  # whoever only asks for the rules need not know how

    return with_objects(extract_events(title, text, _told(published)), title, text)


def _told(published: Published | None) -> str | None:
    if published is None:
        return None
    return published.at if published.precision is Precision.MONTH else published.local_day.isoformat()


@cache
def rules_version() -> str:
    """Return by which rules articles are read: another one as soon as a word of them changes."""
    said = hashlib.sha256()
    for folder in _RULES:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".toml"):
                said.update(path.name.encode() + path.read_bytes())
    return said.hexdigest()[:_VERSION_CHARS]
