"""Events by kind and time as a picture: a row for each kind, a column for each month or year. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from crawler.events.event import EventKind
from db.web.scale import end_of_scale

MOST_MONTHS = 36
"""Columns up to which months are told apart; beyond, years are."""
_MOST_YEARS = 40
_LEFT_PX = 132
_COLUMN_PX = 17.0
_WIDE_COLUMN_PX = 40.0
_ROW_PX = 26
_TOP_PX = 8
_BOTTOM_PX = 26
_LARGEST_PX = 11.0
_SMALLEST_PX = 2.5
_LABEL_PX = 64


@dataclass(frozen=True, slots=True)
class Dot:
    """The events of one kind in one column.

    Args:
        kind: a word of `EventKind`.
        begun: the column, YYYY-MM or YYYY.
        x, y, radius: of its circle; its area says how many there are.
    """

    kind: str
    begun: str
    count: int
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Matrix:
    """The picture.

    Args:
        columns: the months or years, earliest first.
        rows: (kind, y) of those that there are.
        dots: of which there is one event at least.
        labels: (x, column) of the columns that are named below.
        counts: (kind, column) → events.
        earlier_count: events before the first column.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, float], ...]
    dots: tuple[Dot, ...]
    labels: tuple[tuple[float, str], ...]
    counts: Mapping[tuple[str, str], int]
    earlier_count: int
    width: float
    height: float


def lay_out(counts: Mapping[tuple[str, str], int]) -> Matrix | None:
    """Return the picture of (kind, month) → events; None where no event has a month.

    Args:
        counts: months as YYYY-MM; what has none ("") is left out.
    """
    dated = {key: count for key, count in counts.items() if len(key[1]) == len("YYYY-MM") and count}
    if not dated:
        return None
    months = {month for _, month in dated}
    columns, size = _months(min(months), max(months)), len("YYYY-MM")
    if len(columns) > MOST_MONTHS:
        columns, size = _years(min(months), max(months)), len("YYYY")
    sums: Counter[tuple[str, str]] = Counter()
    for (kind, month), count in dated.items():
        sums[kind, month[:size]] += count
    known = set(columns)
    shown = {key: count for key, count in sums.items() if key[1] in known}
    kinds = [kind.value for kind in EventKind if any(one == kind for one, _ in shown)]
    kinds += sorted({kind for kind, _ in shown} - set(kinds))
    step = _COLUMN_PX if size > len("YYYY") else _WIDE_COLUMN_PX
    x_of = {column: round(_LEFT_PX + (n + 0.5) * step, 1) for n, column in enumerate(columns)}
    y_of = {kind: _TOP_PX + (number + 0.5) * _ROW_PX for number, kind in enumerate(kinds)}
    most = end_of_scale(shown.values())
    every = math.ceil(_LABEL_PX / step)
    return Matrix(
        columns,
        tuple(y_of.items()),
        tuple(
            Dot(kind, column, count, x_of[column], y_of[kind], _radius(count, most))
            for (kind, column), count in sorted(shown.items())
        ),
        tuple(
            (x_of[column], column) for n, column in enumerate(columns) if (len(columns) - 1 - n) % every == 0
        ),
        shown,
        sum(sums.values()) - sum(shown.values()),
        _LEFT_PX + max(len(columns) * step, 3 * _LABEL_PX) + _LABEL_PX / 2,
        _TOP_PX + len(kinds) * _ROW_PX + _BOTTOM_PX,
    )


def _radius(count: int, most: int) -> float:
    return round(_SMALLEST_PX + (_LARGEST_PX - _SMALLEST_PX) * math.sqrt(count / most), 1)


def _months(first: str, last: str) -> tuple[str, ...]:
    """Return the months from one to another; one more than `MOST_MONTHS` where there are more."""
    number, end = (int(one[:4]) * 12 + int(one[5:]) - 1 for one in (first, last))
    end = min(end, number + MOST_MONTHS)
    return tuple(f"{one // 12:04}-{one % 12 + 1:02}" for one in range(number, end + 1))


def _years(first: str, last: str) -> tuple[str, ...]:
    """Return the last years up to one."""
    end = int(last[:4])
    return tuple(f"{year:04}" for year in range(max(int(first[:4]), end - _MOST_YEARS + 1), end + 1))
