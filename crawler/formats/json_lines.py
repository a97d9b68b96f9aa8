"""Our JSON lines: one article a line with all that belongs to it (db/export/article_lines.py writes)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from crawler.article import Precision
from crawler.errors import UsageError
from crawler.identity.content import content_hash
from crawler.identity.urls import canonical_url
from crawler.topic.relevance import Grade

MAX_LINE_BYTES = 64 << 20
"""Longer lines are no articles."""

_LARGEST_ID = 1 << 53
"""Above it other readers of JSON round (RFC 8259 §6), and SQLite would soon have no next id."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says, checked.

    Args:
        id: the article's in the collection it came from, which `duplicate_of` speaks of too.
        duplicate_of: the article that it repeats.
        columns: the other columns of the article.
        sources: of the article and its sightings: id, name, homepage.
        sightings: url, source_id, title, seen_at.
        revisions: number, title, lead, text, content_hash, seen_at.
    """

    id: int
    duplicate_of: int | None
    columns: dict[str, Any]
    sources: list[dict[str, Any]]
    sightings: list[dict[str, Any]]
    revisions: list[dict[str, Any]]


def read_json_line(data: bytes) -> Line:
    """Return what a line of such a file says.

    Raises:
        UsageError: it is no such line; the text says what is wrong, as the end of a sentence that
            begins with the line.
    """
    try:
        values = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"is not JSON ({error}).") from error
    if not isinstance(values, dict):
        raise UsageError("is not a JSON object.")
    _check("", values, _ARTICLE)
    for name, keys in {"sources": _SOURCE, "sightings": _SIGHTING, "revisions": _REVISION}.items():
        for one in values.setdefault(name, []):
            _check(f"{name}.", one, keys)
    for version in (values, *values["revisions"]):
        if content_hash(version["text"]) != version["content_hash"]:
            raise UsageError("has a content_hash that is not that of its text.")
    _check_published(values.get("published_at"), values.get("published_precision"))
    if len({one["number"] for one in values["revisions"]}) < len(values["revisions"]):
        raise UsageError("has two revisions with one number.")
    named = {source["id"] for source in values["sources"]}
    used = {values["source_id"], *(one["source_id"] for one in values["sightings"])}
    if unnamed := used - named:
        raise UsageError(f"names the source {min(unnamed)!r}, which is not among its sources.")
    parts = {name: values.pop(name) for name in ("sources", "sightings", "revisions")}
    return Line(values.pop("id"), values.pop("duplicate_of", None), values, **parts)


def _check(prefix: str, values: Any, keys: Mapping[str, _Key]) -> None:
    if not isinstance(values, dict):
        raise UsageError(f"has {prefix.rstrip('.')} that are no objects.")
    for name, key in keys.items():
        if name in values and not key.fits(values[name]):
            raise UsageError(f"has a {prefix}{name} that no export writes; it must be {key.wanted}.")
        if name not in values and not key.optional:
            raise UsageError(f"is no article of an export: {prefix}{name} is missing.")
    if unknown := values.keys() - keys.keys():
        raise UsageError(f"has the unknown key {prefix}{min(unknown)}; a newer biengioi may know it.")


def _check_published(at: str | None, precision: str | None) -> None:
    """Check that a date is there in the form of its precision (`crawler.article.Published`)."""
    try:
        match precision:
            case None if at is None:
                return
            case Precision.MONTH:
                date.fromisoformat(f"{at}-01")
            case Precision.DAY:
                date.fromisoformat(str(at))
            case _ if precision and at and _is_instant(at):
                return
            case _:
                raise ValueError
    except ValueError:
        raise UsageError(f"has a published_at that is no {precision or 'precision'}.") from None


@dataclass(frozen=True, slots=True)
class _Key:
    """What a key holds; an optional one may be absent, as an older program may not have known it."""

    fits: Callable[[Any], bool]
    wanted: str
    optional: bool = False


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_instant(value: Any) -> bool:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and canonical_url(value) is not None


def _is_number(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _or_null(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _has(*names: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and value.keys() >= set(names)


def _one_of(words: Iterable[str]) -> Callable[[Any], bool]:
    known = frozenset(words)
    return lambda value: isinstance(value, str) and value in known


_TEXT = _Key(_is_text, "text")
_TEXT_OR_NULL = _Key(_or_null(_is_text), "text or null", optional=True)
_ADDRESS_OR_NULL = _Key(_or_null(_is_address), "an http or https address or null", optional=True)
_INSTANT_KEY = _Key(_is_instant, "a time, YYYY-MM-DDTHH:MM:SSZ")
_ID = _Key(_is_number(1, _LARGEST_ID), "a number from 1")
_TEXTS = _Key(_is_list_of(_is_text), "an array of text", optional=True)
_ARRAY = _Key(lambda value: isinstance(value, list), "an array", optional=True)
_SOURCE_ID = _Key(lambda value: isinstance(value, str) and value != "", "the id of a source")

_ARTICLE: dict[str, _Key] = {
    "id": _ID,
    "source_id": _SOURCE_ID,
    "url": _ADDRESS_OR_NULL,
    "canonical_url": _TEXT_OR_NULL,
    "title": _TEXT_OR_NULL,
    "lead": _TEXT_OR_NULL,
    "text": _TEXT,
    "captions": _TEXTS,
    "authors": _TEXTS,
    "section": _TEXT_OR_NULL,
    "tags": _TEXTS,
    "image_url": _TEXT_OR_NULL,
    "published_at": _TEXT_OR_NULL,
    "published_precision": _Key(_or_null(_one_of(Precision)), "a precision or null", optional=True),
    "fetched_at": _INSTANT_KEY,
    "language": _TEXT,
    "content_hash": _TEXT,
    "duplicate_of": _Key(_or_null(_is_number(1, _LARGEST_ID)), "an id or null", optional=True),
    "topic_score": _Key(_or_null(_is_number(0, 100)), "a number from 0 to 100 or null", optional=True),
    "topic_grade": _Key(_or_null(_one_of(Grade)), "a grade or null", optional=True),
    "topic_terms": _Key(_is_list_of(_has("term", "zone", "weight")), "an array of terms", optional=True),
    "countries": _TEXTS,
    "places": _TEXTS,
    "fields": _TEXTS,
    "evidence": _Key(_is_list_of(_has("id", "sentence")), "an array of evidence", optional=True),
    "sources": _ARRAY,
    "sightings": _ARRAY,
    "revisions": _ARRAY,
}
"""The columns of `articles` and what belongs to the article besides; they may grow."""

_SOURCE = {"id": _SOURCE_ID, "name": _TEXT, "homepage": _TEXT_OR_NULL}
_SIGHTING = {
    "url": _TEXT,
    "source_id": _SOURCE_ID,
    "title": _TEXT_OR_NULL,
    "seen_at": _INSTANT_KEY,
}
_REVISION = {
    "number": _Key(_is_number(1, _LARGEST_ID), "a number from 1"),
    "title": _TEXT_OR_NULL,
    "lead": _TEXT_OR_NULL,
    "text": _TEXT,
    "content_hash": _TEXT,
    "seen_at": _INSTANT_KEY,
}
