"""The columns of an article, declared once: what is stored, listed, exported and imported follows.

The tables are made step by step in db/schema/ and db/file/migrations.py; a test compares the outcome.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from crawler.article import Article, Precision
from crawler.identity.urls import canonical_url
from crawler.topic.relevance import Grade, Relevance

_LARGEST_ID = 1 << 53
"""Above it other readers of JSON round (RFC 8259 §6), and SQLite would soon have no next id."""


class Storage(StrEnum):
    """What a cell holds, by SQLite's name of it (sqlite.org/stricttables.html)."""

    INTEGER = "INTEGER"
    REAL = "REAL"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is.

    Args:
        wanted: it in words, behind "it must be".
        fits: whether a JSON value is such a one.
        storage: what its cell in the table holds; of a JSON array its text.
        members: of a JSON array: the keys that each of its objects has, and what they hold; empty
            where it holds texts. None for what is no JSON.
    """

    wanted: str
    fits: Callable[[Any], bool]
    storage: Storage = Storage.TEXT
    members: Mapping[str, Storage] | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A named value of a JSON object, or of a row.

    Args:
        required: it is never null and never absent. Any other may be absent, as an older program
            may not have known it; it may be null unless it is an array.
    """

    name: str
    kind: Kind
    required: bool = False

    @property
    def is_json(self) -> bool:
        """Whether the table holds it as the text of a JSON array."""
        return self.kind.members is not None

    @property
    def wanted(self) -> str:
        """What it must be, in words."""
        return self.kind.wanted if self._is_never_null else f"{self.kind.wanted} or null"

    def fits(self, value: Any) -> bool:
        """Return whether a JSON value may stand under this key."""
        return (value is None and not self._is_never_null) or self.kind.fits(value)

    @property
    def _is_never_null(self) -> bool:
        return self.required or self.is_json


class Origin(StrEnum):
    """Who knows the value of a column."""

    STORE = "store"
    """The collection itself."""
    PAGE = "page"
    """The attribute of that name of an `Article`."""
    TOPIC = "topic"
    """The key of that name, without "topic_", of `Relevance.to_json`."""


@dataclass(frozen=True, slots=True)
class Column(Key):
    """A column of the table `articles`.

    Args:
        is_exported: whether lists and every export have it, and an import reads it.
    """

    origin: Origin = Origin.STORE
    is_exported: bool = True


# --- kinds of values ----------------------------------------------------------------------------

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def is_instant(value: Any) -> bool:
    """Return whether a value is a time that `crawler.article.format_instant` may have written."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _number(low: int, high: int, wanted: str) -> Kind:
    return Kind(
        wanted,
        lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high,
        Storage.INTEGER,
    )


def _one_of(words: Iterable[str], wanted: str) -> Kind:
    known = frozenset(words)
    return Kind(wanted, lambda value: isinstance(value, str) and value in known)


def _objects(wanted: str, *, later: Collection[str] = (), **members: Storage) -> Kind:
    """Return the kind of an array of objects; the members `later` came with a later release."""
    required = members.keys() - set(later)

    def fits(value: Any) -> bool:
        return isinstance(value, list) and all(
            isinstance(one, dict) and one.keys() >= required for one in value
        )

    return Kind(wanted, fits, members=members)


NUMBER = _number(1, _LARGEST_ID, "a number from 1")
TEXT = Kind("text", _is_text)
INSTANT = Kind("a time, YYYY-MM-DDTHH:MM:SSZ", is_instant)
SOURCE_ID = Kind("the id of a source", lambda value: isinstance(value, str) and value != "")
_ADDRESS = Kind(
    "an http or https address", lambda value: isinstance(value, str) and canonical_url(value) is not None
)
_TEXTS = Kind(
    "an array of text", lambda value: isinstance(value, list) and all(map(_is_text, value)), members={}
)

COLUMNS = (
    Column("id", NUMBER, required=True),
    Column("source_id", SOURCE_ID, required=True),
    Column("url", _ADDRESS, origin=Origin.PAGE),
    Column("canonical_url", TEXT, origin=Origin.PAGE),
    Column("title", TEXT, origin=Origin.PAGE),
    Column("lead", TEXT, origin=Origin.PAGE),
    Column("text", TEXT, required=True, origin=Origin.PAGE),
    Column("captions", _TEXTS, origin=Origin.PAGE),
    Column("authors", _TEXTS, origin=Origin.PAGE),
    Column("section", TEXT, origin=Origin.PAGE),
    Column("tags", _TEXTS, origin=Origin.PAGE),
    Column("image_url", TEXT, origin=Origin.PAGE),
    Column("published_at", TEXT, origin=Origin.PAGE),
    Column("published_precision", _one_of(Precision, "a precision"), origin=Origin.PAGE),
    Column("published_day", TEXT, is_exported=False),  # the table makes it of the two
    Column("fetched_at", INSTANT, required=True),
    Column("language", TEXT, required=True, origin=Origin.PAGE),
    Column("content_hash", TEXT, required=True, origin=Origin.PAGE),
    Column("duplicate_of", _number(1, _LARGEST_ID, "an id")),
    Column("topic_score", _number(0, 100, "a number from 0 to 100"), origin=Origin.TOPIC),
    Column("topic_grade", _one_of(Grade, "a grade"), origin=Origin.TOPIC),
    Column(
        "topic_terms",
        _objects("an array of terms", term=Storage.TEXT, zone=Storage.TEXT, weight=Storage.REAL),
        origin=Origin.TOPIC,
    ),
    Column("countries", _TEXTS, origin=Origin.TOPIC),
    Column("places", _TEXTS, origin=Origin.TOPIC),
    Column("fields", _TEXTS, origin=Origin.TOPIC),
    Column(
        "evidence",
        _objects(
            "an array of evidence",
            later=("words", "derived_from"),
            id=Storage.TEXT,
            sentence=Storage.TEXT,
            words=Storage.TEXT,
            derived_from=Storage.TEXT,
        ),
        origin=Origin.TOPIC,
    ),
)

EXPORTED = tuple(column for column in COLUMNS if column.is_exported)
EXPORTED_NAMES = tuple(column.name for column in EXPORTED)
JSON_COLUMNS = tuple(column.name for column in COLUMNS if column.is_json)
TOPIC_COLUMNS = tuple(column.name for column in COLUMNS if column.origin is Origin.TOPIC)


def page_values(article: Article) -> dict[str, Any]:
    """Return what a page says, by column; JSON columns are sequences."""
    return {column.name: getattr(article, column.name) for column in COLUMNS if column.origin is Origin.PAGE}


def topic_values(relevance: Relevance | None) -> dict[str, Any]:
    """Return what the topic says, by column; None for a text that it was not asked about."""
    said = relevance.to_json() if relevance else {}
    return {
        column.name: said.get(column.name.removeprefix("topic_"), () if column.is_json else None)
        for column in COLUMNS
        if column.origin is Origin.TOPIC
    }
