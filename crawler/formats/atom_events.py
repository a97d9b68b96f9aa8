"""Atom 1.0 (RFC 4287): events for feed readers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, tostring

FEED_ID = "tag:biengioi,2026:events"
"""Of the feed of all events (RFC 4151)."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (§2.2)."""


@dataclass(frozen=True, slots=True)
class EventEntry:
    """One event as a feed shows it.

    Args:
        event: `id`, `kind`, `title`, `countries`, `places`, `people`, `agreements`, `articles`, `stored_at`.
        link: to its page, a relative reference (RFC 3986 §4.2).
        summary: its kind and its day in the reader's language.
        places: what its places are called.
    """

    event: Mapping[str, Any]
    link: str
    summary: str
    places: Sequence[str]


def events_feed(
    entries: Iterable[EventEntry],
    *,
    question: Mapping[str, str],
    title: str,
    language: str,
    self_link: str,
    updated_at: str,
) -> str:
    """Return a feed of events.

    Args:
        question: what is asked for, by the names that addresses have; another question is another feed.
        self_link: its own address, a relative reference.
        updated_at: when the newest report of any of them was stored.
    """
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": language})
    id_ = f"{FEED_ID}?{urlencode(sorted(question.items()))}" if question else FEED_ID
    for name, text in {"id": id_, "title": title, "updated": updated_at, "generator": "biengioi"}.items():
        _add(feed, name, text)
    _add(feed, "link", rel="self", href=self_link)
    for one in entries:
        entry = _add(feed, "entry")
        _add(entry, "id", f"tag:biengioi,2026:event/{one.event['id']}")
        _add(entry, "title", one.event["title"])
        _add(entry, "link", rel="alternate", href=one.link)
        _add(entry, "updated", one.event["stored_at"] or updated_at)
        for paper in dict.fromkeys(article["source_id"] for article in one.event["articles"]) or (
            "biengioi",
        ):
            _add(_add(entry, "author"), "name", paper)
        for term in (one.event["kind"], *one.event["countries"], *one.event["places"]):
            _add(entry, "category", term=term)
        _add(entry, "summary", one.summary)
        _add(entry, "content", "".join(f"<p>{html.escape(line)}</p>" for line in _lines(one)), type="html")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, "unicode")}\n'


def _lines(one: EventEntry) -> Iterator[str]:
    """Yield what a feed tells of an event, line by line."""
    yield one.summary
    if one.places:
        yield ", ".join(one.places)
    for person in one.event["people"]:
        yield ", ".join(filter(None, (person["name"], person["post"]))) + f" ({person['side']})"
    yield from one.event["agreements"]


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    element = SubElement(parent, name, {key: _FORBIDDEN.sub("", value) for key, value in attributes.items()})
    element.text = None if text is None else _FORBIDDEN.sub("", text)
    return element
