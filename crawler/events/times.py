"""When an event was, as exactly as it is told; and whether two tellings may mean one time."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crawler.events.event import Event

PROGRAMME_DAYS = 10
"""A longer stretch is a campaign: a day within it is not its day."""
LATE_DAYS = 5
"""So long after an act a paper still reports it without saying when it was."""

_DATE = re.compile(r"(?:(?P<year>\d{4})|-)(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?")


class Known(StrEnum):
    """How much of an event's time is told."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    DAY_OF_YEAR = "day of a year"
    MONTH_OF_YEAR = "month of a year"
    PUBLISHED = "when it was printed"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class When:
    """The time of an event.

    Args:
        known: what is told; with PUBLISHED the days are those of the article.
        first, last: the days that it may be, both included; None where the year is not known. A year that
            is not told is a leap year here, 2000.
    """

    known: Known
    first: date | None = None
    last: date | None = None


NEVER = When(Known.NOTHING)


def when(event: Event, published: date | None) -> When:
    """Return when an event was; a date that no calendar has is as good as none."""
    first = _span(event.date)
    if first is None:
        return NEVER if published is None else When(Known.PUBLISHED, published, published)
    last = _span(event.date_end) or first
    if last.known is not first.known or last.last < first.first or first.known is Known.MONTH_OF_YEAR:  # type: ignore[operator]
        last = first
    return When(first.known, first.first, last.last)


def is_date(text: str) -> bool:
    """Whether a text is a day, a month or a year of the calendar, or a day or month without its year."""
    return _span(text) is not None


def _span(text: str | None) -> When | None:
    match = _DATE.fullmatch(text or "")
    if match is None:
        return None
    year, month, day = match["year"], match["month"], match["day"]
    try:
        if day:
            exact = date(int(year or 2000), int(month), int(day))
            return When(Known.DAY if year else Known.DAY_OF_YEAR, exact, exact)
        if month:
            known = Known.MONTH if year else Known.MONTH_OF_YEAR
            first = date(int(year or 2000), int(month), 1)
            return When(known, first, first.replace(day=monthrange(first.year, first.month)[1]))
        return When(Known.YEAR, date(int(year), 1, 1), date(int(year), 12, 31)) if year else None
    except ValueError:
        return None


def distance(one: When, other: When, *, is_one_text: bool = False) -> float | None:
    """Return how much more evidence two times ask for, 0 for the same day; None where they differ.

    A day too early or too late is a slip, "yesterday" read in a paper of the day before. What was not
    dated may be what papers of those days report.

    Args:
        is_one_text: one was printed after the other, and papers print each other's texts for some days.
    """
    if _RANK[one.known] > _RANK[other.known]:
        one, other = other, one
    both = one.known, other.known
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return 1.0 if one.known is other.known else None
    gap = max((other.first - one.last).days, (one.first - other.last).days, 0)
    if both == (Known.DAY, Known.DAY):
        is_campaign = max((one.last - one.first).days, (other.last - other.first).days) > PROGRAMME_DAYS
        if is_campaign:
            if one.first != other.first:
                return None
            return 0.5 if one.last == other.last else 1.0
        if gap == 0:
            return 0.0
        return 1.0 if abs((one.first - other.first).days) == 1 else None
    if both == (Known.DAY, Known.PUBLISHED):
        if (one.last - one.first).days > PROGRAMME_DAYS:
            return None
        late_days = (other.first - one.last).days
        return 1.0 if -1 <= late_days <= LATE_DAYS or one.first <= other.first <= one.last else None
    if both == (Known.PUBLISHED, Known.PUBLISHED):
        return 1.0 if gap <= (LATE_DAYS if is_one_text else 1) else None
    if both in ((Known.DAY, Known.MONTH), (Known.MONTH, Known.MONTH)):
        return 1.5 if gap == 0 else None
    if both == (Known.YEAR, Known.YEAR):
        return 2.0 if gap == 0 else None
    if both == (Known.DAY, Known.DAY_OF_YEAR):
        return 0.5 if (one.first.month, one.first.day) == (other.first.month, other.first.day) else None
    if both == (Known.DAY_OF_YEAR, Known.DAY_OF_YEAR):
        return 1.0 if one.first == other.first else None
    return None


_RANK = {known: place for place, known in enumerate(Known)}


_CODES = {
    Known.MONTH: 10_000_000,
    Known.YEAR: 20_000_000,
    Known.DAY_OF_YEAR: 30_000_000,
    Known.NOTHING: 40_000_000,
    Known.MONTH_OF_YEAR: 40_000_000,
    Known.PUBLISHED: 50_000_000,
}
"""Numbers beyond any day, from which times are counted that are no day of the act."""
_YEARS = range(1990, 2060)
"""In which a day without its year is looked for."""

_Range = tuple[int, int]


def filed_under(time: When) -> tuple[int, ...]:
    """Return the numbers under which reports of a time are found: days, or a code of month or year."""
    if time.known is Known.DAY and time.first and time.last:
        first = time.first.toordinal()
        return tuple(range(first, min(time.last.toordinal(), first + PROGRAMME_DAYS) + 1))
    return (_code(time.known, time.first),)


def looked_up_under(time: When, *, is_one_text: bool = False) -> tuple[_Range, ...]:
    """Return the ranges of such numbers in which reports of one act may be, both ends included.

    Args:
        is_one_text: whether they have a part of the text in common (`distance`).
    """
    own = _code(time.known, time.first)
    if time.first is None or time.last is None:
        return ((own, own),)
    first, last = time.first.toordinal(), time.last.toordinal()
    printed = _CODES[Known.PUBLISHED]
    match time.known:
        case Known.DAY:
            codes = {_code(known, day) for known in _MAY_BE_DAY for day in (time.first, time.last)}
            return (
                (first - 1, last + 1),
                (printed + first - 1, printed + last + LATE_DAYS),
                *((code, code) for code in sorted(codes)),
            )
        case Known.PUBLISHED:
            reach = LATE_DAYS if is_one_text else 1
            return (first - LATE_DAYS, last + 1), (own - reach, own + reach)
        case Known.MONTH:
            return (first, last), (own, own)
        case Known.DAY_OF_YEAR:
            return *_in_every_year(time.first), (own, own)
        case _:
            return ((own, own),)


_MAY_BE_DAY = (Known.MONTH, Known.DAY_OF_YEAR)
"""What may be the same as a day that is told in full."""


def _code(known: Known, day: date | None) -> int:
    if day is None:
        return _CODES[Known.NOTHING]
    match known:
        case Known.MONTH:
            return _CODES[known] + day.year * 12 + day.month
        case Known.YEAR:
            return _CODES[known] + day.year
        case Known.DAY_OF_YEAR:
            return _CODES[known] + day.month * 32 + day.day
        case Known.PUBLISHED:
            return _CODES[known] + day.toordinal()
        case _:
            return _CODES[Known.NOTHING]


def _in_every_year(day: date) -> tuple[_Range, ...]:
    days = []
    for year in _YEARS:
        try:
            days.append(day.replace(year=year).toordinal())
        except ValueError:
            continue
    return tuple((one, one) for one in days)
