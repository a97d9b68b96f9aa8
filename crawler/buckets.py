"""Days, ISO weeks and months of a timeline: where each begins and ends, and what it is called."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import floor, log10, prod

MOST_BUCKETS = 400
"""Buckets of one timeline: more are neither drawn nor read."""

_FITTING = 92
"""Buckets up to which a picture is easy to read: a quarter of a year by day."""

_ONE_DAY = timedelta(days=1)


class Grain(StrEnum):
    """How long a bucket is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A day, an ISO week (Monday to Sunday, ISO 8601) or a month of the calendar.

    Args:
        since, until: its first and last day.
    """

    grain: Grain
    since: date
    until: date

    @classmethod
    def of(cls, day: date, grain: Grain) -> Bucket:
        """Return the bucket that a day is in; the last week of the calendar ends with it."""
        match grain:
            case Grain.DAY:
                return cls(grain, day, day)
            case Grain.WEEK:
                monday = day - timedelta(days=day.weekday())
                return cls(grain, monday, monday + min(timedelta(days=6), date.max - monday))
            case Grain.MONTH:
                last = monthrange(day.year, day.month)[1]
                return cls(grain, day.replace(day=1), day.replace(day=last))

    @property
    def name(self) -> str:
        """As ISO 8601 writes it: 2026-11-20, 2026-W47; a month as 2026-11."""
        match self.grain:
            case Grain.DAY:
                return self.since.isoformat()
            case Grain.WEEK:
                year, week, _ = self.since.isocalendar()
                return f"{year:04}-W{week:02}"
            case Grain.MONTH:
                return self.since.isoformat()[:7]


def buckets(first: date, last: date, grain: Grain, most: int = MOST_BUCKETS) -> tuple[Bucket, ...]:
    """Return every bucket from the one of `first` to the one of `last`, oldest first; the last `most`."""
    found: list[Bucket] = []
    for bucket in _backwards(first, last, grain):
        if len(found) == most:
            break
        found.append(bucket)
    return tuple(reversed(found))


def _backwards(first: date, last: date, grain: Grain) -> Iterator[Bucket]:
    if last < first:
        return
    bucket = Bucket.of(last, grain)
    yield bucket
    while bucket.since > first:
        bucket = Bucket.of(bucket.since - _ONE_DAY, grain)
        yield bucket


def fitting_grain(first: date, last: date) -> Grain:
    """Return the shortest grain by which a span has no more buckets than are easy to read."""
    days = (last - first).days + 1
    if days <= _FITTING:
        return Grain.DAY
    return Grain.WEEK if days <= 7 * _FITTING else Grain.MONTH


def per_bucket(counts: Mapping[date, int], wanted: tuple[Bucket, ...]) -> tuple[int, ...]:
    """Return the sum of a day's counts in each bucket; days outside of all of them are left out."""
    if not wanted:
        return ()
    grain = wanted[0].grain
    sums = dict.fromkeys((bucket.since for bucket in wanted), 0)
    for day, count in counts.items():
        since = Bucket.of(day, grain).since
        if since in sums:
            sums[since] += count
    return tuple(sums.values())


def axis_steps(most: float) -> tuple[float, int]:
    """Return the step and the number of steps of an axis from zero: the shortest that holds `most`.

    Steps are 1, 2 or 5 times a power of ten, three to five of them.

    Args:
        most: the largest value; of nothing, or none above zero, the axis has five steps of 1.
    """
    if most <= 0:
        return 1, 5
    power = floor(log10(most)) - 1
    steps = (
        (factor * 10.0**exponent, count)
        for exponent in (power, power + 1)
        for factor in (1, 2, 5)
        for count in (3, 4, 5)
    )
    return min((one for one in steps if prod(one) >= most * (1 - 1e-9)), key=prod)
