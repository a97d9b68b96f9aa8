"""What a page says of itself to machines: ``<meta>``, ``<link>`` and JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from crawler.text.normalize import clean

_ARTICLE_TYPES = re.compile(r"article|blogposting|report\b", re.IGNORECASE)
_FIELDS = ("headline", "datePublished", "dateModified", "description", "articleSection", "name")
_BROKEN_FIELD = re.compile(rf'"({"|".join(_FIELDS[:5])})"\s*:\s*"((?:[^"\\]|\\.)*)"')
_BROKEN_AUTHOR = re.compile(r'"author"\s*:[^}]{0,500}?"name"\s*:\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
MAX_JSON = 300_000
"""Characters of a script that are read as JSON-LD."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The machine-readable head of a page.

    Args:
        metas: values by ``property``, ``name`` or ``itemprop``, lower case, in document order.
        story: the JSON-LD object of the article; empty when there is none.
        crumbs: names of a JSON-LD BreadcrumbList, outermost first.
    """

    metas: Mapping[str, tuple[str, ...]]
    story: Mapping[str, Any]
    crumbs: tuple[str, ...] = ()

    def first(self, *keys: str) -> tuple[str, str]:
        """Return the first value with text of the metas named, cleaned, and its name."""
        for key in keys:
            for value in self.metas.get(key, ()):
                if text := clean(value):
                    return text, key
        return "", ""

    def told(self, key: str) -> str:
        """Return a text of the JSON-LD object, cleaned; empty when it is not there or no text."""
        value = self.story.get(key)
        if isinstance(value, list) and value:
            value = value[-1]
        return clean(value) if isinstance(value, str) else ""

    @property
    def is_article(self) -> bool:
        """Whether the page calls itself an article."""
        return bool(self.story) or "article:published_time" in self.metas

    @property
    def is_walled(self) -> bool:
        """Whether the page says that not everybody may read it (schema.org ``isAccessibleForFree``)."""
        return str(self.story.get("isAccessibleForFree", "")).casefold() == "false"

    def keywords(self) -> list[str]:
        """Return the keywords of the JSON-LD object, which writes them as a list or as one text."""
        value = self.story.get("keywords")
        values = value if isinstance(value, list) else [value]
        return [clean(part) for one in values if isinstance(one, str) for part in one.split(",")]

    def people(self) -> list[str]:
        """Return the names under ``author`` of the JSON-LD object, organisations left out."""
        return list(_people(self.story.get("author")))


def read_metadata(tree: HtmlElement) -> Metadata:
    """Return what the page at `tree` says of itself; broken JSON-LD gives what can be saved."""
    metas: dict[str, list[str]] = {}
    for node in tree.iter("meta"):
        content = node.get("content")
        key = node.get("property") or node.get("name") or node.get("itemprop")
        if content and key:
            metas.setdefault(key.strip().lower(), []).append(content)
    story: dict[str, Any] = {}
    crumbs: tuple[str, ...] = ()
    for one in _json_ld(tree):
        kinds = one.get("@type")
        kind = " ".join(map(str, kinds)) if isinstance(kinds, list) else str(kinds or "")
        if _ARTICLE_TYPES.search(kind) and len(one) > len(story):
            story = one
        elif kind == "BreadcrumbList" and not crumbs:
            crumbs = tuple(_crumbs(one.get("itemListElement")))
    return Metadata({key: tuple(values) for key, values in metas.items()}, story, crumbs)


def _json_ld(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        text = (script.text or "").strip().strip(";")[:MAX_JSON]
        try:
            yield from _objects(json.loads(text, strict=False))
        except (ValueError, RecursionError):
            yield _salvage(text)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    stack = [value]
    while stack:
        one = stack.pop(0)
        if isinstance(one, list):
            stack = one + stack
        elif isinstance(one, dict):
            yield one
            if "@graph" in one:
                stack.insert(0, one["@graph"])


def _salvage(text: str) -> dict[str, Any]:
    """Return the plain fields of an object that no parser reads: raw quotes, missing commas."""
    if not _ARTICLE_TYPES.search(text):
        return {}
    found: dict[str, Any] = {"@type": "Article"}
    for key, value in _BROKEN_FIELD.findall(text):
        found.setdefault(key, value.replace('\\"', '"').replace("\\/", "/"))
    if author := _BROKEN_AUTHOR.search(text):
        found["author"] = {"name": author[1]}
    return found


def _people(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield clean(value)
    elif isinstance(value, list):
        for one in value:
            yield from _people(one)
    elif isinstance(value, dict) and "Organization" not in str(value.get("@type", "")):
        yield from _people(value.get("name"))


def _crumbs(items: Any) -> Iterator[str]:
    for one in items if isinstance(items, list) else ():
        if isinstance(one, dict):
            inner = one.get("item")
            name = one.get("name") or (inner.get("name") if isinstance(inner, dict) else None)
            if isinstance(name, str) and clean(name):
                yield clean(name)
