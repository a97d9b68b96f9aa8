"""What a number in the configuration may be: below and above that it is a slip of the pen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

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
    "schedule.workers": 256,
    "web.exports": 256,
}
"""The largest value of a key that has one of its own."""

_MOST_COUNTED = 1_000_000_000
"""Of anything else that is counted."""
_LONGEST = timedelta(days=36_500)
_LONGEST_OF_REQUEST = timedelta(days=1)
"""Of what one request, or one wait of the program, may take."""


def out_of_bounds(key: str, value: object, *, is_of_request: bool) -> str:
    """Return what is wrong with a value, or an empty text.

    Args:
        key: dotted, as in the file.
        value: a number, a duration, or anything else, of which nothing is wrong.
        is_of_request: whether the duration is one that the program waits.
    """
    least: int | timedelta
    most: int | timedelta
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        least, most = int(key in _ABOVE_ZERO), _MOST.get(key, _MOST_COUNTED)
        is_good = least <= value <= most
    elif isinstance(value, timedelta):
        least, most = timedelta(0), _LONGEST_OF_REQUEST if is_of_request else _LONGEST
        is_good = least <= value <= most
        if is_good and not value and key in _ABOVE_ZERO:
            return "must be longer than 0s"
    else:
        return ""
    return "" if is_good else f"must be from {written(least)} to {written(most)}, not {written(value)}"
