"""The article: what one page says, in the form that is kept."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from crawler.identity.content import canonical_text, hash_of
from crawler.identity.sketch import sketch

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
        content_hash: by which the same text is recognised (identity/content.py).
        sketch: by which nearly the same text is found (identity/sketch.py).
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
