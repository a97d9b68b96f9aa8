"""Threads over years: the events that are about one named thing at one gate or between the same provinces.

Linked through the named object alone (crawler/events/objects.py): a bridge that was proposed, agreed, begun
and opened; the first to the n-th edition of a yearly meeting. Two bridges of one name at two gates are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

SERIES = ("series:", "fair:")
"""How the keys of objects begin that come again; held here and there: another gate says nothing."""

_DAYS_IN_YEAR = 365.25
_SLACK_YEARS = 1.0
"""So much may an edition be early or late; some years have none."""


@dataclass(frozen=True, slots=True)
class Member:
    """An event as a thread sees it.

    Args:
        gates: gazetteer ids; provinces: the Vietnamese ones; across: those abroad.
        day: `YYYY-MM-DD` of its first day; '' where it is not known.
        edition: of the series; None where it is none, or not told.
    """

    event_id: int
    day: str
    gates: frozenset[str] = frozenset()
    provinces: frozenset[str] = frozenset()
    across: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    edition: int | None = None

    @property
    def is_placed(self) -> bool:
        """Whether it says where it was, or whom it concerns."""
        return bool(self.gates or self.provinces or self.across)


def threads(key: str, members: Iterable[Member]) -> tuple[tuple[Member, ...], ...]:
    """Return the threads of one object, each in order of time; a single event is none.

    What names no place belongs to the one thread of its object that there is, if there is one alone.
    """
    ordered = sorted(members, key=lambda one: (one.day or "9999", one.event_id))
    placed = [one for one in ordered if one.is_placed]
    group_of = {one.event_id: {one.event_id} for one in ordered}
    for one, other in combinations(placed, 2):
        if _is_linked(key, one, other):
            _join(group_of, one, other)
    homes = {id(group_of[one.event_id]): one for one in placed}
    for one in ordered:
        if not one.is_placed:
            others = homes.values() if placed else ordered[: ordered.index(one)]
            found = [other for other in others if _may_be_one(key, one, other)]
            if len(found) == 1 or (found and not placed):
                _join(group_of, one, found[0])
    parts: dict[int, list[Member]] = {}
    for one in ordered:
        parts.setdefault(id(group_of[one.event_id]), []).append(one)
    return tuple(tuple(part) for part in parts.values() if len(part) > 1)


def _join(group_of: dict[int, set[int]], one: Member, other: Member) -> None:
    joint = group_of[one.event_id] | group_of[other.event_id]
    for event_id in joint:
        group_of[event_id] = joint


def _is_linked(key: str, one: Member, other: Member) -> bool:
    if not _may_be_one(key, one, other):
        return False
    is_across = bool(one.across & other.across)
    if one.gates and other.gates and not key.startswith(SERIES):
        return bool(one.gates & other.gates)
    if one.provinces and other.provinces:
        return bool(one.provinces & other.provinces)
    return is_across


def _may_be_one(key: str, one: Member, other: Member) -> bool:
    """Whether nothing speaks against it: another neighbour, or an edition that goes backwards."""
    if one.countries and other.countries and not one.countries & other.countries:
        return False
    if (
        not key.startswith(SERIES)
        or one.edition is None
        or other.edition is None
        or not (one.day and other.day)
    ):
        return True
    return _keep_time(one, other) or (one.edition == other.edition and one.day[:4] == other.day[:4])


def _keep_time(one: Member, other: Member) -> bool:
    """Whether editions follow each other as the years do; not all years have one."""
    if one.edition is None or other.edition is None or not (one.day and other.day):
        return False
    first, second = sorted((one, other), key=lambda each: each.day)
    assert first.edition is not None
    assert second.edition is not None
    years = (_days(second.day) - _days(first.day)) / _DAYS_IN_YEAR
    return 0 < second.edition - first.edition <= years + _SLACK_YEARS


def _days(day: str) -> float:
    """Return a day as a number that grows by about one from day to day."""
    year, month, of_month = (int(part) for part in day.split("-"))
    return year * _DAYS_IN_YEAR + month * 30.5 + of_month


def in_order(thread: Sequence[Member]) -> tuple[int, ...]:
    """Return the ids of a thread's events as they follow each other."""
    return tuple(one.event_id for one in thread)
