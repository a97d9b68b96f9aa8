"""A chart of bars side by side, laid out for SVG: where each bar, tick and label stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.buckets import axis_steps

WIDTH_PX = 760
HEIGHT_PX = 250
_LEFT_PX = 56
_RIGHT_PX = 36
_TOP_PX = 10
_BOTTOM_PX = 28
_LEAST_WHOLE = 5
"""Where an axis of whole numbers ends at least: few articles fill no picture."""
_MOST_BAR_PX = 26
"""One bucket alone is no wall."""
_LABEL_PX = 90


@dataclass(frozen=True, slots=True)
class Bar:
    """One value.

    Args:
        series, bucket: whose, from 0.
        x, y, width, height: of its rectangle, in pixels.
    """

    series: int
    bucket: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart.

    Args:
        bars: those above zero.
        ticks: (y, value) of the lines across, from zero up.
        labels: (x, bucket) of the buckets that are named below.
    """

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, float], ...]
    labels: tuple[tuple[float, int], ...]


def lay_out(series: Sequence[Sequence[float]], *, is_whole: bool) -> Chart:
    """Return the chart of some series of equally many values, which begins at zero.

    Args:
        is_whole: whether the values are whole numbers, and so the ticks.
    """
    count = len(series[0]) if series else 0
    if not count:
        return Chart((), (), ())
    most = max(max(values) for values in series)
    step, step_count = axis_steps(max(most, _LEAST_WHOLE) if is_whole else most or 1)
    top = step * step_count
    floor = HEIGHT_PX - _BOTTOM_PX
    scale = (floor - _TOP_PX) / top
    slot = (WIDTH_PX - _LEFT_PX - _RIGHT_PX) / count
    width = min(slot * 0.8 / len(series), _MOST_BAR_PX)
    bars = []
    for bucket in range(count):
        start = _LEFT_PX + (bucket + 0.5) * slot - width * len(series) / 2
        for number, values in enumerate(series):
            height = values[bucket] * scale
            if height > 0:
                height = max(height, 1.0)  # what is there is seen
                x = start + number * width
                bars.append(
                    Bar(
                        number,
                        bucket,
                        round(x, 2),
                        round(floor - height, 2),
                        round(width, 2),
                        round(height, 2),
                    )
                )
    ticks = [(round(floor - number * step * scale, 1), number * step) for number in range(step_count + 1)]
    every = max(1, -(-count * _LABEL_PX // (WIDTH_PX - _LEFT_PX - _RIGHT_PX)))
    labels = [
        (round(_LEFT_PX + (bucket + 0.5) * slot, 1), bucket)
        for bucket in range(count)
        if (count - 1 - bucket) % every == 0
    ]
    return Chart(tuple(bars), tuple(ticks), tuple(labels))
