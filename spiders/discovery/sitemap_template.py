"""Sitemaps that are cut by date: the template of their addresses, and those of a range of days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from crawler.source import PLACEHOLDER

_BLOCK_DAYS = 5
_LAST_BLOCK = 26
"""The last block of a month begins here, and takes the 31st in."""


def is_template(url: str) -> bool:
    """Whether `url` has a placeholder of a date."""
    return bool(PLACEHOLDER.search(url))


def expand(template: str, first_day: date, last_day: date) -> list[str]:
    """Return the addresses that a template gives for a range of days, the newest first.

    ``{YYYY}`` year; ``{M}`` month, ``{MM}`` with two digits; ``{DD}`` day with two digits; ``{D1}``
    and ``{D2}`` first and last day of a block of five (1-5, 6-10, …, 26 to the end of the month).
    An address without placeholders gives itself.

    Args:
        first_day, last_day: both included.
    """
    return list(dict.fromkeys(_filled(template, day) for day in _backwards(first_day, last_day)))


def _backwards(first_day: date, last_day: date) -> Iterator[date]:
    for distance in range((last_day - first_day).days + 1):
        yield last_day - timedelta(days=distance)


def _filled(template: str, day: date) -> str:
    first = min(day.day - (day.day - 1) % _BLOCK_DAYS, _LAST_BLOCK)
    following_month = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    end_of_month = (following_month - timedelta(days=1)).day
    last = end_of_month if first == _LAST_BLOCK else first + _BLOCK_DAYS - 1
    values = {
        "YYYY": f"{day.year:04d}",
        "M": str(day.month),
        "MM": f"{day.month:02d}",
        "DD": f"{day.day:02d}",
        "D1": str(first),
        "D2": str(last),
    }
    return PLACEHOLDER.sub(lambda match: values[match[1]], template)
