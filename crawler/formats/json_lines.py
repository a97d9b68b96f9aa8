"""Our JSON lines: one article a line with all that belongs to it (db/export/article_lines.py writes)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from crawler.article import (
    EXPORTED,
    INSTANT,
    NUMBER,
    REVISION_KIND,
    SOURCE_ID,
    TEXT,
    Key,
    Precision,
    is_instant,
)
from crawler.errors import UsageError
from crawler.text.normalize import content_hash


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says, checked.

    Args:
        id: the article's in the collection it came from, which `duplicate_of` speaks of too.
        duplicate_of: the article that it repeats.
        columns: the other columns of the article.
        sources: of the article and its sightings: id, name, homepage.
        sightings: url, source_id, title, seen_at.
        revisions: number, title, lead, text, content_hash, seen_at, kind.
        unknown: keys that this version does not know, and left out; of a part as "sightings.KEY".
    """

    id: int
    duplicate_of: int | None
    columns: dict[str, Any]
    sources: list[dict[str, Any]]
    sightings: list[dict[str, Any]]
    revisions: list[dict[str, Any]]
    unknown: Set[str]


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
    unknown = set(_check("", values, EXPORTED, also=_PARTS))
    for name, keys in _PARTS.items():
        if not isinstance(values.setdefault(name, []), list):
            raise UsageError(f"has a {name} that no export writes; it must be an array.")
        for one in values[name]:
            unknown.update(_check(f"{name}.", one, keys))
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
    parts = {name: values.pop(name) for name in _PARTS}
    return Line(values.pop("id"), values.pop("duplicate_of", None), values, **parts, unknown=unknown)


def _check(prefix: str, values: Any, keys: Iterable[Key], also: Collection[str] = ()) -> list[str]:
    """Take out of an object what its keys do not name, and return the names.

    Args:
        also: further names that may be there.
    """
    if not isinstance(values, dict):
        raise UsageError(f"has {prefix.rstrip('.')} that are no objects.")
    unknown = values.keys() - also
    for key in keys:
        if key.name in values and not key.fits(values[key.name]):
            raise UsageError(f"has a {prefix}{key.name} that no export writes; it must be {key.wanted}.")
        if key.name not in values and key.required:
            raise UsageError(f"is no article of an export: {prefix}{key.name} is missing.")
        unknown.discard(key.name)
    for name in unknown:
        del values[name]
    return [f"{prefix}{name}" for name in unknown]


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
            case _ if precision and at and is_instant(at):
                return
            case _:
                raise ValueError
    except ValueError:
        raise UsageError(f"has a published_at that is no {precision or 'precision'}.") from None


_SOURCE = (Key("id", SOURCE_ID, required=True), Key("name", TEXT, required=True), Key("homepage", TEXT))
_SIGHTING = (
    Key("url", TEXT, required=True),
    Key("source_id", SOURCE_ID, required=True),
    Key("title", TEXT),
    Key("seen_at", INSTANT, required=True),
)
_REVISION = (
    Key("number", NUMBER, required=True),
    Key("title", TEXT),
    Key("lead", TEXT),
    Key("text", TEXT, required=True),
    Key("content_hash", TEXT, required=True),
    Key("seen_at", INSTANT, required=True),
    Key("kind", REVISION_KIND),
)
_PARTS = {"sources": _SOURCE, "sightings": _SIGHTING, "revisions": _REVISION}
"""What belongs to an article besides its columns: arrays of objects with these keys."""
