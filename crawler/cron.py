"""Cron expressions as crontab(5) means them: five fields, or a name such as ``@daily``.

What is not in crontab(5) (``?``, ``L``, ``W``, ``#``, a sixth field) is refused: read differently, it
would crawl more often than was meant, or less.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache

_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ITEM = re.compile(r"(?:(?P<star>\*)|(?P<low>\w{1,4})(?:-(?P<high>\w{1,4}))?)(?:/(?P<step>\d{1,4}))?")
_HORIZON_DAYS = 366 * 41
"""29 February on a given weekday comes every 28 years, and every 40 around a century that is no leap year."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _WEEKDAYS),
)
_SUNDAY = 7
"""Beside 0."""


@dataclass(frozen=True, slots=True)
class Cron:
    """When something is to be done, to the minute.

    Args:
        weekdays: 0 is Sunday.
        either_day: whether a day of month or a weekday is enough: so where both are restricted.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first time later than `moment`, or None where there is none ("0 0 30 2 *").

        Args:
            moment: naive or of a zone without daylight saving; so is what is returned.
        """
        first = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for distance in range(_HORIZON_DAYS):
            day = first.date() + timedelta(days=distance)
            if day.month not in self.months or not self._is_day(day.day, day.isoweekday() % _SUNDAY):
                continue
            for hour in self.hours:
                for minute in self.minutes:
                    found = datetime.combine(day, time(hour, minute), first.tzinfo)
                    if found >= first:
                        return found
        return None

    def _is_day(self, day: int, weekday: int) -> bool:
        checks = (day in self.days, weekday in self.weekdays)
        return any(checks) if self.either_day else all(checks)


@cache
def parse_cron(expression: str) -> Cron:
    """Return what a cron expression means.

    Raises:
        ValueError: it is none; the text says which part and what would be right.
    """
    text = expression.strip().lower()
    if text.startswith("@"):
        if text not in _MACROS:
            raise ValueError(f"{expression!r} is no time for a crawl; known are {', '.join(_MACROS)}")
        text = _MACROS[text]
    parts = text.split()
    if len(parts) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        raise ValueError(f"{expression!r} has {len(parts)} fields and needs five: {names}")
    minutes, hours, days, months, weekdays = (
        _values(part, field) for part, field in zip(parts, _FIELDS, strict=True)
    )
    return Cron(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        days,
        months,
        frozenset(day % _SUNDAY for day in weekdays),
        either_day=not (parts[2].startswith("*") or parts[4].startswith("*")),
    )


def _values(text: str, field: _Field) -> frozenset[int]:
    return frozenset[int]().union(*(_range(item, field) for item in text.split(",")))


def _range(item: str, field: _Field) -> range:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f"{item!r} is no {field.name}; write a number, a range 1-5, or a step */2")
    step = int(match["step"] or 1)
    if match["star"]:
        # As a weekday, 7 is 0 again.
        low, high = field.low, min(field.high, _SUNDAY - 1) if field.names == _WEEKDAYS else field.high
    else:
        low = _number(match["low"], field)
        high = _number(match["high"], field) if match["high"] else low
        if field.names == _WEEKDAYS and match["high"] in ("sun", "0") and low:
            high = _SUNDAY
        if match["step"] and not match["high"]:
            raise ValueError(f"the step of {item!r} needs a range, as in {match['low']}-{field.high}/{step}")
    if low > high:
        raise ValueError(f"the range {item!r} of the {field.name} goes backwards")
    if not 1 <= step <= high - low + 1:
        raise ValueError(f"the step of {item!r} is not within the {field.name}'s {low} to {high}")
    return range(low, high + 1, step)


def _number(text: str, field: _Field) -> int:
    if text in field.names:
        return field.names.index(text) + (field.low if field.names == _MONTHS else 0)
    number = int(text) if text.isascii() and text.isdecimal() else -1
    if not field.low <= number <= field.high:
        known = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
        raise ValueError(
            f"{text!r} is no {field.name}; it is a number from {field.low} to {field.high}{known}"
        )
    return number
