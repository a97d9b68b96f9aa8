"""What a person said of reports: another kind, another date, one act or two, no event at all.

A correction names an article and an act in it, not an event: events are made anew whenever the rules
change, and what was said has to be found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from crawler.events.event import Event, EventKind

_LEAST_POINTS = 3
"""Below that an act is another than the one that was meant."""


class Said(StrEnum):
    """What was said."""

    KIND = "kind"
    DATE = "date"
    JOIN = "join"
    PART = "part"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Act:
    """An act of an article, as it was found when somebody pointed at it.

    Args:
        number: its place among the article's events.
        words: those that name the act.
    """

    article_id: int
    number: int
    kind: str
    date: str | None
    words: str

    def points(self, other: Act) -> int:
        """Return how much another reading's act looks like this one."""
        return (
            4 * (self.words == other.words)
            + 2 * (self.kind == other.kind)
            + 2 * (self.date == other.date and self.date is not None)
            + (self.number == other.number)
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing that was said of one report.

    Args:
        id: of its row.
        other: the other report, for a join or a part.
        value: the kind; or the date as ``YYYY-MM-DD`` or two of them with a slash between.
    """

    id: int
    said: Said
    act: Act
    other: Act | None = None
    value: str | None = None


def pick(wanted: Act, acts: Sequence[Act]) -> Act | None:
    """Return the act that was meant, of those that its article has now; None where it is gone."""
    own = [one for one in acts if one.article_id == wanted.article_id]
    best = max(own, key=lambda one: (wanted.points(one), -one.number), default=None)
    if best is None or (wanted.points(best) < _LEAST_POINTS and best.number != wanted.number):
        return None
    return best


def pair(before: Sequence[Act], after: Sequence[Act]) -> dict[int, int]:
    """Return number before → number after of the acts of an article that was read again; each once."""
    chosen: dict[int, int] = {}
    ranked = sorted(
        (
            (one.points(other), -abs(one.number - other.number), one.number, other.number)
            for one in before
            for other in after
        ),
        reverse=True,
    )
    for points, _, old, new in ranked:
        if points and old not in chosen and new not in chosen.values():
            chosen[old] = new
    return chosen


def corrected(event: Event, corrections: Iterable[Correction]) -> Event:
    """Return an event with the kind and date that were said, the last word counting."""
    for one in sorted(corrections, key=lambda one: one.id):
        if one.said is Said.KIND and one.value:
            event = replace(event, kind=EventKind(one.value))
        elif one.said is Said.DATE and one.value:
            start, _, end = one.value.partition("/")
            event = replace(event, date=start, date_end=end or None, date_span=None)
    return event
