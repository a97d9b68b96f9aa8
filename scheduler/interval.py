"""How often a source is polled: by what its polls find, and by how they fail. Pure.

An interval follows the source: one new address per poll is what it settles at, between `min_every` and
`max_every`, and `every` is where it comes back to as soon as the paper is awake again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from crawler.decision import Outcome, meaning
from crawler.source import Schedule

WEEK = timedelta(days=7)
"""A failing source is tried at least this often: papers come back after months."""

_LONGER = 1.5
"""Factor of the interval after a poll that found nothing."""
_SHORTER = 0.5
"""Factor after a poll that found nothing known, so that it may have missed something."""
_BACK = 1.25
"""Factor by which it goes back to the declared one."""

LOST_WEIGHT = 1.0
"""Of a crawl whose process died: nobody knows whose fault it was."""


def bounds(schedule: Schedule) -> tuple[timedelta, timedelta]:
    """Return the shortest and the longest interval; an `every` outside them widens them."""
    return min(schedule.min_every, schedule.every), max(schedule.max_every, schedule.every)


def adapt(
    schedule: Schedule, interval: timedelta, fresh_count: int, known_count: int, *, may_have_missed: bool
) -> timedelta:
    """Return the interval after a poll that went well.

    Args:
        interval: the one before it.
        fresh_count: addresses that it found and nobody knew.
        known_count: addresses on offer that were known.
        may_have_missed: whether no overlap means that older news has dropped off the lists unseen; not
            so after the very first poll, or where a seed said that it had not changed.
    """
    low, high = bounds(schedule)
    if fresh_count == 0:
        interval *= _LONGER
    elif known_count == 0 and may_have_missed:
        interval *= _SHORTER
    elif interval > schedule.every:
        interval = max(schedule.every, interval / fresh_count)
    elif fresh_count <= known_count:
        interval = min(schedule.every, interval * _BACK)
    return min(max(interval, low), high)


def weight_of(outcomes: Collection[str], *, is_offline: bool) -> float:
    """Return how much a failed poll weighs: as the most hopeful of what its seeds answered.

    Args:
        is_offline: whether every source of that crawl was out of reach, so it is likely our own network.
    """
    if is_offline:
        return meaning(Outcome.DNS_SILENT).weight
    return min((meaning(outcome).weight for outcome in outcomes), default=LOST_WEIGHT)


def backed_off(interval: timedelta, failure_weight: float) -> timedelta:
    """Return the pause after failures in a row that weigh so much together: never for good.

    Each weight of 1 adds the interval once more: doubling would become absurd after a day's outage, and
    find out late that it is over. Whatever the weight, the pause is at most a week, or the interval.
    """
    longest = max(interval, WEEK)
    return min(interval * min(1.0 + failure_weight, longest / interval), longest)
