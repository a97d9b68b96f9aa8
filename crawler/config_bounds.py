"""What a number in the configuration may be: below and above that it is a slip of the pen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crawler.declaration import written

_ABOVE_ZERO = frozenset(
    {
        "alerts.timeout",
        "alerts.smtp.port",
        "archive.max_file_mb",
        "crawl.concurrent_requests",
        "extraction.deadline",
        "extraction.memory_mb",
        "extraction.recycle_after",
        "extraction.workers",
        "fetch.dns_timeout",
        "fetch.max_bytes",
        "fetch.max_seed_bytes",
        "fetch.timeout",
        "web.exports",
        "web.page_time_limit",
        "web.sql_rows",
        "web.sql_time_limit",
    }
)
"""Keys with which nothing could work at zero."""

_MOST: Mapping[str, int] = {
    "alerts.smtp.port": 65_535,
    "archive.max_file_mb": 1_000_000,
    "crawl.concurrent_requests": 10_000,
    "extraction.workers": 256,
    "fetch.max_bytes": 1 << 40,
    "fetch.max_seed_bytes": 1 << 40,
    "fetch.redirects": 100,
    "fetch.retries": 100,
    "schedule.niceness": 19,
    "schedule.workers": 256,
    "web.exports": 256,
}
"""The largest value of a key that has one of its own."""

_MOST_COUNTED = 1_000_000_000
"""Of anything else that is counted."""
_LONGEST = timedelta(days=36_500)
_LONGEST_OF_REQUEST = timedelta(days=1)
"""Of what one request, or one wait of the program, may take."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number or a duration may be.

    Args:
        is_open: whether the least itself is already too little.
    """

    least: int | timedelta
    most: int | timedelta
    is_open: bool = False


def bounds_of(key: str, value: object, *, is_of_request: bool) -> Bounds | None:
    """Return the bounds of a key; None for what is neither a number nor a duration.

    Args:
        key: dotted, as in the file.
        value: of the key's type.
        is_of_request: whether the duration is one that the program waits.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Bounds(int(key in _ABOVE_ZERO), _MOST.get(key, _MOST_COUNTED))
    if isinstance(value, timedelta):
        most = _LONGEST_OF_REQUEST if is_of_request else _LONGEST
        return Bounds(timedelta(0), most, is_open=key in _ABOVE_ZERO)
    return None


def out_of_bounds(key: str, value: Any, *, is_of_request: bool) -> str:
    """Return what is wrong with a value, or an empty text.

    Args:
        key: dotted, as in the file.
        value: a number, a duration, or anything else, of which nothing is wrong.
        is_of_request: whether the duration is one that the program waits.
    """
    bounds = bounds_of(key, value, is_of_request=is_of_request)
    if bounds is None:
        return ""
    if not bounds.least <= value <= bounds.most:
        return f"must be from {written(bounds.least)} to {written(bounds.most)}, not {written(value)}"
    if bounds.is_open and value == bounds.least:
        return "must be longer than 0s"
    return ""
