"""The headline, without the name of the paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from crawler.extraction.markup import line, select, squeeze
from crawler.extraction.metadata import Metadata
from crawler.extraction.result import Document
from crawler.extraction.surroundings import Outline
from crawler.extraction.wording import plain, wording
from crawler.families import Layout
from crawler.text.fold import fold
from crawler.text.normalize import clean

LONGEST = 300
ALIKE = 0.4
"""An ``<h1>`` that shares fewer words with the metadata is the paper's name, not the headline."""
_SEPARATOR = re.compile(r"\s+[-–—|»•]\s+|:\s+|\s*\|\s*")


def read_title(
    document: Document, metadata: Metadata, layout: Layout, outline: Outline
) -> tuple[str | None, str]:
    """Return the headline and where it was found; None if the page has none.

    The layout's own node goes first. Else it is what the metadata call the story, or the longest
    beginning of it up to a separator, that the page shows as a line of its own; then an ``<h1>``
    that nearly says the same; then the metadata less the paper's name; then a lone ``<h1>``.
    """
    for selector in layout.title:
        for node in select(document.tree, selector):
            if text := line(node):
                return _cut(text), f"css {selector}"
    meta, key = metadata.first("og:title", "twitter:title", "title")
    told = metadata.told("headline")
    calls = {f"meta {key}": meta, "json-ld headline": told, "title": document.title or ""}
    shown = {block.key: block.text for block in outline.blocks if len(block.text) <= LONGEST}
    parts = {part for title in calls.values() for part in (title, *_beginnings(title)) if part}
    for part in sorted(parts, key=lambda one: (-len(one), one)):
        if found := shown.get(squeeze(part)):
            return _cut(found), "line"
    headings = [text for node in document.tree.iter("h1") if 0 < len(text := line(node)) <= LONGEST]
    names = _site_names(document, metadata)
    bare = {origin: without_site(title, names) for origin, title in calls.items() if title}
    alike = max(((_likeness(text, one), text) for text in headings for one in bare.values()), default=None)
    if alike and alike[0] >= ALIKE:
        return _cut(alike[1]), "h1"
    for origin, title in bare.items():
        return _cut(title), origin
    return (_cut(headings[0]), "h1") if headings else (None, "")


def _beginnings(title: str) -> Iterator[str]:
    """Yield what stands before each separator of `title`, if it is long enough for a headline."""
    for match in _SEPARATOR.finditer(title):
        if len(title[: match.start()].split()) >= (5 if ":" in match.group() else 3):
            yield title[: match.start()]


def without_site(title: str, names: set[str]) -> str:
    """Return `title` without trailing parts that only name the paper.

    Args:
        names: the paper's, folded to letters and digits.
    """
    words = wording().title
    for match in reversed(list(_SEPARATOR.finditer(title))):
        tail = plain(title[match.end() :])
        if not (_key(tail) in names or tail.startswith(words.begins) or tail.endswith(words.ends)):
            break
        title = title[: match.start()]
    return title


def _cut(title: str) -> str:
    return clean(title)[: LONGEST * 2].strip()


def _likeness(one: str, other: str) -> float:
    """Return the share of words that two headlines have in common, of the longer one's."""
    left, right = set(fold(one).split()), set(fold(other).split())
    return len(left & right) / max(len(left), len(right), 1)


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(text))


def _site_names(document: Document, metadata: Metadata) -> set[str]:
    """Return the folded names the paper has: its host, ``og:site_name``, its publisher."""
    host = (urlsplit(document.page.final_url).hostname or "").removeprefix("www.")
    site, _ = metadata.first("og:site_name", "application-name", "generator", "author")
    publisher = metadata.story.get("publisher")
    called = publisher.get("name") if isinstance(publisher, dict) else None
    found = (host, host.split(".")[0], site, site.partition(" - ")[0], called)
    return {_key(name) for name in found if name and isinstance(name, str)}
