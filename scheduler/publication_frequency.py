"""How often a source publishes, and how likely a silence is, by what each hour of its week used to bring.

Pure. An hour counts as active when it brought at least one new address, because papers publish in
bursts and a Poisson count of addresses would see a surprise in every pause. The chance of an hour
is estimated from the same hour of the same weekday, and, where weeks are few, leans on the same hour
of working days or of weekends, and that one on the average hour (shrinkage towards the wider group).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from crawler.article import LOCAL_ZONE

WINDOW = timedelta(weeks=8)
"""How far back the frequency is learned: long enough for weekly papers, short enough to follow change."""

LEAST_HISTORY = timedelta(days=7)
"""With less than a whole week nothing is known about Sundays."""

SURPRISE = -math.log(1e-4)
"""From here on a silence is reported: once in ten thousand, as hundreds of sources are asked often."""

_HOUR = timedelta(hours=1)
_HOUR_CAP = 1.5
"""Surprise that one hour adds at most: one that never failed would prove a silence alone."""
_LONG_PAUSE = timedelta(hours=25)
"""Without a successful crawl for longer than the longest regular interval nobody was listening."""


@dataclass(frozen=True, slots=True)
class Silence:
    """How a pause compares with the publication frequency before it.

    Args:
        surprise: minus the natural logarithm of its probability.
        expected_hours: how many of its hours used to be active.
        longest: the longest pause in the history.
    """

    surprise: float
    expected_hours: float
    longest: timedelta

    @property
    def is_too_long(self) -> bool:
        """Whether chance no longer explains it."""
        return self.surprise >= SURPRISE


def judge_silence(active: Sequence[datetime], polls: Sequence[datetime], until: datetime) -> Silence | None:
    """Return how unusual it is that nothing came after the last of `active`.

    None where the pause is too short to be called a silence, or too little is known of the frequency.

    Args:
        active: the hours that brought something, ascending, aware.
        polls: the hours of successful crawls, ascending; before the first of them we are taken to
            have listened all the time.
        until: the last successful crawl: what came later cannot have been seen.
    """
    if not active or (until - active[-1]) / _HOUR * _HOUR_CAP < SURPRISE:
        return None
    hours = sorted({_floor(hour) for hour in active})
    if len(hours) < 2 or hours[-1] - hours[0] < LEAST_HISTORY:
        return None
    heard = list(_listened(hours[0], hours[-1], sorted({_floor(hour) for hour in polls})))
    chances = _Chances(hours, heard)
    quiet = [chances.of(hour) for hour in _hours(hours[-1] + _HOUR, _floor(until))]
    pauses = (later - earlier for earlier, later in pairwise(hours))
    return Silence(
        surprise=sum(min(-math.log1p(-chance), _HOUR_CAP) for chance in quiet),
        expected_hours=sum(quiet),
        longest=max(pauses),
    )


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _hours(first: datetime, end: datetime) -> Iterator[datetime]:
    while first < end:
        yield first
        first += _HOUR


def _listened(first: datetime, last: datetime, polls: Sequence[datetime]) -> Iterator[datetime]:
    """Yield the hours of the history in which new addresses would have been noticed."""
    deaf = [(earlier, later) for earlier, later in pairwise(polls) if later - earlier > _LONG_PAUSE]
    for hour in _hours(first, last + _HOUR):
        if not any(earlier < hour < later for earlier, later in deaf):
            yield hour


def _cell(hour: datetime) -> tuple[int, int]:
    local = hour.astimezone(LOCAL_ZONE)
    return local.weekday(), local.hour


def _kind_of_day(cell: tuple[int, int]) -> tuple[bool, int]:
    weekday, hour = cell
    return weekday >= 5, hour


class _Chances:
    """The chance of each hour of the week to bring something."""

    def __init__(self, active: Iterable[datetime], heard: Iterable[datetime]) -> None:
        hits, tries = Counter(map(_cell, active)), Counter(map(_cell, heard))
        self._hits, self._tries = hits, tries
        self._group_hits, self._group_tries = Counter[tuple[bool, int]](), Counter[tuple[bool, int]]()
        for cell, count in hits.items():
            self._group_hits[_kind_of_day(cell)] += count
        for cell, count in tries.items():
            self._group_tries[_kind_of_day(cell)] += count
        self._mean = sum(hits.values()) / (sum(tries.values()) + 1)

    def of(self, hour: datetime) -> float:
        """Return it for one hour; always below 1."""
        cell = _cell(hour)
        group = _kind_of_day(cell)
        wider = (self._group_hits[group] + self._mean) / (self._group_tries[group] + 1)
        return (self._hits[cell] + min(wider, 1.0)) / (max(self._tries[cell], self._hits[cell]) + 1.0001)
