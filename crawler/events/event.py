"""What an event is: the frozen types that extraction makes, the store keeps and the pages show.

Every value keeps where its words stand. What has no words in the article has no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What kind of act an event is; kinds.toml says which words name each."""

    MEETING = "meeting"
    AGREEMENT = "agreement"
    PATROL = "patrol"
    EXERCISE = "exercise"
    EXCHANGE = "exchange"
    HANDOVER = "handover"
    OPERATION = "operation"
    GATE = "gate"
    DEMARCATION = "demarcation"
    INFRASTRUCTURE = "infrastructure"
    TRADE = "trade"
    AID = "aid"
    OTHER = "other"


class EventStatus(StrEnum):
    """Whether an event took place."""

    HELD = "held"
    PLANNED = "planned"


class Part(StrEnum):
    """The part of an article in which words stand."""

    TITLE = "title"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Span:
    """Words of an article.

    Args:
        part: where they stand.
        start, end: characters in that part, as Python slices it.
    """

    part: Part
    start: int
    end: int

    def to_json(self) -> list[Any]:
        """Return it as JSON types: [part, start, end]."""
        return [self.part.value, self.start, self.end]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event takes place, or the gate that it is about.

    Args:
        name: as it is written.
        id: of the gazetteer; None for a place that it does not have.
    """

    name: str
    span: Span
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who takes part.

    Args:
        name: without titles.
        post: as it stands beside the name, the fullest form; None where none does.
        side: VN, CN, LA, KH or another code of ISO 3166.
        spans: of the name wherever it is mentioned for this event, the fullest first.
        post_span: of the post; None without one.
    """

    name: str
    post: str | None
    side: str
    spans: tuple[Span, ...]
    post_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation that takes part as a party."""

    name: str
    side: str
    span: Span


@dataclass(frozen=True, slots=True)
class Agreement:
    """A paper signed or agreed at the event, by its shortest full name."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity of the cooperation.

    Args:
        what: trade, goods, vehicles, people, drugs, money, distance, markers, area, cases, growth or other.
        value: a plain number: 171 tỷ USD is 171000000000.
        unit: as it is written, without the factor.
        period: what it is told for, as it is written; None where the text does not say.
        change: against what came before, as it is written ("tăng 12,5%"); None where it does not say.
        is_plan: a goal or an estimate, not a result.
    """

    what: str
    value: float
    unit: str
    span: Span
    period: str | None = None
    change: str | None = None
    is_plan: bool = False


@dataclass(frozen=True, slots=True)
class NamedObject:
    """What an event is about and others are too: a bridge, a market, a yearly meeting, an agreement.

    Args:
        name: as it is written, without what counts its edition.
        key: by which it is the same elsewhere.
        edition: of a series, from "lần thứ 6"; None where none is told.
        stage: proposed, agreed, begun or opened; None where the words do not say.
    """

    name: str
    key: str
    span: Span
    edition: int | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One act of cooperation that an article tells of.

    Args:
        act: the words that name the act.
        date, date_end: YYYY-MM-DD, YYYY-MM or YYYY; --MM-DD or --MM where the year cannot be known;
            `date_end` for several days; None where the text does not tell.
        date_span: of the words of the date.
        countries: CN, LA, KH.
        objects: what links it to others over years (crawler/events/objects.py), the foremost first.
    """

    kind: EventKind
    status: EventStatus
    act: Span
    date: str | None = None
    date_end: str | None = None
    date_span: Span | None = None
    countries: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    people: tuple[Person, ...] = ()
    bodies: tuple[Body, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    figures: tuple[Figure, ...] = ()
    objects: tuple[NamedObject, ...] = ()

    def to_json(self, *, spans: bool = False) -> dict[str, Any]:
        """Return the event as JSON types, in the form of the annotation guide.

        Args:
            spans: with where each value stands, as `Span.to_json` gives it.
        """

        def where(**known: Span | tuple[Span, ...] | None) -> dict[str, Any]:
            if not spans:
                return {}
            return {
                name: [one.to_json() for one in span] if isinstance(span, tuple) else span and span.to_json()
                for name, span in known.items()
            }

        return {
            "kind": self.kind.value,
            "status": self.status.value,
            "date": self.date,
            "date_end": self.date_end,
            "countries": list(self.countries),
            "places": [
                {"name": one.name, "id": one.id, **where(span=one.span)} if spans else one.name
                for one in self.places
            ],
            "people": [
                {
                    "name": one.name,
                    "post": one.post,
                    "side": one.side,
                    **where(spans=one.spans, post_span=one.post_span),
                }
                for one in self.people
            ],
            "bodies": [{"name": one.name, "side": one.side, **where(span=one.span)} for one in self.bodies],
            "agreements": [
                {"name": one.name, **where(span=one.span)} if spans else one.name for one in self.agreements
            ],
            "figures": [
                {
                    "what": one.what,
                    "value": one.value,
                    "unit": one.unit,
                    "period": one.period,
                    **({"change": one.change, "is_plan": one.is_plan} if spans else {}),
                    **where(span=one.span),
                }
                for one in self.figures
            ],
            **where(act=self.act, date_span=self.date_span),
        }
