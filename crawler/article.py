"""The article: what one page says, in the form that is kept, and the columns that it is kept in.

The columns are declared once: what is stored, listed, exported and imported follows. The tables are made
step by step in db/schema/ and db/file/migrations.py; a test compares the outcome.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from crawler.identity.urls import canonical_url
from crawler.text.normalize import canonical_text, hash_of, sketch
from crawler.topic.relevance import Grade, Relevance

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

TOLD_BY_LIST = "told by a list"
"""The provenance of what a feed, sitemap or section says of an article whose page does not."""

SHARING_PAGES = 3
"""Pages of a paper that have a title in common, from which it is the headline of none."""


class Precision(StrEnum):
    """How much of a publication time the page really shows."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Published:
    """When an article appeared, no more exact than it is known.

    Args:
        at: the stored form: ``YYYY-MM-DDTHH:MM:SSZ`` (UTC) down to the hour, and the local
            (Asia/Ho_Chi_Minh) ``YYYY-MM-DD`` or ``YYYY-MM`` at day or month precision.
        precision: what of `at` is known; the rest is zeros.
    """

    at: str
    precision: Precision

    @classmethod
    def from_datetime(cls, moment: datetime, precision: Precision = Precision.SECOND) -> Published:
        """Return the stored form of an aware `moment`, cut to `precision`."""
        if moment.tzinfo is None:
            raise ValueError("a publication time needs its zone")
        local = moment.astimezone(LOCAL_ZONE)
        match precision:
            case Precision.MONTH:
                return cls(f"{local:%Y-%m}", precision)
            case Precision.DAY:
                return cls(f"{local:%Y-%m-%d}", precision)
            case Precision.HOUR:
                local = local.replace(minute=0, second=0)
            case Precision.MINUTE:
                local = local.replace(second=0)
            case Precision.SECOND:
                pass
        return cls(format_instant(local), precision)

    @property
    def local_day(self) -> date:
        """The day in Viet Nam, the first of the month where only the month is known."""
        if self.precision is Precision.MONTH:
            return date.fromisoformat(f"{self.at}-01")
        if self.precision is Precision.DAY:
            return date.fromisoformat(self.at)
        return parse_instant(self.at).astimezone(LOCAL_ZONE).date()

    @property
    def first_moment(self) -> datetime:
        """The first moment that it may be, aware: the beginning of the day or month in Viet Nam."""
        if self.precision in (Precision.DAY, Precision.MONTH):
            return datetime.combine(self.local_day, time(), LOCAL_ZONE)
        return parse_instant(self.at)

    @property
    def latest_local_day(self) -> date:
        """The last day it may have been: the end of the month where only the month is known."""
        day = self.local_day
        if self.precision is Precision.MONTH:
            return day.replace(day=monthrange(day.year, day.month)[1])
        return day


def format_instant(moment: datetime) -> str:
    """Return an aware time as the database and every output write it: ``YYYY-MM-DDTHH:MM:SSZ``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str) -> datetime:
    """Return the aware UTC time that `format_instant` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def in_viet_nam(moment: datetime, timespec: str = "minutes") -> str:
    """Return an aware time as it is shown to people: ``2026-11-20 08:30``, as clocks in Viet Nam have it.

    Args:
        timespec: how exactly, as for `datetime.isoformat`.
    """
    return moment.astimezone(LOCAL_ZONE).replace(tzinfo=None).isoformat(" ", timespec)


@dataclass(frozen=True, slots=True)
class Article:
    """One cleaned article, before anything is decided about it.

    Args:
        url: the address it was asked for under; None for an imported text without one.
        text: lead and body, one paragraph per line, nothing else.
        lead: the sapo, or None where the page has none; when present, `text` begins with it.
        canonical_url: what the page calls its own address, on the same paper; else None.
        language: "vi", or "und" when the text does not look Vietnamese.
        family: the CMS family whose rules read the page; None for the generic path.
        provenance: field name → where on the page its value came from.
        warnings: what looked suspicious while reading, in words.

    Attributes:
        content_hash: by which the same text is recognised (text/normalize.py).
        sketch: by which nearly the same text is found (text/normalize.py).
    """

    url: str | None
    title: str | None
    text: str
    lead: str | None = None
    canonical_url: str | None = None
    captions: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    published: Published | None = None
    language: str = "vi"
    family: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    content_hash: str = field(init=False)
    sketch: bytes = field(init=False, repr=False)

    @property
    def published_at(self) -> str | None:
        """When it appeared, as stored; None without a date."""
        return self.published.at if self.published else None

    @property
    def published_precision(self) -> Precision | None:
        """How much of that is known."""
        return self.published.precision if self.published else None

    def __post_init__(self) -> None:
        # Both here, from one canonical text, so that they are made where the page is read: in a worker.
        canonical = canonical_text(self.text)
        object.__setattr__(self, "content_hash", hash_of(canonical))
        object.__setattr__(self, "sketch", sketch(canonical))


def with_told_date(article: Article, told: Published | None) -> Article:
    """Return an article that shows no date with the one that a list tells, and marked so."""
    if article.published is not None or told is None:
        return article
    return replace(article, published=told, provenance={**article.provenance, "published": TOLD_BY_LIST})


def with_told_title(article: Article, told: str) -> Article:
    """Return an article with the headline that a list tells, and marked so."""
    return replace(article, title=told, provenance={**article.provenance, "title": TOLD_BY_LIST})


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

REVISION_KIND = _one_of(("edited", "reread"), "edited or reread")

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
