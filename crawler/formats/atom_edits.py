"""Atom 1.0 (RFC 4287): edits of articles for feed readers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from crawler.formats.atom import entry_id
from crawler.text.word_diff import Segment

FEED_ID = "tag:biengioi,2026:edits"
"""RFC 4151; the filter on size does not make another feed of it."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (§2.2)."""

_CONTEXT_CHARS = 80
"""What did not change is cut to so much on either side of what did."""


@dataclass(frozen=True, slots=True)
class EditEntry:
    """One edit as a feed shows it.

    Args:
        article: `source_id`, `url`, `title`, `content_hash`.
        number: of the version.
        at: when it was first seen, as stored.
        author: the name of the paper.
        summary: its size in words.
        link: to the comparison of both versions, a relative reference (RFC 3986 §4.2).
        changes: of title and text.
    """

    article: Mapping[str, Any]
    number: int
    at: str
    author: str
    summary: str
    link: str
    changes: Sequence[Sequence[Segment]]


def edits_feed(
    entries: Iterable[EditEntry], *, title: str, language: str, self_link: str, updated_at: str
) -> str:
    """Return a feed of edits.

    Args:
        self_link: its own address, a relative reference.
        updated_at: when the newest edit was seen.
    """
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": language})
    for name, text in {"id": FEED_ID, "title": title, "updated": updated_at, "generator": "biengioi"}.items():
        _add(feed, name, text)
    _add(feed, "link", rel="self", href=self_link)
    for one in entries:
        entry = _add(feed, "entry")
        _add(entry, "id", f"{entry_id(one.article)}#version-{one.number}")
        _add(entry, "title", one.article["title"] or "…")
        _add(entry, "link", rel="alternate", href=one.link)
        _add(entry, "updated", one.at)
        _add(_add(entry, "author"), "name", one.author)
        _add(entry, "summary", one.summary)
        _add(entry, "content", "".join(map(_marked, one.changes)), type="html")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, "unicode")}\n'


def _marked(segments: Sequence[Segment]) -> str:
    """Return a text that changed as HTML, one that did not as nothing."""
    if all(one.op == "equal" for one in segments):
        return ""
    tags = {"insert": "ins", "delete": "del"}
    pieces = [
        f"<{tag}>{html.escape(one.text)}</{tag}>"
        if (tag := tags.get(one.op))
        else html.escape(_cut(one.text))
        for one in segments
    ]
    return f"<p>{''.join(pieces)}</p>"


def _cut(text: str) -> str:
    if len(text) <= 2 * _CONTEXT_CHARS:
        return text
    return f"{text[:_CONTEXT_CHARS]} … {text[-_CONTEXT_CHARS:]}"


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    element = SubElement(parent, name, {key: _FORBIDDEN.sub("", value) for key, value in attributes.items()})
    element.text = None if text is None else _FORBIDDEN.sub("", text)
    return element
